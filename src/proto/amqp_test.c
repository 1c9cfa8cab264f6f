// SPDX-License-Identifier: Apache-2.0
// AMQP: headers of all versions, how a broker begins, and what is none of them.
#include "proto/try.h"

static void headers(void **state)
{
    assert_int_equal(try_stream(&proto_amqp, BYTES("AMQP\0\0\x09\1")), YES);
    assert_int_equal(try_stream(&proto_amqp, BYTES("AMQP\0\1\0\0")), YES);
    assert_int_equal(try_stream(&proto_amqp, BYTES("AMQP\3\1\0\0")), YES);
    assert_int_equal(try_stream(&proto_amqp, BYTES("AMQP\1\1\0\x09")), YES);
    assert_int_equal(try_stream(&proto_amqp, BYTES("\1\0\0\0\0\1\x20\0\x0a\0\x0a\0\x09\0\0")),
                     YES);
    assert_int_equal(try_stream(&proto_amqp, BYTES("AMQP\0")), MAYBE);
    assert_int_equal(try_stream(&proto_amqp, BYTES("\1\0\0\0\0\1\x20\0\x0a")), MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_stream(&proto_amqp, BYTES("AMQP\0\2\0\0")), NO);
    assert_int_equal(try_stream(&proto_amqp, BYTES("AMQP 1.0")), NO);
    assert_int_equal(try_stream(&proto_amqp, BYTES("AMQ!")), NO);
    assert_int_equal(try_stream(&proto_amqp, BYTES("\1\1")), NO);
    assert_int_equal(try_stream(&proto_amqp, BYTES("\1\0\0\0\1\0\0")), NO);
    assert_int_equal(try_stream(&proto_amqp, BYTES("\1\0\0\0\0\1\x20\0\x0a\0\x0b\0\x09")), NO);
    assert_int_equal(try_stream(&proto_amqp, BYTES("\1\0\0\0\0\1\x20\0\x0a\0\x0a\0\x07")), NO);
    assert_int_equal(try_noise(&proto_amqp, true, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
