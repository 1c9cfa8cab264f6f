// SPDX-License-Identifier: Apache-2.0
// Cassandra: recognised by the frames that start a session, and by what servers say that they
// support; CQL binary protocol v3 to v5, sections 2 and 4.
#include "proto/proto.h"

#include "proto/shape.h"

enum { VERSION_FIRST = 3, VERSION_LAST = 5, FROM_SERVER = 0x80, FLAGS = 0x1f };
enum { STARTUP = 1, SUPPORTED = 6, LENGTH_MOST = 4096, PAIRS_MOST = 16 };

// The first key of a map: capitals, as CQL_VERSION.
static enum guess is_key(struct cur *c)
{
    enum { LEAST = 4, MOST = 32 };
    uint16_t n = cur_be16(c);

    if (c->bad)
        return MAYBE;
    if (n < LEAST || n > MOST)
        return NO;
    for (uint16_t i = 0; i < n; i++) {
        uint8_t b = cur_u8(c);
        if (c->bad)
            return MAYBE;
        if ((b < 'A' || b > 'Z') && b != '_')
            return NO;
    }
    return YES;
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);
    uint8_t first = cur_u8(&c), version = first & 0x7f, flags = cur_u8(&c);

    if (version < VERSION_FIRST || version > VERSION_LAST || flags > FLAGS)
        return NO;
    cur_skip(&c, 2); // stream
    uint8_t opcode = cur_u8(&c);
    if (h->bytes.n > 4 && opcode != (first & FROM_SERVER ? SUPPORTED : STARTUP))
        return NO;
    uint32_t length = cur_be32(&c);
    uint16_t pairs = cur_be16(&c);
    if (length > LENGTH_MOST || pairs > PAIRS_MOST || (!c.bad && !pairs))
        return NO;
    return is_key(&c);
}

const struct analyser proto_cassandra = {
    .name = "cassandra",
    .title = "Cassandra",
    .spec = "CQL binary protocol v3 to v5",
    .why = "it begins with a frame that starts a session, or tells what is supported",
    .over = OVER_TCP,
    .hint = {9042},
    .patient = true,
    .probe = probe,
};
