// SPDX-License-Identifier: Apache-2.0
// Collects `message` events until their conversation ends.
#include "app/gather.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ident/prelude.h"

enum { GATHERED_MOST = 65536 };

struct gathered {
    uint64_t uid;
    struct prelude prelude;
};

struct gather {
    gather_talk *talk;
    void *user;
    struct slab slab;
    struct map map;
    uint64_t lost;
};

struct gather *gather_new(gather_talk *talk, void *user)
{
    struct gather *g = calloc(1, sizeof(*g));

    if (!g)
        abort();
    g->talk = talk;
    g->user = user;
    slab_init(&g->slab, NULL, sizeof(struct gathered), GATHERED_MOST);
    map_init(&g->map, NULL, GATHERED_MOST);
    return g;
}

void gather_free(struct gather *g)
{
    slab_close(&g->slab);
    map_close(&g->map);
    free(g);
}

uint64_t gather_lost(const struct gather *g)
{
    return g->lost;
}

static struct gathered *find(struct gather *g, uint64_t uid)
{
    map_each (&g->map, (uint32_t)uid, at, index) {
        struct gathered *x = slab_at(&g->slab, index);
        if (x->uid == uid)
            return x;
    }
    return NULL;
}

static struct gathered *find_or_make(struct gather *g, const struct ev_message *e)
{
    struct gathered *x = find(g, e->head.uid);

    if (x || !(x = slab_take(&g->slab))) {
        g->lost += !x;
        return x;
    }
    memset(x, 0, offsetof(struct gathered, prelude) + offsetof(struct prelude, bytes));
    x->uid = e->head.uid;
    x->prelude.whole = e->whole;
    map_add(&g->map, (uint32_t)x->uid, slab_index(&g->slab, x));
    return x;
}

static uint8_t digit(uint8_t c)
{
    return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void add(struct gather *g, const struct ev_message *e)
{
    struct gathered *x = find_or_make(g, e);
    uint8_t bytes[MESSAGE_BYTES];
    uint32_t n = min_u32(e->data.n / 2, MESSAGE_BYTES);

    if (!x)
        return;
    for (uint32_t k = 0; k < n; k++)
        bytes[k] = (uint8_t)(digit(e->data.p[2 * k]) << 4 | digit(e->data.p[2 * k + 1]));
    (void)prelude_add(&x->prelude, &(struct piece){.bytes = slice_of(bytes, n),
                                                   .size = e->size,
                                                   .ts = e->head.ts,
                                                   .side = e->side[0] == 'o' ? ORIG : RESP,
                                                   .src = &e->head.src,
                                                   .sport = e->head.sport,
                                                   .stream = e->head.ip_proto == PROTO_TCP});
}

static void finish(struct gather *g, const struct ev_conn *e)
{
    struct gathered *x = find(g, e->head.uid);
    struct glimpse glimpse;

    if (!x)
        return;
    prelude_glimpse(&glimpse, &x->prelude, e->ip_proto);
    g->talk(g->user, &glimpse, e);
    map_remove(&g->map, (uint32_t)x->uid, slab_index(&g->slab, x));
    slab_give(&g->slab, x);
}

bool gather_event(void *gather, const struct event *e)
{
    if (e->id == EV_message)
        add(gather, (const void *)e);
    else if (e->id == EV_conn)
        finish(gather, (const void *)e);
    return true;
}
