// SPDX-License-Identifier: Apache-2.0
// Times as operators write them: dates, times of day, spans after the first frame. They are
// UTC, unless a date is followed by another zone's distance to it.
#include "capture/times.h"

#include <string.h>

#define DAY (86400 * SECOND)

enum {
    YEAR_FIRST = 1970,
    YEAR_LAST = 2105,       // pcap's seconds end in 2106
    SPAN_SECONDS = 1 << 30, // 34 years after the first frame
};

struct scan {
    const char *p;
    bool bad;
};

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

// A number of `least` to `most` digits, not above `limit`.
static uint64_t number(struct scan *s, unsigned least, unsigned most, uint64_t limit)
{
    uint64_t value = 0;
    unsigned n = 0;

    for (; n < most && digit(*s->p); n++)
        value = value * 10 + (uint64_t)(*s->p++ - '0');
    if (n < least || digit(*s->p) || value > limit)
        s->bad = true;
    return s->bad ? 0 : value;
}

static bool accept(struct scan *s, char c)
{
    if (*s->p != c)
        return false;
    s->p++;
    return true;
}

static void expect(struct scan *s, char c)
{
    if (!accept(s, c))
        s->bad = true;
}

// What follows a decimal point, as billionths; digits beyond the ninth are read and dropped.
static nsec fraction(struct scan *s)
{
    nsec value = 0;
    nsec place = SECOND / 10;

    if (!accept(s, '.'))
        return 0;
    if (!digit(*s->p))
        s->bad = true;
    for (; digit(*s->p); s->p++, place /= 10)
        value += place * (*s->p - '0');
    return value;
}

// HH:MM[:SS[.frac]]; 24:00 is the day's end.
static nsec time_of_day(struct scan *s)
{
    nsec value = (nsec)number(s, 1, 2, 24) * 3600;

    expect(s, ':');
    value = (value + (nsec)number(s, 2, 2, 59) * 60) * SECOND;
    if (accept(s, ':')) {
        value += (nsec)number(s, 2, 2, 60) * SECOND; // 60: a leap second
        value += fraction(s);
    }
    if (value > DAY)
        s->bad = true;
    return value;
}

static unsigned month_days(unsigned year, unsigned month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

// YYYY-MM-DD as midnight.
static nsec date(struct scan *s)
{
    unsigned year = (unsigned)number(s, 4, 4, YEAR_LAST);
    unsigned month;
    unsigned day;
    nsec days = 0;

    expect(s, '-');
    month = (unsigned)number(s, 2, 2, 12);
    expect(s, '-');
    day = (unsigned)number(s, 2, 2, 31);
    if (s->bad || year < YEAR_FIRST || !month || !day || day > month_days(year, month)) {
        s->bad = true;
        return 0;
    }
    for (unsigned y = YEAR_FIRST; y < year; y++)
        days += month_days(y, 2) + 337;
    for (unsigned m = 1; m < month; m++)
        days += month_days(year, m);
    return (days + day - 1) * DAY;
}

// Behind the time of day: Z, +01:00 or +0100 (RFC 3339, and as EVE's timestamps have it), what
// that place's clock is ahead of UTC; or nothing, which is UTC.
static nsec zone(struct scan *s)
{
    bool behind = *s->p == '-';

    if (accept(s, 'Z') || !(accept(s, '+') || accept(s, '-')))
        return 0;
    nsec hours = 0;
    for (int i = 0; i < 2; i++)
        hours = hours * 10 + (digit(*s->p) ? *s->p++ - '0' : 99);
    accept(s, ':');
    nsec minutes = (nsec)number(s, 2, 2, 59);
    if (hours > 14)
        s->bad = true;
    return (behind ? -1 : 1) * (hours * 60 + minutes) * 60 * SECOND;
}

static struct moment dated(struct scan *s)
{
    struct moment m = {MOMENT_FIXED, date(s)};

    if (accept(s, 'T') || accept(s, ' '))
        m.value += time_of_day(s) - zone(s);
    else
        accept(s, 'Z');
    return m;
}

// The unit behind a number, in nanoseconds.
static nsec unit(struct scan *s)
{
    static const struct {
        const char *word;
        nsec value;
    } units[] = {{"ms", MSEC},       {"us", 1000},         {"ns", 1}, {"s", SECOND},
                 {"m", 60 * SECOND}, {"h", 3600 * SECOND}, {"d", DAY}};

    for (size_t i = 0; i < COUNT_OF(units); i++) {
        size_t n = strlen(units[i].word);

        if (!strncmp(s->p, units[i].word, n)) {
            s->p += n;
            return units[i].value;
        }
    }
    s->bad = true;
    return 0;
}

// +10m, +1.5h, +1h30m
static struct moment span(struct scan *s)
{
    struct moment m = {MOMENT_AFTER, 0};

    do {
        nsec whole = (nsec)number(s, 1, 10, UINT32_MAX);
        nsec part = fraction(s);
        nsec one = unit(s);

        if (!s->bad && whole <= SPAN_SECONDS * SECOND / one)
            m.value += whole * one + (nsec)((__int128)part * one / SECOND);
        else
            s->bad = true;
        if (m.value > SPAN_SECONDS * SECOND)
            s->bad = true;
    } while (!s->bad && *s->p);
    return m;
}

static struct moment since_1970(struct scan *s)
{
    struct moment m = {MOMENT_FIXED, (nsec)number(s, 1, 10, UINT32_MAX) * SECOND};

    m.value += fraction(s);
    return m;
}

static struct moment any_form(struct scan *s)
{
    size_t digits = strspn(s->p, "0123456789");

    if (accept(s, '+'))
        return span(s);
    if (accept(s, '@')) // as date -d takes them
        return since_1970(s);
    if (s->p[digits] == ':')
        return (struct moment){MOMENT_OF_DAY, time_of_day(s)};
    return s->p[digits] == '-' ? dated(s) : since_1970(s);
}

bool moment_read(struct moment *m, const char *text, struct fail *f)
{
    struct scan s = {.p = text};

    *m = any_form(&s);
    if (!s.bad && !*s.p)
        return true;
    return failed(
        f,
        "\"%.60s\" is not a time; write 2026-11-21T16:00 (UTC; or with a zone, "
        "2026-11-21T16:00+01:00), 2026-11-21, 16:00:30 (of the first packet's day, UTC), +10m "
        "(after the first packet; ms, s, m, h, d) or seconds since 1970",
        text);
}

static bool limit(struct moment *m, const char *name, const char *text, struct fail *f)
{
    struct fail why;

    *m = (struct moment){0};
    return !text || moment_read(m, text, &why) || failed(f, "--%s: %s", name, why.text);
}

bool times_open(struct times *t, const char *from, const char *to, struct fail *f)
{
    *t = (struct times){0};
    if (!limit(&t->from, "from", from, f) || !limit(&t->to, "to", to, f))
        return false;
    if (from && to && t->from.kind == t->to.kind && t->from.value >= t->to.value)
        return failed(f, "--from %s is not before --to %s, which leaves nothing; swap them?",
                      from, to);
    return true;
}

static nsec resolve(const struct moment *m, nsec first, nsec open)
{
    switch (m->kind) {
    case MOMENT_OPEN: return open;
    case MOMENT_FIXED: return m->value;
    case MOMENT_OF_DAY: return first - first % DAY + m->value;
    case MOMENT_AFTER: return first + m->value;
    }
    return open;
}

void times_mark(struct times *t, struct frame *frame, uint32_t n)
{
    if (!n)
        return;
    if (!t->fixed) {
        t->begin = resolve(&t->from, frame->ts, INT64_MIN);
        t->end = resolve(&t->to, frame->ts, INT64_MAX);
        t->fixed = true;
    }
    for (uint32_t i = 0; i < n; i++)
        if (frame[i].ts < t->begin || frame[i].ts >= t->end)
            frame[i].flags |= FRAME_FILTERED;
}
