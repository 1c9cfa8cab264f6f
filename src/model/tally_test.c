// SPDX-License-Identifier: Apache-2.0
// What tokens add up to, against plain sums over all weights; rules that are equally good.
#include "model/made_test.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NAMES = 75, TOKENS = 900, RULES = 3, ALL = NAMES * TOKENS };

// One token in three has a weight for each name, the others for one of them.
struct large {
    struct model_name name[NAMES];
    float scale[NAMES];
    struct weight_part weight[ALL];
    uint32_t weights;
    uint32_t rule_token[2 * RULES];
    struct rule_part rule[RULES];
};

static uint32_t token_of(uint32_t number)
{
    return (number + 1) * 0x46d1f8; // in order, and spread over all there are
}

static void add(struct large *k, uint32_t number, uint32_t name)
{
    int weight = name == number % NAMES ? 127 : (int)(number * 31 + name * 17) % 256 - 128;

    k->weight[k->weights++] =
        (struct weight_part){token_of(number), (uint16_t)name, (int8_t)weight};
}

static void make_large(struct large *k)
{
    static char text[NAMES][12];

    k->weights = 0;
    for (uint32_t i = 0; i < NAMES; i++) {
        snprintf(text[i], sizeof(text[i]), "n%u", i);
        k->name[i] = made_name(text[i], "");
        k->scale[i] = 0.01f;
    }
    for (uint32_t number = 0; number < TOKENS; number++) {
        if (number % 3)
            add(k, number, number % NAMES);
        for (uint32_t name = 0; name < NAMES && !(number % 3); name++)
            add(k, number, name);
    }
}

static struct model *read_large(const struct large *k, uint32_t rules)
{
    const struct model_parts parts = {.name = k->name,
                                      .scale = k->scale,
                                      .rule = k->rule,
                                      .weight = k->weight,
                                      .n_names = NAMES,
                                      .n_rules = rules,
                                      .n_weights = k->weights};
    struct text file = {0};
    struct fail fail;

    model_write(&file, &parts);
    struct model *m = model_read(text_slice(&file), &fail);
    text_free(&file);
    assert_non_null(m);
    return m;
}

static void plain_sums(int32_t sum[NAMES], const struct large *k, const struct tokens *t)
{
    memset(sum, 0, NAMES * sizeof(*sum));
    for (uint32_t i = 0; i < k->weights; i++)
        if (tokens_have(t, k->weight[i].token))
            sum[k->weight[i].name] += k->weight[i].weight;
}

static void sums(void **state)
{
    static struct large k;
    static const uint32_t step[] = {1, 2, 3, 7, 500};
    int32_t sum[NAMES];
    struct tokens t;
    struct tally y;

    make_large(&k);
    struct model *m = read_large(&k, 0);
    for (size_t s = 0; s < COUNT_OF(step); s++) {
        tokens_clear(&t);
        for (uint32_t number = 0; number < TOKENS; number += step[s]) {
            tokens_add(&t, token_of(number));
            if (number % 10 == 0)
                tokens_add(&t, token_of(number) + 8); // which the model does not know
        }
        plain_sums(sum, &k, &t);
        tally(&y, m, &t);
        assert_memory_equal(y.sum, sum, sizeof(sum));
    }
    tokens_clear(&t);
    tally(&y, m, &t);
    for (uint32_t i = 0; i < NAMES; i++)
        assert_int_equal(y.sum[i], 0);
    model_free(m);
}

// All but the tokens below `from` and the one that is missing, which the model does not know.
static void some_tokens(struct tokens *t, uint32_t from, uint32_t missing)
{
    tokens_clear(t);
    for (uint32_t i = 0; i < 4; i++)
        tokens_add(t, token_of(i) + (i == missing || (i && i < from) ? 8 : 0));
}

// Rules of one name with as many bits, which begin with a rare and with a frequent token.
static void equal_rules(void **state)
{
    static struct large k;
    struct tokens t;
    struct tally y;

    make_large(&k);
    for (uint32_t i = 0; i < RULES; i++) {
        k.rule_token[2 * i] = token_of(3 - i); // the first one is frequent
        k.rule_token[2 * i + 1] = token_of(0);
        k.rule[i] = (struct rule_part){5, 2, &k.rule_token[2 * i], 3, 20, 31};
    }
    struct model *m = read_large(&k, RULES);
    for (uint32_t from = 1; from <= 3; from++) {
        some_tokens(&t, from, 4);
        tally(&y, m, &t);
        assert_int_equal(y.rule[5], 4 - from); // of the lowest token
    }
    some_tokens(&t, 3, 0); // the second token of all is missing
    tally(&y, m, &t);
    assert_int_equal(y.rule[5], 0);
    model_free(m);
}

// Every token that is there is found, and nothing else, in sets of each size.
static void having(void **state)
{
    struct tokens t = {.n = 0};

    assert_false(tokens_have(&t, token_of(0)));
    for (uint32_t n = 1; n <= 40; n++) {
        tokens_add(&t, token_of(n));
        for (uint32_t i = 0; i < n + 2; i++) {
            assert_true(tokens_have(&t, token_of(i)) == (i >= 1 && i <= n));
            assert_false(tokens_have(&t, token_of(i) + 1));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),
        cmocka_unit_test(equal_rules),
        cmocka_unit_test(having),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
