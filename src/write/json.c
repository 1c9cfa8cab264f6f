// SPDX-License-Identifier: Apache-2.0
// Events as JSON: strings, values, nested fields, and the flat line with Zeek's dotted keys.
#include "write/line.h"

#define ONES              (UINT64_MAX / 255)
#define ADD_LITERAL(t, s) text_bytes((t), (s), sizeof(s) - 1)

// Whether eight bytes are all printable ASCII without quote and backslash: then no sum or
// difference sets the highest bit of a byte. A carry only begins at a byte that is not.
static inline bool plain8(uint64_t w)
{
    uint64_t quote = w ^ ONES * '"', slash = w ^ ONES * '\\';
    uint64_t bad = w | (w - ONES * 0x20) | (w + ONES) | (quote - ONES) | (slash - ONES);

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

// Four to seven bytes as eight, some of them twice.
static inline uint64_t few_bytes(const uint8_t *p, uint32_t n)
{
    uint32_t low, high;

    memcpy(&low, p, sizeof(low));
    memcpy(&high, p + n - sizeof(high), sizeof(high));
    return low | (uint64_t)high << 32;
}

static inline uint64_t last8(struct slice s)
{
    uint64_t w;

    memcpy(&w, s.p + s.n - sizeof(w), sizeof(w));
    return w;
}

// Copies the plain bytes that s begins with, and gives how many they are; by eight, then what
// is left of them, which may overlap with what was copied.
static inline uint32_t copy_plain(char *to, struct slice s)
{
    uint32_t at = 0;
    uint64_t w;

    for (; s.n - at >= sizeof(w); at += (uint32_t)sizeof(w)) {
        memcpy(&w, s.p + at, sizeof(w));
        if (!plain8(w))
            break;
        memcpy(to + at, &w, sizeof(w));
    }
    if (at && s.n - at < sizeof(w) && plain8(last8(s))) {
        memcpy(to + s.n - sizeof(w), s.p + s.n - sizeof(w), sizeof(w));
        return s.n;
    }
    if (s.n >= 4 && s.n < sizeof(w) && plain8(few_bytes(s.p, s.n))) {
        memcpy(to, s.p, 4);
        memcpy(to + s.n - 4, s.p + s.n - 4, 4);
        return s.n;
    }
    for (; at < s.n && plain(s.p[at]); at++)
        to[at] = (char)s.p[at];
    return at;
}

void json_string(struct text *t, struct slice s)
{
    if (!text_need(t, s.n + 2u))
        return;
    t->p[t->n++] = '"';
    for (uint32_t at = 0; at < s.n && text_need(t, s.n - at);) {
        uint32_t n = copy_plain(t->p + t->n, slice_of(s.p + at, s.n - at));
        t->n += n;
        at += n;
        if (at < s.n)
            at += special(t, s, at);
    }
    text_char(t, '"');
}

static inline char *put_quoted(char *p, const struct addr *a)
{
    *p++ = '"';
    p = put_addr(p, a);
    *p++ = '"';
    return p;
}

static inline char *put_quoted_uid(char *p, uint64_t uid)
{
    *p++ = '"';
    p = put_uid(p, uid);
    *p++ = '"';
    return p;
}

static inline char *put_literal(char *p, const char *s, size_t n)
{
    memcpy(p, s, n);
    return p + n;
}
#define PUT_LITERAL(p, s) put_literal((p), (s), sizeof(s) - 1)

static void text_value(struct text *t, enum field_type type, const void *p)
{
    switch (type) {
    case TYPE_str: json_string(t, *(const struct slice *)p); break;
    case TYPE_json: text_add(t, *(const struct slice *)p); break;
    case TYPE_word:
    case TYPE_enum: json_string(t, slice_str(*(const char *const *)p)); break;
    case TYPE_time: // as a text
        text_char(t, '"');
        text_iso(t, *(const nsec *)p);
        ADD_LITERAL(t, "+0000\"");
        break;
    default: break;
    }
}

// A short and plain text; NULL: it is none.
static inline char *put_short(char *to, struct slice s)
{
    if (s.n > VALUE_MOST - 2 || copy_plain(to + 1, s) < s.n)
        return NULL;
    to[0] = to[s.n + 1] = '"';
    return to + s.n + 2;
}

// Of a bounded length: at most VALUE_MOST bytes. Anything else: NULL.
static inline char *put_value(char *to, enum field_type type, const void *p, bool iso)
{
    switch (type) {
    case TYPE_str: return put_short(to, *(const struct slice *)p);
    case TYPE_word:
    case TYPE_enum: return put_short(to, slice_str(*(const char *const *)p));
    case TYPE_bool:
        return *(const bool *)p ? PUT_LITERAL(to, "true") : PUT_LITERAL(to, "false");
    case TYPE_u8: return put_u64(to, *(const uint8_t *)p);
    case TYPE_port:
    case TYPE_u16: return put_u64(to, *(const uint16_t *)p);
    case TYPE_u32: return put_u64(to, *(const uint32_t *)p);
    case TYPE_u64: return put_u64(to, *(const uint64_t *)p);
    case TYPE_real: return put_real(to, *(const double *)p);
    case TYPE_time: return iso ? NULL : put_seconds(to, *(const nsec *)p);
    case TYPE_duration: return put_seconds(to, *(const nsec *)p);
    case TYPE_addr: return put_quoted(to, p);
    case TYPE_mac: {
        struct addr a = addr_of(ADDR_MAC, ((const struct mac *)p)->b);
        return put_quoted(to, &a);
    }
    case TYPE_parents:
        *to = '[';
        to = put_quoted_uid(to + 1, *(const uint64_t *)p);
        *to = ']';
        return to + 1;
    default: return NULL;
    }
}

// A key, with its comma unless it is the first in its object.
static inline char *put_key(char *p, const char *key, uint8_t n, bool first)
{
    memcpy(p, key + first, KEY_MOST - 1);
    return p + n - first;
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
        if (text_need(t, KEY_MOST))
            t->n = (size_t)(put_key(t->p + t->n, o->key, o->key_n, first) - t->p);
        first = true;
    }
    return first;
}

void json_fields(struct text *t, const struct line *l, const struct event *e, bool iso)
{
    uint8_t open = 0;

    for (const struct step *s = l->step, *last = s + l->n_steps; s < last; s++) {
        const void *p = event_value(e, s->field);
        bool first = false;

        if (!p)
            continue;
        if (s->object != open) {
            first = move_to(t, l, open, s->object);
            open = s->object;
        }
        if (!text_need(t, KEY_MOST + VALUE_MOST))
            return;
        char *at = put_key(t->p + t->n, s->key, s->key_n, first);
        char *end = put_value(at, s->field->type, p, iso);
        t->n = (size_t)((end ? end : at) - t->p);
        if (!end)
            text_value(t, s->field->type, p);
    }
    move_to(t, l, open, 0);
}

static char *put_ends(char *p, const struct event *e)
{
    bool ports = e->src.kind != ADDR_MAC;

    p = PUT_LITERAL(p, ",\"id.orig_h\":");
    p = put_quoted(p, &e->src);
    if (ports) {
        p = PUT_LITERAL(p, ",\"id.orig_p\":");
        p = put_u64(p, e->sport);
    }
    p = PUT_LITERAL(p, ",\"id.resp_h\":");
    p = put_quoted(p, &e->dst);
    if (ports) {
        p = PUT_LITERAL(p, ",\"id.resp_p\":");
        p = put_u64(p, e->dport);
    }
    return p;
}

void json_line(struct text *t, const struct event *e)
{
    enum { HEAD_MOST = 6 * (KEY_MOST + VALUE_MOST) };
    enum event_head head = event_type[e->id].head;

    if (!text_need(t, HEAD_MOST))
        return;
    char *p = PUT_LITERAL(t->p + t->n, "{\"ts\":");
    p = put_seconds(p, e->ts);
    if (head != HEAD_TIME && e->uid) {
        p = PUT_LITERAL(p, ",\"uid\":");
        p = put_quoted_uid(p, e->uid);
    }
    if (head == HEAD_CONN && e->src.kind != ADDR_NONE)
        p = put_ends(p, e);
    t->n = (size_t)(p - t->p);
    json_fields(t, line_of(WRITE_JSON, e->id), e, false);
    ADD_LITERAL(t, "}\n");
}
