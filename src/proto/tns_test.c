// SPDX-License-Identifier: Apache-2.0
// TNS: packets that begin sessions, and numbers that do not fit.
#include "proto/try.h"

#define CONNECT                                                                                \
    "\0\x44\0\0\1\0\0\0\1\x39\1\x2c\0\0\x08\0\x7f\xff\x7f\x08\0\0\0\1\0\x0a\0\x3a\0\0\2\0"
#define ACCEPT                                                                                 \
    "\0\x20\0\0\2\0\0\0\1\x39\0\0\x08\0\x7f\xff\1\0\0\0\0\x20\x61\x61\0\0\0\0\0\0\0\0"

static void packets(void **state)
{
    assert_int_equal(try_stream(&proto_tns, BYTES(CONNECT)), YES);
    assert_int_equal(try_stream(&proto_tns, BYTES(ACCEPT)), YES);
    assert_int_equal(try_stream(&proto_tns, BYTES("\0\x08\0\0\x0b\0\0\0")), YES);
    assert_int_equal(try_stream(&proto_tns, BYTES("\0\x44\0\0\1")), MAYBE);
    assert_int_equal(try_stream(&proto_tns, BYTES("\0\x44\0\0\1\0\0\0\1\x39\1\x2c\0\0")),
                     MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_stream(&proto_tns, BYTES("\0\x44\0\1\1")), NO);
    assert_int_equal(try_stream(&proto_tns, BYTES("\0\x44\0\0\6\0\0\0")), NO);
    assert_int_equal(try_stream(&proto_tns, BYTES("\0\x44\0\0\1\0\0\0\1\x39\1\x3a")), NO);
    assert_int_equal(try_stream(&proto_tns, BYTES("\0\x44\0\0\1\0\0\0\2\x39\1\x2c")), NO);
    assert_int_equal(try_stream(&proto_tns, BYTES("\0\x45\0\0\1\0\0\0\1\x39\1\x2c\0\0\x08\0\x7f"
                                                  "\xff\x7f\x08\0\0\0\1\0\x0a\0\x3a")),
                     NO);
    assert_int_equal(try_stream(&proto_tns, BYTES("\0\7\0\0\1\0\0\0")), NO);
    assert_int_equal(try_stream(&proto_tns, BYTES("\0\x09\0\0\x0b\0\0\0")), NO);
    assert_int_equal(try_noise(&proto_tns, true, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
