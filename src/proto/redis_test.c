// SPDX-License-Identifier: Apache-2.0
// Redis: requests, however they are cut, and lines that look alike.
#include "proto/try.h"

static void requests(void **state)
{
    assert_int_equal(try_stream(&proto_redis, BYTES("*1\r\n$4\r\nPING\r\n")), YES);
    assert_int_equal(try_stream(&proto_redis, BYTES("*12\r\n$10\r\n")), YES);
    assert_int_equal(try_stream(&proto_redis, BYTES("*1\r\n$")), MAYBE);
    assert_int_equal(try_stream(&proto_redis, BYTES("*1")), MAYBE);
}

static void others(void **state)
{
    static const char *const lines[] = {"* OK IMAP4 ready\r\n", "*1\n$4\r\n",        "*0\r\n",
                                        "*1\r\n+OK\r\n",        "*123456\r\n$4\r\n", "+OK\r\n",
                                        "*1\r\n$0\r\n"};

    for (size_t i = 0; i < COUNT_OF(lines); i++)
        assert_int_equal(try_stream(&proto_redis, slice_str(lines[i])), NO);
    assert_int_equal(try_noise(&proto_redis, true, 10000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
