// SPDX-License-Identifier: Apache-2.0
// Traced routes (packet forensics, 5.7): packets for one host that live for one hop, two,
// three; or routers one after the other that say one died with them. Somebody looks how the
// network is built; it is no scan.
#include "watch/scan_beside.h"

#include <stdio.h>

#include "base/hash.h"

enum { HOPS_LEAST = 3, NEAR = 8, INFO = 0 };
#define FIRST_HOPS 0xeu // 1, 2 and 3

static void tell(struct scans *s, struct route *r)
{
    struct scan_note *v = r->told ? NULL : scan_note(s);
    struct text t = {0};

    r->told = true;
    if (!v)
        return;
    *v = (struct scan_note){.name = "traceroute",
                            .technique = "T1016",
                            .src = r->src,
                            .dst = r->dst,
                            .first = r->first,
                            .last = r->last,
                            .uid = r->uid,
                            .count = r->packets ? r->packets : r->hops,
                            .severity = INFO};
    text_str(&t, "traces the route to ");
    text_addr(&t, &r->dst);
    if (r->hops)
        text_printf(&t, ": %u router%s answered", r->hops, r->hops == 1 ? "" : "s");
    else
        text_str(&t, ", with times to live of 1, 2, 3 and on");
    snprintf(v->msg, sizeof(v->msg), "%.*s", (int)t.n, t.p);
    text_clear(&t);
    for (uint32_t i = 0; i < r->hops && i < ROUTE_HOPS; i++) {
        text_str(&t, i ? ", " : "routers: ");
        text_addr(&t, &r->hop[i]);
    }
    snprintf(v->evidence, sizeof(v->evidence), "%.*s", (int)t.n, t.n ? t.p : "");
    if (!t.n)
        snprintf(v->evidence, sizeof(v->evidence), "no router answered that was seen");
    text_free(&t);
}

static bool is_traced(const struct route *r)
{
    return r->hops >= HOPS_LEAST || (r->ttls & FIRST_HOPS) == FIRST_HOPS;
}

static void end(struct scans *s, struct route *r)
{
    if (is_traced(r))
        tell(s, r);
}

// The place of the pair: its own, or the one among its neighbours that was silent longest.
static struct route *route_of(struct scans *s, const struct addr *src, const struct addr *dst,
                              nsec now)
{
    uint64_t print = hash_bytes(src, sizeof(*src), hash_bytes(dst, sizeof(*dst), 31));
    struct route *oldest = NULL;

    for (uint32_t i = 0; i < NEAR; i++) {
        struct route *r = &s->route[(print + i) % ROUTES];
        if (addr_equal(&r->src, src) && addr_equal(&r->dst, dst))
            return r;
        oldest = oldest && oldest->last <= r->last ? oldest : r;
    }
    end(s, oldest);
    *oldest = (struct route){.src = *src, .dst = *dst, .first = now};
    return oldest;
}

static void seen(struct scans *s, struct route *r, nsec now)
{
    r->first = now < r->first ? now : r->first;
    r->last = now > r->last ? now : r->last;
    if (s->limit.live && is_traced(r))
        tell(s, r);
}

void route_conn(struct scans *s, const struct ev_conn *e)
{
    if (!(e->first_ttls & FIRST_HOPS) || e->first_resp || addr_is_multicast(&e->head.dst))
        return;
    struct route *r = route_of(s, &e->head.src, &e->head.dst, e->start);
    r->ttls |= e->first_ttls;
    r->packets += e->orig_pkts;
    r->uid = r->uid ? r->uid : e->head.uid;
    seen(s, r, e->start);
}

void route_report(struct scans *s, const struct ev_unreachable *e)
{
    if (!e->exceeded)
        return;
    struct route *r = route_of(s, &e->src, &e->dst, e->head.ts);
    for (uint32_t i = 0; i < r->hops && i < ROUTE_HOPS; i++)
        if (addr_equal(&r->hop[i], &e->by))
            return;
    if (r->hops < ROUTE_HOPS)
        r->hop[r->hops++] = e->by;
    seen(s, r, e->head.ts);
}

void routes_end(struct scans *s)
{
    for (uint32_t i = 0; i < ROUTES; i++)
        end(s, &s->route[i]);
}
