// SPDX-License-Identifier: Apache-2.0
// ISAKMP: headers of both versions, with and without the marker of port 4500.
#include "proto/try.h"

#define SPIS "\x11\x22\x33\x44\x55\x66\x77\x88\0\0\0\0\0\0\0\0"

static void headers(void **state)
{
    assert_int_equal(try_datagram(&proto_isakmp, BYTES(SPIS "\x01\x10\x02\0\0\0\0\0\0\0\0\x20"
                                                            "body")),
                     YES);
    assert_int_equal(try_datagram(&proto_isakmp, BYTES(SPIS "\x21\x20\x22\x08\0\0\0\0\0\0\0\x20"
                                                            "body")),
                     YES);
    assert_int_equal(
        try_datagram(&proto_isakmp, BYTES("\0\0\0\0" SPIS "\x21\x20\x22\x08\0\0\0\0\0\0\0\x20"
                                          "body")),
        YES);
}

static void others(void **state)
{
    assert_int_equal(try_datagram(&proto_isakmp, BYTES(SPIS "\x21\x20\x22\x08\0\0\0\0\0\0\0\x21"
                                                            "body")),
                     NO);
    assert_int_equal(try_datagram(&proto_isakmp, BYTES(SPIS "\x21\x30\x22\x08\0\0\0\0\0\0\0\x20"
                                                            "body")),
                     NO);
    assert_int_equal(try_datagram(&proto_isakmp, BYTES(SPIS "\x21\x20\x02\x08\0\0\0\0\0\0\0\x20"
                                                            "body")),
                     NO);
    assert_int_equal(try_datagram(&proto_isakmp, BYTES(SPIS "\x21\x20\x22")), NO);
    assert_int_equal(try_datagram(&proto_isakmp, BYTES("")), NO);
    assert_int_equal(try_noise(&proto_isakmp, false, 10000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
