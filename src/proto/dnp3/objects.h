// SPDX-License-Identifier: Apache-2.0
// Inside the DNP3 analyser: the table of objects, and walking from one object to the next.
#pragma once

#include "proto/parts.h"

// ---- objects.c: what objects there are (objects.def), and walking from one to the next
enum { SIZE_ANY, SIZE_FIXED, SIZE_PACKED, SIZE_SIZED, SIZE_VARIATION, SIZE_ATTRIBUTE };
enum { SIZE_REGISTRATION = SIZE_ATTRIBUTE + 1 };
struct dnp3_object {
    uint8_t group, variation;
    uint8_t size, n;          // SIZE_, and its number
    const char *name, *label; // label: ICSNPP's words
    const struct part *part;
};
extern const struct dnp3_object dnp3_objects[];
extern const uint32_t dnp3_n_objects;
const struct dnp3_object *dnp3_object_of(uint8_t group, uint8_t variation); // NULL: none

struct dnp3_header {
    uint8_t group, variation, qualifier;
    const struct dnp3_object *object; // NULL: unknown
    const uint8_t *at;                // where it begins
    uint64_t start, stop, count;      // start and stop: only of ranges
    bool has_data;                    // objects, or their indexes, follow it
    bool names_only;                  // only indexes do
    struct slice data; // these, prefixes included; less than announced where the walk ends
};
struct dnp3_point { // one object
    const struct dnp3_header *h;
    uint64_t prefix, index; // prefix: index or size, as sent; 0: none
    struct slice bytes;     // without the prefix; packed: the octet that its bits are in
    uint8_t bit;            // packed: the first of them
};

// Why a walk ended. DNP3_CUT: the fragment ends inside a header or its objects.
enum dnp3_stop { DNP3_WHOLE, DNP3_CUT, DNP3_RESERVED, DNP3_REVERSED, DNP3_UNKNOWN };
struct dnp3_walk {
    struct cur c; // behind the header at hand and its objects
    uint8_t function;
    enum dnp3_stop stop; // known when there is no further header
    struct dnp3_header h;
    struct cur rest; // of its objects
    uint64_t object; // how many of them are passed
};
static inline struct dnp3_walk dnp3_walk_of(struct slice objects, uint8_t function)
{
    return (struct dnp3_walk){.c = cur_of(objects), .function = function};
}
bool dnp3_next_header(struct dnp3_walk *w); // w->h; false: there is none
// The next object of the header at hand, or of any header; false: none is there and whole.
bool dnp3_next_of_header(struct dnp3_walk *w, struct dnp3_point *p);
bool dnp3_next_object(struct dnp3_walk *w, struct dnp3_point *p);

static inline uint8_t dnp3_prefix_code(const struct dnp3_header *h)
{
    return h->qualifier >> 4 & 7;
}
static inline uint8_t dnp3_range_code(const struct dnp3_header *h)
{
    return h->qualifier & 15;
}
enum { RANGE_ALL = 6 }; // of all points there are; codes below it: from a start to a stop

// ---- values.c: what is in an object
struct parts dnp3_parts(const struct dnp3_point *p); // before the first
static inline uint64_t dnp3_number(const struct dnp3_point *p, const char *part)
{
    return parts_number(dnp3_parts(p), part); // 0: there is none
}
// A JSON list of the objects of the header at hand, at most *most, which is lessened. `brief`:
// without prefixes, and without flags that are not set.
void dnp3_text_objects(struct text *t, struct dnp3_walk *w, uint32_t *most, bool brief);
