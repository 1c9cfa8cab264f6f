// SPDX-License-Identifier: Apache-2.0
// LDAP: recognised by its message envelope and how an operation begins, RFC 4511 section 4.
#include "proto/proto.h"

#include "proto/shape.h"

enum { SEQUENCE = 0x30, INTEGER = 0x02, STRING = 0x04, ENUMERATED = 0x0a };
enum { BIND = 0x60, UNBIND = 0x42, SEARCH = 0x63, ENTRY = 0x64, EXTENDED = 0x77 };

static bool is_result(uint8_t operation)
{
    static const uint8_t results[] = {0x61, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, 0x78};

    for (size_t i = 0; i < COUNT_OF(results); i++)
        if (results[i] == operation)
            return true;
    return false;
}

// What stands first in an operation. Beyond the bytes at hand everything fits: c->bad tells.
static bool begins(uint8_t operation, struct cur *c)
{
    if (is_result(operation))
        return cur_u8(c) == ENUMERATED && cur_u8(c) == 1;
    switch (operation) {
    case BIND: {
        bool integer = cur_u8(c) == INTEGER && cur_u8(c) == 1;
        uint8_t version = cur_u8(c);
        return integer && version >= 1 && version <= 3;
    }
    case SEARCH:
    case ENTRY: return cur_u8(c) == STRING;
    case EXTENDED: return cur_u8(c) == 0x80;
    default: return false;
    }
}

static enum guess probe(const struct head *h)
{
    enum { ID_MOST = 4, ENVELOPE = 3 };
    struct cur c = cur_of(h->bytes);
    enum guess more = h->stream ? MAYBE : NO;

    if (cur_u8(&c) != SEQUENCE)
        return NO;
    uint32_t whole = shape_ber_length(&c), left = cur_left(&c);
    if (!c.bad && !h->stream && whole != left)
        return NO;
    uint8_t tag = cur_u8(&c), id = cur_u8(&c);
    if (c.bad)
        return h->bytes.n > 1 && h->bytes.p[1] == 0x80 ? NO : more;
    if (tag != INTEGER || !id || id > ID_MOST || whole < (uint32_t)ENVELOPE + id)
        return NO;
    cur_skip(&c, id);
    uint8_t operation = cur_u8(&c);
    uint32_t length = shape_ber_length(&c);
    if (c.bad)
        return more;
    bool fits = begins(operation, &c);
    if (c.bad)
        return more;
    return fits && length <= whole - ENVELOPE - id ? YES : NO;
}

const struct analyser proto_ldap = {
    .name = "ldap",
    .title = "LDAP",
    .spec = "RFC 4511",
    .why = "it begins with a message's envelope, its number, and an operation",
    .over = OVER_TCP | OVER_UDP,
    .hint = {389, 3268},
    .patient = true,
    .probe = probe,
};
