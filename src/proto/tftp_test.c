// SPDX-License-Identifier: Apache-2.0
// TFTP: requests claim it, blocks only confirm it.
#include "proto/try.h"

static void requests(void **state)
{
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1boot.bin\0octet\0")), YES);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\2a\0NetASCII\0")), YES);
    assert_int_equal(
        try_datagram(&proto_tftp, BYTES("\0\1a\0octet\0blksize\0001400\0tsize\0000\0")), YES);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\6tsize\000123\0")), YES);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\5\0\1File not found\0")), YES);
}

static void broken(void **state)
{
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1boot.bin\0octet")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1\0octet\0")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1a\0other\0")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1a\0octet\0junk")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1a\0octet\0color\0red\0")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\5\0\x63no such code\0")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1a\nb\0octet\0")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0")), NO);
}

static void cut(void **state)
{
    struct head h = {.bytes = BYTES("\0\1boot.bin\0octet\0"), .length = 100};

    assert_int_equal(proto_tftp.probe(&h), NO);
}

static void blocks(void **state)
{
    static const uint8_t data[517] = {0, 3, 0, 1};

    assert_int_equal(try_datagram(&proto_tftp, slice_of(data, 516)), MAYBE);
    assert_int_equal(try_datagram(&proto_tftp, slice_of(data, 517)), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\4\0\1")), MAYBE);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\4\0\1x")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\5\0\0\0")), MAYBE);
    assert_int_equal(try_noise(&proto_tftp, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(broken),
        cmocka_unit_test(cut),
        cmocka_unit_test(blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
