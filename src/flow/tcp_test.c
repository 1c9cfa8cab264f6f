// SPDX-License-Identifier: Apache-2.0
// Tests of following TCP: the short way of a segment and the long one tell the same.
#include "flow/flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SEGMENT = 1000, ANSWER = 100, ROUNDS = 40 };

struct bench {
    struct region region;
    struct flows *flows;
    struct arena arena;
    struct event *first;
    uint64_t count[COUNTS];
    struct out out;
    struct packet packet;
    uint32_t seq[2]; // what each side sends next
    bool long_way;
};

static void open_bench(struct bench *b, uint32_t seq, bool long_way)
{
    struct flow_limits limits = flow_defaults();
    struct flow_user nobody_listens = {0};

    *b = (struct bench){.seq = {seq, seq + 1000}, .long_way = long_way};
    limits.talks = 16;
    region_init(&b->region, flows_room(&limits));
    b->flows = flows_open(&limits, &nobody_listens, &b->region);
    b->out = (struct out){.arena = &b->arena,
                          .last = &b->first,
                          .count = b->count,
                          .wanted = UINT64_MAX,
                          .at = &nobody};
}

static void close_bench(struct bench *b)
{
    flows_close(b->flows);
    region_close(&b->region);
    arena_free(&b->arena);
}

// A wrong checksum keeps a segment from the short way and changes nothing but a letter.
static void send(struct bench *b, unsigned side, uint8_t flags, uint32_t n)
{
    static const uint8_t ends[2][4] = {{10, 0, 0, 1}, {10, 0, 0, 2}}, bytes[SEGMENT];
    static const uint16_t ports[2] = {40000, 502};
    struct flow_ready r;
    struct packet *p = &b->packet;

    *p = (struct packet){.ordinal = p->ordinal + 1,
                         .ts = p->ts + MSEC,
                         .src = addr_of(ADDR_IP4, ends[side]),
                         .dst = addr_of(ADDR_IP4, ends[!side]),
                         .sport = ports[side],
                         .dport = ports[!side],
                         .net = NET_IP4,
                         .ip_proto = PROTO_TCP,
                         .has_ports = true,
                         .has_transport = true,
                         .checksum_bad = b->long_way,
                         .frames = 1,
                         .ip_len = 40 + n,
                         .payload = slice_of(bytes, n),
                         .payload_len = n,
                         .tcp = {.seq = b->seq[side],
                                 .ack = flags & TCP_ACK ? b->seq[!side] : 0,
                                 .window = 1000,
                                 .flags = flags,
                                 .window_scale = -1}};
    flows_ready(b->flows, p, &r);
    flows_packet(b->flows, p, &r, false, &b->out);
    b->seq[side] += n + !!(flags & (TCP_SYN | TCP_FIN));
}

static void exchange(struct bench *b)
{
    send(b, 0, TCP_SYN, 0);
    send(b, 1, TCP_SYN | TCP_ACK, 0);
    send(b, 0, TCP_ACK, 0);
    for (int i = 0; i < ROUNDS; i++) {
        send(b, 0, TCP_ACK | TCP_PSH, SEGMENT);
        if (i == ROUNDS / 2)
            b->seq[0] += SEGMENT; // one is lost on its way to us
        send(b, 1, TCP_ACK, i % 2 ? ANSWER : 0);
    }
    flows_sort(b->flows);
    flows_finish(b->flows, UINT64_MAX, &b->out);
}

static const struct ev_conn *conn_of(const struct bench *b)
{
    for (const struct event *e = b->first; e; e = e->next)
        if (e->id == EV_conn)
            return (const struct ev_conn *)(const void *)e;
    return NULL;
}

// Also where both sides' numbers run over 2^32.
static void test_both_ways_tell_the_same(void **state)
{
    static const uint32_t begins[] = {1, 0xffffa000, 0x7fffa000};

    for (size_t i = 0; i < COUNT_OF(begins); i++)
        for (int long_way = 0; long_way < 2; long_way++) {
            struct bench b;

            open_bench(&b, begins[i], long_way);
            exchange(&b);
            const struct ev_conn *e = conn_of(&b);
            assert_non_null(e);
            assert_int_equal(e->orig_bytes, (ROUNDS + 1) * SEGMENT);
            assert_int_equal(e->resp_bytes, ROUNDS / 2 * ANSWER);
            assert_int_equal(e->missed_bytes, SEGMENT);
            assert_string_equal(e->conn_state, "S1");
            assert_int_equal(e->duration, (2 + 2 * ROUNDS) * MSEC);
            if (!long_way)
                assert_memory_equal(e->history.p, "ShADadG", 7);
            close_bench(&b);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_ways_tell_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
