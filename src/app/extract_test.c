// SPDX-License-Identifier: Apache-2.0
// Extracting: names from strangers, what is there already, links, caps, many files at once.
#include "app/extract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int make_folder(void **state)
{
    const char *at = getenv("TMPDIR");

    snprintf(folder, sizeof(folder), "%.40s/extract-XXXXXX", at ? at : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

static int empty_folder(void **state)
{
    struct dirent **entry;
    char path[512];
    int n = scandir(folder, &entry, NULL, NULL);

    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, entry[i]->d_name);
        if (strcmp(entry[i]->d_name, ".") != 0 && strcmp(entry[i]->d_name, "..") != 0)
            unlink(path);
        free(entry[i]);
    }
    free(entry);
    return 0;
}

static int remove_folder(void **state)
{
    return rmdir(folder);
}

static struct extract *open_folder(uint64_t file, uint64_t all)
{
    struct extract_limits l = {.file = file, .all = all};
    struct fail f;
    struct extract *x = extract_open(folder, &l, &f);

    if (!x)
        fail_msg("%s", f.text);
    return x;
}

static void put_at(struct extract *x, const char *fuid, struct slice name, uint64_t at,
                   const char *text)
{
    struct ev_file_part e = {.fuid = slice_str(fuid),
                             .source = "http",
                             .name = name,
                             .first = at == 0,
                             .at = at,
                             .data = slice_str(text)};

    extract_part(x, &e);
}

// Ends it; gives the name that the record tells, NULL: none.
static const char *end(struct extract *x, const char *fuid, bool *cut)
{
    static char name[256];
    struct ev_file e = {.fuid = slice_str(fuid), .head.id = EV_file};

    extract_end(x, &e);
    if (cut)
        *cut = e.extracted_cut;
    snprintf(name, sizeof(name), "%.*s", (int)e.extracted.n,
             e.extracted.p ? (const char *)e.extracted.p : "");
    return e.extracted.p ? name : NULL;
}

static void holds(const char *name, const char *text, size_t n)
{
    char path[512], seen[256];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    int fd = open(path, O_RDONLY | O_NOFOLLOW);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, seen, sizeof(seen)), n);
    assert_memory_equal(seen, text, n);
    close(fd);
}

static void names(void **state)
{
    static const struct {
        const char *from;
        size_t n;
        const char *to;
    } t[] = {
        {"a.txt", 5, "a.txt"},
        {"../../etc/passwd", 16, "passwd"},
        {"C:\\boot\\x.ini", 13, "x.ini"},
        {"..", 2, "_."},
        {".", 1, "_"},
        {"-rf", 3, "_rf"},
        {".bashrc", 7, "_bashrc"},
        {"a/", 2, ""},
        {"", 0, ""},
        {"a\0b", 3, "a_b"},
        {"a b\n\x1b[2J\xc3\xa4", 9, "a_b___2J_"},
        {"con:aux|x", 9, "con_aux_x"},
    };
    char name[EXTRACT_NAME], longer[300];

    for (size_t i = 0; i < COUNT_OF(t); i++) {
        extract_name(name, slice_of(t[i].from, t[i].n));
        assert_string_equal(name, t[i].to);
    }
    memset(longer, 'x', sizeof(longer));
    memcpy(longer + sizeof(longer) - 4, ".bin", 4);
    extract_name(name, slice_of(longer, sizeof(longer)));
    assert_int_equal(strlen(name), 100);
    assert_string_equal(name + 96, ".bin");
}

static void never_over_another(void **state)
{
    struct extract *x = open_folder(1000, 1 << 20);
    char path[128];
    struct slice name = slice_str("dir/same");

    snprintf(path, sizeof(path), "%s/link", folder);
    assert_int_equal(symlink("/nowhere/at/all", path), 0);
    put_at(x, "Faaaaaaaaaaa", name, 0, "one");
    put_at(x, "Fbbbbbbbbbbb", name, 0, "two"); // at the same time
    put_at(x, "Fccccccccccc", slice_str("link"), 0, "three");
    put_at(x, "Fddddddddddd", slice_str(""), 0, "four");
    put_at(x, "Faaaaaaaaaaa", name, 3, ", more");
    assert_string_equal(end(x, "Faaaaaaaaaaa", NULL), "same");
    assert_string_equal(end(x, "Fbbbbbbbbbbb", NULL), "Fbbbbbbbbbbb-same");
    assert_string_equal(end(x, "Fccccccccccc", NULL), "Fccccccccccc-link");
    assert_string_equal(end(x, "Fddddddddddd", NULL), "Fddddddddddd-http");
    put_at(x, "Fbbbbbbbbbbb", name, 0, "five"); // as in a second run
    assert_string_equal(end(x, "Fbbbbbbbbbbb", NULL), "Fbbbbbbbbbbb-same.2");
    assert_null(end(x, "Feeeeeeeeeee", NULL)); // nothing came of it
    extract_close(x);
    holds("same", "one, more", 9);
    holds("Fbbbbbbbbbbb-same", "two", 3);
    holds("Fccccccccccc-link", "three", 5);
}

static void caps(void **state)
{
    struct extract *x = open_folder(10, 2 * 4096 + 15);
    bool cut;

    put_at(x, "Faaaaaaaaaaa", slice_str("a"), 0, "0123456789");
    put_at(x, "Faaaaaaaaaaa", slice_str("a"), 10, "x");
    assert_string_equal(end(x, "Faaaaaaaaaaa", &cut), "a");
    assert_true(cut);
    put_at(x, "Fbbbbbbbbbbb", slice_str("b"), 0, "0123"); // 4 more, and one is left
    put_at(x, "Fbbbbbbbbbbb", slice_str("b"), UINT64_C(1) << 40, "far"); // behind a lie
    assert_string_equal(end(x, "Fbbbbbbbbbbb", &cut), "b");
    assert_true(cut);
    put_at(x, "Fccccccccccc", slice_str("c"), 0, "0"); // all are used up
    assert_null(end(x, "Fccccccccccc", &cut));
    extract_close(x);
    holds("a", "0123456789", 10);
    holds("b", "0123", 4);
}

static void gaps_are_zeros(void **state)
{
    struct extract *x = open_folder(100, 1 << 20);

    put_at(x, "Faaaaaaaaaaa", slice_str("a"), 0, "01");
    put_at(x, "Faaaaaaaaaaa", slice_str("a"), 4, "45");
    end(x, "Faaaaaaaaaaa", NULL);
    extract_close(x);
    holds("a",
          "01\0\0"
          "45",
          6);
}

static void many_at_once(void **state)
{
    enum { MANY = 500 };
    struct extract *x = open_folder(100, 1 << 30);
    char fuid[16], name[16];

    for (int round = 0; round < 2; round++)
        for (int i = 0; i < MANY; i++) {
            snprintf(fuid, sizeof(fuid), "F%011d", i);
            snprintf(name, sizeof(name), "n%d", i);
            put_at(x, fuid, slice_str(name), (uint64_t)round * 2, round ? "cd" : "ab");
        }
    for (int i = 0; i < MANY; i++) {
        snprintf(fuid, sizeof(fuid), "F%011d", i);
        assert_non_null(end(x, fuid, NULL));
        snprintf(name, sizeof(name), "n%d", i);
        holds(name, "abcd", 4);
    }
    extract_close(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test_teardown(never_over_another, empty_folder),
        cmocka_unit_test_teardown(caps, empty_folder),
        cmocka_unit_test_teardown(gaps_are_zeros, empty_folder),
        cmocka_unit_test_teardown(many_at_once, empty_folder),
    };

    say_quiet(true);
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
