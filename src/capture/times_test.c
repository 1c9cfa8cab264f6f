// SPDX-License-Identifier: Apache-2.0
// --from and --to: the forms of a time, what is refused, which frames are left out.
#include "capture/made_test.h"
#include "capture/times.h"

static const struct {
    const char *text;
    enum moment_kind kind;
    nsec value;
} good[] = {
    {"1970-01-01", MOMENT_FIXED, 0},
    {"2026-11-21", MOMENT_FIXED, 1795219200 * SECOND},
    {"2026-11-21T16:00", MOMENT_FIXED, 1795276800 * SECOND},
    {"2026-11-21T16:00:05Z", MOMENT_FIXED, 1795276805 * SECOND},
    {"2026-11-21 16:00:05.25", MOMENT_FIXED, 1795276805 * SECOND + SECOND / 4},
    {"2026-11-21T17:00:05+01:00", MOMENT_FIXED, 1795276805 * SECOND},
    {"2026-11-21T10:30:05.5-0530", MOMENT_FIXED, 1795276805 * SECOND + SECOND / 2},
    {"2026-11-21T16:00:05.000000+0000", MOMENT_FIXED, 1795276805 * SECOND},
    {"@1795276800", MOMENT_FIXED, 1795276800 * SECOND},
    {"2024-02-29T23:59:59.999999999", MOMENT_FIXED, 1709251200 * SECOND - 1},
    {"2100-03-01", MOMENT_FIXED, 4107542400 * SECOND},
    {"1795276800", MOMENT_FIXED, 1795276800 * SECOND},
    {"1795276800.000001", MOMENT_FIXED, 1795276800 * SECOND + 1000},
    {"0.5", MOMENT_FIXED, SECOND / 2},
    {"16:00", MOMENT_OF_DAY, 16 * 3600 * SECOND},
    {"9:05:30.5", MOMENT_OF_DAY, 32730 * SECOND + SECOND / 2},
    {"24:00", MOMENT_OF_DAY, 86400 * SECOND},
    {"+10m", MOMENT_AFTER, 600 * SECOND},
    {"+90s", MOMENT_AFTER, 90 * SECOND},
    {"+1h", MOMENT_AFTER, 3600 * SECOND},
    {"+500ms", MOMENT_AFTER, 500 * (nsec)MSEC},
    {"+1.5h", MOMENT_AFTER, 5400 * SECOND},
    {"+1h30m", MOMENT_AFTER, 5400 * SECOND},
    {"+2d", MOMENT_AFTER, 172800 * SECOND},
    {"+1.000000001s", MOMENT_AFTER, SECOND + 1},
    {"+0s", MOMENT_AFTER, 0},
};

static void test_forms(void **state)
{
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct moment m;
        struct fail f;

        if (!moment_read(&m, good[i].text, &f))
            fail_msg("%s", f.text);
        assert_int_equal(m.kind, good[i].kind);
        assert_int_equal(m.value, good[i].value);
    }
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "x",
        "+",
        "+m",
        "+10",
        "+10x",
        "10m",
        "-10m",
        "+10m ",
        "+-1s",
        "25:00",
        "24:01",
        "16:0",
        "16:60",
        "16:00:61",
        "16:00:00.",
        "16:00x",
        "2026-13-01",
        "2026-00-01",
        "2026-02-29",
        "2026-11-31",
        "2026-11-0",
        "2026-11-211",
        "1969-12-31",
        "2106-01-01",
        "2026-11-21T",
        "2026-11-21T16",
        "2026-11-21T16:00+1:00",
        "2026-11-21T16:00+01",
        "2026-11-21T16:00+15:00",
        "2026-11-21T16:00+01:60",
        "2026-11-21T16:00Z+01:00",
        "2026-11-21+01:00",
        "@",
        "@+1",
        "4294967296",
        "99999999999999",
        "1.",
        "+99999999999s",
        "+40000d",
        "+4294967295h",
        "+17000000m17000000m",
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct moment m;
        struct fail f;

        if (moment_read(&m, bad[i], &f))
            fail_msg("\"%s\" was taken for a time", bad[i]);
    }
}

static void test_sentences(void **state)
{
    struct times t;
    struct fail f;

    assert_false(times_open(&t, "noon", NULL, &f));
    assert_says(f.text, "--from: \"noon\" is not a time; write ");
    assert_false(times_open(&t, "+1m", "later", &f));
    assert_says(f.text, "--to: \"later\"");
    assert_false(times_open(&t, "+20m", "+10m", &f));
    assert_says(f.text, "--from +20m is not before --to +10m");
    assert_true(times_open(&t, "16:00", "+10m", &f));
}

// Ten frames, one a second, from 15:59:58.25 on.
static void chosen(const char *from, const char *to, uint32_t first, uint32_t last)
{
    static struct made m;
    struct made_path file;
    const char *path[] = {NULL, NULL};
    struct capture_options o = {.file = path, .from = from, .to = to};
    struct seen s;

    pcap_file(&m, 1795276798, 10);
    file = made_open(m.p, m.n);
    path[0] = file.path;
    s = read_all(&o, 3);
    made_close(&file);
    assert_int_equal(s.n, 10);
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(s.frame[i].flags, i < first || i > last ? FRAME_FILTERED : 0);
}

static void test_chosen_frames(void **state)
{
    chosen("2026-11-21T16:00", "2026-11-21T16:00:04", 2, 5);
    chosen("16:00", "16:00:04", 2, 5);
    chosen("+1500ms", "+5.5s", 2, 5);
    chosen("1795276800", "1795276804.25", 2, 5); // the end is not in it
    chosen("1795276800.25", "1795276804.250000001", 2, 6);
    chosen(NULL, "+3s", 0, 2);
    chosen("+3s", NULL, 3, 9);
    chosen("2026-11-22", NULL, 10, 10);
    chosen("15:00", "2026-11-22", 0, 9);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_chosen_frames),
    };

    return cmocka_run_group_tests(all, NULL, NULL);
}
