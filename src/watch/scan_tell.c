// SPDX-License-Identifier: Apache-2.0
// Scans as events: a record of the scan log, and a notice.
#include "watch/scan_beside.h"

#include <stdlib.h>

bool scans_news(const struct scans *s)
{
    return !s->limit.sorted && (s->n_told < s->n_list || s->notes_told < s->n_notes);
}

static bool has_ports(const struct scan *v)
{
    return v->kind != SCAN_ICMP && v->kind != SCAN_ARP && v->kind != SCAN_PROFINET &&
           v->kind != SCAN_RPC;
}

static struct slice list_ports(struct out *o, const struct scan *v, struct text *t)
{
    text_clear(t);
    text_char(t, '[');
    for (uint32_t i = 0; i < v->n_ports && i < SCAN_PORTS && has_ports(v); i++)
        text_printf(t, "%s%u", i ? "," : "", v->port[i]);
    text_char(t, ']');
    return arena_copy(o->arena, text_slice(t));
}

static struct slice list_hosts(struct out *o, const struct addr *host, uint32_t n,
                               struct text *t)
{
    text_clear(t);
    text_char(t, '[');
    for (uint32_t i = 0; i < n && i < SCAN_HOSTS; i++) {
        text_str(t, i ? ",\"" : "\"");
        text_addr(t, &host[i]);
        text_char(t, '"');
    }
    text_char(t, ']');
    return arena_copy(o->arena, text_slice(t));
}

static struct slice list_services(struct out *o, const struct scan *v, struct text *t)
{
    text_clear(t);
    text_char(t, '[');
    for (uint32_t i = 0; i < v->n_services; i++)
        text_printf(t, "%s\"%s\"", i ? "," : "", v->service[i]);
    text_char(t, ']');
    return arena_copy(o->arena, text_slice(t));
}

static void tell_scan(struct out *o, const struct scan *v, struct text *t)
{
    struct ev_scan *e = emit_scan(o);

    e->head.ts = v->first;
    e->src = v->src;
    e->kind = scan_kind_name[v->kind];
    e->probe = v->probe;
    if (v->dst.kind)
        set(scan, e, dst, v->dst);
    e->ports = list_ports(o, v, t);
    e->n_ports = has_ports(v) ? v->n_ports : 0;
    e->targets = v->targets;
    e->answered = v->answered;
    e->refused = v->refused;
    e->silent = v->silent;
    e->blocked = v->blocked;
    e->data_after = v->data_after;
    e->data_to = v->data_to;
    e->data_from = v->data_from;
    e->answered_hosts = list_hosts(o, v->answered_host, v->n_answered, t);
    e->data_hosts = list_hosts(o, v->data_host, v->n_data, t);
    e->services = list_services(o, v, t);
    e->sources = v->sources;
    e->first = v->first;
    e->last = v->last;
    e->severity = scan_severity_name[v->severity];
    e->verdict = arena_copy(o->arena, slice_str(v->verdict));
    if (v->evidence[0])
        set(scan, e, evidence, arena_copy(o->arena, slice_str(v->evidence)));
    e->state = v->ongoing ? "ongoing" : "ended";
}

static void tell_notice(struct out *o, const struct scan *v)
{
    static const char *const note[SCAN_KINDS] = {
        "horizontal_scan", "vertical_scan", "block_scan", "slow_scan",     "distributed_scan",
        "stealth_scan",    "icmp_sweep",    "arp_sweep",  "protocol_scan", "profinet_sweep",
        "rpc_scan",        "idle_scan",     "decoy_scan", "backscatter"};
    struct ev_notice *e = emit_notice(o);

    e->head.ts = v->first;
    e->head.uid = v->uid;
    e->src = v->src;
    e->dst = v->dst;
    if (v->src.kind && v->dst.kind) { // as those of a conversation: both or none
        e->head.src = v->src;
        e->head.dst = v->dst;
    }
    e->p = v->n_ports == 1 && has_ports(v) ? v->port[0] : 0;
    e->note = note[v->kind];
    e->severity = scan_severity_name[v->severity];
    e->technique = v->kind == SCAN_BACKSCATTER                   ? NULL
                   : v->kind == SCAN_ICMP || v->kind == SCAN_ARP ? "T1018"
                   : v->kind == SCAN_PROFINET                    ? "T0846"
                                                                 : "T1046";
    e->first = v->first;
    e->last = v->last;
    e->count = v->targets;
    e->msg = arena_copy(o->arena, slice_str(v->verdict));
    e->evidence = arena_copy(o->arena, slice_str(v->evidence[0] ? v->evidence : v->verdict));
}

static void tell_note(struct out *o, const struct scan_note *v)
{
    struct ev_notice *e = emit_notice(o);

    e->head.ts = v->first;
    e->head.uid = v->uid;
    e->src = v->src;
    e->dst = v->dst;
    e->p = v->port;
    e->note = v->name;
    e->severity = scan_severity_name[v->severity];
    e->technique = v->technique ? v->technique : "T1046";
    e->first = v->first;
    e->last = v->last;
    e->count = v->count;
    e->msg = arena_copy(o->arena, slice_str(v->msg));
    e->evidence = arena_copy(o->arena, slice_str(v->evidence));
}

void scans_tell(struct scans *s, struct out *o)
{
    struct text t = {0};
    uint32_t n;

    if (s->limit.sorted) {
        (void)scans_list(s, &n);
        s->n_told = 0;
    }
    for (; s->n_told < s->n_list; s->n_told++) {
        const struct scan *v = &s->list[s->n_told];
        if (want(o, EV_scan))
            tell_scan(o, v, &t);
        // What is asked of RPC is told by its own watcher.
        if (want(o, EV_notice) && v->ongoing == s->limit.live && v->kind != SCAN_RPC)
            tell_notice(o, v);
    }
    for (; s->notes_told < s->n_notes; s->notes_told++)
        if (want(o, EV_notice))
            tell_note(o, &s->note[s->notes_told]);
    text_free(&t);
}

// ---------------------------------------------------------------- the list

static int worst_first(const void *a, const void *b)
{
    const struct scan *x = a, *y = b;

    if (x->severity != y->severity)
        return y->severity - x->severity;
    if (x->data_after != y->data_after)
        return x->data_after < y->data_after ? 1 : -1;
    if (x->targets != y->targets)
        return x->targets < y->targets ? 1 : -1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return addr_order(&x->src, &y->src);
}

// A live scan is in the list twice, unless it goes on: only its end counts.
const struct scan *scans_list(struct scans *s, uint32_t *n)
{
    uint32_t ended = 0;

    for (uint32_t i = 0; i < s->n_list; i++)
        if (!s->list[i].ongoing)
            s->list[ended++] = s->list[i];
    s->n_list = s->n_told = ended;
    qsort(s->list, ended, sizeof(*s->list), worst_first);
    *n = ended;
    return s->list;
}
