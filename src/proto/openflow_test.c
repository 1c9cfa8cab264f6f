// SPDX-License-Identifier: Apache-2.0
// OpenFlow: greetings with and without a list of versions.
#include "proto/try.h"

static void greetings(void **state)
{
    assert_int_equal(try_stream(&proto_openflow, BYTES("\x01\0\0\x08\0\0\0\x01")), YES);
    assert_int_equal(
        try_stream(&proto_openflow, BYTES("\x04\0\0\x10\0\0\0\x01\0\x01\0\x08\0\0\0\x10")),
        YES);
    assert_int_equal(try_stream(&proto_openflow, BYTES("\x04\0\0\x10\0\0\0\x01\0")), MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_stream(&proto_openflow, BYTES("\x07\0\0\x08\0\0\0\x01")), NO);
    assert_int_equal(try_stream(&proto_openflow, BYTES("\x04\x02\0\x08\0\0\0\x01")), NO);
    assert_int_equal(try_stream(&proto_openflow, BYTES("\x04\0\0\x07\0\0\0\x01")), NO);
    assert_int_equal(try_stream(&proto_openflow, BYTES("\x04\0\x01\x08\0\0\0\x01")), NO);
    assert_int_equal(
        try_stream(&proto_openflow, BYTES("\x04\0\0\x10\0\0\0\x01\0\x02\0\x08\0\0\0\x10")), NO);
    // TPKT with COTP: data, a request to connect
    assert_int_equal(try_stream(&proto_openflow, BYTES("\x03\0\0\x08\x02\xf0\x80\x28")), NO);
    assert_int_equal(
        try_stream(&proto_openflow, BYTES("\x03\0\0\x18\x13\xe0\0\0\0\1\0\xc1\2\1\0")), NO);
    assert_int_equal(try_noise(&proto_openflow, true, 10000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(greetings),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
