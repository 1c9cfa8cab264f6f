// SPDX-License-Identifier: Apache-2.0
// DNP3: recognising it, and link frames out of streams and datagrams. IEEE 1815, clauses 9, 13.
#include "proto/dnp3/dnp3.h"

#include "base/text.h"

#include <inttypes.h>

enum { HEADER = 10, BLOCK = 16, LENGTH_LEAST = 5, LARGE_FROM = 261 };
enum { FRAME_MOST = 292, USER_MOST = 250 };
enum { SYNC_1 = 0x05, SYNC_2 = 0x64 };
enum { RESERVED_FROM = 0xfff0, RESERVED_TO = 0xfffb, SELF = 0xfffc };

// Of the whole frame, CRCs included, by its LEN octet (5 at least).
static uint32_t frame_size(uint8_t length)
{
    uint32_t user = length - LENGTH_LEAST;

    return HEADER + user + 2 * ((user + BLOCK - 1) / BLOCK);
}

// Whether as much as is there begins as a frame does; and can go on as one.
static bool meant(struct slice in)
{
    return in.n && in.p[0] == SYNC_1 && (in.n < 2 || in.p[1] == SYNC_2);
}

static bool header_begins(struct slice in)
{
    return meant(in) && (in.n < 3 || in.p[2] >= LENGTH_LEAST);
}

static enum guess probe(const struct head *h)
{
    if (!header_begins(h->bytes))
        return NO;
    if (h->bytes.n < HEADER)
        return h->stream ? MAYBE : NO;
    return dnp3_crc_right(h->bytes.p, HEADER - 2) ? YES : NO;
}

// ---------------------------------------------------------------- one frame

static bool blocks_right(const uint8_t *p, uint32_t user)
{
    for (; user; user -= min_u32(user, BLOCK), p += BLOCK + 2)
        if (!dnp3_crc_right(p, min_u32(user, BLOCK)))
            return false;
    return true;
}

static bool reserved(uint16_t address)
{
    return address >= RESERVED_FROM && address <= RESERVED_TO;
}

// Only these have user data, and must have some.
static bool carries_data(uint8_t ctrl)
{
    uint8_t function = ctrl & CTRL_CODE;

    return ctrl & CTRL_PRM && (function == 3 || function == 4);
}

// Whether a station would take the frame; tells why not. The order of the checks is that of
// Snort: one frame is told for one reason.
static bool acceptable(struct ctx *x, const uint8_t *p, const struct dnp3_frame *f)
{
    if (reserved(f->src) || reserved(f->dst)) {
        odd_with(x->out, ODD_dnp3_reserved_address, "from %u to %u", f->src, f->dst);
        return false;
    }
    bool header_right = x->ignore_crc || dnp3_crc_right(p, HEADER - 2);
    if (!header_right || !(x->ignore_crc || blocks_right(p + HEADER, f->user.n))) {
        odd_with(x->out, header_right ? ODD_dnp3_bad_block_crc : ODD_dnp3_bad_crc,
                 "from %u to %u", f->src, f->dst);
        return false;
    }
    if (carries_data(f->ctrl) != (f->user.n > 0)) {
        odd_with(x->out, ODD_dnp3_bad_length, "function %u with %u octets", f->ctrl & CTRL_CODE,
                 f->user.n);
        return false;
    }
    if (f->src >= SELF)
        odd_with(x->out, ODD_dnp3_broadcast_source, "%u", f->src);
    return true;
}

// Whether a frame begins as one must, and its size, or that of a header as long as LEN is not
// there. The first with a LEN makes it a session: bytes that only come to the port are none.
static bool frame_begins(struct ctx *x, struct dnp3 *s, struct slice in, uint32_t *size)
{
    bool begins = header_begins(in), known = begins && in.n > 2;

    *size = known ? frame_size(in.p[2]) : HEADER;
    if (known && x->sessions && !s->counted) {
        s->counted = true;
        dnp3_tell_session(x, s, 0, false);
    }
    return begins;
}

// p: a frame of `size` octets.
static void take_frame(struct ctx *x, struct dnp3 *s, const uint8_t *p, uint32_t size,
                       enum side side)
{
    uint8_t user[USER_MOST];
    struct dnp3_frame f = {.ctrl = p[3],
                           .dst = load_le16(p + 4),
                           .src = load_le16(p + 6),
                           .user = slice_of(user, p[2] - LENGTH_LEAST),
                           .size = size};

    count(x->out, COUNT_dnp3_frames, 1);
    if (size >= LARGE_FROM)
        odd_with(x->out, ODD_dnp3_large_frame, "%u octets", size);
    if (!acceptable(x, p, &f) || !f.user.n)
        return;
    for (uint32_t at = 0; at < f.user.n; at += BLOCK)
        memcpy(user + at, p + HEADER + at / BLOCK * (BLOCK + 2), min_u32(f.user.n - at, BLOCK));
    struct dnp3_association *a = dnp3_association_of(x, s, side, f.src, f.dst);
    if (a)
        dnp3_segment(x, a, side, &f);
}

// ---------------------------------------------------------------- streams

// What was being joined is lost; silent: the bytes begin in the middle of the conversation, so
// it is no wonder.
static void seek(struct ctx *x, struct dnp3 *s, enum side side, bool silent)
{
    struct dnp3_line *l = &s->line[side];

    for (struct dnp3_association *a = s->first; a; a = a->next)
        dnp3_drop(x, &a->way[side].f);
    *l = (struct dnp3_line){.began = l->began, .seeking = true, .silent = silent};
}

static void found(struct ctx *x, struct dnp3 *s, enum side side)
{
    struct dnp3_line *l = &s->line[side];

    l->seeking = false;
    if (l->skipped && !l->silent)
        odd_with(x->out, ODD_resync, "%" PRIu64 " octets skipped", l->skipped);
}

// How much lies before the next header whose CRC is right, or what may become one; a candidate
// that is none is passed by one octet.
static uint32_t skip_to_frame(struct ctx *x, struct dnp3 *s, struct slice in, enum side side)
{
    uint32_t at = 0;

    for (; at < in.n; at++) {
        if (!header_begins(slice_of(in.p + at, in.n - at)))
            continue;
        if (in.n - at < HEADER || dnp3_crc_right(in.p + at, HEADER - 2))
            break;
    }
    s->line[side].skipped += at;
    if (in.n - at >= HEADER)
        found(x, s, side);
    return at;
}

// At the place where a frame is due, LEN tells where it ends even if the CRC is wrong.
static struct progress stream(struct ctx *x, struct dnp3 *s, struct slice in, enum side side)
{
    struct dnp3_line *l = &s->line[side];
    uint32_t size;

    if (l->seeking) {
        uint32_t at = skip_to_frame(x, s, in, side);
        if (at || l->seeking)
            return (struct progress){.used = at, .want = at < in.n ? HEADER : 0};
    }
    bool begins = frame_begins(x, s, in, &size);
    l->partial = begins && in.n < size;
    if (l->partial)
        return (struct progress){.want = size};
    if (begins) {
        l->began = true;
        take_frame(x, s, in.p, size, side);
        return (struct progress){.used = size};
    }
    if (meant(in))
        odd_with(x->out, ODD_dnp3_bad_length, "LEN %u", in.p[2]);
    seek(x, s, side, !l->began && x->talk->flow && x->talk->flow->partial);
    l->skipped = 1;
    return (struct progress){.used = 1};
}

static void gap(struct ctx *x, void *state, uint64_t lost, enum side side)
{
    struct dnp3 *s = state;

    seek(x, s, side, !s->line[side].began);
}

// ---------------------------------------------------------------- datagrams

static struct progress datagram(struct ctx *x, struct dnp3 *s, struct slice in, enum side side)
{
    const struct progress all = {.used = in.n};
    bool cut = x->packet && x->packet->cut; // by the snap length: what is missing was there
    uint32_t size;

    while (in.n >= 2 && meant(in)) {
        bool begins = frame_begins(x, s, in, &size);
        if (!begins || size > in.n) {
            if (!cut || !begins)
                odd_with(x->out, ODD_dnp3_bad_length, "%u octets of %u", in.n, size);
            break;
        }
        take_frame(x, s, in.p, size, side);
        in = slice_of(in.p + size, in.n - size);
    }
    return all;
}

static struct progress data(struct ctx *x, void *state, struct slice in, enum side side)
{
    return x->talk->who.ip_proto == PROTO_TCP ? stream(x, state, in, side)
                                              : datagram(x, state, in, side);
}

static void end(struct ctx *x, void *state)
{
    struct dnp3 *s = state;

    for (enum side side = ORIG; side <= RESP; side++) {
        if (s->line[side].partial)
            odd(x->out, ODD_truncated_frame);
        if (s->line[side].seeking)
            found(x, s, side);
    }
    while (s->first) {
        struct dnp3_association *a = s->first;
        s->first = a->next;
        dnp3_association_end(x, a);
    }
    dnp3_tell_session(x, s, 0, true);
}

// ---------------------------------------------------------------- at a glance

// 05 64 | length | control | destination 2 | source 2 | CRC 2; transport 1, application 1,
// function 1, of answers indications 2.
static void glance(struct text *t, const struct packet *p)
{
    enum { FIRST = 0x40, ANSWERS = 129 };
    struct cur c = cur_of(p->payload);

    cur_skip(&c, 3);
    uint8_t ctrl = cur_u8(&c);
    uint16_t dst = cur_le16(&c), src = cur_le16(&c);
    if (c.bad)
        return;
    text_printf(t, ": %u to %u", src, dst);
    if (!carries_data(ctrl)) {
        text_printf(t, ", link function %u", ctrl & CTRL_CODE);
        return;
    }
    cur_skip(&c, 2);
    uint8_t transport = cur_u8(&c), control = cur_u8(&c), function = cur_u8(&c);
    if (c.bad || !(transport & FIRST)) {
        text_str(t, ", the rest of a message");
        return;
    }
    uint16_t indications = cur_be16(&c);
    const char *name = dnp3_functions[function].name;
    text_str(t, ", ");
    if (name)
        text_str(t, name);
    else
        text_printf(t, "function %u", function);
    text_printf(t, ", sequence %u", control & AC_SEQ);
    for (int bit = 15; function >= ANSWERS && bit >= 0; bit--)
        if (indications >> bit & 1)
            text_printf(t, ", %s", dnp3_iin_name[bit]);
}

const struct analyser proto_dnp3 = {
    .name = "dnp3",
    .title = "DNP3",
    .spec = "IEEE 1815-2012",
    .why = "its frames begin with 05 64, a length, and the header's CRC is right",
    .over = OVER_TCP | OVER_UDP,
    .hint = {20000},
    .patient = true,
    .state_size = sizeof(struct dnp3),
    .most = FRAME_MOST,
    .probe = probe,
    .glance = glance,
    .meant = meant,
    .data = data,
    .gap = gap,
    .end = end,
};
