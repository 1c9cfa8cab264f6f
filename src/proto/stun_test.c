// SPDX-License-Identifier: Apache-2.0
// STUN: with and without the cookie, over both transports, and lengths that do not fit.
#include "proto/try.h"

#define COOKIE "\x21\x12\xa4\x42"
#define ID     "0123456789ab"
#define OLD_ID "0123456789abcdef"

static void datagrams(void **state)
{
    assert_int_equal(try_datagram(&proto_stun, BYTES("\0\1\0\0" COOKIE ID)), YES);
    assert_int_equal(try_datagram(&proto_stun, BYTES("\1\1\0\x08" COOKIE ID "\0\x20\0\4abcd")),
                     YES);
    assert_int_equal(try_datagram(&proto_stun, BYTES("\0\1\0\0" OLD_ID)), YES);
    assert_int_equal(try_datagram(&proto_stun, BYTES("\1\1\0\x0c" OLD_ID
                                                     "\0\1\0\x08\0\1\x12\x34\x0a\0\0\1")),
                     YES);
    assert_int_equal(try_datagram(&proto_stun, BYTES("\0\1\0\4" COOKIE ID)), NO);
    assert_int_equal(try_datagram(&proto_stun, BYTES("\x40\1\0\0" COOKIE ID)), NO);
    assert_int_equal(try_datagram(&proto_stun, BYTES("\0\3\0\0" OLD_ID)), NO);
    assert_int_equal(
        try_datagram(&proto_stun, BYTES("\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")), NO);
    assert_int_equal(try_datagram(&proto_stun, BYTES("\1\1\0\4" OLD_ID "\0\x0c\0\0")), NO);
    assert_int_equal(try_datagram(&proto_stun, BYTES("\1\1\0\4" OLD_ID "\0\1\0\4")), NO);
    assert_int_equal(try_datagram(&proto_stun, BYTES("")), NO);
    assert_int_equal(try_cuts(&proto_stun, BYTES("\1\1\0\x08" COOKIE ID "\0\x20\0\4abcd")), 0);
    assert_int_equal(try_noise(&proto_stun, false, 100000), 0);
}

static void streams(void **state)
{
    assert_int_equal(try_stream(&proto_stun, BYTES("\0\1\0\0" COOKIE)), YES);
    assert_int_equal(try_stream(&proto_stun, BYTES("\0\3\0\x08" COOKIE ID "more")), YES);
    assert_int_equal(try_stream(&proto_stun, BYTES("\0\1\0\0"
                                                   "\x21\x12")),
                     MAYBE);
    assert_int_equal(try_stream(&proto_stun, BYTES("\0\1\0\0" OLD_ID)), NO);
    assert_int_equal(try_stream(&proto_stun, BYTES("\0\1\0\3")), NO);
    assert_int_equal(try_noise(&proto_stun, true, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams),
        cmocka_unit_test(streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
