// SPDX-License-Identifier: Apache-2.0
// ONC RPC: what it takes for its own, what it tells, which endpoints it announces.
#include "proto/announce_lab.h"

#include "proto/onc_rpc/onc_rpc.h"

enum { TCP = 6, UDP = 17 };

#define ZERO4   "\0\0\0\0"
#define NO_AUTH ZERO4 ZERO4
#define MAPPER  "\0\1\x86\xa0"
#define SADMIND "\0\1\x87\x88"
#define CALL    ZERO4 "\0\0\0\2"
#define TCP_    "\0\0\0\6"
#define UDP_    "\0\0\0\x11"

#define GETPORT                                                                                \
    "\0\0\0\7" CALL MAPPER "\0\0\0\2\0\0\0\3" NO_AUTH NO_AUTH SADMIND "\0\0\0\xa" UDP_ ZERO4
#define TOLD(port) "\0\0\0\7\0\0\0\1" ZERO4 NO_AUTH ZERO4 "\0\0" port
#define NULL_CALL  "\0\0\0\x8" CALL SADMIND "\0\0\0\xa" ZERO4 NO_AUTH NO_AUTH
#define NULL_TOLD  "\0\0\0\x8\0\0\0\1" ZERO4 NO_AUTH ZERO4

static void found(void **state)
{
    assert_int_equal(try_datagram(&proto_onc_rpc, BYTES(GETPORT)), YES);
    assert_int_equal(try_datagram(&proto_onc_rpc, BYTES(TOLD("\x80\5"))), MAYBE);
    assert_int_equal(try_stream(&proto_onc_rpc, BYTES("\x80\0\0\x38" GETPORT)), YES);
    assert_int_equal(try_stream(&proto_onc_rpc, BYTES("\x80\0\0\x18" NULL_TOLD)), YES);
    // in fragments
    assert_int_equal(
        try_stream(&proto_onc_rpc, BYTES("\0\0\0\4\0\0\0\x8\x80\0\0\x24" CALL SADMIND
                                         "\0\0\0\xa" ZERO4 NO_AUTH NO_AUTH)),
        YES);
    // refused, for the caller's sake, and for its version
    assert_int_equal(try_stream(&proto_onc_rpc, BYTES("\x80\0\0\x14\0\0\0\7\0\0\0\1\0\0\0\1"
                                                      "\0\0\0\1\0\0\0\5")),
                     YES);
    assert_int_equal(
        try_stream(&proto_onc_rpc, BYTES("\x80\0\0\x20\0\0\0\7\0\0\0\1" ZERO4 NO_AUTH
                                         "\0\0\0\2\0\0\0\2\0\0\0\3")),
        YES);
}

static void not_found(void **state)
{
    // the version of RPC, the program, the length of the credential
    assert_int_equal(try_datagram(&proto_onc_rpc, BYTES("\0\0\0\7" ZERO4 "\0\0\0\3" MAPPER
                                                        "\0\0\0\2" ZERO4 NO_AUTH NO_AUTH)),
                     NO);
    assert_int_equal(try_datagram(&proto_onc_rpc, BYTES("\0\0\0\7" CALL "\0\0\1\1"
                                                        "\0\0\0\2" ZERO4 NO_AUTH NO_AUTH)),
                     NO);
    assert_int_equal(try_datagram(&proto_onc_rpc, BYTES("\0\0\0\7" CALL MAPPER "\0\0\0\2" ZERO4
                                                        "\0\0\0\1\0\0\0\x20" NO_AUTH)),
                     NO);
    // ends inside its header
    assert_int_equal(try_datagram(&proto_onc_rpc, BYTES("\0\0\0\7" CALL MAPPER "\0\0\0\2")),
                     NO);
    // an unknown program with a version that nobody has
    assert_int_equal(try_datagram(&proto_onc_rpc, BYTES("\0\0\0\7" CALL "\0\2\0\0"
                                                        "\0\0\1\0" ZERO4 NO_AUTH NO_AUTH)),
                     NO);
    // an absurd record; a failure with more behind it
    assert_int_equal(try_stream(&proto_onc_rpc, BYTES("\x81\0\0\x38" GETPORT)), NO);
    assert_int_equal(try_stream(&proto_onc_rpc, BYTES("\x80\0\0\x38\0\0\0\7\0\0\0")), MAYBE);
    assert_int_equal(try_stream(&proto_onc_rpc, BYTES("\x80\0\0\x38\0\0\0\7\0x")), NO);
    assert_int_equal(
        try_stream(&proto_onc_rpc,
                   BYTES("\x80\0\0\x1c\0\0\0\7\0\0\0\1" ZERO4 NO_AUTH "\0\0\0\1" ZERO4)),
        NO);
    assert_int_equal(try_noise(&proto_onc_rpc, true, 100000), 0);
    assert_int_equal(try_noise(&proto_onc_rpc, false, 100000), 0);
}

static void give(struct announce_lab *a, struct slice s, enum side side)
{
    a->l.packet.payload_len = s.n;
    feed_data(a->l.feeds, &a->l.x, s, side);
}

static struct ev_rpc *call_told(const struct announce_lab *a, unsigned n)
{
    return (void *)lab_event(&a->l, EV_rpc, n);
}

static const char *expects(struct announce_lab *a, uint8_t ip_proto, uint16_t port, int seconds)
{
    return announce_lab_expects(a, ip_proto, &lab_client, &lab_server, port, seconds);
}

static void getport(void **state)
{
    struct announce_lab a;

    announce_lab_open(&a, UDP, &proto_onc_rpc);
    give(&a, BYTES(GETPORT), ORIG);
    give(&a, BYTES(GETPORT), ORIG); // again
    assert_null(call_told(&a, 0));
    a.l.out.ts += 20 * MSEC;
    give(&a, BYTES(TOLD("\x80\5")), RESP);
    struct ev_rpc *e = call_told(&a, 0);
    assert_string_equal(e->program_name, "portmapper");
    assert_memory_equal(e->procedure_name.p, "GETPORT", 7);
    assert_string_equal(e->status, "success");
    assert_string_equal(e->asked_name, "sadmind");
    assert_int_equal(e->retries, 1);
    assert_int_equal(e->port, 0x8005);
    assert_true(e->latency_ms > 19.9 && e->latency_ms < 20.1);
    give(&a, BYTES(TOLD("\x80\6")), RESP); // answers nothing
    assert_null(call_told(&a, 1));
    assert_null(expects(&a, TCP, 0x8005, 1));
    assert_null(expects(&a, UDP, 0x8006, 1));
    assert_string_equal(expects(&a, UDP, 0x8005, 500), "onc_rpc");
    assert_null(expects(&a, UDP, 0x8005, 700));
    announce_lab_close(&a);
}

static void not_registered(void **state)
{
    struct announce_lab a;

    announce_lab_open(&a, UDP, &proto_onc_rpc);
    give(&a, BYTES(GETPORT), ORIG);
    give(&a, BYTES(TOLD("\0\0")), RESP);
    assert_int_equal(call_told(&a, 0)->port, 0);
    struct ev_rpc_service *s = (void *)lab_event(&a.l, EV_rpc_service, 0);
    assert_int_equal(s->port, 0);
    assert_int_equal(s->program, 100232);
    assert_null(expects(&a, UDP, 0, 1));
    announce_lab_close(&a);
}

static void universal_address(void **state)
{
    static const char ask[] = "\0\0\0\7" CALL MAPPER "\0\0\0\4\0\0\0\3" NO_AUTH NO_AUTH SADMIND
                              "\0\0\0\1\0\0\0\3tcp\0" ZERO4 ZERO4;
    struct announce_lab a;

    announce_lab_open(&a, UDP, &proto_onc_rpc);
    give(&a, slice_of(ask, sizeof(ask) - 1), ORIG);
    give(&a,
         BYTES("\0\0\0\7\0\0\0\1" ZERO4 NO_AUTH ZERO4 "\0\0\0\xd"
               "10.0.0.2.4.24\0\0\0"),
         RESP);
    assert_int_equal(call_told(&a, 0)->port, 1048);
    assert_string_equal(expects(&a, TCP, 1048, 1), "onc_rpc");
    give(&a, slice_of(ask, sizeof(ask) - 1), ORIG); // another host's, and none
    give(&a,
         BYTES("\0\0\0\7\0\0\0\1" ZERO4 NO_AUTH ZERO4 "\0\0\0\xc"
               "10.0.0.9.8.1"),
         RESP);
    assert_null(expects(&a, TCP, 2049, 1));
    give(&a, slice_of(ask, sizeof(ask) - 1), ORIG);
    give(&a,
         BYTES("\0\0\0\7\0\0\0\1" ZERO4 NO_AUTH ZERO4 "\0\0\0\xc"
               "10.0.0.2.999"),
         RESP);
    assert_int_equal(call_told(&a, 2)->port, 0);
    announce_lab_close(&a);
}

static void dump(void **state)
{
    struct announce_lab a;

    announce_lab_open(&a, TCP, &proto_onc_rpc);
    give(&a, BYTES("\x80\0\0\x28\0\0\0\7" CALL MAPPER "\0\0\0\2\0\0\0\4" NO_AUTH NO_AUTH),
         ORIG);
    // a record of two fragments; the list lies about going on
    give(&a, BYTES("\0\0\0\x1a\0\0\0\7\0\0\0\1" ZERO4 NO_AUTH ZERO4 "\0\0\x80"), RESP);
    give(&a,
         BYTES("\0\0\x2a\0\1" SADMIND "\0\0\0\xa" UDP_ "\0\0\x80\5\0\0\0\1" MAPPER
               "\0\0\0\2" TCP_ "\0\0\0\x6f\0\0\0\1"),
         RESP);
    struct ev_rpc *e = call_told(&a, 0);
    static const char list[] =
        "[{\"program\":100232,\"name\":\"sadmind\",\"version\":10,\"proto\":\"udp\",\"port\":"
        "32773},{\"program\":100000,\"name\":\"portmapper\",\"version\":2,\"proto\":\"tcp\","
        "\"port\":111}]";
    assert_int_equal(e->services.n, sizeof(list) - 1);
    assert_memory_equal(e->services.p, list, sizeof(list) - 1);
    assert_string_equal(expects(&a, UDP, 32773, 1), "onc_rpc");
    announce_lab_close(&a);
}

static void long_records(void **state)
{
    static uint8_t big[20000];
    struct announce_lab a;

    announce_lab_open(&a, TCP, &proto_onc_rpc);
    memcpy(big, "\x80\0\x4e\x1c" NULL_CALL, 44);
    give(&a, slice_of(big, 1500), ORIG); // more than is looked at
    give(&a, slice_of(big + 1500, sizeof(big) - 1500), ORIG);
    give(&a, BYTES("\x80\0\0\x18" NULL_TOLD), RESP);
    assert_int_equal(call_told(&a, 0)->args_bytes, 20000 - 44);
    // bytes are lost inside of what is skipped: the place is still known
    give(&a, slice_of(big, 5000), ORIG);
    feed_gap(a.l.feeds, &a.l.x, 15000, ORIG);
    give(&a, BYTES("\x80\0\0\x28\0\0\0\x9" CALL SADMIND "\0\0\0\xa" ZERO4 NO_AUTH NO_AUTH),
         ORIG);
    give(&a, BYTES("\x80\0\0\x18\0\0\0\x9\0\0\0\1" ZERO4 NO_AUTH ZERO4), RESP);
    assert_int_equal(call_told(&a, 1)->xid, 9);
    // a length that is absurd ends the side
    give(&a, BYTES("\x7f\xff\xff\xff"), ORIG);
    assert_int_equal(lab_odds(&a.l, ODD_rpc_bad_record), 1);
    announce_lab_close(&a);
}

static void many_open(void **state)
{
    uint8_t call[] = NULL_CALL;
    struct announce_lab a;

    announce_lab_open(&a, UDP, &proto_onc_rpc);
    for (unsigned i = 0; i < 130; i++) {
        call[0] = (uint8_t)i;
        a.l.out.ordinal = i;
        give(&a, slice_of(call, sizeof(call) - 1), ORIG);
    }
    assert_int_equal(call_told(&a, 0)->xid, 8);
    assert_string_equal(call_told(&a, 0)->status, "untracked");
    assert_non_null(call_told(&a, 1));
    assert_null(call_told(&a, 2));
    feed_end(a.l.feeds, &a.l.x);
    assert_string_equal(call_told(&a, 2)->status, "unanswered");
    assert_int_equal(call_told(&a, 2)->xid, 2 << 24 | 8);
    assert_int_equal(call_told(&a, 129)->xid, 129u << 24 | 8);
    assert_null(call_told(&a, 130));
    announce_lab_close(&a);
}

static void caller(void **state)
{
    struct announce_lab a;

    announce_lab_open(&a, UDP, &proto_onc_rpc);
    give(&a,
         BYTES("\0\0\0\x8" CALL SADMIND "\0\0\0\xa\0\0\0\1\0\0\0\1\0\0\0\x20\0\0\0\0\0\0\0\x9"
               "localhost\0\0\0" ZERO4 "\0\0\0\5" ZERO4 NO_AUTH "abcd"),
         ORIG);
    give(&a, BYTES("\0\0\0\x8\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\5"), RESP);
    struct ev_rpc *e = call_told(&a, 0);
    assert_memory_equal(e->machine.p, "localhost", 9);
    assert_int_equal(e->auth_uid, 0);
    assert_int_equal(e->auth_gid, 5);
    assert_int_equal(e->args_bytes, 4);
    assert_string_equal(e->status, "auth_error");
    assert_string_equal(e->auth_error, "too_weak");
    assert_string_equal(a.l.talk.sub, "sadmind");
    announce_lab_close(&a);
}

// They are searched by halves.
static void ascending(void **state)
{
    static const uint32_t number[] = {
#define PROGRAM(number, name, risk) number,
#include "proto/onc_rpc/programs.def"
#undef PROGRAM
    };

    for (size_t i = 1; i < COUNT_OF(number); i++)
        assert_true(number[i - 1] < number[i]);
    assert_string_equal(rpc_program_name(100083), "ttdbserverd");
    assert_null(rpc_program_name(100006));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found),
        cmocka_unit_test(not_found),
        cmocka_unit_test(getport),
        cmocka_unit_test(not_registered),
        cmocka_unit_test(universal_address),
        cmocka_unit_test(dump),
        cmocka_unit_test(long_records),
        cmocka_unit_test(many_open),
        cmocka_unit_test(caller),
        cmocka_unit_test(ascending),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
