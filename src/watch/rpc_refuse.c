// SPDX-License-Identifier: Apache-2.0
// Clients whose calls are rejected one after the other: they try which interfaces there are.
#include "watch/rpcs_parts.h"

#include "base/hash.h"
#include "event/pnio.h"

#define WINDOW (10 * SECOND)

// Where two clients have one place, who was found to do it stays.
static struct rpc_refused *place_of(struct rpcs *r, const struct addr *client)
{
    struct rpc_refused *x =
        &r->refused[hash_bytes(client, sizeof(*client), 0) % REFUSED_CLIENTS];

    if (addr_equal(&x->client, client))
        return x;
    if (x->burst)
        return NULL;
    *x = (struct rpc_refused){.client = *client};
    return x;
}

static void refuse(struct rpcs *r, const struct addr *client, const struct addr *server,
                   const struct event *e, uint64_t packet, nsec ts)
{
    struct rpc_refused *x = place_of(r, client);

    if (!x)
        return;
    x->several |= x->n && !addr_equal(&x->server, server);
    x->server = *server;
    x->last = ts;
    x->call[x->n % REFUSED_CALLS].ts = ts;
    x->call[x->n % REFUSED_CALLS].packet = packet;
    x->n++;
    const uint32_t oldest = x->n % REFUSED_CALLS;
    if (x->burst || x->n < REFUSED_CALLS || ts - x->call[oldest].ts > WINDOW)
        return;
    x->burst = true;
    x->n = REFUSED_CALLS; // what came before is no part of it
    x->first = x->call[oldest].ts;
    x->packet = x->call[oldest].packet;
    x->uid = e->uid;
}

static void on_io_cm(struct rpcs *r, const struct ev_profinet_io_cm *e)
{
    enum { FAULT = 3, REJECT = 6 };

    if (e->match == PNIO_ANSWER && (e->type == FAULT || e->type == REJECT))
        refuse(r, &e->destination_h, &e->source_h, &e->head, e->packet, e->head.ts);
}

static void on_dce(struct rpcs *r, const struct ev_dce_rpc *e)
{
    const struct event *h = &e->head;

    if (!strcmp(e->status, "fault") || !strcmp(e->status, "reject"))
        refuse(r, e->is_orig ? &h->src : &h->dst, e->is_orig ? &h->dst : &h->src, h, e->packet,
               h->ts + e->rtt);
}

void rpc_refused(struct rpcs *r, const struct event *e)
{
    if (e->id == EV_profinet_io_cm)
        on_io_cm(r, (const void *)e);
    else
        on_dce(r, (const void *)e);
}
