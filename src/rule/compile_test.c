// SPDX-License-Identifier: Apache-2.0
// Compiled patterns: kept and taken back by their name, and compiled again when they are
// damaged.
#include "rule/lab_test.h"

enum { RULES = 600 }; // enough of them to be kept

static char rules[RULES * 80];
static struct text kept;
static char kept_name[64];
static unsigned recalled, retained;

static bool recall(void *user, const char *name, struct slice *bytes)
{
    if (!kept.n || strcmp(name, kept_name) != 0)
        return false;
    recalled++;
    *bytes = text_slice(&kept);
    return true;
}

static void retain(void *user, const char *name, struct slice bytes)
{
    retained++;
    snprintf(kept_name, sizeof(kept_name), "%s", name);
    text_clear(&kept);
    text_bytes(&kept, bytes.p, bytes.n);
}

static void write_rules(unsigned n, const char *word)
{
    size_t at = 0;

    for (unsigned i = 1; i <= n; i++)
        at += (size_t)snprintf(rules + at, sizeof(rules) - at,
                               "alert udp any any -> any any (content:\"%s%u.\"; sid:%u;)\n",
                               word, i, i);
}

// Says which rules match a payload; how often was recalled and retained is since the last call.
static const char *hear(const char *payload)
{
    static char heard[1024];
    struct lab_file files[] = {{"t.rules", rules}, {NULL, NULL}};
    const char *names[] = {"t.rules", NULL};
    struct rules_request q = {.files = names, .reader = {.recall = recall, .retain = retain}};
    struct fail f;
    struct lab l;

    recalled = retained = 0;
    struct rules *r = lab_load(files, &q, &f);
    assert_non_null(r);
    lab_begin(&l, r);
    snprintf(heard, sizeof(heard), "%s", lab_udp(&l, payload, strlen(payload)));
    lab_close(&l);
    return heard;
}

static void kept_by_what_they_are(void **state)
{
    write_rules(RULES, "w");
    assert_string_equal(hear("-w17.-w600."), "600 17");
    assert_int_equal(recalled, 0);
    assert_int_equal(retained, 1);
    assert_string_equal(hear("-w17.-w600."), "600 17");
    assert_int_equal(recalled, 1);
    assert_int_equal(retained, 0);
    write_rules(RULES, "v"); // others: what is kept is not theirs
    assert_string_equal(hear("-w17.-v600."), "600");
    assert_int_equal(recalled, 0);
    assert_int_equal(retained, 1);
}

static void damage_is_compiled_again(void **state)
{
    write_rules(RULES, "w");
    hear("");
    for (unsigned i = 0; i < 40; i++) {
        size_t whole = kept.n, at = i * (whole / 40);
        if (i % 2)
            kept.n = at; // cut, and once nothing at all
        else
            kept.p[at] = (char)(kept.p[at] ^ 0x41);
        assert_string_equal(hear("-w17.-w600."), "600 17");
        assert_int_equal(retained, 1);
        assert_int_equal(kept.n, whole);
    }
    text_bytes(&kept, "more", 4);
    assert_string_equal(hear("-w5."), "5");
    assert_int_equal(retained, 1);
}

static void few_are_not_kept(void **state)
{
    write_rules(20, "few");
    assert_string_equal(hear("few3."), "3");
    assert_int_equal(recalled + retained, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_by_what_they_are),
        cmocka_unit_test(damage_is_compiled_again),
        cmocka_unit_test(few_are_not_kept),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    text_free(&kept);
    return failed;
}
