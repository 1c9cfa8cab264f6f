// SPDX-License-Identifier: Apache-2.0
// SNMP: the three versions, and sequences that are something else.
#include "proto/try.h"

#define GET                                                                                    \
    "\x30\x27\2\1\1\4\6public\xa0\x1a\2\2\x12\x34\2\1\0\2\1\0\x30\x0e\x30\x0c\6\x08"           \
    "+\6\1\2\1\1\1\0\5\0"
#define TRAP                                                                                   \
    "\x30\x27\2\1\0\4\6public\xa4\x1a\6\7+\6\1\4\1\x09\1\x40\4\xc0\0\2\1\2\1\6\2\1\1"          \
    "\x43\1\5\x30\0"
#define VERSION_3                                                                              \
    "\x30\x1e\2\1\3\x30\x0f\2\2\x12\x34\2\3\0\xff\xe3\4\1\4\2\1\3\4\2\x30\0\x30\4\4\0\4\0"

static void messages(void **state)
{
    assert_int_equal(try_datagram(&proto_snmp, BYTES(GET)), YES);
    assert_int_equal(try_datagram(&proto_snmp, BYTES(TRAP)), YES);
    assert_int_equal(try_datagram(&proto_snmp, BYTES(VERSION_3)), YES);
}

static void others(void **state)
{
    assert_int_equal(try_datagram(&proto_snmp, BYTES(GET "\0")), NO);
    // version 2, which nobody speaks; an operation that there is not; LDAP's unbind
    assert_int_equal(try_datagram(&proto_snmp, BYTES("\x30\x0d\2\1\2\4\1x\xa0\5\2\1\1\2\0")),
                     NO);
    assert_int_equal(try_datagram(&proto_snmp, BYTES("\x30\x0d\2\1\1\4\1x\xa9\5\2\1\1\2\0")),
                     NO);
    assert_int_equal(try_datagram(&proto_snmp, BYTES("\x30\5\2\1\1\x42\0")), NO);
    assert_int_equal(try_datagram(&proto_snmp, BYTES("")), NO);
    assert_int_equal(try_cuts(&proto_snmp, BYTES(GET)), 0);
    assert_int_equal(try_cuts(&proto_snmp, BYTES(TRAP)), 0);
    assert_int_equal(try_cuts(&proto_snmp, BYTES(VERSION_3)), 0);
    assert_int_equal(try_noise(&proto_snmp, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
