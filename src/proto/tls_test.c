// SPDX-License-Identifier: Apache-2.0
// TLS: hellos, alerts and other records, and lengths that do not agree.
#include "proto/try.h"

#include <stdio.h>

#define RANDOM_8  "\x5a\x11\x22\x33\x44\x55\x66\x77"
#define RANDOM_32 RANDOM_8 RANDOM_8 RANDOM_8 RANDOM_8

// 45 bytes of hello: version, random, no session, two ciphers, no compression, no extensions
#define CLIENT                                                                                 \
    "\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03" RANDOM_32 "\0\0\x04\x13\x01\x13\x02\x01\0"
#define SERVER "\x16\x03\x03\x00\x2a\x02\x00\x00\x26\x03\x03" RANDOM_32 "\0\x13\x01\0"

static enum guess changed(uint32_t at, uint8_t to)
{
    uint8_t b[sizeof(CLIENT) - 1];

    memcpy(b, CLIENT, sizeof(b));
    b[at] = to;
    return try_stream(&proto_tls, slice_of(b, sizeof(b)));
}

static void hellos(void **state)
{
    assert_int_equal(try_stream(&proto_tls, BYTES(CLIENT)), YES);
    assert_int_equal(try_stream(&proto_tls, BYTES(SERVER)), YES);
    assert_int_equal(try_stream(&proto_tls, slice_of(CLIENT, 30)), MAYBE);
}

static void lengths_that_disagree(void **state)
{
    assert_int_equal(changed(0, 0x17 + 1), NO); // record type
    assert_int_equal(changed(1, 2), NO);        // version
    assert_int_equal(changed(2, 9), NO);
    assert_int_equal(changed(4, 0x30), NO);  // record longer than the hello
    assert_int_equal(changed(4, 0x10), NO);  // too short for one
    assert_int_equal(changed(10, 0x42), NO); // version of the hello
    assert_int_equal(changed(43, 33), NO);   // session too long
    assert_int_equal(changed(45, 3), NO);    // odd cipher list
    assert_int_equal(changed(45, 0x40), NO); // longer than the hello
    assert_int_equal(changed(4, 0x2e), YES); // it goes on in the next record
}

// A hello that offers a server's name of `label`, and behind it the extensions in `more`.
static const char *refined(const char *label, struct slice more)
{
    static const char start[] = "\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03" RANDOM_32
                                "\0\0\x04\x13\x01\x13\x02\x01\0\x01\x00";
    uint8_t b[HEAD_MOST], n = (uint8_t)(strlen(label) + 8);
    uint32_t at = sizeof(start) - 1;

    memcpy(b, start, at);
    const uint8_t head[] = {0, 0, 0, (uint8_t)(n + 5), 0, (uint8_t)(n + 3), 0, 0, n};
    memcpy(b + at, head, sizeof(head));
    at += COUNT_OF(head);
    at += (uint32_t)snprintf((char *)b + at, 64, "www.%s.com", label);
    memcpy(b + at, more.p, more.n);
    struct head h = {.bytes = slice_of(b, at + more.n), .side = ORIG, .stream = true};
    assert_int_equal(proto_tls.probe(&h), YES);
    return proto_tls.refine(&h);
}

static void hellos_of_tor(void **state)
{
    static const char openssl[] = "\0\x0b\0\x02\x01\0\0\x16\0\0",
                      alpn[] = "\0\x10\0\x05\0\x03\x02h2\0\x16\0\0",
                      short_of_it[] = "\0\x0b\0\x02\x01\0\0\x17\0\0";

    assert_string_equal(refined("ry7jlb3ky62", BYTES(openssl)), "tor");
    assert_string_equal(refined("qzxkwmdb", BYTES(openssl)), "tor");
    assert_null(refined("wikipedia", BYTES(openssl)));
    assert_null(refined("ry8jlb3ky62", BYTES(openssl))); // no digit of base 32
    assert_null(refined("a2b", BYTES(openssl)));
    assert_null(refined("ry7jlb3ky62ry7jlb3ky62ry7j", BYTES(openssl)));
    assert_null(refined("ry7jlb3ky62", BYTES(alpn)));
    assert_null(refined("ry7jlb3ky62", BYTES(short_of_it)));
    assert_null(refined("ry7jlb3ky62", slice_of(openssl, 3)));
    struct head server = {.bytes = BYTES(SERVER), .side = RESP, .stream = true};
    assert_null(proto_tls.refine(&server));
}

static void records_in_the_middle(void **state)
{
    assert_int_equal(try_stream(&proto_tls, BYTES("\x15\x03\x01\x00\x02\x02\x28")), YES);
    assert_int_equal(try_stream(&proto_tls, BYTES("\x15\x03\x01\x00\x02\x03\x28")), NO);
    assert_int_equal(try_stream(&proto_tls, BYTES("\x14\x03\x03\x00\x01\x01")), YES);
    assert_int_equal(try_stream(&proto_tls, BYTES("\x14\x03\x03\x00\x01\x02")), NO);
    assert_int_equal(try_stream(&proto_tls, BYTES("\x17\x03\x03\x00\x40")), YES);
    assert_int_equal(try_stream(&proto_tls, BYTES("\x17\x03\x03\x00\x04")), NO);
    assert_int_equal(try_stream(&proto_tls, BYTES("\x17\x03\x03\xff\x04")), NO);
    assert_int_equal(try_stream(&proto_tls, BYTES("\x16\x03\x03\0\x04\x0e\0\0\0")), YES);
    assert_int_equal(try_stream(&proto_tls, BYTES("\x16\x03\x03\0\x04\x0e\0\0\x01")), NO);
}

static void hello_of_ssl2(void **state)
{
    static const char hello[] = "\x80\x1f\x01\x03\x01\x00\x06\x00\x00\x00\x10";

    assert_int_equal(try_stream(&proto_tls, BYTES(hello)), YES);
    assert_int_equal(try_stream(&proto_tls, BYTES("\x80\x1e\x01\x03\x01\0\6\0\0\0\x10")), NO);
    assert_int_equal(try_stream(&proto_tls, BYTES("\x80\x1e\x01\x03\x01\0\5\0\0\0\x10")), NO);
}

static void noise(void **state)
{
    assert_int_equal(try_noise(&proto_tls, true, 100000), 0);
    assert_int_equal(try_stream(&proto_tls, BYTES("HELO mail\r\n")), NO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hellos),        cmocka_unit_test(lengths_that_disagree),
        cmocka_unit_test(hellos_of_tor), cmocka_unit_test(records_in_the_middle),
        cmocka_unit_test(hello_of_ssl2), cmocka_unit_test(noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
