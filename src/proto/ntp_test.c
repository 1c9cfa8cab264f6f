// SPDX-License-Identifier: Apache-2.0
// NTP: questions, answers, control and private messages, and times that do not belong together.
#include "proto/try.h"

#define Z8       "\0\0\0\0\0\0\0\0"
#define TIME(b)  "\xee\1\2" b "\x12\x34\x56\x78"
#define DELAYS   "\0\0\x12\x34\0\0\x56\x78\x0a\0\0\1"
#define ASKED    "\x23\0\6\x20" Z8 "\0\0\0\0" Z8 Z8 Z8 TIME("\x10")
#define BARE     "\x1b\0\0\0" Z8 "\0\0\0\0" Z8 Z8 Z8 Z8
#define AGAIN    "\x23\2\6\xe9" DELAYS TIME("\1") TIME("\x10") TIME("\x11") TIME("\x50")
#define ANSWERED "\x24\2\6\xe9" DELAYS TIME("\1") TIME("\x50") TIME("\x51") TIME("\x51")
#define LATE     "\x24\2\6\xe9" DELAYS TIME("\1") TIME("\x50") TIME("\x51") TIME("\x59")
#define DRAWN                                                                                  \
    "\x23\0\6\x20" Z8 "\0\0\0\0" Z8 TIME("\x10") "abcdefgh"                                    \
                                                 "ijklmnop"
#define BROADCAST "\x25\2\6\xe9" DELAYS TIME("\1") Z8 Z8 TIME("\x51")
#define MD5                                                                                    \
    "\0\0\0\1"                                                                                 \
    "0123456789abcdef"
#define FIELD                                                                                  \
    "\1\4\0\x1c"                                                                               \
    "0123456789abcdef01234567"

static void times(void **state)
{
    assert_int_equal(try_datagram(&proto_ntp, BYTES(ASKED)), YES);
    assert_int_equal(try_datagram(&proto_ntp, BYTES(BARE)), YES);
    assert_int_equal(try_datagram(&proto_ntp, BYTES(DRAWN)), YES);
    assert_int_equal(try_datagram(&proto_ntp, BYTES(AGAIN)), YES);
    assert_int_equal(try_datagram(&proto_ntp, BYTES(ANSWERED)), YES);
    assert_int_equal(try_datagram(&proto_ntp, BYTES(ANSWERED MD5)), YES);
    assert_int_equal(try_datagram(&proto_ntp, BYTES(ASKED FIELD FIELD)), YES);
    assert_int_equal(try_datagram(&proto_ntp, BYTES(BROADCAST)), YES);
}

static void messages(void **state)
{
    assert_int_equal(try_datagram(&proto_ntp, BYTES("\x16\2\0\1\0\0\0\0\0\0\0\0")), YES);
    assert_int_equal(try_datagram(&proto_ntp, BYTES("\x16\x82\0\1\6\x18\0\0\0\0\0\x09"
                                                    "version=4\0\0\0")),
                     YES);
    assert_int_equal(try_datagram(&proto_ntp, BYTES("\x17\0\3\x2a\0\0\0\0")), YES);
    assert_int_equal(try_datagram(&proto_ntp, BYTES("\x97\0\3\x2a\0\2\0\4"
                                                    "abcdefgh")),
                     YES);
    assert_int_equal(try_datagram(&proto_ntp, BYTES("\x16\2\0\1\0\1\0\0\0\0\0\0")), NO);
    assert_int_equal(try_datagram(&proto_ntp, BYTES("\x16\2\0\1\0\0\0\0\0\0\0\4")), NO);
    assert_int_equal(try_datagram(&proto_ntp, BYTES("\x17\0\4\x2a\0\0\0\0")), NO);
    assert_int_equal(try_datagram(&proto_ntp, BYTES("\x97\0\3\x2a\0\2\0\4"
                                                    "abcdefg")),
                     NO);
}

static void others(void **state)
{
    assert_int_equal(try_datagram(&proto_ntp, BYTES(LATE)), NO);
    assert_int_equal(try_datagram(&proto_ntp, BYTES(ANSWERED "abcdefgh")), NO);
    assert_int_equal(try_datagram(&proto_ntp, BYTES("\x20" AGAIN)), NO);
    assert_int_equal(
        try_datagram(&proto_ntp, BYTES("\x23\x11\6\xe9" Z8 Z8 Z8 Z8 Z8 "\0\0\0\0")), NO);
    assert_int_equal(try_datagram(&proto_ntp, BYTES("\0\0\0\0" Z8 Z8 Z8 Z8 Z8 "\0\0\0\0")), NO);
    assert_int_equal(try_datagram(&proto_ntp, BYTES("")), NO);
    assert_int_equal(try_cuts(&proto_ntp, BYTES(ASKED)), 0);
    assert_int_equal(try_cuts(&proto_ntp, BYTES(ANSWERED)), 0);
    assert_int_equal(try_noise(&proto_ntp, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),
        cmocka_unit_test(messages),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
