// SPDX-License-Identifier: Apache-2.0
// Syslog: both forms, both framings of TCP, and what else begins with a bracket or a number.
#include "proto/try.h"

static void datagrams(void **state)
{
    static const char *const messages[] = {
        "<34>1 2026-03-04T05:06:07.003Z pump4 su - ID47 - denied",
        "<165>1 - - - - - -",
        "<13>Mar  4 05:06:07 pump4 kernel: link up\n",
        "<190>2026-03-04T05:06:07+01:00 pump4 x",
        "<0>kernel: out of memory",
    };
    static const char *const others[] = {
        "<192>Mar  4 05:06:07 pump4 kernel: link up",
        "<034>kernel: out of memory",
        "<34>short",
        "<34>one-long-word",
        "<34>",
        "<34 kernel: out of memory",
        "<a>kernel: out of memory",
        "<>kernel: out of memory",
        "<34>kernel:\x01 out of memory",
        "<34><b>out of memory</b>",
        "34 kernel: out of memory",
        "",
        "<html>a page of text</html>",
    };

    for (size_t i = 0; i < COUNT_OF(messages); i++)
        assert_int_equal(try_datagram(&proto_syslog, slice_str(messages[i])), YES);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_int_equal(try_datagram(&proto_syslog, slice_str(others[i])), NO);
    (void)try_cuts(&proto_syslog, slice_str(messages[0]));
}

static void streams(void **state)
{
    static const char *const messages[] = {
        "<34>1 2026-03-04T05:06:07.003Z pump4 su - ID47 - denied\n",
        "55 <34>1 2026-03-04T05:06:07.003Z pump4 su - ID47 - denied",
        "19 <165>1 - - - - - -",
        "<13>Mar  4 05:06:07 pump4 kernel: link up\n",
    };
    static const char *const begun[] = {"5", "55 ", "55 <3", "<34", "<34>Mar  4 05:", "<1>1"};
    static const char *const others[] = {
        "220 ready\r\n", "<?xml version='1.0'?>", "<200>",        "<34>kernel: out of memory\n",
        "0 <34>1 - - -", "123456 <34>1 -",        "<34>2 - - - -"};

    for (size_t i = 0; i < COUNT_OF(messages); i++)
        assert_int_equal(try_stream(&proto_syslog, slice_str(messages[i])), YES);
    for (size_t i = 0; i < COUNT_OF(begun); i++)
        assert_int_equal(try_stream(&proto_syslog, slice_str(begun[i])), MAYBE);
    for (size_t i = 0; i < COUNT_OF(others); i++)
        assert_int_equal(try_stream(&proto_syslog, slice_str(others[i])), NO);
}

static void noise(void **state)
{
    assert_int_equal(try_noise(&proto_syslog, true, 100000), 0);
    assert_int_equal(try_noise(&proto_syslog, false, 100000), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams),
        cmocka_unit_test(streams),
        cmocka_unit_test(noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
