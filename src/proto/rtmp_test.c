// SPDX-License-Identifier: Apache-2.0
// RTMP: handshakes, and what begins with a 3 but is none.
#include "proto/try.h"

#define RANDOM "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ZEROS  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void handshakes(void **state)
{
    assert_int_equal(try_stream(&proto_rtmp, BYTES("\3\0\0\x12\x34\0\0\0\0" RANDOM)), YES);
    assert_int_equal(try_stream(&proto_rtmp, BYTES("\3\0\0\0\0\x09\0\x7c\2" RANDOM "more")),
                     YES);
    assert_int_equal(try_stream(&proto_rtmp, BYTES("\3\0\0\x12\x34\0\0\0\0"
                                                   "0123")),
                     MAYBE);
    assert_int_equal(try_stream(&proto_rtmp, BYTES("\3\0\0")), MAYBE);
}

static void others(void **state)
{
    assert_int_equal(
        try_stream(&proto_rtmp, BYTES("\3\0\0\x12\x34\0\0\0\0" ZEROS ZEROS ZEROS ZEROS)), NO);
    assert_int_equal(try_stream(&proto_rtmp, BYTES("\6\0\0\x12\x34\0\0\0\0" RANDOM)), NO);
    assert_int_equal(try_stream(&proto_rtmp, BYTES("\3\0\0\x16\x11\xe0\0\0\0\1")), NO);
    assert_int_equal(try_stream(&proto_rtmp, BYTES("\3\0\0\x12\x34\0\0\0\1" RANDOM)), NO);
    assert_int_equal(try_noise(&proto_rtmp, true, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handshakes),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
