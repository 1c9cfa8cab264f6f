// SPDX-License-Identifier: Apache-2.0
// Learning from made-up lessons: flows that were kept back are named, others are not.
#include "learn/made_test.h"
#include "learn/train.h"

static const struct naming naming[] = {{.name = "name1", .family = "odd ones"}};
static const struct learn_options options = {
    .naming = naming, .n_naming = 1, .least_flows = 6, .least_captures = 3};

static void learn_made(struct text *file, uint32_t names)
{
    struct lessons *l = made_lessons(names);
    struct fail fail;

    assert_true(learn(file, l, &options, &fail));
    lessons_free(l);
}

static struct judgement judge(const struct model *m, uint32_t name, uint32_t flow, enum view v)
{
    static struct made made;
    struct judgement j;

    made_flow(&made, name, flow);
    model_judge(m, &made.view[v], &j);
    return j;
}

static void test_names_new_flows(void **state)
{
    struct text file = {0};
    struct fail fail;

    learn_made(&file, MADE_NAMES);
    struct model *m = model_read(text_slice(&file), &fail);
    if (!m)
        fail_msg("%s", fail.text);
    assert_int_equal(model_names(m), MADE_NAMES);
    for (uint32_t name = 0; name < MADE_NAMES; name++) {
        for (uint32_t flow = MADE_FLOWS; flow < MADE_FLOWS + 5; flow++) {
            struct judgement j = judge(m, name, flow, VIEW_START_8);
            assert_int_equal(j.name, name);
            assert_int_equal(j.by_rule, name);
            assert_int_equal(j.grade, GRADE_CERTAIN);
            assert_int_equal(judge(m, name, flow, VIEW_MIDDLE_2).name, name);
        }
    }
    const struct model_name *n = model_name(m, 1);
    assert_string_equal(n->name, "name1");
    assert_string_equal(n->family, "odd ones");
    assert_int_equal(n->flows, MADE_FLOWS);
    assert_int_equal(n->captures, MADE_CAPTURES);
    assert_int_equal(n->sources, 2);
    assert_false(n->generated);
    assert_true(n->threshold >= 0);
    assert_true(n->slope > 0);
    model_free(m);
    text_free(&file);
}

static void test_unknown(void **state)
{
    struct text file = {0};
    struct fail fail;

    learn_made(&file, MADE_NAMES);
    struct model *m = model_read(text_slice(&file), &fail);
    assert_non_null(m);
    for (uint32_t flow = 0; flow < MADE_FLOWS; flow++) {
        struct judgement j = judge(m, MADE_NAMES + 3, flow, VIEW_START_8);
        assert_true(j.grade < GRADE_LIKELY);
        assert_int_equal(j.by_rule, NO_NAME);
    }
    model_free(m);
    text_free(&file);
}

static void test_same_bytes(void **state)
{
    struct text first = {0}, second = {0}, third = {0}, vectors = {0};
    struct lessons *l = made_lessons(MADE_NAMES);
    struct fail fail;

    learn_made(&first, MADE_NAMES);
    learn_made(&second, MADE_NAMES);
    assert_int_equal(first.n, second.n);
    assert_memory_equal(first.p, second.p, first.n);
    assert_true(lessons_write(&vectors, l));
    lessons_free(l);
    l = lessons_read(text_slice(&vectors), &fail);
    assert_non_null(l);
    assert_true(learn(&third, l, &options, &fail));
    assert_int_equal(first.n, third.n);
    assert_memory_equal(first.p, third.p, first.n);
    lessons_free(l);
    text_free(&first);
    text_free(&second);
    text_free(&third);
    text_free(&vectors);
}

static void test_too_little(void **state)
{
    struct lessons *l = lessons_new();
    struct text file = {0};
    struct fail fail;

    assert_false(learn(&file, l, &options, &fail));
    assert_non_null(strstr(fail.text, "no name has 6 flows in 3 captures"));
    lessons_free(l);
    text_free(&file);
}

// Few flows of a user's: a rule names new ones, but is not certain; from six on scores join it.
static void test_taught(void **state)
{
    static struct made made;
    struct learn_options taught = options;
    struct fail fail;

    taught.taught = "name4";
    taught.least_flows = 2;
    taught.least_captures = 1;
    for (uint32_t flows = 2; flows <= 6; flows += 4) {
        struct lessons *l = made_lessons(MADE_NAMES - 1);
        struct text file = {0};
        for (uint32_t flow = 0; flow < flows; flow++) {
            made_flow(&made, MADE_NAMES - 1, flow);
            assert_true(lessons_add(l, &made.example));
        }
        assert_true(learn(&file, l, &taught, &fail));
        struct model *m = model_read(text_slice(&file), &fail);
        assert_non_null(m);
        struct judgement j = judge(m, MADE_NAMES - 1, MADE_FLOWS, VIEW_START_8);
        assert_int_equal(j.by_rule, MADE_NAMES - 1);
        assert_int_equal(j.name, MADE_NAMES - 1);
        assert_int_equal(j.grade, flows < 6 ? GRADE_LIKELY : GRADE_CERTAIN);
        assert_int_equal(judge(m, 0, MADE_FLOWS, VIEW_START_8).grade, GRADE_CERTAIN);
        model_free(m);
        text_free(&file);
        lessons_free(l);
    }
}

static void test_chance(void **state)
{
    assert_float_equal(chance(0), 0.5, 1e-12);
    assert_float_equal(chance(2), 0.880797077977882, 1e-9);
    assert_float_equal(chance(-7.3), 0.000675083, 1e-8);
    assert_true(chance(1000) <= 1 && chance(1000) > 0.999);
    assert_true(chance(-1000) > 0 && chance(-1000) < 0.001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_new_flows), cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_same_bytes),      cmocka_unit_test(test_too_little),
        cmocka_unit_test(test_taught),          cmocka_unit_test(test_chance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
