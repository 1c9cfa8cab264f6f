// SPDX-License-Identifier: Apache-2.0
// Texts of numbers, times and bytes, and what a full text does.
#include "base/text.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct text t;

static const char *got(void)
{
    text_char(&t, 0);
    t.n = 0;
    return t.p;
}

static void integers(void **state)
{
    uint64_t v = 1;
    char wanted[32];

    for (int digits = 1; digits <= 20; digits++, v *= 10) {
        for (uint64_t d = 0; d < 3; d++) {
            text_u64(&t, v - 1 + d);
            snprintf(wanted, sizeof(wanted), "%" PRIu64, v - 1 + d);
            assert_string_equal(got(), wanted);
        }
    }
    text_u64(&t, UINT64_MAX);
    assert_string_equal(got(), "18446744073709551615");
    text_i64(&t, INT64_MIN);
    assert_string_equal(got(), "-9223372036854775808");
    text_i64(&t, 42);
    assert_string_equal(got(), "42");
}

static void reals(void **state)
{
    static const struct {
        double v;
        const char *text;
    } row[] = {{0, "0"},
               {-0.0, "0"},
               {0.975, "0.975"},
               {1, "1"},
               {-2.5, "-2.5"},
               {0.1 + 0.2, "0.3"},
               {1.0 / 3, "0.333333"},
               {0.9999999, "1"},
               {-0.0000001, "-1e-07"},
               {0.0009765625, "0.0009765625"},
               {0.001, "0.001"},
               {100, "100"},
               {123456.000050, "123456.00005"},
               {18446744073709549568.0, "18446744073709549568"},
               {2.9e27, "2.9e+27"},
               {-1e300, "-1e+300"}};
    double zero = 0;

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        text_real(&t, row[i].v);
        assert_string_equal(got(), row[i].text);
    }
    text_real(&t, zero / zero);
    assert_string_equal(got(), "0");
    text_real(&t, 1 / zero);
    assert_string_equal(got(), "1.79769313e+308");
    text_real(&t, -1 / zero);
    assert_string_equal(got(), "-1.79769313e+308");
}

static void seconds(void **state)
{
    text_seconds(&t, 1795276800 * SECOND + 250 * MSEC);
    assert_string_equal(got(), "1795276800.250000");
    text_seconds(&t, 1);
    assert_string_equal(got(), "0.000000001");
    text_seconds(&t, -1500 * MSEC);
    assert_string_equal(got(), "-1.500000");
    text_seconds(&t, 7 * SECOND + 12345678);
    assert_string_equal(got(), "7.012345678");
    text_seconds(&t, INT64_MIN);
    assert_string_equal(got(), "-9223372036.854775808");
}

static void dates(void **state)
{
    text_iso(&t, 1795276800 * SECOND + 1999);
    assert_string_equal(got(), "2026-11-21T16:00:00.000001");
    text_iso(&t, -1);
    assert_string_equal(got(), "1969-12-31T23:59:59.999999");
    text_iso(&t, 951782400 * SECOND);
    assert_string_equal(got(), "2000-02-29T00:00:00.000000");
    text_iso(&t, 4107542400 * SECOND);
    assert_string_equal(got(), "2100-03-01T00:00:00.000000");
    text_iso(&t, INT64_MAX);
    assert_string_equal(got(), "2262-04-11T23:47:16.854775");
    text_iso(&t, INT64_MIN);
    assert_string_equal(got(), "1677-09-21T00:12:43.145224");
    text_date(&t, 1795276800 * SECOND, '-');
    assert_string_equal(got(), "2026-11-21-16-00-00");
}

// Each day of three centuries follows the one before.
static void days_in_order(void **state)
{
    static const uint8_t length[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct date d = date_of(0);

    for (nsec day = 1; day < 106000; day++) {
        struct date next = date_of(day * 86400 * SECOND);
        bool leap = d.year % 4 == 0 && (d.year % 100 || d.year % 400 == 0);
        bool last = d.day == length[d.month - 1] + (uint32_t)(leap && d.month == 2);
        assert_int_equal(next.day, last ? 1 : d.day + 1);
        assert_int_equal(next.month, last ? d.month % 12 + 1 : d.month);
        assert_int_equal(next.year, d.year + (last && d.month == 12));
        d = next;
    }
}

static void hex_and_printf(void **state)
{
    text_hex(&t, (const uint8_t *)"\x00\x7f\xff", 3);
    text_printf(&t, " %d", 7);
    text_add(&t, slice_str("!"));
    assert_string_equal(got(), "007fff 7!");
}

static void utf8(void **state)
{
    static const struct {
        const char *bytes;
        uint32_t n;
    } row[] = {{"a", 1},
               {"\xc3\xa4", 2},
               {"\xe2\x82\xac", 3},
               {"\xf0\x9f\x90\xa6", 4},
               {"\xf4\x8f\xbf\xbf", 4},
               {"\xc3", 0},             // cut
               {"\xe2\x82", 0},         // cut
               {"\x80", 0},             // begins with a following byte
               {"\xc0\x80", 0},         // overlong
               {"\xe0\x9f\xbf", 0},     // overlong
               {"\xf0\x8f\xbf\xbf", 0}, // overlong
               {"\xed\xa0\x80", 0},     // surrogate
               {"\xf4\x90\x80\x80", 0}, // beyond the last
               {"\xf8\x88\x80\x80", 0},
               {"\xe2\x28\xa1", 0},
               {"", 0}};

    for (size_t i = 0; i < COUNT_OF(row); i++)
        assert_int_equal(utf8_at(slice_str(row[i].bytes), 0), row[i].n);
    assert_int_equal(utf8_at(slice_str("x\xc3\xa4"), 1), 2);
}

static void full_has_no_gaps(void **state)
{
    static const char block[1024 * 1024];

    for (int i = 0; i < 15; i++)
        text_bytes(&t, block, sizeof(block));
    assert_false(t.full);
    text_bytes(&t, block, sizeof(block));
    text_bytes(&t, block, sizeof(block));
    assert_true(t.full);
    size_t n = t.n;
    text_char(&t, 'x');
    text_u64(&t, 1);
    assert_int_equal(t.n, n);
    text_clear(&t);
    text_str(&t, "again");
    assert_false(t.full);
    assert_string_equal(got(), "again");
}

static int end(void **state)
{
    text_free(&t);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),      cmocka_unit_test(reals),
        cmocka_unit_test(seconds),       cmocka_unit_test(dates),
        cmocka_unit_test(days_in_order), cmocka_unit_test(hex_and_printf),
        cmocka_unit_test(utf8),          cmocka_unit_test(full_has_no_gaps),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
