// SPDX-License-Identifier: Apache-2.0
// SYN floods: one port of one host is asked for connections that come to nothing, faster than
// anybody asks who wants them. A busy server is none: most of its connections are used; nor is
// a client that tries a closed port over and over.
#include "watch/scan_beside.h"

#include <math.h>
#include <stdio.h>

#include "base/hash.h"

enum {
    FLOOD_SECONDS = 10, // so many times the limit of a second, in all
    FEW_SOURCES = 2,
    HIGH_RATE = 1000,
    MEDIUM = 2,
    HIGH = 3
};

static struct flood *find(struct scans *s, const struct addr *dst, uint16_t port, uint32_t hash)
{
    map_each (&s->by_flood, hash, at, i) {
        struct flood *f = slab_at(&s->floods, i);
        if (f->port == port && addr_equal(&f->dst, dst))
            return f;
    }
    return NULL;
}

// About how many different addresses set a bit each (linear counting).
static uint32_t count_sources(const struct flood *f, bool *more)
{
    uint32_t set = 0;

    for (int i = 0; i < CROWD_WORDS; i++)
        set += (uint32_t)__builtin_popcountll(f->source[i]);
    *more = set > CROWD_BITS * 99 / 100;
    uint32_t empty = CROWD_BITS - min_u32(set, CROWD_BITS * 99 / 100);
    return (uint32_t)(CROWD_BITS * log((double)CROWD_BITS / empty) + 0.5);
}

static bool is_flood(const struct scans *s, const struct flood *f)
{
    uint64_t failed = f->answered + f->refused + f->silent;
    bool more, few = count_sources(f, &more) <= FEW_SOURCES;

    return f->peak >= s->limit.flood && failed >= (uint64_t)s->limit.flood * FLOOD_SECONDS &&
           failed > f->used && !(few && f->refused * 10 > failed * 9);
}

static uint32_t percent(uint64_t part, uint64_t all)
{
    return (uint32_t)((part * 100 + all / 2) / all);
}

static void tell(struct scans *s, const struct flood *f)
{
    uint64_t failed = f->answered + f->refused + f->silent;
    bool more;
    uint32_t sources = count_sources(f, &more);
    struct scan_note *v = scan_note(s);
    struct text t = {0};

    if (!v)
        return;
    *v = (struct scan_note){.name = "syn_flood",
                            .technique = "T0814",
                            .dst = f->dst,
                            .port = f->port,
                            .first = f->first,
                            .last = f->last,
                            .uid = f->uid,
                            .count = failed,
                            .severity = f->peak >= HIGH_RATE ? HIGH : MEDIUM};
    text_printf(&t, "SYN flood of port %u of ", f->port);
    text_addr(&t, &f->dst);
    text_printf(&t,
                ": %llu connections came to nothing, at most %u in a second; %u %% answered, "
                "%u %% refused, %u %% silent",
                (unsigned long long)failed, f->peak, percent(f->answered, failed),
                percent(f->refused, failed), percent(f->silent, failed));
    snprintf(v->msg, sizeof(v->msg), "%.*s", (int)t.n, t.p);
    text_clear(&t);
    text_printf(&t, "from %s%u %s; connections that were used: %llu",
                more                    ? "more than "
                : sources > FEW_SOURCES ? "about "
                                        : "",
                sources, sources == 1 ? "address" : "addresses", (unsigned long long)f->used);
    snprintf(v->evidence, sizeof(v->evidence), "%.*s", (int)t.n, t.p);
    text_free(&t);
}

static void drop(struct scans *s, struct flood *f)
{
    if (!f->told && is_flood(s, f))
        tell(s, f);
    list_remove(&f->node);
    map_remove(&s->by_flood, f->hash, slab_index(&s->floods, f));
    slab_give(&s->floods, f);
}

static struct flood *flood_of(struct scans *s, const struct attempt *a)
{
    uint32_t hash = (uint32_t)hash_bytes(&a->c.dst, sizeof(a->c.dst), a->c.port + 11u);
    struct flood *f = find(s, &a->c.dst, a->c.port, hash);

    if (f) {
        list_move_last(&s->flood_list, &f->node);
        return f;
    }
    f = slab_take(&s->floods);
    if (!f) {
        drop(s, CONTAINER(s->flood_list.next, struct flood, node));
        f = slab_take(&s->floods);
    }
    *f = (struct flood){
        .dst = a->c.dst, .port = a->c.port, .hash = hash, .first = a->c.first, .uid = a->c.uid};
    map_add(&s->by_flood, hash, slab_index(&s->floods, f));
    list_append(&s->flood_list, &f->node);
    return f;
}

// Each address comes about once. It is over when a second has less than half of the limit.
static bool seems_forged(const struct scans *s, const struct flood *f)
{
    bool more;

    return is_flood(s, f) && count_sources(f, &more) >= s->limit.flood * FLOOD_SECONDS / 2;
}

bool flood_add(struct scans *s, const struct attempt *a)
{
    if (a->c.probe != PROBE_SYN)
        return false;
    struct flood *f = flood_of(s, a);
    uint64_t print = hash_bytes(&a->src, sizeof(a->src), 13);

    f->seen = s->now;
    f->last = a->c.last > f->last ? a->c.last : f->last;
    if (!is_fruitless(&a->c)) {
        f->used++;
        return false;
    }
    f->first = a->c.first < f->first ? a->c.first : f->first;
    f->answered += a->c.result == RESULT_ANSWERED;
    f->refused += a->c.result == RESULT_REFUSED;
    f->silent += a->c.result < RESULT_REFUSED;
    f->source[print / 64 % CROWD_WORDS] |= UINT64_C(1) << print % 64;
    nsec second = a->c.first / SECOND;
    if (second > f->second) {
        f->forged = f->forged && second == f->second + 1 && f->rate >= s->limit.flood / 2;
        f->second = second;
        f->rate = 0;
    }
    f->rate += second == f->second;
    f->peak = max_u32(f->peak, f->rate);
    if (f->rate == s->limit.flood)
        f->forged = f->forged || seems_forged(s, f);
    if (s->limit.live && !f->told && f->rate == s->limit.flood && is_flood(s, f)) {
        f->told = true;
        tell(s, f);
    }
    return f->forged;
}

void floods_look_around(struct scans *s)
{
    while (!list_empty(&s->flood_list)) {
        struct flood *f = CONTAINER(s->flood_list.next, struct flood, node);
        if (s->now - f->seen < s->limit.idle)
            return;
        drop(s, f);
    }
}

void floods_end(struct scans *s)
{
    while (!list_empty(&s->flood_list))
        drop(s, CONTAINER(s->flood_list.next, struct flood, node));
}
