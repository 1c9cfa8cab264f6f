// SPDX-License-Identifier: Apache-2.0
// Findings about answers: doubles, names, forged ones, restarts: for each, what raises it, and
// what comes close and does not.
#include "watch/stations_test.h"

// ---------------------------------------------------------------- doubles

static void two_answers(struct lab *l)
{
    identify(l, PLC, ALL, 1, "axl");
    answer(l, DEV, PLC, 1, "axl", 0);
    answer(l, EVIL + 90, PLC, 1, "axl", 0);
}
static void two_names(struct lab *l)
{
    identify(l, PLC, ALL, 1, NULL);
    answer(l, DEV, PLC, 1, "axl", 0);
    answer(l, EVIL + 90, PLC, 1, "axm", 0);
}
static void replacement(struct lab *l)
{
    meet(l, PLC, DEV, "axl", IP_SET + 9);
    lab_wait(l, 60000);
    meet(l, PLC, EVIL + 90, "axl", IP_SET + 9);
}
static void interfaces(struct lab *l)
{
    meet(l, PLC, DEV, "axl", IP_SET + 9);
    meet(l, PLC, DEV + 1, "axl", IP_SET + 9);
    meet(l, PLC, DEV, "axl", IP_SET + 9);
}
static void two_addresses(struct lab *l)
{
    identify(l, PLC, ALL, 1, NULL);
    answer(l, EVIL + 90, PLC, 1, "axm", IP_SET + 10);
    answer(l, DEV, PLC, 1, "axl", IP_SET + 9);
    answer(l, EVIL + 90, PLC, 1, "axm", IP_SET + 10);
    arp(l, EVIL + 90, 9);
    set_ip(l, PLC, EVIL + 90, 2, 9);
}
static void own_address(struct lab *l)
{
    meet(l, PLC, DEV, "axl", IP_SET + 9);
    arp(l, DEV, 9);
    arp(l, EVIL, 10);
    set_ip(l, PLC, DEV, 2, 9);
}
static void conflict_told(struct lab *l)
{
    meet(l, PLC, DEV, "axl", 0x8109);
}
static void routers(struct lab *l) // who answers for many owns nothing
{
    for (unsigned i = 20; i < 26; i++)
        arp(l, EVIL + 90, i);
    arp(l, EVIL + 90, 9);
    meet(l, PLC, DEV, "axl", IP_SET + 9);
}

// ---------------------------------------------------------------- names

static void hostile_name(struct lab *l)
{
    meet(l, TOOL, DEV, "%n%n%n ", 0);
}
static void long_label(struct lab *l)
{
    char name[65] = {0};

    memset(name, 'a', 64);
    meet(l, TOOL, DEV, name, 0);
}
static void longest_label(struct lab *l)
{
    char name[64] = {0};

    memset(name, 'a', 63);
    meet(l, TOOL, DEV, name, 0);
}
static void capitals(struct lab *l)
{
    meet(l, TOOL, DEV, "X208-BORD", 0);
}

// ---------------------------------------------------------------- forged answers

static void settled(struct lab *l)
{
    meet(l, PLC, DEV, "axl", IP_SET + 9);
    lab_wait(l, 100000);
}
static void stray(struct lab *l)
{
    settled(l);
    answer(l, DEV, PLC, 77, "axl", IP_SET + 9);
}
static void stray_twice(struct lab *l)
{
    stray(l);
    lab_wait(l, 5000);
    answer(l, DEV, PLC, 78, "axl", IP_SET + 9);
}
static void stray_contrary(struct lab *l)
{
    settled(l);
    answer(l, DEV, PLC, 77, "axl", IP_SET + 66);
}
static void stray_at_begin(struct lab *l)
{
    identify(l, DEV, ALL, 1, "axl");
    answer(l, DEV, PLC, 77, "axl", IP_SET + 9);
}
static void two_stories(struct lab *l)
{
    settled(l);
    get_name(l, PLC, DEV, 5);
    got_name(l, DEV, PLC, 5, "forged");
    got_name(l, DEV, PLC, 5, "axl");
}
static void same_story(struct lab *l)
{
    settled(l);
    get_name(l, PLC, DEV, 5);
    got_name(l, DEV, PLC, 5, "axl");
    got_name(l, DEV, PLC, 5, "axl");
}
static void wrong_station(struct lab *l)
{
    settled(l);
    get_name(l, PLC, DEV, 5);
    got_name(l, EVIL, PLC, 5, "axl");
}
static void two_asked(struct lab *l) // the same Xid to two stations
{
    settled(l);
    get_name(l, PLC, DEV, 5);
    get_name(l, PLC, DEV2, 5);
    got_name(l, DEV2, PLC, 5, "axm");
    got_name(l, DEV, PLC, 5, "axl");
}
static void late(struct lab *l)
{
    settled(l);
    identify(l, PLC, ALL, 5, "axl");
    lab_wait(l, 420);
    answer(l, DEV, PLC, 5, "axl", IP_SET + 9);
}
static void in_time(struct lab *l)
{
    settled(l);
    identify(l, PLC, ALL, 5, "axl");
    lab_wait(l, 400);
    answer(l, DEV, PLC, 5, "axl", IP_SET + 9);
}

// ---------------------------------------------------------------- the rest

static void leak(struct lab *l)
{
    l->vlan = 10;
    identify(l, PLC, ALL, 5, "axl");
    l->vlan = 20;
    identify(l, PLC, ALL, 5, "axl");
}
static void tagged_copy(struct lab *l)
{
    identify(l, PLC, ALL, 5, "axl");
    l->vlan = 20;
    identify(l, PLC, ALL, 5, "axl");
}
static void restarts(struct lab *l)
{
    for (unsigned i = 0; i < 5; i++) {
        hello(l, DEV, "axl");
        lab_wait(l, 100000);
    }
}
static void switched_on(struct lab *l)
{
    for (unsigned i = 0; i < 3; i++) {
        hello(l, DEV, "axl");
        lab_wait(l, 1000);
    }
}
static void restarts_fast(struct lab *l)
{
    for (unsigned i = 0; i < 12; i++) {
        hello(l, DEV, "axl");
        lab_wait(l, 2000);
    }
}
static void malformed(struct lab *l)
{
    frame_begin(l, 0xfefd, 4, 7, 1, 0);
    frame_send(l, EVIL, DEV);
}
static void fuzzing(struct lab *l)
{
    identify(l, EVIL, ALL, 1, "x");
    for (unsigned i = 0; i < 12; i++)
        malformed(l);
}
static void other_device(struct lab *l)
{
    meet(l, PLC, DEV, "axl", 0);
    identify(l, PLC, DEV, 5, NULL);
    frame_begin(l, 0xfeff, 5, 1, 5, 0);
    put_station(l, "axl", 0, 0xb0);
    frame_send(l, DEV, PLC);
}

static const struct trial trials[] = {
    {"dcp_duplicate_name", HIGH, two_answers},
    {"dcp_duplicate_name", NONE, two_names},
    {"dcp_duplicate_name", INFO, replacement},
    {"dcp_duplicate_name", LOW, interfaces},
    {"dcp_duplicate_ip", HIGH, two_addresses},
    {"dcp_duplicate_ip", HIGH, conflict_told},
    {"dcp_duplicate_ip", NONE, own_address},
    {"dcp_duplicate_ip", NONE, routers},
    {"dcp_duplicate_ip", INFO, replacement},
    {"dcp_bad_name", HIGH, hostile_name},
    {"dcp_bad_name", LOW, long_label},
    {"dcp_bad_name", INFO, capitals},
    {"dcp_bad_name", NONE, longest_label},
    {"dcp_response_unsolicited", LOW, stray},
    {"dcp_response_unsolicited", MEDIUM, stray_twice},
    {"dcp_response_unsolicited", HIGH, stray_contrary},
    {"dcp_response_unsolicited", NONE, stray_at_begin},
    {"dcp_response_conflict", HIGH, two_stories},
    {"dcp_response_conflict", NONE, same_story},
    {"dcp_response_wrong_mac", HIGH, wrong_station},
    {"dcp_response_wrong_mac", NONE, two_asked},
    {"dcp_xid_spoof", HIGH, wrong_station},
    {"dcp_xid_spoof", HIGH, stray_contrary},
    {"dcp_xid_spoof", NONE, stray},
    {"dcp_response_out_of_window", LOW, late},
    {"dcp_response_out_of_window", NONE, in_time},
    {"dcp_crosses_subnet", LOW, leak},
    {"dcp_crosses_subnet", NONE, tagged_copy},
    {"dcp_hello", INFO, switched_on},
    {"dcp_hello", LOW, restarts},
    {"dcp_hello", MEDIUM, restarts_fast},
    {"dcp_malformed", LOW, malformed},
    {"dcp_malformed", MEDIUM, fuzzing},
    {"dcp_identity_change", MEDIUM, other_device},
    {"dcp_identity_change", NONE, settled},
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
