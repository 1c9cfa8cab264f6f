// SPDX-License-Identifier: Apache-2.0
// SNMP: recognised by its message, a sequence that fills the datagram: RFC 1157 section 4 and
// RFC 3412 section 6.
#include "proto/proto.h"

#include "proto/shape.h"

enum { SEQUENCE = 0x30, INTEGER = 0x02, STRING = 0x04, OBJECT = 0x06 };
enum { REQUEST = 0xa0, TRAP_1 = 0xa4, REPORT = 0xa8, VERSION_3 = 3 };

// The number of an element of at most 4 bytes.
static bool take_integer(struct cur *c)
{
    uint8_t tag = cur_u8(c), n = cur_u8(c);

    cur_skip(c, n);
    return tag == INTEGER && n && n <= 5 && !c->bad;
}

// Community, then the operation with its number; of a trap of version 1 the sender's kind.
static bool is_community_message(struct cur *c)
{
    if (cur_u8(c) != STRING)
        return false;
    cur_skip(c, shape_ber_length(c));
    uint8_t operation = cur_u8(c);
    uint32_t length = shape_ber_length(c);
    if (c->bad || operation < REQUEST || operation > REPORT || length < 2)
        return false;
    return operation == TRAP_1 ? cur_u8(c) == OBJECT : take_integer(c);
}

// Number, size, flags, security model.
static bool is_version_3(struct cur *c)
{
    if (cur_u8(c) != SEQUENCE)
        return false;
    (void)shape_ber_length(c);
    if (!take_integer(c) || !take_integer(c) || cur_be16(c) != (STRING << 8 | 1))
        return false;
    cur_skip(c, 1);
    return take_integer(c) && cur_u8(c) == STRING && !c->bad;
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);

    if (cur_u8(&c) != SEQUENCE)
        return NO;
    uint32_t whole = shape_ber_length(&c);
    if (c.bad || whole != h->length - (h->bytes.n - cur_left(&c)))
        return NO;
    if (cur_be16(&c) != (INTEGER << 8 | 1))
        return NO;
    uint8_t version = cur_u8(&c);
    if (version <= 1)
        return is_community_message(&c) ? YES : NO;
    return version == VERSION_3 && is_version_3(&c) ? YES : NO;
}

const struct analyser proto_snmp = {
    .name = "snmp",
    .title = "SNMP",
    .spec = "RFC 1157, RFC 3412",
    .why = "a sequence that fills the datagram has a version and an operation's number",
    .over = OVER_UDP,
    .hint = {161, 162},
    .probe = probe,
};
