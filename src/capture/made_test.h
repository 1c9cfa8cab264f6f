// SPDX-License-Identifier: Apache-2.0
// For the tests of this room: captures made in memory, given as files without a place on disk.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "capture/capture.h"

// ---------------------------------------------------------------- bytes

struct made {
    uint8_t p[256 * 1024];
    size_t n;
    bool big;
};

static inline void put8(struct made *m, unsigned v)
{
    assert_true(m->n < sizeof(m->p));
    m->p[m->n++] = (uint8_t)v;
}

static inline void put(struct made *m, unsigned size, uint64_t v)
{
    for (unsigned i = 0; i < size; i++)
        put8(m, (unsigned)(v >> 8 * (m->big ? size - 1 - i : i)) & 0xFF);
}

static inline void put16(struct made *m, uint32_t v)
{
    put(m, 2, v);
}

static inline void put32(struct made *m, uint32_t v)
{
    put(m, 4, v);
}

// n bytes that begin with `first` and count up.
static inline void put_data(struct made *m, unsigned first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        put8(m, (first + i) & 0xFF);
}

// ---------------------------------------------------------------- pcap

static inline void pcap_file_head(struct made *m, uint32_t magic, uint32_t link)
{
    put32(m, magic);
    put16(m, 2);
    put16(m, 4);
    put32(m, 0);
    put32(m, 0);
    put32(m, 65535);
    put32(m, link);
}

static inline void pcap_frame(struct made *m, uint32_t seconds, uint32_t part, uint32_t n)
{
    put32(m, seconds);
    put32(m, part);
    put32(m, n);
    put32(m, n + 4);
    put_data(m, seconds, n);
}

// Frames of growing size, a second apart from `begin` on.
static inline void pcap_file(struct made *m, uint32_t begin, uint32_t frames)
{
    m->n = 0;
    pcap_file_head(m, 0xA1B2C3D4, 1);
    for (uint32_t i = 0; i < frames; i++)
        pcap_frame(m, begin + i, 250000, 14 + i);
}

// ---------------------------------------------------------------- pcapng

// A block's start; block_end then writes both lengths.
static inline size_t block_begin(struct made *m, uint32_t type)
{
    size_t at = m->n;

    put32(m, type);
    put32(m, 0);
    return at;
}

static inline void block_end(struct made *m, size_t at)
{
    size_t n;

    while (m->n % 4)
        put8(m, 0);
    n = m->n + 4 - at;
    put32(m, (uint32_t)n);
    m->n = at + 4;
    put32(m, (uint32_t)n);
    m->n = at + n;
}

static inline void section_block(struct made *m, bool big)
{
    size_t at;

    m->big = big;
    at = block_begin(m, 0x0A0D0D0A);
    put32(m, 0x1A2B3C4D);
    put16(m, 1);
    put16(m, 0);
    put(m, 8, UINT64_MAX);
    block_end(m, at);
}

static inline void interface_block(struct made *m, uint16_t link, uint32_t snaplen,
                                   unsigned resolution, int64_t offset)
{
    size_t at = block_begin(m, 1);

    put16(m, link);
    put16(m, 0);
    put32(m, snaplen);
    put16(m, 2), put16(m, 3), put8(m, 'e'), put8(m, 't'), put8(m, 'h'), put8(m, 0);
    put16(m, 9), put16(m, 1), put8(m, resolution), put8(m, 0), put16(m, 0);
    put16(m, 14), put16(m, 8), put(m, 8, (uint64_t)offset);
    put32(m, 0);
    block_end(m, at);
}

static inline void packet_block(struct made *m, uint32_t id, uint64_t units, unsigned first,
                                uint32_t n)
{
    size_t at = block_begin(m, 6);

    put32(m, id);
    put32(m, (uint32_t)(units >> 32));
    put32(m, (uint32_t)units);
    put32(m, n);
    put32(m, n + 4);
    put_data(m, first, n);
    block_end(m, at);
}

// ---------------------------------------------------------------- files and what is read

// A path that opens these bytes; made_close ends it.
struct made_path {
    int fd;
    char path[32];
};

static inline struct made_path made_open(const void *p, size_t n)
{
    struct made_path f = {.fd = memfd_create("made", MFD_CLOEXEC)};

    assert_true(f.fd >= 0);
    assert_int_equal(write(f.fd, p, n), n);
    snprintf(f.path, sizeof(f.path), "/proc/self/fd/%d", f.fd);
    return f;
}

static inline void made_close(struct made_path *f)
{
    close(f->fd);
}

enum { SEEN_MOST = 256 };

struct seen {
    bool opened;
    struct fail fail;
    struct capture_totals totals;
    uint32_t n, filtered;
    struct frame frame[SEEN_MOST]; // without data
    uint8_t first[SEEN_MOST];      // first byte of each frame
    uint64_t sum;                  // over all bytes and times
};

static inline void see(struct seen *s, const struct frame *f)
{
    assert_true(s->n < SEEN_MOST);
    s->first[s->n] = f->n ? f->data[0] : 0;
    s->frame[s->n] = *f;
    s->filtered += f->flags & FRAME_FILTERED ? 1 : 0;
    s->sum = s->sum * 31 + (uint64_t)f->ts + f->n + f->wire_len + f->link;
    for (uint32_t i = 0; i < f->n; i++)
        s->sum = s->sum * 31 + f->data[i];
    s->n++;
}

static inline struct seen read_all(const struct capture_options *o, uint32_t most)
{
    struct seen s = {0};
    struct capture *c = capture_open(o, &s.fail);
    struct frames b = {.most = most, .size = CAPTURE_BYTES_LEAST};

    if (!c)
        return s;
    s.opened = true;
    b.frame = malloc(most * sizeof(*b.frame));
    b.bytes = malloc(b.size);
    while (capture_fill(c, &b)) {
        assert_in_range(b.n, 1, most);
        for (uint32_t i = 0; i < b.n; i++)
            see(&s, &b.frame[i]);
    }
    s.totals = capture_totals(c);
    free(b.frame);
    free(b.bytes);
    capture_close(c);
    return s;
}

static inline struct seen read_path(const char *path, uint32_t most)
{
    const char *const file[] = {path, NULL};
    struct capture_options o = {.file = file};

    return read_all(&o, most);
}

static inline struct seen read_bytes(const void *p, size_t n, uint32_t most)
{
    struct made_path f = made_open(p, n);
    struct seen s = read_path(f.path, most);

    made_close(&f);
    return s;
}

static inline struct seen read_made(const struct made *m)
{
    return read_bytes(m->p, m->n, 512);
}

#define assert_says(sentence, part) assert_non_null(strstr((sentence), (part)))
