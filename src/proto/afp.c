// SPDX-License-Identifier: Apache-2.0
// AFP: recognised by the headers of its session layer (DSI) that open a session or tell what a
// server is; Apple Filing Protocol reference, "Data Stream Interface".
#include "proto/proto.h"

#include "proto/shape.h"

enum { STATUS = 3, OPEN = 4, HEADER = 16, LENGTH_MOST = 4096 };

// Options: type, length, 4 bytes; the first is the size of requests or of the replay cache.
static enum guess is_open(struct cur *c, uint32_t length)
{
    enum { OPTION = 6 };
    uint8_t type = cur_u8(c), n = cur_u8(c);

    if (length < OPTION || length % OPTION)
        return NO;
    if (c->bad)
        return MAYBE;
    return type <= 2 && n == 4 ? YES : NO;
}

// Where the server's kind, versions, methods and picture lie, each behind the one before.
static enum guess is_status(struct cur *c, uint32_t length)
{
    enum { FIXED = 10 };
    uint16_t kind = cur_be16(c), versions = cur_be16(c), methods = cur_be16(c);

    if (c->bad)
        return length < FIXED ? NO : MAYBE;
    return kind >= FIXED && kind < versions && versions < methods && methods < length ? YES
                                                                                      : NO;
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);
    uint8_t reply = cur_u8(&c), command = cur_u8(&c);

    cur_skip(&c, 2); // number
    uint32_t result = cur_be32(&c), length = cur_be32(&c), reserved = cur_be32(&c);
    bool opens = command == OPEN, tells = reply && command == STATUS; // to ask is all zeros
    if (reply > 1 || (h->bytes.n > 1 && !opens && !tells) || result || length > LENGTH_MOST ||
        reserved)
        return NO;
    if (c.bad)
        return MAYBE;
    return opens ? is_open(&c, length) : is_status(&c, length);
}

const struct analyser proto_afp = {
    .name = "afp",
    .title = "AFP",
    .spec = "Apple Filing Protocol",
    .why = "it begins with a header that opens a session or tells a server's status",
    .over = OVER_TCP,
    .hint = {548},
    .patient = true,
    .probe = probe,
};
