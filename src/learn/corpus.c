// SPDX-License-Identifier: Apache-2.0
// Lessons made ready for learning: in one order, tokens numbered, views that are equal joined.
#include "learn/lessons.h"

#include <stdlib.h>
#include <string.h>

struct place { // of a token: in a lesson's list
    uint32_t hash, flows;
};

static int by_lesson(const void *a, const void *b)
{
    const struct lesson *x = *(const struct lesson *const *)a;
    const struct lesson *y = *(const struct lesson *const *)b;
    int order = strcmp(x->label, y->label);

    if (!order)
        order = strcmp(x->source, y->source);
    if (!order)
        order = strcmp(x->capture, y->capture);
    if (!order)
        order = (x->same > y->same) - (x->same < y->same);
    return order ? order : (x->number > y->number) - (x->number < y->number);
}

static int by_hash(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static int by_flows(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->flows != y->flows)
        return x->flows < y->flows ? 1 : -1;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

static void order_lessons(struct corpus *c, const struct lessons *l)
{
    c->n = l->n;
    c->lesson = arena_take(&c->arena, l->n * sizeof(const struct lesson *));
    for (uint32_t i = 0; i < l->n; i++)
        c->lesson[i] = &l->lesson[i];
    qsort(c->lesson, c->n, sizeof(const struct lesson *), by_lesson);
    c->capture = arena_take(&c->arena, l->n * sizeof(*c->capture));
    for (uint32_t i = 0; i < c->n; i++) {
        const struct lesson *e = c->lesson[i], *before = c->lesson[i ? i - 1 : 0];
        bool equal = e->label == before->label && e->source == before->source &&
                     e->capture == before->capture;
        c->capture[i] = i && equal ? c->capture[i - 1] : i;
    }
}

// Tokens of at least two flows, the most frequent first. Noise does not count: vectors, in
// which it is not, have the same tokens.
static struct place *count_tokens(struct corpus *c)
{
    size_t entries = 0, n = 0;

    for (uint32_t i = 0; i < c->n; i++)
        entries += c->lesson[i]->n;
    uint32_t *all = mem_reserve((entries + 1) * sizeof(*all));
    for (uint32_t i = 0; i < c->n; i++) {
        if (is_noise(c->lesson[i]))
            continue;
        if (c->lesson[i]->n)
            memcpy(all + n, c->lesson[i]->token, c->lesson[i]->n * sizeof(*all));
        n += c->lesson[i]->n;
    }
    qsort(all, n, sizeof(*all), by_hash);
    struct place *place = arena_take(&c->arena, (n / 2 + 1) * sizeof(*place));
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && all[end] == all[i]; end++)
            ;
        if (end - i > 1)
            place[c->n_tokens++] = (struct place){all[i], (uint32_t)(end - i)};
    }
    mem_release(all, (entries + 1) * sizeof(*all));
    qsort(place, c->n_tokens, sizeof(*place), by_flows);
    return place;
}

// A table by hash, open addressing: number + 1.
struct numbers {
    uint32_t *slot, mask;
};

static uint32_t number_of(const struct numbers *t, const uint32_t *hash, uint32_t wanted)
{
    for (uint32_t i = (wanted >> 3) * 0x9E3779B1u >> 7 & t->mask;; i = (i + 1) & t->mask) {
        if (!t->slot[i] || hash[t->slot[i] - 1] == wanted)
            return t->slot[i];
    }
}

static struct numbers number_tokens(struct corpus *c)
{
    const struct place *place = count_tokens(c);
    struct numbers t = {.mask = 1};

    while (t.mask < 2 * c->n_tokens)
        t.mask = t.mask * 2 + 1;
    t.slot = mem_reserve((t.mask + 1) * sizeof(*t.slot));
    c->hash = arena_take(&c->arena, c->n_tokens * sizeof(*c->hash));
    for (uint32_t k = 0; k < c->n_tokens; k++) {
        uint32_t i = (place[k].hash >> 3) * 0x9E3779B1u >> 7 & t.mask;
        while (t.slot[i])
            i = (i + 1) & t.mask;
        t.slot[i] = k + 1;
        c->hash[k] = place[k].hash;
    }
    return t;
}

// What stands for tokens of only one flow: it need not be the same hash, but one that no model
// holds.
static void find_spare(struct corpus *c, const struct numbers *numbers)
{
    uint32_t hash = UINT32_MAX;

    c->spare = arena_take(&c->arena, TOKENS_MOST * sizeof(*c->spare));
    for (uint32_t n = 0; n < TOKENS_MOST; hash--) {
        if (!number_of(numbers, c->hash, hash))
            c->spare[n++] = hash;
    }
}

// What a lesson has: token's number and views, by number.
static inline uint64_t entry_of(uint32_t number, uint8_t views)
{
    return (uint64_t)number << 8 | views;
}

static int by_entry(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

// For each view the first one that shows the same.
static void equal_views(const struct lesson *l, const uint64_t *entry, uint32_t n,
                        uint8_t first[VIEWS])
{
    uint8_t differ[VIEWS] = {0}; // from each view, a bit for each other

    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t v = 0; v < VIEWS; v++)
            differ[v] |= (uint8_t)(entry[i] >> v & 1 ? ~entry[i] & VIEW_BITS : entry[i]);
    }
    for (uint32_t v = 0; v < VIEWS; v++) {
        uint8_t u = 0;
        while (u < v && (differ[v] >> u & 1 || l->total[u] != l->total[v]))
            u++;
        first[v] = u;
    }
}

static void add_rows(struct corpus *c, uint32_t lesson, const uint64_t *entry, uint32_t n)
{
    const struct lesson *l = c->lesson[lesson];
    uint8_t first[VIEWS];

    equal_views(l, entry, n, first);
    for (uint32_t v = 0; v < VIEWS; v++) {
        if (!l->total[v] || first[v] != v)
            continue;
        struct row *r = &c->row[c->n_rows++];
        uint32_t *own = arena_take(&c->arena, min_u32(n, l->total[v]) * sizeof(*own));
        *r = (struct row){.lesson = lesson, .total = l->total[v], .token = own};
        for (uint32_t i = 0; i < n; i++) {
            if (entry[i] >> v & 1)
                own[r->n++] = (uint32_t)(entry[i] >> 8);
        }
        for (uint32_t u = v; u < VIEWS; u++)
            r->views |= (uint8_t)(first[u] == v ? 1 << u : 0);
    }
}

void corpus_make(struct corpus *c, const struct lessons *l)
{
    enum { ENTRIES = VIEWS * TOKENS_MOST };

    *c = (struct corpus){0};
    order_lessons(c, l);
    struct numbers numbers = number_tokens(c);
    uint64_t *entry = arena_take(&c->arena, ENTRIES * sizeof(*entry));
    c->row = arena_take(&c->arena, (size_t)c->n * VIEWS * sizeof(*c->row));
    c->first_row = arena_take(&c->arena, (c->n + 1) * sizeof(*c->first_row));
    for (uint32_t i = 0; i < c->n; i++) {
        const struct lesson *e = c->lesson[i];
        uint32_t n = 0;
        for (uint32_t k = 0; k < e->n; k++) {
            uint32_t number = number_of(&numbers, c->hash, e->token[k]);
            if (number)
                entry[n++] = entry_of(number - 1, e->views[k]);
        }
        qsort(entry, n, sizeof(*entry), by_entry);
        c->first_row[i] = c->n_rows;
        add_rows(c, i, entry, n);
    }
    c->first_row[c->n] = c->n_rows;
    find_spare(c, &numbers);
    mem_release(numbers.slot, (numbers.mask + 1) * sizeof(*numbers.slot));
}

void corpus_free(struct corpus *c)
{
    arena_free(&c->arena);
}

const struct row *corpus_row(const struct corpus *c, uint32_t lesson, enum view v)
{
    for (uint32_t i = c->first_row[lesson]; i < c->first_row[lesson + 1]; i++) {
        if (c->row[i].views >> v & 1)
            return &c->row[i];
    }
    return NULL;
}

void corpus_tokens(struct tokens *t, const struct corpus *c, const struct row *r)
{
    tokens_clear(t);
    for (uint32_t i = 0; i < r->n; i++)
        tokens_add(t, c->hash[r->token[i]]);
    for (uint32_t i = 0; t->n < r->total && i < TOKENS_MOST; i++)
        tokens_add(t, c->spare[i]);
}
