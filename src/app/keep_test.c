// SPDX-License-Identifier: Apache-2.0
// The ring of capture files: its caps, their order, a restart, strangers in the folder,
// trouble.
#include "app/keep.h"

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

#define START (1600000000 * SECOND)

static char folder[64];

static int make_folder(void **state)
{
    const char *at = getenv("TMPDIR");

    snprintf(folder, sizeof(folder), "%.40s/keep-XXXXXX", at ? at : "/tmp");
    return mkdtemp(folder) ? 0 : -1;
}

// The files of the ring, sorted by name; their sizes are summed.
struct listed {
    int n;
    uint64_t size;
    char first[64], last[64];
};

static struct listed list(bool remove)
{
    struct dirent **entry;
    struct listed l = {0};
    struct stat st;
    char path[512];
    int n = scandir(folder, &entry, NULL, alphasort);

    assert_true(n >= 0);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, entry[i]->d_name);
        if (!strncmp(entry[i]->d_name, "pipit-", 6) && !lstat(path, &st)) {
            snprintf(l.n ? l.last : l.first, sizeof(l.last), "%.60s", entry[i]->d_name);
            l.n++;
            l.size += (uint64_t)st.st_size;
        }
        if (remove && entry[i]->d_name[0] != '.')
            unlink(path);
        free(entry[i]);
    }
    free(entry);
    return l;
}

static int remove_folder(void **state)
{
    list(true);
    return rmdir(folder);
}

static struct keep *open_ring(uint64_t size, nsec age)
{
    struct fail f;
    struct keep *k = keep_open(folder, size, age, &f);

    if (!k)
        fail_msg("%s", f.text);
    return k;
}

// n frames of 1000 bytes, `step` apart.
static void feed(struct keep *k, nsec from, nsec step, uint32_t n, uint16_t link)
{
    static uint8_t bytes[1000];

    for (uint32_t i = 0; i < n; i++) {
        struct frame f = {
            .ts = from + i * step, .data = bytes, .n = 1000, .wire_len = 1000, .link = link};
        keep_frames(k, &(struct frames){.frame = &f, .n = 1, .most = 1});
    }
}

static void holds_no_more(void **state)
{
    struct keep *k = open_ring(256 << 10, 0);

    for (int i = 0; i < 20; i++) {
        feed(k, START + i * 100 * SECOND, SECOND, 100, 1);
        assert_true(list(false).size <= 256 << 10);
    }
    keep_close(k);
    struct listed l = list(true);
    assert_true(l.size <= 256 << 10);
    assert_true(l.size > 200 << 10);
    assert_true(l.n >= 15 && l.n <= 18);
    assert_true(strcmp(l.first, "pipit-20200913T122640.000000Z.pcap") > 0); // the oldest went
}

static void forgets(void **state)
{
    struct keep *k = open_ring(1 << 30, 160 * SECOND);

    feed(k, START, SECOND, 1000, 1);
    struct listed l = list(false);
    assert_true(l.n >= 14 && l.n <= 18);
    // Packets up to START + 999; those before START + 839 go, but for those in a file with
    // younger ones.
    assert_string_equal(l.first, "pipit-20200913T124036.000000Z.pcap");
    keep_frames(k, &(struct frames){.quiet = START + 10000 * SECOND}); // nothing comes any more
    keep_close(k);
    assert_int_equal(list(true).n, 1); // the newest may hold what is young enough
}

static void goes_on(void **state)
{
    static const char *const strange[] = {"pipit-20200913T122640.000000Z.pcap.txt",
                                          "pipit-x.pcap", "pipit-20200913T122699.000000Z.pcap",
                                          "other.pcap"};
    char path[128];
    struct keep *k;

    for (size_t i = 0; i < COUNT_OF(strange); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, strange[i]);
        int fd = open(path, O_CREAT | O_WRONLY, 0666);
        assert_true(fd >= 0);
        close(fd);
    }
    k = open_ring(1 << 20, 0);
    feed(k, START, SECOND, 10, 1);
    keep_close(k);
    k = open_ring(1 << 20, 0); // the same packets again: a file of its own, behind the first
    feed(k, START, SECOND, 10, 1);
    keep_close(k);
    k = open_ring(64 << 10, 0); // less room: the oldest go
    feed(k, START + 100 * SECOND, SECOND, 50, 1);
    keep_close(k);
    for (size_t i = 0; i < COUNT_OF(strange); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, strange[i]);
        assert_int_equal(access(path, F_OK), 0);
        unlink(path);
    }
    struct listed l = list(true);
    assert_true(l.size <= 64 << 10);
    assert_string_equal(l.first, "pipit-20200913T122640.000001Z.pcap");
}

static void changes_links(void **state)
{
    struct keep *k = open_ring(1 << 20, 0);

    feed(k, START, SECOND, 2, 1);
    feed(k, START + 2 * SECOND, SECOND, 2, 101);
    keep_close(k);
    struct listed l = list(true);
    assert_int_equal(l.n, 2);
    assert_string_equal(l.last, "pipit-20200913T122642.000000Z.pcap");
}

static void leaves_out(void **state)
{
    static uint8_t bytes[CAPTURE_FRAME_MOST];
    struct frame f[2] = {
        {.ts = START, .data = bytes, .n = sizeof(bytes), .wire_len = sizeof(bytes), .link = 1},
        {.ts = START,
         .data = bytes,
         .n = 60,
         .wire_len = 60,
         .link = 1,
         .flags = FRAME_FILTERED}};
    struct keep *k = open_ring(64 << 10, 0);

    keep_frames(k, &(struct frames){.frame = f, .n = 2, .most = 2}); // too large, filtered
    keep_close(k);
    assert_int_equal(list(true).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_no_more), cmocka_unit_test(forgets),
        cmocka_unit_test(goes_on),       cmocka_unit_test(changes_links),
        cmocka_unit_test(leaves_out),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
