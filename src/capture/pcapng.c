// SPDX-License-Identifier: Apache-2.0
// The pcapng format (draft-ietf-opsawg-pcapng): sections, interfaces, three kinds of packet
// blocks.
#include "capture/reader.h"

#include <string.h>

#include "base/mem.h"

enum {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET_OLD = 2,
    BLOCK_SIMPLE = 3,
    BLOCK_PACKET = 6,
    BLOCK_SECTION = 0x0A0D0D0A, // reads the same in both byte orders
    BYTE_ORDER_MAGIC = 0x1A2B3C4D,
};

// Bytes of each block up to where its options or data begin, type and length included.
enum { SECTION_HEAD = 24, INTERFACE_HEAD = 16, PACKET_HEAD = 28, SIMPLE_HEAD = 12 };

enum { OPTION_END = 0, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };

// The longest block that is looked into; of a longer one the rest is passed over.
enum { BLOCK_WHOLE = CAPTURE_BYTES_LEAST };

struct block {
    const uint8_t *p; // from its type on
    uint32_t type;
    uint32_t total; // its length, all included
    uint32_t n;     // bytes of it at hand, without the second length
};

static uint32_t load32(const struct pcapng *c, const uint8_t *p)
{
    return c->big ? load_be32(p) : load_le32(p);
}

static uint16_t load16(const struct pcapng *c, const uint8_t *p)
{
    return c->big ? load_be16(p) : load_le16(p);
}

static uint64_t load64(const struct pcapng *c, const uint8_t *p)
{
    uint64_t first = load32(c, p);
    uint64_t second = load32(c, p + 4);

    return c->big ? first << 32 | second : second << 32 | first;
}

bool pcapng_magic(const uint8_t *p)
{
    return load_be32(p) == BLOCK_SECTION;
}

void pcapng_begin(struct pcapng *c)
{
    *c = (struct pcapng){.interface = mem_reserve(INTERFACES_MOST * sizeof(struct interface))};
}

void pcapng_end(struct pcapng *c)
{
    mem_release(c->interface, INTERFACES_MOST * sizeof(struct interface));
    c->interface = NULL;
}

// ---------------------------------------------------------------- time

static const uint64_t power_of_10[] = {
    1u,
    10u,
    100u,
    1000u,
    10000u,
    100000u,
    1000000u,
    10000000u,
    100000000u,
    1000000000u,
    10000000000u,
    100000000000u,
    1000000000000u,
    10000000000000u,
    100000000000000u,
    1000000000000000u,
    10000000000000000u,
    100000000000000000u,
    1000000000000000000u,
    10000000000000000000u,
};

// if_tsresol: the negative exponent, to base 2 if the highest bit is set, else to base 10.
static void set_time(struct interface *i, uint8_t resolution, int64_t offset)
{
    i->resolution = resolution;
    i->offset = offset;
    i->units_most = 0;
    if (resolution <= 9 && !offset) {
        i->unit = (uint32_t)power_of_10[9 - resolution];
        i->units_most = (uint64_t)TIME_MOST / i->unit;
    }
}

static nsec any_time(const struct interface *i, uint64_t units)
{
    unsigned exponent = i->resolution & 0x7F;
    __int128 ns = units;

    if (i->resolution & 0x80)
        ns = (ns * SECOND) >> exponent;
    else if (exponent <= 9)
        ns *= power_of_10[9 - exponent];
    else
        ns = exponent - 9 < COUNT_OF(power_of_10) ? ns / power_of_10[exponent - 9] : 0;
    ns += (__int128)i->offset * SECOND;
    if (ns < 0)
        return 0;
    return ns > TIME_MOST ? TIME_MOST : (nsec)ns;
}

static nsec time_of(const struct interface *i, uint64_t units)
{
    if (units <= i->units_most)
        return (nsec)(units * i->unit);
    return any_time(i, units);
}

// ---------------------------------------------------------------- blocks

static bool section(struct pcapng *c, const struct block *b, struct fail *why)
{
    uint16_t major = load16(c, b->p + 12);

    if (b->total < SECTION_HEAD + 4)
        return failed(why, "a section header of %u bytes", b->total);
    if (major != 1)
        return failed(why, "pcapng version %u.%u is not known (1.0 is)", major,
                      load16(c, b->p + 14));
    c->interfaces = 0;
    return true;
}

static void option(const struct pcapng *c, struct interface *i, uint16_t code,
                   struct slice value)
{
    if (code == OPTION_TSRESOL && value.n == 1)
        set_time(i, value.p[0], i->offset);
    if (code == OPTION_TSOFFSET && value.n == 8) {
        uint64_t bits = load64(c, value.p);
        int64_t offset;

        memcpy(&offset, &bits, sizeof(offset));
        set_time(i, i->resolution, offset);
    }
}

static bool interface(struct pcapng *c, const struct block *b, struct fail *why)
{
    struct cur options = cur_of(slice_of(b->p + INTERFACE_HEAD, b->n - INTERFACE_HEAD));
    struct interface *i = c->interface + c->interfaces;

    if (c->interfaces == INTERFACES_MOST)
        return failed(why, "more than %u interfaces in a section", INTERFACES_MOST);
    *i = (struct interface){.link = load16(c, b->p + 8), .snaplen = load32(c, b->p + 12)};
    set_time(i, 6, 0);
    while (cur_left(&options) >= 4) {
        struct slice head = cur_take(&options, 4);
        uint16_t code = load16(c, head.p);
        uint16_t n = load16(c, head.p + 2);
        struct slice value = cur_take(&options, n);

        if (options.bad || code == OPTION_END)
            break;
        cur_skip(&options, -(uint32_t)n & 3);
        option(c, i, code, value);
    }
    c->interfaces++;
    return true;
}

static bool add_frame(struct piece *p, const struct block *b, uint32_t head, struct frame f,
                      struct fail *why)
{
    if (f.n > CAPTURE_FRAME_MOST)
        return failed(why, "a frame of %u bytes; %u is the most a capture may hold", f.n,
                      CAPTURE_FRAME_MOST);
    if (f.n > b->n - head)
        return failed(why, "a frame of %u bytes in a block of %u", f.n, b->total);
    f.data = b->p + head;
    f.wire_len = max_u32(f.wire_len, f.n);
    p->frame[p->frames++] = f;
    return true;
}

static bool packet(struct pcapng *c, const struct block *b, struct piece *p, struct fail *why)
{
    // The old block keeps a 16 bit interface number and a drop counter where the new one
    // has 32.
    uint32_t id = b->type == BLOCK_PACKET ? load32(c, b->p + 8) : load16(c, b->p + 8);
    uint64_t units = (uint64_t)load32(c, b->p + 12) << 32 | load32(c, b->p + 16);

    if (id >= c->interfaces)
        return failed(why, "a frame from interface %u; the section has described %u so far", id,
                      c->interfaces);
    c->last = time_of(&c->interface[id], units);
    return add_frame(p, b, PACKET_HEAD,
                     (struct frame){.ts = c->last,
                                    .n = load32(c, b->p + 20),
                                    .wire_len = load32(c, b->p + 24),
                                    .link = c->interface[id].link},
                     why);
}

// A simple packet block has neither time nor captured length: it is cut by the first
// interface's snap length only, and here gets the time of the frame before it.
static bool simple(struct pcapng *c, const struct block *b, struct piece *p, struct fail *why)
{
    uint32_t wire = load32(c, b->p + 8);
    uint32_t n = wire;

    if (!c->interfaces)
        return failed(why, "a frame before any interface is described");
    if (c->interface->snaplen)
        n = min_u32(n, c->interface->snaplen);
    n = min_u32(n, b->n - SIMPLE_HEAD);
    return add_frame(
        p, b, SIMPLE_HEAD,
        (struct frame){.ts = c->last, .n = n, .wire_len = wire, .link = c->interface->link},
        why);
}

// Bytes of a block's fixed part; 0: a kind that is passed over.
static uint32_t fixed_part(uint32_t type)
{
    switch (type) {
    case BLOCK_SECTION: return SECTION_HEAD;
    case BLOCK_INTERFACE: return INTERFACE_HEAD;
    case BLOCK_SIMPLE: return SIMPLE_HEAD;
    case BLOCK_PACKET:
    case BLOCK_PACKET_OLD: return PACKET_HEAD;
    default: return 0;
    }
}

static bool look_into(struct pcapng *c, const struct block *b, struct piece *p,
                      struct fail *why)
{
    if (b->n < fixed_part(b->type))
        return failed(why, "a block of type %u with %u bytes", b->type, b->total);
    switch (b->type) {
    case BLOCK_SECTION: return section(c, b, why);
    case BLOCK_INTERFACE: return interface(c, b, why);
    case BLOCK_SIMPLE: return simple(c, b, p, why);
    case BLOCK_PACKET:
    case BLOCK_PACKET_OLD: return packet(c, b, p, why);
    default: return true;
    }
}

static bool lengths_agree(const struct pcapng *c, uint32_t total, const uint8_t *second,
                          struct fail *why)
{
    uint32_t again = load32(c, second);

    return again == total ||
           failed(why, "a block says %u bytes at its start and %u at its end", total, again);
}

// A section header tells the byte order, in which its own length is already written.
static bool byte_order(struct pcapng *c, const uint8_t *p, struct fail *why)
{
    if (load_be32(p + 8) != BYTE_ORDER_MAGIC && load_le32(p + 8) != BYTE_ORDER_MAGIC)
        return failed(why, "a section header without byte-order magic");
    c->big = load_be32(p + 8) == BYTE_ORDER_MAGIC;
    return true;
}

// Passes over what is left of a long or unwanted block. false in *done: it goes on.
static bool skip(struct pcapng *c, struct piece *p, bool *done, struct fail *why)
{
    size_t left = p->n - p->used;
    uint32_t n = left < c->skip ? (uint32_t)left : c->skip;

    c->skip -= n;
    p->used += n;
    left -= n;
    p->need = c->skip ? 1 : 4;
    *done = !c->skip && left >= 4;
    if (!*done)
        return true;
    if (!lengths_agree(c, c->skip_total, p->p + p->used, why))
        return false;
    p->used += 4;
    c->skip_total = 0;
    return true;
}

// One block, or what begins one. false in *done: more bytes are needed.
static bool block(struct pcapng *c, struct piece *p, bool *done, struct fail *why)
{
    struct block b = {.p = p->p + p->used};
    size_t left = p->n - p->used;
    uint32_t whole;

    *done = false;
    p->need = BLOCK_LEAST;
    if (left < BLOCK_LEAST)
        return true;
    if (load_be32(b.p) == BLOCK_SECTION && !byte_order(c, b.p, why))
        return false;
    b.type = load32(c, b.p);
    b.total = load32(c, b.p + 4);
    if (b.total < BLOCK_LEAST || b.total % 4)
        return failed(why, "a block length of %u (a multiple of 4 from %u on is due)", b.total,
                      BLOCK_LEAST);
    whole = fixed_part(b.type) ? min_u32(b.total, BLOCK_WHOLE) : 8;
    p->need = whole;
    if (left < whole)
        return true;
    *done = true;
    if (whole < b.total) { // its second length is far away
        b.n = whole;
        c->skip = b.total - 4 - whole;
        c->skip_total = b.total;
    } else {
        b.n = b.total - 4;
        if (!lengths_agree(c, b.total, b.p + b.n, why))
            return false;
    }
    if (!look_into(c, &b, p, why))
        return false;
    p->used += whole;
    return true;
}

bool pcapng_take(struct pcapng *c, struct piece *p, struct fail *why)
{
    bool more = true;

    while (more && p->frames < p->most)
        if (!(c->skip_total ? skip(c, p, &more, why) : block(c, p, &more, why)))
            return false;
    return true;
}

void pcapng_cut(const struct pcapng *c, const uint8_t *p, size_t left, uint64_t at,
                struct fail *why)
{
    if (c->skip_total)
        failed(why, "a block of %u bytes ends behind it", c->skip_total);
    else if (left < 8)
        failed(why, "the block header at byte %llu has 8 bytes, %zu of them are there",
               (unsigned long long)at, left);
    else
        failed(why, "the block at byte %llu has %u bytes, %zu of them are there",
               (unsigned long long)at, load32(c, p + 4), left);
}

// ---------------------------------------------------------------- the first look

bool pcapng_check(const uint8_t *head, struct fail *why)
{
    struct pcapng c = {0};
    struct block b = {.p = head};

    if (!byte_order(&c, head, why))
        return false;
    b.total = load32(&c, head + 4);
    return section(&c, &b, why);
}

int pcapng_first_link(const uint8_t *p, size_t n)
{
    struct pcapng c = {.big = load_be32(p + 8) == BYTE_ORDER_MAGIC};
    uint32_t at = load32(&c, p + 4);

    if (n < INTERFACE_HEAD || at > n - INTERFACE_HEAD || load32(&c, p + at) != BLOCK_INTERFACE)
        return -1;
    return load16(&c, p + at + 8);
}
