// SPDX-License-Identifier: Apache-2.0
// What rules of Suricata mean that those of Snort, or no others, do.
#include "rule/lab_test.h"

#define SURICATA "# dialect: suricata\n"

static void open_udp(struct lab *l, const char *dialect, const char *options)
{
    char text[1024];

    snprintf(text, sizeof(text), "# dialect: %s\nalert udp any any -> any any (%s sid:1;)\n",
             dialect, options);
    lab_open(l, text);
}

// Whether a datagram makes rule 1 alert that has these options.
static bool alerts_in(const char *dialect, const char *options, const char *bytes)
{
    struct lab l;

    open_udp(&l, dialect, options);
    bool alerts = !strcmp(lab_udp(&l, bytes, strlen(bytes)), "1");
    lab_close(&l);
    return alerts;
}

static bool alerts(const char *options, const char *bytes)
{
    return alerts_in("suricata", options, bytes);
}

static void numbers_move_the_cursor(void **state)
{
    static const char extract[] = "content:\"ab\"; byte_extract:1,0,n,relative,string,dec; "
                                  "content:\"c\"; distance:0; within:1;";
    static const char math[] = "content:\"ab\"; byte_math:bytes 1, offset 1, oper +, rvalue 1, "
                               "result n, relative; content:\"c\"; distance:0; within:1;";

    assert_true(alerts(extract, "ab3c"));
    assert_false(alerts(extract, "ab33c"));
    assert_false(alerts_in("snort2", extract, "ab3c"));
    assert_true(alerts(math, "ab34c"));
    assert_false(alerts(math, "ab3c"));
}

static void jumps_of_no_bytes(void **state)
{
    static const char jump[] = "byte_extract:1,0,n,string,dec; byte_jump:n,0,relative,string; "
                               "isdataat:1,relative;";

    assert_true(alerts(jump, "0x"));
    assert_false(alerts(jump, "0"));
    assert_true(alerts(jump, "11xy"));
    assert_false(alerts(jump, "1x"));
}

static void buffers_chosen_again(void **state)
{
    struct lab l;

    lab_open(&l, SURICATA
             "alert tcp any any -> any any (http.uri; content:\"a\"; http.method; "
             "content:\"GET\"; http.uri; content:\"b\"; distance:1; within:1; sid:1;)\n"
             "alert tcp any any -> any any (http.uri; content:\"a\"; http.method; "
             "content:\"GET\"; http.uri; content:\"b\"; distance:0; within:1; sid:2;)\n");
    static const char request[] = "GET /axb HTTP/1.1\r\n\r\n";
    assert_string_equal(lab_stream(&l, ORIG, request, sizeof(request) - 1), "1");
    lab_close(&l);
}

static void other_sizes(void **state)
{
    struct lab l;

    lab_open(&l, SURICATA "alert udp any any -> any any (dsize:!3; sid:1;)\n");
    assert_string_equal(lab_udp(&l, "abc", 3), "");
    assert_string_equal(lab_udp(&l, "ab", 2), "1");
    assert_string_equal(lab_udp(&l, "", 0), ""); // of what is not there, there is no size
    lab_close(&l);
    lab_open(&l, "# dialect: snort3\nalert udp any any -> any any (dsize:!3; sid:1;)\n");
    assert_string_equal(lab_udp(&l, "", 0), "1");
    lab_close(&l);
}

static void addresses_alone_alert_once(void **state)
{
    struct lab l;

    lab_open(&l, SURICATA "alert ip any any -> 10.0.0.0/8 any (sid:1;)\n"
                          "alert ip any any -> any any (flow:stateless; sid:2;)\n"
                          "alert udp any any -> any 20000 (sid:3;)\n");
    assert_string_equal(lab_udp(&l, "", 0), "1 2 3");
    l.flow.end[l.flow.orig_end].pkts = 2;
    assert_string_equal(lab_udp(&l, "", 0), "2 3");
    assert_string_equal(lab_packet(&l, RESP, "", 0), "1 2 3"); // the first of its side
    l.packet.ip_proto = PROTO_GRE;                             // has no conversations there
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "1 2");
    lab_close(&l);
    lab_open(&l, "alert ip any any -> 10.0.0.0/8 any (sid:1;)\n");
    l.flow.end[l.flow.orig_end].pkts = 2;
    assert_string_equal(lab_udp(&l, "", 0), "1");
    lab_close(&l);
}

static void protocols_are_told_once_they_are_known(void **state)
{
    struct lab l;

    lab_open(&l, SURICATA
             "alert tcp any any -> any any (app-layer-protocol:tls; sid:1;)\n"
             "alert tcp any any -> any any (app-layer-protocol:!http|dns,final; sid:2;)\n"
             "alert tcp any any -> any any (app-layer-protocol:tls; dsize:0; sid:3;)\n"
             "alert tcp any any -> any any (flow:to_client; app-layer-protocol:tls; sid:4;)\n"
             "alert tcp any any -> any any (app-layer-protocol:unknown; dsize:0; sid:5;)\n");
    l.talk.undecided = true;
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "5");
    l.talk.undecided = false;
    l.talk.verdict = (struct verdict){.service = "ssl", .grade = VERDICT_CERTAIN};
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "1 2 3");
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "3");
    assert_string_equal(lab_packet(&l, RESP, "", 0), "3 4");
    assert_string_equal(lab_packet(&l, RESP, "", 0), "3");
    lab_close(&l);
}

static void protocols_that_stay_unknown(void **state)
{
    struct lab l;

    lab_open(&l, SURICATA
             "alert tcp any any -> any any (app-layer-protocol:failed; dsize:0; sid:1;)\n"
             "alert tcp any any -> any any (app-layer-protocol:!tls; dsize:0; sid:2;)\n"
             "alert tcp any any -> any any (app-layer-protocol:tls|failed; sid:3;)\n");
    l.talk.undecided = true;
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "");
    l.talk.undecided = false;
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "1 2 3");
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "1 2");
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_move_the_cursor),
        cmocka_unit_test(jumps_of_no_bytes),
        cmocka_unit_test(buffers_chosen_again),
        cmocka_unit_test(other_sizes),
        cmocka_unit_test(addresses_alone_alert_once),
        cmocka_unit_test(protocols_are_told_once_they_are_known),
        cmocka_unit_test(protocols_that_stay_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
