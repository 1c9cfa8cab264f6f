// SPDX-License-Identifier: Apache-2.0
// Pairs that are not IP: MAC addresses and EtherType, both directions together.
#include "flow/table.h"

#include "base/hash.h"

struct ether_key {
    struct mac lo, hi;
    uint16_t ether_type;
    uint8_t service, has_macs;
};
_Static_assert(sizeof(struct ether_key) == 16, "hashed as bytes");

static uint8_t macs_of(const struct packet *p)
{
    return (uint8_t)((p->src.kind == ADDR_MAC) | (p->dst.kind == ADDR_MAC) << 1);
}

static struct ether_key key_of(const struct packet *p)
{
    bool swap = memcmp(p->src_mac.b, p->dst_mac.b, 6) > 0;

    return (struct ether_key){
        .lo = swap ? p->dst_mac : p->src_mac,
        .hi = swap ? p->src_mac : p->dst_mac,
        .ether_type = p->ether_type,
        .service = p->dlt_service,
        .has_macs = macs_of(p),
    };
}

static bool is_pair(const struct ether_pair *e, const struct ether_key *k)
{
    return e->ether_type == k->ether_type && e->service == k->service &&
           e->has_macs == k->has_macs &&
           ((!memcmp(&e->src, &k->lo, 6) && !memcmp(&e->dst, &k->hi, 6)) ||
            (!memcmp(&e->src, &k->hi, 6) && !memcmp(&e->dst, &k->lo, 6)));
}

void ether_end(struct flows *f, struct ether_pair *e, struct out *o)
{
    record_ether(e, o);
    map_remove(&f->ether_map, e->hash, slab_index(&f->ethers, e));
    list_remove(&e->node);
    slab_give(&f->ethers, e);
}

static struct ether_pair *find(struct flows *f, const struct ether_key *k, uint32_t hash)
{
    map_each (&f->ether_map, hash, at, i) {
        struct ether_pair *e = slab_at(&f->ethers, i);
        if (is_pair(e, k))
            return e;
    }
    return NULL;
}

static struct ether_pair *make(struct flows *f, uint32_t hash, const struct packet *p,
                               struct out *o)
{
    struct ether_pair *e = slab_take(&f->ethers);

    if (!e) {
        count(o, COUNT_evicted, 1);
        ether_end(f, CONTAINER(f->ether_list.next, struct ether_pair, node), o);
        e = slab_take(&f->ethers);
    }
    memset(e, 0, sizeof(*e));
    list_init(&e->node);
    struct ether_key key = key_of(p);
    e->who.uid = hash_mix(hash_mix(hash_bytes(&key, sizeof(key), 0x7069706974), p->ordinal + 1),
                          (uint64_t)p->ts);
    e->ordinal = p->ordinal;
    e->first = p->ts;
    e->hash = hash;
    e->src = p->src_mac;
    e->dst = p->dst_mac;
    e->has_macs = macs_of(p);
    e->ether_type = p->ether_type;
    e->service = p->dlt_service;
    map_add(&f->ether_map, hash, slab_index(&f->ethers, e));
    return e;
}

void flows_ether(struct flows *f, const struct packet *p, struct out *o)
{
    struct ether_key key = key_of(p);
    uint32_t hash = (uint32_t)hash_bytes(&key, sizeof(key), f->seed[0]);

    if (p->ts > f->now)
        f->now = p->ts;
    struct ether_pair *e = find(f, &key, hash);
    if (e && f->now - e->last >= f->limit.ether) {
        ether_end(f, e, o);
        e = NULL;
    }
    if (!e)
        e = make(f, hash, p, o);
    if (f->now + f->limit.ether < f->due)
        f->due = f->now + f->limit.ether;
    list_move_last(&f->ether_list, &e->node);
    e->last = p->ts;
    e->pkts += p->frames;
    e->bytes += p->wire_len;
    e->copies += p->copy;
    if (p->n_vlan && p->vlan[0] && !e->n_vlan) { // 0 is only a priority
        e->vlan = p->vlan[0];
        e->n_vlan = p->n_vlan;
    }
    o->telling = o->ordinal == f->limit.explain_ordinal;
    o->at = &e->who;
}

nsec ether_due(const struct flows *f)
{
    if (list_empty(&f->ether_list))
        return INT64_MAX;
    return CONTAINER(f->ether_list.next, struct ether_pair, node)->last + f->limit.ether;
}

void ether_tick(struct flows *f, struct out *o)
{
    for (uint32_t n = 0; n < EXPIRE_MOST && !list_empty(&f->ether_list); n++) {
        struct ether_pair *e = CONTAINER(f->ether_list.next, struct ether_pair, node);
        if (f->now - e->last < f->limit.ether)
            return;
        ether_end(f, e, o);
    }
}
