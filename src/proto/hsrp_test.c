// SPDX-License-Identifier: Apache-2.0
// HSRP: messages of both versions with their elements, and what differs in one field.
#include "proto/try.h"

#define HELLO    "\0\0\x10\3\x0a\x64\1\0cisco\0\0\0\xc0\0\2\1"
#define UNSIGNED "\0\0\x08\3\x0a\x64\1\0\0\0\0\0\0\0\0\0\xc0\0\2\1"
#define DIGEST   "\4\x1c\1\0\0\0\xc0\0\2\2\0\0\0\0ABCDEFGHIJKLMNOP"
#define EMPTY    "\4\0\0\0\0\0\xc0\0\2\2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define GROUP                                                                                  \
    "\1\x28\2\0\6\4\0\x0a\2\0\0\0\0\x0a\0\0\0\x64\0\0\x0b\xb8\0\0\x27\x10\xc0\0\2\1"           \
    "\0\0\0\0\0\0\0\0\0\0\0\0"
#define INTERFACE "\2\4\0\1\0\0"
#define TEXT                                                                                   \
    "\3\x08"                                                                                   \
    "cisco\0\0\0"

static void messages(void **state)
{
    assert_int_equal(try_datagram(&proto_hsrp, BYTES(HELLO)), YES);
    assert_int_equal(try_datagram(&proto_hsrp, BYTES(UNSIGNED DIGEST)), YES);
    assert_int_equal(try_datagram(&proto_hsrp, BYTES(HELLO EMPTY)), YES);
    assert_int_equal(try_datagram(&proto_hsrp, BYTES("\0\3\0\1\0\x0a\2\0\0\0\0\1\0\0\0\0")),
                     YES);
    assert_int_equal(try_datagram(&proto_hsrp, BYTES("\0\3\0\1\0\x0e\2\0\0\0\0\1\0\0\0\0")),
                     YES);
    assert_int_equal(try_datagram(&proto_hsrp, BYTES(GROUP)), YES);
    assert_int_equal(try_datagram(&proto_hsrp, BYTES(GROUP TEXT)), YES);
    assert_int_equal(try_datagram(&proto_hsrp, BYTES(INTERFACE GROUP DIGEST)), YES);
    assert_int_equal(try_datagram(&proto_hsrp, BYTES(INTERFACE)), MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_datagram(&proto_hsrp, BYTES(UNSIGNED)), NO); // no password
    assert_int_equal(try_datagram(&proto_hsrp, BYTES(UNSIGNED EMPTY)), NO);
    assert_int_equal(try_datagram(&proto_hsrp, BYTES(HELLO "x")), NO);
    assert_int_equal(try_datagram(&proto_hsrp, BYTES(GROUP "\1")), NO);
    assert_int_equal(try_datagram(&proto_hsrp, BYTES(GROUP "\5\0")), NO);
    // a state that is two; more between hellos than a router waits
    assert_int_equal(
        try_datagram(&proto_hsrp, BYTES("\0\0\3\3\x0a\x64\1\0cisco\0\0\0\xc0\0\2\1")), NO);
    assert_int_equal(
        try_datagram(&proto_hsrp, BYTES("\0\0\x10\x0b\x0a\x64\1\0cisco\0\0\0\xc0\0\2\1")), NO);
    assert_int_equal(try_cuts(&proto_hsrp, BYTES(HELLO)), 0);
    assert_int_equal(try_cuts(&proto_hsrp, BYTES(UNSIGNED DIGEST)), 0);
    assert_int_equal(try_cuts(&proto_hsrp, BYTES(GROUP)), 0);
    assert_int_equal(try_noise(&proto_hsrp, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
