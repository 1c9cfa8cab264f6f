// SPDX-License-Identifier: Apache-2.0
// DHCPv6: recognised by a type and options that fill the datagram, RFC 8415 sections 8, 9, 21.
#include "proto/proto.h"

#include "base/cur.h"

enum { RELAY_FORWARD = 12, RELAY_REPLY = 13, TYPE_LAST = 23, HOPS_MOST = 32 };
enum { CLIENT_ID = 1, SERVER_ID = 2, RELAYED = 9, OPTION_LAST = 150 };

// A DUID (section 11): its type, and at least something behind.
static bool is_duid(struct slice s)
{
    return s.n >= 4 && load_be16(s.p) >= 1 && load_be16(s.p) <= 4;
}

// Options up to the end, with one that tells who it is, or what is relayed.
static bool options_fit(struct cur *c)
{
    bool telling = false;

    while (cur_left(c) && !c->bad) {
        uint16_t code = cur_be16(c);
        struct slice value = cur_take(c, cur_be16(c));
        if (c->bad || !code || code > OPTION_LAST)
            return false;
        if (code == CLIENT_ID || code == SERVER_ID) {
            if (!is_duid(value))
                return false;
            telling = true;
        }
        telling |= code == RELAYED && value.n >= 4;
    }
    return telling && !c->bad;
}

static enum guess probe(const struct head *h)
{
    enum { TRANSACTION = 3, ADDRESSES = 32 };
    struct cur c = cur_of(h->bytes);
    uint8_t type = cur_u8(&c);

    if (!type || type > TYPE_LAST || h->bytes.n != h->length)
        return NO;
    if (type == RELAY_FORWARD || type == RELAY_REPLY) {
        if (cur_u8(&c) > HOPS_MOST)
            return NO;
        cur_skip(&c, ADDRESSES);
    } else {
        cur_skip(&c, TRANSACTION);
    }
    return options_fit(&c) ? YES : NO;
}

const struct analyser proto_dhcpv6 = {
    .name = "dhcpv6",
    .title = "DHCPv6",
    .spec = "RFC 8415",
    .why = "its options fill the datagram, and tell who sends it",
    .over = OVER_UDP,
    .hint = {547, 546},
    .probe = probe,
};
