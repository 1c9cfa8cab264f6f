// SPDX-License-Identifier: Apache-2.0
// HTTP/1: recognised by its first line, RFC 9112 sections 3 and 4.
#include "proto/proto.h"

#include "base/cur.h"

enum { METHOD_LEAST = 3, METHOD_MOST = 24 };

static bool is_digit(uint8_t b)
{
    return b >= '0' && b <= '9';
}

// HTTP/1.1 200: what is there of it must fit, and a reason or the line's end must follow.
static enum guess status_line(struct slice s)
{
    static const char form[] = "HTTP/1.# ### ";
    uint32_t n = min_u32(s.n, sizeof(form) - 1);

    for (uint32_t i = 0; i < n; i++) {
        bool last = i == sizeof(form) - 2;
        if (form[i] == '#' ? !is_digit(s.p[i])
                           : s.p[i] != form[i] && !(last && (s.p[i] == '\r' || s.p[i] == '\n')))
            return NO;
    }
    return n == sizeof(form) - 1 ? YES : MAYBE;
}

// Letters of a method; gives their number, METHOD_MOST + 1 if it is none.
static uint32_t method_length(struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++) {
        uint8_t b = s.p[i];
        if (b == ' ')
            return i >= METHOD_LEAST ? i : METHOD_MOST + 1;
        if (i == METHOD_MOST || !((b >= 'A' && b <= 'Z') || (i && (b == '-' || b == '_'))))
            return METHOD_MOST + 1;
    }
    return s.n;
}

// A target that goes on beyond what a probe sees is believed if the method is a common one.
static bool is_common(struct slice s)
{
    static const char *const begins[] = {"GET /",       "POST /",       "HEAD /",  "PUT /",
                                         "GET http://", "POST http://", "DELETE /"};

    for (size_t i = 0; i < COUNT_OF(begins); i++) {
        struct slice b = slice_str(begins[i]);
        if (!memcmp(s.p, b.p, b.n))
            return true;
    }
    return false;
}

static bool ends_in_version(struct slice line)
{
    const uint8_t *v = line.p + line.n - 9;

    return line.n > METHOD_LEAST + 9 && !memcmp(v, " HTTP/1.", 8) && is_digit(v[8]);
}

// METHOD target HTTP/1.1
static enum guess request_line(struct slice s)
{
    uint32_t method = method_length(s), n = method;

    if (method > METHOD_MOST)
        return NO;
    while (n < s.n && s.p[n] >= ' ' && s.p[n] != 0x7f)
        n++;
    if (n == s.n)
        return n < HEAD_MOST ? MAYBE : is_common(s) ? YES : NO;
    if (s.p[n] != '\r' && s.p[n] != '\n')
        return NO;
    return ends_in_version(slice_of(s.p, n)) ? YES : NO;
}

static enum guess probe(const struct head *h)
{
    enum guess status = status_line(h->bytes);

    if (status != NO)
        return status;
    return request_line(h->bytes);
}

const struct analyser proto_http = {
    .name = "http",
    .title = "HTTP",
    .spec = "RFC 9112",
    .why = "it begins with an HTTP/1 request or status line",
    .over = OVER_TCP,
    .hint = {80, 8080},
    .probe = probe,
};
