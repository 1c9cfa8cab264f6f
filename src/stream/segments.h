// SPDX-License-Identifier: Apache-2.0
// Private to the room: the pool's blocks, and the two lists of blocks that a stream has.
#pragma once

#include "stream/stream.h"

// BYTES: they are here. SEEN: they came but nobody wants them. CUT: they were sent, but the
// capture does not hold them.
enum block_kind { BLOCK_BYTES, BLOCK_SEEN, BLOCK_CUT };

// An odd number of cache lines, so that the heads of many blocks do not share a cache set.
enum { BLOCK_SIZE = 33 * 64, BLOCK_HEAD = 19, BLOCK_ROOM = BLOCK_SIZE - BLOCK_HEAD };

struct block {
    uint64_t at; // place of its first byte
    uint32_t n;
    uint32_t next; // index + 1 in the pool; 0: none
    uint16_t from; // where in bytes[] it begins, as acknowledged ones are cut off in front
    uint8_t kind;
    uint8_t bytes[BLOCK_ROOM];
};
_Static_assert(sizeof(struct block) == BLOCK_SIZE, "as the pool is laid out");

struct segments {
    struct slab slab;
};

static inline struct block *block_of(const struct segments *s, uint32_t index1)
{
    return index1 ? slab_at(&s->slab, index1 - 1) : NULL;
}
static inline uint64_t block_end(const struct block *b)
{
    return b->at + b->n;
}
static inline struct slice block_slice(const struct block *b)
{
    return slice_of(b->bytes + b->from, b->n);
}

// ---- delivered bytes, for comparing
void kept_add(struct segments *s, struct stream *d, uint64_t at, struct slice bytes,
              struct out *o);
void kept_adopt(struct segments *s, struct stream *d, struct block *b); // a held one, delivered
void kept_until(struct segments *s, struct stream *d, uint64_t upto); // lets go what is before

// ---- ranges behind a hole
// A segment on its way into the lists: places [at, end), with bytes only before `there`.
struct arrival {
    uint64_t at, end, there;
    const uint8_t *p; // of the byte at `at`
};
static inline void arrival_move(struct arrival *a, uint64_t to)
{
    if (to <= a->at)
        return;
    if (a->at < a->there)
        a->p += (to < a->there ? to : a->there) - a->at;
    a->at = to;
}

// Holds what of `a` nobody holds yet, up to the next held block, and moves `a` behind it.
// False: there is no room for all of it (some may have been held).
bool held_add(struct segments *s, struct stream *d, struct arrival *a);
// Takes the first held block out of its list; it still belongs to the stream.
struct block *held_pop(struct segments *s, struct stream *d);

void block_give(struct segments *s, struct stream *d, struct block *b);
// Nobody wants bytes any more: only the ranges behind holes stay.
void blocks_forget(struct segments *s, struct stream *d);
void blocks_free(struct segments *s, struct stream *d);
