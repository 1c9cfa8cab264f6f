// SPDX-License-Identifier: Apache-2.0
// The pool of blocks behind TCP streams: what is kept for comparing, what is held behind holes.
#include "stream/segments.h"

struct segments *segments_open(uint32_t bytes, struct region *r)
{
    struct segments *s = r ? region_take(r, sizeof(*s)) : mem_reserve(sizeof(*s));

    slab_init(&s->slab, r, BLOCK_SIZE, max_u32(bytes / BLOCK_SIZE, 1));
    return s;
}

void segments_close(struct segments *s)
{
    if (!s)
        return;
    bool own = !s->slab.region;

    slab_close(&s->slab);
    if (own)
        mem_release(s, sizeof(*s));
}

void block_give(struct segments *s, struct stream *d, struct block *b)
{
    d->blocks--;
    slab_give(&s->slab, b);
}

static void kept_drop_oldest(struct segments *s, struct stream *d)
{
    struct block *b = block_of(s, d->kept_first);

    d->kept_first = b->next;
    if (!b->next)
        d->kept_last = 0;
    d->unacked -= b->n;
    block_give(s, d, b);
}

// A block of this stream. Where there is none left, those go that are only kept for comparing.
static struct block *block_take(struct segments *s, struct stream *d, uint64_t at,
                                enum block_kind kind)
{
    struct block *b = NULL;

    if (d->blocks < STREAM_BLOCKS)
        b = slab_take(&s->slab);
    if (!b && d->kept_first) {
        kept_drop_oldest(s, d);
        b = slab_take(&s->slab);
    }
    if (!b)
        return NULL;
    d->blocks++;
    b->at = at;
    b->n = 0;
    b->next = 0;
    b->from = 0;
    b->kind = (uint8_t)kind;
    return b;
}

static uint32_t block_room(const struct block *b)
{
    return BLOCK_ROOM - b->from - b->n;
}

static void block_append(struct block *b, const uint8_t *p, uint32_t n)
{
    memcpy(b->bytes + b->from + b->n, p, n);
    b->n += n;
}

static void kept_link(struct segments *s, struct stream *d, struct block *b)
{
    uint32_t index1 = slab_index(&s->slab, b) + 1;
    struct block *last = block_of(s, d->kept_last);

    b->next = 0;
    if (last)
        last->next = index1;
    else
        d->kept_first = index1;
    d->kept_last = index1;
}

static void kept_bound(struct segments *s, struct stream *d)
{
    while (d->unacked > STREAM_UNACKED)
        kept_drop_oldest(s, d);
}

void kept_add(struct segments *s, struct stream *d, uint64_t at, struct slice bytes,
              struct out *o)
{
    const uint8_t *p = bytes.p, *end = bytes.p + bytes.n;
    struct block *b = block_of(s, d->kept_last);

    if (bytes.n > STREAM_UNACKED) {
        p = end - STREAM_UNACKED;
        at += bytes.n - STREAM_UNACKED;
    }
    if (b && block_end(b) != at)
        b = NULL;
    while (p < end) {
        uint32_t n;

        if (!b || !block_room(b)) {
            b = block_take(s, d, at, BLOCK_BYTES);
            if (!b) {
                count(o, COUNT_stream_lost, (uint64_t)(end - p));
                break;
            }
            kept_link(s, d, b);
        }
        n = min_u32((uint32_t)(end - p), block_room(b));
        block_append(b, p, n);
        d->unacked += n;
        p += n;
        at += n;
    }
    kept_bound(s, d);
}

void kept_adopt(struct segments *s, struct stream *d, struct block *b)
{
    d->unacked += b->n;
    kept_link(s, d, b);
    kept_bound(s, d);
}

void kept_until(struct segments *s, struct stream *d, uint64_t upto)
{
    struct block *b;

    if (upto >= d->next && d->kept_first == d->kept_last) { // all in one: it need not be read
        d->unacked = d->kept_last = 0;
        block_give(s, d, block_of(s, d->kept_first));
        d->kept_first = 0;
        return;
    }
    while ((b = block_of(s, d->kept_first)) && b->at < upto) {
        uint32_t n;

        if (block_end(b) <= upto) {
            kept_drop_oldest(s, d);
            continue;
        }
        n = (uint32_t)(upto - b->at);
        b->at = upto;
        b->n -= n;
        b->from = (uint16_t)(b->from + n);
        d->unacked -= n;
    }
}

// Puts b behind `prev`, or first.
static void held_link(struct segments *s, struct stream *d, struct block *prev, struct block *b)
{
    uint32_t index1 = slab_index(&s->slab, b) + 1;

    b->next = prev ? prev->next : d->held_first;
    if (prev)
        prev->next = index1;
    else
        d->held_first = index1;
    if (!b->next)
        d->held_last = index1;
}

// A range without bytes; goes on with *prev if that is one of the same kind.
static bool hold_range(struct segments *s, struct stream *d, struct block **prev,
                       struct arrival *a, uint64_t stop, enum block_kind kind)
{
    struct block *b = *prev;
    uint64_t n = stop - a->at;

    if (!b || b->kind != kind || block_end(b) != a->at || n > UINT32_MAX - b->n) {
        b = block_take(s, d, a->at, kind);
        if (!b)
            return false;
        held_link(s, d, *prev, b);
        *prev = b;
    }
    b->n += (uint32_t)n;
    arrival_move(a, stop);
    return true;
}

// Bytes into as many blocks as they need; *prev moves to the last of them.
static bool hold_bytes(struct segments *s, struct stream *d, struct block **prev,
                       struct arrival *a, uint64_t stop)
{
    struct block *b = *prev;

    if (b && (b->kind != BLOCK_BYTES || block_end(b) != a->at))
        b = NULL;
    while (a->at < stop) {
        uint32_t n = min_u32((uint32_t)(stop - a->at), STREAM_HELD - d->held);

        if (!n)
            return false;
        if (!b || !block_room(b)) {
            b = block_take(s, d, a->at, BLOCK_BYTES);
            if (!b)
                return false;
            held_link(s, d, *prev, b);
            *prev = b;
        }
        n = min_u32(n, block_room(b));
        block_append(b, a->p, n);
        d->held += n;
        arrival_move(a, a->at + n);
    }
    return true;
}

bool held_add(struct segments *s, struct stream *d, struct arrival *a)
{
    struct block *last = block_of(s, d->held_last);
    struct block *prev = NULL, *b = block_of(s, d->held_first);
    uint64_t stop, there;

    if (last && block_end(last) <= a->at) { // mostly what follows a hole comes in order
        prev = last;
        b = NULL;
    }
    for (; b && b->at <= a->at; prev = b, b = block_of(s, b->next))
        if (block_end(b) > a->at)
            arrival_move(a, block_end(b) < a->end ? block_end(b) : a->end);
    stop = b && b->at < a->end ? b->at : a->end;
    there = stop < a->there ? stop : a->there;
    if (a->at < there && !(d->skip ? hold_range(s, d, &prev, a, there, BLOCK_SEEN)
                                   : hold_bytes(s, d, &prev, a, there)))
        return false;
    return a->at >= stop || hold_range(s, d, &prev, a, stop, BLOCK_CUT);
}

struct block *held_pop(struct segments *s, struct stream *d)
{
    struct block *b = block_of(s, d->held_first);

    d->held_first = b->next;
    if (!b->next)
        d->held_last = 0;
    if (b->kind == BLOCK_BYTES)
        d->held -= b->n;
    return b;
}

void blocks_forget(struct segments *s, struct stream *d)
{
    while (d->kept_first)
        kept_drop_oldest(s, d);
    for (struct block *b = block_of(s, d->held_first); b; b = block_of(s, b->next))
        if (b->kind == BLOCK_BYTES)
            b->kind = BLOCK_SEEN;
    d->held = 0;
}

void blocks_free(struct segments *s, struct stream *d)
{
    while (d->kept_first)
        kept_drop_oldest(s, d);
    while (d->held_first)
        block_give(s, d, held_pop(s, d));
}
