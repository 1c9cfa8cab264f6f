// SPDX-License-Identifier: Apache-2.0
// What transforms make of a buffer, and rules that ask for what is not there.
#include "rule/lab_test.h"

struct example {
    const char *options, *bytes; // behind pkt_data; bytes: text, or "x:" and hex
    bool alerts;
};

static void check(const struct example *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[1024];
        uint8_t bytes[512];
        struct lab l;
        size_t size = strlen(x[i].bytes);

        snprintf(text, sizeof(text),
                 "# dialect: suricata\nalert udp any any -> any any (pkt_data; %s sid:1;)\n",
                 x[i].options);
        lab_open(&l, text);
        if (!strncmp(x[i].bytes, "x:", 2))
            size = lab_hex(x[i].bytes + 2, bytes, sizeof(bytes));
        else
            memcpy(bytes, x[i].bytes, size);
        const char *heard = lab_udp(&l, bytes, size);
        if (strcmp(heard, x[i].alerts ? "1" : ""))
            fail_msg("%s on \"%s\": \"%s\"", x[i].options, x[i].bytes, heard);
        lab_close(&l);
    }
}

#define CHECK(...)                                                                             \
    do {                                                                                       \
        static const struct example x[] = {__VA_ARGS__};                                       \
        check(x, COUNT_OF(x));                                                                 \
    } while (0)

static void letters_and_blanks(void **state)
{
    CHECK({"strip_whitespace; content:\"abc\"; bsize:3;", " a\tb \r\nc ", true},
          {"compress_whitespace; content:\"a b c\"; bsize:5;", "a  b \t c", true},
          {"to_lowercase; content:\"abc-1\";", "aBC-1", true},
          {"to_lowercase; content:\"aBC-1\";", "aBC-1", false},
          {"to_uppercase; content:\"ABC-1\";", "aBc-1", true},
          {"dotprefix; content:\".a.example\"; startswith; endswith;", "a.example", true},
          {"header_lowercase; content:\"host: A|0d 0a|user-agent: B\";",
           "Host: A\r\nUser-Agent: B", true},
          {"strip_pseudo_headers; content:\"a: 1|0a|b: 2\"; bsize:9;", ":x: 0\na: 1\nb: 2",
           true});
}

static void codes(void **state)
{
    CHECK({"url_decode; content:\"a b/c%\"; bsize:6;", "a+b%2fc%", true},
          {"url_decode; content:\"%zz\";", "%zz", true},
          {"xor:\"01ff\"; content:\"|40 bd 42|\";", "ABC", true},
          {"xor:offset 1,extract 1 0; content:\"|20|abc\";", "x:20414243", true},
          {"xor:\"00\"; xor:extract 1 0; content:\"|00|abc\";", "x:20414243", true},
          {"xor:extract 9 0; content:\"abc\";", "abc", true}, // too short for that key
          {"from_base64; content:\"any carnal\";", "YW55IGNhcm5hbA==", true},
          {"from_base64:offset 2,bytes 4; content:\"any\"; bsize:3;", "--YW55IGNh", true},
          {"from_base64:mode rfc2045; content:\"any\";", "Y W\r\n55", true},
          {"from_base64:mode rfc4648; content:\"any\";", "Y W55", false},
          {"from_base64:mode strict; content:\"YW55!\";", "YW55!", true}, // stays as it is
          {"from_base64; content:\"!!\";", "!!", true});
}

static void digests(void **state)
{
    CHECK({"to_md5; content:\"|900150983cd24fb0d6963f7d28e17f72|\"; bsize:16;", "abc", true},
          {"to_sha1; content:\"|a9993e364706816aba3e25717850c26c9cd0d89d|\";", "abc", true},
          {"to_sha256; bsize:32; content:\"|ba7816bf8f01cfea414140de5dae2223|\"; startswith;",
           "abc", true},
          {"to_uppercase; to_md5; content:\"|900150983cd24fb0d6963f7d28e17f72|\";", "abc",
           false});
}

static void parts(void **state)
{
    CHECK({"subslice:2; content:\"cdef\"; bsize:4;", "abcdef", true},
          {"subslice:-2; content:\"ef\"; bsize:2;", "abcdef", true},
          {"subslice:1,2; content:\"bc\"; bsize:2;", "abcdef", true},
          {"subslice:1,-3; content:\"bc\"; bsize:2;", "abcdef", true},
          {"subslice:4,9; bsize:0;", "abcdef", true},
          {"subslice:4,9,truncate; content:\"ef\"; bsize:2;", "abcdef", true},
          {"subslice:-9; bsize:0;", "abcdef", true},
          {"subslice:-9,2,truncate; content:\"ab\"; bsize:2;", "abcdef", true},
          {"subslice:7; bsize:0;", "abcdef", true},
          {"subslice:0,-9; bsize:0;", "abcdef", true});
}

// The other options look into what was made, and go back and forth in it.
static void options_behind(void **state)
{
    CHECK({"to_lowercase; content:\"a\"; content:\"b\"; distance:1; within:1;", "AAxB", true},
          {"to_lowercase; pcre:\"/^a+x/\"; isdataat:1,relative;", "AAxB", true},
          {"to_lowercase; content:\"aa\"; pkt_data; content:\"AA\";", "AAxB", true},
          {"to_lowercase; content:\"aa\"; pkt_data; to_md5; bsize:16; pkt_data; "
           "content:\"xB\";",
           "AAxB", true},
          {"to_lowercase; byte_test:1,=,0x62,3;", "AAxB", true},
          {"strip_whitespace; content:\"ab\"; offset:1;", "ab", false});
}

static void what_is_refused(void **state)
{
    static const char *const wrong[] = {
        "xor:\"0\";",
        "xor:extract 0 0;",
        "xor;",
        "from_base64:mode loose;",
        "from_base64:bytes;",
        "subslice:1,2,3;",
        "subslice;",
        "to_lowercase:1;",
        "subslice:1,truncate,2;",
        "absent;",
    };

    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        char text[256];
        struct lab_file files[] = {{"t.rules", text}, {NULL, NULL}};
        const char *names[] = {"t.rules", NULL};
        struct rules_request q = {.files = names};
        struct fail f;

        snprintf(text, sizeof(text), "alert udp any any -> any any (pkt_data; %s sid:1;)\n",
                 wrong[i]);
        struct rules *r = lab_load(files, &q, &f);
        if (rules_totals(r)->refused != 1)
            fail_msg("%s is accepted", wrong[i]);
        rules_free(r);
    }
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
