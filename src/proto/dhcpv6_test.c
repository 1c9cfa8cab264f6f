// SPDX-License-Identifier: Apache-2.0
// DHCPv6: messages of clients and relays, and options that do not fit.
#include "proto/try.h"

#define DUID    "\0\x01\0\x06\0\x03\0\x01\xaa\xbb"
#define ADDRESS "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1"

static void messages(void **state)
{
    assert_int_equal(try_datagram(&proto_dhcpv6, BYTES("\x01\x12\x34\x56" DUID)), YES);
    assert_int_equal(
        try_datagram(&proto_dhcpv6, BYTES("\x0b\x12\x34\x56\0\x08\0\x02\0\0" DUID)), YES);
    assert_int_equal(try_datagram(&proto_dhcpv6, BYTES("\x0c\0" ADDRESS ADDRESS
                                                       "\0\x09\0\x04\x01\x12\x34\x56")),
                     YES);
}

static void others(void **state)
{
    assert_int_equal(try_datagram(&proto_dhcpv6, BYTES("\x01\x12\x34\x56" DUID "\0")), NO);
    assert_int_equal(try_datagram(&proto_dhcpv6, BYTES("\x01\x12\x34\x56\0\x08\0\x02\0\0")),
                     NO);
    assert_int_equal(try_datagram(&proto_dhcpv6, BYTES("\x01\x12\x34\x56\0\x01\0\x04\0\x09xy")),
                     NO);
    assert_int_equal(try_datagram(&proto_dhcpv6, BYTES("\x18\x12\x34\x56" DUID)), NO);
    assert_int_equal(try_datagram(&proto_dhcpv6, BYTES("\x01")), NO);
    assert_int_equal(try_noise(&proto_dhcpv6, false, 10000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
