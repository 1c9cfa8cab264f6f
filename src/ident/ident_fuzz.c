// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the input is a conversation; every probe and analyser sees it, and probes must
// keep their word when a stream grows.
#include "ident/ident.h"

#include "base/cur.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { TCP = 6, UDP = 17 };

static void must(bool holds)
{
    if (!holds)
        abort();
}

// NO and YES stay so, byte by byte.
static void probes_keep_their_word(struct slice s)
{
    for (const struct analyser *const *a = analysers; *a; a++) {
        enum guess now = MAYBE;
        for (uint32_t n = 1; n <= min_u32(s.n, HEAD_MOST); n++) {
            struct head h = {.bytes = slice_of(s.p, n), .length = n, .stream = true};
            enum guess next = (*a)->over & OVER_TCP && (*a)->probe ? (*a)->probe(&h) : NO;
            must(now == MAYBE || next == now);
            now = next;
        }
    }
}

// A byte says whose turn it is and how much comes, or that as much is missing.
static void converse(struct idents *i, struct ctx *x, struct packet *p, struct cur c)
{
    enum { SIDE = 1, GAP = 2, LENGTH = 2 };

    while (cur_left(&c) > 1) {
        uint8_t turn = cur_u8(&c);
        enum side side = turn & SIDE ? RESP : ORIG;
        if ((turn >> LENGTH) == 0)
            turn |= 16;
        if (turn & GAP && x->talk->who.ip_proto == TCP && talk_is_heard(x->talk)) {
            ident_gap(i, x, turn >> LENGTH, side);
            continue;
        }
        struct slice s = cur_take(&c, min_u32(cur_left(&c), turn));
        p->payload_len = s.n;
        if (talk_is_heard(x->talk))
            ident_data(i, x, s, side);
    }
    struct verdict_words words = {0};
    ident_end(i, x, &words);
    must(!x->talk->state && !x->talk->analyser && !x->talk->undecided);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct arena arena;
    static uint64_t counts[COUNTS];
    static struct flows *flows;
    static struct region region;

    if (!flows) {
        struct flow_limits limits = flow_defaults();
        limits.talks = 64;
        region_init(&region, flows_room(&limits));
        flows = flows_open(&limits, &(struct flow_user){0}, &region);
    }
    if (n < 2 || n > UINT16_MAX)
        return 0;
    struct feeds *feeds = feeds_open();
    struct idents *idents = ident_open(feeds);
    struct out out = {.arena = &arena, .count = counts, .wanted = UINT64_MAX};
    struct packet packet = {0};
    struct talk talk = {
        .who.ip_proto = data[0] & 1 ? TCP : UDP, .history = "Sh", .history_n = data[0] & 2};
    struct ctx x = {.out = &out, .talk = &talk, .packet = &packet, .flows = flows};
    out.last = &out.first;
    out.at = &talk.who;
    out.telling = data[0] & 4;
    talk.expected = data[0] & 8 ? "modbus" : NULL;
    probes_keep_their_word(slice_of(data + 1, n - 1));
    ident_begin(idents, &x);
    converse(idents, &x, &packet, cur_of(slice_of(data + 1, n - 1)));
    ident_close(idents);
    feeds_close(feeds);
    arena_reset(&arena);
    return 0;
}
