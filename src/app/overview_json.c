// SPDX-License-Identifier: Apache-2.0
// The overview as one JSON object.
#include "app/analyze.h"

static void begin(struct text *t, const char *key, char bracket)
{
    json_key(t, key);
    text_char(t, bracket);
}

static void next(struct text *t)
{
    text_str(t, t->p[t->n - 1] == '[' ? "{" : ",{");
}

static void json_addr(struct text *t, const char *key, const struct addr *a)
{
    json_key(t, key);
    text_char(t, '"');
    text_addr(t, a);
    text_char(t, '"');
}

static void json_sums(struct text *t, const char *key, uint64_t n, uint64_t packets,
                      uint64_t bytes)
{
    json_number(t, key, n);
    json_number(t, "packets", packets);
    json_number(t, "bytes", bytes);
}

static void counts(const struct overview *v, struct text *t)
{
    static const char *const name[COUNTS] = {
#define COUNT(counter, doc) #counter,
#include "event/count.def"
#undef COUNT
    };

    for (int i = 0; i < COUNTS; i++)
        json_number(t, name[i], v->count[i]);
    json_number(t, "in_tunnels", v->inner);
    if (!v->count[COUNT_packets])
        return;
    json_key(t, "first");
    text_seconds(t, v->first);
    json_key(t, "last");
    text_seconds(t, v->last);
}

static void services(const struct overview *v, struct text *t)
{
    begin(t, "services", '[');
    for (uint32_t i = 0; i < v->services; i++) {
        const struct service_sum *s = &v->service[i];
        next(t);
        json_text(t, "service", s->service);
        json_text(t, "proto", s->proto);
        json_key(t, "in_tunnel");
        text_str(t, s->inner ? "true" : "false");
        json_sums(t, "conversations", s->conversations, s->packets, s->bytes);
        text_char(t, '}');
    }
    text_char(t, ']');
}

static void hosts(const struct overview *v, struct text *t)
{
    enum { SHOWN = 100 };

    json_number(t, "hosts", v->hosts);
    json_number(t, "hosts_without_room", v->hosts_lost);
    begin(t, "talkers", '[');
    for (uint32_t i = 0; i < v->hosts && i < SHOWN; i++) {
        const struct host_sum *h = &v->host[i];
        next(t);
        json_addr(t, "host", &h->addr);
        json_sums(t, "conversations", h->conversations, h->packets, h->bytes);
        json_number(t, "peers", h->peers);
        text_char(t, '}');
    }
    text_char(t, ']');
}

static void joined(const struct overview *v, struct text *t)
{
    json_number(t, "answered_from_another_port", v->all_joined);
    begin(t, "joined", '[');
    for (uint32_t i = 0; i < v->n_joined; i++) {
        const struct joined *k = &v->joined[i];
        next(t);
        json_key(t, "uid");
        text_char(t, '"');
        text_uid(t, k->uid);
        text_char(t, '"');
        json_addr(t, "id.orig_h", &k->orig);
        json_number(t, "id.orig_p", k->orig_port);
        json_addr(t, "id.resp_h", &k->resp);
        json_number(t, "id.resp_p", k->resp_port);
        json_text(t, "service", k->service);
        json_number(t, "legs", k->legs);
        if (k->paired_by)
            json_text(t, "paired_by", k->paired_by);
        begin(t, "ports", '[');
        for (int p = 0; p < k->n_ports && p < OVERVIEW_PORTS; p++)
            text_printf(t, "%s%u", p ? "," : "", k->port[p]);
        text_str(t, "]}");
    }
    text_char(t, ']');
}

static void not_ip(const struct overview *v, struct text *t)
{
    begin(t, "ether_types", '[');
    for (uint32_t i = 0; i < v->types; i++) {
        const struct type_sum *x = &v->type[i];
        next(t);
        json_number(t, "ether_type", x->ether_type);
        json_text(t, "service", x->service);
        json_sums(t, "pairs", x->pairs, x->frames, x->bytes);
        text_char(t, '}');
    }
    text_char(t, ']');
}

static void odds(const struct overview *v, struct text *t)
{
    begin(t, "weird", '[');
    for (uint32_t i = 0; i < v->odds; i++) {
        const struct odd_type *o = &odd_type[v->odd_rank[i]];
        const struct odd_sum *s = &v->odd[v->odd_rank[i]];
        next(t);
        json_text(t, "name", o->name);
        json_number(t, "weight", (uint64_t)o->weight);
        json_number(t, "count", s->count);
        json_number(t, "first_packet", s->packet);
        json_text(t, "msg", o->sentence);
        text_char(t, '}');
    }
    text_char(t, ']');
}

static void findings(const struct overview *v, struct text *t)
{
    begin(t, "findings", '[');
    for (uint32_t i = 0; i < v->findings; i++) {
        const struct finding *f = &v->finding[i];
        next(t);
        json_text(t, "severity", scan_severity_name[f->severity]);
        json_text(t, "kind", f->from == FROM_RULES ? "alert" : f->kind);
        json_number(t, "count", f->count);
        if (f->packet)
            json_number(t, "first_packet", f->packet);
        if (f->src.kind)
            json_addr(t, "src", &f->src);
        if (f->dst.kind)
            json_addr(t, "dst", &f->dst);
        json_text(t, "msg", f->msg);
        text_char(t, '}');
    }
    text_char(t, ']');
}

void overview_json(const struct overview *v, struct text *t)
{
    text_char(t, '{');
    counts(v, t);
    services(v, t);
    hosts(v, t);
    joined(v, t);
    not_ip(v, t);
    odds(v, t);
    findings(v, t);
    text_str(t, "}\n");
}
