// SPDX-License-Identifier: Apache-2.0
// What is inside objects, as numbers and as JSON.
#include "proto/dnp3/dnp3.h"

struct parts dnp3_parts(const struct dnp3_point *p)
{
    const struct dnp3_object *o = p->h->object;

    return (struct parts){.table = o ? o->part : NULL, .object = p->bytes, .bit = p->bit};
}

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
        part_value(t, type < COUNT_OF(kind) ? kind[type] : PART_HEX, s);
        return;
    }
    text_char(t, '['); // the variations that there are, and whether they can be written
    for (uint32_t i = 0; i + 1 < s.n; i += 2)
        text_printf(t, "%s{\"variation\":%u,\"writable\":%u}", i ? "," : "", s.p[i],
                    s.p[i + 1] & 1);
    text_char(t, ']');
}

void dnp3_text_objects(struct text *t, struct dnp3_walk *w, uint32_t *most, bool brief)
{
    struct dnp3_point p;

    text_char(t, '[');
    for (bool first = true; *most && dnp3_next_of_header(w, &p); --*most, first = false) {
        text_str(t, first ? "{" : ",{");
        if (!brief) {
            text_str_u64(t, "\"prefix\":", p.prefix);
            text_char(t, ',');
        }
        text_str_u64(t, "\"index\":", p.index);
        if (dnp3_prefix_code(p.h) >= 4)
            text_str_u64(t, ",\"size\":", p.prefix);
        if (p.h->object && p.h->object->size == SIZE_ATTRIBUTE)
            put_attribute(t, p.bytes);
        else if (!p.h->names_only)
            parts_text(t, dnp3_parts(&p), brief);
        text_char(t, '}');
    }
    text_char(t, ']');
}
