// SPDX-License-Identifier: Apache-2.0
// Git: services asked for, how they answer, and other lines that begin with digits.
#include "proto/try.h"

#define NAME "0123456789abcdef0123456789abcdef01234567"

static void lines(void **state)
{
    assert_int_equal(
        try_stream(&proto_git, BYTES("002egit-upload-pack /a.git\0host=example.org\0")), YES);
    assert_int_equal(
        try_stream(&proto_git, BYTES("002fgit-receive-pack /a.git\0host=example.org\0")), YES);
    assert_int_equal(try_stream(&proto_git, BYTES("010c" NAME " HEAD\0multi_ack")), YES);
    assert_int_equal(try_stream(&proto_git, BYTES("000eversion 1\n")), YES);
    assert_int_equal(try_stream(&proto_git, BYTES("002egit-up")), MAYBE);
    assert_int_equal(try_stream(&proto_git, BYTES("00")), MAYBE);
    assert_int_equal(try_stream(&proto_git, BYTES("010c0123")), MAYBE);
    assert_int_equal(try_stream(&proto_git, BYTES("000eversion")), MAYBE);
}

static void others(void **state)
{
    assert_int_equal(try_stream(&proto_git, BYTES("002Egit-upload-pack /a.git")), NO);
    assert_int_equal(try_stream(&proto_git, BYTES("git-upload-pack /a.git")), NO);
    assert_int_equal(try_stream(&proto_git, BYTES("002egit-upload-pac /")), NO);
    assert_int_equal(try_stream(&proto_git, BYTES("0000\r\n")), NO);
    assert_int_equal(try_stream(&proto_git, BYTES("010c" NAME "\n")), NO);
    assert_int_equal(try_stream(&proto_git, BYTES("000eversion 3\n")), NO);
    assert_int_equal(try_noise(&proto_git, true, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
