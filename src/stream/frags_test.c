// SPDX-License-Identifier: Apache-2.0
// IP fragments: order, copies, overlaps, bounds, expiry; every frame is accounted for.
#include "stream/datagram.h"
#include "stream/probe_test.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { DATAGRAM_LARGEST = 65535, UDP = 17 };

struct fixture {
    struct probe probe;
    struct frags *f;
    struct packet p, lost; // what came out last, of frags_add and frags_expire
    uint32_t out;          // datagrams that frags_expire gave
    uint64_t frames, ip_len, in_frames, in_ip_len;
    uint64_t ordinal;
    nsec now;
    uint8_t bytes[DATAGRAM_LARGEST]; // a UDP datagram: ports 1000 and 2000, then a pattern
};

static void open_with(struct fixture *t, uint32_t total)
{
    memset(t, 0, sizeof(*t));
    probe_open(&t->probe);
    t->f = frags_open();
    t->now = 1000 * SECOND;
    for (uint32_t i = 0; i < sizeof(t->bytes); i++)
        t->bytes[i] = (uint8_t)(i * 7 + i / 251);
    memcpy(t->bytes, (uint8_t[]){1000 >> 8, 1000 & 255, 2000 >> 8, 2000 & 255}, 4);
    t->bytes[4] = (uint8_t)(total >> 8);
    t->bytes[5] = (uint8_t)total;
    memset(t->bytes + 6, 0, 2);
}

static void tally(struct fixture *t, const struct packet *p)
{
    t->frames += p->frames;
    t->ip_len += p->ip_len;
}

static uint32_t drain(struct fixture *t, nsec now)
{
    uint32_t n = 0;

    for (; frags_expire(t->f, now, &t->lost, &t->probe.out); n++)
        tally(t, &t->lost);
    t->out += n;
    return n;
}

static void end(struct fixture *t)
{
    drain(t, INT64_MAX);
    assert_int_equal(t->frames, t->in_frames);
    assert_int_equal(t->ip_len, t->in_ip_len);
    frags_close(t->f);
    probe_close(&t->probe);
}

static struct packet fragment(struct fixture *t, uint32_t id, uint32_t at, const uint8_t *bytes,
                              uint32_t n, bool more)
{
    struct packet p = {.ordinal = t->ordinal++,
                       .ts = t->now,
                       .net = NET_IP4,
                       .ip_proto = UDP,
                       .fragment = true,
                       .more_fragments = more,
                       .frag_at = at,
                       .frag_id = id,
                       .ip_len = n + 20,
                       .payload_len = n,
                       .frames = 1,
                       .ttl = 64};

    p.payload = slice_of(bytes, n);
    p.frame = slice_of(bytes, n);
    p.src = addr_of(ADDR_IP4, (const uint8_t[]){10, 0, 0, 1});
    p.dst = addr_of(ADDR_IP4, (const uint8_t[]){10, 0, 0, 2});
    return p;
}

static enum frag_result add(struct fixture *t, struct packet p, uint64_t key)
{
    enum frag_result r;

    t->in_frames += p.frames;
    t->in_ip_len += p.ip_len;
    r = (p.carrier = key, frags_add(t->f, &p, &t->probe.out));
    if (r != FRAG_HELD) {
        t->p = p;
        tally(t, &p);
    }
    drain(t, p.ts);
    return r;
}

static enum frag_result put(struct fixture *t, uint32_t id, uint32_t at, uint32_t n, bool more)
{
    return add(t, fragment(t, id, at, t->bytes + at, n, more), 0);
}

static void assert_whole(struct fixture *t, uint32_t total, uint32_t frames)
{
    assert_false(t->p.fragment);
    assert_false(t->p.cut);
    assert_int_equal(t->p.payload.n, total - 8);
    assert_int_equal(t->p.payload_len, total - 8);
    assert_memory_equal(t->p.payload.p, t->bytes + 8, total - 8);
    assert_int_equal(t->p.sport, 1000);
    assert_int_equal(t->p.dport, 2000);
    assert_true(t->p.has_transport);
    assert_null(t->p.frame.p);
    assert_int_equal(t->p.frames, frames);
}

static void three_pieces_any_order(void **state)
{
    static const uint8_t order[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                        {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    struct fixture t;

    open_with(&t, 4000);
    for (uint32_t i = 0; i < 6; i++)
        for (uint32_t k = 0; k < 3; k++) {
            uint32_t at = order[i][k] * 1480u;
            struct packet p =
                fragment(&t, i, at, t.bytes + at, at < 2960 ? 1480 : 1040, at < 2960);

            p.ttl = (uint8_t)(64 - order[i][k]);
            p.odds = UINT64_C(1) << order[i][k];
            p.vlan[0] = (uint16_t)k;
            assert_int_equal(add(&t, p, 0), k == 2 ? FRAG_WHOLE : FRAG_HELD);
            if (k < 2)
                continue;
            assert_whole(&t, 4000, 3);
            assert_int_equal(t.p.ip_len, 4060);
            assert_int_equal(t.p.ttl, 64);
            assert_int_equal(t.p.odds, 7);
            assert_int_equal(t.p.vlan[0], 2);
            assert_int_equal(t.p.ordinal, i * 3 + 2);
        }
    assert_null(t.probe.out.first);
    end(&t);
    assert_int_equal(t.out, 0);
}

static void keys_apart(void **state)
{
    struct fixture t;
    struct packet p;

    open_with(&t, 2000);
    put(&t, 1, 0, 1000, true);
    assert_int_equal(put(&t, 2, 1000, 1000, false), FRAG_HELD);
    p = fragment(&t, 1, 1000, t.bytes + 1000, 1000, false);
    assert_int_equal(add(&t, p, 77), FRAG_HELD); // in a tunnel
    p.ip_proto = 6;
    assert_int_equal(add(&t, p, 0), FRAG_HELD);
    p.ip_proto = UDP;
    p.src.b[0] = 11;
    assert_int_equal(add(&t, p, 0), FRAG_HELD);
    assert_int_equal(put(&t, 1, 1000, 1000, false), FRAG_WHOLE);
    assert_whole(&t, 2000, 2);
    end(&t);
    assert_int_equal(t.out, 4);
}

static void equal_copies(void **state)
{
    struct fixture t;

    open_with(&t, 2000);
    put(&t, 1, 0, 1000, true);
    put(&t, 1, 0, 1000, true);
    put(&t, 1, 1000, 1000, false);
    assert_whole(&t, 2000, 3);
    t.now += MSEC / 2;
    assert_int_equal(put(&t, 1, 1000, 1000, false), FRAG_ALONE); // a late copy
    assert_int_equal(t.p.dport, 2000);
    assert_true(t.p.has_ports && t.p.fragment);
    t.now += MSEC;
    assert_int_equal(put(&t, 1, 1000, 1000, false), FRAG_HELD); // too late for one
    assert_int_equal(put(&t, 1, 0, 1000, true), FRAG_WHOLE);
    assert_int_equal(add(&t, fragment(&t, 1, 1000, t.bytes + 1001, 1000, false), 0), FRAG_HELD);
    assert_null(t.probe.out.first);
    end(&t);
}

static void overlaps(void **state)
{
    struct fixture t;
    uint8_t other[1000];
    unsigned times;
    const struct ev_weird *w;
    const char want[] = "992 of 992 bytes differ in a fragment at offset 8";

    open_with(&t, 2000);
    for (uint32_t i = 0; i < sizeof(other); i++)
        other[i] = (uint8_t)~t.bytes[i + 8];
    put(&t, 1, 0, 1000, true);
    put(&t, 1, 16, 96, true); // equal bytes, but inside
    assert_int_equal(probe_odds(&t.probe, ODD_frag_overlap), 1);
    assert_int_equal(probe_odds(&t.probe, ODD_frag_conflict), 0);
    add(&t, fragment(&t, 1, 8, other, 992, true), 0);
    add(&t, fragment(&t, 1, 8, other, 992, true), 0);
    assert_int_equal(probe_odds(&t.probe, ODD_frag_overlap), 1);
    w = probe_odd(&t.probe, ODD_frag_conflict, &times);
    assert_int_equal(times, 1);
    assert_int_equal(w->addl.n, strlen(want));
    assert_memory_equal(w->addl.p, want, w->addl.n);
    assert_int_equal(put(&t, 1, 800, 1200, false), FRAG_WHOLE);
    assert_whole(&t, 2000, 5); // the first bytes won
    end(&t);
}

static void nonsense(void **state)
{
    struct fixture t;

    open_with(&t, 2000);
    put(&t, 1, 1000, 1000, false);
    put(&t, 1, 1000, 500, false); // another end
    put(&t, 1, 1000, 1500, true); // beyond the end
    put(&t, 1, 1000, 0, true);
    assert_int_equal(probe_odds(&t.probe, ODD_frag_conflict), 1);
    assert_int_equal(t.probe.count[COUNT_frag_dropped], 3);
    assert_int_equal(put(&t, 1, 0, 1000, true), FRAG_WHOLE);
    assert_whole(&t, 2000, 5);
    put(&t, 2, 1000, 1000, true);
    put(&t, 2, 0, 1000, false); // ends before what is there
    assert_int_equal(probe_odds(&t.probe, ODD_frag_conflict), 2);
    put(&t, 3, 65528, 8, false);
    assert_int_equal(probe_odds(&t.probe, ODD_frag_too_long), 1);
    put(&t, 3, 65528, 7, false);
    assert_int_equal(probe_odds(&t.probe, ODD_frag_too_long), 1);
    end(&t);
    assert_int_equal(t.out, 2);
}

static void tiny(void **state)
{
    struct fixture t;
    struct packet p;

    open_with(&t, 2000);
    put(&t, 1, 0, 8, true);
    put(&t, 1, 8, 8, true);
    assert_null(t.probe.out.first);
    p = fragment(&t, 2, 0, t.bytes, 16, true);
    p.ip_proto = 6;
    add(&t, p, 0);
    add(&t, p, 0);
    assert_int_equal(probe_odds(&t.probe, ODD_frag_tiny), 1);
    put(&t, 3, 0, 4, true);
    assert_int_equal(probe_odds(&t.probe, ODD_frag_tiny), 2);
    end(&t);
}

static void cut_pieces(void **state)
{
    struct fixture t;
    struct packet p;

    open_with(&t, 3000);
    p = fragment(&t, 1, 1000, t.bytes + 1000, 1000, true);
    p.payload.n = 100;
    p.cut = true;
    add(&t, p, 0);
    put(&t, 1, 0, 1000, true);
    put(&t, 1, 900, 300, true); // its bytes cannot be compared beyond 1100
    assert_int_equal(probe_odds(&t.probe, ODD_frag_conflict), 0);
    assert_int_equal(put(&t, 1, 2000, 1000, false), FRAG_WHOLE);
    assert_true(t.p.cut);
    assert_int_equal(t.p.payload.n, 1100 - 8);
    assert_int_equal(t.p.payload_len, 3000 - 8);
    assert_int_equal(t.p.odds, 0);
    assert_memory_equal(t.p.payload.p, t.bytes + 8, 1100 - 8);
    end(&t);
}

static void many_pieces(void **state)
{
    struct fixture t;
    uint64_t random = 5;
    uint32_t place[4000 / 8];

    open_with(&t, 4000);
    for (uint32_t i = 0; i < 500; i++)
        place[i] = i * 8;
    for (uint32_t i = 500; i > 400; i--) { // the last hundred places come in any order
        uint32_t j = 400 + probe_random(&random, i - 400), k = place[i - 1];

        place[i - 1] = place[j];
        place[j] = k;
    }
    for (uint32_t i = 0; i < 500; i++) {
        enum frag_result r = put(&t, 1, place[i], 8, place[i] < 3992);

        assert_int_equal(r, i == 499 ? FRAG_WHOLE : FRAG_HELD);
        if (i % 10 == 0)
            assert_int_equal(put(&t, 1, place[i], 8, place[i] < 3992), FRAG_HELD);
    }
    assert_whole(&t, 4000, 550);
    assert_int_equal(probe_odds(&t.probe, ODD_frag_small_many), 1);
    for (uint32_t i = 1; i < 200; i++) // more pieces apart than are kept
        put(&t, 2, i * 16, 8, true);
    assert_int_equal(t.probe.count[COUNT_frag_dropped], 199 - FRAG_PARTS);
    end(&t);
    assert_int_equal(t.probe.count[COUNT_frag_dropped], 199);
}

static void numbers_again(void **state)
{
    static const struct {
        nsec later;
        uint32_t id;
        uint8_t change;
        int told;
    } x[] = {
        {300 * MSEC, 1, 1, 1},  // another datagram
        {300 * MSEC, 1, 0, 0},  // the same, sent again
        {300 * MSEC, 2, 1, 0},  // another number
        {1001 * MSEC, 1, 1, 0}, // numbers have gone round
    };

    for (size_t i = 0; i < COUNT_OF(x); i++) {
        struct fixture t;
        open_with(&t, 2000);
        put(&t, 1, 0, 1000, true);
        assert_int_equal(put(&t, 1, 1000, 1000, false), FRAG_WHOLE);
        t.now += x[i].later;
        t.bytes[500] = (uint8_t)(t.bytes[500] ^ x[i].change);
        put(&t, x[i].id, 0, 1000, true);
        assert_int_equal(put(&t, x[i].id, 1000, 1000, false), FRAG_WHOLE);
        assert_int_equal(probe_odds(&t.probe, ODD_frag_id_again), x[i].told);
        end(&t);
    }
}

static void largest(void **state)
{
    struct fixture t;

    open_with(&t, DATAGRAM_LARGEST);
    for (uint32_t at = 65120; at > 0; at -= 1480)
        put(&t, 1, at, min_u32(1480, DATAGRAM_LARGEST - at), at < 65120);
    assert_int_equal(put(&t, 1, 0, 1480, true), FRAG_WHOLE);
    assert_whole(&t, DATAGRAM_LARGEST, 45);
    end(&t);
}

static void expiry(void **state)
{
    struct fixture t;
    struct packet p;
    unsigned times;
    const struct ev_weird *w;

    open_with(&t, 2000);
    p = fragment(&t, 1, 0, t.bytes, 1000, true);
    p.ttl = 7;
    add(&t, p, 0);
    t.now += 20 * SECOND;
    put(&t, 1, 1200, 200, true);
    put(&t, 2, 1000, 1000, false);
    assert_int_equal(drain(&t, t.now + 10 * SECOND), 0);
    assert_int_equal(drain(&t, t.now + 11 * SECOND), 1);
    assert_int_equal(t.lost.frames, 2);
    assert_int_equal(t.lost.ip_len, 1240);
    assert_int_equal(t.lost.ordinal, 1);
    assert_int_equal(t.lost.ttl, 7);
    assert_int_equal(t.lost.sport, 1000);
    assert_true(t.lost.has_transport && t.lost.fragment && t.lost.cut);
    assert_int_equal(t.lost.payload.n, 0);
    assert_int_equal(t.lost.odds, 0);
    w = probe_odd(&t.probe, ODD_frag_lost, &times);
    assert_int_equal(times, 1);
    assert_int_equal(w->packet, 2);
    assert_true(addr_equal(&w->head.src, &t.lost.src));
    assert_int_equal(t.probe.out.at->src.kind, ADDR_NONE);
    put(&t, 2, 1000, 1000, false);
    t.now += 31 * SECOND; // the id is in use again: another datagram
    assert_int_equal(add(&t, fragment(&t, 2, 0, t.bytes, 1000, true), 0), FRAG_HELD);
    assert_int_equal(put(&t, 2, 1000, 1000, false), FRAG_WHOLE);
    assert_whole(&t, 2000, 2);
    assert_int_equal(t.p.frames, 2);
    end(&t);
}

static void full_table(void **state)
{
    struct fixture t;

    open_with(&t, 2000);
    for (uint32_t i = 0; i < FRAG_MOST + 10; i++)
        put(&t, i, 0, 1000, true);
    assert_int_equal(t.out, 10);
    assert_int_equal(t.lost.ordinal, 9); // the oldest went
    assert_int_equal(put(&t, 10, 1000, 1000, false), FRAG_WHOLE);
    assert_int_equal(put(&t, 9, 1000, 1000, false), FRAG_HELD);
    end(&t);
}

static void full_pages(void **state)
{
    struct fixture t;

    open_with(&t, DATAGRAM_LARGEST);
    for (uint32_t i = 0; i < 40; i++)
        assert_int_equal(put(&t, i, 0, 65000, true), FRAG_HELD);
    assert_int_equal(t.out, 40 - FRAG_BYTES / 65536);
    assert_int_equal(put(&t, 39, 65000, 535, false), FRAG_WHOLE);
    assert_whole(&t, DATAGRAM_LARGEST, 2);
    end(&t);
}

// Who does not ask for what has to go gets fragments back.
static void never_drained(void **state)
{
    struct fixture t;
    uint32_t alone = 0;

    open_with(&t, 2000);
    for (uint32_t i = 0; i < FRAG_MOST + 10; i++) {
        struct packet p = fragment(&t, i, 0, t.bytes, 1000, true);

        t.in_frames++;
        t.in_ip_len += p.ip_len;
        if (frags_add(t.f, &p, &t.probe.out) == FRAG_ALONE) {
            alone++;
            tally(&t, &p);
        }
    }
    assert_int_equal(alone, 9);
    end(&t);
}

// Random pieces of random datagrams, some with other bytes: what comes out whole without an odd
// is what was sent, and nothing is counted twice or never.
static void random_scripts(void **state)
{
    static struct fixture t;
    uint32_t whole = 0;

    for (uint64_t seed = 1; seed <= 200; seed++) {
        uint64_t random = seed;
        uint32_t total = 100 + probe_random(&random, 6000);

        open_with(&t, total);
        for (int i = 0; i < 400; i++) {
            uint32_t at = probe_random(&random, total) & ~7u,
                     n = 8 + probe_random(&random, total);
            uint32_t id = probe_random(&random, 6);

            at = probe_random(&random, 4) ? at : 0;
            n = min_u32(n & ~7u, total - at);
            t.now += probe_random(&random, SECOND / 8);
            if (put(&t, id, at, n, at + n < total) == FRAG_WHOLE) {
                assert_whole(&t, total, t.p.frames);
                whole++;
            }
        }
        assert_int_equal(probe_odds(&t.probe, ODD_frag_conflict), 0);
        end(&t);
    }
    assert_true(whole > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_pieces_any_order),
        cmocka_unit_test(keys_apart),
        cmocka_unit_test(equal_copies),
        cmocka_unit_test(overlaps),
        cmocka_unit_test(nonsense),
        cmocka_unit_test(tiny),
        cmocka_unit_test(cut_pieces),
        cmocka_unit_test(many_pieces),
        cmocka_unit_test(numbers_again),
        cmocka_unit_test(largest),
        cmocka_unit_test(expiry),
        cmocka_unit_test(full_table),
        cmocka_unit_test(full_pages),
        cmocka_unit_test(never_drained),
        cmocka_unit_test(random_scripts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
