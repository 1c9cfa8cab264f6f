// SPDX-License-Identifier: Apache-2.0
// Parts of objects by a table: where each begins, what cuts short, what JSON says.
#include "proto/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "proto/parts.def"

static const struct part table[] = {
    BITS("low", 3),        FLAG("set"),          FLAG("clear"),   UINT("size", 1),
    SINT("below", 2),      TEXT("name", "size"), REAL("real", 4), BCD("digits", 2),
    SECRET("key", "size"), HEX("rest", REST),    NOTHING,
};
static const uint8_t object[] = {0x0d,                                // low 5, set
                                 2,    0xfe, 0xff, 'a',  '"',         // size, below -2, name
                                 0,    0,    0x20, 0x40,              // real 2.5
                                 0x34, 0x12, 'x',  'y',  0xab, 0xcd}; // digits 1234, key, rest

static struct parts some(uint32_t n)
{
    return (struct parts){.table = table, .object = slice_of(object, n)};
}

static void assert_json(struct parts s, bool brief, const char *expected)
{
    struct text t = {0};

    parts_text(&t, s, brief);
    assert_int_equal(t.n, strlen(expected));
    assert_memory_equal(t.p, expected, t.n);
    text_free(&t);
}

static void numbers(void **state)
{
    struct parts all = some(sizeof(object));

    assert_int_equal(parts_number(all, "low"), 5);
    assert_int_equal(parts_number(all, "set"), 1);
    assert_int_equal(parts_number(all, "size"), 2);
    assert_int_equal(parts_number(all, "none"), 0);
    assert_true(parts_real(all, "below") == -2);
    assert_true(parts_real(all, "real") == 2.5);
    assert_true(parts_real(all, "low") == 5);
    assert_true(parts_real(all, "none") == 0);
    assert_int_equal(parts_number(some(1), "size"), 0); // it is not there
}

static void json(void **state)
{
    assert_json(some(sizeof(object)), true,
                ",\"low\":5,\"set\":1,\"size\":2,\"below\":-2,\"name\":\"a\\\"\",\"real\":2.5,"
                "\"digits\":\"1234\",\"key\":\"present\",\"rest\":\"abcd\"");
    assert_json(some(3), false,
                ",\"low\":5,\"set\":1,\"clear\":0,\"size\":2"); // cut in `below`
    assert_json(some(5), true, ",\"low\":5,\"set\":1,\"size\":2,\"below\":-2"); // in `name`
    assert_json((struct parts){.object = slice_of(object, 4)}, false, ""); // nothing is known
}

// Many objects in an octet: each begins at its own bit.
static void reals(void **state)
{
    static const struct {
        uint8_t octets[8];
        uint32_t n;
        const char *text;
    } row[] = {
        {{0xcd, 0xcc, 0xcc, 0x3d}, 4, "0.1"},
        {{0xff, 0xff, 0x7f, 0xff}, 4, "-3.4028235e+38"},
        {{0x01, 0x00, 0x00, 0x00}, 4, "1.4013e-45"},
        {{0x00, 0x00, 0xc0, 0x7f}, 4, "null"}, // not a number
        {{0x00, 0x00, 0x80, 0xff}, 4, "null"}, // without end
        {{0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f}, 8, "0.1"},
        {{0x11, 0x22, 0x33}, 3, "null"},
    };

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct text t = {0};
        part_value(&t, PART_REAL, slice_of(row[i].octets, row[i].n));
        assert_int_equal(t.n, strlen(row[i].text));
        assert_memory_equal(t.p, row[i].text, t.n);
        text_free(&t);
    }
}

static void packed(void **state)
{
    static const struct part two[] = {BITS("state", 2), NOTHING};
    const uint8_t octet = 0xe4;

    for (uint32_t i = 0; i < 4; i++) {
        struct parts s = {.table = two, .object = slice_of(&octet, 1), .bit = 2 * i};
        assert_int_equal(parts_number(s, "state"), i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(json),
        cmocka_unit_test(reals),
        cmocka_unit_test(packed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
