// SPDX-License-Identifier: Apache-2.0
// Inside the proto room: what a table (parts.def has its words) says is inside an object: parts
// one after the other, the low octet and the low bit first, read as numbers or told as JSON.
#pragma once

#include "base/cur.h"
#include "base/text.h"

enum part_kind {
    PART_END,
    PART_BITS,
    PART_FLAG, // a bit that is mostly 0
    PART_UINT,
    PART_SINT,
    PART_REAL,
    PART_TIME,
    PART_BCD, // this and what follows is told as a text
    PART_TEXT,
    PART_HEX,
    PART_SECRET // only that it is there
};
struct part {
    const char *name;
    uint8_t kind;       // enum part_kind
    uint8_t n;          // bits or octets; 0: as `length` says
    const char *length; // the part that says it, a number before this one; NULL: the rest
};

// Where the reading is. Begins with the table and the object alone: all else is 0.
struct parts {
    const struct part *table; // ends with PART_END; NULL: nothing is known of what is inside
    struct slice object;
    uint32_t bit;          // of the object, where the next part begins
    const struct part *at; // the part at hand
    struct slice bytes;    // its octets; or
    uint64_t bits;         // of BITS and FLAG, its value
};

bool parts_next(struct parts *s); // false: no more, or the object ends before its parts do
// Of the part called `name`; 0: there is none.
uint64_t parts_number(struct parts s, const char *name);
double parts_real(struct parts s, const char *name);
// ,"name":value for each part; `brief`: without flags that are not set.
void parts_text(struct text *t, struct parts s, bool brief);
void part_value(struct text *t, enum part_kind kind, struct slice bytes);
