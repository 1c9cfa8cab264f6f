// SPDX-License-Identifier: Apache-2.0
// PostgreSQL: how both sides begin, and what begins alike.
#include "proto/try.h"

static void clients(void **state)
{
    assert_int_equal(
        try_stream(&proto_postgresql, BYTES("\0\0\0\x21\0\3\0\0user\0me\0database\0pumps\0\0")),
        YES);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("\0\0\0\x08\4\xd2\x16\x2f")), YES);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("\0\0\0\x08\4\xd2\x16\x30")), YES);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("\0\0\0\x10\4\xd2\x16\x2e"
                                                         "\0\0\0\1abcd")),
                     YES);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("\0\0\0\x21\0\3\0\0us")), MAYBE);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("\0\0\0\x21\0\3\0\0us!")), NO);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("\0\0\0\x21\0\4\0\0user\0")), NO);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("\0\0\0\x09\4\xd2\x16\x2f")), NO);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("\0\0\0\7\0\3\0\0user\0")), NO);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("\0\1\0\x21\0\3\0\0user\0")), NO);
}

static void servers(void **state)
{
    assert_int_equal(try_stream(&proto_postgresql, BYTES("R\0\0\0\x08\0\0\0\0S")), YES);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("R\0\0\0\x0c\0\0\0\5abcd")), YES);
    assert_int_equal(
        try_stream(&proto_postgresql, BYTES("R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0")), YES);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("E\0\0\0\x58SFATAL\0VFATAL\0")), YES);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("E\0\0\0\x58SFATAL")), MAYBE);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("E\0\0\0\x58Sfatal\0")), NO);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("R\0\0\0\x09\0\0\0\0")), NO);
    assert_int_equal(try_stream(&proto_postgresql, BYTES("RTSP/1.0")), NO);
    assert_int_equal(try_noise(&proto_postgresql, true, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients),
        cmocka_unit_test(servers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
