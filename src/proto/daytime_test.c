// SPDX-License-Identifier: Apache-2.0
// Daytime: the lines that servers send, and lines that look alike.
#include "proto/try.h"

static void lines_of_servers(void **state)
{
    static const char *const lines[] = {
        "Sun Nov 22 05:12:33 2026\r\n",
        "22 NOV 2026 05:12:33 UTC\r\n",
        "Sun Nov  2 05:12:33 CET 2026\r\n",
        "5:12:33 AM 11/22/2026\n",
        "Sunday, November 22, 2026 05:12:33 CET\r\n",
        "\n61366 26-11-22 05:12:33 00 0 0 123.4 UTC(NIST) * \n",
        "2026-11-22 05:12:33 +0100\r\n",
    };

    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct slice s = slice_str(lines[i]);
        assert_int_equal(try_stream(&proto_daytime, s), YES);
        assert_int_equal(try_datagram(&proto_daytime, s), YES);
    }
    assert_int_equal(try_stream(&proto_daytime, BYTES("Sun Nov 22 05:1")), MAYBE);
    assert_int_equal(try_datagram(&proto_daytime, BYTES("Sun Nov 22 05:12:33 2026")), YES);
}

static void others(void **state)
{
    static const char *const lines[] = {
        "220 mail.example.org ESMTP Sun, 22 Nov 2026 05:12:33 +0000\r\n",
        "Nov 22 05:12:33 host su: failed\r\n",
        "Sun Nov 22 05:12:33 2026\r\nlogin: ",
        "05:12:33\r\n",
        "22 11 2026\r\n",
        "05:12:33 05:12:34 Nov 22 2026\r\n",
        "200\r\n",
        "\r\n",
        "",
    };

    for (size_t i = 0; i < COUNT_OF(lines); i++)
        assert_int_equal(try_datagram(&proto_daytime, slice_str(lines[i])), NO);
    assert_int_equal(try_stream(&proto_daytime, BYTES("GET / HTTP/1.1\r\n")), NO);
    assert_int_equal(try_noise(&proto_daytime, true, 10000), 0);
    assert_int_equal(try_noise(&proto_daytime, false, 10000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_servers),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
