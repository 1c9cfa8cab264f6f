// SPDX-License-Identifier: Apache-2.0
// Scans: each kind has a case that raises it and one that must not; the verdict; bounds.
#include "watch/scans.h"

#include <setjmp.h>

#include <cmocka.h>

#include "event/rpc.h"

enum { TCP = 6, UDP = 17, ICMP = 1 };
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32 };

static const struct scan_limits usual = {.hosts = 25,
                                         .ports = 15,
                                         .slow = 30,
                                         .stealth = 3,
                                         .sweep = 10,
                                         .walk = 4,
                                         .crowd_sources = 10,
                                         .crowd_targets = 50,
                                         .flood = 100,
                                         .window = 300 * SECOND,
                                         .idle = 600 * SECOND};
static struct scans *scans;
static const struct scan *scan;
static uint32_t found;
static nsec now;

static int begin(void **state)
{
    scans = scans_open(&usual);
    now = 1000 * SECOND;
    return 0;
}

static int end(void **state)
{
    scans_close(scans);
    return 0;
}

static void list(void)
{
    scans_end(scans);
    scan = scans_list(scans, &found);
}

static struct addr host(uint32_t n)
{
    return addr_of(ADDR_IP4,
                   (uint8_t[4]){10, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n});
}

// What becomes of a try.
struct fate {
    const char *history;
    uint64_t answers, to, from; // packets, bytes
};
static const struct fate silent = {"S", 0, 0, 0}, refused = {"Sr", 1, 0, 0},
                         half_open = {"ShR", 1, 0, 0}, used = {"ShADadFf", 5, 90, 500};

static struct ev_conn conn(uint32_t from, uint32_t to, uint16_t port, struct fate f)
{
    static uint64_t uid;

    now += 100 * MSEC;
    uid++;
    return (struct ev_conn){
        .head = {.id = EV_conn,
                 .uid = uid,
                 .ts = now,
                 .src = host(from),
                 .dst = host(to),
                 .sport = (uint16_t)(40000 + uid % 9999),
                 .dport = port},
        .proto = "tcp",
        .ip_proto = TCP,
        .service = f.from ? "http" : "unknown",
        .history = slice_str(f.history),
        .conn_state = "S0",
        .orig_pkts = 1,
        .resp_pkts = f.answers,
        .orig_bytes = f.to,
        .resp_bytes = f.from,
        .first_flags = SYN,
        .first_seq = (uint32_t)uid * 77,
        .first_window = 1024,
        .first_ttl = 64,
        .start = now,
        .end = now + 10 * MSEC,
    };
}

static void see(uint32_t from, uint32_t to, uint16_t port, struct fate f)
{
    struct ev_conn e = conn(from, to, port, f);

    scans_event(scans, &e.head);
}

static void see_other(uint8_t proto, uint32_t to, uint16_t sport, uint16_t port,
                      uint64_t answers)
{
    struct ev_conn e = conn(1, to, port, silent);

    e.ip_proto = proto;
    e.first_flags = 0;
    e.head.sport = sport;
    e.history = slice_str(answers ? "Dd" : "D");
    e.resp_pkts = answers;
    scans_event(scans, &e.head);
}

// ---------------------------------------------------------------- the course's scan

static void course(void **state)
{
    for (uint32_t i = 0; i < 41; i++)
        see(1, 100 + i, 32775, i < 7 ? half_open : i < 19 ? refused : silent);
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->kind, SCAN_HORIZONTAL);
    assert_int_equal(scan->targets, 41);
    assert_int_equal(scan->data_after, 0);
    assert_int_equal(scan->n_answered, 7);
    assert_string_equal(scan->verdict,
                        "41 hosts probed on 32775/tcp: 7 answered, 12 refused, "
                        "22 silent, no data in either direction: reconnaissance");
}

static void data_followed(void **state)
{
    for (uint32_t i = 0; i < 30; i++)
        see(1, 100 + i, 80, silent);
    see(1, 200, 80, used);
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->data_to, 1);
    assert_int_equal(scan->data_from, 1);
    assert_int_equal(scan->n_data, 1);
    assert_string_equal(scan->service[0], "http");
    assert_int_equal(scan->severity, 2);
    assert_non_null(strstr(scan->verdict, "data to 1 and from 1 of them (http)"));
}

// ---------------------------------------------------------------- each kind, and what is none

static void horizontal(void **state)
{
    for (uint32_t i = 0; i < 5; i++)
        see(1, 100 + i, 445, silent);
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->kind, SCAN_HORIZONTAL);
    assert_non_null(strstr(scan->evidence, "sequential test"));
}

static void no_horizontal(void **state)
{
    for (uint32_t i = 0; i < 200; i++) { // a busy client, some of whose servers are down
        see(1, 100 + i, 443, i % 4 ? used : silent);
        see(2, 7, 443, silent); // the same dead server again and again
    }
    for (uint32_t i = 0; i < 40; i++) // a peer of a network without servers
        see(3, 100 + i, (uint16_t)(20000 + i * 7), silent);
    for (uint32_t i = 0; i < 3; i++)
        see(4, 100 + i, 80, silent);
    list();
    assert_int_equal(found, 0);
}

static void vertical(void **state)
{
    for (uint16_t i = 0; i < 20; i++)
        see(1, 9, (uint16_t)(2000 + i), i == 3 ? half_open : refused);
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->kind, SCAN_VERTICAL);
    assert_int_equal(scan->targets, 20);
    assert_int_equal(scan->refused, 19);
    assert_true(scan->dst.kind);
}

static void no_vertical(void **state)
{
    for (uint16_t i = 0; i < 60; i++)
        see(1, 9, (uint16_t)(2000 + i), used); // as the data of FTP
    for (uint16_t i = 0; i < 10; i++)
        see(2, 9, (uint16_t)(2000 + i), refused);
    list();
    assert_int_equal(found, 0);
}

static void block(void **state)
{
    for (uint32_t i = 0; i < 20; i++)
        for (uint16_t port = 21; port < 26; port++)
            see(1, 100 + i, port, silent);
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->kind, SCAN_BLOCK);
    assert_int_equal(scan->targets, 20);
    assert_int_equal(scan->n_ports, 5);
}

static void slow(void **state)
{
    for (uint32_t i = 0; i < 40; i++) {
        now += 90 * SECOND;
        see(1, 100 + i, 22, i % 5 ? silent : refused);
    }
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->kind, SCAN_SLOW);
}

static void no_slow(void **state)
{
    for (uint32_t i = 0; i < 40; i++) {
        now += 90 * SECOND;
        see(1, 100 + i, 22, i % 2 ? used : silent);
    }
    list();
    assert_int_equal(found, 0);
}

static void distributed(void **state)
{
    for (uint32_t from = 0; from < 20; from++)
        for (uint16_t i = 0; i < 4; i++)
            see(1000 + from, 9, (uint16_t)(3000 + from * 4 + i), silent);
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->kind, SCAN_DISTRIBUTED);
    assert_int_equal(scan->sources, 20);
    assert_int_equal(scan->targets, 80);
}

static void no_distributed(void **state)
{
    for (uint32_t from = 0; from < 5000; from++)
        see(1000 + from, 9, 80, silent); // a flood
    list();
    assert_int_equal(found, 0);
}

static void see_flags(uint32_t from, uint32_t to, uint16_t port, uint8_t flags, uint16_t sport,
                      const char *history)
{
    struct ev_conn e = conn(from, to, port, silent);

    e.first_flags = flags;
    e.head.sport = sport;
    e.history = slice_str(history);
    e.resp_pkts = strchr(history, 'r') != NULL;
    scans_event(scans, &e.head);
}

static void stealth(void **state)
{
    static const struct {
        uint8_t flags;
        const char *probe;
    } way[] = {{FIN, "fin"},
               {0, "null"},
               {FIN | PSH | URG, "xmas"},
               {FIN | ACK, "maimon"},
               {ACK, "ack"}};

    for (uint32_t k = 0; k < COUNT_OF(way); k++) {
        scans_close(scans);
        begin(NULL);
        for (uint32_t i = 0; i < 12; i++)
            see_flags(1, 9, (uint16_t)(20 + i), way[k].flags, 50000,
                      i % 2                ? way[k].flags & ACK ? "A" : ""
                      : way[k].flags & ACK ? "Ar"
                                           : "r");
        list();
        assert_int_equal(found, 1);
        assert_int_equal(scan->kind, SCAN_STEALTH);
        assert_string_equal(scan->probe, way[k].probe);
        assert_int_equal(scan->refused, 6);
    }
}

static void no_stealth(void **state)
{
    see_flags(1, 9, 80, FIN, 50000, "F"); // two stray ones
    see_flags(1, 9, 81, FIN, 50001, "F");
    for (uint32_t i = 0; i < 30; i++) // old connections that end, to one service
        see_flags(2, 100 + i, 80, FIN | ACK, (uint16_t)(50000 + i * 3), "F");
    list();
    assert_int_equal(found, 0);
}

static void backscatter(void **state)
{
    for (uint32_t i = 0; i < 40; i++)
        see_flags(9, 5000 + i, (uint16_t)(1024 + i * 31), SYN | ACK, 80, "H");
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->kind, SCAN_BACKSCATTER);
    assert_int_equal(scan->severity, 0);
}

static void no_backscatter(void **state)
{
    for (uint32_t i = 0; i < 40; i++) // one client, whose questions are not seen
        see_flags(9, 5000, (uint16_t)(1024 + i * 31), SYN | ACK, 80, "H");
    list();
    assert_int_equal(found, 0);
}

static void udp(void **state)
{
    for (uint32_t i = 0; i < 30; i++)
        see_other(UDP, 100 + i, 40000, 5093, i % 10 == 0);
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->kind, SCAN_HORIZONTAL);
    assert_string_equal(scan->probe, "udp");
    assert_int_equal(scan->answered, 3);
}

static void no_udp(void **state)
{
    for (uint32_t i = 0; i < 12; i++)
        see_other(UDP, 100 + i, 40000, 514, 0); // logs are not answered
    for (uint32_t i = 0; i < 60; i++)
        see_other(UDP, 300 + i, 53, (uint16_t)(30000 + i), 0); // answers of a server
    list();
    assert_int_equal(found, 0);
}

static void refused_by_icmp(void **state)
{
    for (uint32_t i = 0; i < 5; i++) {
        struct ev_unreachable u = {.head = {.id = EV_unreachable, .ts = now},
                                   .by = host(i < 2 ? 250 : 100 + i),
                                   .src = host(1),
                                   .dst = host(100 + i),
                                   .dport = 161,
                                   .ip_proto = UDP,
                                   .port = true};
        scans_event(scans, &u.head);
        see_other(UDP, 100 + i, 40000, 161, 0);
    }
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->refused, 3);
    assert_int_equal(scan->blocked, 2);
}

static void icmp(void **state)
{
    for (uint32_t i = 0; i < 12; i++)
        see_other(ICMP, 100 + i, 8, 0, i % 4 == 0);
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->kind, SCAN_ICMP);
    assert_int_equal(scan->answered, 3);
}

static void no_icmp(void **state)
{
    for (uint32_t round = 0; round < 3; round++) // who watches over its servers
        for (uint32_t i = 0; i < 12; i++)
            see_other(ICMP, 100 + i, 8, 0, 1);
    list();
    assert_int_equal(found, 0);
}

static void see_arp(uint32_t from, uint32_t to, bool reply)
{
    struct ev_arp e = {.head = {.id = EV_arp, .ts = now += 50 * MSEC},
                       .ip = host(reply ? to : from),
                       .target = host(reply ? from : to),
                       .reply = reply};

    scans_event(scans, &e.head);
}

static void arp(void **state)
{
    for (uint32_t i = 0; i < 40; i++) {
        see_arp(1, 100 + i, false);
        if (i % 8 == 0)
            see_arp(1, 100 + i, true);
    }
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->kind, SCAN_ARP);
    assert_int_equal(scan->answered, 5);
}

static void no_arp(void **state)
{
    for (uint32_t i = 0; i < 40; i++) {
        see_arp(1, 100 + i, false);
        see_arp(1, 100 + i, true);
    }
    list();
    assert_int_equal(found, 0);
}

static void see_rpc(uint32_t to, const char *status, uint32_t port, uint32_t bytes)
{
    struct ev_rpc e = {
        .head = {.id = EV_rpc, .ts = now += SECOND, .src = host(1), .dst = host(to)},
        .program = bytes ? 100232 : RPC_MAPPER,
        .program_name = bytes ? "sadmind" : "portmapper",
        .procedure = bytes ? 1 : 3,
        .status = status,
        .is_orig = true,
        .args_bytes = bytes ? bytes : 16,
        .asked = bytes ? ASKED_NOTHING : ASKED_PORT,
        .risk = bytes ? RISKY : SAFE};

    if (!bytes) {
        set(rpc, &e, asked_program, 100232);
        set(rpc, &e, asked_name, "sadmind");
        e.asked_risk = RISKY;
        if (strcmp(status, "unanswered") != 0)
            set(rpc, &e, port, port);
    }
    scans_event(scans, &e.head);
}

// Ten hosts are asked for sadmind's port, then one of them is called.
static void rpc(void **state)
{
    for (uint32_t i = 0; i < 10; i++)
        see_rpc(100 + i, i < 4 ? "success" : "unanswered", i < 3 ? 32773 : 0, 0);
    see_rpc(100, "success", 0, 1412);
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->kind, SCAN_RPC);
    assert_string_equal(scan->verdict,
                        "10 hosts asked for the RPC program sadmind: 3 answered, 1 refused, 6 "
                        "silent, data to 1 of them (sadmind): more than reconnaissance");
}

static void no_rpc(void **state)
{
    for (uint32_t i = 0; i < 10; i++) {
        see_rpc(100 + i, "success", 32773, 0);
        see_rpc(100 + i, "success", 0, 40); // who uses what it found
    }
    list();
    assert_int_equal(found, 0);
}

static void protocols(void **state)
{
    for (uint8_t i = 0; i < 8; i++)
        see_other((uint8_t)(60 + i), 9, 0, 0, 0);
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->kind, SCAN_PROTOCOLS);
}

// Two of many: what the course saw.
static void single_bytes(void **state)
{
    static const struct {
        uint32_t to;
        uint16_t id;
    } sent[] = {{63, 0xa932}, {90, 0xc432}};

    for (size_t i = 0; i < COUNT_OF(sent); i++) {
        struct ev_conn e = conn(1, sent[i].to, 31789, silent);
        e.ip_proto = UDP;
        e.head.sport = 31790;
        e.history = slice_str("D");
        e.orig_bytes = 1;
        e.first_id = sent[i].id;
        scans_event(scans, &e.head);
    }
    list();
    assert_int_equal(found, 1);
    assert_non_null(strstr(scan->evidence, "Hack'a'Tack"));
    assert_non_null(strstr(scan->evidence, "count as the addresses do"));
}

// Told as soon as they fell silent, in the middle of a capture, and only once.
static void decoys(void **state)
{
    for (uint32_t i = 0; i < 20; i++)
        for (uint32_t from = 0; from < 6; from++) {
            see(1000 + from, 9, (uint16_t)(2000 + i * 7), silent);
            now -= 90 * MSEC;
        }
    now += 700 * SECOND;
    see(2, 9, 80, used);
    assert_true(scans_news(scans));
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->kind, SCAN_DECOY);
    assert_int_equal(scan->sources, 6);
    assert_int_equal(scan->targets, 20);
}

static void no_decoys(void **state)
{
    for (uint32_t i = 0; i < 6; i++)
        for (uint32_t from = 0; from < 6; from++) // not in the same order
            see(1000 + from, 9, (uint16_t)(2000 + (i + from) % 6), silent);
    list();
    assert_int_equal(found, 0);
}

// ---------------------------------------------------------------- live, bounds

static void ends_when_silent(void **state)
{
    struct scan_limits live = usual;

    live.live = true;
    scans_close(scans);
    scans = scans_open(&live);
    for (uint32_t i = 0; i < 10; i++)
        see(1, 100 + i, 445, silent);
    assert_true(scans_news(scans)); // as soon as it is recognised
    now += 700 * SECOND;
    see(2, 9, 80, used);
    list();
    assert_int_equal(found, 1);
    assert_int_equal(scan->targets, 10);
    assert_false(scan->ongoing);
}

// The scanner is still there after a flood of forged senders that is larger than the table.
static void flood(void **state)
{
    for (uint32_t i = 0; i < 8; i++)
        see(1, 100 + i, 445, silent);
    for (uint32_t i = 0; i < 4 * SCAN_SOURCES; i++)
        see(70000 + i, 9, 80, silent);
    list();
    assert_int_equal(found, 1);
    assert_true(scans_sums(scans).sources_lost > 0);
}

// One that is fast enough to be told by itself takes no place of a source at all, but who scans
// the same port meanwhile, and whoever comes when it is over, is seen.
static void fast_flood(void **state)
{
    for (uint32_t i = 0; i < 2 * SCAN_SOURCES; i++) {
        now -= 99 * MSEC;
        see(70000 + i, 9, 80, silent);
        if (i % 8192 == 0)
            see(1, 100 + i / 8192, 80, silent);
        if (i % 8192 == 4096)
            see(1, 9, 80, silent);
    }
    assert_int_equal(scans_sums(scans).sources_lost, 0);
    now += 10 * SECOND;
    for (uint32_t i = 0; i < 20; i++)
        for (uint16_t k = 0; k < 4; k++)
            see(1000 + i, 8, (uint16_t)(3000 + i * 4 + k), silent);
    list();
    assert_int_equal(found, 2);
    assert_int_equal(scan->sources, 20);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(course),
        TEST(data_followed),
        TEST(horizontal),
        TEST(no_horizontal),
        TEST(vertical),
        TEST(no_vertical),
        TEST(block),
        TEST(slow),
        TEST(no_slow),
        TEST(distributed),
        TEST(no_distributed),
        TEST(stealth),
        TEST(no_stealth),
        TEST(backscatter),
        TEST(no_backscatter),
        TEST(udp),
        TEST(no_udp),
        TEST(refused_by_icmp),
        TEST(icmp),
        TEST(no_icmp),
        TEST(arp),
        TEST(no_arp),
        TEST(rpc),
        TEST(no_rpc),
        TEST(protocols),
        TEST(single_bytes),
        TEST(decoys),
        TEST(no_decoys),
        TEST(ends_when_silent),
        TEST(flood),
        TEST(fast_flood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
