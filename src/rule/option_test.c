// SPDX-License-Identifier: Apache-2.0
// Options about digests, ASN.1 and the messages of SIP, TLS, FTP, CVS and RPC.
#include "rule/example_test.h"

#define MD5_OF_ABC    "900150983cd24fb0d6963f7d28e17f72"
#define SHA256_OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SHA512_OF_ABC                                                                          \
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"                         \
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"

static void digests(void **state)
{
    CHECK("snort3", {"md5:\"|" MD5_OF_ABC "|\", length 3;", "abcd", true},
          {"md5:\"" MD5_OF_ABC "\", length 3;", "abcd", true},
          {"sha256:\"|" SHA256_OF_ABC "|\", length 3, offset 1;", "xabc", true},
          {"sha256:\"|" SHA256_OF_ABC "|\", length 3, offset 1;", "abcx", false},
          {"sha512:\"|" SHA512_OF_ABC "|\", length 3, offset 1;", "xabc", true},
          {"sha256:\"|" SHA256_OF_ABC "|\", length 3, offset 2;", "xabc", false},
          {"sha256:!\"|" SHA256_OF_ABC "|\", length 3;", "abd", true},
          {"sha256:!\"|" SHA256_OF_ABC "|\", length 3;", "abc", false},
          {"sha256:!\"|" SHA256_OF_ABC "|\", length 3;", "ab", false},
          // an earlier content is tried again, and the cursor stands behind what was digested
          {"content:\"=\"; sha256:\"|" SHA256_OF_ABC "|\", length 3, relative; content:\"!\", "
           "distance 0, within 1;",
           "=ab=abc!", true},
          {"byte_extract:1,0,n; md5:\"|" MD5_OF_ABC "|\", length 3, offset n;",
           "x:02 00 616263", true});
}

static void elements(void **state)
{
    // a sequence of a number, a bit string with 9 unused bits of 8, a text
    CHECK("snort2", {"asn1:bitstring_overflow;", "x:30 07 02 01 05 03 02 09 00", true},
          {"asn1:bitstring_overflow;", "x:30 07 02 01 05 03 02 07 00", false},
          {"asn1:bitstring_overflow, absolute_offset 2;", "x:ffff 03 02 09 00", true},
          {"content:\"|ff|\"; asn1:bitstring_overflow, relative_offset 1;",
           "x:ff00 03 02 09 00", true},
          {"asn1:oversize_length 500;", "x:30 82 01 f4", true},
          {"asn1:oversize_length 501;", "x:30 82 01 f4", false},
          {"asn1:double_overflow;", "x:30 84 00 00 01 05 09 82 01 01 03", true},
          {"asn1:double_overflow;", "x:30 84 00 00 01 05 09 82 01 01 83", false},
          {"asn1:oversize_length 4;", "x:30 ff 00", false});
    CHECK(
        "snort3", {"ber_data:0x30; content:\"|02|\", within 1;", "x:30 03 02 01 05", true},
        {"ber_data:0x30; ber_skip:0x02; content:\"z\", within 1;", "x:30 04 02 01 05 7a", true},
        {"ber_data:0x30; ber_skip:0x04, optional; content:\"|02|\", within 1;",
         "x:30 03 02 01 05", true},
        {"ber_data:0x30; ber_skip:0x04;", "x:30 03 02 01 05", false},
        {"ber_data:0x30; ber_skip:0x02;", "x:30 03 02 05 05", false});
}

#define INVITE "INVITE sip:a@b SIP/2.0\r\nVia: x\r\nContent-Length: 4\r\n\r\nv=0\n"
#define RINGS  "SIP/2.0 180 Ringing\r\nVia: x\r\n\r\n"

static void sip_messages(void **state)
{
    CHECK(
        "snort3", {"sip_method:invite;", INVITE, true},
        {"sip_method:register,INVITE;", INVITE, true}, {"sip_method:ack;", INVITE, false},
        {"sip_method:!ack;", INVITE, true}, {"sip_method:!ack;", RINGS, false},
        {"sip_stat_code:180;", RINGS, true}, {"sip_stat_code:2,1;", RINGS, true},
        {"sip_stat_code:200, 404;", RINGS, false}, {"sip_stat_code:1;", INVITE, false},
        {"sip_header; content:\"INVITE\", depth 6; content:\"Via\", distance 0;", INVITE, true},
        {"sip_header; content:\"v=0\";", INVITE, false},
        {"sip_body; content:\"v=0\", depth 3;", INVITE, true},
        {"sip_body; content:!\"v=0\";", RINGS, false}, {"sip_header;", "hello world", false});
}

static void commands(void **state)
{
    CHECK(
        "snort2", {"content:\"PORT\"; nocase; ftpbounce;", "PORT 10,0,0,9,4,1\r\n", true},
        {"content:\"PORT\"; nocase; ftpbounce;", "PORT 10,0,0,1,4,1\r\n", false},
        {"content:\"PORT\"; nocase; ftpbounce;", "PORT 10,0,0,999,4,1\r\n", false},
        {"content:\"PORT\"; nocase; ftpbounce;", "PORT x", false},
        {"cvs:invalid-entry;", "Entry /a/1.1///\n", false},
        {"cvs:invalid-entry;", "Root /x\nEntry /a/1.1//\n", true},
        {"cvs:invalid-entry;", "Entry /a", false},
        {"rpc:100000,2,3;", "x:00000001 00000000 00000002 000186a0 00000002 00000003", true},
        {"rpc:100000,*,*;", "x:00000001 00000000 00000002 000186a0 00000002 00000003", true},
        {"rpc:100000,*,4;", "x:00000001 00000000 00000002 000186a0 00000002 00000003", false},
        {"rpc:100000,*,*;", "x:00000001 00000001 00000002 000186a0 00000002 00000003", false});
}

static void tls_records(void **state)
{
#define HELLO_1_2  "x:16 0301 000a 01 000006 0303 00000000"
#define SERVER_1_0 "x:16 0301 000a 02 000006 0301 00000000"
    CHECK("snort2", {"ssl_state:client_hello;", HELLO_1_2, true},
          {"ssl_state:server_hello;", HELLO_1_2, false},
          {"ssl_state:client_hello,server_hello;", SERVER_1_0, true},
          {"ssl_version:tls1.2;", HELLO_1_2, true}, {"ssl_version:tls1.0;", HELLO_1_2, false},
          {"ssl_version:!tls1.2;", HELLO_1_2, false},
          {"ssl_version:!tls1.2;", SERVER_1_0, true},
          {"ssl_version:tls1.0,tls1.1;", SERVER_1_0, true},
          {"ssl_version:sslv2;", "x:80 2e 01 0002 0000", true},
          {"ssl_version:sslv3;", "x:80 2e 01 0300 0000", true},
          {"ssl_state:unknown;", "x:17 0303 0002 0000", true},
          {"ssl_state:client_keyx;", "x:16 0303 0006 10 000002 0000", true},
          {"ssl_version:tls1.2;", "hello, world", false});
}

static void expressions(void **state)
{
    CHECK("snort3", {"regex:\"^b+$\", multiline;", "a\nbb\nc", true},
          {"regex:\"^b+$\";", "a\nbb\nc", false}, {"regex:\"B\", nocase;", "abc", true},
          {"regex:\"a.b\";", "a\nb", false}, {"regex:\"a.b\", dotall;", "a\nb", true},
          {"content:\"a\"; regex:\"^c\", relative;", "abac", true},
          {"regex:!\"x\", fast_pattern;", "abc", true},
          // a hex digit of Snort 3 may stand alone
          {"content:\"|d a|\";", "\r\n", true});
}

static void work_is_bounded(void **state)
{
    static char many[60000];
    struct lab l;

    memset(many, '0', sizeof(many)); // elements of 48 bytes each
    lab_open(&l, "# dialect: snort3\n"
                 "alert udp any any -> any any (content:\"0\"; md5:\"" MD5_OF_ABC
                 "\", length 20000, "
                 "relative; sid:1;)\n"
                 "alert udp any any -> any any (content:\"0\"; asn1:oversize_length 999, "
                 "relative_offset 0; content:\"x\", distance 0; sid:2;)\n");
    assert_string_equal(lab_udp(&l, many, sizeof(many)), "");
    assert_int_equal(l.count[COUNT_rule_steps_limit], 2);
    lab_close(&l);
}

static void wrong_ones_are_refused(void **state)
{
    static const char *const wrong[] = {"sip_method:;",
                                        "sip_stat_code:50;",
                                        "asn1:print;",
                                        "cvs:entry;",
                                        "rpc:*,1,1;",
                                        "ssl_version:tls9;",
                                        "md5:\"|00|\", length 3;",
                                        "sha256:\"" SHA256_OF_ABC "\";",
                                        "regex:\"(\";",
                                        "regex:\"a\" nocase;",
                                        "ber_data:300;",
                                        "http_uri:fragment;"};
    char text[400];

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct lab_file files[] = {{"t.rules", text}, {NULL, NULL}};
        const char *names[] = {"t.rules", NULL};
        struct rules_request q = {.files = names};
        struct fail f;
        snprintf(text, sizeof(text),
                 "# dialect: snort3\nalert udp any any -> any any (%s sid:1;)\n", wrong[i]);
        struct rules *r = lab_load(files, &q, &f);
        assert_non_null(r);
        if (rules_totals(r)->refused != 1)
            fail_msg("\"%s\" was accepted", wrong[i]);
        rules_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests),         cmocka_unit_test(elements),
        cmocka_unit_test(sip_messages),    cmocka_unit_test(commands),
        cmocka_unit_test(tls_records),     cmocka_unit_test(expressions),
        cmocka_unit_test(work_is_bounded), cmocka_unit_test(wrong_ones_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
