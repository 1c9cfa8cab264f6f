// SPDX-License-Identifier: Apache-2.0
// Any bytes as a capture file, read in batches of two sizes that must agree.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "capture/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MOST = 512, UNPACKED_MOST = 32 * 1024 * 1024 };

static struct frames batch;

struct outcome {
    uint64_t frames, bytes, hash, damages;
};

static void check(const struct frame *f, struct outcome *o)
{
    assert(f->n <= CAPTURE_FRAME_MOST && f->wire_len >= f->n && f->ts >= 0);
    assert(!f->n || (f->data >= batch.bytes && f->data + f->n <= batch.bytes + batch.size));
    o->frames++;
    o->bytes += f->n;
    o->hash = hash_mix(o->hash ^ (uint64_t)f->ts, hash_bytes(f->data, f->n, f->wire_len));
}

// A small file may unpack to gigabytes; then only its beginning is looked at.
static struct outcome read_file(const char *path, uint32_t most)
{
    const char *const file[] = {path, NULL};
    struct capture_options options = {.file = file};
    struct outcome o = {0};
    struct fail f;
    struct capture *c = capture_open(&options, &f);

    if (!c)
        return o;
    batch.most = most;
    while (o.bytes < UNPACKED_MOST && capture_fill(c, &batch)) {
        assert(batch.n && batch.n <= most);
        for (uint32_t i = 0; i < batch.n; i++)
            check(&batch.frame[i], &o);
    }
    o.damages = capture_totals(c).damages;
    capture_close(c);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct outcome many;
    struct outcome few;
    char path[32];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);

    if (!batch.bytes) {
        batch.size = CAPTURE_BYTES_LEAST;
        batch.bytes = malloc(batch.size);
        batch.frame = malloc(MOST * sizeof(*batch.frame));
    }
    if (fd < 0 || write(fd, data, n) != (ssize_t)n)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    many = read_file(path, MOST);
    few = read_file(path, 3);
    assert(many.bytes >= UNPACKED_MOST || !memcmp(&many, &few, sizeof(many)));
    close(fd);
    return 0;
}
