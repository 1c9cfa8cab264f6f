// SPDX-License-Identifier: Apache-2.0
// A plant: floods, bounds, and its story. Single findings have tests of their own.
#include "watch/stations_test.h"

static void a_flood_is_one_notice(void **state)
{
    struct lab *l = lab_open();
    unsigned n, all = 0;

    operating(l);
    for (unsigned i = 0; i < 3000; i++) {
        identify(l, EVIL, ALL, i, i % 2 ? "axl" : NULL);
        if (i % 2)
            answer(l, DEV, EVIL, i, "axl", IP_SET + 9);
        lab_wait(l, 1);
    }
    lab_wait(l, 5000);
    assert_int_equal(worst(l, "dcp_identify_flood", &n), HIGH);
    assert_int_equal(n, 1);
    for (struct event *e = l->out.first; e; e = e->next) {
        const struct ev_notice *v = (const void *)e;
        bool flood = !strcmp(v->note, "dcp_identify_flood");
        all += !strcmp(v->severity, "high") || !strcmp(v->severity, "medium");
        if (flood)
            assert_non_null(memmem(v->evidence.p, v->evidence.n, "2 stations stopped", 18));
    }
    assert_int_equal(all, 1);
    lab_close(l);
}

static void many_stations_stay_bounded(void **state)
{
    struct lab *l = lab_open();
    uint32_t n;

    meet(l, PLC, DEV, "axl", IP_SET + 9);
    for (unsigned i = 0; i < PLANT_STATIONS + 5000; i++)
        identify(l, 20 + i, ALL, i, "x");
    const struct station *const *s = plant_stations(l->plant, &n);
    assert_int_equal(n, PLANT_STATIONS);
    assert_true(plant_sums(l->plant).stations_lost >= 5000);
    bool found = false;
    for (uint32_t i = 0; i < n; i++)
        found = found || !strcmp(plant_name(l->plant, s[i]->name), "axl");
    assert_true(found);
    lab_close(l);
}

static void a_story_in_steps(void **state)
{
    struct lab *l = lab_open();
    struct text t = {0};
    uint32_t n;

    for (unsigned i = 0; i < 4; i++) {
        identify(l, PLC, ALL, i, "axl");
        lab_wait(l, 1000);
    }
    commission(l);
    identify(l, PLC, ALL, 9, "axl");
    answer(l, DEV, PLC, 9, "axl", 0);
    lab_wait(l, 2000);
    const struct plant_step *s = plant_steps(l->plant, &n);
    for (uint32_t i = 0; i < n; i++) {
        step_words(&t, l->plant, &s[i]);
        text_str(&t, ": ");
        step_result(&t, l->plant, &s[i]);
        text_printf(&t, " x%llu\n", (unsigned long long)s[i].count);
    }
    text_char(&t, 0);
    assert_string_equal(t.p, "asks who is axl: nobody answers x4\n"
                             "asks who is there: 1 answer x1\n"
                             "sets the name axl, permanently: done x1\n"
                             "asks who is axl: 1 answer x1\n");
    text_free(&t);
    lab_close(l);
}

// Notices that are told now, and how much they count together.
static unsigned told_now(struct lab *l, uint64_t *count)
{
    unsigned n = 0;

    *count = 0;
    for (const struct event *e = lab_news(l); e; e = e->next)
        if (e->id == EV_notice) {
            n++;
            *count += ((const struct ev_notice *)(const void *)e)->count;
        }
    return n;
}

static void rename_it(struct lab *l, unsigned xid)
{
    set_name(l, EVIL, DEV, xid, "");
    lab_wait(l, 5000); // nobody answers
}

// Findings are told when five minutes are over, with what came again; live also at once.
static void told_in_time(void **state)
{
    for (int live = 0; live < 2; live++) {
        struct lab *l = lab_open();
        uint64_t count;
        plant_close(l->plant);
        l->plant = plant_open(live);
        l->out.wanted = UINT64_MAX;
        meet(l, PLC, DEV, "axl", IP_SET + 9);
        rename_it(l, 1);
        assert_int_equal(told_now(l, &count) > 0, live);
        rename_it(l, 2);
        lab_wait(l, 200 * 1000);
        assert_int_equal(told_now(l, &count), 0);
        lab_wait(l, 110 * 1000);
        assert_true(told_now(l, &count) > 0);
        assert_true(count >= 2);
        lab_wait(l, 400 * 1000);
        assert_int_equal(told_now(l, &count), 0);
        rename_it(l, 3); // a finding of its own
        assert_int_equal(told_now(l, &count) > 0, live);
        lab_wait(l, 310 * 1000);
        assert_true(told_now(l, &count) > 0);
        unsigned n;
        l->out.first = NULL;
        worst(l, "dcp_set_unanswered", &n); // at the end nothing is told twice
        assert_int_equal(n, 0);
        lab_close(l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_is_one_notice),
        cmocka_unit_test(many_stations_stay_bounded),
        cmocka_unit_test(told_in_time),
        cmocka_unit_test(a_story_in_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
