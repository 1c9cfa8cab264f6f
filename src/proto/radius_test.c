// SPDX-License-Identifier: Apache-2.0
// RADIUS: requests and answers, and headers whose attributes do not fill them.
#include "proto/try.h"

#define AUTHENTICATOR "\x10\x21\x32\x43\x54\x65\x76\x87\x98\xa9\xba\xcb\xdc\xed\xfe\x0f"
#define ACCESS                                                                                 \
    "\1\7\0\x35" AUTHENTICATOR "\1\5"                                                          \
    "bob"                                                                                      \
    "\2\x12"                                                                                   \
    "0123456789abcdef"                                                                         \
    "\5\6\0\0\0\3"                                                                             \
    "\x1e\4"                                                                                   \
    "ab"
#define REJECT                                                                                 \
    "\3\7\0\x1a" AUTHENTICATOR "\x12\6"                                                        \
    "sorr"
#define START "\4\x08\0\x1a" AUTHENTICATOR "\x28\6\0\0\0\1"

static void messages(void **state)
{
    assert_int_equal(try_datagram(&proto_radius, BYTES(ACCESS)), YES);
    assert_int_equal(try_datagram(&proto_radius, BYTES(START)), YES);
    // little to go by: enough only beside what the other side said
    assert_int_equal(try_datagram(&proto_radius, BYTES(REJECT)), MAYBE);
    assert_int_equal(try_datagram(&proto_radius, BYTES("\5\x08\0\x14" AUTHENTICATOR)), MAYBE);
}

static void others(void **state)
{
    assert_int_equal(
        try_datagram(&proto_radius, BYTES("\6\7\0\x1a" AUTHENTICATOR "\x28\6\0\0\0\1")), NO);
    assert_int_equal(
        try_datagram(&proto_radius, BYTES("\4\7\0\x1b" AUTHENTICATOR "\x28\6\0\0\0\1")), NO);
    assert_int_equal(
        try_datagram(&proto_radius, BYTES("\4\7\0\x1a" AUTHENTICATOR "\x28\5\0\0\0\1")), NO);
    assert_int_equal(
        try_datagram(&proto_radius, BYTES("\4\7\0\x1a" AUTHENTICATOR "\x12\1\0\0\0\1")), NO);
    assert_int_equal(try_datagram(&proto_radius, BYTES("\4\7\0\x15" AUTHENTICATOR "\x12")), NO);
    assert_int_equal(try_datagram(&proto_radius, BYTES("")), NO);
    assert_int_equal(try_cuts(&proto_radius, BYTES(ACCESS)), 0);
    assert_int_equal(try_noise(&proto_radius, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
