// SPDX-License-Identifier: Apache-2.0
// SSH: identification strings.
#include "proto/try.h"

static void strings_of_all_versions(void **state)
{
    assert_int_equal(try_stream(&proto_ssh, BYTES("SSH-2.0-OpenSSH_9.2\r\n")), YES);
    assert_int_equal(try_stream(&proto_ssh, BYTES("SSH-1.99-x")), YES);
    assert_int_equal(try_stream(&proto_ssh, BYTES("SSH-1.5-x")), YES);
    assert_int_equal(try_stream(&proto_ssh, BYTES("SSH-")), MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_stream(&proto_ssh, BYTES("SSH-3.0-x")), NO);
    assert_int_equal(try_stream(&proto_ssh, BYTES("SSDP")), NO);
    assert_int_equal(try_stream(&proto_ssh, BYTES("220 ftp")), NO);
    assert_int_equal(try_noise(&proto_ssh, true, 10000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings_of_all_versions),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
