// SPDX-License-Identifier: Apache-2.0
// Feeding analysers of frames without IP: one state for each of them in a lane.
#include "proto/proto.h"

enum { ETHERS_MOST = 16 };

struct ether_feeds {
    struct ether {
        const struct analyser *analyser;
        void *state; // NULL: no frame came yet
    } ether[ETHERS_MOST];
    uint32_t n;
};

struct ether_feeds *ether_feeds_open(void)
{
    struct ether_feeds *f = mem_reserve(sizeof(*f));

    for (const struct analyser *const *a = analysers; *a; a++) {
        if (!((*a)->over & OVER_ETHER))
            continue;
        assert(f->n < ETHERS_MOST);
        f->ether[f->n++].analyser = *a;
    }
    return f;
}

void ether_feeds_close(struct ether_feeds *f)
{
    for (uint32_t i = 0; i < f->n; i++) {
        const struct ether *e = &f->ether[i];
        if (!e->state)
            continue;
        if (e->analyser->close)
            e->analyser->close(e->state);
        mem_release(e->state, e->analyser->lane_state_size);
    }
    mem_release(f, sizeof(*f));
}

void ether_feed(struct ether_feeds *f, struct ctx *x, struct feeds *texts)
{
    x->feeds = texts;
    for (uint32_t i = 0; i < f->n; i++) {
        struct ether *e = &f->ether[i];
        if (e->analyser->ether_type != x->packet->ether_type)
            continue;
        if (!e->state && e->analyser->lane_state_size)
            e->state = mem_reserve(e->analyser->lane_state_size);
        e->analyser->frame(x, e->state);
    }
}

void ether_feeds_tick(struct ether_feeds *f, struct ctx *x, struct feeds *texts, nsec now,
                      bool jump)
{
    x->feeds = texts;
    x->packet = NULL;
    for (uint32_t i = 0; i < f->n; i++)
        if (f->ether[i].state && f->ether[i].analyser->tick)
            f->ether[i].analyser->tick(x, f->ether[i].state, now, jump);
}
