// SPDX-License-Identifier: Apache-2.0
// Rules on what analysers tell: DNP3 fragments and oddities (dnp3.md sections 7 and 8).
#include "rule/lab_test.h"

// A fragment from its application control octet on.
static const char *fragment(struct lab *l, const char *hex, const char *objects)
{
    static uint8_t b[256], o[64];
    struct lab_run r;

    lab_start(l, &r, ORIG);
    struct ev_dnp3_fragment *e = emit_dnp3_fragment(&r.out);
    e->bytes = slice_of(b, lab_hex(hex, b, sizeof(b)));
    e->function = b[1];
    e->objects = slice_of(o, lab_hex(objects, o, sizeof(o)));
    if (b[1] >= 128 && e->bytes.n >= 4)
        set(dnp3_fragment, e, iin, (uint16_t)(b[2] << 8 | b[3]));
    rule_event(l->lane, &r.at, &e->head);
    return lab_end(l, &r);
}

static const char *oddity(struct lab *l, enum odd o)
{
    struct lab_run r;

    lab_start(l, &r, ORIG);
    odd(&r.out, o);
    rule_event(l->lane, &r.at, r.out.first);
    return lab_end(l, &r);
}

// The default policy: DNP3 is inspected.
static void open_rules(struct lab *l, const char *rules)
{
    lab_open(l, rules);
    assert_true(rules_wanted(l->rules) != 0);
}

static void functions(void **state)
{
    struct lab l;

    open_rules(&l, "alert tcp any any -> any any (dnp3_func:write; sid:1;)\n"
                   "alert tcp any any -> any any (dnp3_func:07; sid:2;)\n"
                   "alert ip any any -> any any (dnp3_func: WRITE ; sid:3;)\n"
                   "alert dnp3 any any -> any any (dnp3_func:response; sid:4;)\n"
                   "alert dnp3 any any -> any any (dnp3.func:>129; sid:5;)\n"
                   "alert dnp3 any any -> any any (dnp3_func:!0x02; sid:6;)\n");
    assert_string_equal(fragment(&l, "C0 02", ""), "1 3");
    assert_string_equal(fragment(&l, "C0 07", ""), "2 6");
    assert_string_equal(fragment(&l, "C0 81 00 00", ""), "4 6");
    assert_string_equal(fragment(&l, "C0 82 00 00", ""), "5 6");
    lab_close(&l);
}

static void indications(void **state)
{
    struct lab l;

    open_rules(
        &l,
        "alert tcp any any -> any any (dnp3_ind:device_restart; sid:1;)\n"
        "alert tcp any any -> any any (dnp3_ind: reserved_1 , reserved_2 ; sid:2;)\n"
        "alert tcp any any -> any any (dnp3_ind:class_1_events; "
        "dnp3_ind:\"class_2_events\"; sid:3;)\n"
        "alert dnp3 any any -> any any (dnp3_ind:class_1_events,!class_2_events; sid:4;)\n");
    assert_string_equal(fragment(&l, "C0 81 82 00", ""), "1 4");
    assert_string_equal(fragment(&l, "C0 81 06 00", ""), "3");
    assert_string_equal(fragment(&l, "C0 81 00 40", ""), "2");
    assert_string_equal(fragment(&l, "C0 01 82 00", ""), ""); // a request has none
    lab_close(&l);
}

static void objects_and_data(void **state)
{
    struct lab l;

    open_rules(
        &l,
        "alert tcp any any -> any any (dnp3_obj:50,1; sid:1;)\n"
        "alert tcp any any -> any any (dnp3_obj:group 50, var 01; sid:2;)\n"
        "alert tcp any any -> any any (dnp3_obj:60,0; sid:3;)\n"
        "alert tcp any any -> any any (dnp3_data; content:\"badstuff\"; sid:4;)\n"
        "alert tcp any any -> any any (dnp3_data; content:\"|02|\"; offset:1; depth:1; "
        "sid:5;)\n"
        "alert tcp any any -> any any (dnp3_data; content:\"badstuff\"; isdataat:0,relative; "
        "sid:6;)\n"
        "alert tcp any any -> any any (content:\"|05 64|\"; depth:2; dnp3_data; "
        "content:\"xx\"; "
        "pkt_data; content:\"tail\"; sid:7;)\n");
    assert_string_equal(fragment(&l, "C0 02 32 01 07 01", "32 01"), "5 1 2");
    assert_string_equal(fragment(&l, "C0 01 3C 01 06 32 01 07", "3C 01 32 01"), "1 2");
    l.packet.payload = slice_str("\x05\x64 ... tail");
    assert_string_equal(
        fragment(&l, "C0 02 6E 0C 00 00 00 78 78 78 78 62 61 64 73 74 75 66 66", "6E 0C"),
        "4 7 5");
    lab_close(&l);
}

static void numbered_events(void **state)
{
    static const char rules[] =
        "alert ( msg:\"a\"; gid:145; sid:1; rev:1; metadata:rule-type preproc; )\n"
        "alert ( msg:\"b\"; gid:145; sid:5; rev:1; )\n"
        "alert ( msg:\"c\"; gid:145; sid:6; rev:1; )\n"
        "alert dnp3 any any -> any any (app-layer-event:dnp3.len_too_small; sid:9;)\n";
    struct lab_file files[] = {{"t.rules", rules},
                               {"main", "preprocessor dnp3: ports 20000\n"
                                        "config dnp3_event_numbering: shipped\n"},
                               {NULL, NULL}};
    const char *names[] = {"t.rules", NULL};
    struct fail f;
    struct lab l;

    open_rules(&l, rules);
    assert_string_equal(oddity(&l, ODD_dnp3_bad_crc), "145:1");
    assert_string_equal(oddity(&l, ODD_dnp3_large_frame), "145:5");
    assert_string_equal(oddity(&l, ODD_dnp3_reserved_address), "145:6");
    assert_string_equal(oddity(&l, ODD_dnp3_bad_length), "9");
    assert_string_equal(oddity(&l, ODD_time_back), "");
    lab_close(&l);

    lab_begin(&l,
              lab_load(files, &(struct rules_request){.config = "main", .files = names}, &f));
    assert_string_equal(oddity(&l, ODD_dnp3_bad_crc), ""); // check_crc is off
    assert_string_equal(oddity(&l, ODD_dnp3_large_frame), "");
    assert_string_equal(oddity(&l, ODD_dnp3_reserved_address), "145:5");
    assert_string_equal(oddity(&l, ODD_dnp3_reserved_function), "145:6");
    lab_close(&l);
}

static void flowbits_last_for_the_conversation(void **state)
{
    struct lab l;

    lab_open(
        &l,
        "# dialect: snort2\n"
        "alert udp any any -> any any (content:\"two\"; flowbits:isset,one; sid:2;)\n"
        "alert udp any any -> any any (content:\"one\"; flowbits:set,one; "
        "flowbits:noalert; sid:1;)\n"
        "alert udp any any -> any any (content:\"off\"; flowbits:unset,one; sid:3;)\n"
        "alert udp any any -> any any (content:\"n\"; flowint:c,+,1; flowint:c,>=,2; sid:4;)\n"
        "alert udp any any -> any any (content:\"n\"; flowint:c,notset; flowint:c,=,1; "
        "noalert; sid:5;)\n"
        "pass udp any any -> any any (content:\"quiet\"; sid:6;)\n");
    assert_string_equal(lab_udp(&l, "two", 3), "");
    assert_string_equal(lab_udp(&l, "one two", 7), "2"); // the setter is tried first
    assert_string_equal(lab_udp(&l, "two", 3), "2");
    assert_string_equal(lab_udp(&l, "two quiet", 9), "");
    assert_string_equal(lab_udp(&l, "off", 3), "3");
    assert_string_equal(lab_udp(&l, "two", 3), "");
    lab_close(&l);
}

static void oddities_change_flowbits(void **state)
{
    struct lab l;

    lab_open(&l, "alert dnp3 any any -> any any (app-layer-event:dnp3.len_too_small; "
                 "flowbits:set,odd; flowint:n,+,1; sid:1;)\n"
                 "alert tcp any any -> any any (content:\"x\"; flowbits:isset,odd; sid:2;)\n"
                 "alert tcp any any -> any any (content:\"x\"; flowint:n,>,1; sid:3;)\n");
    assert_string_equal(oddity(&l, ODD_dnp3_bad_length), "1");
    assert_string_equal(lab_stream(&l, ORIG, "x", 1), "2");
    assert_string_equal(oddity(&l, ODD_dnp3_bad_length), "1");
    assert_string_equal(lab_stream(&l, ORIG, "x", 1), "2 3");
    lab_close(&l);
}

static void groups_of_flowbits(void **state)
{
    struct lab l;

    lab_open(
        &l, "# dialect: snort2\n"
            "alert udp any any -> any any (content:\"A\"; flowbits:set,a,g; noalert; sid:1;)\n"
            "alert udp any any -> any any (content:\"B\"; flowbits:setx,b,g; noalert; sid:2;)\n"
            "alert udp any any -> any any (content:\"C\"; flowbits:set,c; noalert; sid:3;)\n"
            "alert udp any any -> any any (content:\"-\"; flowbits:unset,all,g; noalert; "
            "sid:4;)\n"
            "alert udp any any -> any any (content:\"0\"; flowbits:reset; noalert; sid:5;)\n"
            "alert udp any any -> any any (content:\"~\"; flowbits:toggle,all,g; noalert; "
            "sid:6;)\n"
            "alert udp any any -> any any (content:\"?\"; flowbits:isset,any,g; sid:11;)\n"
            "alert udp any any -> any any (content:\"?\"; flowbits:isset,all,g; sid:12;)\n"
            "alert udp any any -> any any (content:\"?\"; flowbits:isset,a|c; sid:13;)\n"
            "alert udp any any -> any any (content:\"?\"; flowbits:isset,a&c; sid:14;)\n"
            "alert udp any any -> any any (content:\"?\"; flowbits:isnotset,a|c; sid:15;)\n"
            "alert udp any any -> any any (content:\"?\"; flowbits:isnotset,any,g; sid:16;)\n"
            "alert udp any any -> any any (content:\"?\"; flowbits:isset,b; sid:17;)\n");
    assert_string_equal(lab_udp(&l, "?", 1), "15 16");
    assert_string_equal(lab_udp(&l, "A?", 2), "11 13");
    assert_string_equal(lab_udp(&l, "B?", 2), "11 15 17"); // a is cleared
    assert_string_equal(lab_udp(&l, "A", 1), "");
    assert_string_equal(lab_udp(&l, "C?", 2), "11 12 13 14 17");
    assert_string_equal(lab_udp(&l, "-?", 2), "13 16"); // c is not in the group
    assert_string_equal(lab_udp(&l, "~?", 2), "11 12 13 14 17");
    assert_string_equal(lab_udp(&l, "0?", 2), "15 16");
    lab_close(&l);
}

// In Suricata a pass rule lets all of the conversation pass, in Snort the unit at hand.
static void pass_rules(void **state)
{
    static const char *const dialect[] = {"snort2", "snort3", "suricata"};
    char rules[400];
    struct lab l;

    for (size_t i = 0; i < COUNT_OF(dialect); i++) {
        bool all = i == 2;
        snprintf(rules, sizeof(rules),
                 "# dialect: %s\n"
                 "pass udp any any -> any any (content:\"fine\"; sid:1;)\n"
                 "alert udp any any -> any any (content:\"x\"; sid:2;)\n"
                 "alert tcp any any -> any any (content:\"x\"; sid:3;)\n"
                 "pass tcp any any -> any any (content:\"good\"; sid:4;)\n"
                 "alert dnp3 any any -> any any (app-layer-event:dnp3.len_too_small; sid:9;)\n",
                 dialect[i]);
        lab_open(&l, rules);
        assert_string_equal(lab_udp(&l, "x", 1), "2");
        assert_string_equal(lab_udp(&l, "fine x", 6), "");
        assert_string_equal(lab_udp(&l, "x", 1), all ? "" : "2");
        assert_string_equal(oddity(&l, ODD_dnp3_bad_length), all ? "" : "9");
        lab_end_talk(&l);
        assert_string_equal(lab_udp(&l, "x", 1), "2");
        lab_end_talk(&l);
        assert_string_equal(lab_stream(&l, ORIG, "x", 1), "3");
        assert_string_equal(lab_stream(&l, RESP, "good x", 6), "");
        assert_string_equal(lab_stream(&l, ORIG, "x", 1), all ? "" : "3");
        lab_close(&l);
    }
}

// One of Snort that stands first does not hide one of Suricata, found by a pattern or without.
static void pass_rules_of_both(void **state)
{
    struct lab_file files[] = {
        {"a.rules", "# dialect: snort2\npass udp any any -> any any (sid:1;)\n"
                    "alert udp any any -> any any (content:\"x\"; sid:2;)\n"},
        {"b.rules", "# dialect: suricata\n"
                    "pass udp any any -> any any (content:\"fine\"; sid:3;)\n"
                    "pass udp any any -> any any (dsize:1; flow:to_client; sid:4;)\n"
                    "alert udp any any -> any any (content:\"set\"; flowbits:set,a; sid:5;)\n"
                    "alert tcp any any -> any any (content:\"q\"; flowbits:isset,a; sid:6;)\n"},
        {NULL, NULL}};
    const char *names[] = {"a.rules", "b.rules", NULL};
    struct fail f;
    struct lab l;

    lab_begin(&l, lab_load(files, &(struct rules_request){.files = names}, &f));
    for (int by_pattern = 0; by_pattern < 2; by_pattern++) {
        assert_string_equal(lab_udp(&l, "set x", 5), "");
        assert_string_equal(lab_stream(&l, ORIG, "q", 1), "6"); // set, although it passed
        l.packet.ip_proto = PROTO_UDP;
        assert_string_equal(
            by_pattern ? lab_udp(&l, "fine x", 6) : lab_packet(&l, RESP, "y", 1), "");
        assert_string_equal(lab_stream(&l, ORIG, "q", 1), "");
        lab_end_talk(&l);
    }
    lab_close(&l);
}

static void sizes_of_streams(void **state)
{
    struct lab l;

    lab_open(&l, "alert tcp any any -> any any (stream_size:client,>,5; dsize:0; sid:1;)\n"
                 "alert tcp any any -> any any (stream_size:both,>=,3; dsize:0; sid:2;)\n"
                 "alert tcp any any -> any any (stream_size:either,=,3; dsize:0; sid:3;)\n"
                 "alert tcp any any -> any any (content:\"def\"; stream_size:server,<,1; "
                 "sid:4;)\n");
    l.packet.ip_proto = PROTO_TCP;
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "");
    assert_string_equal(lab_stream(&l, ORIG, "abc", 3), "");
    assert_string_equal(lab_packet(&l, RESP, "", 0), "3");
    assert_string_equal(lab_stream(&l, ORIG, "def", 3), "4");
    assert_string_equal(lab_stream(&l, RESP, "ghi", 3), "");
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "1 2 3");
    assert_string_equal(lab_stream(&l, ORIG, "def", 3), "");
    lab_close(&l);
}

static void explaining(void **state)
{
    struct lab_file files[] = {
        {"t.rules",
         "alert udp any any -> any any (content:\"abc\"; content:\"d\"; distance:0; sid:1;)\n"
         "alert udp any any -> any 99 (content:\"abc\"; sid:2;)\n"},
        {NULL, NULL}};
    const char *names[] = {"t.rules", NULL};
    struct fail f;
    struct lab l;

    for (uint32_t sid = 1; sid <= 2; sid++) {
        lab_begin(
            &l,
            lab_load(files, &(struct rules_request){.files = names, .explain_sid = sid}, &f));
        l.telling = true;
        lab_udp(&l, "abc", 3);
        assert_string_equal(l.said, sid == 1
                                        ? "rule 1:1 (t.rules:1): content in column 46 said no\n"
                                        : "rule 1:2 (t.rules:2): its header does not fit: "
                                          "addresses or ports\n");
        lab_close(&l);
    }
}

// Of several names Suricata asks whether one is not set, Snort whether none is.
static void some_bits_are_not_set(void **state)
{
    static const char *const dialect[] = {"snort2", "suricata"};

    for (size_t i = 0; i < COUNT_OF(dialect); i++) {
        char rules[700];
        struct lab l;
        snprintf(
            rules, sizeof(rules),
            "# dialect: %s\n"
            "alert udp any any -> any any (content:\"a\"; flowbits:set,a; flowbits:noalert; "
            "sid:1;)\n"
            "alert udp any any -> any any (content:\"b\"; flowbits:set,b; flowbits:noalert; "
            "sid:2;)\n"
            "alert udp any any -> any any (content:\"?\"; flowbits:isnotset,a|b; sid:3;)\n"
            "alert udp any any -> any any (content:\"?\"; flowbits:isset,a|b; sid:4;)\n",
            dialect[i]);
        lab_open(&l, rules);
        assert_string_equal(lab_udp(&l, "?", 1), "3");
        lab_udp(&l, "a", 1);
        assert_string_equal(lab_udp(&l, "?", 1), i ? "3 4" : "4");
        lab_udp(&l, "b", 1);
        assert_string_equal(lab_udp(&l, "?", 1), "4");
        lab_close(&l);
    }
}

// The numbers may be chosen behind the rules that use them.
static void numbering_holds_for_earlier_rules(void **state)
{
#define NUMBERED "alert ( gid:145; sid:6; rev:1; )\nalert ( gid:145; sid:7; rev:1; )\n"
#define SHIPPED  "config dnp3_event_numbering: shipped\n"
    static const char *const config[] = {"preprocessor dnp3\n" NUMBERED,
                                         "preprocessor dnp3\n" NUMBERED SHIPPED,
                                         SHIPPED "preprocessor dnp3\n" NUMBERED};

    for (size_t i = 0; i < COUNT_OF(config); i++) {
        struct lab_file files[] = {{"main", config[i]}, {NULL, NULL}};
        struct fail f;
        struct lab l;
        lab_begin(&l, lab_load(files, &(struct rules_request){.config = "main"}, &f));
        assert_string_equal(f.text, "");
        assert_string_equal(oddity(&l, ODD_dnp3_reserved_function), i ? "145:6" : "145:7");
        assert_string_equal(oddity(&l, ODD_dnp3_reserved_address), i ? "" : "145:6");
        assert_int_equal(rules_totals(l.rules)->silent, i ? 1 : 0);
        lab_close(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions),
        cmocka_unit_test(indications),
        cmocka_unit_test(objects_and_data),
        cmocka_unit_test(numbered_events),
        cmocka_unit_test(flowbits_last_for_the_conversation),
        cmocka_unit_test(oddities_change_flowbits),
        cmocka_unit_test(groups_of_flowbits),
        cmocka_unit_test(pass_rules),
        cmocka_unit_test(pass_rules_of_both),
        cmocka_unit_test(sizes_of_streams),
        cmocka_unit_test(explaining),
        cmocka_unit_test(some_bits_are_not_set),
        cmocka_unit_test(numbering_holds_for_earlier_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
