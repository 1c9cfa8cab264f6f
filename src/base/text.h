// SPDX-License-Identifier: Apache-2.0
// A text that is only appended to. Grows up to a cap; beyond it, text is dropped and `full`
// set.
#pragma once

#include "base/base.h"

#include <string.h>

struct text {
    char *p;
    size_t n, room;
    bool full;
};

enum { TEXT_MOST = 16 * 1024 * 1024 };

// Room for n more bytes; false when the cap is hit, and from then on until text_clear: what was
// dropped leaves no gap in the middle.
bool text_grow(struct text *t, size_t n);
static inline bool text_need(struct text *t, size_t n)
{
    return t->room - t->n >= n || text_grow(t, n);
}
void text_free(struct text *t);

static inline void text_clear(struct text *t)
{
    t->n = 0;
    t->full = false;
}
static inline struct slice text_slice(const struct text *t)
{
    return slice_of(t->p, t->n);
}
static inline void text_char(struct text *t, char c)
{
    if (text_need(t, 1))
        t->p[t->n++] = c;
}
static inline void text_bytes(struct text *t, const void *p, size_t n)
{
    if (n && text_need(t, n)) {
        memcpy(t->p + t->n, p, n);
        t->n += n;
    }
}
static inline void text_str(struct text *t, const char *s)
{
    text_bytes(t, s, strlen(s));
}
static inline void text_add(struct text *t, struct slice s)
{
    text_bytes(t, s.p, s.n);
}
void text_u64(struct text *t, uint64_t v);
static inline void text_str_u64(struct text *t, const char *before, uint64_t v)
{
    text_str(t, before);
    text_u64(t, v);
}
void text_i64(struct text *t, int64_t v);
void text_hex(struct text *t, const uint8_t *p, size_t n); // lower case, no separators
// At most six digits after the point, trailing zeros left out: 0.25, 12; with an
// exponent, 2.9e+27, what is less than a thousandth or too large for 64 bits. What is not a
// number becomes 0, what is infinite the largest; so it always is a number.
void text_real(struct text *t, double v);
// Nanoseconds as decimal seconds: 6 digits after the point, or 9 when the last three are not 0.
void text_seconds(struct text *t, nsec v);
// The same where there is room already: written at p; what comes back is the end.
enum { PUT_MOST = 40 }; // bytes that one of them needs
char *put_u64(char *p, uint64_t v);
char *put_real(char *p, double v);
char *put_seconds(char *p, nsec v);

void text_printf(struct text *t, const char *fmt, ...) PRINTF(2, 3); // not for hot paths

// A moment in the calendar (UTC; month and day from 1).
struct date {
    uint32_t year, month, day, hour, minute, second, nanosecond;
};
struct date date_of(nsec v);
// 2026-11-21T16:00:00.000000, always with six digits: the form of Suricata. No zone: UTC.
void text_iso(struct text *t, nsec v);
// 2026-11-21-16-00-00 with '-', 2026/11/21/16/00/00 with '/'.
void text_date(struct text *t, nsec v, char between);

// The length of the valid UTF-8 character that begins at `at` (RFC 3629), 0 if none does.
uint32_t utf8_at(struct slice s, uint32_t at);
