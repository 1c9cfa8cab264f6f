// SPDX-License-Identifier: Apache-2.0
// PostgreSQL: recognised by how sessions begin, and how servers answer; its documentation,
// "Message Formats".
#include "proto/proto.h"

#include "proto/shape.h"

enum { STARTUP_MOST = 10000, PROTOCOL_3 = 3, REQUESTS = 1234 };
enum { CANCEL = 5678, USE_TLS = 5679, USE_GSS = 5680 };

// The name of the first parameter, as "user".
static enum guess is_parameter(struct slice s)
{
    enum { LEAST = 3, MOST = 32 };
    uint32_t n = 0;

    while (n < s.n && n < MOST && ((s.p[n] >= 'a' && s.p[n] <= 'z') || s.p[n] == '_'))
        n++;
    if (n == s.n)
        return MAYBE;
    return n >= LEAST && n < MOST && !s.p[n] ? YES : NO;
}

static enum guess of_client(struct slice s)
{
    struct cur c = cur_of(s);
    uint32_t length = cur_be32(&c);

    if (s.n > 1 && s.p[1])
        return NO;
    if (!c.bad && (length < 8 || length > STARTUP_MOST))
        return NO;
    uint16_t major = cur_be16(&c), minor = cur_be16(&c);
    if (s.n >= 6 && major != PROTOCOL_3 && major != REQUESTS)
        return NO;
    if (c.bad)
        return MAYBE;
    if (major == REQUESTS)
        return (length == 8 && (minor == USE_TLS || minor == USE_GSS)) ||
                       (length == 16 && minor == CANCEL)
                   ? YES
                   : NO;
    return minor <= 2 ? is_parameter(cur_rest(&c)) : NO;
}

// What a kind of authentication needs behind its number: nothing, salt, or names.
static bool authentication_fits(uint32_t kind, uint32_t length)
{
    enum { CLEAR = 3, MD5 = 5, SASL = 10 };

    return kind == MD5 ? length == 12 : kind == SASL ? length > 9 : kind <= 9 && length == 8;
}

// The first answer asks who it is; or it is an error, that tells how bad it is.
static enum guess of_server(struct slice s)
{
    static const char *const severities[] = {"SFATAL", "SERROR"};
    enum { LENGTH_MOST = 1024 };
    struct cur c = cur_of(s);
    bool error = cur_u8(&c) == 'E';
    uint32_t length = cur_be32(&c);

    if ((s.n > 1 && s.p[1]) || (s.n > 2 && s.p[2]))
        return NO;
    if (!c.bad && (length < 8 || length > LENGTH_MOST))
        return NO;
    if (error) {
        for (size_t i = 0; i < COUNT_OF(severities); i++)
            if (shape_begins(cur_rest(&c), severities[i], 7))
                return cur_left(&c) < 7 ? MAYBE : YES;
        return NO;
    }
    uint32_t kind = cur_be32(&c);
    return c.bad ? MAYBE : authentication_fits(kind, length) ? YES : NO;
}

static enum guess probe(const struct head *h)
{
    if (!*h->bytes.p)
        return of_client(h->bytes);
    return *h->bytes.p == 'R' || *h->bytes.p == 'E' ? of_server(h->bytes) : NO;
}

const struct analyser proto_postgresql = {
    .name = "postgresql",
    .title = "PostgreSQL",
    .spec = "PostgreSQL frontend/backend protocol 3.0",
    .why = "it begins with the version and parameters, or how to show who one is",
    .over = OVER_TCP,
    .hint = {5432},
    .patient = true,
    .probe = probe,
};
