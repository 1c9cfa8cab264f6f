// SPDX-License-Identifier: Apache-2.0
// WireGuard: its messages by size, and others of those sizes.
#include "proto/try.h"

// A message of n bytes: its type, and bytes without zeros, or only zeros, behind its header.
static enum guess ask(uint8_t type, uint32_t n, uint32_t header, bool zeros)
{
    uint8_t b[256] = {type, 0, 0, 0, 0x12, 0x34, 0x56, 0x78, 7};

    for (uint32_t i = header; i < n; i++)
        b[i] = zeros ? 0 : (uint8_t)(i * 37 | 1);
    return try_datagram(&proto_wireguard, slice_of(b, n));
}

static void messages(void **state)
{
    assert_int_equal(ask(1, 148, 8, false), YES);
    assert_int_equal(ask(2, 92, 12, false), YES);
    assert_int_equal(ask(3, 64, 8, false), YES);
    assert_int_equal(ask(4, 32, 16, false), YES);
    assert_int_equal(ask(4, 128, 16, false), YES);
}

static void others(void **state)
{
    uint8_t b[148] = {1, 0, 0, 0, 0x12};

    for (uint32_t i = 5; i < sizeof(b); i++)
        b[i] = 0x5a;
    assert_int_equal(ask(1, 147, 8, false), NO);
    assert_int_equal(ask(2, 148, 12, false), NO);
    assert_int_equal(ask(4, 33, 16, false), NO);
    assert_int_equal(ask(4, 16, 16, false), NO);
    assert_int_equal(ask(5, 148, 8, false), NO);
    assert_int_equal(ask(0, 148, 8, false), NO);
    assert_int_equal(ask(1, 148, 8, true), NO);
    assert_int_equal(ask(4, 64, 16, true), NO);
    assert_int_equal(ask(4, 64, 8, false), NO); // no counter gets that far
    assert_int_equal(try_cuts(&proto_wireguard, slice_of(b, sizeof(b))), 0);
    assert_int_equal(try_noise(&proto_wireguard, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
