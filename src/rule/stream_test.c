// SPDX-License-Identifier: Apache-2.0
// Streams as units: matches over the edge of segments, messages however they are cut, and the
// prefilter against asking every rule.
#include "rule/lab_test.h"

static void match_may_begin_in_the_segment_before(void **state)
{
    struct lab l;

    lab_open(&l,
             "alert tcp any any -> any any (content:\"hello world\"; sid:1;)\n"
             "alert tcp any any -> any any (content:\"hello\"; content:\"end\"; sid:2;)\n"
             "alert tcp any any -> any any (content:\"lo w\"; offset:0; depth:4; sid:3;)\n");
    assert_string_equal(lab_stream(&l, ORIG, "say hello", 9), "");
    assert_string_equal(lab_stream(&l, RESP, " world", 6), ""); // the other side's
    assert_string_equal(lab_stream(&l, ORIG, " world", 6), "1");
    assert_string_equal(lab_stream(&l, ORIG, "!", 1), ""); // told once
    assert_string_equal(lab_stream(&l, ORIG, "end", 3), "2");
    assert_string_equal(lab_stream(&l, ORIG, "lo w", 4), "3");
    lab_close(&l);
}

static void single_bytes_are_a_match(void **state)
{
    static const char text[] = "xxabcdefxx";
    unsigned found = 0;
    struct lab l;

    lab_open(&l, "alert tcp any any -> any any (content:\"abc\"; content:\"def\"; distance:0; "
                 "within:3; sid:1;)\n");
    for (size_t i = 0; i < sizeof(text) - 1; i++)
        found += !strcmp(lab_stream(&l, ORIG, text + i, 1), "1");
    assert_int_equal(found, 1);
    lab_close(&l);
}

#define READ_1  "\0\1\0\0\0\6\x11\3\0\0\0\1"
#define WRITE_2 "\0\2\0\0\0\6\x11\6\0\1\xff\0"

static void messages_are_seen_whole(void **state)
{
    static const char both[] = READ_1 WRITE_2;
    size_t size = sizeof(both) - 1;
    struct lab l;

    for (size_t cut = 1; cut < size; cut++) {
        char heard[2100];
        lab_open(&l,
                 "alert tcp any any -> any any (modbus_func:write_single_register; sid:1;)\n"
                 "alert modbus any any -> any any (content:\"|06|\"; offset:7; depth:1; "
                 "dsize:12; sid:2;)\n"
                 "alert modbus any any -> any any (modbus_data; content:\"|00 00 00 01|\"; "
                 "offset:0; depth:4; sid:3;)\n");
        lab_service(&l, "modbus");
        snprintf(heard, sizeof(heard), "%s", lab_stream(&l, ORIG, both, cut));
        snprintf(heard + strlen(heard), sizeof(heard) - strlen(heard), "/%s",
                 lab_stream(&l, ORIG, both + cut, size - cut));
        assert_string_equal(heard, cut < 12 ? "/3 2 1" : "3/2 1");
        lab_close(&l);
    }
}

// What begins like a message and is none, is looked at as it came; then messages go on.
static void no_message_after_all(void **state)
{
    struct lab l;

    lab_open(&l, "alert tcp any any -> any any (content:\"odd\"; sid:1;)\n"
                 "alert modbus any any -> any any (modbus_func:3; sid:2;)\n");
    lab_service(&l, "modbus");
    assert_string_equal(lab_stream(&l, ORIG, "\0\1\7", 3), "");
    assert_string_equal(lab_stream(&l, ORIG, "odd", 3), "1"); // no such protocol number
    assert_string_equal(lab_stream(&l, ORIG, READ_1, 12), "2");
    lab_close(&l);
}

// The protocol may be known too late, but the bytes of one message stand there.
static void messages_of_nobody_yet(void **state)
{
    struct lab l;

    lab_open(&l, "alert tcp any any -> any any (modbus_func:6; modbus_data; "
                 "content:\"|00 01 ff|\"; sid:1;)\n");
    assert_string_equal(lab_stream(&l, ORIG, WRITE_2, 9), "");
    assert_string_equal(lab_stream(&l, ORIG, &WRITE_2[9], 3), "1");
    assert_string_equal(lab_stream(&l, ORIG, WRITE_2, 12), "1");
    lab_close(&l);
}

// The first message may begin before its protocol is known; what was found then is not again.
static void messages_begin_before_they_are_known(void **state)
{
    static const char rules[] =
        "alert modbus any any -> any any (modbus: access write; sid:1;)\n"
        "alert tcp any any -> any any (content:\"|00 06 11|\"; offset:4; depth:3; sid:2;)\n"
        "alert tcp any any -> any any (content:\"|06 00|\"; offset:7; depth:2; sid:3;)\n";
    for (uint32_t cut = 1; cut < 12; cut++) {
        struct lab l;
        lab_open(&l, rules);
        assert_string_equal(lab_stream(&l, ORIG, WRITE_2, cut), cut < 7   ? ""
                                                                : cut < 9 ? "2"
                                                                          : "2 3");
        lab_service(&l, "modbus");
        assert_string_equal(lab_stream(&l, ORIG, &WRITE_2[cut], 12 - cut), cut < 7   ? "2 3 1"
                                                                           : cut < 9 ? "3 1"
                                                                                     : "1");
        assert_string_equal(lab_stream(&l, ORIG, WRITE_2, 12), "2 3 1");
        lab_close(&l);
    }
}

static void message_order_is_the_stream_order(void **state)
{
    struct lab l;

    lab_open(
        &l, "alert modbus any any -> any any (modbus: function 3; sid:9;)\n"
            "alert modbus any any -> any any (modbus: access write holding, address 2, "
            "value >65000; sid:1;)\n"
            "alert modbus any any -> any any (modbus: access write holding, address 1; "
            "sid:2;)\n"
            "alert modbus any any -> any any (modbus: unit 10<>20, function public; sid:3;)\n");
    lab_service(&l, "modbus");
    assert_string_equal(lab_stream(&l, ORIG, READ_1 WRITE_2, 24), "3 9 1 3");
    lab_close(&l);
}

static void gap_forgets_what_came_before(void **state)
{
    struct lab l;
    struct lab_run r;

    lab_open(&l, "alert tcp any any -> any any (content:\"abcdef\"; sid:1;)\n");
    lab_stream(&l, ORIG, "abc", 3);
    lab_start(&l, &r, ORIG);
    rule_gap(l.lane, &r.at);
    assert_string_equal(lab_stream(&l, ORIG, "def", 3), "");
    lab_close(&l);
}

static void http_parts(void **state)
{
    static const char ask[] = "GET /a%20b?c=1 HTTP/1.1\r\nHost: WWW.Plant.example:80\r\n"
                              "Cookie: k=v\r\nUser-Agent: curl\r\n\r\nbody";
    static const char answer[] = "HTTP/1.1 404 Not Found\r\nServer: x\r\n\r\n<html>";
    struct lab l;

    for (size_t cut = 1; cut < sizeof(ask) - 6; cut += 7) {
        char heard[2100];
        lab_open(
            &l,
            "alert http any any -> any any (http.uri; content:\"/a b\"; sid:1;)\n"
            "alert http any any -> any any (http.host; content:\"www.plant.example\"; "
            "bsize:17; sid:2;)\n"
            "alert http any any -> any any (content:\"GET\"; http_method; content:\"k=v\"; "
            "http_cookie; sid:3;)\n"
            "alert http any any -> any any (http.header; content:\"k=v\"; sid:4;)\n"
            "alert http any any -> any any (http.user_agent; content:\"curl\"; sid:5;)\n"
            "alert http any any -> any any (http.stat_code; content:\"404\"; sid:6;)\n"
            "alert http any any -> any any (file_data; content:\"<html\"; within:5; sid:7;)\n");
        lab_service(&l, "http");
        snprintf(heard, sizeof(heard), "%s", lab_stream(&l, ORIG, ask, cut));
        assert_string_equal(heard, "");
        assert_string_equal(lab_stream(&l, ORIG, ask + cut, sizeof(ask) - 1 - cut), "2 1 5 3");
        assert_string_equal(lab_stream(&l, RESP, answer, sizeof(answer) - 1), "6");
        assert_string_equal(lab_end_talk(&l), "7"); // the body has no other end
        lab_close(&l);
    }
}

static void http_requests_one_behind_the_other(void **state)
{
    static const char two[] = "GET /one HTTP/1.1\r\nHost: a\r\n\r\n\r\n"
                              "POST /two HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody";
    struct lab l;

    lab_open(&l, "alert http any any -> any any (http.uri; content:\"/one\"; sid:1;)\n"
                 "alert http any any -> any any (http.uri; content:\"/two\"; content:\"/\"; "
                 "startswith; http.request_body; content:\"body\"; sid:2;)\n");
    lab_service(&l, "http");
    assert_string_equal(lab_stream(&l, ORIG, two, sizeof(two) - 1), "1 2");
    lab_close(&l);
}

#define SVCCTL "\x81\xbb\x7a\x36\x44\x98\xf1\x35\xad\x32\x98\xf0\x38\x00\x10\x03"
#define BIND_5                                                                                 \
    "\5\0\x0b\3\x10\0\0\0\x48\0\0\0\1\0\0\0\0\x10\0\x10\0\0\0\0\1\0\0\0\0\0\1\0" SVCCTL        \
    "\2\0\0\0tttttttttttttttt\2\0\0\0"
#define CALL_5 "\5\0\0\3\x10\0\0\0\x1c\0\0\0\2\0\0\0\4\0\0\0\0\0\x0f\0stub"

#define ANSWER_5(call) "\5\0\2\3\x10\0\0\0\x1c\0\0\0" call "\0\0\0\4\0\0\0\0\0\0\0stub"

static void calls_of_dce_rpc(void **state)
{
    static const char rules[] =
        "# dialect: snort3\n"
        "alert tcp any any -> any any (dce_iface:367abb81-9844-35f1-ad32-98f038001003,>1; "
        "dce_opnum:\"12,14-16\"; sid:1;)\n"
        "alert tcp any any -> any any (dce_stub_data; content:\"stub\"; depth:4; sid:2;)\n"
        "alert tcp any any -> any any (dce_iface:uuid 367abb81-9844-35f1-ad32-98f038001003, "
        "version =1; "
        "sid:3;)\n"
        "alert tcp any any -> any any (dce_opnum:12-14; sid:4;)\n"
        "alert udp any any -> any any (dce_iface:367abb81-9844-35f1-ad32-98f038001003; "
        "dce_opnum:5; dce_stub_data; content:\"body\"; bufferlen:4; sid:5;)\n";
    static const char both[] = BIND_5 CALL_5;
    char call4[84] = "\4\0\0\0\x10";
    size_t size = sizeof(both) - 1;
    struct lab l;

    for (size_t cut = 1; cut < size; cut += 5) {
        lab_open(&l, rules);
        lab_service(&l, "dce_rpc");
        assert_string_equal(lab_stream(&l, ORIG, both, cut), "");
        assert_string_equal(lab_stream(&l, ORIG, both + cut, size - cut), "2 1");
        lab_close(&l);
    }
    lab_open(&l, rules);
    lab_service(&l, "dce_rpc");
    assert_string_equal(lab_stream(&l, ORIG, both, size), "2 1");
    assert_string_equal(lab_stream(&l, RESP, ANSWER_5("\2"), 28), "2 1"); // of that call
    assert_string_equal(lab_stream(&l, RESP, ANSWER_5("\6"), 28), "2");   // of none seen
    lab_close(&l);
    lab_open(&l, rules);
    memcpy(call4 + 24, SVCCTL, 16);
    call4[68] = 5;
    call4[74] = 4;
    memcpy(call4 + 80, "body", 4);
    assert_string_equal(lab_udp(&l, call4, sizeof(call4)), "5");
    lab_close(&l);
}

// What counts from a match looks where it was.
static void relative_options_follow_the_match(void **state)
{
    static const char ask[] = "GET /x?arg=aGVsbG8&n=12 HTTP/1.1\r\nHost: a\r\n\r\n";
    struct lab l;

    lab_open(&l,
             "# dialect: snort2\n"
             "alert tcp any any -> any any (uricontent:\"n=\"; isdataat:!2,relative; sid:1;)\n"
             "alert tcp any any -> any any (content:\"n=\"; http_uri; "
             "byte_test:2,=,12,0,relative,string,dec; sid:2;)\n"
             "alert tcp any any -> any any (content:\"arg=\"; http_uri; base64_decode:bytes 7, "
             "relative; base64_data; content:\"hello\"; sid:3;)\n"
             "alert tcp any any -> any any (content:\"/x\"; http_uri; content:\"GET\"; "
             "isdataat:40,relative; sid:4;)\n");
    lab_service(&l, "http");
    assert_string_equal(lab_stream(&l, ORIG, ask, sizeof(ask) - 1), "3 4 1 2");
    lab_close(&l);
}

// A message that never comes to its end is looked at when no more can come.
static void what_is_left_is_looked_at(void **state)
{
    struct lab_run r;
    struct lab l;

    lab_open(&l, "alert http any any -> any any (http.uri; content:\"/x\"; sid:1;)\n"
                 "alert tcp any any -> any any (content:\"|06 11 03|\"; sid:2;)\n");
    lab_service(&l, "http");
    assert_string_equal(lab_stream(&l, ORIG, "GET /x HTTP/1.1\r\nHo", 19), "");
    l.packet.tcp.flags = TCP_FIN | TCP_ACK;
    assert_string_equal(lab_packet(&l, RESP, "", 0), ""); // the other side's end
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "1");
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "");
    l.packet.tcp.flags = TCP_ACK;
    lab_service(&l, "modbus");
    assert_string_equal(lab_stream(&l, ORIG, READ_1, 8), "");
    lab_start(&l, &r, ORIG);
    rule_gap(l.lane, &r.at);
    assert_string_equal(lab_end(&l, &r), "2");
    lab_close(&l);
}

// What the fast patterns leave out must be what would not have matched.
static void prefilter_changes_nothing(void **state)
{
    static const char rules[] =
        "alert udp any any -> any any (content:\"ab\"; content:!\"ba\"; sid:1;)\n"
        "alert udp any any -> any any (content:\"AB\"; nocase; distance:1; sid:2;)\n"
        "alert udp any any -> any any (content:\"b|00|a\"; offset:1; depth:9; sid:3;)\n"
        "alert udp any any -> any any (content:\"aab\"; fast_pattern:only; content:\"b\"; "
        "sid:4;)\n"
        "alert udp any any -> any 20000 (content:\"bab\"; pcre:\"/b+/R\"; sid:5;)\n"
        "alert udp any 40000 <> any any (content:\"bbb\"; within:4; sid:6;)\n"
        "alert ip any any -> any any (content:\"aaaa\"; fast_pattern:1,2; sid:7;)\n";
    struct lab_file files[] = {{"t.rules", rules}, {NULL, NULL}};
    const char *names[] = {"t.rules", NULL};
    struct lab one, all;
    uint32_t seed = 1;
    struct fail f;

    lab_begin(&one, lab_load(files, &(struct rules_request){.files = names}, &f));
    lab_begin(&all,
              lab_load(files, &(struct rules_request){.files = names, .plain = true}, &f));
    for (int i = 0; i < 3000; i++) {
        char text[24];
        for (size_t k = 0; k < sizeof(text); k++) {
            seed = seed * 1103515245 + 12345;
            text[k] = "aabbAB\0b"[seed >> 16 & 7];
        }
        size_t n = seed >> 20 & 15;
        char heard[2100];
        snprintf(heard, sizeof(heard), "%s", lab_udp(&one, text, n));
        assert_string_equal(heard, lab_udp(&all, text, n));
    }
    lab_close(&one);
    lab_close(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match_may_begin_in_the_segment_before),
        cmocka_unit_test(single_bytes_are_a_match),
        cmocka_unit_test(messages_are_seen_whole),
        cmocka_unit_test(messages_of_nobody_yet),
        cmocka_unit_test(messages_begin_before_they_are_known),
        cmocka_unit_test(no_message_after_all),
        cmocka_unit_test(message_order_is_the_stream_order),
        cmocka_unit_test(gap_forgets_what_came_before),
        cmocka_unit_test(http_parts),
        cmocka_unit_test(http_requests_one_behind_the_other),
        cmocka_unit_test(calls_of_dce_rpc),
        cmocka_unit_test(relative_options_follow_the_match),
        cmocka_unit_test(what_is_left_is_looked_at),
        cmocka_unit_test(prefilter_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
