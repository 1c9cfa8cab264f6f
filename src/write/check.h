// SPDX-License-Identifier: Apache-2.0
// For tests: a strict reader of JSON (RFC 8259) that keeps nothing, and says whether a line is
// one object of valid UTF-8 in which no object has a key twice.
#pragma once

#include "base/text.h"

#include <string.h>

enum { CHECK_DEPTH = 16, CHECK_KEYS = 128 };

struct check {
    struct slice s;
    uint32_t at;
    unsigned depth;
    bool bad;
};

static bool check_value(struct check *c);

static inline uint8_t check_peek(const struct check *c)
{
    return c->at < c->s.n ? c->s.p[c->at] : 0;
}

static inline bool check_take(struct check *c, uint8_t wanted)
{
    if (c->at >= c->s.n || c->s.p[c->at] != wanted)
        return false;
    c->at++;
    return true;
}

static inline bool check_word(struct check *c, const char *word)
{
    for (; *word; word++)
        if (!check_take(c, (uint8_t)*word))
            return false;
    return true;
}

static inline bool check_escape(struct check *c)
{
    uint8_t kind = check_peek(c);

    c->at++;
    if (kind != 'u')
        return kind && strchr("\"\\/bfnrt", kind);
    for (int i = 0; i < 4; i++, c->at++)
        if (!check_peek(c) || !strchr("0123456789abcdefABCDEF", check_peek(c)))
            return false;
    return true;
}

static inline bool check_string(struct check *c)
{
    if (!check_take(c, '"'))
        return false;
    while (c->at < c->s.n && !check_take(c, '"')) {
        uint32_t n = utf8_at(c->s, c->at);
        uint8_t first = c->s.p[c->at];
        if (!n || first < 0x20 || first == 0x7f || (first == 0xc2 && c->s.p[c->at + 1] < 0xa0))
            return false; // the control characters above U+007F are legal, but not wanted
        c->at += n;
        if (first == '\\' && !check_escape(c))
            return false;
    }
    return c->s.p[c->at - 1] == '"';
}

static inline uint32_t check_digits(struct check *c)
{
    uint32_t from = c->at;

    while (check_peek(c) >= '0' && check_peek(c) <= '9')
        c->at++;
    return c->at - from;
}

static inline bool check_number(struct check *c)
{
    check_take(c, '-');
    bool zero = check_peek(c) == '0';
    uint32_t n = check_digits(c);

    if (!n || (zero && n > 1) || (check_take(c, '.') && !check_digits(c)))
        return false;
    if (!check_take(c, 'e'))
        return true;
    return (check_take(c, '+') || check_take(c, '-')) && check_digits(c);
}

static inline bool check_key(struct check *c, struct slice *key, uint32_t *n)
{
    uint32_t from = c->at;

    if (!check_string(c) || *n == CHECK_KEYS)
        return false;
    key[*n] = slice_of(c->s.p + from, c->at - from);
    for (uint32_t i = 0; i < *n; i++)
        if (key[i].n == key[*n].n && !memcmp(key[i].p, key[*n].p, key[i].n))
            return false;
    (*n)++;
    return check_take(c, ':');
}

// An object or a list; neither is ever empty.
static inline bool check_nest(struct check *c, bool object)
{
    struct slice key[CHECK_KEYS];
    uint32_t n = 0;

    c->at++;
    if (++c->depth > CHECK_DEPTH)
        return false;
    do {
        if ((object && !check_key(c, key, &n)) || !check_value(c))
            return false;
    } while (check_take(c, ','));
    c->depth--;
    return check_take(c, object ? '}' : ']');
}

static bool check_value(struct check *c)
{
    switch (check_peek(c)) {
    case '{': return check_nest(c, true);
    case '[': return check_nest(c, false);
    case '"': return check_string(c);
    case 't': return check_word(c, "true");
    case 'f': return check_word(c, "false");
    default: return check_number(c);
    }
}

static inline bool check_json_line(struct slice line)
{
    struct check c = {.s = line};

    return check_peek(&c) == '{' && check_value(&c) && check_take(&c, '\n') && c.at == line.n;
}
