// SPDX-License-Identifier: Apache-2.0
// Findings beside scans: numbers that a source writes the same into packets for many targets
// (packet forensics, 5.8 and 5.9), as programs do that make their packets; and their list.
#include "watch/scan_beside.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    PORT_TARGETS = 20, // within a minute
    SEQ_TARGETS = 5,
    ID_PACKETS = 10,
    ID_HOSTS = 5,
    ZMAP_ID = 54321,
    OTHER_ID = 242,
    RESERVED_PORTS = 1024, // rsh, NFS and the like take their own ports below
    LOW = 1,
    MEDIUM = 2
};

struct scan_note *scan_note(struct scans *s)
{
    if (s->n_notes == SCAN_NOTES && s->notes_told == s->n_notes)
        s->n_notes = s->notes_told = 0;
    if (s->n_notes == SCAN_NOTES) {
        s->sums.notes_lost++;
        return NULL;
    }
    return memset(&s->note[s->n_notes++], 0, sizeof(struct scan_note));
}

// ---------------------------------------------------------------- runs of one value

static int by_first(const struct contact *x, const struct contact *y)
{
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->uid < y->uid ? -1 : x->uid > y->uid;
}

static int by_sport(const void *a, const void *b)
{
    const struct contact *x = *(struct contact *const *)a, *y = *(struct contact *const *)b;

    return x->sport != y->sport ? x->sport - y->sport : by_first(x, y);
}

static int by_seq(const void *a, const void *b)
{
    const struct contact *x = *(struct contact *const *)a, *y = *(struct contact *const *)b;

    return x->seq != y->seq ? x->seq < y->seq ? -1 : 1 : by_first(x, y);
}

static int by_id(const void *a, const void *b)
{
    const struct contact *x = *(struct contact *const *)a, *y = *(struct contact *const *)b;
    int order = x->id - y->id;

    order = order ? order : addr_order(&x->dst, &y->dst);
    return order ? order : by_first(x, y);
}

struct run {
    struct contact **c;
    uint32_t n;
};

// Sorts s->chosen and gives the longest run of one value.
static struct run longest(struct scans *s, uint32_t n, int order(const void *, const void *),
                          bool same(const struct contact *, const struct contact *))
{
    struct run best = {0};

    qsort(s->chosen, n, sizeof(struct contact *), order);
    for (uint32_t i = 0, k; i < n; i += k) {
        for (k = 1; i + k < n && same(s->chosen[i], s->chosen[i + k]); k++)
            continue;
        if (k > best.n)
            best = (struct run){s->chosen + i, k};
    }
    return best;
}

static bool same_sport(const struct contact *a, const struct contact *b)
{
    return a->sport == b->sport;
}
static bool same_seq(const struct contact *a, const struct contact *b)
{
    return a->seq == b->seq;
}
static bool same_id(const struct contact *a, const struct contact *b)
{
    return a->id == b->id;
}

// ---------------------------------------------------------------- telling

static struct scan_note *note(struct scans *s, const struct source *src, struct run r,
                              const char *name)
{
    struct scan_note *v = scan_note(s);
    const struct contact *first = r.c[0];

    if (!v)
        return NULL;
    *v = (struct scan_note){.name = name,
                            .src = src->addr,
                            .first = first->first,
                            .severity = MEDIUM,
                            .count = r.n};
    for (uint32_t i = 0; i < r.n; i++) {
        first = by_first(r.c[i], first) < 0 ? r.c[i] : first;
        v->last = r.c[i]->last > v->last ? r.c[i]->last : v->last;
    }
    v->first = first->first;
    v->uid = first->uid;
    return v;
}

static void look_at_ports(struct scans *s, const struct source *src, uint32_t n)
{
    struct run r = longest(s, n, by_sport, same_sport);
    uint32_t most = 0;

    for (uint32_t i = 0, from = 0; i < r.n; i++) {
        while (r.c[i]->first - r.c[from]->first > 60 * SECOND)
            from++;
        most = max_u32(most, i - from + 1);
    }
    if (most < PORT_TARGETS || r.c[0]->sport < RESERVED_PORTS)
        return;
    struct scan_note *v = note(s, src, r, "constant_source_port");
    if (!v)
        return;
    snprintf(v->msg, sizeof(v->msg), "%u ports of hosts tried by TCP, all from port %u", r.n,
             r.c[0]->sport);
    snprintf(v->evidence, sizeof(v->evidence),
             "%u of them within a minute; a system takes another port for each connection, a "
             "program that makes its own packets does not",
             most);
}

static void look_at_numbers(struct scans *s, const struct source *src, uint32_t n)
{
    struct run r = longest(s, n, by_seq, same_seq);
    struct scan_note *v = r.n < SEQ_TARGETS ? NULL : note(s, src, r, "constant_sequence");

    if (!v)
        return;
    snprintf(v->msg, sizeof(v->msg), "%u SYNs to different targets with the sequence number %u",
             r.n, r.c[0]->seq);
    snprintf(v->evidence, sizeof(v->evidence),
             "of %u targets tried by TCP; a system takes another number for each connection, a "
             "program that makes its own packets need not",
             n);
}

static void look_at_ids(struct scans *s, const struct source *src, uint32_t n)
{
    struct run r = longest(s, n, by_id, same_id);
    uint32_t hosts = 0;

    for (uint32_t i = 0; i < r.n; i++)
        hosts += !i || !addr_equal(&r.c[i]->dst, &r.c[i - 1]->dst);
    if (r.n < ID_PACKETS || hosts < ID_HOSTS || r.n * 10 < n)
        return;
    struct scan_note *v = note(s, src, r, "constant_ip_id");
    if (!v)
        return;
    uint16_t id = r.c[0]->id;
    v->severity = id == ZMAP_ID || id == OTHER_ID ? MEDIUM : LOW;
    snprintf(v->msg, sizeof(v->msg), "the IP id is %u in %u packets to %u hosts", id, r.n,
             hosts);
    snprintf(v->evidence, sizeof(v->evidence), "%s",
             id == ZMAP_ID    ? "the scanner ZMap writes this number"
             : id == OTHER_ID ? "a number that scanners are known to write"
                              : "systems count it, or draw it anew for each packet");
}

// ---------------------------------------------------------------- a source

static uint32_t choose(struct scans *s, const struct source *src,
                       bool is(const struct contact *))
{
    uint32_t n = 0;

    for (uint32_t at = src->contacts; at != SLAB_NONE; at = contact_at(s, at)->next)
        if (!contact_at(s, at)->said && is(contact_at(s, at)))
            s->chosen[n++] = contact_at(s, at);
    return n;
}

static bool is_syn(const struct contact *c)
{
    return c->probe == PROBE_SYN;
}
static bool has_id(const struct contact *c)
{
    return c->id && c->dst.kind == ADDR_IP4;
}

void marks_find(struct scans *s, const struct source *src)
{
    if (src->n < SEQ_TARGETS)
        return;
    uint32_t n = choose(s, src, is_syn);
    look_at_ports(s, src, n);
    look_at_numbers(s, src, n);
    look_at_ids(s, src, choose(s, src, has_id));
}
