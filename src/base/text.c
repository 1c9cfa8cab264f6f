// SPDX-License-Identifier: Apache-2.0
// Appending text and numbers without going through printf.
#include "base/text.h"

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool text_grow(struct text *t, size_t n)
{
    if (t->full || n > TEXT_MOST || t->n + n > TEXT_MOST)
        goto full;
    size_t room = t->room > 1024 ? t->room : 1024;
    while (room < t->n + n)
        room *= 2;
    char *p = realloc(t->p, room);
    if (!p)
        goto full;
    t->p = p;
    t->room = room;
    return true;
full:
    t->full = true;
    t->room = t->n; // so that nothing shorter slips in behind what was dropped
    return false;
}

void text_free(struct text *t)
{
    free(t->p);
    *t = (struct text){0};
}

static const char pair[] = "00010203040506070809101112131415161718192021222324"
                           "25262728293031323334353637383940414243444546474849"
                           "50515253545556575859606162636465666768697071727374"
                           "75767778798081828384858687888990919293949596979899";

static inline char *put_pair(char *p, uint32_t below100)
{
    memcpy(p, pair + 2 * (size_t)below100, 2);
    return p + 2;
}

static uint32_t count_digits(uint64_t v)
{
    uint32_t n = 1;

    for (; v >= 10000; v /= 10000)
        n += 4;
    return n + (v >= 10) + (v >= 100) + (v >= 1000);
}

char *put_u64(char *p, uint64_t v)
{
    if (v < 10) {
        *p = (char)('0' + v);
        return p + 1;
    }
    char *end = p + count_digits(v), *at = end;
    for (; v >= 100; v /= 100)
        put_pair(at -= 2, (uint32_t)(v % 100));
    if (v >= 10)
        put_pair(at - 2, (uint32_t)v);
    else
        at[-1] = (char)('0' + v);
    return end;
}

void text_u64(struct text *t, uint64_t v)
{
    if (text_need(t, PUT_MOST))
        t->n = (size_t)(put_u64(t->p + t->n, v) - t->p);
}

void text_i64(struct text *t, int64_t v)
{
    if (v < 0)
        text_char(t, '-');
    text_u64(t, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void text_hex(struct text *t, const uint8_t *p, size_t n)
{
    static const char digit[] = "0123456789abcdef";

    if (!text_need(t, 2 * n))
        return;
    for (size_t i = 0; i < n; i++) {
        t->p[t->n++] = digit[p[i] >> 4];
        t->p[t->n++] = digit[p[i] & 15];
    }
}

static char *put_six(char *p, uint32_t v)
{
    p = put_pair(p, v / 10000);
    p = put_pair(p, v / 100 % 100);
    return put_pair(p, v % 100);
}

// Too large or too small for six decimals; what is no number is 0, as JSON has no word for it.
static char *put_far(char *p, double v)
{
    if (v != v)
        v = 0;
    v = v > DBL_MAX ? DBL_MAX : v < -DBL_MAX ? -DBL_MAX : v;
    return p + snprintf(p, PUT_MOST, "%.9g", v);
}

char *put_real(char *p, double v)
{
    const double most = 18446744073709549568.0; // the largest double below 2^64
    const double least = 1e-3;
    double size = v < 0 ? -v : v;

    if (!(size <= most) || (size < least && size > 0))
        return put_far(p, v);
    uint64_t whole = (uint64_t)size;
    uint32_t part = (uint32_t)((size - (double)whole) * 1e6 + 0.5);
    if (part == 1000000) {
        whole++;
        part = 0;
    }
    if (v < 0 && (whole || part))
        *p++ = '-';
    p = put_u64(p, whole);
    if (!part)
        return p;
    *p++ = '.';
    p = put_six(p, part);
    while (p[-1] == '0')
        p--;
    return p;
}

void text_real(struct text *t, double v)
{
    if (text_need(t, PUT_MOST))
        t->n = (size_t)(put_real(t->p + t->n, v) - t->p);
}

char *put_seconds(char *p, nsec v)
{
    uint64_t ns = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    uint32_t part = (uint32_t)(ns % 1000000000u);

    if (v < 0)
        *p++ = '-';
    p = put_u64(p, ns / 1000000000u);
    *p++ = '.';
    p = put_six(p, part / 1000);
    if (part % 1000) {
        *p++ = (char)('0' + part % 1000 / 100);
        p = put_pair(p, part % 100);
    }
    return p;
}

void text_seconds(struct text *t, nsec v)
{
    if (text_need(t, PUT_MOST))
        t->n = (size_t)(put_seconds(t->p + t->n, v) - t->p);
}

void text_printf(struct text *t, const char *fmt, ...)
{
    char line[2048];
    va_list ap;

    va_start(ap, fmt);
    int n = vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    if (n > 0)
        text_bytes(t, line, min_u32((uint32_t)n, sizeof(line) - 1));
}

// Days are counted from 1 March of the year 0, so that a leap day is the last day of its year,
// and in the Gregorian calendar's eras of 400 years, which are all equal.
struct date date_of(nsec v)
{
    enum { ERA = 146097, CENTURY = 36524, FOUR_YEARS = 1461, TO_1970 = 719468 };
    int64_t part = v % SECOND, seconds = v / SECOND - (part < 0);
    int64_t days = seconds / 86400 - (seconds % 86400 < 0);
    uint32_t of_day = (uint32_t)(seconds - days * 86400);
    uint32_t day = (uint32_t)(days + TO_1970); // years 1677 to 2262: never negative
    uint32_t era = day / ERA, of_era = day % ERA;
    uint32_t leap_days = of_era / (FOUR_YEARS - 1) - of_era / CENTURY + of_era / (ERA - 1);
    uint32_t year = (of_era - leap_days) / 365;
    uint32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    uint32_t month = (5 * of_year + 2) / 153; // from March; 153 days are five months

    return (struct date){
        .year = era * 400 + year + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = of_year - (153 * month + 2) / 5 + 1,
        .hour = of_day / 3600,
        .minute = of_day / 60 % 60,
        .second = of_day % 60,
        .nanosecond = (uint32_t)(part < 0 ? part + SECOND : part),
    };
}

static char *put_day(char *p, const struct date *d, char between)
{
    p = put_pair(p, d->year / 100);
    p = put_pair(p, d->year % 100);
    *p++ = between;
    p = put_pair(p, d->month);
    *p++ = between;
    return put_pair(p, d->day);
}

static char *put_clock(char *p, const struct date *d, char between)
{
    p = put_pair(p, d->hour);
    *p++ = between;
    p = put_pair(p, d->minute);
    *p++ = between;
    return put_pair(p, d->second);
}

void text_iso(struct text *t, nsec v)
{
    struct date d = date_of(v);

    if (!text_need(t, 26))
        return;
    char *p = put_day(t->p + t->n, &d, '-');
    *p++ = 'T';
    p = put_clock(p, &d, ':');
    *p++ = '.';
    t->n = (size_t)(put_six(p, d.nanosecond / 1000) - t->p);
}

void text_date(struct text *t, nsec v, char between)
{
    struct date d = date_of(v);

    if (!text_need(t, 19))
        return;
    char *p = put_day(t->p + t->n, &d, between);
    *p++ = between;
    t->n = (size_t)(put_clock(p, &d, between) - t->p);
}

uint32_t utf8_at(struct slice s, uint32_t at)
{
    const uint8_t *p = s.p + at;
    uint32_t left = s.n - at, n = 0;
    uint8_t low = 0x80, high = 0xbf; // of the second byte; narrower for some first bytes

    if (!left || p[0] < 0x80)
        return left ? 1 : 0;
    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        n = 2;
    else if (p[0] >= 0xe0 && p[0] <= 0xef)
        n = 3;
    else if (p[0] >= 0xf0 && p[0] <= 0xf4)
        n = 4;
    if (!n || left < n)
        return 0;
    if (p[0] == 0xe0) // overlong
        low = 0xa0;
    else if (p[0] == 0xed) // surrogates
        high = 0x9f;
    else if (p[0] == 0xf0) // overlong
        low = 0x90;
    else if (p[0] == 0xf4) // beyond U+10FFFF
        high = 0x8f;
    if (p[1] < low || p[1] > high)
        return 0;
    for (uint32_t i = 2; i < n; i++)
        if (p[i] >> 6 != 2)
            return 0;
    return n;
}
