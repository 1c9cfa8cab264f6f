// SPDX-License-Identifier: Apache-2.0
// The threads: one reads and dispatches, workers own lanes, one merges. With one worker all of
// it is one loop in the calling thread. Batches go round in a ring, which gives the
// back-pressure.
#include "lane/batch.h"

#include <pthread.h>
#include <stdlib.h>

enum { RING = 8, FINISH_STEP = 65536, FEW_TICKS = 8 };

struct runner {
    struct capture *capture;
    const struct run_options *options;
    const struct run_user *user;
    unsigned workers;
    struct batch *batch; // RING of them, or one
    struct worker *worker;
    struct dispatch *dispatch;
    uint32_t most; // frames of the next batch
    uint64_t ordinal, finished;
    nsec next_stats;
    enum { READING, SORTING, FINISHING, OVER } phase;
    struct arena stats; // of the stats event

    // What the threads share, under the lock. A number says how many batches got so far.
    pthread_mutex_t lock;
    pthread_cond_t more, done, free;
    uint64_t filled, merged, worked[WORKERS_MOST];
    bool ended;   // nothing more will be filled
    bool gave_up; // the listener wants no more
};

struct thread {
    struct runner *runner;
    struct worker *worker;
};

// ---------------------------------------------------------------- filling

static bool read_frames(struct runner *r, struct batch *b)
{
    uint32_t batch = r->options->batch ? r->options->batch : BATCH_FRAMES;

    b->kind = BATCH_FRAMES_KIND;
    b->frames.most = min_u32(r->most, batch);
    if (!capture_fill(r->capture, &b->frames))
        return false;
    if (r->user->frames)
        r->user->frames(r->user->user, &b->frames);
    b->n_ticks = b->frames.quiet ? dispatch_quiet(r->dispatch, b->frames.quiet, b->tick)
                                 : dispatch_frames(r->dispatch, &b->frames, b->tick);
    // Each tick may write many conversations: few frames where they lie far apart in time.
    if (b->n_ticks > FEW_TICKS)
        r->most = max_u32(b->frames.most / 2, FEW_TICKS);
    else if (r->most < batch)
        r->most = r->most * 2;
    b->ordinal = r->ordinal;
    r->ordinal += b->frames.n;
    return true;
}

// Fills the next batch: frames, then the end in steps. false: that was all.
static bool fill(struct runner *r, struct batch *b)
{
    b->stats = b->last = false;
    b->n_ticks = 0;
    if (r->phase == READING && !read_frames(r, b))
        r->phase = SORTING;
    if (r->phase == SORTING) {
        b->frames.n = 0;
        b->kind = BATCH_SORT;
        b->ordinal = r->ordinal;
        r->phase = FINISHING;
    } else if (r->phase == FINISHING) {
        b->frames.n = 0;
        b->kind = BATCH_FINISH;
        b->ordinal = r->ordinal;
        r->finished += FINISH_STEP;
        b->before = r->finished;
        if (r->finished > r->ordinal) {
            b->stats = b->last = true;
            r->phase = OVER;
        }
    } else if (r->phase == OVER) {
        return false;
    }
    b->now = r->dispatch->latest;
    struct capture_totals totals = capture_totals(r->capture);
    b->so_far =
        (struct run_so_far){r->ordinal, totals.file_bytes, totals.file_size, totals.dropped};
    if (r->options->interval && b->kind == BATCH_FRAMES_KIND && b->now >= r->next_stats) {
        b->stats = r->next_stats != 0;
        r->next_stats = b->now + r->options->interval;
    }
    b->first = r->dispatch->first;
    if (b->stats) {
        memcpy(b->count, r->dispatch->count, sizeof(b->count));
        b->count[COUNT_dropped] = totals.dropped;
    }
    return true;
}

// ---------------------------------------------------------------- telling

static void sum_counts(struct runner *r, struct batch *b, struct ev_stats *e)
{
    uint64_t sum[COUNTS];

    memcpy(sum, b->count, sizeof(sum));
    for (unsigned i = 0; i < r->workers; i++)
        for (int c = 0; c < COUNTS; c++)
            sum[c] += b->part[i].count[c];
    for (int c = 0; r->user->count && c < COUNTS; c++)
        sum[c] += r->user->count[c];
#define COUNT(name, doc) e->name = sum[COUNT_##name];
#include "event/count.def"
#undef COUNT
}

static bool tell_stats(struct runner *r, struct batch *b)
{
    struct event *list = NULL;
    struct text text = {0};
    struct out o = {
        .at = &nobody, .arena = &r->stats, .last = &list, .ts = b->now, .ordinal = b->ordinal};

    struct ev_stats *e = emit_stats(&o);
    sum_counts(r, b, e);
    e->seconds = (double)(b->now - b->first) / (double)SECOND;
    if (r->user->render) {
        r->user->render(r->user->user, &text, &e->head);
        e->head.written = arena_copy(&r->stats, text_slice(&text));
        text_free(&text);
    }
    bool go_on = r->user->event(r->user->user, &e->head);
    arena_reset(&r->stats);
    return go_on;
}

static bool tell(struct runner *r, struct batch *b)
{
    for (struct event *e = batch_merge(b, r->workers), *next; e; e = next) {
        next = e->next;
        if (!r->user->event(r->user->user, e))
            return false;
    }
    if (b->stats && !tell_stats(r, b))
        return false;
    return !r->user->batch || r->user->batch(r->user->user, &b->so_far);
}

// ---------------------------------------------------------------- one thread

static void run_alone(struct runner *r)
{
    while (fill(r, &r->batch[0])) {
        worker_do(&r->worker[0], &r->batch[0]);
        if (!tell(r, &r->batch[0])) {
            r->gave_up = true;
            return;
        }
    }
}

// ---------------------------------------------------------------- several threads

// Waits until batch n may be worked on; false: it will never come.
static bool await_filled(struct runner *r, uint64_t n)
{
    pthread_mutex_lock(&r->lock);
    while (r->filled == n && !r->ended)
        pthread_cond_wait(&r->more, &r->lock);
    bool there = r->filled > n;
    pthread_mutex_unlock(&r->lock);
    return there;
}

static void *work(void *arg)
{
    struct thread *t = arg;
    struct runner *r = t->runner;

    for (uint64_t n = 0; await_filled(r, n); n++) {
        worker_do(t->worker, &r->batch[n % RING]);
        pthread_mutex_lock(&r->lock);
        r->worked[t->worker->me]++;
        pthread_cond_signal(&r->done);
        pthread_mutex_unlock(&r->lock);
    }
    return NULL;
}

static bool all_worked(const struct runner *r, uint64_t n)
{
    for (unsigned i = 0; i < r->workers; i++)
        if (r->worked[i] <= n)
            return false;
    return true;
}

static void *merge(void *arg)
{
    struct runner *r = arg;

    for (uint64_t n = 0; await_filled(r, n); n++) {
        pthread_mutex_lock(&r->lock);
        while (!all_worked(r, n))
            pthread_cond_wait(&r->done, &r->lock);
        bool quit = r->gave_up;
        pthread_mutex_unlock(&r->lock);
        quit = quit || !tell(r, &r->batch[n % RING]);
        pthread_mutex_lock(&r->lock);
        r->gave_up = quit;
        r->merged++;
        pthread_cond_signal(&r->free);
        pthread_mutex_unlock(&r->lock);
    }
    return NULL;
}

// The reader's side: waits for a free batch; false: nobody listens any more.
static bool await_free(struct runner *r)
{
    pthread_mutex_lock(&r->lock);
    while (r->filled - r->merged == RING)
        pthread_cond_wait(&r->free, &r->lock);
    bool go_on = !r->gave_up;
    pthread_mutex_unlock(&r->lock);
    return go_on;
}

static void publish(struct runner *r, bool more)
{
    pthread_mutex_lock(&r->lock);
    if (more)
        r->filled++;
    else
        r->ended = true;
    pthread_cond_broadcast(&r->more);
    pthread_mutex_unlock(&r->lock);
}

static void run_threads(struct runner *r)
{
    pthread_t id[WORKERS_MOST + 1];
    struct thread thread[WORKERS_MOST];

    for (unsigned i = 0; i < r->workers; i++) {
        thread[i] = (struct thread){r, &r->worker[i]};
        if (pthread_create(&id[i], NULL, work, &thread[i]))
            abort(); // the process may not have 65 threads: nothing sensible is left to do
    }
    if (pthread_create(&id[r->workers], NULL, merge, r))
        abort();
    uint64_t n = 0;
    while (await_free(r) && fill(r, &r->batch[n++ % RING]))
        publish(r, true);
    publish(r, false);
    for (unsigned i = 0; i <= r->workers; i++)
        pthread_join(id[i], NULL);
}

// ---------------------------------------------------------------- the whole

static void open_batches(struct runner *r, unsigned n)
{
    r->batch = mem_reserve(n * sizeof(*r->batch));
    for (unsigned i = 0; i < n; i++) {
        struct batch *b = &r->batch[i];
        b->frames.bytes = mem_reserve(BATCH_BYTES);
        b->frames.size = BATCH_BYTES;
        b->frames.frame = mem_reserve(BATCH_FRAMES * sizeof(*b->frames.frame));
        b->tick = mem_reserve(BATCH_FRAMES * sizeof(*b->tick));
    }
}

static void close_batches(struct runner *r, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        struct batch *b = &r->batch[i];
        mem_release(b->frames.bytes, BATCH_BYTES);
        mem_release(b->frames.frame, BATCH_FRAMES * sizeof(*b->frames.frame));
        mem_release(b->tick, BATCH_FRAMES * sizeof(*b->tick));
        for (unsigned w = 0; w < r->workers; w++)
            arena_free(&b->part[w].arena);
    }
    mem_release(r->batch, n * sizeof(*r->batch));
}

bool run(struct capture *c, const struct run_options *o, const struct run_user *u)
{
    struct runner r = {.capture = c, .options = o, .user = u, .most = BATCH_FRAMES};
    unsigned ring;

    r.workers = o->workers < 1 ? 1 : min_u32(o->workers, WORKERS_MOST);
    ring = r.workers > 1 ? RING : 1;
    open_batches(&r, ring);
    r.worker = mem_reserve(r.workers * sizeof(*r.worker));
    r.dispatch = mem_reserve(sizeof(*r.dispatch));
    for (unsigned i = 0; i < r.workers; i++)
        r.worker[i] = (struct worker){.me = i, .n = r.workers, .options = o, .user = u};
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.more, NULL);
    pthread_cond_init(&r.done, NULL);
    pthread_cond_init(&r.free, NULL);
    if (r.workers > 1)
        run_threads(&r);
    else
        run_alone(&r);
    for (unsigned i = 0; i < r.workers; i++)
        worker_close(&r.worker[i]);
    mem_release(r.worker, r.workers * sizeof(*r.worker));
    mem_release(r.dispatch, sizeof(*r.dispatch));
    close_batches(&r, ring);
    arena_free(&r.stats);
    pthread_mutex_destroy(&r.lock);
    pthread_cond_destroy(&r.more);
    pthread_cond_destroy(&r.done);
    pthread_cond_destroy(&r.free);
    return !r.gave_up;
}
