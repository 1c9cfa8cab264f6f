// SPDX-License-Identifier: Apache-2.0
// Events as JSON: strings, values, nested fields, and the flat line with Zeek's dotted keys.
#include "write/line.h"

#define ONES              (UINT64_MAX / 255)
#define ADD_LITERAL(t, s) text_bytes((t), (s), sizeof(s) - 1)

// Whether eight bytes are all printable ASCII without quote and backslash. A byte that is not
// is always noticed: a borrow between bytes only begins at one.
static bool plain8(const uint8_t *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof(w));
    uint64_t quote = w ^ ONES * '"', slash = w ^ ONES * '\\', del = w ^ ONES * 0x7f;
    uint64_t bad = w | (w - ONES * 0x20) | ((quote - ONES) & ~quote) |
                   ((slash - ONES) & ~slash) | ((del - ONES) & ~del);
    return !(bad & ONES * 0x80);
}

static bool plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void escape(struct text *t, uint8_t c)
{
    ADD_LITERAL(t, "\\u00");
    text_hex(t, &c, 1);
}

// What stands at `at` and is not plain; returns its length.
static uint32_t special(struct text *t, struct slice s, uint32_t at)
{
    const uint8_t *p = s.p + at;
    uint32_t n = utf8_at(s, at);

    if (n == 2 && p[0] == 0xc2 && p[1] < 0xa0) { // a control character, U+0080 to U+009F
        escape(t, p[1]);
    } else if (n > 1) {
        text_bytes(t, p, n);
    } else if (p[0] == '"' || p[0] == '\\') {
        text_char(t, '\\');
        text_char(t, (char)p[0]);
    } else {
        escape(t, p[0]);
        return 1;
    }
    return n;
}

void json_string(struct text *t, struct slice s)
{
    text_char(t, '"');
    for (uint32_t at = 0, from = 0;; from = at) {
        while (s.n - at >= 8 && plain8(s.p + at))
            at += 8;
        while (at < s.n && plain(s.p[at]))
            at++;
        if (at > from)
            text_bytes(t, s.p + from, at - from);
        if (at >= s.n)
            break;
        at += special(t, s, at);
    }
    text_char(t, '"');
}

static void quoted_addr(struct text *t, const struct addr *a)
{
    text_char(t, '"');
    text_addr(t, a);
    text_char(t, '"');
}

static void quoted_uid(struct text *t, uint64_t uid)
{
    text_char(t, '"');
    text_uid(t, uid);
    text_char(t, '"');
}

static void value(struct text *t, enum field_type type, const void *p, bool iso)
{
    switch (type) {
    case TYPE_bool:
        if (*(const bool *)p)
            ADD_LITERAL(t, "true");
        else
            ADD_LITERAL(t, "false");
        break;
    case TYPE_u8: text_u64(t, *(const uint8_t *)p); break;
    case TYPE_port:
    case TYPE_u16: text_u64(t, *(const uint16_t *)p); break;
    case TYPE_u32: text_u64(t, *(const uint32_t *)p); break;
    case TYPE_u64: text_u64(t, *(const uint64_t *)p); break;
    case TYPE_real: text_real(t, *(const double *)p); break;
    case TYPE_time:
        if (iso) {
            text_char(t, '"');
            text_iso(t, *(const nsec *)p);
            ADD_LITERAL(t, "+0000\"");
            break;
        } // fall through
    case TYPE_duration: text_seconds(t, *(const nsec *)p); break;
    case TYPE_addr: quoted_addr(t, p); break;
    case TYPE_mac:
        text_char(t, '"');
        text_mac(t, p);
        text_char(t, '"');
        break;
    case TYPE_str: json_string(t, *(const struct slice *)p); break;
    case TYPE_json: text_add(t, *(const struct slice *)p); break;
    case TYPE_word:
    case TYPE_enum: json_string(t, slice_str(*(const char *const *)p)); break;
    case TYPE_parents:
        text_char(t, '[');
        quoted_uid(t, *(const uint64_t *)p);
        text_char(t, ']');
        break;
    }
}

// A key, with its comma unless it is the first in its object.
static inline void add_key(struct text *t, const char *key, uint8_t n, bool first)
{
    if (!text_need(t, KEY_MOST))
        return;
    memcpy(t->p + t->n, key + first, KEY_MOST - 1);
    t->n += n - (size_t)first;
}

// Closes and opens objects until `to` is the open one. True: it was opened just now.
static bool move_to(struct text *t, const struct line *l, uint8_t open, uint8_t to)
{
    uint8_t way[DEPTH_MOST], n = 0;
    bool first = false;

    while (open != to) {
        const struct object *o = &l->object[open];
        if (o->depth >= l->object[to].depth) {
            text_char(t, o->list ? ']' : '}');
            open = o->parent;
        } else {
            way[n++] = to;
            to = l->object[to].parent;
        }
    }
    while (n) {
        const struct object *o = &l->object[way[--n]];
        add_key(t, o->key, o->key_n, first);
        first = true;
    }
    return first;
}

void json_fields(struct text *t, const struct line *l, const struct event *e, bool iso)
{
    uint8_t open = 0;

    for (const struct step *s = l->step, *end = s + l->n_steps; s < end; s++) {
        const void *p = event_value(e, s->field);
        bool first = false;

        if (!p)
            continue;
        if (s->object != open) {
            first = move_to(t, l, open, s->object);
            open = s->object;
        }
        add_key(t, s->key, s->key_n, first);
        value(t, s->field->type, p, iso);
    }
    move_to(t, l, open, 0);
}

static void ends(struct text *t, const struct event *e)
{
    bool ports = e->src.kind != ADDR_MAC;

    ADD_LITERAL(t, ",\"id.orig_h\":");
    quoted_addr(t, &e->src);
    if (ports) {
        ADD_LITERAL(t, ",\"id.orig_p\":");
        text_u64(t, e->sport);
    }
    ADD_LITERAL(t, ",\"id.resp_h\":");
    quoted_addr(t, &e->dst);
    if (ports) {
        ADD_LITERAL(t, ",\"id.resp_p\":");
        text_u64(t, e->dport);
    }
}

void json_line(struct text *t, const struct event *e)
{
    enum event_head head = event_type[e->id].head;

    ADD_LITERAL(t, "{\"ts\":");
    text_seconds(t, e->ts);
    if (head != HEAD_TIME && e->uid) {
        ADD_LITERAL(t, ",\"uid\":");
        quoted_uid(t, e->uid);
    }
    if (head == HEAD_CONN && e->src.kind != ADDR_NONE)
        ends(t, e);
    json_fields(t, line_of(WRITE_JSON, e->id), e, false);
    ADD_LITERAL(t, "}\n");
}
