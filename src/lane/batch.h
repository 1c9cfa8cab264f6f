// SPDX-License-Identifier: Apache-2.0
// Inside the lane room: a batch of frames, and what each worker made of it.
#pragma once

#include "lane/dispatch.h"

// What one worker adds to a batch.
struct part {
    struct arena arena;
    struct event *first;
    uint64_t count[COUNTS]; // of its lanes, where the batch asks for them
};

enum batch_kind { BATCH_FRAMES_KIND, BATCH_SORT, BATCH_FINISH };

struct batch {
    struct frames frames;
    struct tick *tick;
    uint32_t n_ticks;
    enum batch_kind kind;
    uint64_t ordinal; // of its first frame
    uint64_t before;  // FINISH: conversations whose first packet is before this
    bool stats, last;
    struct run_so_far so_far;
    nsec now, first;        // latest packet time; the capture's first
    uint64_t count[COUNTS]; // of the reader, where stats are asked for
    struct part part[WORKERS_MOST];
};

enum { READY = 16 };

// Works through the batch for the lanes that belong to worker `me` of `n`.
struct worker {
    unsigned me, n;
    const struct run_options *options;
    const struct run_user *user;
    struct lane *lane[LANES];
    struct region region; // of its lanes
    struct text text;
    uint32_t ticks[LANES];     // of the batch at hand, told so far to each lane
    struct ready ready[READY]; // frames on their way
};
void worker_do(struct worker *w, struct batch *b);
void worker_close(struct worker *w);

// All parts' events as one list, ordered by (order, lane), and as told within a lane.
struct event *batch_merge(struct batch *b, unsigned workers);
