// SPDX-License-Identifier: Apache-2.0
// The internet checksum over bytes and over the pseudo headers of IPv4 and IPv6.
#include "packet/checksum.h"

#define PAIR __attribute__((vector_size(16))) // of words, added at once

// Words are added twice, whole and their high halves: the sum of the low halves, which cannot
// overflow, is the difference, whatever carries the first sum lost.
struct sums {
    uint64_t PAIR whole, high;
};

static inline void sum_two_pairs(struct sums *s, uint64_t PAIR a, uint64_t PAIR b)
{
    s->whole += a + b;
    s->high += (a >> 32) + (b >> 32);
}

static inline uint64_t PAIR load_pair(const uint8_t *p)
{
    uint64_t PAIR words;

    memcpy(&words, p, sizeof words);
    return words;
}

static inline uint64_t sum_of(const struct sums *s)
{
    uint64_t high = s->high[0] + s->high[1];
    uint64_t sum = s->whole[0] + s->whole[1] - (high << 32) + high;

    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap16(sum_fold(sum)) : sum;
}

// What is left behind the last 32 whole bytes is the end of a block that begins before it, with
// the rest masked: lengths differ from frame to frame, and a wrong guess of a branch costs as
// much as 30 additions.
uint64_t sum_behind(const uint8_t *p, uint32_t n)
{
    static const uint8_t mask[64] = {
        [32] = 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
        255,        255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    const uint8_t *end = p + n;
    uint32_t odd = n & 1, left = n & 30;
    struct sums s = {0};

    for (const uint8_t *last = end - (n & 31); p < last; p += 32)
        sum_two_pairs(&s, load_pair(p), load_pair(p + 16));
    p = end - odd - 32;
    sum_two_pairs(&s, load_pair(p) & load_pair(mask + left),
                  load_pair(p + 16) & load_pair(mask + left + 16));
    return sum_of(&s) + (end[-1] & (0 - odd));
}

uint64_t sum_bytes(const uint8_t *p, uint32_t n)
{
    uint64_t sum = 0;

    if (n >= SUM_BLOCK)
        return sum_behind(p, n);
    for (; n >= 2; n -= 2, p += 2)
        sum += load_le16(p);
    return n ? sum + *p : sum;
}

static uint64_t sum_pseudo(const struct packet *p, uint32_t proto)
{
    uint64_t sum = sum_number(proto);

    if (p->net == NET_IP4)
        return sum + load_le32(p->src.b) + load_le32(p->dst.b);
    return sum + sum_bytes(p->src.b, 16) + sum_bytes(p->dst.b, 16);
}

bool sum_holds(const struct packet *p, uint32_t proto, const uint8_t *bytes, uint32_t n,
               uint32_t field)
{
    uint64_t pseudo = proto ? sum_pseudo(p, proto) : 0;
    uint64_t length = proto ? sum_number(n) : 0;

    if (sum_fold(pseudo + length + sum_bytes(bytes, n)) == 0xffff)
        return true;
    if (!proto)
        return false;
    // Senders that let the card cut a large segment leave the length out of the sum.
    uint16_t left = load_le16(bytes + field);
    return left == sum_fold(pseudo + length) || left == sum_fold(pseudo);
}
