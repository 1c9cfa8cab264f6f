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
    if (!w->lane[n])
        w->lane[n] = lane_open(&w->options->flow, (uint16_t)n);
    return w->lane[n];
}

// Lanes nobody has used yet have no time to be told.
static void tick_all(struct worker *w, const struct tick *t, struct out *o)
{
    for (unsigned n = w->me; n < LANES; n += w->n)
        if (w->lane[n])
            lane_tick(w->lane[n], t->now, t->jump, o);
}

static void do_frames(struct worker *w, struct batch *b, struct out *o)
{
    uint32_t tick = 0;

    for (uint32_t i = 0; i < b->frames.n; i++) {
        const struct frame *fr = &b->frames.frame[i];

        for (; tick < b->n_ticks && b->tick[tick].before == i; tick++) {
            o->order = order_of(b->ordinal + i, true);
            o->ordinal = b->ordinal + i;
            o->ts = b->tick[tick].now;
            tick_all(w, &b->tick[tick], o);
        }
        if (fr->lane >= LANES || fr->lane % w->n != w->me)
            continue;
        o->order = order_of(b->ordinal + i, false);
        lane_frame(lane_of(w, fr->lane), fr, b->ordinal + i, o);
    }
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
    struct out o = {.arena = &p->arena, .wanted = w->options->wanted, .count = unused};

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
