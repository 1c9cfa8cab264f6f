// SPDX-License-Identifier: Apache-2.0
// Sinks: which file a record goes to, what earlier runs left, and what happens when writing
// fails.
#include "write/sample.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], path[128];
static struct text file;
static struct fail fail;

static int setup(void **state)
{
    strcpy(dir, "/tmp/pipit_sink_XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static const char *in_dir(const char *name)
{
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    return path;
}

static int teardown(void **state)
{
    static const char *const name[] = {"conn.log", "weird.log", "eve.json", "out", "pipe"};

    for (size_t i = 0; i < COUNT_OF(name); i++)
        unlink(in_dir(name[i]));
    rmdir(in_dir("a/b"));
    rmdir(in_dir("a"));
    return rmdir(dir);
}

static int end(void **state)
{
    text_free(&file);
    return 0;
}

static const char *content(const char *name)
{
    char block[4096];
    int fd = open(in_dir(name), O_RDONLY);
    ssize_t n;

    assert_true(fd >= 0);
    text_clear(&file);
    while ((n = read(fd, block, sizeof(block))) > 0)
        text_bytes(&file, block, (size_t)n);
    close(fd);
    return sample_text(&file);
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(in_dir(name), "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static bool add(struct sink *s, enum event_id id, const char *line)
{
    struct event e = {
        .id = (uint16_t)id, .ts = 1795276800 * SECOND, .written = slice_str(line)};

    return sink_add(s, &e);
}

static void a_file_for_each_event(void **state)
{
    struct sink *s = sink_folder(dir, WRITE_JSON, &fail);

    assert_true(add(s, EV_conn, "conn 1\n"));
    assert_int_equal(access(in_dir("weird.log"), F_OK), -1); // only when its first event comes
    assert_true(add(s, EV_weird, "weird 1\n"));
    assert_true(add(s, EV_conn, "conn 2\n"));
    assert_true(add(s, EV_leg, "")); // nothing to write
    assert_true(sink_flush(s));
    assert_string_equal(content("conn.log"), "conn 1\nconn 2\n");
    assert_true(sink_close(s, 0, &fail));
    assert_string_equal(content("weird.log"), "weird 1\n");
    assert_int_equal(access(in_dir("leg.log"), F_OK), -1);
}

static void eve_is_one_file(void **state)
{
    struct sink *s = sink_folder(dir, WRITE_EVE, &fail);

    assert_true(add(s, EV_weird, "one\n") && add(s, EV_conn, "two\n"));
    assert_true(sink_close(s, 0, &fail));
    assert_string_equal(content("eve.json"), "one\ntwo\n");
}

static void zeek_has_header_and_footer(void **state)
{
    struct sink *s = sink_folder(dir, WRITE_ZEEK, &fail);

    assert_true(add(s, EV_conn, "a line\n"));
    assert_true(sink_close(s, 1795276860 * SECOND, &fail));
    const char *log = content("conn.log");
    assert_ptr_equal(strstr(log, "#separator \\x09\n"), log);
    assert_non_null(strstr(log, "#open\t2026-11-21-16-00-00\n"));
    assert_non_null(strstr(log, "\na line\n#close\t2026-11-21-16-01-00\n"));
}

static void folder_tells_of_one_run(void **state)
{
    put("conn.log", "from an earlier run\n");
    put("weird.log", "from an earlier run\n");
    struct sink *s = sink_folder(dir, WRITE_JSON, &fail);
    assert_true(add(s, EV_conn, "new\n"));
    assert_true(sink_close(s, 0, &fail));
    assert_string_equal(content("conn.log"), "new\n");
    assert_int_equal(access(in_dir("weird.log"), F_OK), -1);
}

static void folder_is_made(void **state)
{
    char deep[128];
    struct stat st;

    snprintf(deep, sizeof(deep), "%s/a/b//", dir);
    struct sink *s = sink_folder(deep, WRITE_JSON, &fail);
    assert_non_null(s);
    assert_true(sink_close(s, 0, &fail));
    assert_int_equal(stat(deep, &st), 0);
}

static void folder_that_cannot_be(void **state)
{
    put("out", "a file\n");
    assert_null(sink_folder(in_dir("out"), WRITE_JSON, &fail));
    assert_non_null(strstr(fail.text, "/out: is not a folder; choose another with -o"));
    assert_null(sink_folder(in_dir("out/deeper"), WRITE_JSON, &fail));
    assert_non_null(strstr(fail.text, "/out/deeper: cannot make this folder: Not a directory"));
    assert_null(sink_folder("", WRITE_JSON, &fail));
    assert_non_null(strstr(fail.text, "name a folder"));
}

// More than the buffer, and a line longer than it.
static void large(void **state)
{
    enum { LINES = 30000, LONG = 300 * 1024 };
    struct sink *s = sink_folder(dir, WRITE_JSON, &fail);
    char *line = malloc(LONG + 1);
    size_t n = 0;

    for (int i = 0; i < LINES; i++)
        assert_true(add(s, EV_conn, "a line of thirty bytes or so.\n"));
    memset(line, 'x', LONG);
    line[LONG - 1] = '\n';
    line[LONG] = 0;
    assert_true(add(s, EV_conn, line));
    assert_true(add(s, EV_conn, "last\n"));
    assert_true(sink_close(s, 0, &fail));
    const char *log = content("conn.log");
    n = strlen(log);
    assert_int_equal(n, LINES * 30 + LONG + 5);
    assert_memory_equal(log + LINES * 30 - 2, ".\nxxx", 5);
    assert_string_equal(log + n - 7, "x\nlast\n");
    free(line);
}

// A file size limit stands for the full disk: the write comes back short, then fails.
static void full_disk_keeps_whole_lines(void **state)
{
    struct rlimit old, small;
    struct sink *s = sink_folder(dir, WRITE_JSON, &fail);

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 25;
    setrlimit(RLIMIT_FSIZE, &small);
    assert_true(add(s, EV_conn, "line one\n") && add(s, EV_conn, "line two\n"));
    assert_true(add(s, EV_conn, "line three\n"));
    bool flushed = sink_flush(s), again = add(s, EV_weird, "lost\n");
    setrlimit(RLIMIT_FSIZE, &old);
    assert_false(flushed || again);
    assert_non_null(strstr(sink_failed(s)->text,
                           "/conn.log: File too large; the log ends early, "
                           "with a whole line; raise the limit"));
    assert_false(sink_close(s, 0, &fail));
    assert_non_null(strstr(fail.text, "/conn.log: File too large"));
    assert_string_equal(content("conn.log"), "line one\nline two\n");
    assert_int_equal(access(in_dir("weird.log"), F_OK), -1);
}

// Runs `work` with standard output going to fd.
static void with_stdout(int fd, void (*work)(void))
{
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    dup2(fd, STDOUT_FILENO);
    work();
    dup2(kept, STDOUT_FILENO);
    close(kept);
    close(fd);
}

static bool result;

static void two_events(void)
{
    struct sink *s = sink_stdout(WRITE_JSON, EV_conn);

    result = add(s, EV_weird, "not wanted\n") && add(s, EV_conn, "wanted\n");
    result = sink_close(s, 0, &fail) && result;
}

static void all_events(void)
{
    struct sink *s = sink_stdout(WRITE_EVE, EVENTS);

    result = add(s, EV_weird, "one\n") && add(s, EV_conn, "two\n");
    result = sink_close(s, 0, &fail) && result;
}

static void standard_output(void **state)
{
    with_stdout(open(in_dir("out"), O_WRONLY | O_CREAT | O_TRUNC, 0600), two_events);
    assert_true(result);
    assert_string_equal(content("out"), "wanted\n");
    with_stdout(open(in_dir("out"), O_WRONLY | O_CREAT | O_TRUNC, 0600), all_events);
    assert_true(result);
    assert_string_equal(content("out"), "one\ntwo\n");
}

static void closed_pipe_is_quiet(void **state)
{
    int end_of_pipe[2];

    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(end_of_pipe), 0);
    close(end_of_pipe[0]);
    strcpy(fail.text, "old");
    with_stdout(end_of_pipe[1], two_events);
    assert_false(result);
    assert_string_equal(fail.text, "");
}

static void full_device(void **state)
{
    int fd = open("/dev/full", O_WRONLY);

    if (fd < 0)
        skip();
    with_stdout(fd, two_events);
    assert_false(result);
    assert_non_null(strstr(fail.text, "standard output: No space left on device"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_file_for_each_event),
        TEST(eve_is_one_file),
        TEST(zeek_has_header_and_footer),
        TEST(folder_tells_of_one_run),
        TEST(folder_is_made),
        TEST(folder_that_cannot_be),
        TEST(large),
        TEST(full_disk_keeps_whole_lines),
        TEST(standard_output),
        TEST(closed_pipe_is_quiet),
        TEST(full_device),
    };
    return cmocka_run_group_tests(tests, NULL, end);
}
