// SPDX-License-Identifier: Apache-2.0
// The table of objects, and walking the object headers of a fragment: IEEE 1815, clause 11.3.
#include "proto/dnp3/dnp3.h"

#include "proto/parts.def"

const struct dnp3_object dnp3_objects[] = {
#define OBJECT(group, variation, name, label, size, n, ...)                                    \
    {group,                                                                                    \
     variation,                                                                                \
     SIZE_##size,                                                                              \
     n,                                                                                        \
     name,                                                                                     \
     label,                                                                                    \
     (const struct part[]){__VA_ARGS__, NOTHING}},
#include "proto/dnp3/objects.def"
#undef OBJECT
};
const uint32_t dnp3_n_objects = COUNT_OF(dnp3_objects);

const struct dnp3_object *dnp3_object_of(uint8_t group, uint8_t variation)
{
    bool one_for_all = group == 0 || (group >= 110 && group <= 113);
    uint32_t low = 0, high = COUNT_OF(dnp3_objects);
    uint32_t wanted = (uint32_t)group << 8 | (one_for_all ? 1 : variation);

    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const struct dnp3_object *o = &dnp3_objects[middle];
        uint32_t at = (uint32_t)o->group << 8 | o->variation;
        if (at == wanted)
            return o;
        if (at < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

// ---------------------------------------------------------------- lengths

static const uint8_t prefix_octets[8] = {0, 1, 2, 4, 1, 2, 4, 0};
enum { PREFIX_SIZE = 4, PREFIX_RESERVED = 7 };
enum { RANGE_COUNT = 7, RANGE_VARIABLE = 11 };

// Functions whose requests name points and classes, but carry no data (clause 4.4).
static bool carries_data(const struct dnp3_header *h, uint8_t function)
{
    const uint32_t without = 1u << 0 | 1u << 1 | 0x3fu << 7 | 7u << 16 | 7u << 20;
    bool at_time = function == 11 || function == 12; // a freeze: when, then of what

    return function >= 32 || !(without >> function & 1) || (at_time && h->group == 50) ||
           h->group == 70 || h->group == 120;
}

// The length of the object that begins at c, behind its prefix; -1: it is unknown. One behind
// a size is as long as that says.
static int64_t object_length(const struct dnp3_header *h, const struct cur *c)
{
    uint32_t left = cur_left(c);

    if (h->names_only)
        return 0;
    switch (h->object ? h->object->size : SIZE_ANY) {
    case SIZE_FIXED: return h->object->n;
    case SIZE_PACKED: return 1; // behind an index
    case SIZE_VARIATION: return h->variation;
    case SIZE_ATTRIBUTE: // a list's length may be greater by 256
        return left < 2 ? 2 : 2 + c->p[1] + (c->p[0] == 255 ? 256 : 0);
    case SIZE_REGISTRATION: return left < 8 ? 8 : 8 + (int64_t)load_le16(c->p + 6);
    default: return -1;
    }
}

static bool packed(const struct dnp3_header *h)
{
    return h->object && h->object->size == SIZE_PACKED && dnp3_prefix_code(h) == 0;
}

static bool each_its_length(const struct dnp3_header *h)
{
    return dnp3_prefix_code(h) >= PREFIX_SIZE ||
           (h->object && !h->names_only &&
            (h->object->size == SIZE_ATTRIBUTE || h->object->size == SIZE_REGISTRATION));
}

static struct slice read_object(const struct dnp3_header *h, struct cur *c, uint64_t *prefix)
{
    uint8_t code = dnp3_prefix_code(h);

    *prefix = load_le(cur_take(c, prefix_octets[code]));
    uint64_t n = code >= PREFIX_SIZE ? *prefix : (uint64_t)object_length(h, c);
    return cur_take(c, (uint32_t)n);
}

// Objects of one length are passed over at once, the others one by one: each of these takes an
// octet at least, so the fragment's length bounds the loop.
static enum dnp3_stop pass_objects(const struct dnp3_header *h, struct cur *c)
{
    uint64_t prefix, n = h->count;

    if (each_its_length(h)) {
        for (; n && !c->bad; n--)
            (void)read_object(h, c, &prefix);
        return c->bad ? DNP3_CUT : DNP3_WHOLE;
    }
    int64_t one = object_length(h, c);
    if (one < 0)
        return DNP3_UNKNOWN;
    if (packed(h)) // all factors are below 2^33
        n = (n * h->object->n + 7) / 8;
    else
        n *= prefix_octets[dnp3_prefix_code(h)] + (uint64_t)one;
    bool whole = n <= cur_left(c);
    cur_skip(c, whole ? (uint32_t)n : cur_left(c));
    return whole ? DNP3_WHOLE : DNP3_CUT;
}

// ---------------------------------------------------------------- headers

static enum dnp3_stop read_range(struct cur *c, struct dnp3_header *h)
{
    static const uint8_t octets[3] = {1, 2, 4};
    uint8_t range = dnp3_range_code(h);

    if (range <= 5) {
        h->start = load_le(cur_take(c, octets[range % 3]));
        h->stop = load_le(cur_take(c, octets[range % 3]));
        h->count = h->stop - h->start + 1;
    } else if (range >= RANGE_COUNT && range < RANGE_COUNT + 3) {
        h->count = load_le(cur_take(c, octets[range - RANGE_COUNT]));
    } else if (range == RANGE_VARIABLE) {
        h->count = cur_u8(c);
    } else if (range != RANGE_ALL) {
        return DNP3_RESERVED;
    }
    if (dnp3_prefix_code(h) == PREFIX_RESERVED)
        return DNP3_RESERVED;
    return c->bad ? DNP3_CUT : h->stop < h->start ? DNP3_REVERSED : DNP3_WHOLE;
}

static enum dnp3_stop read_objects(struct dnp3_walk *w, struct dnp3_header *h)
{
    const uint8_t *from = w->c.p;
    uint8_t prefix = dnp3_prefix_code(h);

    if (dnp3_range_code(h) == RANGE_ALL || h->group == 60 || !h->count)
        return DNP3_WHOLE;
    h->names_only = prefix < PREFIX_SIZE && !carries_data(h, w->function);
    if (h->names_only && prefix == 0)
        return DNP3_WHOLE;
    enum dnp3_stop stop = pass_objects(h, &w->c);
    h->data = slice_of(from, (size_t)(w->c.p - from));
    h->has_data = stop != DNP3_UNKNOWN;
    return stop;
}

bool dnp3_next_header(struct dnp3_walk *w)
{
    struct cur *c = &w->c;

    w->object = 0;
    if (w->stop != DNP3_WHOLE || !cur_left(c)) {
        w->h.has_data = false;
        return false;
    }
    w->h = (struct dnp3_header){.at = c->p};
    if (cur_left(c) < 3) {
        w->stop = DNP3_CUT;
        return false;
    }
    w->h.group = cur_u8(c);
    w->h.variation = cur_u8(c);
    w->h.qualifier = cur_u8(c);
    w->h.object = dnp3_object_of(w->h.group, w->h.variation);
    w->stop = read_range(c, &w->h);
    if (w->stop == DNP3_WHOLE)
        w->stop = read_objects(w, &w->h);
    w->rest = cur_of(w->h.data);
    return true;
}

// ---------------------------------------------------------------- objects

static bool next_packed(struct dnp3_walk *w, struct dnp3_point *p)
{
    uint64_t bit = w->object * w->h.object->n;

    if (bit / 8 >= w->h.data.n)
        return false;
    p->bytes = slice_of(w->h.data.p + bit / 8, 1);
    p->bit = bit % 8;
    return true;
}

bool dnp3_next_of_header(struct dnp3_walk *w, struct dnp3_point *p)
{
    uint8_t code = dnp3_prefix_code(&w->h);

    *p = (struct dnp3_point){.h = &w->h, .index = w->h.start + w->object};
    if (!w->h.has_data || w->object >= w->h.count)
        return false;
    if (packed(&w->h)) {
        if (!next_packed(w, p))
            return false;
    } else {
        if (!cur_left(&w->rest))
            return false;
        p->bytes = read_object(&w->h, &w->rest, &p->prefix);
        if (w->rest.bad)
            return false;
    }
    if (code > 0)
        p->index = code < PREFIX_SIZE ? p->prefix : 0;
    w->object++;
    return true;
}

bool dnp3_next_object(struct dnp3_walk *w, struct dnp3_point *p)
{
    while (!dnp3_next_of_header(w, p))
        if (!dnp3_next_header(w))
            return false;
    return true;
}
