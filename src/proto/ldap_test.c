// SPDX-License-Identifier: Apache-2.0
// LDAP: operations in short and long lengths, and what else begins with a sequence.
#include "proto/try.h"

static void operations(void **state)
{
    static const struct {
        const char *p;
        uint32_t n;
    } whole[] = {
        {"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00", 14},
        {"\x30\x84\0\0\0\x10\x02\x01\x01\x61\x84\0\0\0\x07\x0a\x01\0\x04\0\x04\0", 22},
        {"\x30\x0a\x02\x02\x01\x00\x63\x04\x04\x00\x0a\x01", 12},
        {"\x30\x07\x02\x01\x02\x64\x02\x04\x00", 9},
    };

    for (size_t i = 0; i < COUNT_OF(whole); i++) {
        assert_int_equal(try_stream(&proto_ldap, slice_of(whole[i].p, whole[i].n)), YES);
        assert_int_equal(try_datagram(&proto_ldap, slice_of(whole[i].p, whole[i].n)), YES);
    }
    assert_int_equal(try_stream(&proto_ldap, BYTES("\x30\x0c\x02")), MAYBE);
}

static void others(void **state)
{
    // SNMP: version, community
    assert_int_equal(try_datagram(&proto_ldap, BYTES("\x30\x0b\x02\x01\x01\x04\x06public")),
                     NO);
    assert_int_equal(try_stream(&proto_ldap, BYTES("\x30\x0b\x02\x01\x01\x04\x06public")), NO);
    // a bind of version 7
    assert_int_equal(
        try_stream(&proto_ldap, BYTES("\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x07\x04\0\x80\0")),
        NO);
    // an operation longer than its message
    assert_int_equal(try_stream(&proto_ldap, BYTES("\x30\x0a\x02\x01\x01\x63\x20\x04\0\x0a")),
                     NO);
    assert_int_equal(try_stream(&proto_ldap, BYTES("\x30\x80\x02\x01\x01\x63\x04")), NO);
    assert_int_equal(try_stream(&proto_ldap, BYTES("0123456789")), NO);
    assert_int_equal(try_datagram(&proto_ldap, BYTES("\x30")), NO);
    assert_int_equal(try_noise(&proto_ldap, true, 10000), 0);
    assert_int_equal(try_noise(&proto_ldap, false, 10000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
