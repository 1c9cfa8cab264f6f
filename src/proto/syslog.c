// SPDX-License-Identifier: Apache-2.0
// Syslog: recognised by its priority and what stands behind: RFC 5424 section 6, RFC 3164
// section 4; over TCP in both framings of RFC 6587.
#include "proto/proto.h"

#include "proto/shape.h"

enum { PRIORITY_LAST = 191, TEXT_LEAST = 8 };

// A number of at most `most` digits without leading zeros; UINT32_MAX: there is none.
static uint32_t take_number(struct cur *c, uint32_t most)
{
    uint32_t value = 0, n = 0;

    while (n < most && n < cur_left(c) && shape_is_digit(c->p[n]))
        value = value * 10 + c->p[n++] - '0';
    if (!n || (n > 1 && *c->p == '0'))
        value = UINT32_MAX;
    cur_skip(c, n);
    return value;
}

// "#" stands for a digit, "_" for a blank or a digit, "a" for a letter. False: it differs.
static bool looks_like(struct slice s, const char *form)
{
    for (uint32_t i = 0; i < s.n && form[i]; i++) {
        bool digit = shape_is_digit(s.p[i]);
        bool fits = form[i] == '#'   ? digit
                    : form[i] == '_' ? digit || s.p[i] == ' '
                    : form[i] == 'a' ? shape_is_letter(s.p[i])
                                     : s.p[i] == (uint8_t)form[i];
        if (!fits)
            return false;
    }
    return true;
}

// A time that the message begins with. MAYBE: the bytes end before.
static enum guess timed(struct slice s)
{
    static const char *const forms[] = {"1 ####-##-##T##:##:##", "1 - ", "aaa _# ##:##:##",
                                        "####-##-##T##:##:##"};
    enum guess found = NO;

    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (looks_like(s, forms[i]))
            found = s.n >= strlen(forms[i]) ? YES : found == NO ? MAYBE : found;
    return found;
}

// Words that can be printed; what ends a line or a string may end it.
static bool is_text(struct slice s)
{
    uint32_t n = s.n;

    while (n && (s.p[n - 1] == '\n' || s.p[n - 1] == '\r' || !s.p[n - 1]))
        n--;
    return n >= TEXT_LEAST && shape_is_letter(*s.p) && memchr(s.p, ' ', n) &&
           shape_is_ascii(slice_of(s.p, n));
}

// Without a closing bracket the priority may not have ended.
static bool take_priority(struct cur *c)
{
    if (cur_u8(c) != '<')
        return false;
    bool right = !cur_left(c) || take_number(c, 3) <= PRIORITY_LAST;
    uint8_t end = cur_u8(c);
    return right && (c->bad || end == '>');
}

static enum guess probe_stream(struct slice s)
{
    struct cur c = cur_of(s);

    if (shape_is_digit(*s.p)) { // counts its octets
        uint32_t count = take_number(&c, 5);
        if (count == UINT32_MAX || !count || (cur_left(&c) && cur_u8(&c) != ' '))
            return NO;
    }
    if (cur_left(&c) && !take_priority(&c))
        return NO;
    return c.bad || !cur_left(&c) ? MAYBE : timed(cur_rest(&c));
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);

    if (!h->bytes.n)
        return NO;
    if (h->stream)
        return probe_stream(h->bytes);
    if (!take_priority(&c) || c.bad)
        return NO;
    return timed(cur_rest(&c)) == YES || is_text(cur_rest(&c)) ? YES : NO;
}

const struct analyser proto_syslog = {
    .name = "syslog",
    .title = "Syslog",
    .spec = "RFC 5424, RFC 3164",
    .why = "it begins with a priority in brackets, and a time or text follows",
    .over = OVER_TCP | OVER_UDP,
    .hint = {514, 601},
    .patient = true,
    .probe = probe,
};
