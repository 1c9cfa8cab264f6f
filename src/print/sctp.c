// SPDX-License-Identifier: Apache-2.0
// SCTP (RFC 9260): ports and the chunks of a packet.
#include "print/pen.h"

enum { SCTP_HEAD = 12, CHUNK_HEAD = 4 };
enum chunk { DATA = 0, INIT = 1, INIT_ACK = 2, SACK = 3 };

// As tcpdump calls them: what came after it was written has no name.
static const struct word chunk_words[] = {
    {DATA, "DATA"},
    {INIT, "INIT"},
    {INIT_ACK, "INIT ACK"},
    {SACK, "SACK"},
    {4, "HB REQ"},
    {5, "HB ACK"},
    {6, "ABORT"},
    {7, "SHUTDOWN"},
    {8, "SHUTDOWN ACK"},
    {9, "OP ERR"},
    {10, "COOKIE ECHO"},
    {11, "COOKIE ACK"},
    {12, "ECN ECHO"},
    {13, "ECN CWR"},
    {14, "SHUTDOWN COMPLETE"},
    {0xc0, "FOR CUM TSN"},
    {0xc1, "REL CTRL"},
    {0xc2, "REL CTRL ACK"},
    {0, NULL},
};

static const struct word payload_words[] = {
    {1, "ISDN Q.921"}, {2, "M2UA"},       {3, "M3UA"},       {4, "SUA"},     {5, "M2PA"},
    {6, "V5.2"},       {7, "H.248"},      {8, "BICC"},       {9, "TALI"},    {10, "DUA"},
    {11, "ASAP"},      {12, "ENRP"},      {13, "H.323"},     {14, "Q.IPC"},  {15, "SIMCO"},
    {16, "DDPSC"},     {17, "DDPSSC"},    {18, "S1AP"},      {19, "RUA"},    {20, "HNBAP"},
    {21, "ForCES HP"}, {22, "ForCES MP"}, {23, "ForCES LP"}, {24, "SBc-AP"}, {25, "NBAP"},
    {27, "X2AP"},      {0, NULL},
};

static void put_named(struct pen *pen, const char *name, uint32_t v)
{
    text_str(pen->t, name);
    put_number(pen, v);
    put(pen, "] ");
}

// false: the line ends with it.
static bool put_data(struct pen *pen, uint8_t flags, struct cur *c, uint32_t length)
{
    static const struct word parts[] = {{4, "(U)"}, {2, "(B)"}, {1, "(E)"}, {0, NULL}};
    uint32_t number = cur_be32(c), stream = cur_be16(c), sequence = cur_be16(c);
    uint32_t payload = cur_be32(c);

    if (flags & 7) {
        put_bits(pen, parts, flags & 7, "", "");
        put(pen, " ");
    }
    if (c->bad) {
        put(pen, "bogus chunk length ");
        put_number(pen, length);
        put(pen, "]");
        return false;
    }
    put_named(pen, "[TSN: ", number);
    put_named(pen, "[SID: ", stream);
    put_named(pen, "[SSEQ ", sequence);
    put(pen, "[PPID ");
    const char *word = word_of(payload_words, payload);
    if (word) {
        text_str(pen->t, word);
    } else {
        put(pen, "0x");
        put_hex(pen, payload);
    }
    put(pen, "] ");
    return true;
}

static void put_init(struct pen *pen, struct cur *c)
{
    uint32_t tag = cur_be32(c), window = cur_be32(c), out = cur_be16(c), in = cur_be16(c);
    uint32_t number = cur_be32(c);

    if (c->bad)
        return;
    put_named(pen, "[init tag: ", tag);
    put_named(pen, "[rwnd: ", window);
    put_named(pen, "[OS: ", out);
    put_named(pen, "[MIS: ", in);
    put_named(pen, "[init TSN: ", number);
}

// What is missing, block by block, and what came twice, a line each.
static void put_selective(struct pen *pen, struct cur *c)
{
    uint32_t number = cur_be32(c), window = cur_be32(c), gaps = cur_be16(c);
    uint32_t twice = cur_be16(c);

    if (c->bad)
        return;
    put_named(pen, "[cum ack ", number);
    put_named(pen, "[a_rwnd ", window);
    put_named(pen, "[#gap acks ", gaps);
    put_named(pen, "[#dup tsns ", twice);
    for (uint32_t i = 1; i <= gaps && cur_left(c) >= 4; i++) {
        uint32_t from = number + cur_be16(c), to = number + cur_be16(c);
        put(pen, "\n\t\t[gap ack block #");
        put_number(pen, i);
        put(pen, ": start = ");
        put_number(pen, from);
        put_named(pen, ", end = ", to);
    }
    for (uint32_t i = 1; i <= twice && cur_left(c) >= 4; i++) {
        put(pen, "\n\t\t[dup TSN #");
        put_number(pen, i);
        put_named(pen, ": ", cur_be32(c));
    }
}

static void put_kind(struct pen *pen, uint8_t kind)
{
    const char *word = word_of(chunk_words, kind);

    put(pen, "[");
    if (word) {
        text_str(pen->t, word);
    } else {
        put(pen, "Unknown chunk type: 0x");
        put_hex(pen, kind);
    }
    put(pen, "] ");
}

static void put_short(struct pen *pen, uint32_t length)
{
    put(pen, "[Bad chunk length ");
    put_number(pen, length);
    put(pen, ", < size of chunk descriptor]");
}

// false: nothing can follow.
static bool put_chunk(struct pen *pen, struct view v, uint32_t length)
{
    if (length < CHUNK_HEAD) {
        put_short(pen, length);
        return false;
    }
    struct cur c = cur_of(slice_of(v.p + CHUNK_HEAD, length - CHUNK_HEAD));
    put_kind(pen, v.p[0]);
    switch (v.p[0]) {
    case DATA: return put_data(pen, v.p[1], &c, length);
    case INIT:
    case INIT_ACK: put_init(pen, &c); break;
    case SACK: put_selective(pen, &c); break;
    default: break;
    }
    return true;
}

// A chunk of which bytes are missing is not told at all; the last need not be padded.
static bool is_cut(struct view v)
{
    uint32_t length = v.n < CHUNK_HEAD ? CHUNK_HEAD : load_be16(v.p + 2);

    if (v.n < CHUNK_HEAD)
        return v.n < v.wire;
    return v.n < length || v.n < min_u32((length + 3) & ~3u, v.wire);
}

static void put_chunks(struct pen *pen, struct view v)
{
    for (uint32_t i = 1; v.wire; i++) {
        if (is_cut(v)) {
            put_cut(pen, "sctp");
            return;
        }
        text_str(pen->t, pen->o->verbose > 1 ? "\n\t" : i > 1 ? ", (" : " (");
        put_number(pen, i);
        put(pen, ") ");
        if (v.n < CHUNK_HEAD) {
            put(pen, "[chunk descriptor cut off at end of packet]");
            return;
        }
        uint32_t length = load_be16(v.p + 2), step = (length + 3) & ~3u;
        if (!put_chunk(pen, v, length))
            return;
        v = view_skip(v, min_u32(step, v.n));
    }
}

void print_sctp(struct pen *pen, const struct net *net, struct view v)
{
    if (v.wire < SCTP_HEAD) {
        put(pen, "truncated-sctp - ");
        put_number(pen, SCTP_HEAD - v.wire);
        put(pen, " bytes missing!");
        return;
    }
    if (v.n < SCTP_HEAD) {
        put_cut(pen, "sctp");
        return;
    }
    put_ends(pen, net, load_be16(v.p), load_be16(v.p + 2));
    put(pen, "sctp");
    put_chunks(pen, view_skip(v, SCTP_HEAD));
}
