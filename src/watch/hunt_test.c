// SPDX-License-Identifier: Apache-2.0
// The hunt: what is strange and how much, groups, port knocking and what only looks like it.
#include "watch/watch.h"

#include <setjmp.h>

#include <cmocka.h>

enum { TCP = 6, UDP = 17 };

static const struct promise table[] = {
    {"ssl", "tls_like", 443, TCP, PROMISE_KNOWN},
    {"ssl", "tls_like", 993, TCP, PROMISE_KNOWN},
    {"imap", "reply_code_text", 993, TCP, PROMISE_KNOWN},
    {"quic", "", 443, UDP, PROMISE_KNOWN | PROMISE_ENCIPHERED},
    {"modbus", "", 502, TCP, PROMISE_KNOWN},
    {"dns", "dns_like", 53, UDP, PROMISE_KNOWN},
    {"ssh", "", 22, TCP, PROMISE_KNOWN | PROMISE_REMOTE},
    {"kafka", "", 9092, TCP, 0}, // not recognised
    {"gh0st", "", 0, 0, PROMISE_KNOWN | PROMISE_HOSTILE},
    {"rtp", "", 0, 0, PROMISE_KNOWN | PROMISE_ROAMS},
    {"http", "http_like", 8080, TCP, PROMISE_KNOWN | PROMISE_COMMON},
    {"websocket", "http_like", 8080, TCP, PROMISE_KNOWN | PROMISE_GUEST},
    {"dnp3", "", 20000, TCP, PROMISE_KNOWN},
};

static struct hunt *hunt;
static const struct hunt_group *group;
static struct hunt_sums sums;
static uint32_t groups;

static int begin(void **state)
{
    hunt = hunt_open(table, COUNT_OF(table));
    return 0;
}

static int end(void **state)
{
    hunt_close(hunt);
    return 0;
}

static void list(void)
{
    group = hunt_list(hunt, &groups, &sums);
}

static struct addr host(uint8_t n)
{
    return addr_of(ADDR_IP4, (uint8_t[4]){10, 0, 0, n});
}

static struct ev_conn conn(uint16_t port, const char *service)
{
    static uint64_t uid;

    return (struct ev_conn){
        .head = {.id = EV_conn,
                 .uid = ++uid,
                 .src = host(1),
                 .dst = host(9),
                 .sport = 40000,
                 .dport = port},
        .proto = "tcp",
        .ip_proto = TCP,
        .service = service,
        .service_sure = strcmp(service, "unknown") ? 0.98 : 0,
        .service_why = slice_str("a reason"),
        .history = slice_str("ShADadFf"),
        .conn_state = "SF",
        .orig_bytes = 100,
        .resp_bytes = 100,
        .orig_ip_bytes = 300,
        .resp_ip_bytes = 300,
        .start = 100 * SECOND,
        .end = 101 * SECOND,
    };
}

static void see(const struct ev_conn *e)
{
    hunt_event(hunt, &e->head);
}

static void see_at(uint16_t port, const char *service)
{
    struct ev_conn e = conn(port, service);

    see(&e);
}

static void as_promised(void **state)
{
    struct ev_conn announced = conn(443, "rtp"), empty = conn(443, "unknown");

    announced.service_how = "expected";
    empty.orig_bytes = empty.resp_bytes = 0;
    see_at(443, "ssl");
    see_at(993, "ssl");
    see_at(993, "imap");
    see_at(40001, "rtp");
    see_at(8080, "websocket");
    see(&announced);
    see(&empty);
    list();
    assert_int_equal(groups, 0);
    assert_int_equal(sums.fine, 6);
    assert_int_equal(sums.unjudged, 1);
}

static void strangest_first(void **state)
{
    static const struct {
        uint16_t port;
        const char *service;
        enum hunt_kind kind;
    } order[] = {
        {8080, "gh0st", HUNT_HOSTILE},  {443, "dns", HUNT_FOREIGN},
        {502, "unknown", HUNT_UNKNOWN}, {40002, "ssh", HUNT_ASTRAY},
        {40002, "dns", HUNT_ASTRAY},    {9092, "unknown", HUNT_NAMELESS},
    };

    for (size_t i = COUNT_OF(order); i--;)
        see_at(order[i].port, order[i].service);
    list();
    assert_int_equal(groups, COUNT_OF(order));
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        assert_int_equal(group[i].port, order[i].port);
        assert_string_equal(group[i].verdict, order[i].service);
        assert_int_equal(group[i].kind, order[i].kind);
        if (i)
            assert_true(group[i].strange < group[i - 1].strange);
    }
    assert_true(group[2].strange >= HUNT_STRANGE);
    assert_true(group[3].strange < HUNT_STRANGE);
    assert_int_equal(group[1].n_promised, 1);
    assert_string_equal(group[1].promised[0], "ssl");
}

static void random_bytes(void **state)
{
    struct ev_conn e = conn(502, "unknown"), middle = conn(443, "unknown");
    struct ev_conn quic = conn(443, "unknown");

    e.service_family = middle.service_family = quic.service_family = "random_looking";
    middle.history = slice_str("DadA");
    quic.ip_proto = UDP;
    quic.proto = "udp";
    see(&e);
    see(&middle);
    see(&quic);
    list();
    assert_int_equal(groups, 3);
    assert_int_equal(group[0].port, 502);
    assert_true(group[0].strange > 90);
    assert_int_equal(group[1].ip_proto, TCP); // its opening is missing
    assert_true(group[1].strange < HUNT_STRANGE);
    assert_true(group[2].strange < group[1].strange); // QUIC goes on in ciphers
}

static void weaker_grounds(void **state)
{
    struct ev_conn family = conn(443, "unknown"), second = conn(502, "unknown");

    family.service_family = "tls_like";
    second.service_second = "modbus";
    see(&family);
    see(&second);
    list();
    assert_int_equal(groups, 2);
    assert_int_equal(group[0].strange, 25);
    assert_int_equal(group[1].strange, 25);
}

static void grouped(void **state)
{
    struct ev_conn a = conn(443, "ssh"), b = conn(443, "ssh"), c = conn(443, "ssh");
    char id[HUNT_ID], other[HUNT_ID];

    a.service_sure = 0.8;
    b.head.src = host(2);
    b.end = 200 * SECOND;
    c.head.dst = addr_of(ADDR_IP4, (uint8_t[4]){192, 0, 2, 1});
    see(&a);
    see(&b);
    see(&b);
    see(&c);
    list();
    assert_int_equal(groups, 2);
    assert_int_equal(group[0].direction, HUNT_OUTGOING);
    assert_int_equal(group[1].direction, HUNT_LOCAL);
    assert_int_equal(group[1].flows, 3);
    assert_int_equal(group[1].clients, 2);
    assert_int_equal(group[1].bytes, 1800);
    assert_int_equal(group[1].uid, b.head.uid); // the surest is the example
    assert_int_equal(group[1].sure, 98);
    assert_int_equal(group[1].last, 200 * SECOND);
    hunt_id(&group[0], id);
    hunt_id(&group[1], other);
    assert_string_not_equal(id, other);
    assert_int_equal(strlen(id), HUNT_ID - 1);
}

// What everything is done with is weaker evidence on a port that programs take at random.
static void common(void **state)
{
    see_at(20000, "http");
    see_at(502, "http");
    see_at(8080, "ssh");
    list();
    assert_int_equal(groups, 3);
    assert_int_equal(group[0].port, 502);
    assert_int_equal(group[1].port, 8080);
    assert_int_equal(group[1].n_promised, 1); // the guest is not named
    assert_string_equal(group[1].promised[0], "http");
    assert_int_equal(group[2].strange, 69);
}

// Without an opening, the port that promises something is the server's.
static void turned_round(void **state)
{
    struct ev_conn answer = conn(40000, "dns"), strange = conn(40000, "unknown");

    answer.ip_proto = strange.ip_proto = UDP;
    answer.history = strange.history = slice_str("Dd");
    answer.head.sport = strange.head.sport = 53;
    see(&answer);
    see(&strange);
    list();
    assert_int_equal(sums.fine, 1);
    assert_int_equal(groups, 1);
    assert_int_equal(group[0].port, 53);
    assert_true(addr_equal(&group[0].server, &strange.head.src));
}

static void more_than_fits(void **state)
{
    for (uint32_t i = 0; i < HUNT_GROUPS + 10; i++) {
        struct ev_conn e = conn(1, "dns");
        e.head.dst = addr_of(
            ADDR_IP4, (uint8_t[4]){11, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i});
        see(&e);
    }
    list();
    assert_int_equal(groups, HUNT_GROUPS);
    assert_int_equal(sums.lost, 10);
}

// ---------------------------------------------------------------- knocking

static void knock(uint16_t port, nsec at, const char *conn_state)
{
    struct ev_conn e = conn(port, "unknown");

    e.conn_state = conn_state;
    e.orig_bytes = e.resp_bytes = 0;
    e.start = at;
    see(&e);
}

static void open_at(uint16_t port, nsec at)
{
    struct ev_conn e = conn(port, "ssh");

    e.start = at;
    see(&e);
}

static void knocking(void **state)
{
    struct text t = {0};

    knock(8000, 11 * SECOND, "REJ");
    knock(7000, 10 * SECOND, "S0");
    knock(9000, 12 * SECOND, "S0");
    open_at(22, 13 * SECOND);
    list();
    assert_int_equal(groups, 1);
    assert_int_equal(group[0].kind, HUNT_KNOCKING);
    assert_true(group[0].strange >= HUNT_STRANGE);
    assert_int_equal(sums.fine, 1); // what it opened is what it should be
    hunt_words(&t, &group[0]);
    text_char(&t, 0);
    assert_string_equal(t.p, "3 knocks on 7000, 8000, 9000 before the flow to 22");
    text_free(&t);
}

static void no_knocking(void **state)
{
    knock(7000, 10 * SECOND, "S0"); // one only
    open_at(22, 11 * SECOND);
    knock(443, 100 * SECOND, "S0"); // retries of one port
    knock(443, 101 * SECOND, "S0");
    knock(443, 103 * SECOND, "S0");
    open_at(22, 104 * SECOND);
    knock(22, 200 * SECOND, "REJ"); // the port that opened at last
    knock(22, 201 * SECOND, "REJ");
    knock(7000, 202 * SECOND, "REJ");
    open_at(22, 203 * SECOND);
    knock(7000, 300 * SECOND, "S0"); // long before
    knock(8000, 301 * SECOND, "S0");
    open_at(22, 340 * SECOND);
    for (uint16_t port = 1; port < 200; port++) // a scan, which goes on
        knock(port == 22 ? 222 : port, 400 * SECOND + port * 10 * MSEC, "REJ");
    open_at(22, 401 * SECOND);
    list();
    assert_int_equal(groups, 0);
    assert_int_equal(sums.fine, 5);
}

static void many_knockers(void **state)
{
    for (uint32_t i = 0; i < 20000; i++) {
        struct ev_conn e = conn((uint16_t)(1000 + i % 3), "unknown");
        e.head.src = addr_of(ADDR_IP4, (uint8_t[4]){11, 0, (uint8_t)(i >> 8), (uint8_t)i});
        e.conn_state = "S0";
        e.orig_bytes = e.resp_bytes = 0;
        see(&e);
    }
    knock(1, 100 * SECOND, "S0");
    knock(2, 100 * SECOND, "S0");
    open_at(22, 101 * SECOND);
    list();
    assert_int_equal(groups, 1);
    assert_int_equal(group[0].n_knocks, 2);
    assert_true(group[0].strange < HUNT_STRANGE); // two may be chance
}

// ---------------------------------------------------------------- notices

static void notices(void **state)
{
    struct arena arena = {0};
    struct event *event = NULL;
    struct out out = {.arena = &arena, .at = &nobody, .last = &event};

    see_at(443, "dns");
    see_at(40001, "dns"); // mild
    hunt_tell(hunt, &out);
    assert_non_null(event);
    assert_null(event->next);
    const struct ev_notice *e = (const void *)event;
    assert_int_equal(e->head.id, EV_notice);
    assert_string_equal(e->note, "unexpected_protocol");
    assert_string_equal(e->severity, "high");
    assert_memory_equal(e->msg.p, "dns where port 443 promises ssl", e->msg.n);
    assert_memory_equal(e->evidence.p, "dns, 98 % sure: a reason", e->evidence.n);
    assert_int_equal(e->count, 1);
    arena_free(&arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(as_promised), TEST(strangest_first), TEST(random_bytes),  TEST(weaker_grounds),
        TEST(grouped),     TEST(common),          TEST(turned_round),  TEST(more_than_fits),
        TEST(knocking),    TEST(no_knocking),     TEST(many_knockers), TEST(notices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
