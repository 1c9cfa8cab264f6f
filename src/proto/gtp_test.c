// SPDX-License-Identifier: Apache-2.0
// GTP: both versions, elements and packets carried, and lengths that do not fit.
#include "proto/try.h"

#define ECHO   "\x32\1\0\4\0\0\0\0\0\1\0\0"
#define ANSWER "\x32\2\0\6\0\0\0\0\0\1\0\0\x0e\7"
#define DELETE "\x32\x14\0\x08\0\0\0\x09\0\2\0\0\x13\xff\x14\5"
#define CREATE "\x32\x10\0\x0d\0\0\0\0\0\2\0\0\x10\0\0\0\1\x80\0\1\x21"
#define IP                                                                                     \
    "\x45\0\0\x16\0\1\0\0\x40\1\0\0\x0a\0\0\1\x0a\0\0\2"                                       \
    "ab"
#define CARRIED  "\x30\xff\0\x16\0\0\0\x09" IP
#define EXTENDED "\x34\xff\0\x1e\0\0\0\x09\0\0\0\x85\1\0\1\0" IP
#define ECHO_2   "\x40\1\0\x09\0\0\1\0\3\0\1\0\x07"
#define SESSION  "\x48\x24\0\x0d\0\0\0\x09\0\0\1\0\x49\0\1\0\5"

static void messages(void **state)
{
    assert_int_equal(try_datagram(&proto_gtp, BYTES(ECHO)), YES);
    assert_int_equal(try_datagram(&proto_gtp, BYTES(ANSWER)), YES);
    assert_int_equal(try_datagram(&proto_gtp, BYTES(DELETE)), YES);
    assert_int_equal(try_datagram(&proto_gtp, BYTES(CREATE)), YES);
    assert_int_equal(try_datagram(&proto_gtp, BYTES(CARRIED)), MAYBE);
    assert_int_equal(try_datagram(&proto_gtp, BYTES(EXTENDED)), MAYBE);
    assert_int_equal(try_datagram(&proto_gtp, BYTES(ECHO_2)), YES);
    assert_int_equal(try_datagram(&proto_gtp, BYTES(SESSION)), YES);
    assert_int_equal(try_datagram(&proto_gtp, BYTES("\x30\xff\0\4\0\0\0\x09"
                                                    "abcd")),
                     MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_datagram(&proto_gtp, BYTES(ECHO "\0")), NO);
    assert_int_equal(try_datagram(&proto_gtp, BYTES("\x12\1\0\4\0\0\0\0\0\1\0\0")), NO);
    assert_int_equal(try_datagram(&proto_gtp, BYTES("\x3a\1\0\4\0\0\0\0\0\1\0\0")), NO);
    assert_int_equal(try_datagram(&proto_gtp, BYTES("\x32\2\0\6\0\0\0\0\0\1\0\0\x7e\7")), NO);
    assert_int_equal(try_datagram(&proto_gtp, BYTES("\x32\2\0\6\0\0\0\0\0\1\0\0\x80\7")), NO);
    assert_int_equal(try_datagram(&proto_gtp, BYTES("\x34\xff\0\4\0\0\0\x09\0\0\0\x85")), NO);
    assert_int_equal(try_datagram(&proto_gtp, BYTES("\x48\1\0\x09\0\0\1\0\3\0\1\0\x07")), NO);
    assert_int_equal(try_datagram(&proto_gtp, BYTES("\x40\1\0\x09\0\0\1\0\3\0\2\0\x07")), NO);
    assert_int_equal(try_cuts(&proto_gtp, BYTES(EXTENDED)), 0);
    assert_int_equal(try_cuts(&proto_gtp, BYTES(CREATE)), 0);
    assert_int_equal(try_cuts(&proto_gtp, BYTES(SESSION)), 0);
    assert_int_equal(try_noise(&proto_gtp, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
