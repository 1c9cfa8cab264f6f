// SPDX-License-Identifier: Apache-2.0
// Rates: which of some events are told (rules.md 7.2).
#include "rule/lab_test.h"

// Events of one source, a second apart; a digit for each that is told.
static void check(const char *option, const char *config, unsigned events, const char *told)
{
    char rule[256], all[64] = "";
    struct lab_file files[] = {{"t.rules", rule}, {"main", config}, {NULL, NULL}};
    const char *names[] = {"t.rules", NULL};
    struct fail f;
    struct lab l;

    snprintf(rule, sizeof(rule), "alert udp any any -> any any (content:\"a\"; %s sid:1;)\n",
             option);
    lab_begin(&l,
              lab_load(files, &(struct rules_request){.config = "main", .files = names}, &f));
    assert_string_equal(f.text, "");
    for (unsigned i = 0; i < events; i++) {
        if (*lab_udp(&l, "a", 1))
            snprintf(all + strlen(all), sizeof(all) - strlen(all), "%u,", i);
        l.now += SECOND;
    }
    assert_string_equal(all, told);
    lab_close(&l);
}

#define WINDOW "track by_src, count 3 , seconds 60;"

static void kinds(void **state)
{
    check("threshold:type limit, " WINDOW, "", 6, "0,1,2,");
    check("threshold: type threshold, " WINDOW, "", 6, "2,5,");
    check("threshold:type both, " WINDOW, "", 6, "2,");
    check("detection_filter:" WINDOW, "", 6, "3,4,5,");
    check("detection_filter:track by_dst, count 2, seconds 3;", "", 9, "2,5,8,");
    check("threshold:type limit, track by_rule, count 1, seconds 2;", "", 6, "0,2,4,");
    check("threshold:type backoff, track by_flow, count 1, multiplier 3;", "", 12, "0,2,8,");
    check("", "", 3, "0,1,2,");
}

static void configured(void **state)
{
    check("",
          "event_filter gen_id 1, sig_id 1, type limit, track by_src, count 2, seconds 60\n", 6,
          "0,1,");
    check(
        "",
        "event_filter gen_id 1, sig_id 0, type threshold, track by_src, count 2, seconds 60\n",
        6, "1,3,5,");
    check("threshold:type limit, " WINDOW,
          "event_filter gen_id 1, sig_id 1, type limit, track by_src, count 1, seconds 60\n", 6,
          "0,1,2,"); // the rule's own wins
    check("", "suppress gen_id 1, sig_id 1\n", 2, "");
    check("", "suppress gen_id 1, sig_id 1, track by_src, ip [10.0.0.1,10.0.0.9]\n", 2, "");
    check("", "suppress gen_id 1, sig_id 1, track by_dst, ip 10.0.0.1\n", 2, "0,1,");
}

static void queue_has_limits(void **state)
{
    static const char rules[] =
        "alert udp any any -> any any (content:\"a\"; sid:1; priority:3;)\n"
        "alert udp any any -> any any (content:\"aa\"; sid:2; priority:2;)\n"
        "drop udp any any -> any any (content:\"a\"; sid:3; priority:4;)\n"
        "alert udp any any -> any any (content:\"aaa\"; sid:4; priority:1;)\n";
    static const struct {
        const char *config, *told;
    } x[] = {{"", "3 4 2 1"},
             {"config event_queue: max_queue 8 log 3\n", "3 4 2"},
             {"config event_queue: max_queue 2, log 8, order_events priority\n", "3 4"}};
    const char *names[] = {"t.rules", NULL};

    for (size_t i = 0; i < COUNT_OF(x); i++) {
        struct lab_file files[] = {{"t.rules", rules}, {"main", x[i].config}, {NULL, NULL}};
        struct fail f;
        struct lab l;
        lab_begin(
            &l, lab_load(files, &(struct rules_request){.config = "main", .files = names}, &f));
        assert_string_equal(lab_udp(&l, "aaa", 3), x[i].told);
        lab_close(&l);
    }
}

static void bits_of_hosts(void **state)
{
    static const uint8_t other[] = {10, 9, 9, 9};
    struct lab l;

    lab_open(
        &l,
        "alert udp any any -> any any (content:\"set\"; xbits:set,a,track ip_src,expire 5; "
        "noalert; sid:1;)\n"
        "alert udp any any -> any any (content:\"ask\"; xbits:isset,a,track ip_src; sid:2;)\n"
        "alert udp any any -> any any (content:\"ask\"; xbits:isnotset,a,track ip_src; "
        "sid:3;)\n");
    assert_string_equal(lab_udp(&l, "ask", 3), "3");
    assert_string_equal(lab_udp(&l, "set", 3), "");
    assert_string_equal(lab_udp(&l, "ask", 3), "2");
    l.now += 5 * SECOND;
    assert_string_equal(lab_udp(&l, "ask", 3), "3");
    lab_udp(&l, "set", 3);
    l.packet.src = addr_of(ADDR_IP4, other);
    assert_string_equal(lab_udp(&l, "ask", 3), "3");
    lab_close(&l);
}

static void bits_belong_to_the_host(void **state)
{
    struct lab l;

    lab_open(&l, "# dialect: suricata\n"
                 "alert udp any any -> any any (content:\"set\"; hostbits:set,a,dst; "
                 "hostbits:noalert; sid:1;)\n"
                 "alert udp any any -> any any (content:\"ask\"; hostbits:isset,a; sid:2;)\n"
                 "alert udp any any -> any any (content:\"ask\"; xbits:isset,a,track ip_dst; "
                 "sid:3;)\n");
    assert_string_equal(lab_udp(&l, "set", 3), "");
    assert_string_equal(lab_udp(&l, "ask", 3), "3"); // asked of it
    const struct addr asker = l.packet.src;
    l.packet.src = l.packet.dst;
    l.packet.dst = asker;
    assert_string_equal(lab_udp(&l, "ask", 3), "2"); // it asks
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(configured),
        cmocka_unit_test(queue_has_limits),
        cmocka_unit_test(bits_of_hosts),
        cmocka_unit_test(bits_belong_to_the_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
