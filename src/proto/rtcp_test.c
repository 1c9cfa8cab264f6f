// SPDX-License-Identifier: Apache-2.0
// RTCP: reports alone and with others behind, and packets that do not fill the datagram.
#include "proto/try.h"

#define SENT                                                                                   \
    "\x80\xc8\0\6"                                                                             \
    "ssrc"                                                                                     \
    "timetime"                                                                                 \
    "rtp."                                                                                     \
    "\0\0\0\1"                                                                                 \
    "\0\0\0\2"
#define RECEIVED                                                                               \
    "\x80\xc9\0\1"                                                                             \
    "ssrc"
#define NAME                                                                                   \
    "\x81\xca\0\3"                                                                             \
    "ssrc"                                                                                     \
    "\1\4me@x"                                                                                 \
    "\0\0"

static void compounds(void **state)
{
    assert_int_equal(try_datagram(&proto_rtcp, BYTES(SENT NAME)), YES);
    assert_int_equal(try_datagram(&proto_rtcp, BYTES(RECEIVED NAME)), YES);
    assert_int_equal(try_datagram(&proto_rtcp, BYTES(SENT)), YES);
    assert_int_equal(try_datagram(&proto_rtcp, BYTES("\x81\xc9\0\7"
                                                     "ssrc"
                                                     "012345678901234567890123" NAME)),
                     YES);
}

static void others(void **state)
{
    assert_int_equal(try_datagram(&proto_rtcp, BYTES(NAME)), NO);
    assert_int_equal(try_datagram(&proto_rtcp, BYTES(SENT "abcd")), NO);
    assert_int_equal(try_datagram(&proto_rtcp, BYTES("\x81\xc9\0\1"
                                                     "ssrc")),
                     NO);
    assert_int_equal(try_datagram(&proto_rtcp, BYTES("\x40\xc9\0\1"
                                                     "ssrc")),
                     NO);
    assert_int_equal(try_datagram(&proto_rtcp, BYTES("\xa0\xc9\0\1"
                                                     "ssrc" NAME)),
                     NO);
    assert_int_equal(try_datagram(&proto_rtcp, BYTES(RECEIVED "\x81\xca\0\4"
                                                              "ssrc")),
                     NO);
    assert_int_equal(try_datagram(&proto_rtcp, BYTES("")), NO);
    assert_int_equal(try_cuts(&proto_rtcp, BYTES(SENT)), 0);
    assert_int_equal(try_noise(&proto_rtcp, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compounds),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
