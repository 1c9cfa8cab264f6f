// SPDX-License-Identifier: Apache-2.0
// DCE/RPC: both versions of the header, both byte orders, and what resembles them.
#include "proto/try.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_5),
        cmocka_unit_test(version_4),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
