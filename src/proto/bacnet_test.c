// SPDX-License-Identifier: Apache-2.0
// BACnet/IP: link headers with and without a network layer.
#include "proto/try.h"

static void headers(void **state)
{
    static const struct {
        const char *p;
        uint32_t n;
    } whole[] = {
        {"\x81\x0b\0\x08\x01\0\x10\x08", 8},                    // who is there
        {"\x81\x0a\0\x08\x01\x04\0\x05", 8},                    // a question to one
        {"\x81\x04\0\x0e\x0a\0\0\1\xba\xc0\x01\0\x10\x08", 14}, // forwarded
        {"\x81\x05\0\x06\0\x3c", 6},
        {"\x81\x02\0\x04", 4},
        {"\x81\x03\0\x0e\x0a\0\0\1\xba\xc0\xff\xff\xff\xff", 14},
    };

    for (size_t i = 0; i < COUNT_OF(whole); i++)
        assert_int_equal(try_datagram(&proto_bacnet, slice_of(whole[i].p, whole[i].n)), YES);
}

static void others(void **state)
{
    assert_int_equal(try_datagram(&proto_bacnet, BYTES("\x81\x0b\0\x09\x01\0\x10\x08")), NO);
    assert_int_equal(try_datagram(&proto_bacnet, BYTES("\x81\x0b\0\x08\x02\0\x10\x08")), NO);
    assert_int_equal(try_datagram(&proto_bacnet, BYTES("\x81\x0c\0\x08\x01\0\x10\x08")), NO);
    assert_int_equal(try_datagram(&proto_bacnet, BYTES("\x81\x05\0\x04")), NO);
    assert_int_equal(try_datagram(&proto_bacnet, BYTES("\x81\x04\0\x05\1")), NO);
    assert_int_equal(try_datagram(&proto_bacnet, BYTES("\x81")), NO);
    assert_int_equal(try_noise(&proto_bacnet, false, 10000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
