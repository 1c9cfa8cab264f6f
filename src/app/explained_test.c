// SPDX-License-Identifier: Apache-2.0
// The file of what was explained: what its lines cover, and what is wrong with a broken one.
#include "app/explained.h"

#include <setjmp.h>

#include <cmocka.h>

static struct explained *known;
static struct fail fail;

static int begin(void **state)
{
    known = explained_new();
    fail.text[0] = 0;
    return 0;
}

static int end(void **state)
{
    explained_free(known);
    return 0;
}

static bool takes(const char *lines)
{
    return explained_read(known, slice_str(lines), "known.txt", &fail);
}

static void refuses(const char *lines, const char *words)
{
    assert_false(takes(lines));
    if (!strstr(fail.text, words))
        fail_msg("\"%s\" does not say \"%s\"", fail.text, words);
}

static struct hunt_group group(uint8_t n, uint16_t port, const char *verdict)
{
    return (struct hunt_group){.server = addr_of(ADDR_IP4, (uint8_t[4]){10, 0, 0, n}),
                               .port = port,
                               .ip_proto = 6,
                               .proto = "tcp",
                               .verdict = verdict};
}

static bool covers(uint8_t n, uint16_t port, const char *verdict)
{
    struct hunt_group g = group(n, port, verdict);

    return explained_has(known, &g);
}

static void exact(void **state)
{
    assert_true(takes("# ours\n\n10.0.0.1 443 tcp http # why\r\n10.0.0.1 443 tcp http\n"
                      "fe80::1\t53\tudp\tunknown"));
    assert_true(covers(1, 443, "http"));
    assert_false(covers(2, 443, "http"));
    assert_false(covers(1, 444, "http"));
    assert_false(covers(1, 443, "unknown"));
    struct hunt_group g = group(1, 443, "http");
    g.ip_proto = 17;
    assert_false(explained_has(known, &g));
    g = group(1, 53, "unknown");
    g.ip_proto = 17;
    assert_false(explained_has(known, &g));
    g.server = addr_of(ADDR_IP6, (uint8_t[16]){0xfe, 0x80, [15] = 1});
    assert_true(explained_has(known, &g));
}

static void any(void **state)
{
    assert_true(takes("* 8443 tcp http\n10.0.0.7 * * *\n"));
    assert_true(covers(1, 8443, "http"));
    assert_true(covers(2, 8443, "http"));
    assert_false(covers(2, 8443, "ssh"));
    assert_true(covers(7, 1, "ssh"));
}

static void what_is_written_is_read(void **state)
{
    struct hunt_group g = group(1, 443, "random_looking");
    struct text t = {0};

    g.kind = HUNT_RANDOM;
    g.promised[g.n_promised++] = "ssl";
    explained_line(&t, &g);
    text_char(&t, 0);
    assert_non_null(strstr(t.p, "10.0.0.1 443 tcp random_looking  # G"));
    assert_non_null(strstr(t.p, ", random bytes where port 443 promises ssl\n"));
    assert_true(takes(t.p));
    assert_true(explained_has(known, &g));
    text_free(&t);
}

static void broken(void **state)
{
    refuses("# fine\n10.0.0.1 443 tcp\n", "known.txt:2: a line needs four words");
    refuses("10.0.0.1 443 tcp http more", "but has 5");
    refuses("\n\nserver 443 tcp http", "known.txt:3: \"server\" is neither");
    refuses("10.0.0.1 70000 tcp http", "\"70000\" is neither a port");
    refuses("10.0.0.1 -1 tcp http", "\"-1\" is neither a port");
    refuses("10.0.0.1 443 icmp http", "\"icmp\" is no transport");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {TEST(exact), TEST(any), TEST(what_is_written_is_read),
                                       TEST(broken)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
