// SPDX-License-Identifier: Apache-2.0
// TP-Link: hidden JSON in datagrams and streams, and JSON that is not hidden so.
#include "proto/try.h"

// {"system":{"get_sysinfo":{}}}
#define ASKED                                                                                  \
    "\xd0\xf2\x81\xf8\x8b\xff\x9a\xf7\xd5\xef\x94\xb6\xd1\xb4\xc0\x9f\xec\x95\xe6\x8f\xe1\x87" \
    "\xe8\xca\xf0\x8b\xf6\x8b\xf6"
// {"on":{ and {"system":1}
#define SHORT  "\xd0\xf2\x9d\xf3\xd1\xeb\x90"
#define NUMBER "\xd0\xf2\x81\xf8\x8b\xff\x9a\xf7\xd5\xef\xde\xa3"

static void messages(void **state)
{
    assert_int_equal(try_datagram(&proto_tplink, BYTES(ASKED)), YES);
    assert_int_equal(try_datagram(&proto_tplink, BYTES(SHORT)), NO);
    assert_int_equal(try_datagram(&proto_tplink, BYTES(NUMBER)), NO);
    assert_int_equal(try_datagram(&proto_tplink, BYTES("{\"system\":{}}")), NO);
    assert_int_equal(try_datagram(&proto_tplink, BYTES("")), NO);
    assert_int_equal(try_stream(&proto_tplink, BYTES("\0\0\0\x1d" ASKED)), YES);
    assert_int_equal(try_stream(&proto_tplink, BYTES("\0\0\0\x1d\xd0\xf2")), MAYBE);
    assert_int_equal(try_stream(&proto_tplink, BYTES("\0\0\0\x1d{\"")), NO);
    assert_int_equal(try_stream(&proto_tplink, BYTES("\0\1\0\x1d")), NO);
    (void)try_cuts(&proto_tplink, BYTES(ASKED));
    assert_int_equal(try_noise(&proto_tplink, true, 100000), 0);
    assert_int_equal(try_noise(&proto_tplink, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
