// SPDX-License-Identifier: Apache-2.0
// BACnet/IP: recognised by its virtual link header, ANSI/ASHRAE 135 annex J.
#include "proto/proto.h"

#include "base/cur.h"

enum { BACNET_IP = 0x81, NETWORK_VERSION = 1, HEADER = 4 };
enum { RESULT, WRITE_TABLE, READ_TABLE, TABLE_ACK, FORWARDED, REGISTER, READ_FOREIGN };
enum { FOREIGN_ACK = 7, DELETE_FOREIGN, DISTRIBUTE, ORIGINAL_UNICAST, ORIGINAL_BROADCAST };

// The network layer begins with its version.
static bool carries_network(struct cur *c, uint32_t skip)
{
    cur_skip(c, skip);
    return cur_u8(c) == NETWORK_VERSION && !c->bad;
}

static bool body_fits(uint8_t function, struct cur *c, uint32_t n)
{
    enum { ADDRESS = 6, TABLE_ROW = 10 };

    switch (function) {
    case RESULT:
    case REGISTER: return n == 2;
    case READ_TABLE:
    case READ_FOREIGN: return n == 0;
    case WRITE_TABLE:
    case TABLE_ACK:
    case FOREIGN_ACK: return n && n % TABLE_ROW == 0;
    case DELETE_FOREIGN: return n == ADDRESS;
    case FORWARDED: return carries_network(c, ADDRESS);
    case DISTRIBUTE:
    case ORIGINAL_UNICAST:
    case ORIGINAL_BROADCAST: return carries_network(c, 0);
    default: return false;
    }
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);
    uint8_t type = cur_u8(&c), function = cur_u8(&c);
    uint16_t length = cur_be16(&c);

    if (c.bad || type != BACNET_IP || length != h->length || length < HEADER)
        return NO;
    return body_fits(function, &c, length - HEADER) ? YES : NO;
}

const struct analyser proto_bacnet = {
    .name = "bacnet",
    .title = "BACnet/IP",
    .spec = "ANSI/ASHRAE 135",
    .why = "its link header has the datagram's length and a function that fits it",
    .over = OVER_UDP,
    .hint = {47808},
    .probe = probe,
};
