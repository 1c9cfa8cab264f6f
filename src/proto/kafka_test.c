// SPDX-License-Identifier: Apache-2.0
// Kafka: questions for versions, plain and flexible, and lengths that do not fit.
#include "proto/try.h"

#define PLAIN                                                                                  \
    "\0\0\0\x10\0\x12\0\0\0\0\0\1\0\6"                                                         \
    "client"
#define FLEXIBLE                                                                               \
    "\0\0\0\x1e\0\x12\0\3\0\0\0\1\0\6"                                                         \
    "client"                                                                                   \
    "\0\7"                                                                                     \
    "kafkaj"                                                                                   \
    "\5"                                                                                       \
    "3.9\n"                                                                                    \
    "\0"

static void requests(void **state)
{
    assert_int_equal(try_stream(&proto_kafka, BYTES(PLAIN)), YES);
    assert_int_equal(try_stream(&proto_kafka, BYTES("\0\0\0\x1e\0\x12\0\3\0\0\0\1\0\6"
                                                    "client"
                                                    "\0\7"
                                                    "kafkaj"
                                                    "\5"
                                                    "3.9 "
                                                    "\0")),
                     YES);
    assert_int_equal(try_stream(&proto_kafka, BYTES("\0\0\0\x0a\0\x12\0\0\0\0\0\1\xff\xff")),
                     YES);
    assert_int_equal(try_stream(&proto_kafka, BYTES("\0\0\0\x10\0\x12\0\0\0\0")), MAYBE);
    assert_int_equal(try_stream(&proto_kafka, BYTES("\0\0\0\x10\0\x12\0\0\0\0\0\1\0\6"
                                                    "clien")),
                     MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_stream(&proto_kafka, BYTES(FLEXIBLE)), NO);
    assert_int_equal(try_stream(&proto_kafka, BYTES("\0\0\0\x11\0\x12\0\0\0\0\0\1\0\6"
                                                    "client!")),
                     NO);
    assert_int_equal(try_stream(&proto_kafka, BYTES("\0\0\0\x10\0\x13")), NO);
    assert_int_equal(try_stream(&proto_kafka, BYTES("\0\0\0\x10\0\x12\0\5")), NO);
    assert_int_equal(try_stream(&proto_kafka, BYTES("\0\0\0\x09")), NO);
    assert_int_equal(try_stream(&proto_kafka, BYTES("\0\0\1\x10")), NO);
    assert_int_equal(try_stream(&proto_kafka, BYTES("\1")), NO);
    assert_int_equal(try_stream(&proto_kafka, BYTES("\0\0\0\x10\0\x12\0\0\0\0\0\1\0\6"
                                                    "clien\1")),
                     NO);
    assert_int_equal(try_noise(&proto_kafka, true, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
