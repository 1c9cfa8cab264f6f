// SPDX-License-Identifier: Apache-2.0
// Texts of addresses, MACs, UUIDs and uids; which addresses are what.
#include "event/value.h"

#include <arpa/inet.h>
#include <setjmp.h>

#include <cmocka.h>

static struct text t;

static const char *got(void)
{
    text_char(&t, 0);
    t.n = 0;
    return t.p;
}

static struct addr ip(const char *s)
{
    uint8_t b[16];
    bool six = strchr(s, ':');

    assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, s, b), 1);
    return addr_of(six ? ADDR_IP6 : ADDR_IP4, b);
}

static void addresses(void **state)
{
    static const char *const row[] = {"0.0.0.0",
                                      "192.168.1.10",
                                      "255.255.255.255",
                                      "9.99.100.1",
                                      "::",
                                      "::1",
                                      "1::",
                                      "2001:db8::1",
                                      "2001:db8:0:1:1:1:1:1", // one zero group stays
                                      "2001:0:0:1::1",
                                      "1:0:0:2::",
                                      "fe80::1:0:0:2",
                                      "1:2:3:4:5:6:7:8",
                                      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
                                      "::ffff:192.0.2.1",
                                      "a:bc:def:1000::"};

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct addr a = ip(row[i]);
        text_addr(&t, &a);
        assert_string_equal(got(), row[i]);
    }
    struct addr none = {.kind = ADDR_NONE};
    text_addr(&t, &none);
    assert_string_equal(got(), "-");
    struct addr mac = addr_of(ADDR_MAC, (const uint8_t *)"\x00\x0e\xcf\x00\xab\xff");
    text_addr(&t, &mac);
    assert_string_equal(got(), "00:0e:cf:00:ab:ff");
}

// The first of two runs that are equally long; of RFC 5952, 4.2.3.
static void first_of_equal_runs(void **state)
{
    struct addr a = ip("2001:db8:0:0:1:0:0:1");

    text_addr(&t, &a);
    assert_string_equal(got(), "2001:db8::1:0:0:1");
}

static void order_and_equality(void **state)
{
    struct addr a = ip("10.0.0.1"), b = ip("10.0.0.2"), c = ip("::1"), d = ip("10.0.0.1");

    assert_true(addr_equal(&a, &d));
    assert_false(addr_equal(&a, &b));
    assert_true(addr_order(&a, &b) < 0 && addr_order(&b, &a) > 0 && addr_order(&a, &d) == 0);
    assert_true(addr_order(&b, &c) < 0);
}

static void kinds_of_addresses(void **state)
{
    static const struct {
        const char *text;
        bool multicast, is_private;
    } row[] = {{"224.0.0.1", true, false},        {"239.255.255.250", true, false},
               {"223.255.255.255", false, false}, {"240.0.0.1", false, false},
               {"255.255.255.255", true, false},  {"10.1.2.3", false, true},
               {"172.15.0.1", false, false},      {"172.16.0.1", false, true},
               {"172.31.0.1", false, true},       {"172.32.0.1", false, false},
               {"192.168.0.1", false, true},      {"192.169.0.1", false, false},
               {"169.254.1.1", false, true},      {"100.63.0.1", false, false},
               {"100.64.0.1", false, true},       {"100.128.0.1", false, false},
               {"8.8.8.8", false, false},         {"ff02::1", true, false},
               {"fe80::1", false, true},          {"fec0::1", false, false},
               {"fd00::1", false, true},          {"::1", false, true},
               {"2001:db8::1", false, false}};

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct addr a = ip(row[i].text);
        assert_int_equal(addr_is_multicast(&a), row[i].multicast);
        assert_int_equal(addr_is_private(&a), row[i].is_private);
    }
    struct addr group = addr_of(ADDR_MAC, (const uint8_t *)"\x01\x0e\xcf\x00\x00\x00");
    assert_true(addr_is_multicast(&group));
}

static void uuids(void **state)
{
    struct uuid u;

    for (uint8_t i = 0; i < 16; i++)
        u.b[i] = (uint8_t)(0xa0 + i);
    text_uuid(&t, &u);
    assert_string_equal(got(), "a0a1a2a3-a4a5-a6a7-a8a9-aaabacadaeaf");
}

static void uids_come_back(void **state)
{
    static const uint64_t row[] = {0, 1, 61, 62, 12345678901234567, UINT64_MAX};
    uint64_t back;

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        text_uid(&t, row[i]);
        const char *s = got();
        assert_int_equal(strlen(s), 12);
        assert_true(uid_parse(s, &back));
        assert_true(back == row[i]);
    }
    text_uid(&t, 62);
    assert_string_equal(got(), "C00000000010");
    assert_false(uid_parse("C0000000001", &back));   // too short
    assert_false(uid_parse("C000000000100", &back)); // too long
    assert_false(uid_parse("D00000000010", &back));
    assert_false(uid_parse("C0000000001-", &back));
    assert_false(uid_parse("Czzzzzzzzzzz", &back)); // more than 64 bits
    assert_false(uid_parse("", &back));
}

static int end(void **state)
{
    text_free(&t);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(first_of_equal_runs),
        cmocka_unit_test(order_and_equality),
        cmocka_unit_test(kinds_of_addresses),
        cmocka_unit_test(uuids),
        cmocka_unit_test(uids_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
