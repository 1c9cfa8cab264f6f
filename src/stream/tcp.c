// SPDX-License-Identifier: Apache-2.0
// TCP segments joined into a byte stream: in order at once, the rest when its hole fills, is
// acknowledged (RFC 9293, 3.4: what is acknowledged was received) or is given up.
#include "stream/segments.h"

#include <inttypes.h>

#define PLACE_MOST (UINT64_C(1) << 63)

// One call's surroundings, and the holes it closed.
struct work {
    struct segments *s;
    struct stream *d;
    const struct stream_user *u;
    struct out *o;
    uint64_t lost, lost_at;
    uint32_t holes;
};

static void call_gap(struct work *w, uint64_t lost)
{
    w->d->gapped = true;
    if (w->u->gap)
        w->u->gap(w->u->user, lost);
}

// The hole before `upto` stays one.
static void close_hole(struct work *w, uint64_t upto)
{
    struct stream *d = w->d;
    uint64_t lost = upto - d->next;

    if (!d->gapped) {
        if (!w->holes++)
            w->lost_at = d->next;
        w->lost += lost;
    }
    d->next = upto;
    call_gap(w, lost);
}

static void tell_holes(struct work *w, enum odd which)
{
    if (w->holes)
        odd_with(w->o, which, "%" PRIu64 " bytes in %u holes, the first at offset %" PRIu64,
                 w->lost, w->holes, w->lost_at);
}

// Delivers what is held at the place that is next.
static void drain(struct work *w)
{
    struct stream *d = w->d;
    struct block *b;

    while ((b = block_of(w->s, d->held_first)) && b->at == d->next) {
        held_pop(w->s, d);
        d->next += b->n;
        if (b->kind == BLOCK_CUT) {
            call_gap(w, b->n);
        } else {
            d->gapped = false;
            if (b->kind == BLOCK_BYTES && !d->skip && w->u->data)
                w->u->data(w->u->user, block_slice(b));
        }
        if (b->kind == BLOCK_BYTES && !d->skip)
            kept_adopt(w->s, d, b);
        else
            block_give(w->s, d, b);
    }
}

static void deliver(struct segments *s, struct stream *d, struct slice bytes,
                    const struct stream_user *u, struct out *o)
{
    uint64_t at = d->next;

    d->next += bytes.n;
    d->gapped = false;
    if (!d->skip && u->data)
        u->data(u->user, bytes);
    if (!d->skip)
        kept_add(s, d, at, bytes, o);
}

// The part of the arrival that is in order, up to the first held block.
static void deliver_arrival(struct work *w, struct arrival *a)
{
    const struct block *b = block_of(w->s, w->d->held_first);
    uint64_t stop = b && b->at < a->end ? b->at : a->end;
    uint64_t there = stop < a->there ? stop : a->there;

    if (a->at < there) {
        deliver(w->s, w->d, slice_of(a->p, there - a->at), w->u, w->o);
        arrival_move(a, there);
    }
    if (a->at < stop) {
        uint64_t cut = stop - a->at;

        arrival_move(a, stop);
        w->d->next = stop;
        call_gap(w, cut);
    }
}

// There is no room to hold more: the first hole is given up, before what is held or arrives.
static void give_up_hole(struct work *w, const struct arrival *a)
{
    const struct block *b = block_of(w->s, w->d->held_first);

    close_hole(w, b && b->at < a->at ? b->at : a->at);
}

static void place(struct work *w, struct arrival *a)
{
    while (a->at < a->end) {
        drain(w);
        if (a->at < w->d->next)
            arrival_move(a, w->d->next < a->end ? w->d->next : a->end);
        if (a->at >= a->end)
            break;
        if (a->at == w->d->next)
            deliver_arrival(w, a);
        else if (!held_add(w->s, w->d, a))
            give_up_hole(w, a);
    }
    drain(w);
}

struct comparison {
    uint64_t first; // place of the first byte that differs
    uint32_t compared, differing;
};

static void compare_list(struct work *w, const struct block *b, uint64_t at, struct slice bytes,
                         struct comparison *c)
{
    uint64_t end = at + bytes.n;

    for (; b && b->at < end; b = block_of(w->s, b->next)) {
        uint64_t low = at > b->at ? at : b->at;
        uint64_t high = end < block_end(b) ? end : block_end(b);
        uint32_t n;
        const uint8_t *kept, *now;

        if (b->kind != BLOCK_BYTES || low >= high)
            continue;
        n = (uint32_t)(high - low);
        kept = b->bytes + b->from + (low - b->at);
        now = bytes.p + (low - at);
        c->compared += n;
        if (!memcmp(kept, now, n))
            continue;
        for (uint32_t i = 0; i < n; i++)
            if (kept[i] != now[i] && !c->differing++)
                c->first = low + i;
        if (w->u->differs)
            w->u->differs(w->u->user, low, slice_of(kept, n), slice_of(now, n));
    }
}

static void compare(struct work *w, uint64_t at, struct slice bytes)
{
    struct comparison c = {0};
    const struct block *last = block_of(w->s, w->d->held_last);

    if (at < w->d->next)
        compare_list(w, block_of(w->s, w->d->kept_first), at, bytes, &c);
    if (last && at < block_end(last))
        compare_list(w, block_of(w->s, w->d->held_first), at, bytes, &c);
    if (c.differing)
        odd_with(w->o, ODD_tcp_rexmit_differs, "%u of %u bytes differ at offset %" PRIu64,
                 c.differing, c.compared, c.first);
}

static void forget_if_skipped(struct segments *s, struct stream *d)
{
    if (d->skip && (d->unacked || d->held))
        blocks_forget(s, d);
}

// Out of order, or old, or not all there.
static __attribute__((noinline)) void place_segment(struct work *w, uint64_t at,
                                                    struct slice bytes, uint32_t n)
{
    struct arrival a = {.at = at, .end = at + n, .p = bytes.p};

    bytes.n = min_u32(bytes.n, n);
    a.there = at + bytes.n;
    if (!w->d->skip && bytes.n)
        compare(w, at, bytes);
    place(w, &a);
    tell_holes(w, ODD_tcp_hole_given_up);
}

void stream_data(struct segments *s, struct stream *d, uint64_t at, struct slice bytes,
                 uint32_t n, const struct stream_user *u, struct out *o)
{
    if (!n || at >= PLACE_MOST)
        return;
    forget_if_skipped(s, d);
    if (at == d->next && !d->held_first && bytes.n == n) { // nearly always
        deliver(s, d, bytes, u, o);
        return;
    }
    struct work w = {.s = s, .d = d, .u = u, .o = o};
    place_segment(&w, at, bytes, n);
}

void stream_ack(struct segments *s, struct stream *d, uint64_t upto,
                const struct stream_user *u, struct out *o)
{
    if (upto <= d->acked || upto >= PLACE_MOST)
        return;
    forget_if_skipped(s, d);
    if (upto > d->next) {
        struct work w = {.s = s, .d = d, .u = u, .o = o};

        while (d->next < upto) {
            const struct block *b = block_of(s, d->held_first);

            close_hole(&w, b && b->at < upto ? b->at : upto);
            drain(&w);
        }
        tell_holes(&w, ODD_tcp_gap);
    }
    d->acked = upto;
    if (d->kept_first)
        kept_until(s, d, upto);
}

void stream_end(struct segments *s, struct stream *d, bool tell, const struct stream_user *u,
                struct out *o)
{
    struct work w = {.s = s, .d = d, .u = u, .o = o};

    while (tell && d->held_first) {
        close_hole(&w, block_of(s, d->held_first)->at);
        drain(&w);
    }
    tell_holes(&w, ODD_tcp_hole_given_up);
    blocks_free(s, d);
}
