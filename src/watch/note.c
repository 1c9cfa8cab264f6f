// SPDX-License-Identifier: Apache-2.0
// Findings of a plant, each told once: by kind, who, whom, and what it is about.
#include "watch/plant_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hash.h"

static const struct {
    const char *name, *technique;
} kind[] = {
#define NOTE(name, technique) {#name, technique},
#include "watch/note.def"
#undef NOTE
};

static const struct mac nobody_mac;

static struct addr addr_of_mac(const struct mac *m)
{
    if (!m || same_mac(m, &nobody_mac))
        return (struct addr){0};
    return addr_of(ADDR_MAC, m->b);
}

static struct note_slot *find(const struct plant *p, const struct note_slot *key)
{
    map_each (&p->note_map, key->hash, at, i) {
        struct note_slot *n = &p->notes[i];
        if (n->note == key->note && n->subject == key->subject &&
            addr_equal(&n->src, &key->src) && addr_equal(&n->dst, &key->dst))
            return n;
    }
    return NULL;
}

struct note_slot *note_raise(struct plant *p, enum note note, enum severity severity,
                             const struct mac *src, const struct mac *dst, uint64_t subject)
{
    struct note_slot key = {.note = (uint16_t)note,
                            .subject = subject,
                            .src = addr_of_mac(src),
                            .dst = addr_of_mac(dst)};

    key.hash = (uint32_t)hash_bytes(&key.src, sizeof(key.src),
                                    hash_bytes(&key.dst, sizeof(key.dst), subject ^ note));
    struct note_slot *n = find(p, &key);
    if (n) {
        n->count++;
        n->last = p->now;
        if (severity <= n->severity)
            return NULL;
        n->severity = (uint8_t)severity;
        n->uid = p->uid;
        n->packet = p->packet;
        return n;
    }
    if (p->n_notes == PLANT_NOTES || (!severity && p->n_infos == PLANT_NOTES / 2)) {
        p->sums.notes_lost++;
        return NULL;
    }
    p->n_infos += !severity;
    n = &p->notes[p->n_notes];
    *n = key;
    n->severity = (uint8_t)severity;
    n->count = 1;
    n->first = n->last = p->now;
    n->uid = p->uid;
    n->packet = p->packet;
    map_add(&p->note_map, key.hash, p->n_notes++);
    return n;
}

void note_msg(struct note_slot *n, const char *fmt, ...)
{
    va_list ap;

    if (!n)
        return;
    va_start(ap, fmt);
    vsnprintf(n->msg, sizeof(n->msg), fmt, ap);
    va_end(ap);
}

void note_evidence(struct note_slot *n, const char *fmt, ...)
{
    va_list ap;

    if (!n)
        return;
    va_start(ap, fmt);
    vsnprintf(n->evidence, sizeof(n->evidence), fmt, ap);
    va_end(ap);
}

struct mac_text mac_words(const struct mac *m)
{
    const uint8_t *b = m->b;
    struct mac_text t;

    snprintf(t.s, sizeof(t.s), "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4],
             b[5]);
    return t;
}

struct ip_text ip_words(const struct addr *a)
{
    struct text t = {0};
    struct ip_text words;

    text_addr(&t, a);
    snprintf(words.s, sizeof(words.s), "%.*s", (int)t.n, t.p);
    text_free(&t);
    return words;
}

static int worst_first(const void *a, const void *b)
{
    const struct note_slot *const *x = a, *const *y = b;

    if ((*x)->severity != (*y)->severity)
        return (*y)->severity - (*x)->severity;
    if ((*x)->first != (*y)->first)
        return (*x)->first < (*y)->first ? -1 : 1;
    return *x < *y ? -1 : 1; // in the order they were raised
}

static void tell(struct out *o, const struct note_slot *n)
{
    static const char *const severity[] = {"info", "low", "medium", "high"};
    struct ev_notice *e = emit_notice(o);
    char evidence[sizeof(n->evidence) + 40];

    e->head.ts = n->first;
    e->head.uid = n->uid;
    e->src = n->src;
    e->dst = n->dst;
    if (n->src.kind && n->dst.kind) { // as those of a conversation: both or none
        e->head.src = n->src;
        e->head.dst = n->dst;
    }
    e->note = kind[n->note].name;
    e->technique = kind[n->note].technique;
    e->severity = severity[n->severity];
    e->first = n->first;
    e->last = n->last;
    e->count = n->count;
    e->msg = arena_copy(o->arena, slice_str(n->msg));
    snprintf(evidence, sizeof(evidence), "packet %llu%s%s", (unsigned long long)n->packet,
             n->evidence[0] ? ": " : "", n->evidence);
    e->evidence = arena_copy(o->arena, slice_str(evidence));
}

void plant_tell_notes(struct plant *p, struct out *o)
{
    const struct note_slot **sorted = mem_reserve(PLANT_NOTES * sizeof(*sorted));

    plant_finish(p);
    for (uint32_t i = 0; i < p->n_notes; i++)
        sorted[i] = &p->notes[i];
    qsort(sorted, p->n_notes, sizeof(*sorted), worst_first);
    for (uint32_t i = 0; i < p->n_notes; i++)
        if (!sorted[i]->folded)
            tell(o, sorted[i]);
    mem_release(sorted, PLANT_NOTES * sizeof(*sorted));
}
