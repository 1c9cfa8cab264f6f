// SPDX-License-Identifier: Apache-2.0
// HTTP: first lines of requests and answers, and what looks like them.
#include "proto/try.h"

static void requests(void **state)
{
    assert_int_equal(try_stream(&proto_http, BYTES("GET / HTTP/1.1\r\nHost: x\r\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("OPTIONS * HTTP/1.0\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("M-SEARCH * HTTP/1.1\r\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("GET /a b c HTTP/1.1\r\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("CONNECT a:1 HTTP/1.1\r\n\r\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("GET /index")), MAYBE);
}

static void answers(void **state)
{
    assert_int_equal(try_stream(&proto_http, BYTES("HTTP/1.1 200 OK\r\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("HTTP/1.0 404\r\n")), YES);
    assert_int_equal(try_stream(&proto_http, BYTES("HTTP/1.1 20")), MAYBE);
    assert_int_equal(try_stream(&proto_http, BYTES("HTTP/1.1 2000\r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("HTTP/2 200 \r\n")), NO);
}

static void relatives(void **state)
{
    assert_int_equal(try_stream(&proto_http, BYTES("OPTIONS sip:a SIP/2.0\r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("PLAY rtsp://a RTSP/1.0\r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("PRI * HTTP/2.0\r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("GET /\r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("USER anonymous\r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("EHLO HTTP/1.1 \r\n")), NO);
    assert_int_equal(try_stream(&proto_http, BYTES("GET \0 HTTP/1.1\r\n")), NO);
    assert_int_equal(try_noise(&proto_http, true, 10000), 0);
}

static void long_targets(void **state)
{
    uint8_t line[400];

    memset(line, 'a', sizeof(line));
    memcpy(line, "GET /", 5);
    assert_int_equal(try_stream(&proto_http, slice_of(line, HEAD_MOST - 1)), MAYBE);
    assert_int_equal(try_stream(&proto_http, slice_of(line, sizeof(line))), YES);
    memcpy(line, "FOO /", 5); // nobody's method needs to be believed
    assert_int_equal(try_stream(&proto_http, slice_of(line, sizeof(line))), NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(answers),
        cmocka_unit_test(relatives),
        cmocka_unit_test(long_targets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
