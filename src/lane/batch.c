// SPDX-License-Identifier: Apache-2.0
// One worker's share of a batch, and the merge of all shares into one order.
#include "lane/batch.h"

// Events are ordered by frame; what a tick before a frame tells comes before it.
static uint64_t order_of(uint64_t ordinal, bool tick)
{
    return ordinal * 2 + !tick;
}

static struct lane *lane_of(struct worker *w, unsigned n)
{
    if (!w->region.base)
        region_init(&w->region, (LANES + w->n - 1) / w->n * lane_room(&w->options->flow));
    if (!w->lane[n])
        w->lane[n] = lane_open(&w->options->flow, (uint16_t)n, &w->region);
    return w->lane[n];
}

// Lanes nobody has used yet have no time to be told.
static void tick_all(struct worker *w, const struct tick *t, struct out *o)
{
    for (unsigned n = w->me; n < LANES; n += w->n)
        if (w->lane[n])
            lane_tick(w->lane[n], t->now, t->jump, o);
}

static void tick_until(struct worker *w, struct batch *b, uint32_t frame, struct out *o)
{
    for (; w->ticks < b->n_ticks && b->tick[w->ticks].before <= frame; w->ticks++) {
        const struct tick *t = &b->tick[w->ticks];
        o->ordinal = b->ordinal + t->before;
        o->order = order_of(o->ordinal, true);
        o->ts = t->now;
        tick_all(w, t, o);
    }
}

// The frames of this worker's lanes, by their places.
static uint32_t own_frames(const struct worker *w, const struct batch *b, uint16_t *own)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < b->frames.n; i++) {
        uint8_t lane = b->frames.frame[i].lane;
        if (lane < LANES && lane % w->n == w->me)
            own[n++] = (uint16_t)i;
    }
    return n;
}

// A pipeline: frame k is decoded, k - STEP and k - 2 STEP have memory fetched, k - 3 STEP is
// worked on. It hides most of the time that flow tables larger than the cache cost.
static void do_frames(struct worker *w, struct batch *b, struct out *o)
{
    enum { STEP = 4, RING = 16 };
    uint16_t own[BATCH_FRAMES];
    uint32_t n = own_frames(w, b, own);

    w->ticks = 0;
    for (uint32_t k = 0; k < n + 3 * STEP; k++) {
        if (k < n) {
            const struct frame *fr = &b->frames.frame[own[k]];
            lane_decode(lane_of(w, fr->lane), fr, b->ordinal + own[k], &w->ready[k % RING]);
        }
        if (k >= STEP && k - STEP < n)
            lane_fetch_flow(&w->ready[(k - STEP) % RING]);
        if (k >= 2 * STEP && k - 2 * STEP < n)
            lane_fetch_talk(&w->ready[(k - 2 * STEP) % RING]);
        if (k >= 3 * STEP && k - 3 * STEP < n) {
            uint32_t i = own[k - 3 * STEP];
            tick_until(w, b, i, o);
            o->order = order_of(b->ordinal + i, false);
            lane_packet(&w->ready[(k - 3 * STEP) % RING], o);
        }
    }
    tick_until(w, b, b->frames.n, o);
    for (unsigned l = w->me; l < LANES; l += w->n)
        if (w->lane[l])
            lane_batch_ends(w->lane[l]);
}

static void do_sort(struct worker *w, struct batch *b, struct out *o)
{
    o->ordinal = b->ordinal;
    o->ts = b->now;
    o->order = order_of(b->ordinal, true);
    for (unsigned n = w->me; n < LANES; n += w->n)
        if (w->lane[n])
            lane_sort(w->lane[n], o);
}

static void do_finish(struct worker *w, struct batch *b, struct out *o)
{
    o->ordinal = b->ordinal;
    o->ts = b->now;
    for (unsigned n = w->me; n < LANES; n += w->n)
        if (w->lane[n])
            lane_finish(w->lane[n], b->before, o);
}

static void render(struct worker *w, struct part *p)
{
    for (struct event *e = p->first; e; e = e->next) {
        text_clear(&w->text);
        w->user->render(w->user->user, &w->text, e);
        e->written = arena_copy(&p->arena, text_slice(&w->text));
    }
}

static void copy_counts(struct worker *w, struct part *p)
{
    memset(p->count, 0, sizeof(p->count));
    for (unsigned n = w->me; n < LANES; n += w->n)
        for (int c = 0; w->lane[n] && c < COUNTS; c++)
            p->count[c] += lane_counts(w->lane[n])[c];
}

void worker_do(struct worker *w, struct batch *b)
{
    struct part *p = &b->part[w->me];
    uint64_t unused[COUNTS] = {0};
    struct out o = {
        .at = &nobody, .arena = &p->arena, .wanted = w->options->wanted, .count = unused};

    arena_reset(&p->arena);
    p->first = NULL;
    p->need_sort = b->kind == BATCH_FINISH;
    o.last = &p->first;
    switch (b->kind) {
    case BATCH_FRAMES_KIND: do_frames(w, b, &o); break;
    case BATCH_SORT: do_sort(w, b, &o); break;
    case BATCH_FINISH: do_finish(w, b, &o); break;
    }
    if (w->user->render)
        render(w, p);
    if (b->stats)
        copy_counts(w, p);
}

void worker_close(struct worker *w)
{
    for (unsigned n = 0; n < LANES; n++)
        if (w->lane[n])
            lane_close(w->lane[n]);
    region_close(&w->region);
    text_free(&w->text);
}

// ---------------------------------------------------------------- merging

static bool before(const struct event *a, const struct event *b)
{
    return a->order != b->order ? a->order < b->order : a->lane < b->lane;
}

static struct event *merge_two(struct event *a, struct event *b)
{
    struct event *first = NULL, **last = &first;

    while (a && b) {
        struct event **from = before(b, a) ? &b : &a;
        *last = *from;
        *from = (*from)->next;
        last = &(*last)->next;
    }
    *last = a ? a : b;
    return first;
}

// A stable merge sort of a list, bottom up: run[i] holds 2^i events or none.
static struct event *sort(struct event *list)
{
    struct event *run[48] = {NULL}, *all = NULL;

    while (list) {
        struct event *one = list;
        size_t i = 0;
        list = list->next;
        one->next = NULL;
        for (; run[i]; i++) {
            one = merge_two(run[i], one);
            run[i] = NULL;
        }
        run[i] = one;
    }
    for (size_t i = 0; i < COUNT_OF(run); i++)
        all = merge_two(run[i], all);
    return all;
}

struct event *batch_merge(struct batch *b, unsigned workers)
{
    struct event *all = NULL;

    for (unsigned i = 0; i < workers; i++) {
        struct part *p = &b->part[i];
        all = merge_two(all, p->need_sort ? sort(p->first) : p->first);
    }
    return all;
}
