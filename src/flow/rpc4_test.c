// SPDX-License-Identifier: Apache-2.0
// Tests of the strict DCE/RPC v4 header: what is believed, and what only looks like it.
#include "flow/rpc4.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { BODY = 20, SIZE = RPC4_HEADER + BODY };

// A PROFINET request, little-endian, sequence 3, opnum 2.
static void good(uint8_t *b)
{
    static const uint8_t device[16] = {0x01, 0x00, 0xa0, 0xde, 0x97, 0x6c, 0xd1, 0x11,
                                       0x82, 0x71, 0x00, 0xa0, 0x24, 0x42, 0xdf, 0x7d};

    memset(b, 0, SIZE);
    b[0] = 4;
    b[2] = 0x20;
    b[4] = 0x10;
    memcpy(b + 24, device, 16);
    memcpy(b + 40, "\x90\x2f\x14\x13\x00\x00\x00\x10\xa9\x94\xd2\x10\x68\x90\xca\x5a", 16);
    b[60] = 1;
    b[64] = 3;
    b[68] = 2;
    memset(b + 70, 0xff, 4);
    b[74] = BODY;
}

static enum rpc4_belief read(const uint8_t *b, uint32_t n)
{
    struct rpc4 h;

    return rpc4_read(&h, slice_of(b, n), n);
}

static void test_fields(void **state)
{
    uint8_t b[SIZE];
    struct rpc4 h;

    good(b);
    assert_int_equal(rpc4_read(&h, slice_of(b, SIZE), SIZE), RPC4_HIGH);
    assert_int_equal(h.interface, RPC4_PNIO_DEVICE);
    assert_true(rpc4_is_pnio(&h));
    assert_int_equal(h.sequence, 3);
    assert_int_equal(h.opnum, 2);
    assert_int_equal(h.body.n, BODY);
    assert_int_equal(h.activity.b[0], 0x13); // the wire's byte order is undone
    assert_int_equal(rpc4_direction(&h), 1);
}

static void test_big_endian_is_the_same_activity(void **state)
{
    uint8_t b[SIZE];
    struct rpc4 little, big;

    good(b);
    rpc4_read(&little, slice_of(b, SIZE), SIZE);
    b[4] = 0;
    memcpy(b + 24, "\xde\xa0\x00\x01\x6c\x97\x11\xd1", 8);
    memcpy(b + 40, "\x13\x14\x2f\x90\x00\x00\x10\x00", 8);
    memcpy(b + 60, "\0\0\0\1\0\0\0\3\0\2", 10);
    memcpy(b + 74, "\0\x14", 2);
    assert_int_equal(rpc4_read(&big, slice_of(b, SIZE), SIZE), RPC4_HIGH);
    assert_memory_equal(little.activity.b, big.activity.b, 16);
    assert_int_equal(big.sequence, 3);
}

// Each change alone makes it another thing.
static void test_each_check_refuses(void **state)
{
    static const struct {
        uint8_t at, value;
    } change[] = {
        {0, 5},   {1, 11},   {3, 4},     {4, 0x20},      {4, 0x11},        {5, 1},  {6, 1},
        {74, 19}, {74, 21},  {32, 0x02}, {48, 0x29},     {76, 1},          {60, 2}, {62, 1},
        {78, 1},  {2, 0x21}, {2, 0xa0},  {1, RPC4_PING}, {1, RPC4_CANCEL},
    };
    uint8_t b[SIZE];

    for (size_t i = 0; i < COUNT_OF(change); i++) {
        good(b);
        b[change[i].at] = change[i].value;
        assert_int_equal(read(b, SIZE), RPC4_NO);
    }
    good(b);
    for (uint32_t n = 0; n < SIZE; n++)
        assert_int_equal(read(b, n), RPC4_NO);
}

static void test_unknown_interface_is_believed_less(void **state)
{
    uint8_t b[SIZE];

    good(b);
    b[24] = 0x77;
    assert_int_equal(read(b, SIZE), RPC4_LOW);
    b[60] = 21; // a version nobody has
    assert_int_equal(read(b, SIZE), RPC4_NO);
}

static void test_fragments_and_facks(void **state)
{
    uint8_t b[SIZE];

    good(b);
    b[2] = 0x24;
    b[76] = 7;
    assert_int_equal(read(b, SIZE), RPC4_HIGH);
    good(b);
    b[1] = RPC4_FACK;
    b[76] = 1;
    assert_int_equal(read(b, SIZE), RPC4_HIGH);
}

// The DNS message with id 0x0400 that loose patterns take for PROFINET.
static void test_dns_is_refused(void **state)
{
    uint8_t b[112] = {4, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, '5', 1, '3'};

    for (int i = 16; i < 84; i += 2) {
        b[i] = 1;
        b[i + 1] = '0';
    }
    for (int type = 0; type < 11; type++) {
        b[1] = (uint8_t)type;
        assert_int_equal(read(b, sizeof(b)), RPC4_NO);
        b[2] = 0x81, b[3] = 0x80;
        assert_int_equal(read(b, sizeof(b)), RPC4_NO);
        b[2] = 1, b[3] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_big_endian_is_the_same_activity),
        cmocka_unit_test(test_each_check_refuses),
        cmocka_unit_test(test_unknown_interface_is_believed_less),
        cmocka_unit_test(test_fragments_and_facks),
        cmocka_unit_test(test_dns_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
