// SPDX-License-Identifier: Apache-2.0
// Daytime: recognised by what it is, one line with a date and a time, RFC 867. The syntax is
// free; these are the words that servers make it of.
#include "proto/proto.h"

#include "base/cur.h"

#include <ctype.h>
#include <strings.h>

enum { LINE_MOST = 64, NUMBER_MOST = 5, ZONE_MOST = 5 }; // 5: a modified Julian date

// What was found so far.
struct found {
    uint32_t times, months, numbers;
};

static bool begins_word(struct slice w, const char *const *words, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t whole = (uint32_t)strlen(words[i]);
        if ((w.n == 3 || w.n == whole) && !strncasecmp((const char *)w.p, words[i], w.n))
            return true;
    }
    return false;
}

static bool is_month(struct slice w)
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};

    return begins_word(w, months, COUNT_OF(months));
}

static bool is_weekday(struct slice w)
{
    static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};

    return begins_word(w, days, COUNT_OF(days));
}

static uint32_t digits(const uint8_t *p, uint32_t n)
{
    uint32_t i = 0;

    while (i < n && isdigit(p[i]))
        i++;
    return i;
}

// 5:12, 05:12:33, 5:12:33.4
static bool is_time(struct slice w)
{
    uint32_t at = digits(w.p, w.n), parts = 1;

    if (!at || at > 2)
        return false;
    for (; at + 2 < w.n && w.p[at] == ':' && digits(w.p + at + 1, 2) == 2; parts++)
        at += 3;
    if (at < w.n && w.p[at] == '.' && parts == 3)
        at += 1 + digits(w.p + at + 1, w.n - at - 1);
    return at == w.n && (parts == 2 || parts == 3);
}

// UTC, CEST, AM, UTC(NIST), +0100
static bool is_zone(struct slice w)
{
    uint32_t n = 0;

    if (w.n == 5 && (w.p[0] == '+' || w.p[0] == '-'))
        return digits(w.p + 1, 4) == 4;
    while (n < w.n && isupper(w.p[n]))
        n++;
    if (n < 2 || n > ZONE_MOST)
        return false;
    return n == w.n || (w.p[n] == '(' && w.p[w.n - 1] == ')' && w.n - n <= 2 + ZONE_MOST);
}

// 22, 2026; 123.4
static bool is_number(struct slice w)
{
    uint32_t n = digits(w.p, w.n);

    if (n && n < w.n && w.p[n] == '.')
        return n + 1 + digits(w.p + n + 1, w.n - n - 1) == w.n;
    return n && n == w.n && n <= NUMBER_MOST;
}

static bool take_word(struct found *f, struct slice w)
{
    bool time = is_time(w), month = is_month(w), number = is_number(w);

    f->times += time;
    f->months += month;
    f->numbers += number;
    return time || month || number || is_weekday(w) || is_zone(w) || (w.n == 1 && *w.p == '*');
}

// Between words; also within a date, as in 11/22/2026 and 26-11-22.
static bool is_gap(struct slice s, uint32_t at)
{
    uint8_t b = s.p[at];
    bool within = at && isdigit(s.p[at - 1]);

    return b == ' ' || b == ',' || (within && (b == '/' || b == '-'));
}

// All words of the line up to n; with `open` the last one may not be whole yet.
static bool read_words(struct found *f, struct slice s, bool open)
{
    for (uint32_t at = 0; at < s.n;) {
        uint32_t begin = at;
        while (at < s.n && !is_gap(s, at))
            at++;
        if (at == s.n && open)
            return true;
        if (at > begin && !take_word(f, slice_of(s.p + begin, at - begin)))
            return false;
        at += at < s.n;
    }
    return true;
}

static enum guess probe(const struct head *h)
{
    struct slice s = h->bytes;
    struct found f = {0};
    uint32_t n = 0;

    if (s.n && *s.p == '\n') // as the servers of NIST begin
        s = slice_of(s.p + 1, s.n - 1);
    while (n < s.n && n <= LINE_MOST && s.p[n] >= ' ' && s.p[n] < 0x7f)
        n++;
    if (n > LINE_MOST)
        return NO;
    bool open = n == s.n && h->stream;
    if (!read_words(&f, slice_of(s.p, n), open))
        return NO;
    if (open)
        return MAYBE;
    while (n < s.n && (s.p[n] == '\r' || s.p[n] == '\n' || (!s.p[n] && n + 1 == s.n)))
        n++;
    bool date = f.months ? f.months == 1 && f.numbers >= 2 : f.numbers >= 3;
    return n == s.n && f.times == 1 && date ? YES : NO;
}

const struct analyser proto_daytime = {
    .name = "daytime",
    .title = "Daytime",
    .spec = "RFC 867",
    .why = "it is one line, a date with a time and nothing else",
    .over = OVER_TCP | OVER_UDP,
    .hint = {13},
    .probe = probe,
};
