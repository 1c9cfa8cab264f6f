// SPDX-License-Identifier: Apache-2.0
// Small words of text: trimming, cutting, numbers.
#include "rule/slice.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

int hex_value(uint8_t c)
{
    return !isxdigit(c) ? -1 : isdigit(c) ? c - '0' : (c | 32) - 'a' + 10;
}

int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

struct slice slice_trim(struct slice s)
{
    while (s.n && is_blank(s.p[0]))
        s.p++, s.n--;
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

// Most words that are compared differ in their first letter.
bool slice_is(struct slice s, const char *word)
{
    return (!s.n || s.p[0] == (uint8_t)word[0]) && s.n == strlen(word) &&
           !memcmp(s.p, word, s.n);
}

bool slice_is_any_case(struct slice s, const char *word)
{
    return (!s.n || !((s.p[0] ^ (uint8_t)word[0]) & ~('a' - 'A'))) && s.n == strlen(word) &&
           !strncasecmp((const char *)s.p, word, s.n);
}

struct slice slice_cut(struct slice *rest, char at)
{
    if (!rest->n)
        return *rest;
    const uint8_t *end = memchr(rest->p, at, rest->n);
    uint32_t n = end ? (uint32_t)(end - rest->p) : rest->n;
    struct slice s = slice_of(rest->p, n);

    if (rest->n) {
        rest->p += end ? n + 1 : n;
        rest->n -= end ? n + 1 : n;
    }
    return slice_trim(s);
}

struct slice slice_unquote(struct slice s)
{
    s = slice_trim(s);
    return s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"' ? slice_of(s.p + 1, s.n - 2) : s;
}

bool slice_u64(struct slice s, uint64_t most, uint64_t *v)
{
    uint64_t n = 0;

    if (!s.n)
        return false;
    for (uint32_t i = 0; i < s.n; i++) {
        uint64_t digit = (uint64_t)s.p[i] - '0';
        if (!isdigit(s.p[i]) || n > (most - digit % 10) / 10)
            return false;
        n = n * 10 + digit;
    }
    *v = n;
    return n <= most;
}

bool slice_i32(struct slice s, int32_t *v)
{
    bool minus = s.n && s.p[0] == '-', plus = s.n && s.p[0] == '+';
    uint64_t n;

    if (minus || plus)
        s.p++, s.n--;
    if (!slice_u64(s, INT32_MAX, &n))
        return false;
    *v = minus ? -(int32_t)n : (int32_t)n;
    return true;
}

bool slice_number(struct slice s, uint64_t most, uint64_t *v)
{
    uint64_t n = 0;

    if (s.n < 3 || s.p[0] != '0' || (s.p[1] | 32) != 'x')
        return slice_u64(s, most, v);
    if (s.n > 18)
        return false;
    for (uint32_t i = 2; i < s.n; i++) {
        if (!isxdigit(s.p[i]))
            return false;
        n = n << 4 | (uint64_t)(isdigit(s.p[i]) ? s.p[i] - '0' : (s.p[i] | 32) - 'a' + 10);
    }
    *v = n;
    return n <= most;
}
