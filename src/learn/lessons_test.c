// SPDX-License-Identifier: Apache-2.0
// Lessons: what is left out, views of a flow, vectors and back, vectors that are refused.
#include "learn/made_test.h"

static void test_left_out(void **state)
{
    static struct made m;
    struct lessons *l = lessons_new();
    uint32_t taken = 0;

    for (uint32_t i = 0; i < 2 * GROUP_MOST; i++) {
        made_flow(&m, 0, 0);
        m.example.same = i;
        taken += lessons_add(l, &m.example);
    }
    assert_int_equal(taken, GROUP_MOST);
    made_flow(&m, 1, 0);
    assert_true(lessons_add(l, &m.example));
    m.example.label = "another"; // a duplicate whatever it is called
    m.example.capture = "elsewhere";
    assert_false(lessons_add(l, &m.example));
    assert_int_equal(lessons_count(l), GROUP_MOST + 1);
    lessons_free(l);
}

static void test_views(void **state)
{
    struct glimpse whole = {.n = 6, .whole = true}, part, seen;

    for (uint8_t i = 0; i < whole.n; i++) {
        whole.message[i].size = i;
        whole.message[i].side = i & 1;
    }
    assert_true(view_of(&seen, &whole, VIEW_START_4));
    assert_int_equal(seen.n, 4);
    assert_true(seen.whole);
    assert_true(view_of(&seen, &whole, VIEW_START_8));
    assert_int_equal(seen.n, 6);
    assert_true(view_of(&seen, &whole, VIEW_MIDDLE_5));
    assert_int_equal(seen.n, 1);
    assert_int_equal(seen.message[0].size, 5);
    assert_int_equal(seen.message[0].side, 0); // who was seen first
    assert_false(seen.whole);

    part = whole;
    part.n = 2;
    part.whole = false;
    assert_false(view_of(&seen, &part, VIEW_START_1));
    assert_true(view_of(&seen, &part, VIEW_MIDDLE_1));
    assert_int_equal(seen.n, 2);
    assert_true(view_of(&seen, &part, VIEW_MIDDLE_2));
    assert_int_equal(seen.n, 1);
    assert_false(view_of(&seen, &part, VIEW_MIDDLE_5));
}

static void same_corpus(const struct lessons *a, const struct lessons *b)
{
    struct corpus x, y;

    corpus_make(&x, a);
    corpus_make(&y, b);
    assert_int_equal(x.n, y.n);
    assert_int_equal(x.n_rows, y.n_rows);
    assert_int_equal(x.n_tokens, y.n_tokens);
    assert_memory_equal(x.hash, y.hash, x.n_tokens * sizeof(*x.hash));
    for (uint32_t i = 0; i < x.n; i++) {
        assert_string_equal(x.lesson[i]->label, y.lesson[i]->label);
        assert_string_equal(x.lesson[i]->capture, y.lesson[i]->capture);
        assert_memory_equal(x.lesson[i]->total, y.lesson[i]->total, sizeof(x.lesson[i]->total));
        assert_true(x.lesson[i]->same == y.lesson[i]->same);
    }
    for (uint32_t i = 0; i < x.n_rows; i++) {
        assert_int_equal(x.row[i].total, y.row[i].total);
        assert_int_equal(x.row[i].views, y.row[i].views);
        assert_int_equal(x.row[i].n, y.row[i].n);
        assert_memory_equal(x.row[i].token, y.row[i].token, x.row[i].n * sizeof(uint32_t));
    }
    corpus_free(&x);
    corpus_free(&y);
}

static void test_round_trip(void **state)
{
    struct lessons *l = made_lessons(MADE_NAMES), *again, *third;
    struct text first = {0}, second = {0};
    struct fail fail;

    assert_true(lessons_write(&first, l));
    again = lessons_read(text_slice(&first), &fail);
    assert_non_null(again);
    assert_int_equal(lessons_count(again), lessons_count(l));
    same_corpus(l, again);
    assert_true(lessons_write(&second, again));
    third = lessons_read(text_slice(&second), &fail);
    assert_non_null(third);
    same_corpus(l, third);
    lessons_free(l);
    lessons_free(again);
    lessons_free(third);
    text_free(&first);
    text_free(&second);
}

// What a row's tokens are made of has as many as the view had.
static void test_tokens_of_row(void **state)
{
    static struct tokens t;
    struct lessons *l = made_lessons(2);
    struct corpus c;

    corpus_make(&c, l);
    for (uint32_t i = 0; i < c.n_rows; i++) {
        corpus_tokens(&t, &c, &c.row[i]);
        tokens_sort(&t);
        assert_int_equal(t.n, c.row[i].total);
        assert_true(c.row[i].n < c.row[i].total); // some are of one flow only
        for (uint32_t k = 1; k < t.n; k++)
            assert_true(t.hash[k - 1] < t.hash[k]);
    }
    corpus_free(&c);
    lessons_free(l);
}

static void test_refused(void **state)
{
    struct lessons *l = made_lessons(2);
    struct text good = {0};
    struct fail fail = {{0}};

    assert_true(lessons_write(&good, l));
    lessons_free(l);
    for (uint32_t n = 0; n < good.n; n++) { // each beginning
        fail.text[0] = 0;
        assert_null(lessons_read(slice_of(good.p, n), &fail));
        assert_true(fail.text[0]);
    }
    for (uint32_t i = 0; i < good.n; i++) { // each byte wrong, in turn
        good.p[i] ^= 0x41;
        l = lessons_read(text_slice(&good), &fail);
        assert_true(!l || i >= 16); // zstd ignores a few bits of its head
        lessons_free(l);
        good.p[i] ^= 0x41;
    }
    good.p[8]++;
    assert_null(lessons_read(text_slice(&good), &fail));
    assert_non_null(strstr(fail.text, "another version"));
    text_free(&good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_left_out),      cmocka_unit_test(test_views),
        cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_tokens_of_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
