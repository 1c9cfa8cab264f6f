// SPDX-License-Identifier: Apache-2.0
// The table of connections for relative sequence numbers.
#include "print/numbers.h"

#include "base/hash.h"

struct ends { // the end with the lower port, or address, first
    uint8_t low[16], high[16];
    uint16_t low_port, high_port;
};

struct connection {
    struct ends ends;
    uint32_t low, high; // the bases
    struct node order;
};

void numbers_open(struct numbers *n)
{
    slab_init(&n->slab, NULL, sizeof(struct connection), NUMBERS_MOST);
    map_init(&n->map, NULL, NUMBERS_MOST);
    list_init(&n->order);
    // Addresses of memory differ from run to run, and nothing that is printed depends on it.
    n->seed = hash_mix((uintptr_t)n->slab.base, (uintptr_t)n);
}

void numbers_close(struct numbers *n)
{
    slab_close(&n->slab);
    map_close(&n->map);
}

static uint32_t hash_of(const struct numbers *n, const struct ends *e)
{
    return (uint32_t)hash_bytes(e, sizeof(*e), n->seed);
}

static struct connection *find(struct numbers *n, const struct ends *e, uint32_t hash)
{
    map_each (&n->map, hash, at, index) {
        struct connection *c = slab_at(&n->slab, index);
        if (!memcmp(&c->ends, e, sizeof(*e)))
            return c;
    }
    return NULL;
}

static void forget_oldest(struct numbers *n)
{
    struct connection *c = CONTAINER(n->order.next, struct connection, order);

    map_remove(&n->map, hash_of(n, &c->ends), slab_index(&n->slab, c));
    list_remove(&c->order);
    slab_give(&n->slab, c);
}

static struct connection *add(struct numbers *n, const struct ends *e, uint32_t hash)
{
    struct connection *c = slab_take(&n->slab);

    if (!c) {
        forget_oldest(n);
        c = slab_take(&n->slab);
    }
    c->ends = *e;
    map_add(&n->map, hash, slab_index(&n->slab, c));
    list_append(&n->order, &c->order);
    return c;
}

struct bases numbers_of(struct numbers *n, const struct net *net, uint16_t sport,
                        uint16_t dport, const struct tcp_header *h, bool *fresh)
{
    size_t size = net->version == 4 ? 4 : 16;
    bool turned = sport > dport || (sport == dport && memcmp(net->src, net->dst, size) > 0);
    struct ends e = {.low_port = turned ? dport : sport, .high_port = turned ? sport : dport};

    memcpy(e.low, turned ? net->dst : net->src, size);
    memcpy(e.high, turned ? net->src : net->dst, size);
    uint32_t hash = hash_of(n, &e);
    struct connection *c = find(n, &e, hash);
    *fresh = !c || h->flags & TCP_SYN;
    if (!c)
        c = add(n, &e, hash);
    else
        list_move_last(&n->order, &c->order);
    if (*fresh) {
        c->low = turned ? h->ack - 1 : h->seq;
        c->high = turned ? h->seq : h->ack - 1;
    }
    return turned ? (struct bases){c->high, c->low} : (struct bases){c->low, c->high};
}
