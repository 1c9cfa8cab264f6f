// SPDX-License-Identifier: Apache-2.0
// OpenVPN: resets in clear, signed and enciphered, over both transports; and near misses.
#include "proto/try.h"

#define SESSION  "\x11\x22\x33\x44\x55\x66\x77\x88"
#define REMOTE   "\x99\xaa\xbb\xcc\xdd\xee\xff\x01"
#define CLIENT   "\x38" SESSION "\0\0\0\0\0"
#define SERVER   "\x40" REMOTE "\1\0\0\0\0" SESSION "\0\0\0\0"
#define FIRST    "\0\0\0\1\x69\0\0\1"
#define DIGEST   "ABCDEFGHIJKLMNOPQRST"
#define SIGNED   "\x38" SESSION DIGEST FIRST "\0\0\0\0\0"
#define ANSWERED "\x40" REMOTE DIGEST FIRST "\1\0\0\0\0" SESSION "\0\0\0\0"
#define CRYPT                                                                                  \
    "\x38" SESSION FIRST "0123456789abcdef0123456789abcdef"                                    \
    "vwxyz"
#define AGREED                                                                                 \
    "\x40" REMOTE FIRST "0123456789abcdef0123456789abcdef"                                     \
    "abcdefghijklmnopqrstuvw"
#define TLS "\x20" SESSION "\1\0\0\0\0" REMOTE "\0\0\0\1\x16\3\1\1\0\1\0"
#define ACK "\x28" REMOTE "\2\0\0\0\1\0\0\0\2" SESSION

static void datagrams(void **state)
{
    assert_int_equal(try_datagram(&proto_openvpn, BYTES(CLIENT)), YES);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES(SERVER)), YES);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES(SIGNED)), YES);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES(ANSWERED)), YES);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES(CRYPT)), YES);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES("\x50" SESSION FIRST DIGEST)), YES);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES(AGREED)), YES);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES(TLS)), YES);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES(ACK)), YES);
}

static void streams(void **state)
{
    assert_int_equal(try_stream(&proto_openvpn, BYTES("\0\x0e" CLIENT)), YES);
    assert_int_equal(try_stream(&proto_openvpn, BYTES("\0\x1a" SERVER)), YES);
    assert_int_equal(try_stream(&proto_openvpn, BYTES("\0\x2a" SIGNED "\0")), YES);
    assert_int_equal(try_stream(&proto_openvpn, BYTES("\0\x0e\x38" SESSION)), MAYBE);
    assert_int_equal(try_stream(&proto_openvpn, BYTES("\0\x0f" CLIENT "\0")), NO);
    assert_int_equal(try_stream(&proto_openvpn, BYTES("\0\x0e" TLS)), NO);
    assert_int_equal(try_stream(&proto_openvpn, BYTES("\0\x05")), NO);
    assert_int_equal(try_noise(&proto_openvpn, true, 100000), 0);
}

static void others(void **state)
{
    assert_int_equal(try_datagram(&proto_openvpn, BYTES(CLIENT "\0")), NO);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES("\x39" SESSION "\0\0\0\0\0")), NO);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES("\x38" SESSION "\0\0\0\0\1")), NO);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES("\x38\0\0\0\0\0\0\0\0\0\0\0\0\0")), NO);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES("\x28" REMOTE "\0" SESSION)), NO);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES("\x28" REMOTE "\x09" SESSION)), NO);
    assert_int_equal(try_datagram(&proto_openvpn, BYTES("\x30" REMOTE SESSION SESSION)), NO);
    assert_int_equal(try_cuts(&proto_openvpn, BYTES(SERVER)), 0);
    assert_int_equal(try_cuts(&proto_openvpn, BYTES(ANSWERED)), 0);
    assert_int_equal(try_cuts(&proto_openvpn, BYTES(ACK)), 0);
    assert_int_equal(try_noise(&proto_openvpn, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams),
        cmocka_unit_test(streams),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
