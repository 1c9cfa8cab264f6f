// SPDX-License-Identifier: Apache-2.0
// For the room's tests: a place for events, and what was told there.
#pragma once

#include "event/event.h"

struct probe {
    struct out out;
    struct arena arena;
    uint64_t count[COUNTS];
};

static inline void probe_open(struct probe *t)
{
    *t = (struct probe){0};
    t->out.arena = &t->arena;
    t->out.last = &t->out.first;
    t->out.count = t->count;
    t->out.wanted = UINT64_C(1) << EV_weird;
    t->out.at = &nobody;
}

// Forgets what was told and what was counted.
static inline void probe_clear(struct probe *t)
{
    arena_reset(&t->arena);
    memset(t->count, 0, sizeof(t->count));
    t->out.first = NULL;
    t->out.last = &t->out.first;
}

static inline void probe_close(struct probe *t)
{
    arena_free(&t->arena);
}

static inline const struct ev_weird *probe_odd(const struct probe *t, enum odd which,
                                               unsigned *times)
{
    const struct ev_weird *found = NULL;

    *times = 0;
    for (struct event *e = t->out.first; e; e = e->next) {
        const struct ev_weird *w = (const struct ev_weird *)(const void *)e;

        if (e->id != EV_weird || strcmp(w->name, odd_type[which].name))
            continue;
        found = found ? found : w;
        ++*times;
    }
    return found;
}

static inline unsigned probe_odds(const struct probe *t, enum odd which)
{
    unsigned times;

    probe_odd(t, which, &times);
    return times;
}

// The same on every machine (splitmix64).
static inline uint32_t probe_random(uint64_t *state, uint32_t below)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ (z >> 31)) % below);
}
