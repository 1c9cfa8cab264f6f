// SPDX-License-Identifier: Apache-2.0
// The configuration file: what is taken, what is refused where, and nothing by half.
#include "app/ruleset.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct settings settings;
static struct fail fail;

static bool read_path(const char *path)
{
    const char *none[] = {NULL};
    struct choice c = {
        .settings = settings_usual(), .config = path, .rule_file = none, .variable = none};

    fail.text[0] = 0;
    bool good = ruleset_read(&c, &fail);
    settings = c.settings;
    rules_free(c.rules);
    return good;
}

static bool read_bytes(const char *bytes, size_t n)
{
    char path[] = "/tmp/pipit-config-XXXXXX";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    close(fd);
    bool good = read_path(path);
    unlink(path);
    return good;
}

static bool read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static void refused(const char *text, const char *words)
{
    struct settings usual = settings_usual();

    assert_false(read_text(text));
    if (!strstr(fail.text, words))
        fail_msg("\"%s\" does not say \"%s\"", fail.text, words);
    assert_memory_equal(&settings, &usual, sizeof(usual));
}

static void good_lines(void **state)
{
    assert_true(read_text("# all of it\n\n  config flow_idle_udp: 5s\r\n"
                          "config flow_idle_tcp : 2m # a word\nconfig\tworkers:3\n"
                          "config stats_interval: 0\nconfig flow_talks: 1048576"));
    assert_int_equal(settings.flow_idle_udp, 5 * SECOND);
    assert_int_equal(settings.flow_idle_tcp, 120 * SECOND);
    assert_int_equal(settings.workers, 3);
    assert_int_equal(settings.stats_interval, 0);
    assert_int_equal(settings.flow_talks, 1048576);
    assert_true(read_text(""));
}

static void bad_lines(void **state)
{
    refused("config flow_idle_udp: 5s\nconfig flow_idle_udp: 60\n", ":2:");
    refused("config flow_idle_udp: 60\n", "60s");
    refused("config flow_idle_udp: 0\n", "no time");
    refused("config flow_talks: -5\n", "does not fit");
    refused("config workers: 65\n", "64");
    refused("preprocessor dnp3: memcap 12\n", ":1:");
}

static void no_file(void **state)
{
    assert_false(read_path("/"));
    assert_non_null(strstr(fail.text, "directory"));
    assert_false(read_path("/nonexistent"));
    assert_non_null(strstr(fail.text, "No such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_lines),
        cmocka_unit_test(bad_lines),
        cmocka_unit_test(no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
