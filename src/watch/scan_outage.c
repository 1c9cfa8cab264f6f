// SPDX-License-Identifier: Apache-2.0
// Networks that are down (packet forensics, 4.2): several sources that meet silence in one
// network within a minute, which answered before, and answers nobody now. That is an outage,
// and what was tried there meanwhile is no sign of a scan: a scan of a network that works meets
// answers, too.
#include "watch/scan_beside.h"

#include <stdio.h>

#include "base/hash.h"

enum { NEAR = 4, SOURCES_LEAST = 3, SILENT_LEAST = 10, INFO = 0 };
#define OUTAGE_WINDOW (60 * SECOND)

// The first 24 bits of an IPv4 address, 64 of an IPv6 address.
static struct addr net_of(const struct addr *a)
{
    struct addr net = *a;

    if (a->kind == ADDR_IP4)
        net.b[3] = 0;
    else
        memset(net.b + 8, 0, 8);
    return net;
}

static uint64_t place_of(const struct addr *net)
{
    return hash_mix(addr_half(net, 0), net->kind);
}

// NULL: not known
static struct subnet *find(const struct scans *s, const struct addr *net)
{
    for (uint32_t i = 0; i < NEAR; i++) {
        struct subnet *n = &s->subnet[(place_of(net) + i) % SUBNETS];
        if (addr_equal(&n->net, net))
            return n;
    }
    return NULL;
}

// Its own, or in the place of the one among its neighbours where nothing happened for longest.
static struct subnet *subnet_of(struct scans *s, const struct addr *a)
{
    struct addr net = net_of(a);
    struct subnet *found = find(s, &net), *oldest = NULL;

    for (uint32_t i = 0; i < NEAR && !found; i++) {
        struct subnet *n = &s->subnet[(place_of(&net) + i) % SUBNETS];
        oldest = oldest && oldest->last <= n->last ? oldest : n;
    }
    if (!found) {
        found = oldest;
        *found = (struct subnet){.net = net};
    }
    found->last = s->now;
    return found;
}

// Who answered is often known late: connections are told when they end.
static bool was_down(const struct subnet *n)
{
    return n->down_to && n->first_alive && n->first_alive < n->down_from;
}

static void tell(struct scans *s, const struct subnet *n)
{
    struct scan_note *v = scan_note(s);
    struct text t = {0};

    if (!v)
        return;
    *v = (struct scan_note){.name = "network_silent",
                            .technique = "T0826",
                            .src = n->net,
                            .first = n->down_from,
                            .last = n->down_to,
                            .count = n->lost,
                            .severity = INFO};
    text_addr(&t, &n->net);
    snprintf(v->msg, sizeof(v->msg),
             "the network of %.*s fell silent: it answered before, and nobody now", (int)t.n,
             t.p);
    snprintf(v->evidence, sizeof(v->evidence),
             "%u tries of several sources; they do not count as scans", n->lost);
    text_free(&t);
}

// Over half of what came to nothing anywhere.
static bool is_down(const struct scans *s, const struct subnet *n)
{
    return n->window == s->window && n->sources >= SOURCES_LEAST && n->silent >= SILENT_LEAST &&
           !n->answered && n->silent * 2 > s->window_failed;
}

static void close_window(struct scans *s)
{
    for (uint32_t i = 0; i < SUBNETS && s->window_failed >= SILENT_LEAST; i++) {
        struct subnet *n = &s->subnet[i];
        if (!is_down(s, n))
            continue;
        bool on = n->down_to && s->window - n->down_to <= OUTAGE_WINDOW;
        n->down_from = on ? n->down_from : s->window;
        n->lost = on ? n->lost + n->silent : n->silent;
        n->down_to = s->window + OUTAGE_WINDOW;
        s->outages = true;
    }
    s->window_failed = 0;
}

static void add_silent(struct scans *s, struct subnet *n, const struct addr *src)
{
    uint32_t print = (uint32_t)hash_bytes(src, sizeof(*src), 41) | 1;

    if (n->window != s->window) {
        n->window = s->window;
        n->silent = n->sources = 0;
        n->answered = n->latest_alive >= s->window;
    }
    n->silent++;
    s->window_failed++;
    for (uint32_t i = 0; i < n->sources; i++)
        if (n->source[i] == print)
            return;
    if (n->sources < COUNT_OF(n->source))
        n->source[n->sources++] = print;
}

static void add_alive(struct scans *s, struct subnet *n, nsec at)
{
    n->first_alive = n->first_alive && n->first_alive < at ? n->first_alive : at;
    n->latest_alive = at > n->latest_alive ? at : n->latest_alive;
    n->answered |= n->window == s->window && at >= s->window;
    if (at >= n->down_from && at <= n->down_to)
        n->down_to = 0; // somebody did answer
}

void outage_add(struct scans *s, const struct attempt *a)
{
    if (a->c.probe != PROBE_SYN)
        return; // much that goes over UDP is never answered
    struct subnet *n = subnet_of(s, &a->c.dst);
    if (a->c.result >= RESULT_REFUSED) {
        add_alive(s, n, a->c.first);
        return;
    }
    if (a->c.first < s->window)
        return;
    if (a->c.first - s->window >= OUTAGE_WINDOW) {
        close_window(s);
        s->window = a->c.first;
    }
    add_silent(s, n, &a->src);
}

bool outage_covers(const struct scans *s, const struct contact *c)
{
    if (!s->outages || c->result >= RESULT_REFUSED)
        return false;
    struct addr net = net_of(&c->dst);
    const struct subnet *n = find(s, &net);

    return n && was_down(n) && c->first >= n->down_from && c->first <= n->down_to;
}

void outages_end(struct scans *s)
{
    close_window(s);
    for (uint32_t i = 0; i < SUBNETS; i++)
        if (was_down(&s->subnet[i]))
            tell(s, &s->subnet[i]);
}
