// SPDX-License-Identifier: Apache-2.0
// TFTP data: the first block, and datagrams that are nearly one.
#include "proto/try.h"

static enum guess block(uint8_t opcode, uint8_t number, uint32_t length)
{
    const uint8_t bytes[] = {0, opcode, 0, number, 'f', 'i', 'l', 'e'};
    struct head h = {.bytes = slice_of(bytes, sizeof(bytes)), .length = length};

    return proto_tftp_data.probe(&h);
}

static void blocks(void **state)
{
    assert_int_equal(block(3, 1, 516), YES);
    assert_int_equal(block(3, 2, 516), NO); // may be anything
    assert_int_equal(block(4, 1, 516), NO);
    assert_int_equal(block(3, 1, 515), NO);
    assert_int_equal(block(3, 1, 517), NO);
    assert_int_equal(try_datagram(&proto_tftp_data, BYTES("\0\3\0")), NO);
    assert_int_equal(try_noise(&proto_tftp_data, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(blocks)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
