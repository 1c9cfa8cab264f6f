// SPDX-License-Identifier: Apache-2.0
// One worker's share of a batch, and the merge of all shares into one order.
#include "lane/batch.h"

// Events are ordered by frame; what a tick before a frame tells comes before it.
static uint64_t order_of(uint64_t ordinal, bool tick)
{
    return ordinal * 2 + !tick;
}

static struct lane *open_lane(struct worker *w, unsigned n)
{
    if (!w->region.base)
        region_init(&w->region, (LANES + w->n - 1) / w->n * lane_room(&w->options->flow));
    w->lane[n] = lane_open(w->options, (uint16_t)n, &w->region);
    return w->lane[n];
}

static inline bool tick_is_due(const struct worker *w, const struct batch *b, unsigned lane,
                               uint32_t frame)
{
    uint32_t next = w->ticks[lane];

    return next < b->n_ticks && b->tick[next].before <= frame;
}

// Tells one lane the time, up to the tick before this frame.
static void tick_until(struct worker *w, struct batch *b, unsigned lane, uint32_t frame,
                       struct out *o)
{
    while (tick_is_due(w, b, lane, frame)) {
        const struct tick *t = &b->tick[w->ticks[lane]++];
        o->ordinal = b->ordinal + t->before;
        o->order = order_of(o->ordinal, true);
        o->ts = t->now;
        lane_tick(w->lane[lane], t->now, t->jump, o);
    }
}

// The frames of this worker's lanes, lane by lane: what a lane needs is in the cache for all of
// its frames. The merge brings back the order of the input.
static uint32_t own_frames(const struct worker *w, const struct batch *b, uint16_t *own)
{
    enum { NOT_OWN = UINT16_MAX };
    uint16_t place[NO_LANE + 1] = {0}; // of each lane's next frame
    uint16_t n = 0;

    for (uint32_t i = 0; i < b->frames.n; i++)
        place[b->frames.frame[i].lane]++;
    for (unsigned l = 0; l < LANES; l++) {
        uint16_t frames = l % w->n == w->me ? place[l] : 0;
        place[l] = frames ? n : NOT_OWN;
        n = (uint16_t)(n + frames);
    }
    place[NO_LANE] = NOT_OWN;
    for (uint32_t i = 0; i < b->frames.n; i++) {
        uint16_t *to = &place[b->frames.frame[i].lane];
        if (*to != NOT_OWN)
            own[(*to)++] = (uint16_t)i;
    }
    return n;
}

static inline void make_ready(struct worker *w, const struct batch *b, uint32_t i,
                              struct ready *r)
{
    const struct frame *fr = &b->frames.frame[i];
    struct lane *l = w->lane[fr->lane];

    lane_decode(l ? l : open_lane(w, fr->lane), fr, b->ordinal + i, r);
}

static inline void do_frame(struct worker *w, struct batch *b, uint32_t i, struct ready *r,
                            struct out *o)
{
    unsigned lane = b->frames.frame[i].lane;

    if (tick_is_due(w, b, lane, i))
        tick_until(w, b, lane, i, o);
    o->order = order_of(b->ordinal + i, false);
    lane_packet(r, o);
}

// Frames come in the order of their lanes: the processor can't guess which is next.
static inline void fetch_frame(const struct batch *b, uint32_t i)
{
    const struct frame *fr = &b->frames.frame[i];

    __builtin_prefetch(fr->data);
    __builtin_prefetch(fr->data + LINE);
}

// For who looks at the ordered events: each tick, behind what the lanes tell then.
static void tell_ticks(const struct batch *b, struct out *o)
{
    o->at = &nobody;
    o->lane = LANES;
    for (uint32_t i = 0; i < b->n_ticks; i++) {
        const struct tick *t = &b->tick[i];
        o->ordinal = b->ordinal + t->before;
        o->order = order_of(o->ordinal, true);
        o->ts = t->now;
        emit_tick(o)->jump = t->jump;
    }
}

// A pipeline: frame k + STEP has its bytes fetched, k is decoded, k - STEP and k - 2 STEP have
// memory fetched, k - 3 STEP is worked on. It hides most of the time that flow tables larger
// than the cache cost.
static void do_frames(struct worker *w, struct batch *b, struct out *o)
{
    enum { STEP = 4 };
    uint16_t own[BATCH_FRAMES];
    uint32_t n = own_frames(w, b, own);

    memset(w->ticks, 0, sizeof(w->ticks));
    for (uint32_t k = 0; k < n + 3 * STEP; k++) {
        if (k + STEP < n)
            fetch_frame(b, own[k + STEP]);
        if (k < n)
            make_ready(w, b, own[k], &w->ready[k % READY]);
        if (k >= STEP && k - STEP < n)
            lane_fetch_flow(&w->ready[(k - STEP) % READY]);
        if (k >= 2 * STEP && k - 2 * STEP < n)
            lane_fetch_talk(&w->ready[(k - 2 * STEP) % READY]);
        if (k >= 3 * STEP)
            do_frame(w, b, own[k - 3 * STEP], &w->ready[(k - 3 * STEP) % READY], o);
    }
    for (unsigned l = w->me; l < LANES; l += w->n)
        if (w->lane[l]) {
            tick_until(w, b, l, b->frames.n, o);
            lane_batch_ends(w->lane[l]);
        }
    if (w->me == 0 && want(o, EV_tick))
        tell_ticks(b, o);
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
    o.last = &p->first;
    switch (b->kind) {
    case BATCH_FRAMES_KIND: do_frames(w, b, &o); break;
    case BATCH_SORT: do_sort(w, b, &o); break;
    case BATCH_FINISH: do_finish(w, b, &o); break;
    }
    p->first = sort(p->first);
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

struct event *batch_merge(struct batch *b, unsigned workers)
{
    struct event *all = NULL;

    for (unsigned i = 0; i < workers; i++) {
        struct part *p = &b->part[i];
        all = merge_two(all, p->first);
    }
    return all;
}
