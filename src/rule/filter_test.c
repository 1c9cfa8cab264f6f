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

// Events as "source second" pairs in one string, "1@0 2@0 1@3"; what is heard of each, a /
// between.
static void story(const char *config, const char *rules, const char *events, const char *told)
{
    struct lab_file files[] = {{"t.rules", rules}, {"main", config}, {NULL, NULL}};
    const char *names[] = {"t.rules", NULL};
    char all[4000] = "", text[200], *rest = NULL;
    struct fail f;
    struct lab l;
    nsec begin;

    lab_begin(&l,
              lab_load(files, &(struct rules_request){.config = "main", .files = names}, &f));
    assert_string_equal(f.text, "");
    begin = l.now;
    snprintf(text, sizeof(text), "%s", events);
    for (char *e = strtok_r(text, " ", &rest); e; e = strtok_r(NULL, " ", &rest)) {
        unsigned host, second;
        assert_int_equal(sscanf(e, "%u@%u", &host, &second), 2);
        l.packet.src = addr_of(ADDR_IP4, (const uint8_t[]){10, 0, 0, (uint8_t)host});
        l.now = begin + second * SECOND;
        const char *heard = lab_udp(&l, "a", 1);
        size_t n = strlen(all);
        snprintf(all + n, sizeof(all) - n, "%s%s", n ? "/" : "", *heard ? heard : "-");
    }
    assert_string_equal(all, told);
    lab_close(&l);
}

#define ALERT "alert udp any any -> any any (content:\"a\"; sid:1;)\n"

static void sources_are_counted_apart(void **state)
{
    story("",
          "alert udp any any -> any any (content:\"a\"; threshold:type threshold, track by_src,"
          " count 2, seconds 60; sid:1;)\n",
          "1@0 9@0 1@1 9@2 1@3 1@4", "-/-/1/1/-/1");
    story("",
          "alert udp any any -> any any (content:\"a\"; threshold:type both, track by_dst, "
          "count 3, seconds 60; sid:1;)\n",
          "1@0 9@0 3@1 4@2", "-/-/1/-");
    story("event_filter gen_id 1, sig_id 1, type limit, track by_src, count 1, seconds 10\n",
          ALERT, "1@0 9@0 1@1 9@9 1@10 9@11", "1/1/-/-/1/1");
    story("event_filter gid 1, sid 1, type limit, track by_rule, count 2, seconds 10\n", ALERT,
          "1@0 9@0 3@1", "1/1/-");
    story("suppress gen_id 1, sig_id 1, track by_src, ip [10.0.0.8/30,!10.0.0.10]\n", ALERT,
          "1@0 8@0 9@0 10@0 11@0", "1/-/-/1/-");
    story("suppress gen_id 1, sig_id 1, track by_either, ip 10.0.0.2\n", ALERT, "1@0", "-");
}

// What detection_filter holds back is not counted by an event_filter.
static void one_filter_behind_the_other(void **state)
{
    story(
        "event_filter gen_id 1, sig_id 1, type limit, track by_src, count 2, seconds 60\n",
        "alert udp any any -> any any (content:\"a\"; detection_filter:track by_src, count 2, "
        "seconds 60; sid:1;)\n",
        "1@0 1@1 1@2 1@3 1@4", "-/-/1/1/-");
    story("suppress gen_id 1, sig_id 1, track by_src, ip 10.0.0.9\n"
          "event_filter gen_id 1, sig_id 1, type limit, track by_rule, count 2, seconds 60\n",
          ALERT, "9@0 9@1 1@2 1@3 1@4", "-/-/1/1/-"); // nor what is suppressed
}

#define RATE "rate_filter gen_id 1, sig_id 1, "

// The new action lasts for `timeout` seconds from the event on that was too much.
static void rates_change_actions(void **state)
{
    story(RATE "track by_src, count 2, seconds 10, new_action drop, timeout 3\n", ALERT,
          "1@0 9@0 1@1 1@2 9@2 1@4 1@10 1@11 1@12 1@13",
          "1/1/1/1=drop/1/1=drop/1/1/1=drop/1=drop");
    story(RATE "track by_dst, count 1, seconds 0, new_action reject, timeout 0\n", ALERT,
          "1@0 9@1 1@9000", "1/1=reject/1=reject");
    story(RATE "track by_rule, count 1, seconds 5, new_action alert, timeout 1\n",
          "pass udp any any -> any any (content:\"a\"; sid:1;)\n" // 2 is let pass with it
          "alert udp any any -> any any (content:\"a\"; sid:2;)\n",
          "1@0 9@1 3@2", "-/1=alert/1=alert");
    story(RATE "track by_src, count 1, seconds 9, new_action sdrop, timeout 9, "
               "apply_to [10.0.0.8/29]\n",
          ALERT, "1@0 1@1 9@2 9@3", "1/1/1/1=sdrop");
    story(RATE "track by_src, count 1, seconds 9, new_action pass, timeout 2\n", ALERT,
          "1@0 1@1 1@2 1@10 1@11", "1/-/-/1/-");
    story(RATE "track by_src, count 1, seconds 9, new_action log, timeout 2\n", ALERT,
          "1@0 1@1", "1/-");
    // the first line that is exceeded; what it told, an event_filter counts
    story(RATE
          "track by_src, count 2, seconds 9, new_action drop, timeout 9\n" RATE
          "track by_src, count 1, seconds 9, new_action reject, timeout 9\n"
          "event_filter gen_id 1, sig_id 1, type limit, track by_src, count 3, seconds 9\n",
          ALERT, "1@0 1@1 1@2 1@3", "1/1=reject/1=drop/-");
    // as Snort 3 writes it
    story("rate_filter =\n{\n  { gid = 1, sid = 1, track = 'by_src', -- of each\n"
          "    count = 1, seconds = 5, new_action = \"block\", timeout = 5, },\n"
          "  { gid = 1, sid = 7, track = 'by_rule', count = 1, seconds = 1,\n"
          "    new_action = 'drop', timeout = 1 },\n}\n"
          "suppress = { { gid = 1, sid = 1, track = 'by_src', ip = '10.0.0.9' } }\n",
          ALERT, "1@0 1@1 9@1 9@2", "1/1=block/-/-");
}

// Snort 2 counts connections without a rule for them.
static void connections_are_counted(void **state)
{
    static const char config[] = "rate_filter gen_id 135, sig_id 1, track by_src, count 1, "
                                 "seconds 5, new_action drop, timeout 5\n"
                                 "alert tcp any any -> any any (flags:S; sid:1;)\n";
    struct lab_file files[] = {{"main", config}, {NULL, NULL}};
    struct fail f;
    struct lab l;

    lab_begin(&l, lab_load(files, &(struct rules_request){.config = "main"}, &f));
    assert_string_equal(f.text, "");
    l.packet.tcp.flags = TCP_SYN;
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "1");
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "1 135:1=drop");
    lab_close(&l);
}

static void wrong_filters_are_fatal(void **state)
{
    static const struct {
        const char *config, *why;
    } x[] = {
        {RATE "track by_src, count 2, seconds 1, timeout 3\n",
         "main:1:1: rate_filter needs gen_id, sig_id, track, count, seconds, new_action and "
         "timeout"},
        {RATE "track by_src, count 2, new_action explode\n",
         "main:1:1: rate_filter: new_action cannot be \"explode\""},
        {RATE "track by_both, count 2, new_action drop\n",
         "main:1:1: rate_filter tracks by_src, by_dst or by_rule"},
        {RATE "track by_rule, count 2, new_action drop, apply_to 10.0.0.1\n",
         "main:1:1: rate_filter with track by_rule takes no apply_to"},
        {"\nrate_filter = {\n}\n", "main:2:1: rate_filter = { { gid = 1, sid = 2, ... } }: the "
                                   "table is empty"},
        {"event_filter gen_id 1, sig_id 1, timeout 5\n",
         "main:1:1: event_filter: \"timeout\" is not understood"},
        {"suppress gen_id 1, sig_id 1, track by_src\n",
         "main:1:1: suppress needs both track and ip, or none of them"},
    };

    for (size_t i = 0; i < COUNT_OF(x); i++) {
        struct lab_file files[] = {{"main", x[i].config}, {NULL, NULL}};
        struct fail f;
        assert_null(lab_load(files, &(struct rules_request){.config = "main"}, &f));
        assert_string_equal(f.text, x[i].why);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(configured),
        cmocka_unit_test(queue_has_limits),
        cmocka_unit_test(bits_of_hosts),
        cmocka_unit_test(bits_belong_to_the_host),
        cmocka_unit_test(sources_are_counted_apart),
        cmocka_unit_test(one_filter_behind_the_other),
        cmocka_unit_test(rates_change_actions),
        cmocka_unit_test(connections_are_counted),
        cmocka_unit_test(wrong_filters_are_fatal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
