// SPDX-License-Identifier: Apache-2.0
// Feeding analysers: keeps what a message still lacks, skips what is too long, frees at the
// end.
#include "proto/carry.h"

enum {
    SMALL = 512,
    LARGE = 16 * 1024,
    STATE_LEAST = 64,
    SMALL_MOST = 4096, // feeds of one lane, and their short beginnings of messages
    LARGE_MOST = 256,  // those in the middle of a long message
    BLOCKS_MOST = 2048
};

// One side: the beginning of a message that is not whole yet, and what is not to be looked at.
struct rest {
    uint8_t *p; // in one of the slabs; NULL: nothing is kept
    uint32_t n, want;
    uint64_t skip; // bytes still to come that belong to nothing; SILENT: all of them
    bool large;
};
#define SILENT UINT64_MAX

struct feed {
    struct rest rest[2];
    bool stream; // TCP; asked here and not of the talk, which need not be touched for it
    _Alignas(8) uint8_t state[];
};

struct feeds {
    struct slab feed, small, large, block;
    struct text text;
    struct transfers transfers;
    uint32_t state_most; // the largest that any analyser asks for
};

struct feeds *feeds_open(void)
{
    struct feeds *f = mem_reserve(sizeof(*f));

    f->state_most = STATE_LEAST;
    for (const struct analyser *const *a = analysers; *a; a++)
        f->state_most = max_u32(f->state_most, (*a)->state_size);
    slab_init(&f->feed, NULL, (uint32_t)sizeof(struct feed) + f->state_most, SMALL_MOST);
    slab_init(&f->small, NULL, SMALL, SMALL_MOST);
    slab_init(&f->large, NULL, LARGE, LARGE_MOST);
    slab_init(&f->block, NULL, FEED_BLOCK, BLOCKS_MOST);
    return f;
}

void feeds_close(struct feeds *f)
{
    slab_close(&f->feed);
    slab_close(&f->small);
    slab_close(&f->large);
    slab_close(&f->block);
    text_free(&f->text);
    mem_release(f, sizeof(*f));
}

bool feed_begin(struct feeds *f, struct ctx *x, const struct analyser *a)
{
    assert(a->state_size <= f->state_most && a->most <= LARGE);
    if (!a->data || (a->only_for && !(x->out->wanted & a->only_for)))
        return false;
    x->feeds = f;
    struct feed *feed = slab_take(&f->feed);
    if (!feed) {
        count(x->out, COUNT_feeds_full, 1);
        return false;
    }
    memset(feed, 0, f->feed.size);
    feed->stream = x->talk->who.ip_proto == PROTO_TCP;
    x->talk->analyser = a;
    x->talk->state = feed;
    return true;
}

// ---------------------------------------------------------------- what analysers may borrow

void *feed_block(struct ctx *x)
{
    void *block = slab_take(&x->feeds->block);

    if (!block)
        count(x->out, COUNT_feeds_full, 1);
    return block;
}

void feed_block_back(struct ctx *x, void *block)
{
    slab_give(&x->feeds->block, block);
}

struct transfers *feed_transfers(struct ctx *x)
{
    return &x->feeds->transfers;
}

struct text *feed_text(struct ctx *x)
{
    text_clear(&x->feeds->text);
    return &x->feeds->text;
}

// ---------------------------------------------------------------- what is kept

static void drop(struct feeds *f, struct rest *r)
{
    if (r->p)
        slab_give(r->large ? &f->large : &f->small, r->p);
    r->p = NULL;
    r->n = r->want = 0;
}

// Keeps `bytes`, which may lie in r already, in a place with room for `want`; false: there is
// none.
static bool keep(struct feeds *f, struct rest *r, struct slice bytes, uint32_t want)
{
    bool large = want > SMALL;
    uint8_t *p = r->p;

    if (!p || (large && !r->large))
        p = slab_take(large ? &f->large : &f->small);
    if (!p)
        return false;
    memmove(p, bytes.p, bytes.n);
    if (r->p && r->p != p)
        slab_give(&f->small, r->p);
    if (r->p != p)
        r->large = large;
    r->p = p;
    r->n = bytes.n;
    r->want = want;
    return true;
}

// What an analyser does without: it begins anew with what comes next, or ends on this side.
static void lose(struct feeds *f, struct ctx *x, uint64_t lost, enum side side)
{
    struct feed *feed = x->talk->state;
    struct rest *r = &feed->rest[side];

    drop(f, r);
    r->skip = 0;
    if (x->talk->analyser->gap)
        x->talk->analyser->gap(x, feed->state, lost, side);
    else
        r->skip = SILENT;
}

// The message that begins with `bytes` needs `want` of them.
static void wait_for(struct feeds *f, struct ctx *x, struct slice bytes, uint32_t want,
                     enum side side)
{
    struct rest *r = &((struct feed *)x->talk->state)->rest[side];

    if (want > x->talk->analyser->most) {
        odd_with(x->out, ODD_message_too_long, "%s: %u bytes", x->talk->analyser->name, want);
        r->skip = want - bytes.n;
        drop(f, r);
    } else if (!bytes.n) {
        drop(f, r);
    } else if (!keep(f, r, bytes, want)) {
        count(x->out, COUNT_stream_lost, bytes.n);
        lose(f, x, bytes.n, side);
    }
}

// ---------------------------------------------------------------- bytes on their way

static struct progress call(struct ctx *x, struct slice in, enum side side)
{
    struct feed *feed = x->talk->state;
    struct progress g = x->talk->analyser->data(x, feed->state, in, side);

    assert(g.used <= in.n);
    return g;
}

// Lets the analyser take messages off the front, and keeps what begins the next one.
static void take_messages(struct feeds *f, struct ctx *x, struct slice in, enum side side)
{
    struct rest *r = &((struct feed *)x->talk->state)->rest[side];

    while (in.n) {
        struct progress g = call(x, in, side);
        in.p += g.used;
        in.n -= g.used;
        if (g.want > in.n) {
            wait_for(f, x, in, g.want, side);
            return;
        }
        if (!g.used) { // neither taken nor asked for more: not this protocol's any longer
            why(x->out, "%s: what follows is not its own", x->talk->analyser->name);
            r->skip = SILENT;
            break;
        }
    }
    drop(f, r);
}

// Leaves out what is not to be looked at.
static struct slice skip(struct rest *r, struct slice in)
{
    uint32_t n = r->skip < in.n ? (uint32_t)r->skip : in.n;

    if (r->skip != SILENT)
        r->skip -= n;
    return slice_of(in.p + n, in.n - n);
}

static void stream_bytes(struct feeds *f, struct ctx *x, struct slice in, enum side side)
{
    struct rest *r = &((struct feed *)x->talk->state)->rest[side];

    while ((in = skip(r, in)).n) {
        if (!r->p) {
            take_messages(f, x, in, side);
            return;
        }
        uint32_t n = min_u32(r->want - r->n, in.n);
        memcpy(r->p + r->n, in.p, n);
        r->n += n;
        in.p += n;
        in.n -= n;
        if (r->n == r->want)
            take_messages(f, x, slice_of(r->p, r->n), side);
    }
}

void feed_data(struct feeds *f, struct ctx *x, struct slice bytes, enum side side)
{
    const struct feed *feed = x->talk->state;

    x->feeds = f;
    if (feed->stream)
        stream_bytes(f, x, bytes, side);
    else
        (void)call(x, bytes, side); // a datagram is a message
}

void feed_gap(struct feeds *f, struct ctx *x, uint64_t lost, enum side side)
{
    struct rest *r = &((struct feed *)x->talk->state)->rest[side];

    x->feeds = f;
    if (r->skip == SILENT)
        return;
    if (r->skip >= lost) // inside a message that is skipped anyway
        r->skip -= lost;
    else
        lose(f, x, lost - r->skip, side);
}

void feed_end(struct feeds *f, struct ctx *x)
{
    struct feed *feed = x->talk->state;

    x->feeds = f;
    if (x->talk->analyser->end)
        x->talk->analyser->end(x, feed->state);
    drop(f, &feed->rest[ORIG]);
    drop(f, &feed->rest[RESP]);
    slab_give(&f->feed, feed);
    x->talk->state = NULL;
    x->talk->analyser = NULL;
}
