// SPDX-License-Identifier: Apache-2.0
// What is inside an object, part by part, as its table says: numbers, and JSON.
#include "proto/parts.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

// ---------------------------------------------------------------- octets

static int64_t signed_of(struct slice s)
{
    uint64_t v = load_le(s);

    if (s.n && s.n < 8 && s.p[s.n - 1] & 0x80)
        v |= UINT64_MAX << 8 * s.n;
    return (int64_t)v;
}

static double real_of(struct slice s)
{
    uint64_t bits = load_le(s);
    uint32_t low = (uint32_t)bits;
    double wide = 0;
    float narrow = 0;

    memcpy(&wide, &bits, sizeof(wide));
    memcpy(&narrow, &low, sizeof(narrow));
    return s.n == sizeof(narrow) ? (double)narrow : wide;
}

// A text of octets that may be anything: what is not plain ASCII becomes \u00XX.
static void put_text(struct text *t, struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (c == '"' || c == '\\')
            text_char(t, '\\');
        if (c >= 0x20 && c < 0x7f) {
            text_char(t, (char)c);
        } else {
            text_bytes(t, "\\u00", 4);
            text_hex(t, &c, 1);
        }
    }
}

static void put_string(struct text *t, enum part_kind kind, struct slice s)
{
    text_char(t, '"');
    if (kind == PART_TEXT)
        put_text(t, s);
    else if (kind == PART_SECRET)
        text_str(t, s.n ? "present" : "");
    else if (kind == PART_BCD)
        for (uint32_t i = s.n; i-- > 0;)
            text_hex(t, s.p + i, 1);
    else
        text_hex(t, s.p, s.n);
    text_char(t, '"');
}

// As few digits as read back the same, however large or small; JSON has no word for what is no
// number.
static void put_float(struct text *t, struct slice s)
{
    double v = real_of(s), back;
    bool narrow = s.n == sizeof(float);
    char digits[32];
    int n = narrow ? FLT_DIG : DBL_DIG, length;

    if (!isfinite(v) || (!narrow && s.n != sizeof(double))) {
        text_str(t, "null");
        return;
    }
    do {
        length = snprintf(digits, sizeof(digits), "%.*g", n, v);
        back = strtod(digits, NULL);
    } while ((narrow ? (float)back != (float)v : back != v) && n++ < DBL_DECIMAL_DIG);
    text_bytes(t, digits, (size_t)length);
}

void part_value(struct text *t, enum part_kind kind, struct slice s)
{
    if (kind >= PART_BCD || s.n > 8) // a number too long is told as it is
        put_string(t, kind >= PART_BCD ? kind : PART_HEX, s);
    else if (kind == PART_SINT)
        text_i64(t, signed_of(s));
    else if (kind == PART_REAL)
        put_float(t, s);
    else
        text_u64(t, load_le(s));
}

// ---------------------------------------------------------------- one part after the other

static bool is_bits(const struct part *p)
{
    return p->kind == PART_BITS || p->kind == PART_FLAG;
}

static bool next_bits(struct parts *s)
{
    if (s->bit / 8 >= s->object.n)
        return false;
    s->bits = s->object.p[s->bit / 8] >> s->bit % 8 & ((1u << s->at->n) - 1);
    s->bit += s->at->n;
    return true;
}

// The part called `name`, of those that lie before another one; false: there is none.
static bool find(struct parts *s, const char *name, const struct part *before)
{
    while (parts_next(s) && s->at != before)
        if (!strcmp(s->at->name, name))
            return true;
    return false;
}

static uint64_t number_before(const struct parts *s, const char *name)
{
    struct parts again = {.table = s->table, .object = s->object};

    if (!find(&again, name, s->at))
        return 0;
    return is_bits(again.at) ? again.bits : load_le(again.bytes);
}

static bool next_bytes(struct parts *s)
{
    uint32_t from = (s->bit + 7) / 8, left = s->object.n - from;
    uint64_t n = s->at->n ? s->at->n : s->at->length ? number_before(s, s->at->length) : left;

    if (n > left)
        return false;
    s->bytes = slice_of(s->object.p + from, n);
    s->bit = 8 * (from + (uint32_t)n);
    return true;
}

bool parts_next(struct parts *s)
{
    s->at = s->at ? s->at + 1 : s->table;
    if (!s->at || s->at->kind == PART_END)
        return false;
    return is_bits(s->at) ? next_bits(s) : next_bytes(s);
}

uint64_t parts_number(struct parts s, const char *name)
{
    if (!find(&s, name, NULL))
        return 0;
    return is_bits(s.at) ? s.bits : load_le(s.bytes);
}

double parts_real(struct parts s, const char *name)
{
    if (!find(&s, name, NULL))
        return 0;
    switch (s.at->kind) {
    case PART_BITS:
    case PART_FLAG: return (double)s.bits;
    case PART_REAL: return real_of(s.bytes);
    case PART_SINT: return (double)signed_of(s.bytes);
    default: return (double)load_le(s.bytes);
    }
}

void parts_text(struct text *t, struct parts s, bool brief)
{
    while (parts_next(&s)) {
        if (brief && s.at->kind == PART_FLAG && !s.bits)
            continue;
        text_bytes(t, ",\"", 2);
        text_str(t, s.at->name);
        text_bytes(t, "\":", 2);
        if (is_bits(s.at))
            text_u64(t, s.bits);
        else
            part_value(t, s.at->kind, s.bytes);
    }
}
