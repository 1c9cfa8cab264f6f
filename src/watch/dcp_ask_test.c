// SPDX-License-Identifier: Apache-2.0
// Findings about Identify requests: for each, what raises it, and what comes close and does
// not.
#include "watch/stations_test.h"

#include <stdio.h>

// ---------------------------------------------------------------- Identify

static void controller_starts(struct lab *l) // it has more than one device, one of them there
{
    identify(l, PLC, ALL, 1, "present");
    answer(l, DEV, PLC, 1, "present", IP_SET + 3);
    lab_wait(l, 100);
}

static void search(struct lab *l, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        identify(l, PLC, ALL, 100 + i, "absent");
        lab_wait(l, 2000);
    }
}

static void missing(struct lab *l)
{
    controller_starts(l);
    lab_wait(l, 70000);
    search(l, 3);
}
static void missing_twice(struct lab *l)
{
    controller_starts(l);
    lab_wait(l, 70000);
    search(l, 2);
}
static void missing_at_start(struct lab *l)
{
    controller_starts(l);
    search(l, 20);
}
static void missing_but_found(struct lab *l)
{
    missing(l);
    identify(l, PLC, ALL, 200, "absent");
    answer(l, DEV2, PLC, 200, "absent", 0);
    lab_wait(l, 2000);
}
static void missing_unseen(struct lab *l) // only multicast is seen here
{
    identify(l, PLC, ALL, 1, "present");
    lab_wait(l, 70000);
    search(l, 10);
}
static void probes_by_two(struct lab *l)
{
    for (unsigned i = 0; i < 5; i++) {
        identify(l, DEV, ALL, i, "switch");
        identify(l, DEV2, ALL, i, "switch");
        lab_wait(l, 60000);
    }
}
static void probes_by_one_and_a_half(struct lab *l)
{
    identify(l, DEV2, ALL, 1, "switch");
    probes(l);
}

static void ask_often(struct lab *l, unsigned times, unsigned ms, unsigned names)
{
    char name[16];

    for (unsigned i = 0; i < times; i++) {
        snprintf(name, sizeof(name), "n%u", i % names);
        identify(l, EVIL, ALL, 1000 + i, name);
        lab_wait(l, ms);
    }
}
static void flood(struct lab *l)
{
    ask_often(l, 120, 5, 2);
}
static void no_flood(struct lab *l)
{
    ask_often(l, 90, 11, 2);
}
static void flood_slow(struct lab *l)
{
    ask_often(l, 230, 40, 2);
}
static void large_controller(struct lab *l)
{
    ask_often(l, 256, 3, 256);
}
static void flood_at_start(struct lab *l)
{
    ask_often(l, 450, 1, 450);
}
static void scans_often(struct lab *l)
{
    for (unsigned i = 0; i < 6; i++) {
        identify(l, EVIL, ALL, i, NULL);
        lab_wait(l, 100);
    }
}
static void scans_seldom(struct lab *l)
{
    for (unsigned i = 0; i < 6; i++) {
        identify(l, EVIL, ALL, i, NULL);
        lab_wait(l, 3000);
    }
}
static void many_senders(struct lab *l)
{
    for (unsigned i = 0; i < 60; i++) {
        identify(l, 1000 + i, ALL, i, "x");
        lab_wait(l, 50);
    }
}
static void some_senders(struct lab *l)
{
    for (unsigned i = 0; i < 40; i++) {
        identify(l, 1000 + i, ALL, i, "x");
        lab_wait(l, 50);
    }
}

static void load(struct lab *l, unsigned names)
{
    char name[16];

    controller_starts(l);
    lab_wait(l, 130000);
    for (unsigned i = 0; i < names; i++) {
        snprintf(name, sizeof(name), "n%u", i);
        identify(l, PLC, ALL, 10 + i, name);
        lab_wait(l, 1500);
    }
    lab_wait(l, 2000);
}
static void load_none(struct lab *l)
{
    controller_starts(l);
    lab_wait(l, 130000);
}
static void load_little(struct lab *l)
{
    load(l, 5);
}
static void load_high(struct lab *l)
{
    load(l, 15);
}
static void load_too_high(struct lab *l)
{
    load(l, 25);
}

static void scan_late(struct lab *l)
{
    probes(l);
    lab_wait(l, LEARNT);
    identify(l, EVIL, ALL, 1, NULL);
}
static void scan_early(struct lab *l)
{
    identify(l, EVIL, ALL, 1, NULL);
}
static void named_late(struct lab *l)
{
    probes(l);
    lab_wait(l, LEARNT);
    identify(l, EVIL, ALL, 1, "x");
}
static void sweep(struct lab *l, unsigned stations)
{
    probes(l);
    lab_wait(l, LEARNT);
    for (unsigned i = 0; i < stations; i++) {
        get_name(l, EVIL, 100 + i, i);
        lab_wait(l, 1000);
    }
}
static void sweep_wide(struct lab *l)
{
    sweep(l, 16);
}
static void sweep_narrow(struct lab *l)
{
    sweep(l, 9);
}

static const struct trial trials[] = {
    {"dcp_identify_unanswered", LOW, missing},
    {"dcp_identify_unanswered", INFO, missing_twice},
    {"dcp_identify_unanswered", INFO, missing_at_start},
    {"dcp_identify_unanswered", INFO, missing_but_found},
    {"dcp_identify_unanswered", INFO, missing_unseen},
    {"dcp_identify_unanswered", NONE, probes},
    {"dcp_identify_unanswered", NONE, controller_starts},
    {"dcp_duplicate_name", MEDIUM, probes_by_two},
    {"dcp_duplicate_name", LOW, probes_by_one_and_a_half},
    {"dcp_duplicate_name", NONE, probes},
    {"dcp_identify_flood", HIGH, flood},
    {"dcp_identify_flood", HIGH, flood_slow},
    {"dcp_identify_flood", HIGH, flood_at_start},
    {"dcp_identify_flood", HIGH, scans_often},
    {"dcp_identify_flood", HIGH, many_senders},
    {"dcp_identify_flood", NONE, no_flood},
    {"dcp_identify_flood", NONE, large_controller},
    {"dcp_identify_flood", NONE, scans_seldom},
    {"dcp_identify_flood", NONE, some_senders},
    {"dcp_multicast_load", INFO, load_little},
    {"dcp_multicast_load", LOW, load_high},
    {"dcp_multicast_load", MEDIUM, load_too_high},
    {"dcp_multicast_load", NONE, load_none},
    {"dcp_multicast_load", NONE, probes},
    {"dcp_multicast_load", NONE, missing_at_start},
    {"dcp_scan", MEDIUM, scan_late},
    {"dcp_scan", MEDIUM, sweep_wide},
    {"dcp_scan", INFO, scan_early},
    {"dcp_scan", NONE, named_late},
    {"dcp_scan", NONE, sweep_narrow},
};

static void each_is_raised_and_not(void **state)
{
    try_all(trials, COUNT_OF(trials));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_is_raised_and_not)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
