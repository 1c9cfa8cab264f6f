// SPDX-License-Identifier: Apache-2.0
// IEC 60870-5-104: frames of the three formats, and what only begins like one.
#include "proto/try.h"

#define START_DATA "\x68\4\7\0\0\0"
#define CONFIRMED  "\x68\4\1\0\x14\0"
#define ONE_POINT  "\x68\x0e\0\0\0\0\1\1\3\0\0\1\0\0\0\0"

static void frames(void **state)
{
    assert_int_equal(try_stream(&proto_iec104, BYTES(START_DATA)), YES);
    assert_int_equal(try_stream(&proto_iec104, BYTES(CONFIRMED)), YES);
    assert_int_equal(try_stream(&proto_iec104, BYTES(ONE_POINT)), YES);
    assert_int_equal(try_stream(&proto_iec104, BYTES(START_DATA CONFIRMED ONE_POINT)), YES);
    assert_int_equal(try_stream(&proto_iec104, BYTES("\x68")), MAYBE);
    assert_int_equal(try_stream(&proto_iec104, BYTES("\x68\x0e\0\0\0\0\1\1")), MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_stream(&proto_iec104, BYTES("\x68\4\x17\0\0\0")), NO); // two functions
    assert_int_equal(try_stream(&proto_iec104, BYTES("\x68\4\7\0\0\1")), NO);   // a number
    assert_int_equal(try_stream(&proto_iec104, BYTES("\x68\3\7\0\0")), NO);     // too short
    assert_int_equal(try_stream(&proto_iec104, BYTES("\x68\5\1\0\0\0\0")), NO); // S with data
    assert_int_equal(try_stream(&proto_iec104, BYTES("\x68\4\0\0\0\0")), NO);   // I without
    assert_int_equal(try_stream(&proto_iec104, BYTES("\x68\x0e\0\0\0\0\1\1\0")),
                     NO); // no cause
    assert_int_equal(try_stream(&proto_iec104, BYTES("hello, world")), NO);
    assert_true(try_noise(&proto_iec104, true, 100000) < 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
