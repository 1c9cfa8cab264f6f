// SPDX-License-Identifier: Apache-2.0
// DNS: messages of its three kinds, NetBIOS names, and damage.
#include "proto/try.h"

#define NAME  "\3www\7example\3com\0"
#define QUERY "\x12\x34\1\0\0\1\0\0\0\0\0\0" NAME "\0\1\0\1"
#define ANSWER                                                                                 \
    "\x12\x34\x81\x80\0\1\0\1\0\0\0\0" NAME "\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\1\2\3\4"

static enum guess changed(struct slice s, uint32_t at, uint8_t to)
{
    uint8_t b[128];

    memcpy(b, s.p, s.n);
    b[at] = to;
    return try_datagram(&proto_dns, slice_of(b, s.n));
}

static void messages(void **state)
{
    assert_int_equal(try_datagram(&proto_dns, BYTES(QUERY)), YES);
    assert_int_equal(try_datagram(&proto_dns, BYTES(ANSWER)), YES);
    // mDNS: no question, cache flush
    assert_int_equal(try_datagram(&proto_dns, BYTES("\0\0\x84\0\0\0\0\1\0\0\0\0\2ab\5local\0"
                                                    "\0\1\x80\1\0\0\0\x78\0\4\1\2\3\4")),
                     YES);
}

static void damage(void **state)
{
    static const struct slice query = {(const uint8_t *)QUERY, sizeof(QUERY) - 1};
    static const struct slice answer = {(const uint8_t *)ANSWER, sizeof(ANSWER) - 1};

    assert_int_equal(try_datagram(&proto_dns, slice_of(query.p, query.n - 1)), NO);
    assert_int_equal(try_datagram(&proto_dns, BYTES(QUERY "x")), NO);
    assert_int_equal(changed(query, 2, 0x39), NO); // opcode 7
    assert_int_equal(changed(query, 3, 0x40), NO); // reserved flag
    assert_int_equal(changed(query, 3, 0x03), NO); // an error in a question
    assert_int_equal(changed(query, 5, 0), NO);    // no question
    assert_int_equal(changed(query, 7, 9), NO);    // more answers than there is room for
    assert_int_equal(changed(query, 12, 0x44), NO);
    assert_int_equal(changed(query, query.n - 1, 77), NO); // class
    assert_int_equal(changed(answer, 34, 0x22), NO);       // a pointer forwards
    assert_int_equal(changed(answer, 34, 0x21), NO);       // to itself
    assert_int_equal(changed(answer, 34, 0x04), NO);       // into the header
    assert_int_equal(changed(answer, answer.n - 5, 3), NO);
}

static void pointers_in_a_circle(void **state)
{
    assert_int_equal(try_datagram(&proto_dns, BYTES("\0\1\1\0\0\2\0\0\0\0\0\0"
                                                    "\1a\xc0\x0c\0\1\0\1\xc0\x0c\0\1\0\1")),
                     NO);
}

static void stream(void **state)
{
    assert_int_equal(try_stream(&proto_dns, BYTES("\0\x21" QUERY)), YES);
    assert_int_equal(try_stream(&proto_dns, BYTES("\0\x21" QUERY "\0\x21" QUERY)), YES);
    assert_int_equal(try_stream(&proto_dns, BYTES("\0\x05" QUERY)), NO);
    assert_int_equal(try_stream(&proto_dns, BYTES("\0\x0b")), NO); // known from its length
    assert_int_equal(try_stream(&proto_dns, BYTES("\0\x0c")), MAYBE);
    assert_int_equal(try_stream(&proto_dns, BYTES("GET / HTTP/1.1\r\n\r\n")), NO);
}

static void netbios(void **state)
{
    assert_int_equal(
        try_datagram(&proto_dns, BYTES("\x84\xff\1\x10\0\1\0\0\0\0\0\0\x20"
                                       "EFEDEJFPEEEPENEBEJEOCACACACACABM\0\0\x20\0\1")),
        NO);
    assert_int_equal(
        try_datagram(&proto_dns, BYTES("\x84\xff\1\0\0\1\0\0\0\0\0\0\x20"
                                       "efedejfpeeepenebejeocacacacacabm\0\0\1\0\1")),
        YES);
}

static void cut(void **state)
{
    struct head h = {.bytes = slice_of(ANSWER, 40), .length = sizeof(ANSWER) - 1};

    assert_int_equal(proto_dns.probe(&h), YES); // the question is whole
    h.bytes.n = 20;
    assert_int_equal(proto_dns.probe(&h), NO);
    assert_true(try_noise(&proto_dns, false, 100000) == 0);
    assert_true(try_noise(&proto_dns, true, 100000) < 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(damage),
        cmocka_unit_test(pointers_in_a_circle),
        cmocka_unit_test(stream),
        cmocka_unit_test(netbios),
        cmocka_unit_test(cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
