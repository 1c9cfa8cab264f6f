// SPDX-License-Identifier: Apache-2.0
// Bytes of TCP streams as units: whole messages where the protocol's framing is known, else
// pieces with the end of the piece before.
#include <string.h>

#include "rule/dce.h"
#include "rule/lane.h"
#include "rule/service.h"

// A stream's bytes on their way: the unit that all of them are looked at in, and its groups.
struct passing {
    struct rule_lane *lane;
    const struct rule_at *at;
    struct unit unit;
    const struct group *group[GROUPS_OF_UNIT];
    unsigned groups;
    uint64_t filled; // of the unit before anything was looked at
};

static void inspect(struct passing *x, struct slice tail, struct slice bytes)
{
    struct rule_lane *l = x->lane;
    struct unit *u = &x->unit, joined;

    if (!bytes.n)
        return;
    if (l->set->dce && u->service == SERVICE_DCE)
        dce_follow(u, bytes);
    u->filled = x->filled;
    u->counted = 0;
    u->buffer[BUF_pkt_data] = bytes;
    if (tail.n) {
        joined = *u;
        memcpy(l->joined, tail.p, tail.n);
        memcpy(l->joined + tail.n, bytes.p, bytes.n);
        joined.buffer[BUF_pkt_data] = slice_of(l->joined, tail.n + bytes.n);
        joined.fresh = tail.n;
    }
    unit_inspect(l, u, tail.n ? &joined : NULL, x->group, x->groups);
}

// ---------------------------------------------------------------- what is kept

void stream_forget(struct rule_lane *l, struct talk_rules *t, enum side side)
{
    struct kept *k = t->kept[side];

    if (k)
        slab_give(k->large ? &l->messages : &l->tails, k);
    t->kept[side] = NULL;
}

static struct kept *keep(struct rule_lane *l, struct talk_rules *t, enum side side, bool large)
{
    struct kept *k = t->kept[side];

    if (k && k->large == large)
        return k;
    stream_forget(l, t, side);
    k = slab_take(large ? &l->messages : &l->tails);
    if (k)
        *k = (struct kept){.large = large};
    t->kept[side] = k;
    return k;
}

// ---------------------------------------------------------------- messages

// Begins to wait for a message of `want` bytes that begins with `bytes`. False: it is too long.
static bool wait_for(struct rule_lane *l, struct talk_rules *t, enum side side,
                     struct slice bytes, uint32_t want)
{
    struct kept *k = NULL;

    if (want == FRAME_OPEN && bytes.n < MESSAGE_BYTES)
        want = MESSAGE_BYTES;
    if (want <= MESSAGE_BYTES)
        k = keep(l, t, side, true);
    if (!k)
        return false;
    memcpy(k->bytes, bytes.p, bytes.n);
    k->n = bytes.n;
    k->want = want;
    return true;
}

// Adds to a message that is waited for; gives how many bytes were taken.
static uint32_t complete(struct passing *x, struct talk_rules *t, struct slice bytes)
{
    struct kept *k = t->kept[x->at->side];
    uint32_t used = 0;

    while (k->n < k->want && used < bytes.n) {
        uint32_t n = min_u32(k->want - k->n, bytes.n - used);
        memcpy(k->bytes + k->n, bytes.p + used, n);
        k->n += n;
        used += n;
        uint32_t want = frame_length(x->unit.service, slice_of(k->bytes, k->n));
        k->want = min_u32(want, MESSAGE_BYTES);
    }
    if (k->n >= k->want) {
        inspect(x, (struct slice){0}, slice_of(k->bytes, k->n));
        stream_forget(x->lane, t, x->at->side);
    }
    return used;
}

static void messages(struct passing *x, struct slice bytes)
{
    struct talk_rules *t = lane_state(x->lane, x->at, true);
    enum side side = x->at->side;

    x->unit.state = t;
    if (t && t->kept[side] && t->kept[side]->want) {
        uint32_t used = complete(x, t, bytes);
        bytes = slice_of(bytes.p + used, bytes.n - used);
    } else if (t) {
        stream_forget(x->lane, t, side); // the tail of when the protocol was not known
    }
    while (bytes.n) {
        uint32_t n = frame_length(x->unit.service, bytes);
        if (n > bytes.n && t && wait_for(x->lane, t, side, bytes, n))
            return;
        if (!n || n > bytes.n)
            n = bytes.n; // what is no message is looked at as it comes
        inspect(x, (struct slice){0}, slice_of(bytes.p, n));
        bytes = slice_of(bytes.p + n, bytes.n - n);
    }
}

// ---------------------------------------------------------------- pieces

static void pieces(struct passing *x, struct slice bytes)
{
    struct talk_rules *t = lane_state(x->lane, x->at, true);
    struct kept *k = t ? keep(x->lane, t, x->at->side, false) : NULL;

    x->unit.state = t;
    inspect(x, k ? slice_of(k->bytes, k->n) : (struct slice){0}, bytes);
    if (!k)
        return;
    if (bytes.n >= TAIL_BYTES) {
        memcpy(k->bytes, bytes.p + bytes.n - TAIL_BYTES, TAIL_BYTES);
        k->n = TAIL_BYTES;
        return;
    }
    uint32_t old = min_u32(k->n, TAIL_BYTES - bytes.n);
    memmove(k->bytes, k->bytes + k->n - old, old);
    memcpy(k->bytes + old, bytes.p, bytes.n);
    k->n = old + bytes.n;
}

// False: no rule is to be asked.
static bool begin(struct passing *x, struct rule_lane *l, const struct rule_at *at)
{
    x->lane = l;
    x->at = at;
    unit_begin(l, at, UNIT_STREAM, &x->unit);
    x->filled = x->unit.filled;
    x->groups = unit_groups(&x->unit, x->group);
    return x->groups && !(x->unit.state && x->unit.state->passed);
}

void rule_stream(struct rule_lane *l, const struct rule_at *at, struct slice bytes)
{
    struct passing x; // its unit is filled as far as it is asked for
    bool asked = begin(&x, l, at);

    if (x.unit.state)
        x.unit.state->bytes[at->side] += bytes.n;
    while (asked && bytes.n) {
        struct slice some = slice_of(bytes.p, min_u32(bytes.n, PIECE_MOST));
        if (is_framed(x.unit.service))
            messages(&x, some);
        else
            pieces(&x, some);
        bytes = slice_of(bytes.p + some.n, bytes.n - some.n);
    }
}

// No more bytes will join those that were kept: what there is of a message is looked at.
void rule_gap(struct rule_lane *l, const struct rule_at *at)
{
    struct talk_rules *t = *at->state;
    const struct kept *k = t ? t->kept[at->side] : NULL;
    struct passing x;

    if (k && k->want && begin(&x, l, at))
        inspect(&x, (struct slice){0}, slice_of(k->bytes, k->n));
    if (k)
        stream_forget(l, t, at->side);
}
