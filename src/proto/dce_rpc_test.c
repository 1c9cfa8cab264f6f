// SPDX-License-Identifier: Apache-2.0
// DCE/RPC: both versions of the header, both byte orders, and what resembles them.
#include "proto/lab.h"

#define BIND "\5\0\x0b\3\x10\0\0\0\x48\0\0\0\1\0\0\0"

static enum guess changed(uint32_t at, uint8_t to)
{
    uint8_t b[sizeof(BIND) - 1];

    memcpy(b, BIND, sizeof(b));
    b[at] = to;
    return try_stream(&proto_dce_rpc, slice_of(b, sizeof(b)));
}

static void version_5(void **state)
{
    assert_int_equal(try_stream(&proto_dce_rpc, BYTES(BIND)), YES);
    assert_int_equal(try_stream(&proto_dce_rpc, slice_of(BIND, 15)), MAYBE);
    assert_int_equal(try_stream(&proto_dce_rpc, BYTES("\5\0\0\3\0\0\0\0\0\x18\0\0\0\0\0\1")),
                     YES);
    assert_int_equal(changed(0, 4), NO);
    assert_int_equal(changed(1, 2), NO);
    assert_int_equal(changed(2, 1), NO); // a ping exists over UDP only
    assert_int_equal(changed(2, 20), NO);
    assert_int_equal(changed(4, 0x11), NO);
    assert_int_equal(changed(5, 4), NO);
    assert_int_equal(changed(7, 1), NO);
    assert_int_equal(changed(8, 15), NO);    // shorter than its header
    assert_int_equal(changed(10, 0x40), NO); // more authentication than fragment
}

// A version 4 ping with interface `type` of PROFINET, or the endpoint mapper's for 0.
static struct slice ping(uint8_t *b, uint8_t type)
{
    static const uint8_t pnio[] = {0xde, 0xa0, 0, 0,    0x6c, 0x97, 0x11, 0xd1,
                                   0x82, 0x71, 0, 0xa0, 0x24, 0x42, 0xdf, 0x7d};
    static const uint8_t epm[] = {0xe1, 0xaf, 0x83, 0x08, 0x5d, 0x1f, 0x11, 0xc9,
                                  0x91, 0xa4, 0x08, 0,    0x2b, 0x14, 0xa0, 0xfa};

    memset(b, 0, 80);
    b[0] = 4;
    b[1] = 1;
    memcpy(b + 24, type ? pnio : epm, 16);
    b[27] = type ? type : b[27];
    b[48] = 0x80; // activity: DCE variant
    b[63] = type ? 1 : 3;
    return slice_of(b, 80);
}

static void version_4(void **state)
{
    uint8_t b[81];

    assert_int_equal(try_datagram(&proto_dce_rpc, ping(b, 0)), YES);
    assert_int_equal(try_datagram(&proto_profinet_io_cm, ping(b, 0)), NO);
    for (uint8_t type = 1; type <= 4; type++) {
        assert_int_equal(try_datagram(&proto_dce_rpc, ping(b, type)), NO);
        assert_int_equal(try_datagram(&proto_profinet_io_cm, ping(b, type)), YES);
    }
    ping(b, 0);
    assert_int_equal(try_datagram(&proto_dce_rpc, slice_of(b, 79)), NO);
    b[80] = 0; // a byte that the header does not tell of
    assert_int_equal(try_datagram(&proto_dce_rpc, slice_of(b, 81)), NO);
    b[27] ^= 0x40; // somebody's own interface
    assert_int_equal(try_datagram(&proto_dce_rpc, slice_of(b, 80)), YES);
    b[32] = 0;
    assert_int_equal(try_datagram(&proto_dce_rpc, slice_of(b, 80)), NO);
}

static void others(void **state)
{
    // a DNS answer whose id reads as version 4 and a ping; SOCKS 5
    assert_int_equal(
        try_datagram(&proto_dce_rpc, BYTES("\4\1\x81\x80\0\1\0\0\0\0\0\0\1a\0\0\1\0\1")), NO);
    assert_int_equal(try_stream(&proto_dce_rpc, BYTES("\5\1\0\1\x0a\0\0\1\0\x50\0\0\0\0\0\0")),
                     NO);
    assert_true(try_noise(&proto_dce_rpc, true, 100000) < 10);
    assert_int_equal(try_noise(&proto_dce_rpc, false, 100000), 0);
}

// ---------------------------------------------------------------- calls

#define HEAD(type, flags, length, id) "\5\0" type flags "\x10\0\0\0" length "\0\0" id "\0\0\0"
#define BOUND                                                                                  \
    HEAD("\x0b", "\3", "\x34\0", "\1")                                                         \
    "\0\0\0\0\0\0\0\0\1\0\0\0\5\0\0\0\x18\x5a\xcc\xf5\x64\x42\x1a\x10\x8c\x59\x08\0\x2b\x2f"   \
    "\x84"                                                                                     \
    "\x26\x38\0\0\0"
#define ASK(flags, id) HEAD("\0", flags, "\x18\0", id) "\0\0\0\0\5\0\7\0"
#define TOLD(type, id) HEAD(type, "\3", "\x18\0", id) "\0\0\0\0\5\0\0\0"

static struct ev_dce_rpc *told(const struct lab *l, unsigned n)
{
    return (void *)lab_event(l, EV_dce_rpc, n);
}

static void calls(void **state)
{
    struct lab l;

    lab_open(&l, 6);
    assert_true(feed_begin(l.feeds, &l.x, &proto_dce_rpc));
    feed_data(l.feeds, &l.x, BYTES(BOUND ASK("\1", "\2") ASK("\2", "\2") ASK("\3", "\3")),
              ORIG);
    assert_null(told(&l, 0));
    l.out.ts += 5 * MSEC;
    feed_data(l.feeds, &l.x, BYTES(TOLD("\3", "\3") TOLD("\2", "\2") TOLD("\2", "\2")), RESP);
    assert_string_equal(told(&l, 0)->status, "fault");
    assert_int_equal(told(&l, 0)->call_id, 3);
    assert_string_equal(told(&l, 1)->status, "success");
    assert_string_equal(told(&l, 1)->endpoint, "nspi");
    assert_int_equal(told(&l, 1)->opnum, 7);
    assert_true(told(&l, 1)->rtt == 5 * MSEC);
    assert_null(told(&l, 2));
    assert_string_equal(l.talk.sub, "nspi");
    lab_close(&l);
}

static void lost(void **state)
{
    static uint8_t big[9000] = ASK("\3", "\4");
    struct lab l;

    big[8] = sizeof(big) & 0xff;
    big[9] = sizeof(big) >> 8;
    lab_open(&l, 6);
    assert_true(feed_begin(l.feeds, &l.x, &proto_dce_rpc));
    feed_data(l.feeds, &l.x, slice_of(big, 1000), ORIG); // longer than what is looked at
    feed_gap(l.feeds, &l.x, sizeof(big) - 1000, ORIG);   // inside of it: the place is known
    feed_data(l.feeds, &l.x, BYTES(ASK("\3", "\5")), ORIG);
    feed_gap(l.feeds, &l.x, 10, ORIG);
    feed_data(l.feeds, &l.x, BYTES("in the middle of something"), ORIG);
    feed_data(l.feeds, &l.x, BYTES(ASK("\3", "\6")), ORIG);
    feed_data(l.feeds, &l.x, BYTES(TOLD("\2", "\4") TOLD("\2", "\5") TOLD("\2", "\6")), RESP);
    assert_int_equal(told(&l, 0)->call_id, 4);
    assert_int_equal(told(&l, 1)->call_id, 5);
    assert_int_equal(told(&l, 2)->call_id, 6);
    assert_null(told(&l, 0)->endpoint); // the bind was not seen
    lab_close(&l);
}

static void many_open(void **state)
{
    char ask[] = ASK("\3", "\1");
    struct lab l;

    lab_open(&l, 6);
    assert_true(feed_begin(l.feeds, &l.x, &proto_dce_rpc));
    for (int i = 0; i < 30; i++) {
        ask[12] = (char)(i + 1);
        l.out.ordinal = (uint64_t)i;
        feed_data(l.feeds, &l.x, BYTES(ask), ORIG);
    }
    assert_int_equal(told(&l, 5)->call_id, 6);
    assert_string_equal(told(&l, 5)->status, "untracked");
    assert_null(told(&l, 6));
    feed_end(l.feeds, &l.x);
    assert_string_equal(told(&l, 6)->status, "unanswered");
    assert_non_null(told(&l, 29));
    assert_null(told(&l, 30));
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_5), cmocka_unit_test(version_4), cmocka_unit_test(others),
        cmocka_unit_test(calls),     cmocka_unit_test(lost),      cmocka_unit_test(many_open),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
