// SPDX-License-Identifier: Apache-2.0
// Memory with a bound: arenas that are emptied at once, slabs of equal things, and the maps and
// lists over slabs. Nothing here grows beyond what it was given, but an arena, whose
// round (a batch) is what bounds it.
#pragma once

#include "base/base.h"

// ---- reserved memory: address space now, pages when first touched; zeroed; aborts if refused
void *mem_reserve(size_t bytes);
void mem_release(void *p, size_t bytes);

// ---- arena: allocations that die together
struct arena_chunk;
struct arena {
    struct arena_chunk *first, *now;
    uint8_t *at, *end;
    size_t used;   // bytes handed out since the last reset
    uint32_t keep; // chunks that the next reset leaves
};

enum { ARENA_CHUNK = 64 * 1024 };

// n bytes, aligned to 8, not zeroed. Never NULL: the caller bounds what it asks for.
void *arena_take(struct arena *a, size_t n);
void *arena_zero(struct arena *a, size_t n);
struct slice arena_copy(struct arena *a, struct slice s);
// Makes room for a text of unknown length: at least n bytes are free at the returned place;
// arena_commit then takes what was used of them.
uint8_t *arena_room(struct arena *a, size_t n);
void arena_commit(struct arena *a, size_t used);
void arena_reset(struct arena *a); // keeps what rounds like the last ones need
void arena_free(struct arena *a);

// ---- region: reserved memory that slabs and maps take pieces of. What one worker's lanes use
// lies close together in it, on large pages where the system has them: table look-ups by
// packets of many conversations cost mostly the translation of addresses.
struct stock { // objects of one size that no slab has
    uint32_t size;
    uint32_t free_list;  // index of the first, each holds the next; an index counts lines
    uint8_t *next, *end; // of the piece that fresh ones are cut from
    uint8_t *base;       // what indices count from
};
enum {
    LINE = 64,
    STOCKS = 8,
    MAP_SIZES = 32
}; // bytes of a cache line; sizes of objects, of maps

struct region { // stays where it is: slabs point into it
    uint8_t *base;
    size_t size, used;
    struct stock stock[STOCKS];
    void *outgrown[MAP_SIZES]; // memory of maps that doubled, by the logarithm of their slots
};

void region_init(struct region *r, size_t size);
void region_close(struct region *r);
void *region_take(struct region *r, size_t n); // zeroed; aborts when empty: sizes are our own

// ---- slab: at most `most` objects of one size, given and taken back; pages are touched only
// when used. Slabs of one region and size share what is free, so that what one lane gives back
// is still in the cache when the next takes it.
struct slab {
    struct region *region; // NULL: memory of its own
    struct stock *stock;
    uint8_t *base;
    uint32_t size, most, used;
};

enum { SLAB_NONE = UINT32_MAX };

void slab_init(struct slab *s, struct region *r, uint32_t size, uint32_t most);
void slab_close(struct slab *s);
void *slab_take(struct slab *s); // not zeroed; NULL when full
void slab_give(struct slab *s, void *p);

static inline void *slab_at(const struct slab *s, uint32_t index)
{
    return s->base + (size_t)index * LINE;
}
static inline uint32_t slab_index(const struct slab *s, const void *p)
{
    return (uint32_t)((size_t)((const uint8_t *)p - s->base) / LINE);
}

// ---- map: hash -> slab index, open addressing. The caller compares keys:
//      map_each (m, hash, at, index) { if (equal(slab_at(s, index), key)) ... }
struct map_slot {
    uint32_t hash, index1; // index + 1; 0 = empty
};
struct map {
    struct map_slot *slot;
    struct region *region; // NULL: memory of its own
    uint32_t mask, used, most;
};

// Room for `most` entries at a load of one half; begins small and doubles up to that.
void map_init(struct map *m, struct region *r, uint32_t most);
void map_close(struct map *m);
void map_add(struct map *m, uint32_t hash, uint32_t index);
void map_remove(struct map *m, uint32_t hash, uint32_t index);

static inline uint32_t map_step(const struct map *m, uint32_t hash, uint32_t *at)
{
    for (;; *at = *at + 1) {
        struct map_slot s = m->slot[*at & m->mask];
        if (!s.index1)
            return SLAB_NONE;
        if (s.hash == hash)
            return s.index1 - 1;
    }
}

#define map_each(m, h, at, index)                                                              \
    for (uint32_t at = (h), index; (index = map_step((m), (h), &at)) != SLAB_NONE; at++)

// ---- list: intrusive, doubly linked; a list head is a node linked to itself
struct node {
    struct node *prev, *next;
};

static inline void list_init(struct node *head)
{
    head->prev = head->next = head;
}
static inline bool list_empty(const struct node *head)
{
    return head->next == head;
}
static inline void list_remove(struct node *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
    n->prev = n->next = n;
}
static inline void list_append(struct node *head, struct node *n)
{
    n->prev = head->prev;
    n->next = head;
    head->prev->next = n;
    head->prev = n;
}
static inline void list_move_last(struct node *head, struct node *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
    list_append(head, n);
}
#define list_each(head, n) for (struct node *n = (head)->next; n != (head); n = n->next)
