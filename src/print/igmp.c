// SPDX-License-Identifier: Apache-2.0
// IGMP (RFC 2236, RFC 3376). What was captured is told up to the octet where it ends.
#include <endian.h>

#include "packet/checksum.h"
#include "print/pen.h"

enum { QUERY = 0x11, DVMRP = 0x13, PIM = 0x14, REPORT = 0x22 };
enum { OLD_LENGTH = 8, QUERY_LEAST = 12, REPORT_LEAST = 16, RECORD = 8 };

static const struct word record_words[] = {{1, "is_in"}, {2, "is_ex"}, {3, "to_in"},
                                           {4, "to_ex"}, {5, "allow"}, {6, "block"},
                                           {0, NULL}};

// Were so many octets captured?
static bool has(struct pen *pen, struct view v, uint32_t n)
{
    if (v.n >= n)
        return true;
    put_cut(pen, "igmp");
    return false;
}

static void put_group(struct pen *pen, const uint8_t *p)
{
    put(pen, " [gaddr ");
    put_ip4(pen, p);
}

static void put_invalid_of(struct pen *pen, const char *what, uint32_t n)
{
    put(pen, " [invalid ");
    text_str(pen->t, what);
    put_number(pen, n);
    put(pen, "]");
}

// Addresses from `at` on, of which all are said to be there.
static bool put_sources(struct pen *pen, struct view v, uint32_t at, uint32_t sources)
{
    put(pen, " {");
    for (uint32_t i = 0; i < sources; i++) {
        if (!has(pen, v, at + 4 * i + 4))
            return false;
        put(pen, " ");
        put_ip4(pen, v.p + at + 4 * i);
    }
    put(pen, " }");
    return true;
}

// type 1 | words of auxiliary data 1 | sources 2 | group 4 | sources
static bool put_record(struct pen *pen, struct view v, uint32_t *at)
{
    if (v.wire < *at + RECORD) {
        put(pen, " [invalid number of groups]");
        return false;
    }
    if (!has(pen, v, *at + RECORD))
        return false;
    const uint8_t *p = v.p + *at;
    uint32_t sources = load_be16(p + 2);
    const char *word = word_of(record_words, p[0]);
    put_group(pen, p + 4);
    put(pen, " ");
    if (word) {
        text_str(pen->t, word);
    } else {
        put(pen, " [v3-report-#");
        put_number(pen, p[0]);
        put(pen, "]");
    }
    *at += RECORD + 4 * sources;
    if (v.wire < *at) {
        put_invalid_of(pen, "number of sources ", sources);
        return false;
    }
    if (pen->o->verbose > 1) {
        if (!put_sources(pen, v, *at - 4 * sources, sources))
            return false;
    } else {
        put(pen, ", ");
        put_number(pen, sources);
        put(pen, " source(s)");
    }
    put(pen, "]");
    return true;
}

//  0 type | 1 - | 2 checksum | 4 - | 6 records
static bool put_report(struct pen *pen, struct view v)
{
    uint32_t at = RECORD;

    put(pen, "igmp v3 report");
    if (v.wire < REPORT_LEAST || v.wire % 4) {
        put_invalid_of(pen, "len ", v.wire);
        return true;
    }
    if (!has(pen, v, RECORD))
        return false;
    uint32_t records = load_be16(v.p + 6);
    put(pen, ", ");
    put_number(pen, records);
    put(pen, " group record(s)");
    while (pen->o->verbose && records--)
        if (!put_record(pen, v, &at))
            return v.n >= v.wire;
    return true;
}

// RFC 3376, 4.1.1: from 128 on, four bits and an exponent; tenths of a second.
static void put_response_time(struct pen *pen, uint8_t code)
{
    uint32_t time = code < 128 ? code : (uint32_t)((code & 15) | 16) << ((code >> 4 & 7) + 3);

    put(pen, " [max resp time ");
    if (time < 600) {
        put_number(pen, time / 10);
        put(pen, ".");
        put_number(pen, time % 10);
        put(pen, "s");
    } else {
        put_number(pen, time / 600);
        put(pen, "m");
        if (time % 600) {
            put_number(pen, time % 600 / 10);
            put(pen, "s");
        }
    }
    put(pen, "]");
}

// 0 type | 1 response time | 2 checksum | 4 group | 8 flags | 10 sources
static bool put_query(struct pen *pen, struct view v)
{
    put(pen, " v3");
    if (v.wire % 4) {
        put_invalid_of(pen, "len ", v.wire);
        return true;
    }
    if (!has(pen, v, 2))
        return false;
    if (v.p[1] != 100)
        put_response_time(pen, v.p[1]);
    if (!has(pen, v, 8))
        return false;
    if (!load_be32(v.p + 4))
        return true;
    put_group(pen, v.p + 4);
    if (!has(pen, v, QUERY_LEAST))
        return false;
    uint32_t sources = load_be16(v.p + 10);
    if (sources && v.wire < QUERY_LEAST + 4 * sources) {
        put(pen, " [invalid number of sources]");
    } else if (sources && pen->o->verbose > 1) {
        if (!put_sources(pen, v, QUERY_LEAST, sources))
            return false;
    } else if (sources) {
        put(pen, ", ");
        put_number(pen, sources);
        put(pen, " source(s)");
    }
    put(pen, "]");
    return true;
}

static bool put_old_query(struct pen *pen, struct view v)
{
    if (!has(pen, v, 2))
        return false;
    text_str(pen->t, v.p[1] ? " v2" : " v1");
    if (v.p[1] && v.p[1] != 100) {
        put(pen, " [max resp time ");
        put_number(pen, v.p[1]);
        put(pen, "]");
    }
    if (!has(pen, v, OLD_LENGTH))
        return false;
    if (load_be32(v.p + 4)) {
        put_group(pen, v.p + 4);
        put(pen, "]");
    }
    return true;
}

static bool put_old(struct pen *pen, struct view v, const char *words)
{
    if (!has(pen, v, OLD_LENGTH))
        return false;
    put(pen, "igmp ");
    text_str(pen->t, words);
    put_ip4(pen, v.p + 4);
    return true;
}

static void put_length(struct pen *pen, struct view v)
{
    if (v.wire == OLD_LENGTH)
        return;
    put(pen, " [len ");
    put_number(pen, v.wire);
    put(pen, "]");
}

static bool put_message(struct pen *pen, struct view v)
{
    static const struct word others[] = {{DVMRP, "igmp dvmrp"}, {PIM, "igmp pimv1"}, {0, NULL}};
    const char *word = word_of(others, v.p[0]);
    bool whole = true;

    switch (v.p[0]) {
    case QUERY:
        put(pen, "igmp query");
        if (v.wire >= QUERY_LEAST)
            return put_query(pen, v);
        whole = put_old_query(pen, v);
        break;
    case 0x12: whole = put_old(pen, v, "v1 report "); break;
    case 0x16: return put_old(pen, v, "v2 report ");
    case 0x17: return put_old(pen, v, "leave ");
    case REPORT: return put_report(pen, v);
    default:
        if (word)
            text_str(pen->t, word);
        else {
            put(pen, "igmp-");
            put_number(pen, v.p[0]);
        }
        return true;
    }
    if (whole)
        put_length(pen, v);
    return whole;
}

void print_igmp(struct pen *pen, struct view v)
{
    if (pen->o->quiet) {
        put(pen, "igmp");
        return;
    }
    if (!has(pen, v, 1) || !put_message(pen, v) || !pen->o->verbose || v.n < v.wire || v.n < 4)
        return;
    if (be16toh(sum_fold(sum_bytes(v.p, v.wire))) != 0xffff) {
        put(pen, " bad igmp cksum ");
        put_hex(pen, load_be16(v.p + 2));
        put(pen, "!");
    }
}
