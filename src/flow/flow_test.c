// SPDX-License-Identifier: Apache-2.0
// Tests of the flow tables: room running out, time running out, announced endpoints, the end.
#include "flow/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TALKS = 16 };

struct bench {
    struct region region;
    struct flows *flows;
    struct arena arena;
    struct event *first;
    uint64_t count[COUNTS];
    struct out out;
    uint64_t ordinal;
};

static void open_bench(struct bench *b)
{
    struct flow_limits limits = flow_defaults();
    struct flow_user nobody_listens = {0};

    *b = (struct bench){.ordinal = 0};
    limits.talks = TALKS;
    region_init(&b->region, flows_room(&limits));
    b->flows = flows_open(&limits, &nobody_listens, &b->region);
}

static void close_bench(struct bench *b)
{
    flows_close(b->flows);
    region_close(&b->region);
    arena_free(&b->arena);
}

static struct out *out_at(struct bench *b, nsec ts)
{
    b->out = (struct out){.arena = &b->arena,
                          .last = b->out.last ? b->out.last : &b->first,
                          .count = b->count,
                          .wanted = UINT64_MAX,
                          .ordinal = b->ordinal,
                          .ts = ts,
                          .at = &nobody};
    return &b->out;
}

static struct addr ip(uint8_t last)
{
    uint8_t b[4] = {10, 0, 0, last};

    return addr_of(ADDR_IP4, b);
}

static struct talk *send(struct bench *b, uint8_t proto, double at, uint8_t from,
                         uint16_t sport, uint8_t to, uint16_t dport, uint8_t flags)
{
    static const uint8_t bytes[4] = {1, 2, 3, 4};
    nsec ts = (nsec)(at * 1e9);
    struct packet p = {.ordinal = b->ordinal,
                       .ts = ts,
                       .src = ip(from),
                       .dst = ip(to),
                       .sport = sport,
                       .dport = dport,
                       .net = NET_IP4,
                       .ip_proto = proto,
                       .has_ports = true,
                       .has_transport = true,
                       .frames = 1,
                       .ip_len = 40};
    struct flow_ready r;

    if (proto == PROTO_UDP) {
        p.payload = slice_of(bytes, sizeof(bytes));
        p.payload_len = sizeof(bytes);
    }
    p.tcp = (struct tcp_header){.flags = flags, .window = 1000, .window_scale = -1};
    flows_ready(b->flows, &p, &r);
    struct talk *t = flows_packet(b->flows, &p, &r, false, out_at(b, ts));
    b->ordinal++;
    return t;
}

static uint32_t told(const struct bench *b, int id)
{
    uint32_t n = 0;

    for (const struct event *e = b->first; e; e = e->next)
        n += e->id == id;
    return n;
}

static const struct ev_conn *conn_of(const struct bench *b, uint16_t sport)
{
    for (const struct event *e = b->first; e; e = e->next)
        if (e->id == EV_conn && e->sport == sport)
            return (const struct ev_conn *)(const void *)e;
    return NULL;
}

static void finish(struct bench *b)
{
    flows_sort(b->flows);
    flows_finish(b->flows, UINT64_MAX, out_at(b, 0));
}

// A scan fills the table many times over; what was answered before it stays.
static void test_flood_spares_the_answered(void **state)
{
    struct bench b;

    open_bench(&b);
    send(&b, PROTO_TCP, 1, 1, 40000, 2, 502, TCP_SYN);
    send(&b, PROTO_TCP, 1.01, 2, 502, 1, 40000, TCP_SYN | TCP_ACK);
    send(&b, PROTO_TCP, 1.02, 1, 40000, 2, 502, TCP_ACK);
    send(&b, PROTO_UDP, 1.1, 1, 40001, 2, 7000, 0);
    send(&b, PROTO_UDP, 1.2, 2, 7000, 1, 40001, 0);
    for (uint16_t i = 0; i < 1000; i++)
        send(&b, i % 2 ? PROTO_UDP : PROTO_TCP, 1.3 + i / 1e4, 3, (uint16_t)(1000 + i), 4, 9,
             TCP_SYN);
    assert_int_equal(b.count[COUNT_evicted], 1002 - TALKS);
    assert_null(conn_of(&b, 40000));
    send(&b, PROTO_TCP, 2, 1, 40000, 2, 502, TCP_ACK);
    finish(&b);
    assert_int_equal(told(&b, EV_conn), 1002);
    assert_int_equal(conn_of(&b, 40000)->orig_pkts, 3);
    assert_int_equal(conn_of(&b, 40001)->resp_pkts, 1);
    assert_int_equal(b.count[COUNT_in_conn], 1006);
    close_bench(&b);
}

// A busy conversation goes on although its place in the list is looked at seldom.
static void test_busy_talks_live_on(void **state)
{
    struct bench b;

    open_bench(&b);
    struct talk *first = send(&b, PROTO_UDP, 0, 1, 40000, 2, 7000, 0);
    for (int s = 1; s < 1000; s += 7) {
        flows_tick(b.flows, s * SECOND, false, out_at(&b, s * SECOND));
        assert_ptr_equal(send(&b, PROTO_UDP, s, 1, 40000, 2, 7000, 0), first);
    }
    flows_tick(b.flows, 1053 * SECOND, false, out_at(&b, 0));
    assert_int_equal(told(&b, EV_conn), 0);
    flows_tick(b.flows, 1114 * SECOND, false, out_at(&b, 0)); // at most two timeouts later
    assert_int_equal(told(&b, EV_conn), 1);
    assert_string_equal(conn_of(&b, 40000)->reason, "timeout");
    close_bench(&b);
}

static void test_stale_is_found_without_a_tick(void **state)
{
    struct bench b;

    open_bench(&b);
    send(&b, PROTO_UDP, 0, 1, 40000, 2, 7000, 0);
    send(&b, PROTO_UDP, 59.9, 1, 40000, 2, 7000, 0);
    assert_int_equal(told(&b, EV_conn), 0);
    send(&b, PROTO_UDP, 119.9, 1, 40000, 2, 7000, 0);
    assert_int_equal(told(&b, EV_conn), 1);
    close_bench(&b);
}

static struct expectation announce(uint8_t server, uint16_t port, nsec until)
{
    return (struct expectation){.server = ip(server),
                                .port = port,
                                .ip_proto = PROTO_UDP,
                                .service = "toy",
                                .until = until};
}

static void test_announced_endpoint_names(void **state)
{
    struct bench b;
    struct expectation e = announce(2, 7000, 10 * SECOND);

    open_bench(&b);
    e.once = true;
    flows_expect(b.flows, &e, out_at(&b, 0));
    assert_null(send(&b, PROTO_UDP, 1, 1, 40000, 2, 7001, 0)->expected);
    assert_string_equal(send(&b, PROTO_UDP, 1, 1, 40001, 2, 7000, 0)->expected, "toy");
    assert_null(send(&b, PROTO_UDP, 1, 1, 40002, 2, 7000, 0)->expected); // once
    e.once = false;
    flows_expect(b.flows, &e, out_at(&b, 0));
    assert_null(send(&b, PROTO_UDP, 11, 1, 40003, 2, 7000, 0)->expected); // too late
    close_bench(&b);
}

static void test_announced_endpoint_joins(void **state)
{
    struct bench b;
    struct expectation e = announce(1, 50000, 10 * SECOND);

    open_bench(&b);
    struct talk *control = send(&b, PROTO_UDP, 0, 1, 40000, 2, 7000, 0);
    send(&b, PROTO_UDP, 0.1, 2, 7000, 1, 40000, 0);
    e.join = true;
    e.parent = control;
    flows_expect(b.flows, &e, out_at(&b, 0));
    assert_ptr_equal(send(&b, PROTO_UDP, 1, 2, 7777, 1, 50000, 0), control);
    finish(&b);
    assert_int_equal(told(&b, EV_conn), 1);
    assert_int_equal(told(&b, EV_leg), 2);
    assert_string_equal(conn_of(&b, 40000)->paired_by, "expected");
    assert_int_equal(conn_of(&b, 40000)->resp_pkts, 2);
    close_bench(&b);
}

// What an announcement points to may end before it is used.
static void test_announcer_ends_first(void **state)
{
    struct bench b;
    struct expectation e = announce(1, 50000, 1000 * SECOND);

    open_bench(&b);
    e.join = true;
    e.parent = send(&b, PROTO_UDP, 0, 1, 40000, 2, 7000, 0);
    flows_expect(b.flows, &e, out_at(&b, 0));
    flows_tick(b.flows, 100 * SECOND, false, out_at(&b, 0));
    assert_int_equal(told(&b, EV_conn), 1);
    send(&b, PROTO_UDP, 101, 2, 7777, 1, 50000, 0);
    finish(&b);
    assert_int_equal(told(&b, EV_conn), 2);
    close_bench(&b);
}

static void test_too_many_announcements_are_counted(void **state)
{
    struct bench b;

    open_bench(&b);
    for (uint16_t port = 1; port <= 300; port++) {
        struct expectation e = announce(2, port, 10 * SECOND);
        flows_expect(b.flows, &e, out_at(&b, 0));
    }
    assert_int_equal(b.count[COUNT_expect_lost], 300 - 256);
    close_bench(&b);
}

// Seams between captures: what rests on calls is given up, the clock follows.
static void test_time_steps_back(void **state)
{
    struct bench b;

    open_bench(&b);
    send(&b, PROTO_UDP, 1000, 1, 40000, 2, 34964, 0);
    send(&b, PROTO_UDP, 1000.1, 2, 49152, 1, 40000, 0);
    flows_tick(b.flows, 10 * SECOND, true, out_at(&b, 0));
    assert_int_equal(told(&b, EV_conn), 1);
    assert_string_equal(conn_of(&b, 40000)->reason, "time");
    send(&b, PROTO_UDP, 10, 1, 40000, 2, 7000, 0);
    send(&b, PROTO_UDP, 71, 1, 40000, 2, 7000, 0);
    assert_int_equal(told(&b, EV_conn), 2); // silent for 61 s by the new clock
    close_bench(&b);
}

// At the end conversations come by their first packet, in steps.
static void test_end_is_ordered(void **state)
{
    struct bench b;
    uint64_t before = 0;

    open_bench(&b);
    send(&b, PROTO_UDP, 0, 1, 40000, 2, 7000, 0);
    send(&b, PROTO_TCP, 1, 1, 40001, 2, 502, TCP_SYN);
    send(&b, PROTO_UDP, 2, 1, 40002, 2, 7000, 0);
    send(&b, PROTO_UDP, 3, 1, 40000, 2, 7000, 0);
    flows_sort(b.flows);
    flows_finish(b.flows, 2, out_at(&b, 0));
    assert_int_equal(told(&b, EV_conn), 2);
    flows_finish(b.flows, UINT64_MAX, out_at(&b, 0));
    assert_int_equal(told(&b, EV_conn), 3);
    for (const struct event *e = b.first; e; e = e->next)
        if (e->id == EV_conn) {
            assert_true(e->order >= before);
            before = e->order;
        }
    close_bench(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flood_spares_the_answered),
        cmocka_unit_test(test_busy_talks_live_on),
        cmocka_unit_test(test_stale_is_found_without_a_tick),
        cmocka_unit_test(test_announced_endpoint_names),
        cmocka_unit_test(test_announced_endpoint_joins),
        cmocka_unit_test(test_announcer_ends_first),
        cmocka_unit_test(test_too_many_announcements_are_counted),
        cmocka_unit_test(test_time_steps_back),
        cmocka_unit_test(test_end_is_ordered),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
