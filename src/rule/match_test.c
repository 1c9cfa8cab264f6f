// SPDX-License-Identifier: Apache-2.0
// Worked examples of the specification: bytes and a rule, and whether it alerts.
#include "rule/example_test.h"

#define MODBUS "x:00 01 00 00 00 06 11 03 00 00 00 01"

static void isdataat_depends_on_the_dialect(void **state)
{
    CHECK("snort2", {"isdataat:2;", "abc", true}, {"isdataat:3;", "abc", false},
          {"content:\"ab\"; isdataat:!1,relative;", "ab", true},
          {"content:\"ab\"; isdataat:!1,relative;", "abc", true},
          {"content:\"ab\"; isdataat:!1,relative;", "abcd", false},
          {"content:\"ab\"; isdataat:!0,relative;", "ab", true},
          {"byte_jump:2,4; isdataat:0,relative;", MODBUS, false},
          {"byte_jump:2,4; isdataat:0,relative;", MODBUS "00", true},
          {"byte_jump:2,4; isdataat:0,relative;", "x:0001000000FF110300000001", false});
    CHECK("suricata", {"isdataat:2;", "abc", true}, {"isdataat:3;", "abc", false},
          {"content:\"ab\"; isdataat:!1,relative;", "ab", true},
          {"content:\"ab\"; isdataat:!1,relative;", "abc", false},
          {"content:\"ab\"; isdataat:!1,relative;", "abcd", false},
          {"content:\"ab\"; isdataat:!0,relative;", "ab", false},
          {"byte_jump:2,4; isdataat:0,relative;", MODBUS, true},
          {"byte_jump:2,4; isdataat:0,relative;", MODBUS "00", true},
          {"byte_jump:2,4; isdataat:0,relative;", "x:0001000000FF110300000001", false});
}

static void later_matches_are_tried(void **state)
{
    CHECK("snort2", {"content:\"abc\"; content:\"Y\"; distance:0; within:1;", "abcXabcY", true},
          {"content:\"A\"; content:\"B\"; distance:1; within:1;", "AAxB", true},
          {"content:\"A\"; content:\"B\"; distance:1; within:1;", "AAxyB", false},
          {"content:\"a\"; content:\"b\"; distance:0; within:1; content:\"c\"; distance:0; "
           "within:1;",
           "ab-aab-abc", true},
          {"pcre:\"/a+/\"; content:\"Y\"; distance:0; within:1;", "aaX aaY", true});
}

static void negated_contents_leave_the_cursor(void **state)
{
    CHECK("snort2", {"content:\"abc\"; content:!\"X\"; within:1;", "abcXabcY", true},
          {"content:\"abc\"; content:!\"X\"; within:1;", "abcX", false},
          {"content:\"abc\"; content:!\"X\"; distance:0;", "Xabc", true},
          {"content:\"abc\"; content:!\"X\"; distance:0; within:10;", "abcY", true},
          {"content:\"abc\"; content:!\"X\"; distance:5;", "abc", true},
          {"content:\"abc\"; content:!\"Z\"; distance:0; content:\"d\"; distance:0; within:1;",
           "abcd", true},
          {"content:!\"X\";", "abc", true}, {"content:!\"X\";", "aXc", false});
}

static void relative_pcre_begins_at_the_cursor(void **state)
{
    const char *options = "content:\"|00 00|\"; offset:2; depth:2; "
                          "pcre:\"/[\\S\\s]{3}(\\x05|\\x06)/iAR\";";
    struct example x[] = {{options, "x:00 01 00 00 00 06 11 06 00 01 FF 00", true},
                          {options, "x:00 01 00 00 00 06 11 03 00 01 FF 06", false},
                          {"pcre:\"/^b/R\";", "b", true},
                          {"content:\"a\"; pcre:\"/^b/R\";", "ab", true},
                          {"content:\"a\"; pcre:\"/^b/R\";", "acb", false},
                          {"content:\"a\"; pcre:\"/(?<=a)b/R\";", "ab", false},
                          {"pcre:\"/a.b/\";", "a\nb", false},
                          {"pcre:\"/a.b/s\";", "a\nb", true},
                          {"pcre:\"/\\x41/i\";", "a", true},
                          {"pcre:!\"/x/\";", "abc", true},
                          {"pcre:\"m#a/b#\";", "a/b", true}};

    check("snort2", x, COUNT_OF(x));
}

static void windows(void **state)
{
    CHECK("snort2",
          {"content:\"foo\"; content:\"bar\"; distance:-6; within:3;", "barfoo", true},
          {"content:\"foo\"; content:\"bar\"; distance:-9; within:6;", "barfoo", true},
          {"content:\"foo\"; content:\"bar\"; distance:-9; within:5;", "barfoo", false},
          {"content:\"b\"; offset:1; depth:1;", "abc", true},
          {"content:\"c\"; offset:1; depth:1;", "abc", false},
          {"content:\"bc\"; offset:1; depth:2;", "abc", true},
          {"content:\"ABC\"; nocase;", "xabc", true}, {"content:\"ABC\";", "xabc", false},
          {"content:\"a|3b 22|b\";", "a;\"b", true}, {"content:\"|3A|\";", "a:b", true},
          {"content:\"a\\|b\";", "a|b", true}, {"content:\"a|7C|b\";", "a|b", true});
    CHECK("suricata", {"content:\"ab\"; startswith;", "abc", true},
          {"content:\"bc\"; startswith;", "abc", false},
          {"content:\"bc\"; endswith;", "bcbc", true},
          {"content:\"bc\"; endswith;", "bcb", false});
    CHECK("snort3", {"content:\"b\", offset 1, depth 1;", "abc", true},
          {"content:\"B\", nocase; content:\"c\", distance 0, within 1;", "abc", true});
}

static void bytes_are_numbers(void **state)
{
    CHECK(
        "snort2", {"byte_test:1,>=,0x80,0;", "x:80", true},
        {"byte_test:1,>=,0x80,0;", "x:7f", false}, {"byte_test:2,=,258,0;", "x:0102", true},
        {"byte_test:2,=,513,0,little;", "x:0102", true}, {"byte_test:1,!,1,0;", "x:02", true},
        {"byte_test:1,!,1,5;", "x:02", false}, {"byte_test:1,!=,1,0;", "x:01", false},
        {"byte_test:1,&,0x81,0;", "x:01", true}, {"byte_test:1,&,0x82,0;", "x:01", false},
        {"byte_test:1,^,1,0;", "x:01", false},
        {"byte_test:4,=,1234,0,string,dec;", "1234", true},
        {"byte_test:4,=,4660,0,string,hex;", "1234", true},
        {"byte_test:1,=,3,0,bitmask 0x18;", "x:18", true},
        {"content:\"a\"; byte_test:1,=,2,0,relative;", "x:61 02", true},
        {"byte_jump:1,0; content:\"z\"; distance:0; within:1;", "x:02 00 00 7a", true},
        {"byte_jump:1,0,align; content:\"z\"; distance:0; within:1;", "x:01 00000000 7a", true},
        {"byte_jump:1,0,multiplier 2; content:\"z\"; distance:0; within:1;", "x:01 0000 7a",
         true},
        {"byte_jump:0,0,from_end,post_offset -1; content:\"z\"; distance:0;", "abcz", true},
        {"byte_jump:1,0,from_beginning; content:\"z\"; distance:0; within:1;", "x:01 7a", true},
        {"byte_jump:1,0;", "x:03 00 00", false}, {"byte_jump:1,0;", "x:02 00 00", true},
        {"byte_extract:1,0,n; content:\"z\"; offset:n; depth:1;", "x:02 00 7a", true},
        {"byte_extract:1,0,n; byte_test:1,=,n,1;", "x:07 07", true},
        {"byte_extract:1,0,n; byte_test:1,=,n,1;", "x:07 08", false},
        {"byte_math:bytes 1, offset 0, oper *, rvalue 3, result r; byte_test:1,=,r,1;",
         "x:03 09", true},
        {"byte_math:bytes 1, offset 0, oper /, rvalue 0, result r;", "x:03 09", false},
        {"dsize:3;", "abc", true}, {"dsize:2<>3;", "abc", true}, {"dsize:>3;", "abc", false},
        {"base64_decode:bytes 8; base64_data; content:\"hello\";", "aGVsbG8=", true});
    CHECK("suricata", {"dsize:1<>3;", "abc", false}, {"dsize:2<>4;", "abc", true});
    CHECK("snort3", {"dsize:3<>5;", "abc", false}, {"dsize:3<=>5;", "abc", true});
}

// What differs is how long numbers are, and what a string may be.
static void bytes_differ_by_dialect(void **state)
{
    CHECK("snort2", {"byte_test:5,=,12,0,string;", "12 ab", true},
          {"byte_test:10,>,1,0,string,dec;", "9999999999", false}, // more than 32 bits
          {"byte_test:4,=,0,0,string,dec;", "abcd", false},
          {"byte_test:4,=,255,0,string,hex;", "0xff", true},
          {"byte_test:3,=,63,0,string,oct;", "77x", true},
          {"byte_jump:4,0,string,dec; content:\"z\"; distance:0; within:1;", "2 az", true},
          {"byte_jump:1,0,post_offset -3;", "x:01 00 00", false},
          {"byte_jump:1,3,from_end,post_offset -4; content:\"z\"; distance:0; within:1;",
           "x:7a 00 00 00", true},
          {"byte_extract:1,0,n,align 2; byte_test:1,=,n,1;", "x:03 04", true},
          {"byte_extract:1,0,n,multiplier 3; byte_test:1,=,n,1;", "x:03 09", true},
          {"byte_extract:4,0,n; byte_math:bytes 1, offset 4, oper +, rvalue n, result s; "
           "byte_test:1,=,s,5;",
           "x:ffffffff 03 02", true},
          {"byte_test:1,!&,0x80,0;", "x:7f", true}, {"byte_test:1,!<,5,0;", "x:05", true},
          {"byte_test:2,=,1,-2,relative;", "x:0001", false},
          {"content:\"|01|\"; byte_test:2,=,1,-2,relative;", "x:0001", true},
          {"content:\"b\"; offset:-5; depth:7;", "xb", true});
    CHECK("suricata", {"byte_test:5,=,12,0,string,dec;", "12 ab", true},
          {"byte_test:10,>,1,0,string,dec;", "9999999999", true},
          {"byte_test:4,=,255,0,string;", "0xff", true},
          {"byte_test:4,=,63,0,string;", "077 ", true},
          {"byte_test:8,=,0x0102030405060708,0;", "x:0102030405060708", true},
          {"byte_jump:1,0,post_offset -3; content:\"|01|\"; distance:0; within:1;",
           "x:01 00 00", true},
          {"byte_extract:1,0,n; byte_test:n,=,0x0304,1;", "x:02 03 04", true},
          {"byte_extract:1,0,n; byte_test:n,=,0x0304,1;", "x:09 03 04", false});
}

static void math_has_operators(void **state)
{
#define MATH(bytes, op, value, end)                                                            \
    "byte_math:bytes " bytes ", offset 0, oper " op ", rvalue " value ", result r" end         \
    "; byte_test:4,=,r,4;"
    CHECK("snort3", {MATH("1", "+", "3", ""), "x:05000000 00000008", true},
          {MATH("1", "-", "3", ""), "x:05000000 00000002", true},
          {MATH("1", "-", "6", ""), "x:05000000 ffffffff", true}, // 32 bits
          {MATH("1", "*", "3", ""), "x:05000000 0000000f", true},
          {MATH("1", "/", "2", ""), "x:05000000 00000002", true},
          {MATH("1", "<<", "4", ""), "x:05000000 00000050", true},
          {MATH("1", ">>", "1", ""), "x:05000000 00000002", true},
          {MATH("2", "+", "0", ", endian little"), "x:05010000 00000105", true},
          {MATH("2", "+", "0", ", endian big"), "x:05010000 00000501", true},
          {MATH("1", "+", "0", ", bitmask 0xf0"), "x:5f000000 00000005", true},
          {MATH("2", "*", "2", ", string hex"), "x:31300000 00000020", true},
          {"byte_extract:1,1,n; " MATH("1", "/", "n", ""), "x:06020000 00000003", true},
          {"byte_extract:1,1,n; " MATH("1", "/", "n", ""), "x:06000000 00000003", false},
          {MATH("4", "*", "4294967295", ""), "x:ffffffff 00000001", true});
    CHECK("suricata", {"byte_math:bytes 1, offset 0, oper <<, rvalue 33, result r; "
                       "byte_test:8,=,r,1;",
                       "x:02 0000000400000000", true});
}

static void values_are_used_later(void **state)
{
#define N "byte_extract:1,0,n; "
    CHECK(
        "snort2", {N "content:\"z\"; offset:n; depth:1;", "x:02 00 7a", true},
        {N "content:\"z\"; offset:n; depth:1;", "x:01 00 7a", false},
        {N "content:\"z\"; depth:n;", "x:03 00 7a 00", true},
        {N "content:\"z\"; depth:n;", "x:02 00 7a 00", false},
        {N "content:\"a\"; content:\"z\"; distance:n;", "x:01 61 7a 7a", true},
        {N "content:\"a\"; content:\"z\"; distance:n;", "x:02 61 7a 7a", false},
        {N "content:\"a\"; content:\"z\"; within:n;", "x:02 61 00 7a", true},
        {N "content:\"a\"; content:\"z\"; within:n;", "x:01 61 00 7a", false},
        {N "byte_test:1,=,n,1;", "x:07 07", true}, {N "byte_test:1,=,9,n;", "x:02 00 09", true},
        {N "byte_jump:1,n; content:\"z\"; distance:0; within:1;", "x:01 02 00 00 7a", true},
        {N "byte_jump:0,0,post_offset n; content:\"z\"; distance:0; within:1;", "x:02 00 7a",
         true},
        {N "isdataat:n;", "x:02 00 00", true}, {N "isdataat:n;", "x:03 00 00", false},
        {N "isdataat:!n,relative;", "x:03 00 00", true},
        {N "byte_extract:1,n,m; byte_test:1,=,m,0;", "x:02 00 02", true},
        {N "byte_math:bytes 1, offset n, oper +, rvalue n, result s; byte_test:1,=,s,0,bitmask "
           "0x0f;",
         "x:02 00 00", true},
        {"content:\"a\"; byte_extract:1,0,n,relative; content:\"z\"; distance:n; within:1;",
         "x:61 09 61 01 7a", true}); // of the second a
}

// The extension headers belong to ipv6.hdr; of a tunnel the innermost counts.
static void headers_of_ipv6(void **state)
{
    enum { AT = 14, FIXED = 40, EXTENSION = 8 };
    uint8_t frame[AT + FIXED + EXTENSION + 4] = {0};
    struct lab l;

    frame[AT + 6] = 0; // hop by hop
    frame[AT + 7] = 61;
    frame[AT + FIXED] = 0xab;
    lab_open(&l,
             "# dialect: suricata\n"
             "alert udp any any -> any any (ipv6.hdr; content:\"|00 3d|\"; offset:6; depth:2; "
             "sid:1;)\n"
             "alert udp any any -> any any (ipv6.hdr; content:\"|ab|\"; offset:40; bsize:48; "
             "sid:2;)\n"
             "alert udp any any -> any any (ipv6.hdr; bsize:40; sid:3;)\n"
             "alert udp any any -> any any (ipv4.hdr; sid:4;)\n");
    l.packet.net = NET_IP6;
    l.packet.frame = slice_of(frame, sizeof(frame));
    l.packet.n_layers = 2;
    l.packet.layer[0] = (struct layer){LAYER_IP6, AT, FIXED};
    l.packet.layer[1] = (struct layer){LAYER_IP6_EXT, AT + FIXED, EXTENSION};
    assert_string_equal(lab_udp(&l, "", 0), "1 2");
    l.packet.n_layers = 1;
    assert_string_equal(lab_udp(&l, "", 0), "1 3");
    l.packet.layer[0].n = sizeof(frame); // more than is there
    assert_string_equal(lab_udp(&l, "", 0), "");
    lab_close(&l);
}

static void work_is_bounded(void **state)
{
    char many[1200];
    struct lab l;

    memset(many, 'a', sizeof(many));
    lab_open(&l, "alert udp any any -> any any (content:\"a\"; content:\"a\"; distance:0; "
                 "content:\"a\"; distance:0; content:\"b\"; distance:0; sid:1;)\n"
                 "alert udp any any -> any any (pcre:\"/^(a+)+$/R\"; content:\"b\"; sid:2;)\n");
    many[sizeof(many) - 1] = 'c';
    assert_string_equal(lab_udp(&l, many, sizeof(many)), "");
    assert_true(l.count[COUNT_rule_steps_limit] > 0);
    assert_true(l.count[COUNT_rule_pcre_limit] > 0);
    lab_close(&l);
}

static void empty_payload_is_not_asked(void **state)
{
    struct lab l;

    lab_open(&l, "alert udp any any -> any any (pcre:\"/(?!\\x05\\x64)/A\"; sid:1;)\n"
                 "alert udp any any -> any any (dsize:0; sid:2;)\n"
                 "alert udp any any -> any any (ttl:64; sid:3;)\n");
    assert_string_equal(lab_udp(&l, "", 0), "2 3");
    assert_string_equal(lab_udp(&l, "x", 1), "1 3");
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(isdataat_depends_on_the_dialect),
        cmocka_unit_test(later_matches_are_tried),
        cmocka_unit_test(negated_contents_leave_the_cursor),
        cmocka_unit_test(relative_pcre_begins_at_the_cursor),
        cmocka_unit_test(windows),
        cmocka_unit_test(bytes_are_numbers),
        cmocka_unit_test(bytes_differ_by_dialect),
        cmocka_unit_test(math_has_operators),
        cmocka_unit_test(values_are_used_later),
        cmocka_unit_test(headers_of_ipv6),
        cmocka_unit_test(work_is_bounded),
        cmocka_unit_test(empty_payload_is_not_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
