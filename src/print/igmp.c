// SPDX-License-Identifier: Apache-2.0
// IGMP (RFC 2236, RFC 3376).
#include "print/pen.h"

static const struct word type_words[] = {
    {0x12, "v1 report "}, {0x16, "v2 report "}, {0x17, "leave "}, {0, NULL}};
static const struct word record_words[] = {{1, "is_in"}, {2, "is_ex"}, {3, "to_in"},
                                           {4, "to_ex"}, {5, "allow"}, {6, "block"},
                                           {0, NULL}};

static void put_record(struct pen *pen, struct cur *c)
{
    uint8_t kind = cur_u8(c), words = cur_u8(c);
    uint32_t sources = cur_be16(c);
    struct slice group = cur_take(c, 4);

    if (c->bad)
        return;
    put(pen, " [gaddr ");
    put_ip4(pen, group.p);
    put(pen, " ");
    put_word(pen, record_words, kind, "unknown");
    put(pen, ", ");
    put_number(pen, sources);
    put(pen, " source(s)]");
    cur_skip(c, 4 * (sources + words));
}

//  0 type | 1 - | 2 checksum | 4 - | 6 records
static void put_report(struct pen *pen, struct view v)
{
    uint32_t records = load_be16(v.p + 6);
    struct cur c = cur_of(slice_of(v.p + 8, v.n - 8));

    put(pen, "v3 report, ");
    put_number(pen, records);
    put(pen, " group record(s)");
    for (; pen->o->verbose && records && cur_left(&c); records--)
        put_record(pen, &c);
}

static void put_query(struct pen *pen, struct view v)
{
    bool third = v.wire >= 12;

    text_str(pen->t, third ? "query v3" : v.p[1] ? "query v2" : "query v1");
    if (!third && v.p[1] && v.p[1] != 100) {
        put(pen, " [max resp time ");
        put_number(pen, v.p[1]);
        put(pen, "]");
    }
    if (load_be32(v.p + 4)) {
        put(pen, " [gaddr ");
        put_ip4(pen, v.p + 4);
        put(pen, "]");
    }
}

void print_igmp(struct pen *pen, struct view v)
{
    put(pen, "igmp ");
    if (v.n < 8) {
        put_cut(pen, "igmp");
        return;
    }
    const char *word = word_of(type_words, v.p[0]);
    if (word) {
        text_str(pen->t, word);
        put_ip4(pen, v.p + 4);
    } else if (v.p[0] == 0x22) {
        put_report(pen, v);
    } else if (v.p[0] == 0x11) {
        put_query(pen, v);
    } else {
        put(pen, "type-0x");
        put_hex(pen, v.p[0]);
    }
}
