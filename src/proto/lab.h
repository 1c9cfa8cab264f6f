// SPDX-License-Identifier: Apache-2.0
// For tests of what analysers do: a conversation with nothing around it, and what it told.
#pragma once

#include "proto/try.h"

struct lab {
    struct arena arena;
    uint64_t count[COUNTS];
    struct out out;
    struct packet packet;
    struct talk talk;
    struct ctx x;
    struct feeds *feeds;
};

static inline void lab_open(struct lab *l, uint8_t ip_proto)
{
    memset(l, 0, sizeof(*l));
    l->out = (struct out){
        .arena = &l->arena, .count = l->count, .wanted = ~(UINT64_C(1) << EV_message)};
    l->out.last = &l->out.first;
    l->out.at = &l->talk.who;
    l->talk.who.ip_proto = ip_proto;
    l->x = (struct ctx){.out = &l->out, .talk = &l->talk, .packet = &l->packet};
    l->feeds = feeds_open();
}

static inline void lab_close(struct lab *l)
{
    if (l->talk.analyser)
        feed_end(l->feeds, &l->x);
    feeds_close(l->feeds);
    arena_free(&l->arena);
}

// The n-th event of a kind, NULL if there were fewer.
static inline struct event *lab_event(const struct lab *l, enum event_id id, unsigned n)
{
    for (struct event *e = l->out.first; e; e = e->next)
        if (e->id == id && n-- == 0)
            return e;
    return NULL;
}

static inline unsigned lab_odds(const struct lab *l, enum odd which)
{
    unsigned n = 0;

    for (struct event *e = l->out.first; e; e = e->next)
        n += e->id == EV_weird && ((struct ev_weird *)(void *)e)->name == odd_type[which].name;
    return n;
}
