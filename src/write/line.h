// SPDX-License-Identifier: Apache-2.0
// Private to this room: what a line of each event consists of, worked out once before main from
// the event tables, so that rendering only copies keys and formats values.
#pragma once

#include "event/field.h"
#include "write/write.h"

enum {
    KEY_MOST = 48,            // copied whole, as that is faster than a copy of varying length
    VALUE_MOST = PUT_MOST + 4 // a value's bytes, but for texts
};

// A value of a line. The key is what stands before it: `,"orig_bytes":`, without the comma
// where it is the first of its object.
struct step {
    char key[KEY_MOST];
    const struct field *field;
    uint8_t key_n;
    uint8_t object; // of the line: what it stands in
};

// A nested object `,"flow":{` or list `,"vlan":[`; number 0 is the line itself.
struct object {
    char key[KEY_MOST];
    const char *path; // the field's path that it comes from; the first path_n bytes are its own
    uint8_t path_n, key_n;
    uint8_t parent, depth;
    bool list;
};

enum { OBJECTS_MOST = 32, DEPTH_MOST = 8 };

struct line {
    const struct step *step; // those of one object stand together, in the order of the table
    const struct object *object;
    uint8_t n_steps, n_objects;
};

// WRITE_JSON (also what Zeek's columns are): the fields with a column. WRITE_EVE: with a path.
const struct line *line_of(enum write_format format, enum event_id id);

// Works out EVE's line of an event; step has room for its fields, object (zeroed) for
// OBJECTS_MOST.
void line_plan_eve(struct line *l, const struct event_type *type, struct step *step,
                   struct object *object);

// A JSON string of bytes that may be anything: valid UTF-8 passes; control characters and bytes
// that are not UTF-8 become \u00XX.
void json_string(struct text *t, struct slice s);
// The given fields of e as `,"key":value`, objects opened and closed; iso: times as texts.
void json_fields(struct text *t, const struct line *l, const struct event *e, bool iso);

void json_line(struct text *t, const struct event *e);
void eve_line(struct text *t, const struct event *e);
void zeek_line(struct text *t, const struct event *e);
const char *zeek_type(enum field_type type);

// The columns that stand first, by event_head, with Zeek's types.
struct head_column {
    const char *name, *type, *doc;
};
enum { HEAD_COLUMNS = 6 };
extern const struct head_column head_column[HEAD_COLUMNS];
static inline int head_columns(enum event_head head)
{
    return head == HEAD_CONN ? HEAD_COLUMNS : head == HEAD_UID ? 2 : 1;
}
