// SPDX-License-Identifier: Apache-2.0
// Events as Zeek's tab-separated logs: header, lines, footer, as its ASCII writer makes them.
#include "write/line.h"

static const char unset[] = "-", empty[] = "(empty)";

const char *zeek_type(enum field_type type)
{
    switch (type) {
    case TYPE_bool: return "bool";
    case TYPE_u8:
    case TYPE_u16:
    case TYPE_u32:
    case TYPE_u64: return "count";
    case TYPE_real: return "double";
    case TYPE_time: return "time";
    case TYPE_duration: return "interval";
    case TYPE_addr: return "addr";
    case TYPE_port: return "port";
    case TYPE_enum: return "enum";
    case TYPE_parents: return "set[string]";
    case TYPE_mac:
    case TYPE_str:
    case TYPE_json:
    case TYPE_word: break;
    }
    return "string";
}

static void escape(struct text *t, uint8_t c)
{
    text_bytes(t, "\\x", 2);
    text_hex(t, &c, 1);
}

static bool is_text(struct slice s, const char *text)
{
    return s.n == strlen(text) && !memcmp(s.p, text, s.n);
}

// Zeek escapes what is not printable, the separator and the backslash; a text that looks like
// one of the two place-holders gets its first character escaped.
static void string(struct text *t, struct slice s)
{
    uint32_t at = 0;

    if (!s.n) {
        text_str(t, empty);
        return;
    }
    if (is_text(s, unset) || is_text(s, empty))
        escape(t, s.p[at++]);
    for (uint32_t from = at; at < s.n; from = at) {
        while (at < s.n && s.p[at] >= 0x20 && s.p[at] < 0x7f && s.p[at] != '\\')
            at++;
        text_bytes(t, s.p + from, at - from);
        if (at == s.n)
            return;
        uint32_t n = utf8_at(s, at), end = at + (n ? n : 1);
        bool control = n == 2 && s.p[at] == 0xc2 && s.p[at + 1] < 0xa0; // U+0080 to U+009F
        if (n > 1 && !control)
            text_bytes(t, s.p + at, n);
        else
            for (uint32_t i = at; i < end; i++)
                escape(t, s.p[i]);
        at = end;
    }
}

static void value(struct text *t, enum field_type type, const void *p)
{
    switch (type) {
    case TYPE_bool: text_char(t, *(const bool *)p ? 'T' : 'F'); break;
    case TYPE_u8: text_u64(t, *(const uint8_t *)p); break;
    case TYPE_port:
    case TYPE_u16: text_u64(t, *(const uint16_t *)p); break;
    case TYPE_u32: text_u64(t, *(const uint32_t *)p); break;
    case TYPE_u64: text_u64(t, *(const uint64_t *)p); break;
    case TYPE_real: text_real(t, *(const double *)p); break;
    case TYPE_time:
    case TYPE_duration: text_seconds(t, *(const nsec *)p); break;
    case TYPE_addr: text_addr(t, p); break;
    case TYPE_mac: text_mac(t, p); break;
    case TYPE_str:
    case TYPE_json: string(t, *(const struct slice *)p); break;
    case TYPE_word:
    case TYPE_enum: string(t, slice_str(*(const char *const *)p)); break;
    case TYPE_parents: text_uid(t, *(const uint64_t *)p); break;
    }
}

static void end_of(struct text *t, const struct addr *a, uint16_t port)
{
    text_char(t, '\t');
    text_addr(t, a); // "-" if it is none
    text_char(t, '\t');
    if (a->kind == ADDR_IP4 || a->kind == ADDR_IP6)
        text_u64(t, port);
    else
        text_str(t, unset);
}

void zeek_line(struct text *t, const struct event *e)
{
    const struct line *l = line_of(WRITE_ZEEK, e->id);
    enum event_head head = event_type[e->id].head;

    text_seconds(t, e->ts);
    if (head != HEAD_TIME) {
        text_char(t, '\t');
        if (e->uid)
            text_uid(t, e->uid);
        else
            text_str(t, unset);
    }
    if (head == HEAD_CONN) {
        end_of(t, &e->src, e->sport);
        end_of(t, &e->dst, e->dport);
    }
    for (const struct step *s = l->step, *end = s + l->n_steps; s < end; s++) {
        const void *p = event_value(e, s->field);

        text_char(t, '\t');
        if (p)
            value(t, s->field->type, p);
        else
            text_char(t, unset[0]);
    }
    text_char(t, '\n');
}

void write_header(struct text *t, enum write_format format, enum event_id id, nsec open)
{
    const struct line *l = line_of(format, id);
    int heads = head_columns(event_type[id].head);

    if (format != WRITE_ZEEK)
        return;
    text_str(t, "#separator \\x09\n#set_separator\t,\n#empty_field\t");
    text_str(t, empty);
    text_str(t, "\n#unset_field\t");
    text_str(t, unset);
    text_str(t, "\n#path\t");
    text_str(t, event_type[id].name);
    text_str(t, "\n#open\t");
    text_date(t, open, '-');
    text_str(t, "\n#fields");
    for (int i = 0; i < heads + l->n_steps; i++) {
        text_char(t, '\t');
        text_str(t, i < heads ? head_column[i].name : l->step[i - heads].field->column);
    }
    text_str(t, "\n#types");
    for (int i = 0; i < heads + l->n_steps; i++) {
        text_char(t, '\t');
        text_str(t,
                 i < heads ? head_column[i].type : zeek_type(l->step[i - heads].field->type));
    }
    text_char(t, '\n');
}

void write_footer(struct text *t, enum write_format format, nsec close)
{
    if (format != WRITE_ZEEK)
        return;
    text_str(t, "#close\t");
    text_date(t, close, '-');
    text_char(t, '\n');
}
