// SPDX-License-Identifier: Apache-2.0
// The overview fed with events: sums, busiest hosts under pressure, joined answers, oddities.
#include "watch/watch.h"

#include <setjmp.h>

#include <cmocka.h>

static struct addr host(uint32_t n)
{
    uint8_t b[4] = {10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

    return addr_of(ADDR_IP4, b);
}

static struct ev_conn conn(uint32_t from, uint32_t to, const char *service, uint64_t bytes)
{
    return (struct ev_conn){
        .head = {.id = EV_conn,
                 .uid = from * 7919 + to,
                 .src = host(from),
                 .dst = host(to),
                 .sport = 1000,
                 .dport = 2000},
        .proto = "udp",
        .service = service,
        .orig_pkts = 2,
        .resp_pkts = 1,
        .orig_ip_bytes = bytes,
        .legs = 1,
    };
}

static void sums(void **state)
{
    struct overview *v = overview_open();
    struct ev_conn a = conn(1, 2, "dns", 100), b = conn(1, 3, "tftp", 900);
    struct ev_conn inner = conn(8, 9, "dns", 5000);
    struct ev_conn group = conn(1, 4, "dns", 10);
    uint8_t multicast[4] = {224, 0, 0, 251};

    set(conn, &inner, tunnel_parents, 77);
    group.head.dst = addr_of(ADDR_IP4, multicast);
    overview_event(v, &a.head);
    overview_event(v, &a.head);
    overview_event(v, &b.head);
    overview_event(v, &inner.head);
    overview_event(v, &group.head);
    overview_sort(v);
    assert_int_equal(v->services, 3);
    assert_string_equal(v->service[0].service, "tftp");
    assert_int_equal(v->service[1].conversations, 3);
    assert_true(v->service[2].inner);
    assert_int_equal(v->inner, 1);
    assert_int_equal(v->packets, 12);
    assert_int_equal(v->bytes, 1110);
    assert_int_equal(v->hosts, 3); // the group is none, the tunnel's ends are not counted
    struct addr first = host(1);
    assert_true(addr_equal(&v->host[0].addr, &first));
    assert_int_equal(v->host[0].bytes, 1110);
    assert_int_equal(v->host[0].peers, 3);
    assert_int_equal(v->host[1].peers, 1);
    overview_close(v);
}

static void busy_hosts_survive(void **state)
{
    struct overview *v = overview_open();

    for (uint32_t i = 0; i < 3 * OVERVIEW_HOSTS; i++) {
        struct ev_conn small = conn(1000 + i, 500000 + i, "dns", 10);
        struct ev_conn late = conn(1, 2, "dns", i > OVERVIEW_HOSTS ? 10000 : 0);
        overview_event(v, &small.head);
        overview_event(v, &late.head);
    }
    overview_sort(v);
    assert_int_equal(v->hosts, OVERVIEW_HOSTS);
    assert_true(v->hosts_lost > 0);
    struct addr one = host(1), two = host(2);
    assert_true(addr_equal(&v->host[0].addr, &one));
    assert_true(addr_equal(&v->host[1].addr, &two));
    assert_true(v->host[0].bytes > 10000 * (uint64_t)OVERVIEW_HOSTS);
    overview_close(v);
}

static void full_tables(void **state)
{
    static char name[OVERVIEW_SERVICES + 10][8];
    struct overview *v = overview_open();

    for (uint32_t i = 0; i < COUNT_OF(name); i++) {
        name[i][0] = (char)('a' + i % 26);
        name[i][1] = (char)('a' + i / 26);
        struct ev_conn e = conn(1, 2, name[i], 5);
        overview_event(v, &e.head);
    }
    for (uint16_t i = 0; i < OVERVIEW_TYPES + 3; i++) {
        struct ev_ether e = {
            .head = {.id = EV_ether}, .ether_type = i, .service = "x", .pkts = 2};
        overview_event(v, &e.head);
    }
    overview_sort(v);
    assert_int_equal(v->services, OVERVIEW_SERVICES);
    assert_int_equal(v->other_services.conversations, 10);
    assert_int_equal(v->types, OVERVIEW_TYPES);
    assert_int_equal(v->other_types.frames, 6);
    overview_close(v);
}

static void answered_from_elsewhere(void **state)
{
    struct overview *v = overview_open();
    struct ev_conn e = conn(1, 2, "dce_rpc", 100);
    struct ev_leg asked = {.head = {.id = EV_leg, .uid = e.head.uid},
                           .src_h = host(1),
                           .src_p = 1000,
                           .dst_h = host(2),
                           .dst_p = 2000};
    struct ev_leg answer = {.head = {.id = EV_leg, .uid = e.head.uid},
                            .src_h = host(2),
                            .src_p = 49152,
                            .dst_h = host(1),
                            .dst_p = 1000};
    struct ev_leg stranger = answer;

    e.legs = 2;
    e.paired_by = "activity";
    stranger.head.uid++;
    stranger.src_p = 9;
    overview_event(v, &e.head);
    overview_event(v, &asked.head);
    overview_event(v, &answer.head);
    overview_event(v, &answer.head);
    overview_event(v, &stranger.head);
    assert_int_equal(v->all_joined, 1);
    assert_int_equal(v->n_joined, 1);
    assert_int_equal(v->joined[0].n_ports, 1);
    assert_int_equal(v->joined[0].port[0], 49152);
    for (int i = 0; i < OVERVIEW_JOINED + 4; i++)
        overview_event(v, &e.head);
    overview_event(v, &asked.head); // of a conversation that found no room
    assert_int_equal(v->n_joined, OVERVIEW_JOINED);
    assert_int_equal(v->all_joined, OVERVIEW_JOINED + 5);
    overview_close(v);
}

static void weird(struct overview *v, enum odd which, uint64_t packet)
{
    struct ev_weird e = {
        .head = {.id = EV_weird}, .name = odd_type[which].name, .packet = packet};

    overview_event(v, &e.head);
}

static void oddities(void **state)
{
    struct overview *v = overview_open();

    weird(v, ODD_frame_cut, 1);
    weird(v, ODD_frame_cut, 2);
    weird(v, ODD_udp_checksum, 3);
    weird(v, ODD_tcp_checksum, 4);
    weird(v, ODD_tcp_checksum, 5);
    weird(v, ODD_frag_conflict, 9);
    overview_sort(v);
    assert_int_equal(v->odds, 4);
    assert_int_equal(v->odd_rank[0], ODD_frag_conflict); // the heaviest first
    assert_int_equal(v->odd_rank[1], ODD_tcp_checksum);  // then the most
    assert_int_equal(v->odd_rank[2], ODD_udp_checksum);
    assert_int_equal(v->odd_rank[3], ODD_frame_cut);
    assert_int_equal(v->odd[ODD_tcp_checksum].packet, 4);
    overview_close(v);
}

static void last_stats_count(void **state)
{
    struct overview *v = overview_open();
    struct ev_stats one = {.head = {.id = EV_stats, .ts = 10 * SECOND}, .packets = 5};
    struct ev_stats two = {
        .head = {.id = EV_stats, .ts = 20 * SECOND}, .packets = 7, .seconds = 12.5};

    overview_event(v, &one.head);
    overview_event(v, &two.head);
    assert_int_equal(v->count[COUNT_packets], 7);
    assert_int_equal(v->first, 7 * SECOND + SECOND / 2);
    assert_int_equal(v->last, 20 * SECOND);
    overview_close(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),        cmocka_unit_test(busy_hosts_survive),
        cmocka_unit_test(full_tables), cmocka_unit_test(answered_from_elsewhere),
        cmocka_unit_test(oddities),    cmocka_unit_test(last_stats_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
