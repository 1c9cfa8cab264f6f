// SPDX-License-Identifier: Apache-2.0
// Runs a capture: frames in batches to 64 lanes, lanes on workers, events merged into one
// order. The only room with threads; what comes out does not depend on how many there are.
#pragma once

#include "capture/capture.h"
#include "flow/flow.h"
#include "rule/rule.h"

enum { LANES = 64, WORKERS_MOST = 64, BATCH_FRAMES = 1024, BATCH_BYTES = 1024 * 1024 };

struct run_options {
    unsigned workers; // 1: everything in the calling thread
    unsigned batch;   // frames of a batch at most; 0: BATCH_FRAMES
    uint64_t wanted;  // a bit per event that user.event wants to see
    struct flow_limits flow;
    const struct rules *rules; // NULL: none
    nsec interval;             // a stats event each so often (packet time); 0: only at the end
};

struct run_so_far {
    uint64_t packets;
    uint64_t file_bytes, file_size, dropped; // as in capture_totals
};

// Who listens. render runs on any thread and must be pure; event and batch run on one, frames
// on another.
struct run_user {
    void *user;
    const uint64_t *count; // COUNTS that event() adds to those of stats; NULL: none
    // This event as bytes; they are in e->written when event() sees it. NULL: not needed.
    void (*render)(void *user, struct text *t, const struct event *e);
    // Each batch as it was read, before anything else; it runs on the thread that reads. NULL:
    // not needed.
    void (*frames)(void *user, const struct frames *f);
    // In the order of the input. false: no more is wanted, the run ends.
    bool (*event)(void *user, struct event *e);
    // After each batch. NULL: not needed. false: the run ends.
    bool (*batch)(void *user, const struct run_so_far *s);
};

// Reads the capture to its end (or until told to stop) and tells everything. The last event is
// `stats`. false: event() or batch() ended it.
bool run(struct capture *c, const struct run_options *o, const struct run_user *u);
