// SPDX-License-Identifier: Apache-2.0
// Figures on hand-computed verdicts; floors; the whole evaluation on made-up lessons.
#include "learn/floors.h"
#include "learn/made_test.h"
#include "learn/measure.h"

static const char *const a = "a", *const b = "b", *const other = "c", *const here = "here";

static void test_figures(void **state)
{
    struct verdict v[] = {
        {a, here, a, 5, VIEW_START_8, GRADE_CERTAIN, true},
        {a, here, a, 4, VIEW_START_8, GRADE_LIKELY, true},
        {a, here, b, 1, VIEW_START_8, GRADE_LIKELY, true},
        {b, here, b, 3, VIEW_START_8, GRADE_POSSIBLE, true},
        {other, here, b, 3, VIEW_START_8, GRADE_LIKELY, false},
        {other, here, a, -2, VIEW_START_8, GRADE_NONE, false},
        {a, here, b, 9, VIEW_START_1, GRADE_CERTAIN, true}, // of another view
    };
    struct verdicts all = {v, COUNT_OF(v)};
    struct figures f;

    measure(&f, &all, VIEW_START_8, NULL);
    assert_int_equal(f.known, 4);
    assert_int_equal(f.unknown, 2);
    assert_float_equal(f.value[ACCURACY], 0.75, 1e-9);
    // a: 2 right of 3, called twice: 0.8; b: 1 right of 1, called twice: 2/3
    assert_float_equal(f.value[MACRO_F1], (0.8 + 2.0 / 3) / 2, 1e-9);
    // known 5 4 3 1 against unknown 3 -2: 4 above -2; 2.5 above 3, of 8
    assert_float_equal(f.value[ROC_AREA], 6.5 / 8, 1e-9);
    assert_float_equal(f.value[KNOWN_ACCEPTED], 0.75, 1e-9);
    assert_float_equal(f.value[UNKNOWN_ACCEPTED], 0.5, 1e-9);
    assert_float_equal(f.value[PRECISION], 0.5, 1e-9);
    assert_float_equal(f.value[CERTAIN_PRECISION], 1, 1e-9);
    assert_float_equal(f.value[LIKELY_PRECISION], 1.0 / 3, 1e-9);
    assert_float_equal(f.value[POSSIBLE_PRECISION], 1, 1e-9);
    measure(&f, &all, VIEW_START_2, NULL);
    assert_true(f.value[ACCURACY] < 0); // nothing to measure
    assert_true(f.value[ROC_AREA] < 0);
}

static void test_floors(void **state)
{
    static const char good[] = "# limits\n\nA.start8.accuracy >= 0.965\r\n"
                               "  A.start8.unknown_accepted <= 0.05 \nB.start8.accuracy >= 1";
    struct fail fail;
    struct floors *f = floors_read(slice_str(good), &fail);

    assert_non_null(f);
    assert_int_equal(f->n, 3);
    assert_string_equal(f->limit[0].measure, "A.start8.accuracy");
    assert_float_equal(f->limit[0].limit, 0.965, 1e-12);
    assert_true(floor_holds(&f->limit[0], 0.965));
    assert_false(floor_holds(&f->limit[0], 0.9649));
    assert_true(floor_holds(&f->limit[1], 0.05));
    assert_false(floor_holds(&f->limit[1], 0.0501));
    floors_free(f);
}

static void test_floors_refused(void **state)
{
    static const char *const bad[] = {
        "x",
        "x 0.5",
        "x > 0.5",
        "x >= ",
        "x >= 0.5 y",
        "x >= 1.5",
        "x >= 0.5.5",
        "x >= -1",
        "x >= 0,5",
        "x >= 1e-3",
        "a-measure-whose-name-is-much-longer-than-any-name-of-a-measure-can-be >= 0.5",
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct text t = {0};
        struct fail fail;
        text_printf(&t, "A.start8.accuracy >= 0.5\n%s\n", bad[i]);
        if (floors_read(text_slice(&t), &fail))
            fail_msg("taken: %s", bad[i]);
        assert_non_null(strstr(fail.text, "line 2 of the floors"));
        text_free(&t);
    }
}

static void test_evaluate(void **state)
{
    static const struct learn_options options = {.least_flows = 6, .least_captures = 3};
    struct evaluate_options how = {.learn = &options};
    static const char limits[] = "A.start8.accuracy >= 0.9\nC.start8.accuracy <= 0.1\n"
                                 "A.start9.accuracy >= 0.5\n";
    struct lessons *l = made_lessons(MADE_NAMES);
    struct text text = {0}, json = {0};
    struct fail fail;
    struct floors *f = floors_read(slice_str(limits), &fail);

    how.floors = f;
    assert_int_equal(evaluate(&text, l, &how), 2);
    text_char(&text, 0);
    assert_non_null(strstr(text.p, "line 2 of the floors: C.start8.accuracy is "));
    assert_non_null(strstr(text.p, "A.start9.accuracy is not measured"));
    how.floors = NULL;
    how.json = true;
    assert_int_equal(evaluate(&json, l, &how), 0);
    text_char(&json, 0);
    assert_non_null(strstr(json.p, "{\"A\":{\"start1\":{\"known\":120,"));
    assert_non_null(strstr(json.p, "\"missed\":[]}"));
    lessons_free(l);
    floors_free(f);
    text_free(&text);
    text_free(&json);
}

// What is never learnt from has a table of its own; a name that nobody taught says so.
static void test_published(void **state)
{
    static const struct naming naming[] = {
        {.name = "name1", .family = "", .published = "Name One", .reach = "A", .over = "tcp"},
        {.name = "name9", .family = "", .published = "Name Nine", .reach = "D", .over = "tcp"},
        {.name = "name2", .family = "", .published = "", .reach = "", .over = "udp"},
    };
    static const struct learn_options options = {
        .naming = naming, .n_naming = COUNT_OF(naming), .least_flows = 6, .least_captures = 3};
    struct lessons *l = made_lessons(MADE_NAMES), *kept = made_lessons(2);
    struct evaluate_options how = {.learn = &options, .kept = kept, .names = true};
    struct text names = {0}, all = {0};

    assert_int_equal(evaluate(&names, l, &how), 0);
    text_char(&names, 0);
    assert_non_null(strstr(names.p, "name1               Name One"));
    assert_non_null(strstr(
        names.p,
        "     -  none\n2 names, 1 of them learnt, 0 told by the sizes of random bytes\n"));
    assert_null(strstr(names.p, "name2"));
    how.names = false;
    assert_int_equal(evaluate(&all, l, &how), 0);
    text_char(&all, 0);
    assert_non_null(strstr(all.p, "D, never learnt from\n"));
    assert_non_null(strstr(all.p, "D, per name, start8\n"));
    lessons_free(l);
    lessons_free(kept);
    text_free(&names);
    text_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures),        cmocka_unit_test(test_floors),
        cmocka_unit_test(test_floors_refused), cmocka_unit_test(test_evaluate),
        cmocka_unit_test(test_published),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
