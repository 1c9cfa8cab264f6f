// SPDX-License-Identifier: Apache-2.0
// TNS, Oracle's databases: recognised by the packets that connect, accept, and ask to send
// again.
#include "proto/proto.h"

#include "proto/shape.h"

enum { CONNECT = 1, ACCEPT = 2, RESEND = 11, HEADER = 8 };
enum { VERSION_FIRST = 300, VERSION_LAST = 330 };

// Version, the oldest that will do, options, units, line turnaround, the number 1 as the
// machine writes it, then where in the packet the description lies, or that it follows.
static enum guess is_connect(struct cur *c, uint32_t length)
{
    enum { FIXED = 34 };
    uint16_t version = cur_be16(c), compatible = cur_be16(c);

    if (!c->bad && (version < VERSION_FIRST || version > VERSION_LAST || compatible > version ||
                    compatible < VERSION_FIRST))
        return NO;
    cur_skip(c, 2 + 2 + 2 + 2 + 2); // options, units, what the transport can, turnaround
    uint16_t one = cur_be16(c), size = cur_be16(c), offset = cur_be16(c);
    if (c->bad)
        return MAYBE;
    if ((one != 1 && one != 0x0100) || offset < FIXED || !size)
        return NO;
    return (uint32_t)size + offset == length || offset == length ? YES : NO;
}

static enum guess is_accept(struct cur *c, uint32_t length)
{
    uint16_t version = cur_be16(c);

    if (!c->bad && (version < VERSION_FIRST || version > VERSION_LAST))
        return NO;
    cur_skip(c, 2 + 2 + 2); // options, units
    uint16_t one = cur_be16(c), size = cur_be16(c), offset = cur_be16(c);
    if (c->bad)
        return MAYBE;
    if (one != 1 && one != 0x0100)
        return NO;
    return offset >= 24 && (uint32_t)size + offset <= length ? YES : NO;
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);
    uint16_t length = cur_be16(&c), checksum = cur_be16(&c);
    uint8_t type = cur_u8(&c), flags = cur_u8(&c);
    uint16_t header_checksum = cur_be16(&c);

    if (*h->bytes.p > 0x20 || (h->bytes.n > 1 && length < HEADER) || checksum ||
        header_checksum ||
        (h->bytes.n > 4 && type != CONNECT && type != ACCEPT && type != RESEND))
        return NO;
    if (c.bad)
        return MAYBE;
    if (type == RESEND)
        return length == HEADER && !(flags & ~0x08) ? YES : NO;
    return type == CONNECT ? is_connect(&c, length) : is_accept(&c, length);
}

const struct analyser proto_tns = {
    .name = "tns",
    .title = "TNS",
    .spec = "Oracle Net Services",
    .why = "it begins with a packet that connects or accepts: versions, lengths that fit",
    .over = OVER_TCP,
    .hint = {1521},
    .patient = true,
    .probe = probe,
};
