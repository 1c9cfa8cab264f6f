// SPDX-License-Identifier: Apache-2.0
// Feeding: a toy protocol whose messages are a length (2 bytes, of the rest) and as many bytes,
// cut at all places, with gaps, too long, and without memory.
#include "proto/lab.h"

#include "base/cur.h"

#include <stdlib.h>

enum { TOY_MOST = 2000, TCP = 6, UDP = 17 };

struct toy {
    uint32_t messages[2], bytes[2], gaps, calls;
    uint64_t lost, sum[2];
};
static struct toy *toy;   // the state of the toy that was last begun
static struct toy at_end; // what it was at its end

static struct progress toy_data(struct ctx *x, void *state, struct slice in, enum side side)
{
    struct cur c = cur_of(in);
    uint16_t n = cur_be16(&c);

    toy = state;
    toy->calls++;
    if (c.bad)
        return (struct progress){.want = 2};
    if (n == 0xffff)
        return (struct progress){0}; // not a toy
    struct slice body = cur_take(&c, n);
    if (c.bad)
        return (struct progress){.want = 2u + n};
    toy->messages[side]++;
    toy->bytes[side] += n;
    for (uint32_t i = 0; i < n; i++)
        toy->sum[side] = toy->sum[side] * 31 + body.p[i];
    return (struct progress){.used = 2u + n};
}

static void toy_gap(struct ctx *x, void *state, uint64_t lost, enum side side)
{
    ((struct toy *)state)->gaps++;
    ((struct toy *)state)->lost += lost;
}

static void toy_end(struct ctx *x, void *state)
{
    at_end = *(struct toy *)state;
}

#define TOY .name = "toy", .over = OVER_TCP, .state_size = sizeof(struct toy), .most = TOY_MOST
static const struct analyser resyncs = {TOY, .data = toy_data, .gap = toy_gap, .end = toy_end};
static const struct analyser stops = {TOY, .data = toy_data, .end = toy_end};
static const struct analyser silent = {TOY};

static void begin(struct lab *l, const struct analyser *a)
{
    lab_open(l, TCP);
    assert_true(feed_begin(l->feeds, &l->x, a));
    toy = l->talk.state;
}

static void feed(struct lab *l, const void *p, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1); // the sanitizer sees whoever keeps or overruns it

    memcpy(exact, p, n);
    feed_data(l->feeds, &l->x, slice_of(exact, n), ORIG);
    free(exact);
}

static struct toy finish(struct lab *l)
{
    lab_close(l);
    return at_end;
}

// Messages of 3, 0, 700 and 1990 bytes: of none, the small and the large pool.
static uint32_t script(uint8_t *p)
{
    static const uint16_t lengths[] = {3, 0, 700, 1990, 1};
    uint32_t n = 0;

    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        p[n++] = (uint8_t)(lengths[i] >> 8);
        p[n++] = (uint8_t)lengths[i];
        for (uint32_t k = 0; k < lengths[i]; k++)
            p[n++] = (uint8_t)(k * 7 + i);
    }
    return n;
}

static void cut_in_two_and_three(void **state)
{
    uint8_t s[4000];
    uint32_t n = script(s);
    struct lab l;

    begin(&l, &resyncs);
    feed(&l, s, n);
    struct toy whole = finish(&l);
    assert_int_equal(whole.messages[ORIG], 5);
    for (uint32_t a = 0; a <= n; a += a < 20 ? 1 : 13) {
        for (uint32_t b = a; b <= n; b += b - a < 8 ? 1 : 501) {
            begin(&l, &resyncs);
            feed(&l, s, a);
            feed(&l, s + a, b - a);
            feed(&l, s + b, n - b);
            struct toy cut = finish(&l);
            assert_int_equal(cut.messages[ORIG], 5);
            assert_int_equal(cut.sum[ORIG], whole.sum[ORIG]);
        }
    }
}

static void cut_into_pieces_of_all_sizes(void **state)
{
    uint8_t s[4000];
    uint32_t n = script(s);
    struct lab l;

    for (uint32_t piece = 1; piece < 800; piece += 3) {
        begin(&l, &resyncs);
        for (uint32_t at = 0; at < n; at += piece)
            feed(&l, s + at, min_u32(piece, n - at));
        struct toy cut = finish(&l);
        assert_int_equal(cut.messages[ORIG], 5);
        assert_int_equal(cut.bytes[ORIG], 2694);
    }
}

static void sides_are_apart(void **state)
{
    struct lab l;

    begin(&l, &resyncs);
    feed_data(l.feeds, &l.x, BYTES("\0\4ab"), ORIG);
    feed_data(l.feeds, &l.x, BYTES("\0\2xy\0"), RESP);
    feed_data(l.feeds, &l.x, BYTES("cd\0"), ORIG);
    feed_data(l.feeds, &l.x, BYTES("\1z"), RESP);
    struct toy t = finish(&l);
    assert_int_equal(t.messages[ORIG], 1);
    assert_int_equal(t.bytes[ORIG], 4);
    assert_int_equal(t.messages[RESP], 2);
}

static void too_long_is_skipped(void **state)
{
    uint8_t s[3002] = {3000 >> 8, (uint8_t)3000};
    struct lab l;

    for (uint32_t first = 2; first < 3002; first += 577) {
        begin(&l, &stops);
        feed(&l, s, first);
        feed(&l, s + first, sizeof(s) - first);
        feed(&l, "\0\1x", 3);
        assert_int_equal(lab_odds(&l, ODD_message_too_long), 1);
        struct toy t = finish(&l);
        assert_int_equal(t.messages[ORIG], 1);
        assert_int_equal(t.bytes[ORIG], 1);
    }
}

static void gaps(void **state)
{
    struct lab l;

    begin(&l, &resyncs);
    feed(&l, "\0\5ab", 4);
    feed_gap(l.feeds, &l.x, 100, ORIG);
    feed(&l, "\0\1x", 3);
    struct toy t = finish(&l);
    assert_int_equal(t.gaps, 1);
    assert_int_equal(t.lost, 100);
    assert_int_equal(t.messages[ORIG], 1);

    begin(&l, &stops); // cannot find its way again, but the other side goes on
    feed_gap(l.feeds, &l.x, 1, ORIG);
    feed(&l, "\0\1x", 3);
    feed_data(l.feeds, &l.x, BYTES("\0\1x"), RESP);
    t = finish(&l);
    assert_int_equal(t.messages[ORIG], 0);
    assert_int_equal(t.messages[RESP], 1);
}

// A gap that lies in a message which is skipped anyway, ends with it, or reaches beyond it.
static void gaps_while_skipping(void **state)
{
    static const uint8_t start[] = {3000 >> 8, (uint8_t)3000, 1, 2};
    static const struct {
        uint32_t gap, gaps;
        uint64_t lost;
    } cases[] = {{2000, 0, 0}, {2998, 0, 0}, {3008, 1, 10}};
    static const uint8_t zeros[1000];

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct lab l;
        begin(&l, &resyncs);
        feed(&l, start, sizeof(start));
        feed_gap(l.feeds, &l.x, cases[i].gap, ORIG);
        if (cases[i].gap < 2998)
            feed(&l, zeros, 2998 - cases[i].gap);
        feed(&l, "\0\1x", 3);
        struct toy t = finish(&l);
        assert_int_equal(t.gaps, cases[i].gaps);
        assert_int_equal(t.lost, cases[i].lost);
        assert_int_equal(t.messages[ORIG], 1);
    }
}

static void stops_at_what_is_not_its_own(void **state)
{
    struct lab l;

    begin(&l, &resyncs);
    feed(&l, "\0\1x\xff", 4);
    feed(&l, "\xff\0\1x\0\1x", 7);
    feed(&l, "\0\1x", 3);
    feed_gap(l.feeds, &l.x, 5, ORIG);
    feed(&l, "\0\1x", 3);
    struct toy t = finish(&l);
    assert_int_equal(t.messages[ORIG], 1);
    assert_int_equal(t.gaps, 0);
}

static void datagrams(void **state)
{
    struct lab l;

    lab_open(&l, UDP);
    assert_true(feed_begin(l.feeds, &l.x, &resyncs));
    feed_data(l.feeds, &l.x, BYTES("\0\5ab"), ORIG); // never completed
    feed_data(l.feeds, &l.x, BYTES("\0\1x"), ORIG);
    struct toy t = finish(&l);
    assert_int_equal(t.messages[ORIG], 1);
    assert_int_equal(t.calls, 2);
}

// One conversation more than there is room for; then one more half message than fits.
static void pools_run_out(void **state)
{
    enum { ROOM = 4096, LARGE_ROOM = 256 };
    static struct talk talks[ROOM + 1];
    struct lab l;

    lab_open(&l, TCP);
    assert_false(feed_begin(l.feeds, &l.x, &silent)); // nothing to feed
    for (uint32_t i = 0; i <= ROOM; i++) {
        talks[i].who.ip_proto = TCP;
        l.x.talk = &talks[i];
        assert_int_equal(feed_begin(l.feeds, &l.x, &resyncs), i < ROOM);
    }
    assert_int_equal(l.count[COUNT_feeds_full], 1);
    assert_null(talks[ROOM].analyser);
    for (uint32_t i = 0; i <= LARGE_ROOM; i++) {
        l.x.talk = &talks[i];
        feed_data(l.feeds, &l.x, BYTES("\4\0abcdef"), ORIG);
        toy = l.x.talk->state;
    }
    assert_int_equal(l.count[COUNT_stream_lost], 8);
    feed_data(l.feeds, &l.x, BYTES("\0\1x"), ORIG); // it found its way again
    for (uint32_t i = 0; i < ROOM; i++) {
        l.x.talk = &talks[i];
        feed_end(l.feeds, &l.x);
        if (i == LARGE_ROOM) {
            assert_int_equal(at_end.gaps, 1);
            assert_int_equal(at_end.messages[ORIG], 1);
        }
    }
    l.x.talk = &talks[ROOM]; // all is given back
    assert_true(feed_begin(l.feeds, &l.x, &resyncs));
    feed_data(l.feeds, &l.x, BYTES("\4\0abcdef"), ORIG);
    feed_end(l.feeds, &l.x);
    assert_int_equal(l.count[COUNT_stream_lost], 8);
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_in_two_and_three),
        cmocka_unit_test(cut_into_pieces_of_all_sizes),
        cmocka_unit_test(sides_are_apart),
        cmocka_unit_test(too_long_is_skipped),
        cmocka_unit_test(gaps),
        cmocka_unit_test(gaps_while_skipping),
        cmocka_unit_test(stops_at_what_is_not_its_own),
        cmocka_unit_test(datagrams),
        cmocka_unit_test(pools_run_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
