// SPDX-License-Identifier: Apache-2.0
// BitTorrent: peers, the hash table, trackers, uTP, and what begins alike.
#include "proto/try.h"

#define HANDSHAKE                                                                              \
    "\x13"                                                                                     \
    "BitTorrent protocol"                                                                      \
    "\0\0\0\0\0\x10\0\5"
#define ID    "0123456789abcdefghij"
#define TIMES "\x12\x34\x56\x78\0\0\0\0\0\x10\0\0\0\1\0\0"

static void peers(void **state)
{
    assert_int_equal(try_stream(&proto_bittorrent, BYTES(HANDSHAKE)), YES);
    assert_int_equal(try_stream(&proto_bittorrent, BYTES("\x13"
                                                         "BitTor")),
                     MAYBE);
    assert_int_equal(try_stream(&proto_bittorrent, BYTES("\x13"
                                                         "BitTorrent pr0tocol")),
                     NO);
    assert_int_equal(try_stream(&proto_bittorrent, BYTES("BitTorrent protocol")), NO);
    assert_int_equal(try_noise(&proto_bittorrent, true, 100000), 0);
}

static void datagrams(void **state)
{
    assert_int_equal(
        try_datagram(&proto_bittorrent, BYTES("d1:ad2:id20:" ID "e1:q4:ping1:t2:aa1:y1:qe")),
        YES);
    assert_int_equal(
        try_datagram(&proto_bittorrent, BYTES("d1:rd2:id20:" ID "e1:t2:aa1:y1:re")), YES);
    assert_int_equal(try_datagram(&proto_bittorrent, BYTES("d2:ip6:\1\2\3\4\5\6"
                                                           "1:rd2:id20:" ID "e1:t2:aa1:y1:re")),
                     YES);
    assert_int_equal(try_datagram(&proto_bittorrent, BYTES("\x41\0\x12\x34" TIMES)), YES);
    assert_int_equal(
        try_datagram(&proto_bittorrent, BYTES("\x41\2\x12\x34" TIMES "\0\x08\0\0\0\0\0\0\0\0")),
        YES);
    assert_int_equal(try_datagram(&proto_bittorrent, BYTES("\1\0\x12\x34" TIMES HANDSHAKE)),
                     YES);
    assert_int_equal(try_datagram(&proto_bittorrent, BYTES("\0\0\4\x17\x27\x10\x19\x80\0\0\0\0"
                                                           "abcd")),
                     YES);
    assert_int_equal(try_datagram(&proto_bittorrent, BYTES("\0\0\0\0"
                                                           "abcd"
                                                           "01234567")),
                     MAYBE);
    assert_int_equal(
        try_datagram(&proto_bittorrent,
                     BYTES("BT-SEARCH * HTTP/1.1\r\nHost: 239.192.152.143:6771\r\n")),
        YES);
}

static void others(void **state)
{
    static const char *const text[] = {"",
                                       "d",
                                       "d1:ad2:id19:",
                                       "d2:ip6:12345",
                                       "d2:ip6:1234561:ad",
                                       "M-SEARCH * HTTP/1.1\r\n",
                                       "d2:ip4:12341:xd2:id20:"};

    for (size_t i = 0; i < COUNT_OF(text); i++)
        assert_int_equal(try_datagram(&proto_bittorrent, slice_str(text[i])), NO);
    assert_int_equal(try_datagram(&proto_bittorrent, BYTES("\x41\0\x12\x34" TIMES "x")), NO);
    assert_int_equal(try_datagram(&proto_bittorrent, BYTES("\x41\1\x12\x34" TIMES)), NO);
    assert_int_equal(try_datagram(&proto_bittorrent, BYTES("\0\0\4\x17\x27\x10\x19\x81\0\0\0\0"
                                                           "abcd")),
                     NO);
    assert_int_equal(
        try_cuts(&proto_bittorrent, BYTES("\x41\2\x12\x34" TIMES "\0\x08\0\0\0\0\0\0\0\0")), 0);
    assert_int_equal(try_noise(&proto_bittorrent, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peers),
        cmocka_unit_test(datagrams),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
