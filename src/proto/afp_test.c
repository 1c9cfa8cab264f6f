// SPDX-License-Identifier: Apache-2.0
// AFP: sessions that are opened, status that is told, and headers with more in them.
#include "proto/try.h"

#define OPEN "\0\4\0\1\0\0\0\0\0\0\0\6\0\0\0\0"
#define TOLD "\1\3\0\1\0\0\0\0\0\0\0\x40\0\0\0\0"

static void headers(void **state)
{
    assert_int_equal(try_stream(&proto_afp, BYTES(OPEN "\1\4\0\0\4\0")), YES);
    assert_int_equal(
        try_stream(&proto_afp,
                   BYTES("\1\4\0\1\0\0\0\0\0\0\0\x0c\0\0\0\0\0\4\0\x10\0\0\2\4\0\0\0\x80")),
        YES);
    assert_int_equal(try_stream(&proto_afp, BYTES(TOLD "\0\x18\0\x20\0\x30\0\0\0\0")), YES);
    assert_int_equal(try_stream(&proto_afp, BYTES(OPEN)), MAYBE);
    assert_int_equal(try_stream(&proto_afp, BYTES(TOLD "\0\x18")), MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_stream(&proto_afp, BYTES("\0\2")), NO);
    assert_int_equal(try_stream(&proto_afp, BYTES("\2\3")), NO);
    assert_int_equal(try_stream(&proto_afp, BYTES(OPEN "\1\5")), NO);
    assert_int_equal(try_stream(&proto_afp, BYTES(OPEN "\3\4")), NO);
    assert_int_equal(try_stream(&proto_afp, BYTES("\0\4\0\1\0\0\0\0\0\0\0\7\0\0\0\0")), NO);
    assert_int_equal(try_stream(&proto_afp, BYTES("\0\3")), NO);
    assert_int_equal(try_stream(&proto_afp, BYTES(TOLD "\0\x18\0\x18\0\x30")), NO);
    assert_int_equal(try_stream(&proto_afp, BYTES(TOLD "\0\x18\0\x20\0\x40")), NO);
    assert_int_equal(try_noise(&proto_afp, true, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
