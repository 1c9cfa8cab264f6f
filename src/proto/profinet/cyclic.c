// SPDX-License-Identifier: Apache-2.0
// Cyclic data of PROFINET: only that they go, once a second for each pair.
#include "proto/profinet/dcp.h"

#include "base/hash.h"

#define SILENT (2 * SECOND) // then they begin anew
_Static_assert(offsetof(struct cyclic_pair, last) == 16, "compared as bytes");

// Specification of DCP, section 1: real-time classes 3 and 1.
bool cyclic_is(uint16_t frame_id)
{
    return (frame_id >= 0x0100 && frame_id <= 0x0fff) ||
           (frame_id >= 0x8000 && frame_id <= 0xfbff);
}

static void tell(struct cyclic_pair *pair, struct out *o)
{
    if (pair->last == pair->told)
        return;
    pair->told = pair->last;
    if (!want(o, EV_profinet_cyclic))
        return;
    struct ev_profinet_cyclic *e = emit_profinet_cyclic(o);
    e->src_mac = pair->src;
    e->dst_mac = pair->dst;
    e->vlan = pair->vlan;
    e->frame_id = pair->frame_id;
    e->last = pair->last;
    e->packet = pair->packet;
}

// A place for each hash: two pairs that share one are told more often, which does no harm.
void cyclic_read(struct cyclic *c, uint16_t frame_id, struct ctx *x)
{
    const struct packet *p = x->packet;
    struct cyclic_pair now = {.src = p->src_mac,
                              .dst = p->dst_mac,
                              .vlan = p->n_vlan ? p->vlan[0] : 0,
                              .frame_id = frame_id,
                              .last = x->out->ts,
                              .packet = x->out->ordinal + 1};
    uint64_t key[2];
    memcpy(key, &now, sizeof(key));
    struct cyclic_pair *pair = &c->pair[hash_mix(key[0], key[1]) % CYCLIC_PAIRS];

    if (pair->last && !memcmp(pair, &now, offsetof(struct cyclic_pair, last)) &&
        now.last >= pair->told && now.last - pair->told < SILENT) {
        pair->last = now.last;
        pair->packet = now.packet;
        return;
    }
    tell(pair, x->out);
    *pair = now;
    tell(pair, x->out);
}

void cyclic_tick(struct cyclic *c, struct ctx *x)
{
    for (int i = 0; i < CYCLIC_PAIRS; i++)
        tell(&c->pair[i], x->out);
}
