// SPDX-License-Identifier: Apache-2.0
// What transforms make of a buffer, and rules that ask for what is not there.
#include "rule/example_test.h"

static void letters_and_blanks(void **state)
{
    CHECK("suricata",
          {"pkt_data; strip_whitespace; content:\"abc\"; bsize:3;", " a\tb \r\nc ", true},
          {"pkt_data; compress_whitespace; content:\"a b c\"; bsize:5;", "a  b \t c", true},
          {"pkt_data; to_lowercase; content:\"abc-1\";", "aBC-1", true},
          {"pkt_data; to_lowercase; content:\"aBC-1\";", "aBC-1", false},
          {"pkt_data; to_uppercase; content:\"ABC-1\";", "aBc-1", true},
          {"pkt_data; dotprefix; content:\".a.example\"; startswith; endswith;", "a.example",
           true},
          {"pkt_data; header_lowercase; content:\"host: A|0d 0a|user-agent: B\";",
           "Host: A\r\nUser-Agent: B", true},
          {"pkt_data; strip_pseudo_headers; content:\"a: 1|0a|b: 2\"; bsize:9;",
           ":x: 0\na: 1\nb: 2", true});
}

static void codes(void **state)
{
    CHECK(
        "suricata", {"pkt_data; url_decode; content:\"a b/c%\"; bsize:6;", "a+b%2fc%", true},
        {"pkt_data; url_decode; content:\"%zz\";", "%zz", true},
        {"pkt_data; xor:\"01ff\"; content:\"|40 bd 42|\";", "ABC", true},
        {"pkt_data; xor:offset 1,extract 1 0; content:\"|20|abc\";", "x:20414243", true},
        {"pkt_data; xor:\"00\"; xor:extract 1 0; content:\"|00|abc\";", "x:20414243", true},
        {"pkt_data; xor:extract 9 0; content:\"abc\";", "abc", true}, // too short for that key
        {"pkt_data; from_base64; content:\"any carnal\";", "YW55IGNhcm5hbA==", true},
        {"pkt_data; from_base64:offset 2,bytes 4; content:\"any\"; bsize:3;", "--YW55IGNh",
         true},
        {"pkt_data; from_base64:mode rfc2045; content:\"any\";", "Y W\r\n55", true},
        {"pkt_data; from_base64:mode rfc4648; content:\"any\";", "Y W55", false},
        {"pkt_data; from_base64:mode strict; content:\"YW55!\";", "YW55!",
         true}, // stays as it is
        {"pkt_data; from_base64; content:\"!!\";", "!!", true});
}

static void digests(void **state)
{
    CHECK("suricata",
          {"pkt_data; to_md5; content:\"|900150983cd24fb0d6963f7d28e17f72|\"; bsize:16;", "abc",
           true},
          {"pkt_data; to_sha1; content:\"|a9993e364706816aba3e25717850c26c9cd0d89d|\";", "abc",
           true},
          {"pkt_data; to_sha256; bsize:32; content:\"|ba7816bf8f01cfea414140de5dae2223|\"; "
           "startswith;",
           "abc", true},
          {"pkt_data; to_uppercase; to_md5; content:\"|900150983cd24fb0d6963f7d28e17f72|\";",
           "abc", false});
}

static void parts(void **state)
{
    CHECK("suricata", {"pkt_data; subslice:2; content:\"cdef\"; bsize:4;", "abcdef", true},
          {"pkt_data; subslice:-2; content:\"ef\"; bsize:2;", "abcdef", true},
          {"pkt_data; subslice:1,2; content:\"bc\"; bsize:2;", "abcdef", true},
          {"pkt_data; subslice:1,-3; content:\"bc\"; bsize:2;", "abcdef", true},
          {"pkt_data; subslice:4,9; bsize:0;", "abcdef", true},
          {"pkt_data; subslice:4,9,truncate; content:\"ef\"; bsize:2;", "abcdef", true},
          {"pkt_data; subslice:-9; bsize:0;", "abcdef", true},
          {"pkt_data; subslice:-9,2,truncate; content:\"ab\"; bsize:2;", "abcdef", true},
          {"pkt_data; subslice:7; bsize:0;", "abcdef", true},
          {"pkt_data; subslice:0,-9; bsize:0;", "abcdef", true});
}

// The other options look into what was made, and go back and forth in it.
static void options_behind(void **state)
{
    CHECK("suricata",
          {"pkt_data; to_lowercase; content:\"a\"; content:\"b\"; distance:1; within:1;",
           "AAxB", true},
          {"pkt_data; to_lowercase; pcre:\"/^a+x/\"; isdataat:1,relative;", "AAxB", true},
          {"pkt_data; to_lowercase; content:\"aa\"; pkt_data; content:\"AA\";", "AAxB", true},
          {"pkt_data; to_lowercase; content:\"aa\"; pkt_data; to_md5; bsize:16; pkt_data; "
           "content:\"xB\";",
           "AAxB", true},
          {"pkt_data; to_lowercase; byte_test:1,=,0x62,3;", "AAxB", true},
          {"pkt_data; strip_whitespace; content:\"ab\"; offset:1;", "ab", false});
}

static void what_is_refused(void **state)
{
    static const char *const wrong[] = {
        "pkt_data; xor:\"0\";",
        "pkt_data; xor:extract 0 0;",
        "pkt_data; xor;",
        "pkt_data; from_base64:mode loose;",
        "pkt_data; from_base64:bytes;",
        "pkt_data; subslice:1,2,3;",
        "pkt_data; subslice;",
        "pkt_data; to_lowercase:1;",
        "pkt_data; subslice:1,truncate,2;",
        "pkt_data; absent;",
    };

    check_refused(wrong, COUNT_OF(wrong));
}

static void what_is_absent(void **state)
{
    static const char bare[] = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
    static const char full[] = "GET /a HTTP/1.1\r\nHost: h\r\nReferer: there\r\n\r\n";
    struct lab l;

    lab_open(&l, "# dialect: suricata\n"
                 "alert http any any -> any any (http.referer; absent; sid:1;)\n"
                 "alert http any any -> any any (http.referer; absent:or_else; "
                 "content:!\"here\"; http.uri; content:\"/a\"; sid:2;)\n"
                 "alert http any any -> any any (http.referer; absent:or_else; "
                 "content:\"there\"; sid:3;)\n"
                 "alert http any any -> any any (http.referer; content:!\"x\"; sid:4;)\n");
    l.talk.verdict = (struct verdict){.service = "http", .grade = VERDICT_CERTAIN};
    assert_string_equal(lab_stream(&l, ORIG, bare, sizeof(bare) - 1), "3 2 1");
    assert_string_equal(lab_stream(&l, ORIG, full, sizeof(full) - 1), "3 4");
    assert_string_equal(lab_stream(&l, RESP, "no message", 10), "");
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_and_blanks),
        cmocka_unit_test(codes),
        cmocka_unit_test(digests),
        cmocka_unit_test(parts),
        cmocka_unit_test(options_behind),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(what_is_absent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
