// SPDX-License-Identifier: Apache-2.0
// Findings about Set and Get: for each, what raises it, and what comes close and does not.
#include "watch/stations_test.h"

// ---------------------------------------------------------------- Set

static void rename_early(struct lab *l)
{
    meet(l, TOOL, DEV, "old", 0);
    set_name(l, TOOL, DEV, 1, "axl");
    set_done(l, DEV, TOOL, 1, 2, 2, 0);
}
static void stranger(struct lab *l)
{
    commission(l);
    lab_wait(l, LEARNT);
    set_name(l, EVIL, DEV, 2, "mine");
    set_done(l, DEV, EVIL, 2, 2, 2, 0);
}
static void known_tool(struct lab *l)
{
    commission(l);
    lab_wait(l, LEARNT);
    set_name(l, TOOL, DEV, 2, "axl");
    set_done(l, DEV, TOOL, 2, 2, 2, 0);
}
static void refused(struct lab *l)
{
    set_name(l, EVIL, DEV, 2, "mine");
    set_done(l, DEV, EVIL, 2, 2, 2, 6);
}
static void rename_operating(struct lab *l)
{
    operating(l);
    set_name(l, TOOL, DEV, 2, "mine");
    set_done(l, DEV, TOOL, 2, 2, 2, 0);
}
static void rename_operating_refused(struct lab *l)
{
    operating(l);
    refused(l);
}
static void same_ip_operating(struct lab *l)
{
    operating(l);
    set_ip(l, PLC, DEV, 2, 9);
    set_done(l, DEV, PLC, 2, 1, 2, 0);
}
static void blink_operating(struct lab *l)
{
    operating(l);
    control(l, TOOL, DEV, 2, 3, 0);
    set_done(l, DEV, TOOL, 2, 5, 3, 0);
}
static void rename_stopped(struct lab *l)
{
    operating(l);
    lab_wait(l, 5000);
    set_name(l, TOOL, DEV, 2, "mine");
    set_done(l, DEV, TOOL, 2, 2, 2, 0);
}
static void refused_thrice(struct lab *l)
{
    for (unsigned i = 0; i < 3; i++) {
        refused(l);
        lab_wait(l, 8000);
    }
}
static void get_refused(struct lab *l)
{
    get_name(l, TOOL, DEV, 1);
    frame_begin(l, 0xfefd, 3, 5, 1, 0);
    frame_send(l, DEV, TOOL);
}
static void silence(struct lab *l)
{
    meet(l, TOOL, DEV, "axl", 0);
    set_name(l, TOOL, DEV, 1, "axm");
    lab_wait(l, 5000);
}
static void slow_answer(struct lab *l)
{
    meet(l, TOOL, DEV, "axl", 0);
    set_name(l, TOOL, DEV, 1, "axm");
    lab_wait(l, 2900);
    set_done(l, DEV, TOOL, 1, 2, 2, 0);
    lab_wait(l, 5000);
}
static void busy(struct lab *l)
{
    meet(l, TOOL, DEV, "axl", 0);
    meet(l, PLC, DEV, "axl", 0);
    get_name(l, PLC, DEV, 5);
    got_name(l, DEV, PLC, 5, "axl");
    lab_wait(l, 1000);
    set_name(l, TOOL, DEV, 1, "axm");
    lab_wait(l, 5000);
}
static void not_busy(struct lab *l)
{
    meet(l, TOOL, DEV, "axl", 0);
    get_name(l, PLC, DEV, 5);
    got_name(l, DEV, PLC, 5, "axl");
    lab_wait(l, 3500);
    get_name(l, TOOL, DEV, 1);
    got_name(l, DEV, TOOL, 1, "axl");
}
static void reset(struct lab *l, unsigned client, unsigned target, unsigned mode)
{
    control(l, client, target, 30, 6, mode * 2);
    set_done(l, target, client, 30, 5, 6, 0);
}
static void reset_by_stranger(struct lab *l)
{
    reset(l, EVIL, DEV, 8);
}
static void reset_by_tool(struct lab *l)
{
    commission(l);
    reset(l, TOOL, DEV, 8);
}
static void reset_mild(struct lab *l)
{
    reset(l, EVIL, DEV, 3);
}
static void reset_two(struct lab *l)
{
    commission(l);
    reset(l, TOOL, DEV, 8);
    reset(l, TOOL, DEV2, 8);
}
static void blink(struct lab *l)
{
    control(l, TOOL, DEV, 1, 3, 0);
    set_done(l, DEV, TOOL, 1, 5, 3, 0);
}
static void blink_all(struct lab *l)
{
    for (unsigned i = 0; i < 8; i++) {
        control(l, EVIL, 100 + i, i, 3, 0);
        lab_wait(l, 1000);
    }
}
static void blink_by_stranger(struct lab *l)
{
    commission(l);
    lab_wait(l, LEARNT);
    control(l, EVIL, DEV, 1, 3, 0);
    set_done(l, DEV, EVIL, 1, 5, 3, 0);
}
static void cleared(struct lab *l)
{
    meet(l, TOOL, DEV, "old", 0);
    set_name(l, TOOL, DEV, 1, "");
    set_done(l, DEV, TOOL, 1, 2, 2, 0);
}
static void readdressed(struct lab *l)
{
    meet(l, TOOL, DEV, "axl", IP_SET + 9);
    set_ip(l, TOOL, DEV, 1, 10);
    set_done(l, DEV, TOOL, 1, 1, 2, 0);
}
static void addressed(struct lab *l)
{
    meet(l, TOOL, DEV, "axl", 0);
    set_ip(l, TOOL, DEV, 1, 10);
    set_done(l, DEV, TOOL, 1, 1, 2, 0);
}
static void same_address(struct lab *l)
{
    meet(l, TOOL, DEV, "axl", IP_SET + 9);
    set_ip(l, TOOL, DEV, 1, 9);
    set_done(l, DEV, TOOL, 1, 1, 2, 0);
}
static void readdress_refused(struct lab *l)
{
    meet(l, TOOL, DEV, "axl", IP_SET + 9);
    set_ip(l, TOOL, DEV, 1, 10);
    set_done(l, DEV, TOOL, 1, 1, 2, 5);
}
static void broadcast_address(struct lab *l)
{
    set_ip(l, TOOL, DEV, 1, 255);
    lab_wait(l, 2000);
}
static void rivals(struct lab *l)
{
    for (unsigned i = 0; i < 4; i++) {
        identify(l, PLC, ALL, i, "axl");
        identify(l, EVIL, ALL, i, "axl");
        lab_wait(l, 5000);
    }
}
static void no_rivals(struct lab *l)
{
    for (unsigned i = 0; i < 4; i++) {
        identify(l, PLC, ALL, i, "axl");
        identify(l, EVIL, ALL, i, "axm");
        lab_wait(l, 5000);
    }
}

static const struct trial trials[] = {
    {"dcp_set_unknown_client", HIGH, stranger},
    {"dcp_set_unknown_client", INFO, commission},
    {"dcp_set_unknown_client", INFO, known_tool},
    {"dcp_set_unknown_client", MEDIUM, rename_early},
    {"dcp_set_unknown_client", NONE, blink},
    {"dcp_set_during_operation", HIGH, rename_operating},
    {"dcp_set_during_operation", MEDIUM, rename_operating_refused},
    {"dcp_set_during_operation", INFO, same_ip_operating},
    {"dcp_set_during_operation", NONE, blink_operating},
    {"dcp_set_during_operation", NONE, rename_stopped},
    {"dcp_set_error", LOW, refused},
    {"dcp_set_error", MEDIUM, refused_thrice},
    {"dcp_set_error", INFO, get_refused},
    {"dcp_set_error", NONE, commission},
    {"dcp_set_unanswered", MEDIUM, silence},
    {"dcp_set_unanswered", LOW, busy},
    {"dcp_set_unanswered", NONE, slow_answer},
    {"dcp_factory_reset", HIGH, reset_by_stranger},
    {"dcp_factory_reset", MEDIUM, reset_by_tool},
    {"dcp_factory_reset", MEDIUM, reset_mild},
    {"dcp_factory_reset", HIGH, reset_two},
    {"dcp_factory_reset", NONE, commission},
    {"dcp_blink", INFO, blink},
    {"dcp_blink", LOW, blink_all},
    {"dcp_blink", LOW, blink_by_stranger},
    {"dcp_blink", NONE, commission},
    {"dcp_name_changed", MEDIUM, rename_early},
    {"dcp_name_changed", INFO, commission},
    {"dcp_name_changed", NONE, refused},
    {"dcp_name_cleared", MEDIUM, cleared},
    {"dcp_name_cleared", NONE, rename_early},
    {"dcp_ip_changed", MEDIUM, readdressed},
    {"dcp_ip_changed", INFO, addressed},
    {"dcp_ip_changed", NONE, same_address},
    {"dcp_ip_changed", NONE, readdress_refused},
    {"dcp_crosses_subnet", LOW, broadcast_address},
    {"dcp_crosses_subnet", NONE, addressed},
    {"dcp_two_masters", MEDIUM, busy},
    {"dcp_two_masters", MEDIUM, rivals},
    {"dcp_two_masters", NONE, not_busy},
    {"dcp_two_masters", NONE, no_rivals},
    {"dcp_hello", NONE, commission},
    {"dcp_malformed", NONE, commission},
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
