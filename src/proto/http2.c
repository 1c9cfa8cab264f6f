// SPDX-License-Identifier: Apache-2.0
// HTTP/2 in the clear: recognised by the client's preface and the server's settings, RFC 9113
// sections 3.4 and 6.5.
#include "proto/proto.h"

#include "proto/shape.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// A frame of settings that begins with a known one: length, type, no flags, stream 0.
static enum guess is_settings(struct slice s)
{
    enum { SETTING = 6, LENGTH_MOST = 20 * SETTING, SETTINGS = 4, KNOWN_LAST = 9 };
    struct cur c = cur_of(s);
    uint32_t length = cur_be24(&c);
    uint8_t type = cur_u8(&c), flags = cur_u8(&c);
    uint32_t stream = cur_be32(&c);

    if (s.n > 1 && s.p[1])
        return NO;
    if (s.n >= 3 && (!length || length % SETTING || length > LENGTH_MOST))
        return NO;
    if ((s.n > 3 && type != SETTINGS) || flags || stream)
        return NO;
    uint16_t setting = cur_be16(&c);
    if (c.bad)
        return MAYBE;
    return setting && setting <= KNOWN_LAST ? YES : NO;
}

static enum guess probe(const struct head *h)
{
    struct slice s = h->bytes;
    uint32_t n = sizeof(PREFACE) - 1;

    if (!*s.p)
        return is_settings(s);
    return !shape_begins(s, PREFACE, n) ? NO : s.n < n ? MAYBE : YES;
}

const struct analyser proto_http2 = {
    .name = "http2",
    .title = "HTTP/2",
    .spec = "RFC 9113",
    .why = "it begins with the preface, or with a server's settings",
    .over = OVER_TCP,
    .patient = true,
    .probe = probe,
};
