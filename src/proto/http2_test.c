// SPDX-License-Identifier: Apache-2.0
// HTTP/2: the preface and settings, and what begins as they do.
#include "proto/try.h"

static void beginnings(void **state)
{
    assert_int_equal(try_stream(&proto_http2, BYTES("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0")),
                     YES);
    assert_int_equal(try_stream(&proto_http2, BYTES("\0\0\6\4\0\0\0\0\0\0\3\0\0\0\x64")), YES);
    assert_int_equal(try_stream(&proto_http2, BYTES("PRI * HTTP/2.0\r\n")), MAYBE);
    assert_int_equal(try_stream(&proto_http2, BYTES("\0\0\6\4\0\0\0\0\0")), MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_stream(&proto_http2, BYTES("PRI * HTTP/2.1\r\n")), NO);
    assert_int_equal(try_stream(&proto_http2, BYTES("PRIVMSG")), NO);
    assert_int_equal(try_stream(&proto_http2, BYTES("\0\0\0\4\0\0\0\0\0")), NO);
    assert_int_equal(try_stream(&proto_http2, BYTES("\0\0\7\4")), NO);
    assert_int_equal(try_stream(&proto_http2, BYTES("\0\0\6\4\1")), NO);
    assert_int_equal(try_stream(&proto_http2, BYTES("\0\0\6\4\0\0\0\0\1")), NO);
    assert_int_equal(try_stream(&proto_http2, BYTES("\0\0\6\4\0\0\0\0\0\0\0")), NO);
    assert_int_equal(try_noise(&proto_http2, true, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beginnings),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
