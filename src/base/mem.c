// SPDX-License-Identifier: Apache-2.0
// Arenas, slabs and maps over memory that is reserved once.
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct arena_chunk {
    struct arena_chunk *next;
    size_t size; // of data
    _Alignas(16) uint8_t data[];
};

static void *must(void *p, size_t bytes)
{
    if (!p || p == MAP_FAILED) {
        fprintf(stderr, "pipit: no memory for %zu bytes; lower the caps with 'config'\n",
                bytes);
        exit(2);
    }
    return p;
}

void *mem_reserve(size_t bytes)
{
    return must(mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
                bytes);
}

void mem_release(void *p, size_t bytes)
{
    if (p)
        munmap(p, bytes);
}

static void arena_use(struct arena *a, struct arena_chunk *c)
{
    a->now = c;
    a->at = c->data;
    a->end = c->data + c->size;
}

// Goes on in the next chunk that is large enough, or makes one.
static void arena_advance(struct arena *a, size_t n)
{
    struct arena_chunk *c = a->now ? a->now->next : a->first;

    if (!c || c->size < n) {
        size_t size = n > ARENA_CHUNK ? n : ARENA_CHUNK;
        struct arena_chunk *fresh = must(malloc(sizeof(*fresh) + size), size);

        fresh->size = size;
        fresh->next = c;
        if (a->now)
            a->now->next = fresh;
        else
            a->first = fresh;
        c = fresh;
    }
    arena_use(a, c);
}

uint8_t *arena_room(struct arena *a, size_t n)
{
    if ((size_t)(a->end - a->at) < n)
        arena_advance(a, n);
    return a->at;
}

void arena_commit(struct arena *a, size_t used)
{
    size_t whole = (used + 7) & ~(size_t)7;
    size_t left = (size_t)(a->end - a->at);

    a->at += whole < left ? whole : left;
    a->used += used;
}

void *arena_take(struct arena *a, size_t n)
{
    size_t whole = n ? (n + 7) & ~(size_t)7 : 8; // also nothing has a place of its own
    uint8_t *p = arena_room(a, whole);

    arena_commit(a, n ? n : 1);
    return p;
}

void *arena_zero(struct arena *a, size_t n)
{
    return memset(arena_take(a, n), 0, n);
}

struct slice arena_copy(struct arena *a, struct slice s)
{
    uint8_t *p = arena_take(a, s.n + 1u); // never NULL, also for an empty text

    if (s.n)
        memcpy(p, s.p, s.n);
    return slice_of(p, s.n);
}

// What a round used stays warm for the next ones; a chunk less each round that needs less, so
// that a burst's memory goes back to the system.
static uint32_t chunks_to_keep(const struct arena *a)
{
    enum { LEAST = 4, MOST = 64 };
    uint32_t n = a->now ? 1 : 0;

    for (const struct arena_chunk *c = a->first; a->now && c != a->now; c = c->next)
        n++;
    if (n + 1 < a->keep)
        n = a->keep - 1;
    return n < LEAST ? LEAST : n > MOST ? MOST : n;
}

void arena_reset(struct arena *a)
{
    struct arena_chunk **link = &a->first;

    a->keep = chunks_to_keep(a);
    for (uint32_t i = 0; *link && i < a->keep; i++)
        link = &(*link)->next;
    for (struct arena_chunk *c = *link, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    *link = NULL;
    a->used = 0;
    a->now = NULL;
    a->at = a->end = NULL;
}

void arena_free(struct arena *a)
{
    for (struct arena_chunk *c = a->first, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    *a = (struct arena){0};
}

// ---------------------------------------------------------------- regions

void region_init(struct region *r, size_t size)
{
    *r = (struct region){.base = mem_reserve(size), .size = size};
    madvise(r->base, size, MADV_HUGEPAGE); // a hint: without it only slower
}

void region_close(struct region *r)
{
    mem_release(r->base, r->size);
    *r = (struct region){0};
}

void *region_take(struct region *r, size_t n)
{
    size_t whole = (n + LINE - 1) & ~(size_t)(LINE - 1);
    uint8_t *p = r->base + r->used;

    assert(whole <= r->size - r->used);
    r->used += whole;
    return p;
}

// ---------------------------------------------------------------- slabs

static uint32_t round_up(uint32_t n, uint32_t to)
{
    return (n + to - 1) / to * to;
}

static struct stock *region_stock(struct region *r, uint32_t size)
{
    for (int i = 0; i < STOCKS; i++) {
        struct stock *k = &r->stock[i];
        if (!k->size)
            *k = (struct stock){.size = size, .free_list = SLAB_NONE, .base = r->base};
        if (k->size == size)
            return k;
    }
    assert(false && "more sizes in a region than STOCKS");
    return NULL;
}

// A slab with memory of its own has its stock in front of its objects.
static struct stock *own_stock(uint32_t size, uint32_t most)
{
    struct stock *k = mem_reserve(LINE + (size_t)size * most);

    *k = (struct stock){.size = size, .free_list = SLAB_NONE};
    k->base = k->next = (uint8_t *)k + LINE;
    k->end = k->next + (size_t)size * most;
    return k;
}

void slab_init(struct slab *s, struct region *r, uint32_t size, uint32_t most)
{
    assert(size >= sizeof(uint32_t) && most > 0 && most < SLAB_NONE);
    size = round_up(size, LINE);
    *s = (struct slab){.region = r, .size = size, .most = most};
    s->stock = r ? region_stock(r, size) : own_stock(size, most);
    s->base = s->stock->base;
}

void slab_close(struct slab *s)
{
    if (!s->region && s->stock)
        mem_release(s->stock, LINE + (size_t)s->size * s->most);
    *s = (struct slab){0};
}

// A fresh object; a region is cut into pieces of some objects.
static void *cut(struct slab *s, struct stock *k)
{
    enum { PIECE = 16 };

    if (k->next == k->end) {
        k->next = region_take(s->region, (size_t)k->size * PIECE);
        k->end = k->next + (size_t)k->size * PIECE;
    }
    k->next += k->size;
    return k->next - k->size;
}

void *slab_take(struct slab *s)
{
    struct stock *k = s->stock;

    if (s->used == s->most)
        return NULL;
    s->used++;
    if (k->free_list == SLAB_NONE)
        return cut(s, k);
    void *p = slab_at(s, k->free_list);
    memcpy(&k->free_list, p, sizeof(k->free_list));
    for (uint32_t line = 0; k->free_list != SLAB_NONE && line < s->size; line += LINE)
        __builtin_prefetch((uint8_t *)slab_at(s, k->free_list) + line,
                           1); // the next to be taken
    return p;
}

void slab_give(struct slab *s, void *p)
{
    assert(s->used > 0);
    memcpy(p, &s->stock->free_list, sizeof(s->stock->free_list));
    s->stock->free_list = slab_index(s, p);
    s->used--;
}

// ---------------------------------------------------------------- maps

enum { MAP_LEAST = 64 };

static int size_class(uint32_t slots)
{
    return __builtin_ctz(slots); // a power of two
}

static struct map_slot *map_memory(struct region *r, uint32_t slots)
{
    size_t bytes = slots * sizeof(struct map_slot);

    if (!r)
        return mem_reserve(bytes);
    void **spare = &r->outgrown[size_class(slots)];
    if (!*spare)
        return region_take(r, bytes);
    void *p = *spare;
    memcpy(spare, p, sizeof(*spare));
    return memset(p, 0, bytes);
}

void map_init(struct map *m, struct region *r, uint32_t most)
{
    assert(most <= UINT32_MAX / 4);
    *m = (struct map){.region = r, .most = most, .mask = MAP_LEAST - 1};
    m->slot = map_memory(r, MAP_LEAST);
}

static void map_forget(const struct map *m, struct map_slot *slot, uint32_t slots)
{
    if (!m->region) {
        mem_release(slot, sizeof(*slot) * slots);
        return;
    }
    void **spare = &m->region->outgrown[size_class(slots)];
    memcpy(slot, spare, sizeof(*spare));
    *spare = slot;
}

void map_close(struct map *m)
{
    map_forget(m, m->slot, m->mask + 1);
    *m = (struct map){0};
}

static void put(struct map *m, struct map_slot s)
{
    uint32_t at = s.hash & m->mask;

    while (m->slot[at].index1)
        at = (at + 1) & m->mask;
    m->slot[at] = s;
}

static void map_double(struct map *m)
{
    struct map_slot *old = m->slot;
    uint32_t slots = m->mask + 1;

    m->slot = map_memory(m->region, slots * 2);
    m->mask = slots * 2 - 1;
    for (uint32_t i = 0; i < slots; i++)
        if (old[i].index1)
            put(m, old[i]);
    map_forget(m, old, slots);
}

void map_add(struct map *m, uint32_t hash, uint32_t index)
{
    assert(m->used < m->most);
    if (m->used >= (m->mask + 1) / 2)
        map_double(m);
    put(m, (struct map_slot){hash, index + 1});
    m->used++;
}

// Removes by shifting back what follows, so that no tombstones slow the table over months.
void map_remove(struct map *m, uint32_t hash, uint32_t index)
{
    uint32_t hole = hash & m->mask;

    while (m->slot[hole].hash != hash || m->slot[hole].index1 != index + 1) {
        assert(m->slot[hole].index1);
        hole = (hole + 1) & m->mask;
    }
    for (uint32_t at = (hole + 1) & m->mask; m->slot[at].index1; at = (at + 1) & m->mask) {
        uint32_t home = m->slot[at].hash & m->mask;

        if (((at - home) & m->mask) >= ((at - hole) & m->mask)) {
            m->slot[hole] = m->slot[at];
            hole = at;
        }
    }
    m->slot[hole] = (struct map_slot){0};
    m->used--;
}
