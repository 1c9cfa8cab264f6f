// SPDX-License-Identifier: Apache-2.0
// PROFINET frames: the input is a row of them; a byte says who sends, a byte how long it is.
#include "proto/profinet/dcp.h"

#include "base/cur.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

extern const struct analyser proto_profinet;

static void frame(struct ctx *x, struct packet *p, void *state, struct cur *c)
{
    enum { GROUP = 4, CUT = 8, TICK = 16 };
    uint8_t how = cur_u8(c), length = cur_u8(c);

    *p = (struct packet){.payload = cur_take(c, min_u32(cur_left(c), length))};
    p->frame = p->payload;
    p->wire_len = p->payload.n + (how & CUT ? 100 : 0);
    p->src_mac.b[5] = how & 1;
    p->dst_mac.b[5] = how >> 1 & 1;
    if (how & GROUP)
        p->dst_mac = (struct mac){{1, 0x0e, 0xcf, 0, 0, 0}};
    x->packet = p;
    proto_profinet.frame(x, state);
    x->out->ts += how * (nsec)MSEC;
    x->out->ordinal++;
    if (how & TICK)
        proto_profinet.tick(x, state, x->out->ts, how & 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct arena arena;
    static uint64_t counts[COUNTS];

    if (n > UINT16_MAX)
        return 0;
    struct feeds *feeds = feeds_open();
    struct cur c = cur_of(slice_of(data, n));
    struct out out = {.arena = &arena, .count = counts, .wanted = UINT64_MAX, .at = &nobody};
    struct packet p;
    struct ctx x = {.out = &out, .feeds = feeds};
    void *state = mem_reserve(proto_profinet.lane_state_size);
    out.last = &out.first;
    while (cur_left(&c) > 2)
        frame(&x, &p, state, &c);
    proto_profinet.tick(&x, state, INT64_MAX, false);
    proto_profinet.close(state);
    mem_release(state, proto_profinet.lane_state_size);
    feeds_close(feeds);
    arena_reset(&arena);
    return 0;
}
