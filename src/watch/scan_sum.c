// SPDX-License-Identifier: Apache-2.0
// Counts what came of the contacts of a scan, target by target.
#include "watch/scan_parts.h"

#include <stdlib.h>

enum { TROJAN_SEVERITY = 2 };

static int by_target(const void *a, const void *b)
{
    const struct contact *x = *(struct contact *const *)a, *y = *(struct contact *const *)b;
    int order = addr_order(&x->dst, &y->dst);

    return order ? order : x->port - y->port;
}

static int by_number(const void *a, const void *b)
{
    const struct contact *x = *(struct contact *const *)a, *y = *(struct contact *const *)b;

    return x->port - y->port;
}

static void count_result(struct scan *v, enum result best, bool data_to, bool data_from)
{
    v->targets++;
    v->answered += best == RESULT_ANSWERED;
    v->refused += best == RESULT_REFUSED;
    v->silent += best == RESULT_SILENT;
    v->blocked += best == RESULT_BLOCKED;
    v->data_to += data_to;
    v->data_from += data_from;
    v->data_after += data_to || data_from;
}

static void name_host(struct addr *list, uint32_t *n, const struct addr *a)
{
    if (*n && *n <= SCAN_HOSTS && addr_equal(&list[*n - 1], a))
        return;
    if (*n < SCAN_HOSTS)
        list[*n] = *a;
    ++*n;
}

static void count_targets(struct scan *v, struct contact **c, uint32_t n)
{
    for (uint32_t i = 0; i < n;) {
        enum result best = RESULT_SILENT;
        bool to = false, from = false;
        const struct contact *first = c[i];
        do {
            best = c[i]->result > best ? c[i]->result : best;
            to |= c[i]->data_to;
            from |= c[i]->data_from;
            i++;
        } while (i < n && addr_equal(&c[i]->dst, &first->dst) &&
                 (!v->by_port || c[i]->port == first->port));
        count_result(v, best, to, from);
        if (best == RESULT_ANSWERED)
            name_host(v->answered_host, &v->n_answered, &first->dst);
        if (to || from)
            name_host(v->data_host, &v->n_data, &first->dst);
    }
}

static void name_service(struct scan *v, const char *service)
{
    for (uint32_t i = 0; i < v->n_services; i++)
        if (!strcmp(v->service[i], service))
            return;
    if (v->n_services < SCAN_SERVICES)
        v->service[v->n_services++] = service;
}

static void count_ports(struct scan *v, struct contact **c, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if ((c[i]->data_to || c[i]->data_from) && c[i]->service)
            name_service(v, c[i]->service);
        if (i && c[i]->port == c[i - 1]->port)
            continue;
        if (v->n_ports < SCAN_PORTS)
            v->port[v->n_ports] = c[i]->port;
        v->n_ports++;
    }
}

static void span_time(struct scan *v, struct contact **c, uint32_t n)
{
    v->first = c[0]->first;
    v->last = c[0]->last;
    for (uint32_t i = 0; i < n; i++) {
        if (c[i]->first <= v->first) {
            v->first = c[i]->first;
            v->uid = c[i]->uid;
        }
        v->last = c[i]->last > v->last ? c[i]->last : v->last;
    }
}

static uint8_t severity_of(const struct scan *v)
{
    static const struct {
        uint32_t medium, high; // targets
    } from[SCAN_KINDS] = {[SCAN_HORIZONTAL] = {100, 1000}, [SCAN_VERTICAL] = {50, 250},
                          [SCAN_BLOCK] = {0, 1000},        [SCAN_SLOW] = {30, 1000},
                          [SCAN_DISTRIBUTED] = {0, 1000},  [SCAN_STEALTH] = {0, 1000},
                          [SCAN_ICMP] = {254, 65536},      [SCAN_ARP] = {254, 65536},
                          [SCAN_PROTOCOLS] = {0, 250},     [SCAN_PROFINET] = {20, 1000},
                          [SCAN_RPC] = {0, 1000},          [SCAN_IDLE] = {0, 1000},
                          [SCAN_DECOY] = {0, 1000}};
    uint32_t severity = 1;

    if (v->kind == SCAN_BACKSCATTER)
        return 0;
    severity += v->targets >= from[v->kind].medium;
    severity += v->targets >= from[v->kind].high;
    return (uint8_t)min_u32(severity + (v->data_after > 0), 3);
}

static const char *probe_name(const struct contact *c)
{
    static const char *const name[PROBES] = {
        "syn",    "fin", "null", "xmas", "maimon", "ack", "odd_flags", "syn_ack",
        "unseen", "udp", "sctp", "icmp", "arp",    "ip",  "dcp",       "rpc"};
    enum { SYN = 2, RST = 4 };

    if (c->probe == PROBE_ANSWER && c->flags & RST)
        return "rst";
    return name[c->probe];
}

static const char *proto_name(uint8_t probe)
{
    switch (probe) {
    case PROBE_UDP: return "udp";
    case PROBE_SCTP: return "sctp";
    case PROBE_ICMP: return "icmp";
    case PROBE_ARP: return "arp";
    case PROBE_IP: return "ip";
    case PROBE_DCP: return "dcp";
    case PROBE_RPC: return "rpc";
    default: return "tcp";
    }
}

static struct scan *new_scan(struct scans *s)
{
    if (s->n_list == SCAN_LIST && s->n_told == s->n_list) { // all were told: only told ones go
        s->sums.scans_lost += s->n_list;
        s->n_list = s->n_told = 0;
    }
    if (s->n_list == SCAN_LIST) {
        s->sums.scans_lost++;
        return NULL;
    }
    return memset(&s->list[s->n_list++], 0, sizeof(struct scan));
}

static bool one_host(struct contact **c, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++)
        if (!addr_equal(&c[i]->dst, &c[0]->dst))
            return false;
    return true;
}

void scan_sum(struct scans *s, const struct scan *like, uint32_t n, uint32_t walk)
{
    struct scan *v = !like->ongoing || s->limit.live ? new_scan(s) : NULL;
    struct contact **c = s->chosen;

    if (!v)
        return;
    *v = *like;
    v->probe = probe_name(c[0]);
    v->proto = proto_name(c[0]->probe);
    v->by_port = one_host(c, n) && v->kind != SCAN_BACKSCATTER;
    if (v->by_port)
        v->dst = c[0]->dst;
    v->program = c[0]->probe == PROBE_RPC ? c[0]->service : NULL;
    span_time(v, c, n);
    qsort(c, n, sizeof(struct contact *), by_target);
    count_targets(v, c, n);
    qsort(c, n, sizeof(struct contact *), by_number);
    count_ports(v, c, n);
    v->severity = severity_of(v);
    if (is_trojan(c[0]) && v->severity < TROJAN_SEVERITY)
        v->severity = TROJAN_SEVERITY;
    scan_words(v, s, n, walk);
}

void scan_add(struct scans *s, enum scan_kind kind, const struct addr *src, uint32_t n,
              bool final, uint32_t walk)
{
    const struct scan like = {
        .kind = (uint8_t)kind, .src = *src, .sources = 1, .ongoing = !final};

    scan_sum(s, &like, n, walk);
}
