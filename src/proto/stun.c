// SPDX-License-Identifier: Apache-2.0
// STUN and TURN: recognised by the cookie (RFC 8489 section 5), before that by attributes that
// fill the message (RFC 3489 section 11).
#include "proto/proto.h"

#include "proto/shape.h"

enum { HEADER = 20, COOKIE = 0x2112a442, TYPE_MASK = 0xc000, CLASSES = 0x0110 };
enum { BINDING = 1, SECRET = 2, LENGTH_MOST = 2048 };

// Attributes of RFC 3489, of the first ones or optional, each of a length that is whole words.
static bool attributes_fit(struct cur *c)
{
    enum { OPTIONAL = 0x8000, LAST = 0x000b, OPTIONAL_LAST = 0x8050 };
    uint32_t n = 0;

    for (; cur_left(c) && !c->bad; n++) {
        uint16_t type = cur_be16(c), length = cur_be16(c);
        bool known = type >= OPTIONAL ? type <= OPTIONAL_LAST : type && type <= LAST;
        if (!known || length % 4)
            return false;
        cur_skip(c, length);
    }
    return n && !c->bad;
}

// A message without the cookie. One without attributes shows nothing but what is drawn for it.
static bool is_old(const struct head *h, uint16_t type, uint16_t length)
{
    struct cur c = cur_of(h->bytes);
    uint16_t method = (uint16_t)(type & ~CLASSES);

    cur_skip(&c, 4);
    struct slice transaction = cur_take(&c, HEADER - 4);
    if (c.bad || h->bytes.n != h->length || (method != BINDING && method != SECRET) ||
        !shape_is_random(transaction))
        return false;
    return length ? attributes_fit(&c) : type == BINDING;
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);
    uint16_t type = cur_be16(&c), length = cur_be16(&c);
    uint32_t cookie = cur_be32(&c);

    if (type & TYPE_MASK || length % 4 || length > LENGTH_MOST)
        return NO;
    if (h->bytes.n && *h->bytes.p > 1) // methods that there are
        return NO;
    if (h->stream)
        return c.bad ? MAYBE : cookie == COOKIE ? YES : NO;
    if (c.bad || length + (uint32_t)HEADER != h->length)
        return NO;
    return cookie == COOKIE || is_old(h, type, length) ? YES : NO;
}

const struct analyser proto_stun = {
    .name = "stun",
    .title = "STUN",
    .spec = "RFC 8489, RFC 3489",
    .why = "its header has the cookie and the message's length",
    .over = OVER_TCP | OVER_UDP,
    .hint = {3478, 19302},
    .probe = probe,
};
