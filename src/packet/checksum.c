// SPDX-License-Identifier: Apache-2.0
// The internet checksum over bytes and over the pseudo headers of IPv4 and IPv6.
#include "packet/checksum.h"

#include <endian.h>

static inline uint64_t load_u64(const uint8_t *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof w);
    return w;
}

static inline uint32_t load_u32(const uint8_t *p)
{
    uint32_t w;

    memcpy(&w, p, sizeof w);
    return w;
}

static inline uint16_t load_u16(const uint8_t *p)
{
    uint16_t w;

    memcpy(&w, p, sizeof w);
    return w;
}

static uint64_t sum_tail(const uint8_t *p, uint32_t n)
{
    uint64_t sum = 0;

    if (n & 4) {
        sum += load_u32(p);
        p += 4;
    }
    if (n & 2) {
        sum += load_u16(p);
        p += 2;
    }
    if (n & 1) {
        uint8_t last[2] = {*p, 0};
        sum += load_u16(last);
    }
    return sum;
}

// 2^64 is 1 modulo 0xffff: a carry out of the word comes in again at its low end.
static inline void sum_add(uint64_t *sum, uint64_t word)
{
    *sum += word;
    *sum += *sum < word;
}

static inline uint64_t sum_narrow(uint64_t sum)
{
    return (sum & 0xffffffff) + (sum >> 32);
}

uint64_t sum_bytes(const uint8_t *p, uint32_t n)
{
    uint64_t a = 0, b = 0, c = 0, d = 0; // four, so that none waits for another

    for (; n >= 32; n -= 32, p += 32) {
        sum_add(&a, load_u64(p));
        sum_add(&b, load_u64(p + 8));
        sum_add(&c, load_u64(p + 16));
        sum_add(&d, load_u64(p + 24));
    }
    for (; n >= 8; n -= 8, p += 8)
        sum_add(&a, load_u64(p));
    return sum_narrow(a) + sum_narrow(b) + sum_narrow(c) + sum_narrow(d) + sum_tail(p, n);
}

static uint64_t sum_pseudo(const struct packet *p, uint32_t proto)
{
    uint64_t sum = htobe32(proto);

    if (p->net == NET_IP4)
        return sum + load_u32(p->src.b) + load_u32(p->dst.b);
    return sum + sum_bytes(p->src.b, 16) + sum_bytes(p->dst.b, 16);
}

bool sum_holds(const struct packet *p, uint32_t proto, const uint8_t *bytes, uint32_t n,
               uint32_t field)
{
    uint64_t pseudo = proto ? sum_pseudo(p, proto) : 0;
    uint64_t length = proto ? htobe32(n) : 0;

    if (sum_fold(pseudo + length + sum_bytes(bytes, n)) == 0xffff)
        return true;
    if (!proto)
        return false;
    // Senders that let the card cut a large segment leave the length out of the sum.
    uint16_t left = load_u16(bytes + field);
    return left == sum_fold(pseudo + length) || left == sum_fold(pseudo);
}
