// SPDX-License-Identifier: Apache-2.0
// For fuzz targets of single protocols: the input is a conversation that the analyser was
// chosen for.
#pragma once

#include "proto/proto.h"

#include "base/cur.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

// On a stream NO and YES stay so, byte by byte.
static inline void fuzz_probe(const struct analyser *a, struct slice s)
{
    enum guess now = MAYBE;

    for (uint32_t n = 1; a->probe && a->over & OVER_TCP && n <= min_u32(s.n, HEAD_MOST); n++) {
        struct head h = {.bytes = slice_of(s.p, n), .length = n, .stream = true};
        enum guess next = a->probe(&h);
        if (now != MAYBE && next != now)
            abort();
        now = next;
    }
}

// A byte says whose turn it is and how much comes, or that as much is missing.
static inline void fuzz_turns(struct feeds *f, struct ctx *x, struct packet *p, struct cur c)
{
    enum { SIDE = 1, GAP = 2, LENGTH = 2 };

    while (cur_left(&c) > 1 && x->talk->analyser) {
        uint8_t turn = cur_u8(&c);
        enum side side = turn & SIDE ? RESP : ORIG;
        uint32_t length = turn >> LENGTH ? turn >> LENGTH : 200;
        if (turn & GAP && x->talk->who.ip_proto == 6) {
            feed_gap(f, x, length, side);
            continue;
        }
        struct slice s = cur_take(&c, min_u32(cur_left(&c), length));
        p->payload_len = s.n;
        feed_data(f, x, s, side);
    }
}

// Where analysers announce endpoints; they are forgotten when there are too many.
static inline struct flows *fuzz_flows(void)
{
    static struct region region;
    static struct flows *flows;
    struct flow_limits limits = flow_defaults();
    const struct flow_user nobody_listens = {0};

    limits.talks = 64;
    if (!flows) {
        region_init(&region, flows_room(&limits));
        flows = flows_open(&limits, &nobody_listens, &region);
    }
    return flows;
}

static inline int fuzz_analyser(const struct analyser *a, const uint8_t *data, size_t n)
{
    static struct arena arena;
    static uint64_t counts[COUNTS];

    if (n < 2 || n > UINT16_MAX)
        return 0;
    struct feeds *feeds = feeds_open();
    struct out out = {.arena = &arena, .count = counts, .wanted = UINT64_MAX};
    struct packet packet = {0};
    struct talk talk = {.who.ip_proto = data[0] & 1 ? 6 : 17};
    struct ctx x = {.out = &out,
                    .talk = &talk,
                    .packet = &packet,
                    .flows = fuzz_flows(),
                    .ignore_crc = data[0] & 2};
    out.last = &out.first;
    out.at = &talk.who;
    fuzz_probe(a, slice_of(data + 1, (uint32_t)n - 1));
    if (feed_begin(feeds, &x, a)) {
        fuzz_turns(feeds, &x, &packet, cur_of(slice_of(data + 1, (uint32_t)n - 1)));
        if (talk.analyser)
            feed_end(feeds, &x);
    }
    feeds_close(feeds);
    arena_reset(&arena);
    return 0;
}
