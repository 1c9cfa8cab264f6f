// SPDX-License-Identifier: Apache-2.0
// Noise: always the same flows, nobody's; and rules that random bytes satisfy.
#include "learn/lessons.h"
#include "learn/train.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

static void test_is_added_once(void **state)
{
    struct lessons *l = lessons_new(), *again = lessons_new();

    noise_add(l);
    noise_add(again);
    uint32_t n = lessons_count(l), chance = 0;
    assert_true(n > 500);
    assert_int_equal(lessons_count(again), n);
    for (uint32_t i = 0; i < n; i++) {
        assert_string_equal(l->lesson[i].label, "");
        assert_true(is_noise(&l->lesson[i]));
        assert_int_equal(l->lesson[i].n, again->lesson[i].n);
        assert_memory_equal(l->lesson[i].token, again->lesson[i].token,
                            l->lesson[i].n * sizeof(uint32_t));
        chance += is_chance(&l->lesson[i]);
    }
    assert_true(chance > 0 && chance < n);
    noise_add(l);
    assert_int_equal(lessons_count(l), n);
    lessons_free(again);
    lessons_free(l);
}

// A token of a message, by the words for it.
static uint32_t token_of(const char *words)
{
    static const uint8_t bytes[] = {0xf1, 0x02, 0xe3, 0x04, 0xd5, 0x06, 0xc7, 0x08};
    struct glimpse g = {.n = 1, .ip_proto = 6, .whole = true};
    struct tokens tokens;

    g.message[0] = (struct message){.p = bytes, .kept = sizeof(bytes), .size = sizeof(bytes)};
    meter(&tokens, &g);
    for (uint32_t i = 0; i < tokens.n; i++) {
        struct text t = {0};
        bool found = meter_text(&t, &g, tokens.hash[i]) && !strncmp(t.p, words, strlen(words));
        text_free(&t);
        if (found)
            return tokens.hash[i];
    }
    fail_msg("no token is called \"%s\"", words);
    return 0;
}

static void test_rules_of_chance(void **state)
{
    static struct rules rules;
    uint32_t one_byte = token_of("byte 0 of the first client message is f1");
    uint32_t eight = token_of("the first client message begins with f1 02 e3 04 d5 06 c7 08");
    uint32_t both[2] = {min_u32(one_byte, eight), one_byte ^ eight ^ min_u32(one_byte, eight)};

    rules.rule[0] = (struct rule_part){.name = 1, .n = 1, .token = &one_byte};
    rules.rule[1] = (struct rule_part){.name = 2, .n = 1, .token = &eight};
    rules.rule[2] = (struct rule_part){.name = 3, .n = 2, .token = both};
    rules.n = 3;
    noise_sieve(&rules, 3000);
    assert_int_equal(rules.n, 2);
    assert_int_equal(rules.rule[0].name, 2);
    assert_int_equal(rules.rule[1].name, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_added_once),
        cmocka_unit_test(test_rules_of_chance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
