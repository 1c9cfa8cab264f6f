// SPDX-License-Identifier: Apache-2.0
// Cassandra: frames that start sessions, and others of their versions.
#include "proto/try.h"

static void frames(void **state)
{
    assert_int_equal(try_stream(&proto_cassandra, BYTES("\4\0\0\0\1\0\0\0\x16\0\1\0\x0b"
                                                        "CQL_VERSION\0\5"
                                                        "3.0.0")),
                     YES);
    assert_int_equal(try_stream(&proto_cassandra, BYTES("\x84\0\0\0\6\0\0\0\x60\0\2\0\x0b"
                                                        "COMPRESSION\0\2")),
                     YES);
    assert_int_equal(try_stream(&proto_cassandra, BYTES("\4\0\0\0\1\0\0\0\x16\0\1\0\x0b"
                                                        "CQL_")),
                     MAYBE);
    assert_int_equal(try_stream(&proto_cassandra, BYTES("\3\0\0")), MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_stream(&proto_cassandra, BYTES("\2\0\0\0\1")), NO);
    assert_int_equal(try_stream(&proto_cassandra, BYTES("\4\x20")), NO);
    assert_int_equal(try_stream(&proto_cassandra, BYTES("\4\0\0\0\5")), NO);
    assert_int_equal(try_stream(&proto_cassandra, BYTES("\x84\0\0\0\1")), NO);
    assert_int_equal(try_stream(&proto_cassandra, BYTES("\4\0\0\0\1\0\0\0\x16\0\1\0\x0b"
                                                        "cql_version")),
                     NO);
    assert_int_equal(try_stream(&proto_cassandra, BYTES("\4\0\0\0\1\0\0\0\x16\0\0")), NO);
    assert_int_equal(try_stream(&proto_cassandra, BYTES("\4\0\0\0\1\0\1\0\x16")), NO);
    assert_int_equal(try_stream(&proto_cassandra, BYTES("\4\0\0\0\1\0\0\0\x16\0\1\0\3"
                                                        "CQL")),
                     NO);
    assert_int_equal(try_noise(&proto_cassandra, true, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
