// SPDX-License-Identifier: Apache-2.0
// AJP 1.3: recognised by the packets between a web server and its container; the Apache Tomcat
// connectors' protocol reference.
#include "proto/proto.h"

#include "proto/shape.h"

enum { TO_CONTAINER = 0x1234, TO_SERVER = 0x4142, LENGTH_MOST = 8192 };
enum { FORWARD = 2, HEADERS = 4, END = 5, GET_BODY = 6, PONG = 9, PING = 10 };

// The method, and a version of HTTP as a string.
static enum guess is_forward(struct cur *c)
{
    enum { METHOD_LAST = 27, STRING = 8 };
    uint8_t method = cur_u8(c);
    uint16_t n = cur_be16(c);

    if (!c->bad && (!method || method > METHOD_LAST || n != STRING))
        return NO;
    struct slice version = cur_take(c, STRING);
    if (c->bad)
        return MAYBE;
    return !memcmp(version.p, "HTTP/1.", 7) ? YES : NO;
}

static enum guess is_headers(struct cur *c)
{
    uint16_t status = cur_be16(c);

    if (c->bad)
        return MAYBE;
    return status >= 100 && status <= 599 ? YES : NO;
}

static enum guess is_end(struct cur *c)
{
    uint8_t reuse = cur_u8(c);

    return c->bad ? MAYBE : reuse <= 1 ? YES : NO;
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);
    uint16_t magic = cur_be16(&c);

    if (*h->bytes.p != TO_CONTAINER >> 8 && *h->bytes.p != TO_SERVER >> 8)
        return NO;
    if (!c.bad && magic != TO_CONTAINER && magic != TO_SERVER)
        return NO;
    uint16_t length = cur_be16(&c);
    if ((h->bytes.n > 2 && h->bytes.p[2] > LENGTH_MOST >> 8) || (!c.bad && !length))
        return NO;
    uint8_t code = cur_u8(&c);
    if (c.bad)
        return MAYBE;
    if (magic == TO_CONTAINER)
        return code == FORWARD ? is_forward(&c) : code == PING && length == 1 ? YES : NO;
    switch (code) {
    case HEADERS: return is_headers(&c);
    case END: return length == 2 ? is_end(&c) : NO;
    case GET_BODY: return length == 3 ? YES : NO;
    case PONG: return length == 1 ? YES : NO;
    default: return NO;
    }
}

const struct analyser proto_ajp = {
    .name = "ajp",
    .title = "AJP 1.3",
    .spec = "Apache JServ Protocol 1.3",
    .why = "it begins with a mark, a length and a code, and what belongs to the code",
    .over = OVER_TCP,
    .hint = {8009},
    .patient = true,
    .probe = probe,
};
