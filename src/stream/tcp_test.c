// SPDX-License-Identifier: Apache-2.0
// TCP streams: order, holes, gaps, differences, bounds, skipping.
#include "stream/probe_test.h"
#include "stream/segments.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { TEXT_LARGEST = 1 << 20 };

// What a stream told: bytes as they are, a gap as "[n]".
struct fixture {
    struct probe probe;
    struct segments *s;
    struct stream d;
    struct stream_user u;
    char *told;
    size_t n;
    char differs[256];
    uint32_t skip_at; // sets skip in the call that tells this byte
};

static void on_data(void *user, struct slice bytes)
{
    struct fixture *t = user;

    assert_true(t->n + bytes.n < TEXT_LARGEST);
    memcpy(t->told + t->n, bytes.p, bytes.n);
    t->n += bytes.n;
    if (t->skip_at && t->n >= t->skip_at)
        t->d.skip = true;
}

static void on_gap(void *user, uint64_t lost)
{
    struct fixture *t = user;

    t->n += (size_t)snprintf(t->told + t->n, 32, "[%llu]", (unsigned long long)lost);
}

static void on_differs(void *user, uint64_t at, struct slice kept, struct slice now)
{
    struct fixture *t = user;

    assert_int_equal(kept.n, now.n);
    snprintf(t->differs, sizeof(t->differs), "%llu:%.*s/%.*s", (unsigned long long)at,
             (int)kept.n, (const char *)kept.p, (int)now.n, (const char *)now.p);
}

static void open_with(struct fixture *t, uint32_t pool)
{
    *t = (struct fixture){.u = {t, on_data, on_gap, on_differs}};
    probe_open(&t->probe);
    t->told = calloc(1, TEXT_LARGEST + 64);
    t->s = segments_open(pool, NULL);
}

static void end(struct fixture *t)
{
    stream_end(t->s, &t->d, true, &t->u, &t->probe.out);
    assert_int_equal(t->d.blocks, 0);
    assert_int_equal(t->d.held, 0);
    assert_int_equal(t->d.unacked, 0);
    assert_int_equal(t->s->slab.used, 0);
    segments_close(t->s);
    probe_close(&t->probe);
    free(t->told);
}

static void put(struct fixture *t, uint64_t at, const char *text)
{
    struct slice s = slice_str(text);

    stream_data(t->s, &t->d, at, s, s.n, &t->u, &t->probe.out);
}

static void put_cut(struct fixture *t, uint64_t at, const char *text, uint32_t n)
{
    stream_data(t->s, &t->d, at, slice_str(text), n, &t->u, &t->probe.out);
}

static void put_many(struct fixture *t, uint64_t at, char c, uint32_t n)
{
    char *p = malloc(n);

    memset(p, c, n);
    stream_data(t->s, &t->d, at, slice_of(p, n), n, &t->u, &t->probe.out);
    free(p);
}

static void ack(struct fixture *t, uint64_t upto)
{
    stream_ack(t->s, &t->d, upto, &t->u, &t->probe.out);
}

static void assert_told(struct fixture *t, const char *want)
{
    t->told[t->n] = 0;
    assert_string_equal(t->told, want);
}

static void assert_details(struct fixture *t, enum odd which, const char *want)
{
    unsigned times;
    const struct ev_weird *w = probe_odd(&t->probe, which, &times);
    char text[128];

    assert_int_equal(times, 1);
    snprintf(text, sizeof(text), "%.*s", (int)w->addl.n, (const char *)w->addl.p);
    assert_string_equal(text, want);
}

static void in_order(void **state)
{
    struct fixture t;

    open_with(&t, SEGMENT_POOL);
    put(&t, 0, "abc");
    put(&t, 3, "def");
    assert_told(&t, "abcdef");
    assert_int_equal(t.d.unacked, 6);
    ack(&t, 4);
    assert_int_equal(t.d.unacked, 2);
    ack(&t, 6);
    assert_int_equal(t.d.blocks, 0);
    put(&t, 6, "");
    put(&t, 5, "");
    put(&t, 5, "X"); // a keep-alive: what it repeats is not kept any more
    put(&t, 6, "g");
    assert_told(&t, "abcdefg");
    assert_null(t.probe.out.first);
    end(&t);
}

static void out_of_order(void **state)
{
    struct fixture t;

    open_with(&t, SEGMENT_POOL);
    put(&t, 6, "ghi");
    put(&t, 2, "cd");
    put(&t, 6, "gh");
    assert_told(&t, "");
    assert_int_equal(t.d.held, 5);
    put(&t, 0, "abcdefghijk");
    assert_told(&t, "abcdefghijk");
    assert_int_equal(t.d.next, 11);
    assert_int_equal(t.d.held, 0);
    put(&t, 3, "defghijkl");
    assert_told(&t, "abcdefghijkl");
    assert_null(t.probe.out.first);
    end(&t);
}

static void acknowledged_hole(void **state)
{
    struct fixture t;

    open_with(&t, SEGMENT_POOL);
    put(&t, 0, "ab");
    put(&t, 5, "fg");
    put(&t, 9, "jk");
    ack(&t, 5);
    assert_told(&t, "ab[3]fg");
    assert_details(&t, ODD_tcp_gap, "3 bytes in 1 holes, the first at offset 2");
    put(&t, 2, "cde"); // too late
    assert_told(&t, "ab[3]fg");
    ack(&t, 20);
    assert_told(&t, "ab[3]fg[2]jk[9]");
    assert_int_equal(t.d.next, 20);
    assert_int_equal(t.d.acked, 20);
    assert_int_equal(probe_odds(&t.probe, ODD_tcp_gap), 2);
    ack(&t, 30);
    ack(&t, 40); // nothing was delivered since: the same gap goes on
    assert_int_equal(probe_odds(&t.probe, ODD_tcp_gap), 2);
    assert_told(&t, "ab[3]fg[2]jk[9][10][10]");
    end(&t);
}

static void acknowledged_inside_held(void **state)
{
    struct fixture t;

    open_with(&t, SEGMENT_POOL);
    put(&t, 4, "efgh");
    ack(&t, 6);
    assert_told(&t, "[4]efgh");
    assert_int_equal(t.d.unacked, 2);
    put(&t, 4, "XXgY");
    assert_string_equal(t.differs, "6:gh/gY");
    assert_details(&t, ODD_tcp_rexmit_differs, "1 of 2 bytes differ at offset 7");
    end(&t);
}

static void differing(void **state)
{
    struct fixture t;

    open_with(&t, SEGMENT_POOL);
    put(&t, 0, "abcdef");
    put(&t, 0, "abcdef");
    assert_null(t.probe.out.first);
    put(&t, 2, "cXYfgh");
    assert_details(&t, ODD_tcp_rexmit_differs, "2 of 4 bytes differ at offset 3");
    assert_string_equal(t.differs, "2:cdef/cXYf");
    assert_told(&t, "abcdefgh");
    end(&t);
}

static void differing_held(void **state)
{
    struct fixture t;

    open_with(&t, SEGMENT_POOL);
    put(&t, 2, "cde");
    put(&t, 1, "BCDEF");
    put(&t, 0, "ab");
    assert_told(&t, "aBcdeF");
    assert_string_equal(t.differs, "1:B/b");
    assert_int_equal(probe_odds(&t.probe, ODD_tcp_rexmit_differs), 2);
    end(&t);
}

static void cut_segments(void **state)
{
    struct fixture t;

    open_with(&t, SEGMENT_POOL);
    put_cut(&t, 0, "ab", 10);
    put_cut(&t, 20, "uv", 10);
    put(&t, 10, "klmnopqrst");
    put(&t, 30, "end");
    assert_told(&t, "ab[8]klmnopqrstuv[8]end");
    assert_null(t.probe.out.first);
    put_cut(&t, 33, "more than was sent", 4);
    assert_told(&t, "ab[8]klmnopqrstuv[8]endmore");
    end(&t);
}

static void large_segments(void **state)
{
    struct fixture t;

    open_with(&t, SEGMENT_POOL);
    put_many(&t, 65535, 'b', 65535);
    assert_int_equal(t.d.held, 65535);
    put_many(&t, 0, 'a', 65535);
    assert_int_equal(t.n, 2 * 65535);
    assert_int_equal(t.told[65534], 'a');
    assert_int_equal(t.told[65535], 'b');
    assert_true(t.d.unacked <= STREAM_UNACKED);
    put_many(&t, 65535, 'c', 65535); // only what is kept can be compared
    assert_int_equal(probe_odds(&t.probe, ODD_tcp_rexmit_differs), 1);
    assert_int_equal(t.n, 2 * 65535);
    put_many(&t, 131070, 'd', 65535);
    assert_int_equal(t.d.unacked, STREAM_UNACKED);
    end(&t);
}

static void too_much_held(void **state)
{
    struct fixture t;
    uint64_t at = 10;

    open_with(&t, SEGMENT_POOL);
    for (int i = 0; i < 26; i++, at += 10000)
        put_many(&t, at, 'x', 10000);
    assert_int_equal(t.n, 0);
    put_many(&t, at, 'x', 10000);
    assert_details(&t, ODD_tcp_hole_given_up, "10 bytes in 1 holes, the first at offset 0");
    assert_int_equal(t.n, 4 + 270000);
    assert_int_equal(t.d.next, 10 + 270000);
    assert_int_equal(t.d.held, 0);
    end(&t);
}

static void too_many_blocks(void **state)
{
    struct fixture t;

    open_with(&t, SEGMENT_POOL);
    for (uint64_t i = 1; i <= 10 * STREAM_BLOCKS; i++)
        put(&t, i * 2, "x");
    assert_int_equal(t.d.blocks, STREAM_BLOCKS);
    assert_true(probe_odds(&t.probe, ODD_tcp_hole_given_up) > 0);
    assert_memory_equal(t.told, "[2]x[1]x[1]x", 12);
    end(&t);
}

static void far_away(void **state)
{
    struct fixture t;

    open_with(&t, SEGMENT_POOL);
    put(&t, 0, "ab");
    put(&t, UINT64_C(1) << 40, "far");
    put(&t, (UINT64_C(1) << 63) - 1, "edge");
    put(&t, UINT64_MAX - 2, "before the first");
    ack(&t, UINT64_MAX);
    put(&t, 2, "cd");
    assert_told(&t, "abcd");
    assert_int_equal(t.d.held, 7);
    end(&t);
}

static void full_pool(void **state)
{
    struct fixture t;
    struct stream other = {0};
    struct stream_user none = {0};

    open_with(&t, 2 * BLOCK_SIZE);
    stream_data(t.s, &other, 5, slice_str("x"), 1, &none, &t.probe.out);
    stream_data(t.s, &other, 9, slice_str("x"), 1, &none, &t.probe.out);
    put(&t, 0, "ab"); // delivered all the same
    assert_int_equal(t.probe.count[COUNT_stream_lost], 2);
    put(&t, 5, "fg"); // there is no room behind a hole
    assert_told(&t, "ab[3]fg");
    assert_int_equal(probe_odds(&t.probe, ODD_tcp_hole_given_up), 1);
    stream_end(t.s, &other, false, &none, &t.probe.out);
    assert_int_equal(probe_odds(&t.probe, ODD_tcp_hole_given_up), 1);
    end(&t);
}

static void held_before_kept(void **state)
{
    struct fixture t;

    open_with(&t, 2 * BLOCK_SIZE);
    put(&t, 0, "ab");
    put(&t, 4, "ef");
    put(&t, 8, "ij"); // takes the block that was only kept for comparing
    assert_told(&t, "ab");
    assert_int_equal(t.d.unacked, 0);
    put(&t, 12, "mn"); // now a hole has to go
    assert_told(&t, "ab[2]ef");
    put(&t, 6, "gh");
    assert_told(&t, "ab[2]efghij");
    end(&t);
}

static void skipping(void **state)
{
    struct fixture t;

    open_with(&t, SEGMENT_POOL);
    t.skip_at = 4;
    put(&t, 8, "ijkl");
    put(&t, 0, "abcd");
    assert_true(t.d.skip);
    put(&t, 12, "mnop");
    assert_int_equal(t.d.held, 0);
    assert_int_equal(t.d.unacked, 0);
    put(&t, 20, "uvwx");
    put(&t, 24, "yz");
    put(&t, 4, "efgh");
    assert_int_equal(t.d.next, 16);
    ack(&t, 26);
    assert_told(&t, "abcd[4]");
    assert_int_equal(t.d.next, 26);
    put_cut(&t, 26, "", 10);
    assert_told(&t, "abcd[4][10]");
    end(&t);
}

static void the_end(void **state)
{
    struct fixture t;

    open_with(&t, SEGMENT_POOL);
    put(&t, 0, "ab");
    put(&t, 4, "ef");
    put(&t, 8, "ij");
    stream_end(t.s, &t.d, true, &t.u, &t.probe.out);
    assert_told(&t, "ab[2]ef[2]ij");
    assert_details(&t, ODD_tcp_hole_given_up, "4 bytes in 2 holes, the first at offset 2");
    put(&t, 12, "mn");
    stream_end(t.s, &t.d, false, &t.u, &t.probe.out);
    assert_told(&t, "ab[2]ef[2]ij");
    end(&t);
}

static void no_user(void **state)
{
    struct fixture t;

    open_with(&t, SEGMENT_POOL);
    t.u = (struct stream_user){0};
    put(&t, 4, "ef");
    put(&t, 0, "ab");
    put(&t, 0, "xy");
    ack(&t, 6);
    assert_int_equal(t.d.next, 6);
    assert_int_equal(probe_odds(&t.probe, ODD_tcp_rexmit_differs), 1);
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),          cmocka_unit_test(out_of_order),
        cmocka_unit_test(acknowledged_hole), cmocka_unit_test(acknowledged_inside_held),
        cmocka_unit_test(differing),         cmocka_unit_test(differing_held),
        cmocka_unit_test(cut_segments),      cmocka_unit_test(large_segments),
        cmocka_unit_test(too_much_held),     cmocka_unit_test(too_many_blocks),
        cmocka_unit_test(far_away),          cmocka_unit_test(full_pool),
        cmocka_unit_test(held_before_kept),  cmocka_unit_test(skipping),
        cmocka_unit_test(the_end),           cmocka_unit_test(no_user),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
