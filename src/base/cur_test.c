// SPDX-License-Identifier: Apache-2.0
// The cursor: byte orders, and that nothing is read beyond the end.
#include "base/cur.h"

#include <setjmp.h>

#include <cmocka.h>

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static void reads_in_order(void **state)
{
    struct cur c = cur_of(slice_of(bytes, sizeof(bytes)));

    assert_int_equal(cur_u8(&c), 1);
    assert_int_equal(cur_be16(&c), 0x0203);
    assert_int_equal(cur_be24(&c), 0x040506);
    assert_int_equal(cur_le16(&c), 0x0807);
    assert_int_equal(cur_le32(&c), 0x0c0b0a09);
    assert_int_equal(cur_left(&c), 0);
    assert_false(c.bad);

    c = cur_of(slice_of(bytes, sizeof(bytes)));
    assert_int_equal(cur_be64(&c), 0x0102030405060708);
    assert_int_equal(cur_be32(&c), 0x090a0b0c);
    assert_false(c.bad);
}

static void beyond_the_end_is_zero(void **state)
{
    struct cur c = cur_of(slice_of(bytes, 3));

    assert_int_equal(cur_be32(&c), 0);
    assert_true(c.bad);
    assert_int_equal(cur_left(&c), 0);
    assert_int_equal(cur_u8(&c), 0); // what is left was given up
    assert_int_equal(cur_le16(&c), 0);
    assert_int_equal(cur_be24(&c), 0);
    assert_int_equal(cur_be64(&c), 0);
    assert_null(cur_take(&c, 1).p);
    assert_true(c.bad);
}

static void take_moves_or_gives_nothing(void **state)
{
    struct cur c = cur_of(slice_of(bytes, 4));
    struct slice s = cur_take(&c, 3);

    assert_ptr_equal(s.p, bytes);
    assert_int_equal(s.n, 3);
    assert_int_equal(cur_rest(&c).n, 1);
    assert_int_equal(cur_take(&c, UINT32_MAX).n, 0);
    assert_true(c.bad);
}

static void child_stays_inside(void **state)
{
    struct cur c = cur_of(slice_of(bytes, 6));
    struct cur sub = cur_sub(&c, 2);

    assert_int_equal(cur_be16(&sub), 0x0102);
    assert_false(sub.bad);
    assert_int_equal(cur_u8(&sub), 0);
    assert_true(sub.bad);
    assert_false(c.bad);
    assert_int_equal(cur_u8(&c), 3);

    struct cur none = cur_sub(&c, 100);
    assert_true(none.bad && c.bad);
    assert_int_equal(cur_left(&none), 0);
}

static void nothing_from_nothing(void **state)
{
    struct cur c = cur_of((struct slice){0});

    cur_skip(&c, 0);
    assert_int_equal(cur_take(&c, 0).n, 0);
    assert_int_equal(cur_rest(&c).n, 0);
    assert_false(c.bad);
    cur_skip(&c, 1);
    assert_true(c.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_in_order),
        cmocka_unit_test(beyond_the_end_is_zero),
        cmocka_unit_test(take_moves_or_gives_nothing),
        cmocka_unit_test(child_stays_inside),
        cmocka_unit_test(nothing_from_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
