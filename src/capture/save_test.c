// SPDX-License-Identifier: Apache-2.0
// Frames into a file and back; other link types; a disk that is full.
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "capture/made_test.h"

static int memory_file(void)
{
    int fd = memfd_create("saved", 0);

    assert_true(fd >= 0);
    return fd;
}

static struct frame frame_of(const uint8_t *p, uint32_t n, nsec ts)
{
    return (struct frame){.ts = ts, .data = p, .n = n, .wire_len = n + 4, .link = 1};
}

// Reads what was saved; gives the number of frames, each compared with those that were given.
static uint32_t read_back(int fd, const struct frame *f, uint32_t n)
{
    static uint8_t bytes[CAPTURE_BYTES_LEAST * 2];
    static struct frame room[64];
    struct frames frames = {.frame = room, .most = 64, .bytes = bytes, .size = sizeof(bytes)};
    char path[32];
    const char *file[] = {path, NULL};
    struct capture_options o = {.file = file};
    struct fail why;
    uint32_t seen = 0;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    struct capture *c = capture_open(&o, &why);
    if (!c)
        fail_msg("%s", why.text);
    while (capture_fill(c, &frames))
        for (uint32_t i = 0; i < frames.n; i++, seen++) {
            assert_true(seen < n);
            assert_int_equal(room[i].ts, f[seen].ts);
            assert_int_equal(room[i].n, f[seen].n);
            assert_int_equal(room[i].wire_len, f[seen].wire_len);
            assert_int_equal(room[i].link, f[seen].link);
            assert_memory_equal(room[i].data, f[seen].data, f[seen].n);
        }
    assert_int_equal(capture_totals(c).damages, 0);
    capture_close(c);
    return seen;
}

static void there_and_back(void **state)
{
    static uint8_t big[CAPTURE_FRAME_MOST];
    struct frame f[4] = {frame_of(big, 0, 0), frame_of(big, 1, SECOND + 7),
                         frame_of(big, sizeof(big), 3 * SECOND),
                         frame_of(big + 1, sizeof(big) - 1, 4 * SECOND)};
    int fd = memory_file();
    struct save s;
    uint64_t size = 0;

    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (uint8_t)(i * 7);
    save_begin(&s, dup(fd), true);
    for (int i = 0; i < 4; i++) {
        size += save_needs(&s, &f[i]);
        assert_true(save_frame(&s, &f[i]));
        assert_int_equal(s.size, size);
    }
    assert_true(save_end(&s));
    assert_int_equal(lseek(fd, 0, SEEK_END), size);
    assert_int_equal(read_back(fd, f, 4), 4);
    close(fd);
}

static void nothing(void **state)
{
    int fd = memory_file();
    struct save s;

    save_begin(&s, dup(fd), false);
    assert_true(save_end(&s));
    assert_int_equal(read_back(fd, NULL, 0), 0);
    close(fd);
}

static void other_link(void **state)
{
    struct frame f[2] = {frame_of((const uint8_t *)"x", 1, 0),
                         frame_of((const uint8_t *)"y", 1, 0)};
    int fd = memory_file();
    struct save s;

    f[1].link = 101;
    save_begin(&s, dup(fd), false);
    assert_true(save_frame(&s, &f[0]));
    assert_false(save_frame(&s, &f[1]));
    assert_int_equal(errno, 0);
    assert_true(save_end(&s));
    assert_int_equal(read_back(fd, f, 1), 1);
    close(fd);
}

// A limit of the file's size stands for a full disk: what was written ends with a whole frame.
static void full(void **state)
{
    static uint8_t bytes[1000];
    struct frame f[3];
    struct rlimit was, low;
    int fd = memory_file();
    struct save s;

    for (int i = 0; i < 3; i++)
        f[i] = frame_of(bytes, sizeof(bytes), i * SECOND);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    low = was;
    low.rlim_cur = 2000;
    save_begin(&s, dup(fd), false);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    assert_true(save_frame(&s, &f[0]));
    assert_true(save_frame(&s, &f[1]));
    bool good = save_flush(&s);
    int number = errno;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    assert_false(good);
    assert_int_equal(number, EFBIG);
    assert_int_equal(s.lost, 1);
    assert_true(save_frame(&s, &f[1])); // there is room again
    assert_true(save_end(&s));
    assert_int_equal(read_back(fd, f, 2), 2);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(nothing),
        cmocka_unit_test(other_link),
        cmocka_unit_test(full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
