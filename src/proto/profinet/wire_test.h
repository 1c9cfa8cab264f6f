// SPDX-License-Identifier: Apache-2.0
// For tests: PROFINET's analyser on a wire of its own, without lanes.
#pragma once

#include "proto/profinet/dcp.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

extern const struct analyser proto_profinet;

#define BYTES(literal) slice_of(literal, sizeof(literal) - 1)

struct wire {
    struct arena arena;
    uint64_t count[COUNTS];
    struct out out;
    struct packet packet;
    struct ctx x;
    struct feeds *feeds;
    void *state;
};

static inline int open_wire(void **state)
{
    struct wire *w = mem_reserve(sizeof(*w));

    w->out = (struct out){.arena = &w->arena,
                          .count = w->count,
                          .wanted = UINT64_MAX,
                          .ts = 1000 * SECOND,
                          .at = &nobody};
    w->out.last = &w->out.first;
    w->feeds = feeds_open();
    w->state = mem_reserve(proto_profinet.lane_state_size);
    w->x = (struct ctx){.out = &w->out, .packet = &w->packet, .feeds = w->feeds};
    *state = w;
    return 0;
}

static inline int close_wire(void **state)
{
    struct wire *w = *state;

    proto_profinet.close(w->state);
    mem_release(w->state, proto_profinet.lane_state_size);
    feeds_close(w->feeds);
    arena_free(&w->arena);
    mem_release(w, sizeof(*w));
    return 0;
}

// A frame of exactly these bytes, behind the EtherType.
static inline void wire_send(struct wire *w, const struct mac *from, const struct mac *to,
                             struct slice s)
{
    uint8_t *exact = malloc(s.n + !s.n); // the sanitizer sees reads behind the end

    memcpy(exact, s.p, s.n);
    w->packet = (struct packet){.payload = slice_of(exact, s.n),
                                .frame = slice_of(exact, s.n),
                                .wire_len = s.n,
                                .src_mac = *from,
                                .dst_mac = *to,
                                .ordinal = w->out.ordinal};
    proto_profinet.frame(&w->x, w->state);
    free(exact);
    w->out.ordinal++;
}
