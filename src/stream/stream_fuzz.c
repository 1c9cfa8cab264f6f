// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the input is a script of fragments, segments, acknowledgements and time.
#include "base/cur.h"
#include "stream/stream.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct tally {
    uint64_t frames, ip_len;
};

struct side {
    struct stream d;
    uint64_t told; // bytes and gaps
    bool skip_next;
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void on_data(void *user, struct slice bytes)
{
    struct side *side = user;
    uint8_t sum = 0;

    for (uint32_t i = 0; i < bytes.n; i++) // the sanitizer sees whether they can be read
        sum ^= bytes.p[i];
    side->told += bytes.n;
    side->d.skip |= side->skip_next && sum == 0;
}

static void on_gap(void *user, uint64_t lost)
{
    struct side *side = user;

    side->told += lost;
}

static void on_differs(void *user, uint64_t at, struct slice kept, struct slice now)
{
    must(kept.n == now.n && memcmp(kept.p, now.p, kept.n));
}

static void fuzz_fragment(struct frags *f, struct cur *c, nsec now, struct tally *in,
                          struct tally *given, struct out *o)
{
    struct packet p = {.ts = now, .frames = 1, .fragment = true, .net = NET_IP4};
    uint8_t flags = cur_u8(c);

    p.src.kind = p.dst.kind = ADDR_IP4;
    p.more_fragments = flags & 1;
    p.net = flags & 2 ? NET_IP6 : NET_IP4;
    p.frag_id = flags >> 5;
    p.ip_proto = flags & 4 ? 6 : 17;
    p.frag_at = cur_be16(c) & 0xfff8u;
    p.payload = cur_take(c, min_u32(cur_u8(c), cur_left(c)));
    p.payload_len = p.payload.n + (flags & 8 ? cur_u8(c) * 16u : 0);
    p.ip_len = p.payload_len + 20;
    in->frames += p.frames;
    in->ip_len += p.ip_len;
    if ((p.carrier = flags & 16, frags_add(f, &p, o)) == FRAG_HELD)
        return;
    given->frames += p.frames;
    given->ip_len += p.ip_len;
}

static void fuzz_expire(struct frags *f, nsec now, struct tally *given, struct out *o)
{
    struct packet p;

    while (frags_expire(f, now, &p, o)) {
        given->frames += p.frames;
        given->ip_len += p.ip_len;
    }
}

static void fuzz_segment(struct segments *s, struct side *side, struct cur *c, uint8_t how,
                         const struct stream_user *u, struct out *o)
{
    uint64_t at = side->d.next + cur_be16(c) - (how & 4 ? 0x8000u : 0);
    struct slice bytes = cur_take(c, min_u32(cur_u8(c), cur_left(c)));
    uint32_t n = bytes.n + (how & 8 ? cur_be16(c) : 0);

    if (how & 16)
        at <<= cur_u8(c) & 63;
    side->skip_next = how & 32;
    stream_data(s, &side->d, at, bytes, n, u, o);
}

static void fuzz_steps(struct frags *f, struct segments *s, struct cur *c, struct out *o)
{
    struct side side[2] = {0};
    struct tally in = {0}, given = {0};
    nsec now = 0;

    while (cur_left(c)) {
        uint8_t what = cur_u8(c);
        struct side *one = &side[what >> 7];
        struct stream_user u = {one, on_data, on_gap, on_differs};

        switch (what & 3) {
        case 0: fuzz_fragment(f, c, now, &in, &given, o); break;
        case 1: fuzz_segment(s, one, c, what, &u, o); break;
        case 2: stream_ack(s, &one->d, one->d.acked + cur_be16(c), &u, o); break;
        default: now += cur_u8(c) * SECOND; break;
        }
        fuzz_expire(f, now, &given, o);
        must(one->d.acked <= one->d.next && one->d.held <= STREAM_HELD &&
             one->d.unacked <= STREAM_UNACKED && one->d.blocks <= STREAM_BLOCKS);
        must(one->d.skip ? one->told <= one->d.next : one->told == one->d.next);
    }
    for (int i = 0; i < 2; i++) {
        struct stream_user u = {&side[i], on_data, on_gap, on_differs};

        stream_end(s, &side[i].d, i, &u, o);
        must(!side[i].d.blocks && !side[i].d.held && !side[i].d.unacked);
    }
    fuzz_expire(f, INT64_MAX, &given, o);
    must(in.frames == given.frames && in.ip_len == given.ip_len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena arena = {0};
    uint64_t counts[COUNTS] = {0};
    struct out o = {
        .arena = &arena, .count = counts, .wanted = UINT64_C(1) << EV_weird, .at = &nobody};
    struct cur c = cur_of(slice_of(data, n));
    struct frags *f = frags_open();
    struct segments *s = segments_open(n % 3 ? SEGMENT_POOL : 20000, NULL);

    o.last = &o.first;
    fuzz_steps(f, s, &c, &o);
    frags_close(f);
    segments_close(s);
    arena_free(&arena);
    return 0;
}
