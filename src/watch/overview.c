// SPDX-License-Identifier: Apache-2.0
// The sums of a capture: protocols, hosts, what is not IP, oddities, what was answered from
// another port.
#include "watch/watch.h"

#include <stdlib.h>

#include "watch/findings.h"
#include "watch/hosts.h"

struct watch {
    struct overview view; // first, so that one pointer stands for both
    struct hosts hosts;
    uint64_t joined_uid; // the conversation whose legs come now
};

struct overview *overview_open(void)
{
    struct watch *w = mem_reserve(sizeof(*w));
    struct overview *v = &w->view;

    v->service = mem_reserve(OVERVIEW_SERVICES * sizeof(*v->service));
    v->type = mem_reserve(OVERVIEW_TYPES * sizeof(*v->type));
    v->joined = mem_reserve(OVERVIEW_JOINED * sizeof(*v->joined));
    v->finding = mem_reserve(OVERVIEW_FINDINGS * sizeof(*v->finding));
    hosts_open(&w->hosts);
    v->host = w->hosts.sum;
    return v;
}

void overview_close(struct overview *v)
{
    struct watch *w = CONTAINER(v, struct watch, view);

    mem_release(v->service, OVERVIEW_SERVICES * sizeof(*v->service));
    mem_release(v->type, OVERVIEW_TYPES * sizeof(*v->type));
    mem_release(v->joined, OVERVIEW_JOINED * sizeof(*v->joined));
    mem_release(v->finding, OVERVIEW_FINDINGS * sizeof(*v->finding));
    hosts_close(&w->hosts);
    mem_release(w, sizeof(*w));
}

// ---------------------------------------------------------------- events

// Names are constants of the program, but two may have the same letters.
static bool same_word(const char *a, const char *b)
{
    return a == b || !strcmp(a, b);
}

static struct service_sum *service_of(struct overview *v, const struct ev_conn *e, bool inner)
{
    const char *service = e->service ? e->service : "unknown";
    const char *proto = e->proto ? e->proto : "";

    for (uint32_t i = 0; i < v->services; i++) {
        struct service_sum *s = &v->service[i];
        if (s->inner == inner && same_word(s->service, service) && same_word(s->proto, proto))
            return s;
    }
    if (v->services == OVERVIEW_SERVICES)
        return &v->other_services;
    v->service[v->services] =
        (struct service_sum){.service = service, .proto = proto, .inner = inner};
    return &v->service[v->services++];
}

static void add_joined(struct watch *w, const struct ev_conn *e, uint64_t packets)
{
    struct overview *v = &w->view;

    v->all_joined++;
    if (v->n_joined == OVERVIEW_JOINED)
        return;
    v->joined[v->n_joined++] = (struct joined){
        .uid = e->head.uid,
        .packets = packets,
        .orig = e->head.src,
        .resp = e->head.dst,
        .orig_port = e->head.sport,
        .resp_port = e->head.dport,
        .legs = e->legs,
        .proto = e->proto,
        .service = e->service,
        .paired_by = e->paired_by,
    };
    w->joined_uid = e->head.uid;
}

static void add_conn(struct watch *w, const struct ev_conn *e)
{
    struct overview *v = &w->view;
    bool inner = e->head.present >> FI_conn_tunnel_parents & 1;
    uint64_t packets = e->orig_pkts + e->resp_pkts;
    uint64_t bytes = e->orig_ip_bytes + e->resp_ip_bytes;
    struct service_sum *s = service_of(v, e, inner);

    s->conversations++;
    s->packets += packets;
    s->bytes += bytes;
    w->joined_uid = 0;
    if (e->legs > 1)
        add_joined(w, e, packets);
    if (inner) {
        v->inner++;
        return;
    }
    v->packets += packets;
    v->bytes += bytes;
    hosts_add(&w->hosts, &e->head.src, &e->head.dst, packets, bytes);
}

// Legs follow their conn record; of interest are those that the responder answered from.
static void add_leg(struct watch *w, const struct ev_leg *e)
{
    struct joined *j = w->view.n_joined ? &w->view.joined[w->view.n_joined - 1] : NULL;
    uint16_t port;

    if (!w->joined_uid || !j || j->uid != e->head.uid || w->joined_uid != e->head.uid)
        return;
    if (addr_equal(&e->src_h, &j->orig))
        port = e->dst_p;
    else
        port = e->src_p;
    if (port == j->resp_port)
        return;
    for (int i = 0; i < j->n_ports && i < OVERVIEW_PORTS; i++)
        if (j->port[i] == port)
            return;
    if (j->n_ports < OVERVIEW_PORTS)
        j->port[j->n_ports] = port;
    j->n_ports++;
}

static void add_ether(struct overview *v, const struct ev_ether *e)
{
    struct type_sum *t = NULL;

    for (uint32_t i = 0; i < v->types && !t; i++)
        if (v->type[i].ether_type == e->ether_type && same_word(v->type[i].service, e->service))
            t = &v->type[i];
    if (!t && v->types < OVERVIEW_TYPES) {
        t = &v->type[v->types++];
        *t = (struct type_sum){.ether_type = e->ether_type, .service = e->service};
    }
    t = t ? t : &v->other_types;
    t->pairs++;
    t->frames += e->pkts;
    t->bytes += e->bytes;
    v->packets += e->pkts;
    v->bytes += e->bytes;
}

static void add_weird(struct overview *v, const struct ev_weird *e)
{
    for (int i = 0; i < ODDS; i++) {
        if (odd_type[i].name != e->name)
            continue;
        if (!v->odd[i].count++)
            v->odd[i].packet = e->packet;
        return;
    }
}

// The counts grow from one stats event to the next: the last holds all.
static void take_stats(struct overview *v, const struct ev_stats *e)
{
#define COUNT(name, doc) v->count[COUNT_##name] = e->name;
#include "event/count.def"
#undef COUNT
    v->last = e->head.ts;
    v->first = e->head.ts - (nsec)(e->seconds * (double)SECOND + 0.5);
}

void overview_event(struct overview *v, const struct event *e)
{
    struct watch *w = CONTAINER(v, struct watch, view);
    const void *p = e;

    switch (e->id) {
    case EV_conn: add_conn(w, p); break;
    case EV_leg: add_leg(w, p); break;
    case EV_ether: add_ether(v, p); break;
    case EV_weird: add_weird(v, p); break;
    case EV_stats: take_stats(v, p); break;
    case EV_notice: findings_notice(v, p); break;
    case EV_alert: findings_alert(v, p); break;
    default: break;
    }
}

// ---------------------------------------------------------------- the end

static int descending(uint64_t a, uint64_t b)
{
    return a < b ? 1 : a > b ? -1 : 0;
}

static int by_service(const void *a, const void *b)
{
    const struct service_sum *x = a, *y = b;
    int order = x->inner - y->inner;

    order = order ? order : descending(x->bytes, y->bytes);
    order = order ? order : descending(x->conversations, y->conversations);
    order = order ? order : strcmp(x->service, y->service);
    return order ? order : strcmp(x->proto, y->proto);
}

static int by_host(const void *a, const void *b)
{
    const struct host_sum *x = a, *y = b;
    int order = descending(x->bytes, y->bytes);

    return order ? order : addr_order(&x->addr, &y->addr);
}

static int by_type(const void *a, const void *b)
{
    const struct type_sum *x = a, *y = b;
    int order = descending(x->bytes, y->bytes);

    order = order ? order : x->ether_type - y->ether_type;
    return order ? order : strcmp(x->service, y->service);
}

static void rank_odds(struct overview *v)
{
    v->odds = 0;
    for (int i = 0; i < ODDS; i++) {
        uint32_t at = v->odds;
        if (!v->odd[i].count)
            continue;
        for (; at; at--) { // a handful: insertion keeps the order of the table among equals
            int other = v->odd_rank[at - 1];
            if (odd_type[other].weight > odd_type[i].weight ||
                (odd_type[other].weight == odd_type[i].weight &&
                 v->odd[other].count >= v->odd[i].count))
                break;
            v->odd_rank[at] = v->odd_rank[at - 1];
        }
        v->odd_rank[at] = (uint8_t)i;
        v->odds++;
    }
}

void overview_sort(struct overview *v)
{
    struct watch *w = CONTAINER(v, struct watch, view);

    v->hosts = w->hosts.n;
    v->hosts_lost = w->hosts.lost;
    v->pairs_full = w->hosts.pairs_full;
    qsort(v->service, v->services, sizeof(*v->service), by_service);
    qsort(v->host, v->hosts, sizeof(*v->host), by_host);
    qsort(v->type, v->types, sizeof(*v->type), by_type);
    rank_odds(v);
    findings_sort(v);
}
