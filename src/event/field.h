// SPDX-License-Identifier: Apache-2.0
// A field's value, for who writes events: asked for each field of each line, so it is inline.
#pragma once

#include "event/event.h"

// Where a field's value is, or NULL if it was not given: a MAYBE that was not set, a word that
// is NULL, an address of no kind.
static inline const void *event_value(const struct event *e, const struct field *f)
{
    const void *p = (const char *)e + f->offset;
    bool given = f->presence == FIELD_ALWAYS || e->present >> f->number & 1;

    switch (f->type) {
    case TYPE_word:
    case TYPE_enum: return *(const char *const *)p ? p : NULL;
    case TYPE_str: return given || ((const struct slice *)p)->p ? p : NULL;
    case TYPE_json: return ((const struct slice *)p)->p ? p : NULL;
    case TYPE_addr: return given && ((const struct addr *)p)->kind != ADDR_NONE ? p : NULL;
    default: return given ? p : NULL;
    }
}
