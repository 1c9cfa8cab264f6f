// SPDX-License-Identifier: Apache-2.0
// Scans with forged senders. Decoys: several sources ask for the same ports of one host, in the
// same order and at the same time; all but one of them are made up. An idle scan: a host (the
// zombie) seems to scan, while somebody else has it reset SYN ACKs, to read from the IP ids of
// its resets whether the target answered it.
#include "watch/scan_parts.h"

#include <stdlib.h>

#include "base/hash.h"

enum {
    DECOYS_LEAST = 5, // sources in lockstep
    LOCKSTEP_PORTS = 5,
    ASKED_LEAST = 5 // SYN ACKs that the zombie reset
};

// ---------------------------------------------------------------- decoys

// What one source asked of the host, in its order.
struct march {
    const struct source *src;
    uint64_t order; // hash of the ports
    uint32_t at, n; // of s->scratch
    nsec first, last;
};

static int by_time(const void *a, const void *b)
{
    const struct contact *x = *(struct contact *const *)a, *y = *(struct contact *const *)b;

    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->port - y->port;
}

static int by_march(const void *a, const void *b)
{
    const struct march *x = a, *y = b;

    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return addr_order(&x->src->addr, &y->src->addr);
}

static struct march march_of(const struct scans *s, const struct source *src,
                             const struct crowd *k, uint32_t at)
{
    struct march m = {.src = src, .at = at};
    struct contact **c = s->scratch + at;

    for (uint32_t i = src->contacts; i != SLAB_NONE; i = contact_at(s, i)->next) {
        struct contact *x = contact_at(s, i);
        if (x->probe == k->probe && addr_equal(&x->dst, &k->dst) && !x->said)
            c[m.n++] = x;
    }
    if (!m.n)
        return m;
    qsort(c, m.n, sizeof(*c), by_time);
    for (uint32_t i = 0; i < m.n; i++)
        m.order = hash_mix(m.order, c[i]->port + 1u);
    m.first = c[0]->first;
    m.last = c[m.n - 1]->first;
    return m;
}

static bool in_step(const struct march *a, const struct march *b)
{
    return a->order == b->order && a->n == b->n && b->first - a->first < SECOND &&
           llabs(b->last - a->last) < SECOND;
}

static void tell_decoys(struct scans *s, const struct march *m, uint32_t sources)
{
    struct scan like = {.kind = SCAN_DECOY, .src = m->src->addr, .sources = sources};
    uint32_t n = 0;

    for (uint32_t i = 0; i < sources; i++)
        for (uint32_t k = 0; k < m[i].n; k++) {
            s->chosen[n] = s->scratch[m[i].at + k];
            s->chosen[n++]->said = true;
        }
    scan_sum(s, &like, n, 0);
}

bool crowd_decoys(struct scans *s, const struct crowd *k)
{
    struct march m[DECOYS];
    uint32_t n = 0, at = 0;
    bool found = false;

    if (!k->dst.kind || k->names < DECOYS_LEAST || k->failed < DECOYS_LEAST * LOCKSTEP_PORTS ||
        k->failed < 4 * k->answered)
        return false;
    for (uint32_t i = 0; i < k->names; i++) {
        const struct source *src = scan_source(s, &k->name[i]);
        if (!src)
            continue;
        m[n] = march_of(s, src, k, at);
        at += m[n].n;
        n += m[n].n >= LOCKSTEP_PORTS;
    }
    qsort(m, n, sizeof(*m), by_march);
    for (uint32_t i = 0; i < n;) {
        uint32_t more = 1;
        while (i + more < n && in_step(&m[i], &m[i + more]))
            more++;
        if (more >= DECOYS_LEAST)
            tell_decoys(s, &m[i], more);
        found |= more >= DECOYS_LEAST;
        i += more;
    }
    return found;
}

// ---------------------------------------------------------------- zombies

static struct zombie *zombie_at(const struct scans *s, const struct addr *host)
{
    return &s->zombie[hash_bytes(host, sizeof(*host), 9) % ZOMBIES];
}

void zombie_note(struct scans *s, const struct attempt *a)
{
    enum { SYN_ACK = 0x12 };
    struct zombie *z = zombie_at(s, &a->c.dst);

    if ((a->c.flags & SYN_ACK) != SYN_ACK || a->c.result != RESULT_REFUSED)
        return;
    if (!addr_equal(&z->host, &a->c.dst) || !addr_equal(&z->by, &a->src) ||
        a->c.first - z->last > s->limit.idle)
        *z = (struct zombie){.host = a->c.dst, .by = a->src, .first = a->c.first};
    z->n += a->c.rounds;
    z->last = a->c.last > z->last ? a->c.last : z->last;
}

bool zombie_scans(struct scans *s, const struct source *src, uint32_t n, bool final)
{
    const struct zombie *z = zombie_at(s, &src->addr);
    const struct contact *first = s->chosen[0], *last = s->chosen[n - 1];
    struct scan like = {.kind = SCAN_IDLE,
                        .src = z->by,
                        .zombie = src->addr,
                        .resets = z->n,
                        .sources = 1,
                        .ongoing = !final};

    if (first->probe != PROBE_SYN || !addr_equal(&z->host, &src->addr) || z->n < ASKED_LEAST ||
        addr_equal(&z->by, &first->dst) || z->first > last->first || z->last < first->first)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (s->chosen[i]->data_to || s->chosen[i]->data_from)
            return false; // it spoke for itself
    scan_sum(s, &like, n, 0);
    return true;
}
