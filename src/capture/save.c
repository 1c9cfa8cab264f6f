// SPDX-License-Identifier: Apache-2.0
// Frames into a pcap file: tcpdump.org/linktypes and draft-ietf-opsawg-pcap.
#include "capture/capture.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum { FILE_HEAD = 24, FRAME_HEAD = 16, HELD_MOST = 2 * CAPTURE_FRAME_MOST, LINK_ETHERNET = 1 };

static void put_le32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

void save_begin(struct save *s, int fd, bool nano)
{
    *s = (struct save){.fd = fd, .nano = nano, .bytes = mem_reserve(HELD_MOST)};
}

uint32_t save_needs(const struct save *s, const struct frame *f)
{
    return (s->size ? 0u : FILE_HEAD) + FRAME_HEAD + f->n;
}

static uint8_t *room(struct save *s, uint32_t n)
{
    uint8_t *p = s->bytes + s->held;

    s->held += n;
    s->size += n;
    return p;
}

// Magic, version 2.4, zone, accuracy, snap length, link type.
static void put_head(struct save *s, uint16_t link)
{
    uint8_t *p = room(s, FILE_HEAD);

    memset(p, 0, FILE_HEAD);
    put_le32(p, s->nano ? 0xa1b23c4d : 0xa1b2c3d4);
    p[4] = 2;
    p[6] = 4;
    put_le32(p + 16, CAPTURE_FRAME_MOST);
    put_le32(p + 20, link);
    s->link = link;
}

static uint32_t le32_at(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

// Only so much could be written. What is no whole frame is taken back.
static bool refused(struct save *s, uint32_t written)
{
    int number = errno;
    uint32_t whole = s->size == s->held ? FILE_HEAD : 0, next = whole;

    while (next <= written && s->frames) {
        whole = next;
        next += FRAME_HEAD + le32_at(s->bytes + next + 8);
        s->frames -= next <= written;
    }
    whole = whole <= written ? whole : 0;
    s->size -= s->held - whole;
    s->lost += s->frames;
    s->held = s->frames = 0;
    if (written > whole && ftruncate(s->fd, (off_t)s->size) == 0)
        (void)lseek(s->fd, (off_t)s->size, SEEK_SET);
    errno = number;
    return false;
}

bool save_flush(struct save *s)
{
    for (uint32_t at = 0; at < s->held;) {
        ssize_t n = write(s->fd, s->bytes + at, s->held - at);
        if (n > 0)
            at += (uint32_t)n;
        else if (n == 0 || errno != EINTR)
            return refused(s, at);
    }
    s->held = s->frames = 0;
    return true;
}

bool save_frame(struct save *s, const struct frame *f)
{
    if (s->held + save_needs(s, f) > HELD_MOST && !save_flush(s))
        return false;
    if (!s->size)
        put_head(s, f->link);
    errno = 0;
    if (f->link != s->link)
        return false;
    uint8_t *p = room(s, FRAME_HEAD + f->n);
    s->frames++;
    put_le32(p, (uint32_t)(f->ts / SECOND));
    put_le32(p + 4, (uint32_t)(f->ts % SECOND / (s->nano ? 1 : 1000)));
    put_le32(p + 8, f->n);
    put_le32(p + 12, f->wire_len);
    if (f->n)
        memcpy(p + FRAME_HEAD, f->data, f->n);
    return true;
}

bool save_end(struct save *s)
{
    if (!s->size)
        put_head(s, LINK_ETHERNET);
    bool good = save_flush(s);
    int number = errno;
    if (close(s->fd) != 0 && good) {
        good = false;
        number = errno;
    }
    mem_release(s->bytes, HELD_MOST);
    errno = number;
    return good;
}
