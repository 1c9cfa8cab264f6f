// SPDX-License-Identifier: Apache-2.0
// GTP: recognised by its header's length and the elements that fill it; 3GPP TS 29.060
// and 29.281 (version 1), 29.274 (version 2).
#include "proto/proto.h"

#include "proto/shape.h"

enum { VERSION_1 = 0x30, VERSION_2 = 0x40, VERSION_MASK = 0xf0, SPARE_1 = 0x08 };
enum { NEXT = 4, SEQUENCE = 2, EXTRA = 7, TUNNEL = 8 };
enum { ECHO_ASK = 1, ECHO_ANSWER = 2, PACKET = 255, HEADER_1 = 8, HEADER_2 = 4 };

// Elements of version 1: of known size below 128, telling their length above.
static bool elements_1(struct cur *c)
{
    static const uint8_t sizes[128] = {
        [1] = 1,  [2] = 8,  [3] = 6,  [4] = 4,  [5] = 4,  [8] = 1,  [9] = 3,
        [11] = 1, [12] = 3, [13] = 1, [14] = 1, [15] = 1, [16] = 4, [17] = 4,
        [18] = 5, [19] = 1, [20] = 1, [21] = 1, [22] = 1, [23] = 1, [24] = 1,
        [25] = 2, [26] = 2, [27] = 2, [28] = 2, [29] = 1, [127] = 4};
    uint32_t n = 0;

    for (; cur_left(c) && !c->bad; n++) {
        uint8_t type = cur_u8(c);
        if (type < COUNT_OF(sizes) && !sizes[type])
            return false;
        cur_skip(c, type < COUNT_OF(sizes) ? sizes[type] : cur_be16(c));
    }
    return n && !c->bad;
}

// Extension headers: each is as long as it tells in its first byte, and ends with the next's
// type.
static void skip_extensions(struct cur *c, uint8_t next)
{
    while (next && !c->bad) {
        uint32_t n = cur_u8(c) * 4u;
        if (n < 4)
            c->bad = true;
        cur_skip(c, n - 2);
        next = cur_u8(c);
    }
}

static enum guess version_1(struct cur *c, uint8_t flags, uint32_t length)
{
    uint8_t type = cur_u8(c);

    if (flags & SPARE_1 || cur_be16(c) != length - HEADER_1 || !type)
        return NO;
    uint32_t tunnel = cur_be32(c);
    if (flags & EXTRA) {
        cur_skip(c, 3); // sequence, N-PDU
        uint8_t next = cur_u8(c);
        skip_extensions(c, flags & NEXT ? next : 0);
    }
    if (c->bad)
        return NO;
    if (type == PACKET)
        return MAYBE; // what is unwrapped names its tunnel
    if (type == ECHO_ASK && flags & SEQUENCE && !tunnel && !cur_left(c))
        return YES;
    return flags & SEQUENCE && elements_1(c) ? YES : NO;
}

// Elements with type, length and instance, up to the end.
static bool elements_2(struct cur *c)
{
    uint32_t n = 0;

    for (; cur_left(c) && !c->bad; n++) {
        uint8_t type = cur_u8(c);
        uint16_t length = cur_be16(c);
        uint8_t spare = cur_u8(c) >> 4;
        cur_skip(c, length);
        if (!type || spare)
            return false;
    }
    return n && !c->bad;
}

static enum guess version_2(struct cur *c, uint8_t flags, uint32_t length)
{
    uint8_t type = cur_u8(c);
    bool echo = type == ECHO_ASK || type == ECHO_ANSWER;

    if ((flags & ~TUNNEL) != VERSION_2 || !type || cur_be16(c) != length - HEADER_2)
        return NO;
    if (echo == !!(flags & TUNNEL))
        return NO;
    cur_skip(c, echo ? 3 : 4 + 3);
    return !cur_u8(c) && elements_2(c) ? YES : NO;
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);
    uint8_t flags = cur_u8(&c);

    if (h->bytes.n != h->length || h->length < HEADER_1)
        return NO;
    if ((flags & VERSION_MASK) == VERSION_1)
        return version_1(&c, flags, h->length);
    return (flags & VERSION_MASK) == VERSION_2 ? version_2(&c, flags, h->length) : NO;
}

const struct analyser proto_gtp = {
    .name = "gtp",
    .title = "GTP",
    .spec = "3GPP TS 29.060, 29.274",
    .why = "its header has the datagram's length, and elements fill it",
    .over = OVER_UDP,
    .hint = {2123, 2152},
    .probe = probe,
};
