// SPDX-License-Identifier: Apache-2.0
// AJP: packets of both sides, and what begins as they do.
#include "proto/try.h"

static void packets(void **state)
{
    assert_int_equal(try_stream(&proto_ajp, BYTES("\x12\x34\0\x40\2\2\0\x08"
                                                  "HTTP/1.1\0\0\1/")),
                     YES);
    assert_int_equal(try_stream(&proto_ajp, BYTES("\x12\x34\0\1\x0a")), YES);
    assert_int_equal(try_stream(&proto_ajp, BYTES("AB\0\1\x09")), YES);
    assert_int_equal(try_stream(&proto_ajp, BYTES("AB\0\x20\4\0\xc8\0\2OK")), YES);
    assert_int_equal(try_stream(&proto_ajp, BYTES("AB\0\2\5\1")), YES);
    assert_int_equal(try_stream(&proto_ajp, BYTES("AB\0\3\6\x1f\xfa")), YES);
    assert_int_equal(try_stream(&proto_ajp, BYTES("\x12\x34\0\x40\2\2\0\x08HTTP")), MAYBE);
    assert_int_equal(try_stream(&proto_ajp, BYTES("AB\0\x20\4\0")), MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_stream(&proto_ajp, BYTES("ABBA\n")), NO);
    assert_int_equal(try_stream(&proto_ajp, BYTES("\x12\x35\0")), NO);
    assert_int_equal(try_stream(&proto_ajp, BYTES("\x12\x34\0\x40\2\2\0\x08HTTP/2.0")), NO);
    assert_int_equal(try_stream(&proto_ajp, BYTES("\x12\x34\0\x40\2\x1c\0\x08HTTP/1.1")), NO);
    assert_int_equal(try_stream(&proto_ajp, BYTES("\x12\x34\0\2\x0a")), NO);
    assert_int_equal(try_stream(&proto_ajp, BYTES("AB\0\x20\4\2\x58\0")), NO);
    assert_int_equal(try_stream(&proto_ajp, BYTES("AB\0\x20\7")), NO);
    assert_int_equal(try_stream(&proto_ajp, BYTES("AB\0\2\5\2")), NO);
    assert_int_equal(try_noise(&proto_ajp, true, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
