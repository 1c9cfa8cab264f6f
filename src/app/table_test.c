// SPDX-License-Identifier: Apache-2.0
// Tables line up; numbers, sizes and times read as people write them.
#include "app/table.h"

#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

static void is(struct text *t, const char *expected)
{
    text_char(t, 0);
    assert_string_equal(t->p, expected);
    text_clear(t);
}

static void fill(const void *user, uint32_t i, struct cells *c)
{
    static const char *const name[] = {"a", "longer", ""};

    cell_text(c, name[i]);
    text_thousands(&c->text, i * 1000);
    cell(c, STYLE_NOTE);
    cell_text(c, "");
    cell_text(c, i == 1 ? "" : "end");
}

static struct table sample(void)
{
    return (struct table){.column = {{"NAME", TABLE_LEFT, 0},
                                     {"N", TABLE_RIGHT, 0},
                                     {"EMPTY", TABLE_LEFT, 0},
                                     {"LAST", TABLE_LEFT, 0}},
                          .n = 4,
                          .indent = 1};
}

static void aligned(void **state)
{
    struct output o = {.color = false};
    struct table t = sample();

    table_print(&t, (struct rows){fill, NULL}, 3, &o);
    is(&o.text, " NAME        N  LAST\n"
                " a           0  end\n"
                " longer  1,000\n"
                "         2,000  end\n");
    text_free(&o.text);
}

static void colored(void **state)
{
    struct output o = {.color = true};
    struct table t = sample();

    table_print(&t, (struct rows){fill, NULL}, 1, &o); // what is not seen takes no room
    is(&o.text, " \033[1;36mNAME\033[0m  \033[1;36mN\033[0m  \033[1;36mLAST\033[0m\n"
                " a     \033[33m0\033[0m  end\n");
    text_free(&o.text);
}

static void numbers(void **state)
{
    struct text t = {0};

    text_thousands(&t, 0), is(&t, "0");
    text_thousands(&t, 999), is(&t, "999");
    text_thousands(&t, 1234567), is(&t, "1,234,567");
    text_thousands(&t, UINT64_MAX), is(&t, "18,446,744,073,709,551,615");
    text_size(&t, 999), is(&t, "999 B");
    text_size(&t, 1000), is(&t, "1.0 kB");
    text_size(&t, 999999), is(&t, "1.0 MB");
    text_size(&t, 123456789), is(&t, "123 MB");
    text_size(&t, UINT64_MAX), is(&t, "18.4 EB");
    text_short(&t, 9999), is(&t, "9999");
    text_short(&t, 10000), is(&t, "10k");
    text_short(&t, 999999), is(&t, "1.0M");
    text_share(&t, 1, 3), is(&t, "33.3 %");
    text_share(&t, 1, 0), is(&t, "0.0 %");
    text_plural(&t, 1, "host", "hosts"), is(&t, "1 host");
    text_plural(&t, 2000, "host", "hosts"), is(&t, "2,000 hosts");
    text_free(&t);
}

static void times(void **state)
{
    struct text t = {0};

    text_span(&t, 0), is(&t, "0 s");
    text_span(&t, 1500), is(&t, "2 us");
    text_span(&t, 12345678), is(&t, "12.3 ms");
    text_span(&t, SECOND - 1), is(&t, "1.00 s");
    text_span(&t, 61 * SECOND), is(&t, "1 min 1 s");
    text_span(&t, 3660 * SECOND), is(&t, "1 h 1 min");
    text_span(&t, 90000 * SECOND), is(&t, "1 d 1 h");
    text_span(&t, -MSEC), is(&t, "-1.00 ms");
    text_span(&t, INT64_MIN), assert_true(t.n > 2), text_clear(&t);
    text_moment(&t, 1000000000 * SECOND + 7 * MSEC, true), is(&t, "2001-09-09 01:46:40.007");
    text_moment(&t, 0, false), is(&t, "00:00:00.000");
    text_free(&t);
}

static void json(void **state)
{
    struct text t = {0};

    text_char(&t, '{');
    json_number(&t, "n", 5);
    json_text(&t, "s", "a\"\\\n\xff\xc3\xa9");
    text_char(&t, '}');
    is(&t, "{\"n\":5,\"s\":\"a\\\"\\\\\\u000a\\u00ff\xc3\xa9\"}");
    text_free(&t);
}

static void fitted(void **state)
{
    struct output o = {.width = 19};
    struct table t = sample();

    t.drop[1] = 2;
    t.drop[3] = 1;
    table_print(&t, (struct rows){fill, NULL}, 3, &o);
    is(&o.text, " NAME       N LAST\n"
                " a          0 end\n"
                " longer 1,000\n"
                "        2,000 end\n");
    o.width = 17;
    t = sample();
    t.drop[1] = 2;
    t.drop[3] = 1;
    table_print(&t, (struct rows){fill, NULL}, 2, &o); // the greatest goes first
    is(&o.text, " NAME   LAST\n"
                " a      end\n"
                " longer\n");
    o.width = 3;
    t = sample();
    t.drop[3] = 1;
    table_print(&t, (struct rows){fill, NULL}, 2, &o); // what may not go stays
    is(&o.text, " NAME       N\n"
                " a          0\n"
                " longer 1,000\n");
    text_free(&o.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aligned), cmocka_unit_test(colored), cmocka_unit_test(fitted),
        cmocka_unit_test(numbers), cmocka_unit_test(times),   cmocka_unit_test(json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
