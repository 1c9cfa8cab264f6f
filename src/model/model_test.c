// SPDX-License-Identifier: Apache-2.0
// A model written, read, damaged, dumped; its judgements, and its reasons.
#include "model/made_test.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

static struct model *read_made(const struct made *k)
{
    struct text file = {0};
    struct fail fail = {{0}};

    model_write(&file, &k->parts);
    struct model *m = model_read(text_slice(&file), &fail);
    text_free(&file);
    assert_string_equal(fail.text, "");
    assert_non_null(m);
    return m;
}

static void round_trip(void **state)
{
    struct made k;
    struct text a = {0}, b = {0};

    made_model(&k);
    struct model *m = read_made(&k);
    assert_int_equal(model_names(m), MADE_NAMES);
    const struct model_name *n = model_name(m, OTHER_TWIN);
    assert_string_equal(n->name, "second");
    assert_string_equal(n->family, "twins");
    assert_int_equal(n->flows, 20);
    assert_true(n->threshold == 0.5f && n->slope == 2 && !n->generated);
    assert_null(model_name(m, MADE_NAMES));
    model_dump(&a, m);
    text_char(&a, 0);
    assert_non_null(strstr(a.p, "first: family twins, threshold 0.500"));
    assert_non_null(strstr(a.p, "first: weight +1.000: 00000010 bytes 0-1 of a message are "
                                "05 64\n"));
    assert_non_null(strstr(a.p, "taught: rule, 2 captures, 4 flows, 26 bits: fffffff8 a fourth "
                                "token; "));
    struct model *again = read_made(&k);
    model_dump(&b, again);
    assert_int_equal(a.n, b.n + 1);
    assert_memory_equal(a.p, b.p, b.n);
    text_free(&a);
    text_free(&b);
    model_free(m);
    model_free(again);
    model_free(NULL);
}

static struct judgement judged(const struct model *m, const uint32_t *token, uint32_t n)
{
    struct tokens t = {.n = 0};
    struct judgement j;

    for (uint32_t i = 0; i < n; i++)
        tokens_add(&t, token[i]);
    model_judge(m, &t, &j);
    return j;
}
#define JUDGED(m, ...)                                                                         \
    judged(m, (uint32_t[]){__VA_ARGS__}, COUNT_OF(((uint32_t[]){__VA_ARGS__})))

static void scores(void **state)
{
    struct made k;

    made_model(&k);
    struct model *m = read_made(&k);
    struct judgement j = JUDGED(m, TOKEN_A);
    assert_in_range(j.score, 3999, 4000); // 100 * 0.01 * 4 / sqrt(1)
    assert_int_equal(j.second_score, 0);
    assert_int_equal(j.second, STRANGER);
    j = JUDGED(m, TOKEN_A, 0x20, 0x30, 0x40);
    assert_in_range(j.score, 1999, 2000); // four tokens: half
    assert_in_range(j.sure, 98, 99);      // 1 / (1 + exp(-4.5))
    model_free(m);
}

static void grades(void **state)
{
    struct made k;

    made_model(&k);
    struct model *m = read_made(&k);
    struct judgement j = JUDGED(m, TOKEN_A);
    assert_int_equal(j.grade, GRADE_LIKELY);
    assert_int_equal(j.by_rule, NO_NAME);
    assert_string_equal(model_why(m, &j), "statistics of its first messages");
    k.weight[2].weight = 50;
    model_free(m);
    m = read_made(&k);
    j = JUDGED(m, TOKEN_A, TOKEN_B); // rule and statistics agree
    assert_int_equal(j.grade, GRADE_CERTAIN);
    assert_int_equal(j.name, TWIN);
    assert_int_equal(j.sure, 99);
    assert_string_equal(model_why(m, &j), "bytes 0-1 of a message are 05 64; token 01234560");
    j = JUDGED(m, TOKEN_A, TOKEN_B, TOKEN_C); // the statistics name another
    assert_int_equal(j.grade, GRADE_NONE);
    assert_int_equal(j.name, STRANGER);
    assert_int_equal(j.by_rule, TWIN);
    assert_null(j.family);
    j = JUDGED(m, 0x20); // nothing fits
    assert_int_equal(j.grade, GRADE_NONE);
    model_free(m);
}

static void thresholds(void **state)
{
    struct made k;

    made_model(&k);
    k.name[TWIN].threshold = 4.5f;
    struct model *m = read_made(&k);
    assert_int_equal(JUDGED(m, TOKEN_A).grade, GRADE_POSSIBLE);
    model_free(m);
    k.name[TWIN].threshold = -3;
    k.weight[0].weight = -20;
    k.weight[1].weight = -100;
    k.weight[3] = (struct weight_part){TOKEN_C, STRANGER, -60};
    m = read_made(&k);
    struct judgement j =
        JUDGED(m, TOKEN_A, 0x20, 0x30, TOKEN_C); // -0.4: a threshold is not below 0
    assert_int_equal(j.name, TWIN);
    assert_int_equal(j.grade, GRADE_POSSIBLE);
    model_free(m);
}

// Two siblings are close, and no stranger is near.
static void families(void **state)
{
    struct made k;

    made_model(&k);
    k.weight[1].weight = 95;
    struct model *m = read_made(&k);
    struct judgement j = JUDGED(m, TOKEN_A);
    assert_int_equal(j.grade, GRADE_NONE);
    assert_string_equal(j.family, "twins");
    k.weight[1].name = STRANGER;
    model_free(m);
    m = read_made(&k);
    assert_null(JUDGED(m, TOKEN_A).family);
    model_free(m);
}

// Rules without weights: asserted, unless statistics are sure of another name.
static void taught(void **state)
{
    struct made k;

    made_model(&k);
    k.weight[3].weight = -127;
    k.weight[2].weight = -90;
    struct model *m = read_made(&k);
    struct judgement j = JUDGED(m, TOKEN_B, TOKEN_C, TOKEN_D);
    assert_int_equal(j.grade, GRADE_LIKELY);
    assert_int_equal(j.name, TAUGHT);
    k.weight[3].weight = 127;
    model_free(m);
    m = read_made(&k);
    j = JUDGED(m, TOKEN_B, TOKEN_C, TOKEN_D);
    assert_int_equal(j.grade, GRADE_NONE);
    assert_int_equal(j.by_rule, TAUGHT);
    model_free(m);
}

static void random_family(void **state)
{
    uint32_t random = token_hash(KIND_RANDOM_LOOKING, EITHER, 0, 0);
    struct made k;

    made_model(&k);
    struct model *m = read_made(&k);
    struct judgement j = JUDGED(m, TOKEN_A, random);
    assert_int_equal(j.grade, GRADE_NONE);
    assert_string_equal(j.family, FAMILY_RANDOM);
    k.name[TWIN].family = FAMILY_RANDOM;
    model_free(m);
    m = read_made(&k);
    j = JUDGED(m, TOKEN_A, random);
    assert_int_equal(j.grade, GRADE_POSSIBLE);
    assert_string_equal(j.family, FAMILY_RANDOM);
    model_free(m);
}

static void one_byte(void **state)
{
    static const uint8_t zeros[40];
    struct glimpse g = {.message = {{zeros, sizeof(zeros), sizeof(zeros), 0, 0}},
                        .n = 1,
                        .ip_proto = 17,
                        .whole = true};
    struct tokens t;
    struct made k;

    meter(&t, &g);
    assert_true(tokens_have(&t, token_hash(KIND_ONE_BYTE, EITHER, 0, 0)));
    made_model(&k);
    struct model *m = read_made(&k);
    struct judgement j = JUDGED(m, TOKEN_A);
    assert_int_not_equal(j.name, NO_NAME);
    j = JUDGED(m, TOKEN_A, token_hash(KIND_ONE_BYTE, EITHER, 0, 0));
    assert_int_equal(j.name, NO_NAME);
    assert_int_equal(j.grade, GRADE_NONE);
    model_free(m);
}

static void reasons(void **state)
{
    struct glimpse g = made_modbus();
    struct tokens t;
    struct made k;
    struct text text = {0};
    struct judgement j;

    made_model(&k);
    meter(&t, &g);
    tokens_sort(&t);
    for (uint32_t i = 0; i < 4; i++)
        k.weight[i].token = t.hash[i / 2];
    k.weight[2].name = TWIN;
    k.weight[3].weight = -1;
    k.rule_token[0] = t.hash[0];
    k.rule_token[1] = t.hash[1];
    struct model *m = read_made(&k);
    model_judge(m, &t, &j);
    model_explain(&text, m, &g, &j);
    text_char(&text, 0);
    assert_non_null(strstr(text.p, "first, certain: right in about 99 of 100 cases\n"));
    assert_non_null(strstr(text.p,
                           "the rule for first fits (learnt from 20 flows of 3 captures, "
                           "31 bits): "));
    assert_non_null(strstr(text.p, " for first against "));
    assert_non_null(strstr(text.p, "the flow: binary, "));
    text_clear(&text);
    g = made_http();
    meter(&t, &g);
    t.n = 0; // nothing of it is known
    model_judge(m, &t, &j);
    model_explain(&text, m, &g, &j);
    text_char(&text, 0);
    assert_non_null(strstr(text.p, "unknown: nothing that was learnt fits well enough\n"));
    assert_non_null(strstr(text.p, ", but not seen: "));
    text_free(&text);
    model_free(m);
}

// Cut anywhere, and each byte changed: refused, with a sentence.
static void damage(void **state)
{
    struct made k;
    struct text file = {0};
    struct fail fail;

    made_model(&k);
    model_write(&file, &k.parts);
    for (uint32_t n = 0; n < file.n; n++) {
        uint8_t *copy = malloc(n + 1); // so that a read behind the end is found
        memcpy(copy, file.p, n);
        fail.text[0] = 0;
        assert_null(model_read(slice_of(copy, n), &fail));
        assert_true(fail.text[0]);
        free(copy);
    }
    for (uint32_t i = 0; i < file.n; i++) {
        file.p[i] ^= 0x41;
        assert_null(model_read(text_slice(&file), &fail));
        file.p[i] ^= 0x41;
    }
    text_free(&file);
}

static void another_version(void **state)
{
    struct made k;
    struct text file = {0};
    struct fail fail;

    made_model(&k);
    model_write(&file, &k.parts);
    file.p[MAGIC_BYTES + 4]++;
    assert_null(model_read(text_slice(&file), &fail));
    assert_non_null(strstr(fail.text, "train it again"));
    text_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),      cmocka_unit_test(scores),
        cmocka_unit_test(grades),          cmocka_unit_test(thresholds),
        cmocka_unit_test(families),        cmocka_unit_test(taught),
        cmocka_unit_test(random_family),   cmocka_unit_test(one_byte),
        cmocka_unit_test(reasons),         cmocka_unit_test(damage),
        cmocka_unit_test(another_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
