// SPDX-License-Identifier: Apache-2.0
// The pcap format in its variants (draft-ietf-opsawg-pcap): byte orders, resolutions, lengths.
#include "capture/reader.h"

#include <string.h>

enum {
    MAGIC_MICRO = 0xA1B2C3D4,
    MAGIC_NANO = 0xA1B23C4D,
    MAGIC_PATCHED = 0xA1B2CD34, // Kuznetzov's libpcap: eight bytes more per frame
    HEAD = 16,
    HEAD_PATCHED = 24,
};

// Before version 2.3 the length on the wire stood first; with 2.3 some writers went on so.
enum { LENGTHS_NOW, LENGTHS_TURNED, LENGTHS_EITHER };

static uint32_t load(const uint8_t *p, bool big)
{
    return big ? load_be32(p) : load_le32(p);
}

static bool known(uint32_t magic)
{
    return magic == MAGIC_MICRO || magic == MAGIC_NANO || magic == MAGIC_PATCHED;
}

bool pcap_magic(const uint8_t *p)
{
    return known(load_le32(p)) || known(load_be32(p));
}

bool pcap_begin(struct pcap *c, const uint8_t *head, struct fail *why)
{
    bool big = known(load_be32(head));
    uint32_t magic = load(head, big);
    uint16_t major = big ? load_be16(head + 4) : load_le16(head + 4);
    uint16_t minor = big ? load_be16(head + 6) : load_le16(head + 6);

    // 543.0 is what DG/UX wrote.
    if (major != 543 && (major != 2 || minor > 4))
        return failed(why, "pcap version %u.%u is not known (2.4 is)", major, minor);
    *c = (struct pcap){.big = big};
    c->head = magic == MAGIC_PATCHED ? HEAD_PATCHED : HEAD;
    c->unit = magic == MAGIC_NANO ? 1 : 1000;
    c->link = (uint16_t)load(head + 20, big); // above: FCS length and class
    if (major == 543 || minor < 3)
        c->lengths = LENGTHS_TURNED;
    else
        c->lengths = minor == 3 ? LENGTHS_EITHER : LENGTHS_NOW;
    return true;
}

struct lengths {
    uint32_t captured, wire;
};

static inline struct lengths lengths_of(const struct pcap *c, const uint8_t *p, bool big)
{
    struct lengths l = {load(p + 8, big), load(p + 12, big)};

    if (__builtin_expect(c->lengths != LENGTHS_NOW, 0) &&
        (c->lengths == LENGTHS_TURNED || l.captured > l.wire))
        return (struct lengths){l.wire, l.captured};
    return l;
}

// Called with a constant byte order, so that there are two loops without a question in them.
static inline bool take(const struct pcap *c, struct piece *p, bool big, struct fail *why)
{
    const uint8_t *at = p->p + p->used;
    const uint8_t *end = p->p + p->n;
    const size_t head = c->head;
    struct frame *f = p->frame + p->frames;
    struct frame *last = p->frame + p->most;
    uint32_t too_long = 0;

    p->need = head;
    for (; f < last && (size_t)(end - at) >= head; f++) {
        struct lengths l = lengths_of(c, at, big);

        if (l.captured > CAPTURE_FRAME_MOST) {
            too_long = l.captured;
            break;
        }
        if ((size_t)(end - at) < head + l.captured) {
            p->need = head + l.captured;
            break;
        }
        f->ts = load(at, big) * SECOND + (nsec)load(at + 4, big) * c->unit;
        f->data = at + head;
        f->n = l.captured;
        f->wire_len = max_u32(l.wire, l.captured);
        f->link = c->link;
        f->lane = 0;
        f->flags = 0;
        at += head + l.captured;
    }
    p->frames = (uint32_t)(f - p->frame);
    p->used = (size_t)(at - p->p);
    return !too_long || failed(why, "a frame of %u bytes; %u is the most a capture may hold",
                               too_long, CAPTURE_FRAME_MOST);
}

bool pcap_take(struct pcap *c, struct piece *p, struct fail *why)
{
    return c->big ? take(c, p, true, why) : take(c, p, false, why);
}

void pcap_cut(const struct pcap *c, const uint8_t *p, size_t left, uint64_t at,
              struct fail *why)
{
    if (left < c->head)
        failed(why, "the frame header at byte %llu has %u bytes, %zu of them are there",
               (unsigned long long)at, c->head, left);
    else
        failed(why, "the frame at byte %llu has %u bytes, %zu of them are there",
               (unsigned long long)at, lengths_of(c, p, c->big).captured, left - c->head);
}
