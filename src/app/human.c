// SPDX-License-Identifier: Apache-2.0
// Numbers, sizes, times as people read them; and JSON objects for machines.
#include "app/output.h"

#include <stdio.h>
#include <string.h>

void text_thousands(struct text *t, uint64_t v)
{
    char digits[24];
    int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)v);

    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            text_char(t, ',');
        text_char(t, digits[i]);
    }
}

// Three digits that count: 1.23, 12.3, 123. `v` is below 1000.
static void three_digits(struct text *t, double v)
{
    text_printf(t, "%.*f", v < 9.995 ? 2 : v < 99.95 ? 1 : 0, v);
}

void text_size(struct text *t, uint64_t bytes)
{
    static const char *const unit[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
    double v = (double)bytes / 1000;
    size_t u = 0;

    if (bytes < 1000) {
        text_printf(t, "%u B", (unsigned)bytes);
        return;
    }
    for (; v >= 999.5 && u + 1 < COUNT_OF(unit); u++)
        v /= 1000;
    text_printf(t, "%.*f %s", v < 99.95 ? 1 : 0, v, unit[u]);
}

void text_short(struct text *t, uint64_t v)
{
    static const char unit[] = "kMGTPE";
    double x = (double)v / 1000;
    size_t u = 0;

    if (v < 10000) {
        text_u64(t, v);
        return;
    }
    for (; x >= 999.5 && u + 1 < sizeof(unit) - 1; u++)
        x /= 1000;
    text_printf(t, "%.*f%c", x < 9.95 ? 1 : 0, x, unit[u]);
}

void text_span(struct text *t, nsec v)
{
    uint64_t s;

    if (v < 0) {
        text_char(t, '-');
        v = v == INT64_MIN ? INT64_MAX : -v;
    }
    s = (uint64_t)(v / SECOND);
    if (v == 0) {
        text_str(t, "0 s");
    } else if (v < MSEC) {
        text_printf(t, "%u us", (unsigned)((v + 500) / 1000));
    } else if (v < SECOND - MSEC / 2) {
        three_digits(t, (double)v / MSEC);
        text_str(t, " ms");
    } else if (s < 60) {
        three_digits(t, (double)v / (double)SECOND);
        text_str(t, " s");
    } else if (s < 3600) {
        text_printf(t, "%u min %u s", (unsigned)(s / 60), (unsigned)(s % 60));
    } else if (s < 86400) {
        text_printf(t, "%u h %u min", (unsigned)(s / 3600), (unsigned)(s % 3600 / 60));
    } else {
        text_printf(t, "%u d %u h", (unsigned)(s / 86400), (unsigned)(s % 86400 / 3600));
    }
}

void text_share(struct text *t, uint64_t part, uint64_t whole)
{
    text_printf(t, "%.1f %%", whole ? 100.0 * (double)part / (double)whole : 0.0);
}

void text_moment(struct text *t, nsec v, bool date)
{
    struct date d = date_of(v);

    if (date)
        text_printf(t, "%04u-%02u-%02u ", d.year, d.month, d.day);
    text_printf(t, "%02u:%02u:%02u.%03u", d.hour, d.minute, d.second, d.nanosecond / MSEC);
}

void text_endpoint(struct text *t, const struct addr *a, uint16_t port)
{
    text_str(t, a->kind == ADDR_IP6 ? "[" : "");
    text_addr(t, a);
    text_printf(t, "%s:%u", a->kind == ADDR_IP6 ? "]" : "", port);
}

void text_plural(struct text *t, uint64_t n, const char *one, const char *many)
{
    text_thousands(t, n);
    text_char(t, ' ');
    text_str(t, n == 1 ? one : many);
}

// ---------------------------------------------------------------- JSON

// Bytes that are not UTF-8 become \u00XX, as in the logs.
void json_word(struct text *t, const char *s)
{
    struct slice all = slice_str(s);

    text_char(t, '"');
    for (uint32_t i = 0; i < all.n;) {
        uint32_t n = utf8_at(all, i);
        uint8_t c = all.p[i];
        if (c == '"' || c == '\\')
            text_printf(t, "\\%c", c);
        else if (c < 0x20 || c == 0x7f || !n)
            text_printf(t, "\\u%04x", c);
        else
            text_bytes(t, all.p + i, n);
        i += n ? n : 1;
    }
    text_char(t, '"');
}

void json_key(struct text *t, const char *key)
{
    if (t->n && t->p[t->n - 1] != '{' && t->p[t->n - 1] != '[')
        text_char(t, ',');
    json_word(t, key);
    text_char(t, ':');
}

void json_number(struct text *t, const char *key, uint64_t v)
{
    json_key(t, key);
    text_u64(t, v);
}

void json_text(struct text *t, const char *key, const char *s)
{
    json_key(t, key);
    json_word(t, s);
}
