// SPDX-License-Identifier: Apache-2.0
// SCTP (RFC 9260): ports and the chunks of a packet.
#include "print/pen.h"

enum { SCTP_HEAD = 12, CHUNK_HEAD = 4 };

static const struct word chunk_words[] = {
    {0, "DATA"},
    {1, "INIT"},
    {2, "INIT ACK"},
    {3, "SACK"},
    {4, "HB REQ"},
    {5, "HB ACK"},
    {6, "ABORT"},
    {7, "SHUTDOWN"},
    {8, "SHUTDOWN ACK"},
    {9, "OP ERR"},
    {10, "COOKIE ECHO"},
    {11, "COOKIE ACK"},
    {12, "ECN ECHO"},
    {13, "CWR"},
    {14, "SHUTDOWN COMPLETE"},
    {15, "AUTH"},
    {0xc1, "ASCONF-ACK"},
    {0xc0, "FORWARD CUM TSN"},
    {0x80, "ASCONF"},
    {0, NULL},
};

static void put_named(struct pen *pen, const char *name, uint32_t v)
{
    text_str(pen->t, name);
    put_number(pen, v);
    put(pen, "] ");
}

// The fields that tcpdump names of the usual chunks; c is what stands behind the chunk's head.
static void put_chunk(struct pen *pen, uint8_t kind, uint8_t flags, struct cur c)
{
    uint32_t first = cur_be32(&c), second = cur_be32(&c), third = cur_be32(&c);

    if (kind == 0 && !c.bad) {
        static const struct word parts[] = {{2, "(B)"}, {1, "(E)"}, {0, NULL}};
        put_bits(pen, parts, flags & 3, "", "");
        put(pen, " ");
        put_named(pen, "[TSN: ", first);
        put_named(pen, "[SID: ", second >> 16);
        put_named(pen, "[SSEQ ", second & 0xffff);
        put(pen, "[PPID 0x");
        put_hex(pen, third);
        put(pen, "] ");
    } else if ((kind == 1 || kind == 2) && !c.bad) {
        put_named(pen, "[init tag: ", first);
        put_named(pen, "[rwnd: ", second);
        put_named(pen, "[OS: ", third >> 16);
        put_named(pen, "[MIS: ", third & 0xffff);
        put_named(pen, "[init TSN: ", cur_be32(&c));
    } else if (kind == 3 && !c.bad) {
        put_named(pen, "[cum ack ", first);
        put_named(pen, "[a_rwnd ", second);
        put_named(pen, "[#gap acks ", third >> 16);
        put_named(pen, "[#dup tsns ", third & 0xffff);
    }
}

void print_sctp(struct pen *pen, const struct net *net, struct view v)
{
    if (v.wire < SCTP_HEAD) {
        if (net->direct)
            put_hosts(pen, net);
        put(pen, "truncated-sctp - ");
        put_number(pen, SCTP_HEAD - v.wire);
        put(pen, " bytes missing!");
        return;
    }
    if (v.n < SCTP_HEAD) {
        if (net->direct)
            put_hosts(pen, net);
        put_cut(pen, "sctp");
        return;
    }
    put_ends(pen, net, load_be16(v.p), load_be16(v.p + 2));
    put(pen, "sctp");
    struct view c = view_skip(v, SCTP_HEAD);
    for (unsigned i = 1; c.n >= CHUNK_HEAD; i++) {
        uint32_t n = load_be16(c.p + 2), step = (n + 3) & ~3u;
        text_str(pen->t, pen->o->verbose ? "\n\t" : " ");
        put(pen, "(");
        put_number(pen, i);
        put(pen, ") [");
        const char *word = word_of(chunk_words, c.p[0]);
        text_str(pen->t, word ? word : "Unknown chunk type");
        put(pen, "] ");
        if (n < CHUNK_HEAD || step > c.n)
            break;
        put_chunk(pen, c.p[0], c.p[1], cur_of(slice_of(c.p + CHUNK_HEAD, n - CHUNK_HEAD)));
        c = view_skip(c, step);
    }
}
