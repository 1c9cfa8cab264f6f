// SPDX-License-Identifier: Apache-2.0
// Opening and reading files and pipes; plain bytes go straight to where the frames will be.
#include "capture/input.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

enum {
    PACKED_SIZE = 128 * 1024,
    WAIT_MSEC = 100 // how late a stop may be noticed while a pipe is silent
};

static void broken(struct input *in, bool cut, const char *what, const char *why)
{
    in->broken = true;
    in->cut = cut;
    failed(&in->why, "%s%s", what, why);
}

// A signal may come to another thread, so a silent pipe is not waited for in read(2).
static bool ready(const struct input *in)
{
    struct pollfd p = {.fd = in->fd, .events = POLLIN};

    return in->regular || poll(&p, 1, WAIT_MSEC) > 0;
}

static size_t read_raw(struct input *in, uint8_t *to, size_t n)
{
    while (!*in->stop) {
        ssize_t got;

        if (!ready(in))
            continue;
        got = read(in->fd, to, n);
        if (got >= 0) {
            in->raw += (uint64_t)got;
            return (size_t)got;
        }
        if (errno != EINTR && errno != EAGAIN) {
            broken(in, false, "it can't be read: ", strerror(errno));
            break;
        }
    }
    return 0;
}

// At the end of the packed bytes a decompressor may still hold some output, so it is asked once
// more; only when it gives nothing the input is over.
static size_t read_packed(struct input *in, uint8_t *to, size_t n)
{
    struct unpack_feed feed = {.out = to, .out_left = n};
    bool over = false;

    while (feed.out_left == n && !over && !in->broken) {
        const char *why = "";

        if (in->packed_at == in->packed_end) {
            in->packed_at = 0;
            in->packed_end = read_raw(in, in->packed, PACKED_SIZE);
            over = !in->packed_end;
        }
        feed.in = in->packed + in->packed_at;
        feed.in_left = in->packed_end - in->packed_at;
        if (!unpack_step(in->unpack, &feed, &why)) {
            failed(&in->why, "its %s data is broken (%s)", unpack_name(in->unpack), why);
            in->broken = true;
        }
        in->packed_at = in->packed_end - feed.in_left;
    }
    if (feed.out_left == n && over && !in->broken && !unpack_whole(in->unpack) && !*in->stop)
        broken(in, true, unpack_name(in->unpack), " data goes on behind the file's end");
    return n - feed.out_left;
}

size_t input_read(struct input *in, uint8_t *to, size_t n)
{
    size_t left = in->back_end - in->back_at;

    if (left) {
        n = n < left ? n : left;
        memcpy(to, in->back + in->back_at, n);
        in->back_at += n;
    } else if (in->broken) {
        n = 0;
    } else {
        n = in->unpack ? read_packed(in, to, n) : read_raw(in, to, n);
    }
    in->offset += n;
    return n;
}

size_t input_read_all(struct input *in, uint8_t *to, size_t n)
{
    size_t have = 0;
    size_t got;

    while (have < n && (got = input_read(in, to + have, n - have)))
        have += got;
    return have;
}

void input_unread(struct input *in, const uint8_t *p, size_t n)
{
    assert(n <= INPUT_BACK && n <= in->offset);
    in->offset -= n;
    if (input_has_back(
            in)) { // so the last read was served from here, and the bytes still stand
        assert(n <= in->back_at);
        in->back_at -= n;
        return;
    }
    if (!n)
        return;
    if (!in->back)
        in->back = mem_reserve(INPUT_BACK);
    memcpy(in->back, p, n);
    in->back_at = 0;
    in->back_end = n;
}

static bool unusable(const struct input *in, int error, struct fail *f)
{
    switch (error) {
    case ENOENT: return failed(f, "%s: there is no such file; is the name right?", in->name);
    case EACCES:
        return failed(f, "%s: not allowed to read it; change its permissions or the user",
                      in->name);
    case EISDIR:
        return failed(f, "%s: a directory; name the captures in it, as %s/*", in->name,
                      in->name);
    default: return failed(f, "%s: can't be opened: %s", in->name, strerror(error));
    }
}

static bool open_file(struct input *in, struct fail *f)
{
    bool standard = !strcmp(in->path, "-");
    struct stat st;

    in->name = standard ? "standard input" : in->path;
    in->fd = standard ? dup(STDIN_FILENO) : open(in->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (in->fd < 0 || fstat(in->fd, &st))
        return unusable(in, errno, f);
    if (S_ISDIR(st.st_mode))
        return unusable(in, EISDIR, f);
    if (isatty(in->fd))
        return failed(f, "%s: a terminal; pipe a capture into it, or name a file", in->name);
    in->regular = S_ISREG(st.st_mode);
    in->size = in->regular ? (uint64_t)st.st_size : 0;
    if (in->regular)
        posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return true;
}

// Recognised by content: what was read to see it becomes either plain bytes or packed ones.
static bool find_packing(struct input *in, struct fail *f)
{
    uint8_t magic[PACK_MAGIC];
    size_t n = input_read_all(in, magic, sizeof(magic));
    enum packing kind = unpack_kind(magic, n);

    if (in->broken)
        return failed(f, "%s: %s", in->name, in->why.text);
    if (kind == PACK_NONE) {
        input_unread(in, magic, n);
        return true;
    }
    in->unpack = unpack_open(kind);
    if (!in->unpack)
        return failed(f, "%s: no memory to unpack it", in->name);
    in->packed = mem_reserve(PACKED_SIZE);
    memcpy(in->packed, magic, n);
    in->packed_at = 0;
    in->packed_end = n;
    in->offset = 0;
    return true;
}

bool input_open(struct input *in, struct fail *f)
{
    *in = (struct input){.path = in->path, .name = in->name, .stop = in->stop, .fd = -1};
    if (open_file(in, f) && find_packing(in, f))
        return true;
    input_close(in);
    return false;
}

void input_close(struct input *in)
{
    if (in->fd >= 0)
        close(in->fd);
    in->fd = -1;
    unpack_close(in->unpack);
    mem_release(in->packed, PACKED_SIZE);
    mem_release(in->back, INPUT_BACK);
    in->unpack = NULL;
    in->packed = in->back = NULL;
    in->back_at = in->back_end = 0;
}
