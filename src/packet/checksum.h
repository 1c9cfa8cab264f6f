// SPDX-License-Identifier: Apache-2.0
// The internet checksum (RFC 1071). Sums are taken over little-endian words of 8 bytes: a
// sum of 16-bit words is the same, bytes swapped, in either order.
#pragma once

#include "base/cur.h"
#include "packet/packet.h"

// The sum over n bytes, folded enough that a few of them can be added.
uint64_t sum_bytes(const uint8_t *p, uint32_t n);
// The same, where n > 0, and SUM_BLOCK bytes up to the end can be read, also from before p.
enum { SUM_BLOCK = 33 };
uint64_t sum_behind(const uint8_t *p, uint32_t n);

// Of a number in the pseudo header, which stands in 32 bits.
static inline uint64_t sum_number(uint32_t n)
{
    return __builtin_bswap32(n);
}

// Down to 16 bits; 0xffff over bytes that contain their right checksum.
static inline uint16_t sum_fold(uint64_t sum)
{
    // A half turn adds each half to the other: the carry comes in again at the low end.
    sum += sum << 32 | sum >> 32;
    uint32_t half = (uint32_t)(sum >> 32);
    half += half << 16 | half >> 16;
    return (uint16_t)(half >> 16);
}

// Over the 20 bytes of an IPv4 header without options.
static inline uint64_t sum_20(const uint8_t *p)
{
    return (uint64_t)load_le32(p) + load_le32(p + 4) + load_le32(p + 8) + load_le32(p + 12) +
           load_le32(p + 16);
}

// Is the checksum at `field` of a transport header and payload right, or left to the network
// card by its sender (then it is the sum of the pseudo header)? proto 0: without a pseudo
// header.
bool sum_holds(const struct packet *p, uint32_t proto, const uint8_t *bytes, uint32_t n,
               uint32_t field);
