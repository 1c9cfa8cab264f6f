// SPDX-License-Identifier: Apache-2.0
// HSRP: recognised by messages of fixed fields (version 1, RFC 2281 section 5.1) or by elements
// that fill the datagram (version 2).
#include "proto/proto.h"

#include "proto/shape.h"

enum { OPERATION_LAST = 2, ADVERTISE = 3, ADVERTISED = 10 };
enum { GROUP = 1, INTERFACE, TEXT, MD5 };
enum { GROUP_LENGTH = 40, INTERFACE_LENGTH = 4, TEXT_LENGTH = 8, MD5_LENGTH = 28 };

// The password in clear, filled up with zeros.
static bool is_password(struct slice s)
{
    enum { PASSWORD_LEAST = 3 }; // shorter ones are not sure enough
    uint32_t n = 0;

    while (n < s.n && s.p[n])
        n++;
    return n >= PASSWORD_LEAST && shape_is_ascii(slice_of(s.p, n)) &&
           shape_is_zero(slice_of(s.p + n, s.n - n));
}

// What makes packets by hand leaves the length and the algorithm at 0: `filled` is false then.
static bool is_digest(struct cur *c, bool *filled)
{
    enum { ALGORITHM_MD5 = 1 };
    uint8_t type = cur_u8(c), length = cur_u8(c), algorithm = cur_u8(c), padding = cur_u8(c);

    cur_skip(c, MD5_LENGTH - 2);
    *filled = length == MD5_LENGTH && algorithm == ALGORITHM_MD5;
    return !c->bad && type == MD5 && !padding && (*filled || !(length || algorithm));
}

// Of an interface: type, length, state, reserved, groups, reserved.
static bool is_advertisement(struct cur *c)
{
    enum { STATE_LAST = 3, WITH_HEADER = ADVERTISED + 4 }; // both are counted so
    uint16_t type = cur_be16(c), length = cur_be16(c);
    uint8_t state = cur_u8(c), reserved = cur_u8(c);

    cur_skip(c, 4);
    return type == 1 && (length == ADVERTISED || length == WITH_HEADER) &&
           state <= STATE_LAST && !reserved && !cur_be32(c) && !c->bad && !cur_left(c);
}

static bool is_version_1(struct cur *c)
{
    uint8_t version = cur_u8(c), operation = cur_u8(c);

    if (version || operation > ADVERTISE)
        return false;
    if (operation == ADVERTISE)
        return is_advertisement(c);
    uint8_t state = cur_u8(c), hello = cur_u8(c), hold = cur_u8(c);
    cur_skip(c, 2); // priority, group
    uint8_t reserved = cur_u8(c);
    struct slice password = cur_take(c, TEXT_LENGTH);
    cur_skip(c, 4); // address
    if (c->bad || state > 16 || state & (state - 1) || hello > hold || !hold || reserved)
        return false;
    bool digest = cur_left(c), filled = false;
    if (digest && (!is_digest(c, &filled) || cur_left(c)))
        return false;
    return filled || is_password(password);
}

// Operation, state, version of IP, and no time that is out of the question.
static bool is_group(struct cur *c)
{
    enum { STATE_LAST = 6 };
    uint8_t version = cur_u8(c), operation = cur_u8(c), state = cur_u8(c), ip = cur_u8(c);
    uint16_t group = cur_be16(c);

    cur_skip(c, 6 + 4); // identifier, priority
    uint32_t hello = cur_be32(c), hold = cur_be32(c);
    return version == 2 && operation <= OPERATION_LAST && state <= STATE_LAST &&
           (ip == 4 || ip == 6) && group <= 4095 && hello <= hold;
}

// Elements up to the end; an interface's alone is too little to be sure.
static enum guess elements(struct cur *c)
{
    enum guess found = MAYBE;

    while (cur_left(c) && !c->bad) {
        uint8_t type = cur_u8(c), length = cur_u8(c);
        struct cur value = cur_sub(c, length);
        if (type == GROUP && length == GROUP_LENGTH && !c->bad && is_group(&value))
            found = YES;
        else if (!(type == INTERFACE && length == INTERFACE_LENGTH) &&
                 !(type == TEXT && length == TEXT_LENGTH) &&
                 !(type == MD5 && length == MD5_LENGTH && cur_be16(&value) == 0x0100))
            return NO;
    }
    return c->bad ? NO : found;
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);

    if (h->bytes.n != h->length || h->length < 2 + INTERFACE_LENGTH || *h->bytes.p > INTERFACE)
        return NO;
    if (*h->bytes.p)
        return elements(&c);
    return is_version_1(&c) ? YES : NO;
}

const struct analyser proto_hsrp = {
    .name = "hsrp",
    .title = "HSRP",
    .spec = "RFC 2281",
    .why = "its fields or elements fill the datagram: state, times, a password",
    .over = OVER_UDP,
    .hint = {1985, 2029},
    .probe = probe,
};
