// SPDX-License-Identifier: Apache-2.0
// FTP data: a file or a listing, RFC 959 section 3. It may look like anything, and is known
// only by what the control connection announced.
#include "proto/carry.h"

struct state {
    struct carried *file;
    enum side side; // who sends it
    bool begun;
};

// By now the command has been given: data come only after it.
static void begin(struct ctx *x, struct state *s, enum side side, bool got)
{
    struct transfer t = {0};

    s->begun = true;
    s->side = side;
    (void)transfer_take(x, &t);
    if (t.listing)
        return;
    if (t.named && !got) // nothing tells who would have sent: the command does
        s->side = t.upload == t.active ? RESP : ORIG;
    s->file = carry_begin(x, &(struct carry){.source = "ftp",
                                             .name = slice_of(t.name, t.name_n),
                                             .control = t.control,
                                             .side = s->side,
                                             .offset = t.offset,
                                             .append = t.append,
                                             .empty_too = t.named});
}

static struct progress data(struct ctx *x, void *state, struct slice in, enum side side)
{
    struct state *s = state;

    if (!s->begun)
        begin(x, s, side, true);
    if (side == s->side)
        carry_data(x, s->file, in);
    return (struct progress){.used = in.n};
}

static void gap(struct ctx *x, void *state, uint64_t lost, enum side side)
{
    struct state *s = state;

    if (!s->begun)
        begin(x, s, side, true);
    if (side == s->side)
        carry_gap(s->file, lost);
}

static void end(struct ctx *x, void *state)
{
    struct state *s = state;

    if (!s->begun)
        begin(x, s, RESP, false);
    carry_end(x, &s->file, carry_closed(x->talk, s->side));
}

const struct analyser proto_ftp_data = {
    .name = "ftp_data",
    .title = "FTP data",
    .spec = "RFC 959",
    .why = "its endpoint was announced",
    .over = OVER_TCP,
    .hint = {20},
    .only_for = CARRY_EVENTS,
    .state_size = sizeof(struct state),
    .data = data,
    .gap = gap,
    .end = end,
};
