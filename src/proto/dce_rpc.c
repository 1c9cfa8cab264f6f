// SPDX-License-Identifier: Apache-2.0
// DCE/RPC: recognised by its headers, version 5 over TCP and 4 over UDP, C706 chapter 12.
#include "proto/proto.h"

#include "base/cur.h"

enum type {
    REQUEST = 0,
    RESPONSE = 2,
    FAULT = 3,
    BIND = 11,
    BIND_NAK = 13,
    ALTER_ACK = 15,
    LAST_TYPE = 19
};
enum { HEADER = 16, BODY_LEAST = 8 };

// version 1 | minor 1 | type 1 | flags 1 | representation 4 | fragment length 2 | auth length 2
// | call 4; lengths in the order that the representation says
static enum guess probe_stream(struct slice s)
{
    const uint8_t *p = s.p;

    if (p[0] != 5)
        return NO;
    if (s.n < HEADER)
        return MAYBE;
    uint8_t type = p[2];
    bool little = p[4] == 0x10;
    uint16_t n = little ? load_le16(p + 8) : load_be16(p + 8);
    uint16_t auth = little ? load_le16(p + 10) : load_be16(p + 10);
    bool types_fit = type == REQUEST || type == RESPONSE || type == FAULT ||
                     (type >= BIND && type <= LAST_TYPE);
    if (p[1] > 1 || !types_fit || p[4] & 0xef || p[5] > 3 || p[6] || p[7])
        return NO;
    bool has_body = type <= FAULT || (type >= BIND && type <= ALTER_ACK && type != BIND_NAK);
    return n >= (has_body ? HEADER + BODY_LEAST : HEADER) && auth <= n - HEADER ? YES : NO;
}

// The connectionless header alone would fit PROFINET as well: its interfaces have another name.
static enum guess probe(const struct head *h)
{
    struct rpc4 rpc;

    if (h->stream)
        return probe_stream(h->bytes);
    if (h->bytes.p[0] != 4)
        return NO;
    memset(&rpc, 0, sizeof(rpc));
    return rpc4_read(&rpc, h->bytes, h->length) && !rpc4_is_pnio(&rpc) ? YES : NO;
}

const struct analyser proto_dce_rpc = {
    .name = "dce_rpc",
    .title = "DCE/RPC",
    .spec = "C706",
    .why = "it has a DCE/RPC header whose type, representation and lengths agree",
    .over = OVER_TCP | OVER_UDP,
    .hint = {135},
    .probe = probe,
};
