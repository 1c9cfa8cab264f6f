// SPDX-License-Identifier: Apache-2.0
// The cursor: the only way packet bytes are read. It cannot leave its slice; a read beyond the
// end gives zeros and sets `bad` for good, so that a parser checks once after a group of reads.
#pragma once

#include "base/base.h"

struct cur {
    const uint8_t *p, *end;
    bool bad;
};

static inline struct cur cur_of(struct slice s)
{
    return (struct cur){s.p, s.p ? s.p + s.n : s.p, false};
}

static inline uint32_t cur_left(const struct cur *c)
{
    return (uint32_t)(c->end - c->p);
}

// True, and n bytes may be read at c->p before the cursor is moved on by n.
static inline bool cur_has(struct cur *c, uint32_t n)
{
    if (cur_left(c) >= n)
        return true;
    c->bad = true;
    c->p = c->end;
    return false;
}

static inline void cur_skip(struct cur *c, uint32_t n)
{
    if (n && cur_has(c, n)) // nothing may be taken from an empty slice, which has no address
        c->p += n;
}

static inline uint8_t cur_u8(struct cur *c)
{
    return cur_has(c, 1) ? *c->p++ : 0;
}

static inline uint16_t load_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}
static inline uint32_t load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline uint16_t load_le16(const uint8_t *p)
{
    return (uint16_t)(p[1] << 8 | p[0]);
}
static inline uint32_t load_le32(const uint8_t *p)
{
    return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}
static inline uint64_t load_le64(const uint8_t *p)
{
    return (uint64_t)load_le32(p + 4) << 32 | load_le32(p);
}

// A number of up to 8 octets, the low one first; what is beyond the 8th does not count.
static inline uint64_t load_le(struct slice s)
{
    uint64_t v = 0;

    for (uint32_t i = s.n < 8 ? s.n : 8; i-- > 0;)
        v = v << 8 | s.p[i];
    return v;
}

static inline uint16_t cur_be16(struct cur *c)
{
    if (!cur_has(c, 2))
        return 0;
    c->p += 2;
    return load_be16(c->p - 2);
}
static inline uint32_t cur_be24(struct cur *c)
{
    if (!cur_has(c, 3))
        return 0;
    c->p += 3;
    return (uint32_t)c->p[-3] << 16 | (uint32_t)c->p[-2] << 8 | c->p[-1];
}
static inline uint32_t cur_be32(struct cur *c)
{
    if (!cur_has(c, 4))
        return 0;
    c->p += 4;
    return load_be32(c->p - 4);
}
static inline uint64_t cur_be64(struct cur *c)
{
    uint64_t high = cur_be32(c);

    return high << 32 | cur_be32(c);
}
static inline uint16_t cur_le16(struct cur *c)
{
    if (!cur_has(c, 2))
        return 0;
    c->p += 2;
    return load_le16(c->p - 2);
}
static inline uint32_t cur_le32(struct cur *c)
{
    if (!cur_has(c, 4))
        return 0;
    c->p += 4;
    return load_le32(c->p - 4);
}

// The next n bytes as a slice; empty and `bad` when there are fewer.
static inline struct slice cur_take(struct cur *c, uint32_t n)
{
    if (!cur_has(c, n))
        return (struct slice){0};
    struct slice taken = slice_of(c->p, n);
    cur_skip(c, n);
    return taken;
}

// A child over the next n bytes, which the child cannot leave; the parent moves behind them.
static inline struct cur cur_sub(struct cur *c, uint32_t n)
{
    struct cur sub = cur_of(cur_take(c, n));

    sub.bad = c->bad;
    return sub;
}

static inline struct slice cur_rest(const struct cur *c)
{
    return slice_of(c->p, cur_left(c));
}
