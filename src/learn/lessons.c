// SPDX-License-Identifier: Apache-2.0
// Collecting labelled flows: duplicates are left out, and what one capture has too many of.
#include "learn/lessons.h"

#include "base/hash.h"

#include <string.h>

static uint32_t pointer_mix(const char *label, const char *source, const char *capture)
{
    uint64_t h =
        hash_mix((uintptr_t)label, (uintptr_t)source); // only found by it, never ordered

    return (uint32_t)hash_mix(h, (uintptr_t)capture);
}

static struct group *group_of(struct lessons *l, const struct lesson *e)
{
    uint32_t hash = pointer_mix(e->label, e->source, e->capture);

    map_each (&l->by_group, hash, at, index) {
        struct group *g = &l->group[index];
        if (g->label == e->label && g->source == e->source && g->capture == e->capture)
            return g;
    }
    map_add(&l->by_group, hash, l->n_groups);
    l->group[l->n_groups] = (struct group){e->label, e->source, e->capture, 0};
    return &l->group[l->n_groups++];
}

static bool is_duplicate(struct lessons *l, uint64_t same)
{
    map_each (&l->by_same, (uint32_t)same, at, index) {
        if (l->lesson[index].same == same)
            return true;
    }
    return false;
}

struct lessons *lessons_new(void)
{
    struct arena arena = {0};
    struct lessons *l = arena_zero(&arena, sizeof(*l));

    l->arena = arena;
    l->lesson = mem_reserve(LESSONS_MOST * sizeof(*l->lesson));
    l->group = mem_reserve(LESSONS_MOST * sizeof(*l->group));
    l->string = mem_reserve(STRINGS_MOST * sizeof(*l->string));
    map_init(&l->by_string, NULL, STRINGS_MOST);
    map_init(&l->by_same, NULL, LESSONS_MOST);
    map_init(&l->by_group, NULL, LESSONS_MOST);
    return l;
}

void lessons_free(struct lessons *l)
{
    if (!l)
        return;
    map_close(&l->by_string);
    map_close(&l->by_same);
    map_close(&l->by_group);
    mem_release(l->lesson, LESSONS_MOST * sizeof(*l->lesson));
    mem_release(l->group, LESSONS_MOST * sizeof(*l->group));
    mem_release(l->string, STRINGS_MOST * sizeof(*l->string));
    struct arena arena = l->arena; // which l itself lies in
    arena_free(&arena);
}

uint32_t lessons_find(const struct lessons *l, struct slice s)
{
    map_each (&l->by_string, (uint32_t)hash_bytes(s.p, s.n, 0), at, index) {
        if (strlen(l->string[index]) == s.n && (!s.n || !memcmp(l->string[index], s.p, s.n)))
            return index;
    }
    return SLAB_NONE;
}

const char *lessons_string(struct lessons *l, struct slice s)
{
    uint32_t index = lessons_find(l, s);

    if (index == SLAB_NONE) {
        char *copy = arena_zero(&l->arena, s.n + 1u);
        if (s.n)
            memcpy(copy, s.p, s.n);
        index = l->n_strings++;
        map_add(&l->by_string, (uint32_t)hash_bytes(s.p, s.n, 0), index);
        l->string[index] = copy;
    }
    return l->string[index];
}

void lessons_place(struct lessons *l, const struct lesson *from)
{
    l->lesson[l->n] = *from;
    l->lesson[l->n].number = l->n;
    map_add(&l->by_same, (uint32_t)from->same, l->n);
    group_of(l, from)->flows++;
    l->n++;
}

// Merges the views' sorted lists into one, in which a token stands once.
static void merge(struct lessons *l, struct lesson *to, const struct example *e)
{
    uint32_t at[VIEWS] = {0}, most = 0, n = 0;

    for (uint32_t v = 0; v < VIEWS; v++) {
        to->total[v] = e->view[v] ? e->view[v]->n : 0;
        most += to->total[v];
    }
    uint32_t *token = arena_take(&l->arena, most * sizeof(*token));
    uint8_t *views = arena_take(&l->arena, most);
    for (;;) {
        uint64_t least = UINT64_MAX;
        for (uint32_t v = 0; v < VIEWS; v++) {
            if (at[v] < to->total[v] && e->view[v]->hash[at[v]] < least)
                least = e->view[v]->hash[at[v]];
        }
        if (least == UINT64_MAX)
            break;
        token[n] = (uint32_t)least;
        views[n] = 0;
        for (uint32_t v = 0; v < VIEWS; v++) {
            if (at[v] < to->total[v] && e->view[v]->hash[at[v]] == least) {
                views[n] |= (uint8_t)(1 << v);
                at[v]++;
            }
        }
        n++;
    }
    to->n = n;
    to->token = token;
    to->views = views;
}

static const char *intern(struct lessons *l, const char *s)
{
    return lessons_string(l, slice_str(s ? s : ""));
}

bool lessons_add(struct lessons *l, const struct example *e)
{
    struct lesson lesson = {.same = e->same, .messages = e->messages};

    if (l->n == LESSONS_MOST || l->n_strings + STRINGS_OF_ONE > STRINGS_MOST)
        return false;
    lesson.label = intern(l, e->label);
    lesson.source = intern(l, e->source);
    lesson.capture = intern(l, e->capture);
    lesson.origin = intern(l, e->origin);
    for (uint32_t v = 0; v < VIEWS; v++)
        lesson.probe[v] = intern(l, e->probe[v]);
    if (is_duplicate(l, e->same) || group_of(l, &lesson)->flows >= GROUP_MOST)
        return false;
    merge(l, &lesson, e);
    lessons_place(l, &lesson);
    return true;
}

uint32_t lessons_count(const struct lessons *l)
{
    return l->n;
}
