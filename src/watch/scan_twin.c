// SPDX-License-Identifier: Apache-2.0
// Clients with two protocols of which one is dead: each connection is tried over IPv6, in vain,
// and then made over IPv4. Both come from one station, which has no other IPv4 address: so it
// is no router, behind which everybody is.
#include "watch/scan_beside.h"

#include "base/cur.h"
#include "base/hash.h"

static const struct mac no_mac;

static struct twin *twin_at(const struct scans *s, const struct mac *m)
{
    return &s->twin[hash_mix(load_be32(m->b), load_be16(m->b + 4)) % TWINS];
}

static bool same_mac(const struct mac *a, const struct mac *b)
{
    return !memcmp(a, b, sizeof(*a));
}

void twin_add(struct scans *s, const struct ev_conn *e, const struct attempt *a)
{
    if (a->src.kind != ADDR_IP4 || e->first_resp || is_fruitless(&a->c) ||
        same_mac(&e->first_mac, &no_mac))
        return;
    struct twin *t = twin_at(s, &e->first_mac);
    if (!same_mac(&t->mac, &e->first_mac))
        *t = (struct twin){.mac = e->first_mac, .addr = a->src};
    t->several |= !addr_equal(&t->addr, &a->src);
    for (uint32_t i = 0; i < TWIN_PORTS; i++) {
        struct twin_port *p = &t->port[i];
        if (p->used && p->port != a->c.port)
            continue;
        p->port = a->c.port;
        p->used++;
        return;
    }
}

uint32_t twin_used(const struct scans *s, const struct mac *m, uint16_t port)
{
    const struct twin *t = twin_at(s, m);

    if (!same_mac(&t->mac, m) || same_mac(m, &no_mac) || t->several)
        return 0;
    for (uint32_t i = 0; i < TWIN_PORTS; i++)
        if (t->port[i].used && t->port[i].port == port)
            return t->port[i].used;
    return 0;
}
