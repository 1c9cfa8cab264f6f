// SPDX-License-Identifier: Apache-2.0
// Parts and numbers of messages, and rules about one of many.
#include "rule/lab_test.h"

static void open_as(struct lab *l, const char *service, const char *rules)
{
    lab_open(l, rules);
    l->talk.verdict = (struct verdict){.service = service, .grade = VERDICT_CERTAIN};
}

#define SURICATA "# dialect: suricata\n"
#define REQUEST  "GET / HTTP/1.1\r\nHost: a.example\r\nX-One: Host\r\nAccept: */*\r\n\r\n"

static void one_of_the_header_lines(void **state)
{
    struct lab l;

    open_as(&l, "http",
            SURICATA
            "alert http any any -> any any (http.request_header; content:\"Host\"; startswith; "
            "content:\"example\"; endswith; sid:1;)\n"
            "alert http any any -> any any (http.request_header; content:\"X-One\"; "
            "content:\"example\"; sid:2;)\n" // of two lines
            "alert http any any -> any any (http.request_header; bsize:11; "
            "content:\"*\"; sid:3;)\n"
            "alert http any any -> any any (http.request_header; content:\"Host\"; "
            "content:!\":\"; distance:0; sid:4;)\n"
            "alert http any any -> any any (http.request_header; content:\"Host\"; "
            "startswith; http.request_header; content:\"Accept\"; startswith; sid:5;)\n"
            "alert http any any -> any any (http.response_header; content:\"Host\"; sid:6;)\n"
            "alert http any any -> any any (http.response_header; absent; sid:7;)\n"
            "alert http any any -> any any (http.request_header; to_uppercase; "
            "content:\"X-ONE: HOST\"; bsize:11; sid:8;)\n"
            "alert http any any -> any any (http.request_header; absent:or_else; "
            "content:\"Host\"; sid:9;)\n");
    assert_string_equal(lab_stream(&l, ORIG, REQUEST, sizeof(REQUEST) - 1), "8 1 5 4 9 3");
    static const char bare[] = "GET / HTTP/1.0\r\n\r\n";
    assert_string_equal(lab_stream(&l, ORIG, bare, sizeof(bare) - 1), "9");
    static const char answer[] = "HTTP/1.0 200 OK\r\n\r\n";
    assert_string_equal(lab_stream(&l, RESP, answer, sizeof(answer) - 1), "7");
    lab_close(&l);
}

static void head_of_http(void **state)
{
    struct lab l;

    open_as(&l, "http",
            SURICATA "alert http any any -> any any (http.header_names; "
                     "content:\"|0d 0a|Host|0d 0a|X-One|0d 0a|Accept|0d 0a 0d 0a|\"; bsize:25; "
                     "sid:1;)\n"
                     "alert http any any -> any any (http.start; content:\"GET / H\"; "
                     "startswith; content:\"*/*|0d 0a 0d 0a|\"; endswith; sid:2;)\n"
                     "alert http any any -> any any (http.start; content:\"HTTP/1.1 200 "
                     "OK|0d 0a|A: 1|0d 0a 0d 0a|\"; startswith; endswith; sid:3;)\n");
    assert_string_equal(lab_stream(&l, ORIG, REQUEST, sizeof(REQUEST) - 1), "1 2");
    static const char answer[] = "HTTP/1.1 200 OK\r\nA: 1\r\n\r\nbody";
    assert_string_equal(lab_stream(&l, RESP, answer, sizeof(answer) - 1), "3");
    lab_close(&l);
}

// A question for x.ab, and an answer for it by a pointer, an authority for ab, type A.
#define HEAD_OF(flags, counts) "beef" flags counts
#define QUESTION               "0178026162000001 0001"

static void names_of_dns(void **state)
{
    struct lab l;

    open_as(&l, "dns",
            SURICATA
            "alert dns any any -> any any (dns.queries.rrname; content:\"x.ab\"; bsize:4; "
            "sid:1;)\n"
            "alert dns any any -> any any (dns.answers.rrname; content:\"x.ab\"; bsize:4; "
            "sid:2;)\n"
            "alert dns any any -> any any (dns.authorities.rrname; content:\"ab\"; bsize:2; "
            "sid:3;)\n"
            "alert dns any any -> any any (dns.additionals.rrname; content:\"ab\"; sid:4;)\n"
            "alert dns any any -> any any (dns.response.rrname; content:\"ab\"; startswith; "
            "sid:5;)\n"
            "alert dns any any -> any any (dns.rcode:3; sid:6;)\n"
            "alert dns any any -> any any (dns.opcode:0; dns.rrtype:1; sid:7;)\n"
            "alert dns any any -> any any (dns.rcode:0; sid:8;)\n"
            "alert llmnr any any -> any any (llmnr.queries.rrname; content:\"x.ab\"; sid:9;)\n"
            "alert mdns any any -> any any (mdns.queries.rrname; content:\"x.ab\"; sid:10;)\n");
    assert_string_equal(lab_udp_hex(&l, HEAD_OF("0100", "0001000000000000") QUESTION), "1 7");
    assert_string_equal(lab_udp_hex(&l, HEAD_OF("8183", "0001000100010000") QUESTION
                                    "c00c 0001 0001 00000001 0004 01020304"
                                    "c00e 0006 0001 00000001 0000"),
                        "1 2 3 5 6 7");
    l.packet.dport = 5355; // of LLMNR
    assert_string_equal(lab_udp_hex(&l, HEAD_OF("0100", "0001000000000000") QUESTION), "1 9 7");
    l.packet.dport = 5353;
    assert_string_equal(lab_udp_hex(&l, HEAD_OF("0000", "0001000000000000") QUESTION),
                        "1 10 7");
    // a pointer to itself, one beyond the message, and a name that ends nowhere
    assert_string_equal(lab_udp_hex(&l, HEAD_OF("0100", "0001000000000000") "c00c00010001"),
                        "");
    assert_string_equal(lab_udp_hex(&l, HEAD_OF("0100", "0001000000000000") "c7ff00010001"),
                        "");
    assert_string_equal(lab_udp_hex(&l, HEAD_OF("0100", "ffffffffffffffff") "0178"), "");
    lab_close(&l);
}

static void banners_of_ssh(void **state)
{
    struct lab l;

    open_as(&l, "ssh",
            SURICATA "alert ssh any any -> any any (ssh.proto; content:\"2.0\"; bsize:3; "
                     "sid:1;)\n"
                     "alert ssh any any -> any any (ssh.software; content:\"Ours_1.2\"; "
                     "bsize:8; sid:2;)\n");
    static const char banner[] = "SSH-2.0-Ours_1.2 with-words\r\n\0\0\1";
    assert_string_equal(lab_stream(&l, ORIG, banner, 12), "");
    assert_string_equal(lab_stream(&l, ORIG, banner + 12, sizeof(banner) - 13), "2 1");
    assert_string_equal(lab_stream(&l, RESP, "SSH-1.99-Theirs\n", 16), "");
    lab_close(&l);
}

static void fields_of_ntp(void **state)
{
    struct lab l;

    open_as(&l, "ntp",
            SURICATA "alert ntp any any -> any any (ntp.version:4; ntp.mode:server; "
                     "ntp.stratum:<3; sid:1;)\n"
                     "alert ntp any any -> any any (ntp.reference_id; content:\"LOCL\"; "
                     "bsize:4; sid:2;)\n");
    assert_string_equal(lab_udp_hex(&l, "24 02 06 ec 00000000 00000000 4c4f434c 0000"), "2 1");
    assert_string_equal(lab_udp_hex(&l, "23 02 06 ec 00000000 00000000 4c4f434d 0000"), "");
    assert_string_equal(lab_udp_hex(&l, "24 02 06 ec 00000000 00000000 4c4f43"), "");
    lab_close(&l);
}

// SendRRData with a Multiple Service Packet: Get Attribute List of class 1, instance 1,
// attribute 5; Get Attribute Single of class 6B, instance 2, attribute 7. `one`, `two`: where
// they begin.
#define MULTIPLE(one, two)                                                                     \
    "6f00 2e00 00000000 00000000 0000000000000000 00000000 00000000 0000 0200 00000000 b200"   \
    "1e00 0a02 2002 2401 0200" one two "0302 2001 2401 0100 0500 0e03 206b 2402 3007"

static void services_inside_cip(void **state)
{
    uint8_t b[128];
    struct lab l;
    size_t n = lab_hex(MULTIPLE("0600", "1000"), b, sizeof(b));

    open_as(&l, "enip",
            SURICATA "alert enip any any -> any any (enip.cip_class:1; enip.cip_instance:1; "
                     "enip.cip_attribute:5; sid:1;)\n"
                     "alert enip any any -> any any (cip_class:0x6b; cip_attribute:7; "
                     "cip_service:14; sid:2;)\n"
                     "alert enip any any -> any any (cip_service:10; cip_class:2; sid:3;)\n"
                     "alert enip any any -> any any (cip_attribute:6; sid:4;)\n"
                     "alert enip any any -> any any (frame:enip.cip; content:\"|0e 03|\"; "
                     "startswith; bsize:8; sid:5;)\n"
                     "alert enip any any -> any any (frame:enip.cip; content:\"|0a 02|\"; "
                     "startswith; bsize:30; sid:6;)\n"
                     "alert enip any any -> any any (cip_status:0; sid:7;)\n");
    assert_string_equal(lab_stream(&l, ORIG, b, n), "5 6 1 2 3");
    n = lab_hex(MULTIPLE("0600", "ff00"), b, sizeof(b)); // the second begins nowhere
    assert_string_equal(lab_stream(&l, ORIG, b, n), "6 3");
    n = lab_hex(MULTIPLE("1000", "0600"), b, sizeof(b)); // the first would end before it begins
    assert_string_equal(lab_stream(&l, ORIG, b, n), "6 3");
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_the_header_lines),
        cmocka_unit_test(head_of_http),
        cmocka_unit_test(names_of_dns),
        cmocka_unit_test(banners_of_ssh),
        cmocka_unit_test(fields_of_ntp),
        cmocka_unit_test(services_inside_cip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
