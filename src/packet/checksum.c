// SPDX-License-Identifier: Apache-2.0
// The internet checksum over bytes and over the pseudo headers of IPv4 and IPv6.
#include "packet/checksum.h"

#define PAIR __attribute__((vector_size(16))) // of words, added at once

static uint64_t sum_few(const uint8_t *p, uint32_t n)
{
    uint64_t sum = 0;

    for (uint32_t i = 0; i < n; i++)
        sum += (uint32_t)p[i] << 8 * (i & 1);
    return sum;
}

// Over a multiple of 32 bytes. Words are added twice, whole and their high halves: the sum of
// the low halves, which cannot overflow, is the difference, whatever carries the first sum
// lost.
static uint64_t sum_many(const uint8_t *p, const uint8_t *end)
{
    uint64_t PAIR wholes = {0}, highs = {0};

    for (; p < end; p += 32) {
        uint64_t PAIR a, b;
        memcpy(&a, p, sizeof a);
        memcpy(&b, p + 16, sizeof b);
        wholes += a + b;
        highs += (a >> 32) + (b >> 32);
    }
    uint64_t high = highs[0] + highs[1], sum = wholes[0] + wholes[1] - (high << 32) + high;
    if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
        sum = __builtin_bswap16(sum_fold(sum));
    return sum;
}

static inline uint64_t sum_word(uint64_t word)
{
    return (word & 0xffffffff) + (word >> 32);
}

uint64_t sum_bytes(const uint8_t *p, uint32_t n)
{
    if (n < 8)
        return sum_few(p, n);
    uint32_t many = n & ~31u;
    uint64_t sum = many ? sum_many(p, p + many) : 0;
    for (p += many, n -= many; n >= 8; n -= 8, p += 8)
        sum += sum_word(load_le64(p));
    if (n) // what is left, at the end of the last 8 bytes
        sum += sum_word(load_le64(p + n - 8) >> (64 - 8 * n));
    return sum;
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
