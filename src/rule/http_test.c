// SPDX-License-Identifier: Apache-2.0
// HTTP messages whose bodies come in pieces, in chunks, packed, or to no end.
#include "rule/lab_test.h"

#define PLAIN "the secret plant"
#define GZIP                                                                                   \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x2b\xc9\x48\x55\x28\x4e\x4d\x2e\x4a\x2d\x51\x28" \
    "\xc8\x49\xcc\x2b\x01\x00\xfe\x0f\x28\xad\x10\x00\x00\x00"
#define ZLIB                                                                                   \
    "\x78\x9c\x2b\xc9\x48\x55\x28\x4e\x4d\x2e\x4a\x2d\x51\x28\xc8\x49\xcc\x2b\x01\x00\x33\x90" \
    "\x06\x27"
#define BARE "\x2b\xc9\x48\x55\x28\x4e\x4d\x2e\x4a\x2d\x51\x28\xc8\x49\xcc\x2b\x01\x00"

static void open_http(struct lab *l, const char *rules)
{
    lab_open(l, rules);
    lab_service(l, "http");
}

static const char *add(struct lab *l, enum side side, const char *bytes, size_t n, char *heard,
                       size_t room)
{
    const char *now = lab_stream(l, side, bytes, n);

    snprintf(heard + strlen(heard), room - strlen(heard), "%s%s", *heard && *now ? " " : "",
             now);
    return heard;
}

#define POST_CHUNKS                                                                            \
    "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"                                   \
    "2\r\n%6\r\n1;x=y\r\n6\r\nA\r\nname=%76al\r\n0\r\n\r\n"

// However it is cut: the head is told at once, the body when it is whole, each once.
static void chunks_are_joined(void **state)
{
    static const char both[] = POST_CHUNKS "GET /b HTTP/1.1\r\n\r\n";
    size_t size = sizeof(both) - 1;

    for (size_t cut = 1; cut < size; cut++) {
        char heard[64] = "";
        struct lab l;
        open_http(&l, "# dialect: snort3\n"
                      "alert http (http_uri; content:\"/a\"; sid:1;)\n"
                      "alert http (http_client_body; content:\"fname=val\", depth 9; sid:2;)\n"
                      "alert http (http_raw_body; content:\"%66name=%76al\"; sid:3;)\n"
                      "alert http (http_method; content:\"POST\"; http_client_body; "
                      "content:!\"GET\"; sid:4;)\n"
                      "alert http (http_uri; content:\"/b\"; sid:5;)\n"
                      "alert http (file_data; content:\"val\"; sid:6;)\n");
        add(&l, ORIG, both, cut, heard, sizeof(heard));
        add(&l, ORIG, both + cut, size - cut, heard, sizeof(heard));
        if (strcmp(heard, "3 2 4 1 5") && strcmp(heard, "1 3 2 4 5"))
            fail_msg("cut at %zu: %s", cut, heard);
        lab_close(&l);
    }
}

static void bodies_are_unpacked(void **state)
{
    static const struct {
        const char *how, *bytes;
        size_t n;
    } x[] = {{"gzip", GZIP, sizeof(GZIP) - 1},
             {"deflate", ZLIB, sizeof(ZLIB) - 1},
             {"deflate", BARE, sizeof(BARE) - 1},
             {"x-gzip", GZIP, sizeof(GZIP) - 5},  // its end is missing
             {"gzip", PLAIN, sizeof(PLAIN) - 1}}; // it is not what it says

    for (size_t i = 0; i < COUNT_OF(x); i++) {
        char message[400];
        struct lab l;
        int n =
            snprintf(message, sizeof(message),
                     "HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nContent-Length: %zu\r\n\r\n",
                     x[i].how, x[i].n);
        memcpy(message + n, x[i].bytes, x[i].n);
        open_http(&l, "alert tcp any any -> any any (file_data; content:\"" PLAIN
                      "\"; depth:16; isdataat:!16; sid:1;)\n");
        assert_string_equal(lab_stream(&l, RESP, message, (size_t)n + x[i].n), "1");
        lab_close(&l);
    }
}

static void a_body_may_span_packets(void **state)
{
    struct lab l;

    open_http(&l, "alert tcp any any -> any any (file_data; content:\"one two\"; sid:1;)\n"
                  "alert tcp any any -> any any (content:\"200\"; http_stat_code; sid:2;)\n"
                  "alert tcp any any -> any any (content:\"one\"; sid:3;)\n"
                  "alert tcp any any -> any any (file_data; content:\"one\"; sid:4;)\n");
    assert_string_equal(
        lab_stream(&l, RESP, "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\none ", 43), "2 3");
    assert_string_equal(lab_stream(&l, RESP, "two", 3), "");
    assert_string_equal(lab_stream(&l, RESP, "half", 4), "1 4");
    assert_string_equal(lab_stream(&l, RESP, "HTTP/1.1 200 OK\r\n\r\n", 19), "2");
    lab_close(&l);
}

// HEAD is answered with the length of what does not come; 304 and 100 have no body at all.
static void answers_without_bodies(void **state)
{
    static const char *const heads[] = {"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n",
                                        "HTTP/1.1 304 Same\r\nContent-Length: 90\r\n\r\n",
                                        "HTTP/1.1 100 Go on\r\n\r\n"};

    for (size_t i = 0; i < COUNT_OF(heads); i++) {
        struct lab l;
        open_http(&l,
                  "alert tcp any any -> any any (file_data; content:\"x\"; sid:1;)\n"
                  "alert tcp any any -> any any (content:\"404\"; http_stat_code; sid:2;)\n");
        assert_string_equal(lab_stream(&l, RESP, heads[i], strlen(heads[i])), "");
        assert_string_equal(
            lab_stream(&l, RESP, "HTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\nx", 39), "2 1");
        lab_close(&l);
    }
}

static void the_end_may_be_missing(void **state)
{
    struct lab l;

    open_http(&l,
              "alert tcp any any -> any any (file_data; content:\"last\"; sid:1;)\n"
              "alert tcp any any -> any any (http_uri; content:\"/x\"; sid:2;)\n"
              "alert tcp any any -> any any (content:\"body\"; http_client_body; sid:3;)\n");
    lab_stream(&l, RESP, "HTTP/1.1 200 OK\r\n\r\nat ", 22);
    assert_string_equal(lab_stream(&l, RESP, "last", 4), "");
    assert_string_equal(
        lab_stream(&l, ORIG, "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nbody", 42), "");
    assert_string_equal(lab_end_talk(&l), "3 1");
    assert_string_equal(lab_end_talk(&l), "");
    lab_close(&l);
}

// More than is kept: the rest is looked at as it comes.
static void long_bodies(void **state)
{
    static char filler[4000];
    char heard[64] = "";
    struct lab l;

    memset(filler, 'x', sizeof(filler));
    open_http(&l,
              "alert tcp any any -> any any (content:\"first\"; http_client_body; sid:1;)\n"
              "alert tcp any any -> any any (content:\"last\"; http_client_body; sid:2;)\n");
    lab_stream(&l, ORIG, "POST / HTTP/1.1\r\nContent-Length: 20009\r\n\r\nfirst", 48);
    for (int i = 0; i < 5; i++)
        add(&l, ORIG, filler, sizeof(filler), heard, sizeof(heard));
    assert_string_equal(add(&l, ORIG, "last", 4, heard, sizeof(heard)), "1 2");
    lab_close(&l);
}

// The protocol is known from the second segment on.
static void the_first_segment_counts(void **state)
{
    struct lab l;

    lab_open(&l, "alert http any any -> any any (http.method; content:\"GET\"; sid:1;)\n"
                 "alert http any any -> any any (http.uri; content:\"/long/name\"; sid:2;)\n");
    assert_string_equal(lab_stream(&l, ORIG, "GET /long", 9), "");
    lab_service(&l, "http");
    assert_string_equal(lab_stream(&l, ORIG, "/name HTTP/1.1\r\n\r\n", 18), "2 1");
    lab_close(&l);
}

// A stream of chunks without sense costs little and ends nowhere.
static void wrong_chunks(void **state)
{
    static const char *const sizes[] = {"zz\r\n", "\r\n", "ffffffffffff\r\n", "7fffffff\r\n",
                                        "1"};

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct lab l;
        char text[200];
        int n = snprintf(text, sizeof(text),
                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s", sizes[i]);
        open_http(&l,
                  "alert tcp any any -> any any (content:\"200\"; http_stat_code; sid:1;)\n"
                  "alert tcp any any -> any any (content:\"404\"; http_stat_code; sid:2;)\n");
        assert_string_equal(lab_stream(&l, RESP, text, (size_t)n), "1");
        assert_string_equal(lab_end_talk(&l), "");
        lab_close(&l);
    }
}

// As sent, or with %XX undone; what stands alone means the one in Snort, the other in Suricata.
static void lengths_of_uris(void **state)
{
    static const char ask[] = "GET /a%20b HTTP/1.1\r\n\r\n"; // 6 bytes, or 4
    static const char rules[] = "alert tcp any any -> any any (urilen:6,raw; sid:1;)\n"
                                "alert tcp any any -> any any (urilen:4,norm; sid:2;)\n"
                                "alert tcp any any -> any any (urilen:6; sid:3;)\n"
                                "alert tcp any any -> any any (urilen:4; sid:4;)\n"
                                "alert tcp any any -> any any (urilen:5<>9,raw; sid:5;)\n"
                                "alert tcp any any -> any any (urilen:6<>9,raw; sid:6;)\n"
                                "alert tcp any any -> any any (urilen:<5; sid:7;)\n";
    static const struct {
        const char *dialect, *heard;
    } x[] = {{"snort2", "1 2 3 5 6"}, {"snort3", "1 2 3 5"}, {"suricata", "1 2 4 5 7"}};

    for (size_t i = 0; i < COUNT_OF(x); i++) {
        char text[800];
        struct lab l;
        snprintf(text, sizeof(text), "# dialect: %s\n%s", x[i].dialect, rules);
        open_http(&l, text);
        assert_string_equal(lab_stream(&l, ORIG, ask, sizeof(ask) - 1), x[i].heard);
        lab_close(&l);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_are_joined),        cmocka_unit_test(bodies_are_unpacked),
        cmocka_unit_test(a_body_may_span_packets),  cmocka_unit_test(answers_without_bodies),
        cmocka_unit_test(the_end_may_be_missing),   cmocka_unit_test(long_bodies),
        cmocka_unit_test(the_first_segment_counts), cmocka_unit_test(wrong_chunks),
        cmocka_unit_test(lengths_of_uris),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
