// SPDX-License-Identifier: Apache-2.0
// Announced endpoints: port mappers and control connections say where the next conversation
// goes.
#include "flow/table.h"

// Fields that are given are compared; the more of them, the better the match.
static bool fits(const struct flows *f, const struct expectation *e, const struct addr *client,
                 const struct addr *server, uint16_t port, uint8_t ip_proto)
{
    return e->ip_proto == ip_proto && e->port == port && addr_equal(&e->server, server) &&
           (e->client.kind == ADDR_NONE || addr_equal(&e->client, client)) &&
           e->until >= f->now;
}

static struct expectation *find(struct flows *f, bool join, const struct addr *client,
                                const struct addr *server, uint16_t port, uint8_t ip_proto)
{
    struct expectation *best = NULL;

    for (uint32_t i = 0; i < f->n_expect; i++) {
        struct expectation *e = &f->expect[i];
        if (e->join == join && fits(f, e, client, server, port, ip_proto) &&
            (!best || e->client.kind != ADDR_NONE || best->client.kind == ADDR_NONE))
            best = e;
    }
    return best;
}

static void take(struct flows *f, struct expectation *e)
{
    if (e->once)
        *e = f->expect[--f->n_expect];
}

void flows_expect(struct flows *f, const struct expectation *e, struct out *o)
{
    uint32_t oldest = 0;

    for (uint32_t i = 0; i < f->n_expect; i++) {
        struct expectation *x = &f->expect[i];
        if (x->port == e->port && x->ip_proto == e->ip_proto && x->join == e->join &&
            addr_equal(&x->server, &e->server) && addr_equal(&x->client, &e->client)) {
            *x = *e; // told again: it lives on
            return;
        }
        if (x->until < f->expect[oldest].until)
            oldest = i;
    }
    if (f->n_expect < EXPECTATIONS) {
        f->expect[f->n_expect++] = *e;
        return;
    }
    if (f->expect[oldest].until >= f->now)
        count(o, COUNT_expect_lost, 1);
    f->expect[oldest] = *e;
}

void expect_name(struct flows *f, struct talk *t, struct out *o)
{
    if (!f->n_expect)
        return;
    struct expectation *e =
        find(f, false, &t->who.src, &t->who.dst, t->who.dport, t->who.ip_proto);
    if (!e)
        return;
    t->expected = e->service;
    t->sub = e->sub;
    why(o, "this endpoint was announced for %s%s%s", e->service, e->sub ? ", " : "",
        e->sub ? e->sub : "");
    take(f, e);
}

struct talk *expect_join(struct flows *f, const struct packet *p, struct out *o)
{
    struct expectation *e = NULL;

    if (f->n_expect)
        e = find(f, true, &p->src, &p->dst, p->dport, p->ip_proto);
    if (!e || e->parent->n_flows >= LEGS_MOST)
        return NULL;
    struct talk *t = e->parent;
    take(f, e);
    return t;
}
