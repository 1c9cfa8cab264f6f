// SPDX-License-Identifier: Apache-2.0
// memcached: commands and answers, binary headers, frames of UDP, and words that look alike.
#include "proto/try.h"

#define GET_K                                                                                  \
    "\x80\0\0\3\0\0\0\0\0\0\0\3\0\0\0\1\0\0\0\0\0\0\0\0"                                       \
    "key"
#define ANSWER                                                                                 \
    "\x81\0\0\0\4\0\0\0\0\0\0\6\0\0\0\1\0\0\0\0\0\0\0\0"                                       \
    "\0\0\0\0"                                                                                 \
    "ab"

static void text(void **state)
{
    assert_int_equal(try_stream(&proto_memcached, BYTES("get key\r\n")), YES);
    assert_int_equal(try_stream(&proto_memcached, BYTES("get key other\r\n")), YES);
    assert_int_equal(try_stream(&proto_memcached, BYTES("set key 0 3600 5\r\nvalue\r\n")), YES);
    assert_int_equal(try_stream(&proto_memcached, BYTES("set key 0 3600 5 noreply\r\n")), YES);
    assert_int_equal(try_stream(&proto_memcached, BYTES("cas key 0 0 5 17\r\n")), YES);
    assert_int_equal(try_stream(&proto_memcached, BYTES("incr key 1\r\n")), YES);
    assert_int_equal(try_stream(&proto_memcached, BYTES("VALUE key 0 5\r\nvalue\r\nEND\r\n")),
                     YES);
    assert_int_equal(try_stream(&proto_memcached, BYTES("STAT pid 1234\r\nSTAT uptime 5\r\n")),
                     YES);
    assert_int_equal(try_stream(&proto_memcached, BYTES("get key\r")), MAYBE);
    assert_int_equal(try_stream(&proto_memcached, BYTES("set key 0")), MAYBE);
    assert_int_equal(try_stream(&proto_memcached, BYTES("ge")), MAYBE);
    assert_int_equal(try_stream(&proto_memcached, BYTES("get \r\n")), NO);
    assert_int_equal(try_stream(&proto_memcached, BYTES("get key\n")), NO);
    assert_int_equal(try_stream(&proto_memcached, BYTES("GET / HTTP/1.1\r\n")), NO);
    assert_int_equal(try_stream(&proto_memcached, BYTES("set key zero 0 5\r\n")), NO);
    assert_int_equal(try_stream(&proto_memcached, BYTES("set key 0 0\r\n")), NO);
    assert_int_equal(try_stream(&proto_memcached, BYTES("get  key\r\n")), NO);
    assert_int_equal(try_stream(&proto_memcached, BYTES("VALUE of the water\r\n")), NO);
    assert_int_equal(try_stream(&proto_memcached, BYTES("stats\r\n")), NO);
}

static void binary(void **state)
{
    assert_int_equal(try_stream(&proto_memcached, BYTES(GET_K)), YES);
    assert_int_equal(try_stream(&proto_memcached, BYTES(ANSWER)), YES);
    assert_int_equal(try_stream(&proto_memcached, BYTES("\x80\0\0\3\0\0")), MAYBE);
    assert_int_equal(
        try_stream(&proto_memcached, BYTES("\x80\0\0\3\0\0\0\0\0\0\0\4\0\0\0\1\0\0\0\0\0\0\0\0"
                                           "key")),
        NO);
    assert_int_equal(try_stream(&proto_memcached,
                                BYTES("\x80\x0a\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0")),
                     NO);
    assert_int_equal(try_stream(&proto_memcached, BYTES("\x80\0\0\3\0\1")), NO);
    assert_int_equal(try_stream(&proto_memcached, BYTES("\x80\x60")), NO);
    assert_int_equal(try_stream(&proto_memcached,
                                BYTES("\x81\0\0\0\4\0\0\0\0\0\0\3\0\0\0\1\0\0\0\0\0\0\0\0")),
                     NO);
    assert_int_equal(try_noise(&proto_memcached, true, 100000), 0);
}

static void datagrams(void **state)
{
    assert_int_equal(try_datagram(&proto_memcached, BYTES("\0\1\0\0\0\1\0\0stats\r\n")), YES);
    assert_int_equal(try_datagram(&proto_memcached, BYTES("\0\1\0\0\0\1\0\0get key\r\n")), YES);
    assert_int_equal(try_datagram(&proto_memcached, BYTES("\0\1\0\1\0\1\0\0get key\r\n")), NO);
    assert_int_equal(try_datagram(&proto_memcached, BYTES("\0\1\0\0\0\0\0\0get key\r\n")), NO);
    assert_int_equal(try_datagram(&proto_memcached, BYTES("get key\r\n")), NO);
    assert_int_equal(try_cuts(&proto_memcached, BYTES("\0\1\0\0\0\1\0\0stats\r\n")), 0);
    assert_int_equal(try_noise(&proto_memcached, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text),
        cmocka_unit_test(binary),
        cmocka_unit_test(datagrams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
