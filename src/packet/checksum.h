// SPDX-License-Identifier: Apache-2.0
// The internet checksum (RFC 1071). Sums are taken in the machine's byte order, 8 bytes at a
// time: a sum of 16-bit words is the same, bytes swapped, in either order.
#pragma once

#include "packet/packet.h"

// The sum over n bytes, folded enough that a few of them can be added.
uint64_t sum_bytes(const uint8_t *p, uint32_t n);

// Down to 16 bits; 0xffff over bytes that contain their right checksum.
static inline uint16_t sum_fold(uint64_t sum)
{
    sum = (sum & 0xffffffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

// Over the 20 bytes of an IPv4 header without options.
static inline uint64_t sum_20(const uint8_t *p)
{
    uint32_t w[5];

    memcpy(w, p, sizeof w);
    return (uint64_t)w[0] + w[1] + w[2] + w[3] + w[4];
}

// Is the checksum at `field` of a transport header and payload right, or left to the network
// card by its sender (then it is the sum of the pseudo header)? proto 0: without a pseudo
// header.
bool sum_holds(const struct packet *p, uint32_t proto, const uint8_t *bytes, uint32_t n,
               uint32_t field);
