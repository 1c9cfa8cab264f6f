// SPDX-License-Identifier: Apache-2.0
// MQTT: recognised by CONNECT, MQTT 3.1.1 and 5.0 section 3.1.
#include "proto/proto.h"

#include "proto/shape.h"

enum { CONNECT = 0x10, NAME = 4, OLD_NAME = 6 };

// A length in up to 4 bytes of 7 bits, the low ones first.
static uint32_t take_length(struct cur *c)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < 4; i++) {
        uint8_t b = cur_u8(c);
        n |= (b & 0x7fu) << 7 * i;
        if (b < 0x80)
            return n;
    }
    c->bad = true;
    return n;
}

// Level and flags: the lowest is reserved, a will that is not sent has neither quality nor
// retention.
static bool fits(bool old, uint8_t level, uint8_t flags)
{
    enum { RESERVED = 1, WILL = 4, WILL_QUALITY = 0x18, WILL_RETAIN = 0x20, BRIDGE = 0x80 };

    if (flags & RESERVED || (!(flags & WILL) && flags & (WILL_QUALITY | WILL_RETAIN)) ||
        (flags & WILL_QUALITY) == WILL_QUALITY)
        return false;
    level &= (uint8_t)~BRIDGE;
    return old ? level == 3 : level == 4 || level == 5;
}

static enum guess probe(const struct head *h)
{
    enum { LEAST = 12, LENGTH_BYTES = 4 };
    struct cur c = cur_of(h->bytes);

    if (cur_u8(&c) != CONNECT)
        return NO;
    uint32_t length = take_length(&c);
    if (c.bad)
        return h->bytes.n > LENGTH_BYTES ? NO : MAYBE;
    if (length < LEAST)
        return NO;
    struct slice rest = cur_rest(&c);
    bool old = rest.n > 1 && rest.p[1] == OLD_NAME;
    if (!shape_begins(rest, old ? "\0\6MQIsdp" : "\0\4MQTT", 2 + (old ? OLD_NAME : NAME)))
        return NO;
    cur_skip(&c, 2 + (old ? OLD_NAME : NAME));
    uint8_t level = cur_u8(&c), flags = cur_u8(&c);
    return c.bad ? MAYBE : fits(old, level, flags) ? YES : NO;
}

const struct analyser proto_mqtt = {
    .name = "mqtt",
    .title = "MQTT",
    .spec = "OASIS MQTT 3.1.1, 5.0",
    .why = "it begins with CONNECT, the protocol's name and its level",
    .over = OVER_TCP,
    .hint = {1883},
    .patient = true,
    .probe = probe,
};
