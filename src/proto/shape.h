// SPDX-License-Identifier: Apache-2.0
// What the probes of several protocols ask of bytes.
#pragma once

#include "base/cur.h"

// The length of an element in BER (X.690, 8.1.3, definite forms).
static inline uint32_t shape_ber_length(struct cur *c)
{
    uint8_t first = cur_u8(c);
    uint32_t n = 0, bytes = first & 0x7f;

    if (first < 0x80)
        return first;
    if (!bytes || bytes > 4)
        c->bad = true;
    for (uint32_t i = 0; i < bytes && !c->bad; i++)
        n = n << 8 | cur_u8(c);
    return n;
}

static inline bool shape_is_digit(uint8_t b)
{
    return b >= '0' && b <= '9';
}

static inline bool shape_is_letter(uint8_t b)
{
    return (b | 0x20) >= 'a' && (b | 0x20) <= 'z';
}

// Printable ASCII all through.
static inline bool shape_is_ascii(struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i] < ' ' || s.p[i] > '~')
            return false;
    return true;
}

static inline bool shape_is_zero(struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i])
            return false;
    return true;
}

// As what is drawn or enciphered: of 16 or more random bytes hardly ever an eighth are zeros.
static inline bool shape_is_random(struct slice s)
{
    uint32_t zeros = 0;

    for (uint32_t i = 0; i < s.n; i++)
        zeros += !s.p[i];
    return zeros <= s.n / 8;
}

// Whether the bytes begin as `text` does, as far as both go.
static inline bool shape_begins(struct slice s, const char *text, uint32_t n)
{
    return !s.n || !memcmp(s.p, text, min_u32(s.n, n));
}
