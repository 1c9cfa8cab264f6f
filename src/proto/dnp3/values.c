// SPDX-License-Identifier: Apache-2.0
// What is inside objects, by their parts, as numbers and as JSON.
#include "proto/dnp3/dnp3.h"

#include <inttypes.h>

// ---------------------------------------------------------------- octets

static uint64_t unsigned_of(struct slice s)
{
    uint64_t v = 0;

    for (uint32_t i = min_u32(s.n, 8); i-- > 0;)
        v = v << 8 | s.p[i];
    return v;
}

static int64_t signed_of(struct slice s)
{
    uint64_t v = unsigned_of(s);

    if (s.n && s.n < 8 && s.p[s.n - 1] & 0x80)
        v |= UINT64_MAX << 8 * s.n;
    return (int64_t)v;
}

static double real_of(struct slice s)
{
    uint64_t bits = unsigned_of(s);
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

static void put_string(struct text *t, uint8_t kind, struct slice s)
{
    text_char(t, '"');
    if (kind == PART_TEXT)
        put_text(t, s);
    else if (kind == PART_HEX)
        text_hex(t, s.p, s.n);
    else if (kind == PART_SECRET)
        text_str(t, s.n ? "present" : "");
    else
        for (uint32_t i = s.n; i-- > 0;) // BCD
            text_hex(t, s.p + i, 1);
    text_char(t, '"');
}

static void put_value(struct text *t, uint8_t kind, struct slice s)
{
    if (kind >= PART_BCD || s.n > 8) // a number too long is told as it is
        put_string(t, kind >= PART_BCD ? kind : PART_HEX, s);
    else if (kind == PART_SINT)
        text_i64(t, signed_of(s));
    else if (kind == PART_REAL)
        text_real(t, real_of(s));
    else
        text_u64(t, unsigned_of(s));
}

// ---------------------------------------------------------------- parts, one after the other

struct parts {
    const struct dnp3_part *first, *part; // part: the one at hand
    struct slice object;
    struct cur c;
    uint32_t bit;       // of the octet before c, where the next bits begin; 8: a new octet
    struct slice bytes; // the part's
    uint64_t bits;
};

static struct parts parts_of(const struct dnp3_point *p)
{
    const struct dnp3_object *o = p->h->object;
    struct parts s = {.object = p->bytes, .c = cur_of(p->bytes), .bit = 8};

    s.first = o ? o->part : NULL;
    if (o && o->size == SIZE_PACKED && dnp3_prefix_code(p->h) == 0) {
        cur_skip(&s.c, 1);
        s.bit = p->bit;
    }
    return s;
}

static bool is_bits(const struct dnp3_part *p)
{
    return p->kind == PART_BITS || p->kind == PART_FLAG;
}

static bool next_bits(struct parts *s)
{
    if (s->bit == 8) {
        s->bit = 0;
        cur_skip(&s->c, 1);
    }
    if (s->c.bad || s->c.p == s->object.p)
        return false;
    s->bits = s->c.p[-1] >> s->bit & ((1u << s->part->n) - 1);
    s->bit += s->part->n;
    return true;
}

static uint64_t find_number(struct parts *s, const char *name, const struct dnp3_part *before);

// false: there are no more, or the object ends before its parts do.
static bool next_part(struct parts *s)
{
    s->part = s->part ? s->part + 1 : s->first;
    if (s->part->kind == PART_END)
        return false;
    if (is_bits(s->part))
        return next_bits(s);
    struct parts again = {
        .first = s->first, .object = s->object, .c = cur_of(s->object), .bit = 8};
    uint32_t n = s->part->n        ? s->part->n
                 : s->part->length ? (uint32_t)find_number(&again, s->part->length, s->part)
                                   : cur_left(&s->c);
    s->bit = 8;
    s->bytes = cur_take(&s->c, n);
    return !s->c.bad;
}

// The number called `name` among the parts before the given one; 0: there is none.
static uint64_t find_number(struct parts *s, const char *name, const struct dnp3_part *before)
{
    while (s->first && next_part(s) && s->part != before)
        if (!strcmp(s->part->name, name))
            return is_bits(s->part) ? s->bits : unsigned_of(s->bytes);
    return 0;
}

uint64_t dnp3_number(const struct dnp3_point *p, const char *part)
{
    struct parts s = parts_of(p);

    return find_number(&s, part, NULL);
}

double dnp3_real(const struct dnp3_point *p, const char *part)
{
    struct parts s = parts_of(p);
    uint64_t v = find_number(&s, part, NULL);

    if (s.part && s.part->kind == PART_REAL)
        return real_of(s.bytes);
    return s.part && s.part->kind == PART_SINT ? (double)signed_of(s.bytes) : (double)v;
}

// ---------------------------------------------------------------- objects

// A data type (clause 11.8), a length, a value.
static void put_attribute(struct text *t, struct slice s)
{
    enum { LIST = 254 };
    static const uint8_t kind[] = {PART_HEX, PART_TEXT, PART_UINT, PART_SINT, PART_REAL,
                                   PART_HEX, PART_HEX,  PART_TIME, PART_TEXT};
    struct cur c = cur_of(s);
    uint8_t type = cur_u8(&c);

    cur_skip(&c, 1);
    s = cur_rest(&c);
    text_printf(t, ",\"data_type\":%u,\"value\":", type);
    if (type < LIST) {
        put_value(t, type < COUNT_OF(kind) ? kind[type] : PART_HEX, s);
        return;
    }
    text_char(t, '['); // the variations that there are, and whether they can be written
    for (uint32_t i = 0; i + 1 < s.n; i += 2)
        text_printf(t, "%s{\"variation\":%u,\"writable\":%u}", i ? "," : "", s.p[i],
                    s.p[i + 1] & 1);
    text_char(t, ']');
}

static void put_parts(struct text *t, const struct dnp3_point *p, bool brief)
{
    struct parts s = parts_of(p);

    while (s.first && next_part(&s)) {
        if (brief && s.part->kind == PART_FLAG && !s.bits)
            continue;
        text_bytes(t, ",\"", 2);
        text_str(t, s.part->name);
        text_bytes(t, "\":", 2);
        if (is_bits(s.part))
            text_u64(t, s.bits);
        else
            put_value(t, s.part->kind, s.bytes);
    }
}

void dnp3_text_objects(struct text *t, struct dnp3_walk *w, uint32_t *most, bool brief)
{
    struct dnp3_point p;

    text_char(t, '[');
    for (bool first = true; *most && dnp3_next_of_header(w, &p); --*most, first = false) {
        text_str(t, first ? "{" : ",{");
        if (!brief)
            text_printf(t, "\"prefix\":%" PRIu64 ",", p.prefix);
        text_str(t, "\"index\":");
        text_u64(t, p.index);
        if (dnp3_prefix_code(p.h) >= 4) {
            text_str(t, ",\"size\":");
            text_u64(t, p.prefix);
        }
        if (p.h->object && p.h->object->size == SIZE_ATTRIBUTE)
            put_attribute(t, p.bytes);
        else if (!p.h->names_only)
            put_parts(t, &p, brief);
        text_char(t, '}');
    }
    text_char(t, ']');
}
