// SPDX-License-Identifier: Apache-2.0
// What an analyst should look at: notices, alerts and the gravest oddities, folded by kind.
#include "watch/findings.h"

#include <stdio.h>
#include <stdlib.h>

enum { INFO, LOW, MEDIUM, HIGH, GRAVE_WEIGHT = 4 };

static struct finding *finding_of(struct overview *v, enum finding_from from, const char *kind)
{
    for (uint32_t i = 0; i < v->findings; i++)
        if (v->finding[i].from == from && !strcmp(v->finding[i].kind, kind))
            return &v->finding[i];
    if (v->findings == OVERVIEW_FINDINGS) {
        v->findings_lost++;
        return NULL;
    }
    v->finding[v->findings] = (struct finding){.from = (uint8_t)from, .kind = kind};
    return &v->finding[v->findings++];
}

// The worst of a kind is its example; of equals the first.
static bool is_example(struct finding *f, int severity)
{
    bool worse = !f->count++ || severity > f->severity;

    if (worse)
        f->severity = (uint8_t)severity;
    return worse;
}

static int severity_of(const char *word)
{
    return !strcmp(word, "high")     ? HIGH
           : !strcmp(word, "medium") ? MEDIUM
           : !strcmp(word, "low")    ? LOW
                                     : INFO;
}

static bool is_scan(const char *note)
{
    const char *end = strrchr(note, '_');

    if (!strcmp(note, "backscatter"))
        return true;
    return end && strncmp(note, "rpc_", 4) != 0 && strncmp(note, "dcp_", 4) != 0 &&
           (!strcmp(end, "_scan") || !strcmp(end, "_sweep"));
}

// PROFINET's context manager speaks another RPC.
static bool is_onc_rpc(const char *note)
{
    static const char *const other[] = {"rpc_response_forged", "rpc_double_response",
                                        "rpc_addr_rewrite"};

    for (size_t i = 0; i < COUNT_OF(other); i++)
        if (!strcmp(note, other[i]))
            return false;
    return !strncmp(note, "rpc_", 4);
}

static enum finding_from from_of(const char *note)
{
    static const char *const hunted[] = {"hostile_protocol", "unexpected_protocol",
                                         "unrecognised", "port_knocking"};

    for (size_t i = 0; i < COUNT_OF(hunted); i++)
        if (!strcmp(note, hunted[i]))
            return FROM_HUNT;
    if (is_scan(note))
        return FROM_SCANS;
    if (!strncmp(note, "dcp_", 4) || !strncmp(note, "pn_", 3))
        return FROM_PLANT;
    return is_onc_rpc(note) ? FROM_RPC : FROM_NOTICES;
}

void findings_notice(struct overview *v, const struct ev_notice *e)
{
    struct finding *f = finding_of(v, from_of(e->note), e->note);

    if (!f || !is_example(f, severity_of(e->severity)))
        return;
    f->src = e->src;
    f->dst = e->dst;
    f->port = e->p;
    snprintf(f->msg, sizeof(f->msg), "%.*s", (int)e->msg.n, e->msg.p);
}

// Of Snort's priorities 1 is the worst.
void findings_alert(struct overview *v, const struct ev_alert *e)
{
    struct finding *f = finding_of(v, FROM_RULES, e->msg);
    int severity = e->priority >= 4 ? INFO : HIGH - (int)(e->priority ? e->priority - 1 : 0);

    if (!f || !is_example(f, severity))
        return;
    f->src = e->src_h;
    f->dst = e->dst_h;
    f->port = e->dst_p;
    snprintf(f->msg, sizeof(f->msg), "%u:%u %s", e->gid, e->sid, e->msg);
}

static bool is_fuzzed(const struct overview *v)
{
    for (uint32_t i = 0; i < v->findings; i++)
        if (v->finding[i].from == FROM_NOTICES &&
            !strcmp(v->finding[i].kind, "capture_is_fuzzed"))
            return true;
    return false;
}

// Oddities of single packets say nothing where somebody made them all.
static void add_odds(struct overview *v)
{
    bool fuzzed = is_fuzzed(v);

    for (uint32_t i = 0; i < v->odds; i++) {
        const struct odd_type *t = &odd_type[v->odd_rank[i]];
        const struct odd_sum *s = &v->odd[v->odd_rank[i]];
        struct finding *f = t->weight >= GRAVE_WEIGHT && !(fuzzed && !strcmp(t->room, "packet"))
                                ? finding_of(v, FROM_ODDS, t->name)
                                : NULL;
        if (!f)
            continue;
        f->severity = t->weight > GRAVE_WEIGHT ? HIGH : MEDIUM;
        f->count = s->count;
        f->packet = s->packet;
        snprintf(f->msg, sizeof(f->msg), "%s", t->sentence);
    }
}

static int worst_first(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;

    if (x->severity != y->severity)
        return y->severity - x->severity;
    if (x->from != y->from)
        return x->from - y->from;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->kind, y->kind);
}

void findings_sort(struct overview *v)
{
    add_odds(v);
    qsort(v->finding, v->findings, sizeof(*v->finding), worst_first);
}
