// SPDX-License-Identifier: Apache-2.0
// What the hunt found, in words and as notices.
#include "watch/watch.h"

enum { NOTICES_MOST = 100, HIGH_FROM = 90, MEDIUM_FROM = 70 };

static void list_promised(struct text *t, const struct hunt_group *g)
{
    for (uint32_t i = 0; i < g->n_promised; i++) {
        text_str(t, i ? ", " : "");
        text_str(t, g->promised[i]);
    }
}

static void put_knocks(struct text *t, const struct hunt_group *g)
{
    text_printf(t, "%u knocks on ", g->n_knocks);
    for (uint32_t i = 0; i < g->n_knocks; i++)
        text_printf(t, "%s%u", i ? ", " : "", g->knock[i]);
    text_printf(t, " before the flow to %u", g->port);
}

void hunt_words(struct text *t, const struct hunt_group *g)
{
    static const char *const verdict[HUNT_KINDS] = {
        [HUNT_RANDOM] = "random bytes",
        [HUNT_HIDDEN] = "random bytes",
        [HUNT_UNKNOWN] = "an unknown protocol",
        [HUNT_NAMELESS] = "an unknown protocol",
    };

    if (g->kind == HUNT_KNOCKING) {
        put_knocks(t, g);
        return;
    }
    text_str(t, verdict[g->kind] ? verdict[g->kind] : g->verdict);
    if (g->kind == HUNT_UNKNOWN && strcmp(g->verdict, "unknown") != 0)
        text_printf(t, " (%s)", g->verdict);
    if (g->n_promised) {
        text_printf(t, " where port %u promises ", g->port);
        list_promised(t, g);
    } else {
        text_printf(t, " on port %u, which promises nothing", g->port);
    }
}

static const char *severity(const struct hunt_group *g)
{
    return g->strange >= HIGH_FROM ? "high" : g->strange >= MEDIUM_FROM ? "medium" : "low";
}

// Of the kinds that are never strange enough there is no note.
static void tell(struct out *o, const struct hunt_group *g, struct text *t)
{
    static const char *const note[HUNT_KINDS] = {
        [HUNT_HOSTILE] = "hostile_protocol", [HUNT_FOREIGN] = "unexpected_protocol",
        [HUNT_RANDOM] = "unrecognised",      [HUNT_UNKNOWN] = "unrecognised",
        [HUNT_KNOCKING] = "port_knocking",
    };
    struct ev_notice *e = emit_notice(o);

    e->head.ts = g->first;
    e->head.uid = g->uid;
    e->head.src = e->src = g->client;
    e->head.dst = e->dst = g->server;
    e->head.sport = g->client_port;
    e->head.dport = e->p = g->port;
    e->head.ip_proto = g->ip_proto;
    e->note = note[g->kind];
    e->severity = severity(g);
    e->technique = g->kind == HUNT_KNOCKING ? "T1205.001" : "T1571";
    e->first = g->first;
    e->last = g->last;
    e->count = g->flows;
    text_clear(t);
    hunt_words(t, g);
    e->msg = arena_copy(o->arena, text_slice(t));
    text_clear(t);
    text_str(t, g->verdict);
    if (g->sure)
        text_printf(t, ", %u %% sure", g->sure);
    text_printf(t, ": %.*s", g->why_n, g->why);
    e->evidence = arena_copy(o->arena, text_slice(t));
}

void hunt_tell(struct hunt *h, struct out *o)
{
    struct hunt_sums sums;
    struct text t = {0};
    uint32_t n;
    const struct hunt_group *g = hunt_list(h, &n, &sums);

    for (uint32_t i = 0; i < n && i < NOTICES_MOST && g[i].strange >= HUNT_STRANGE; i++)
        tell(o, &g[i], &t);
    text_free(&t);
}
