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

#define NOTE_WINDOW (300 * SECOND) // what comes again within is told together

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

static struct note_slot *raise_again(const struct plant *p, struct note_slot *n,
                                     enum severity severity)
{
    bool worse = severity > n->severity;

    if (n->told == n->count) {
        n->first = p->now;
        n->early = false;
    }
    if (worse || n->told == n->count) {
        n->uid = p->uid;
        n->packet = p->packet;
    }
    n->count++;
    n->last = p->now;
    if (!worse)
        return NULL;
    n->early = false;
    n->severity = (uint8_t)severity;
    return n;
}

// Where all are in use, one makes room that was told, and of which nothing came for long.
static struct note_slot *new_slot(struct plant *p, enum severity severity)
{
    if (p->n_notes < PLANT_NOTES && (severity || p->n_infos < PLANT_NOTES / 2))
        return &p->notes[p->n_notes++];
    for (uint32_t i = 0; i < p->n_notes; i++) {
        struct note_slot *n = &p->notes[i];
        if (n->told != n->count || p->now - n->last <= PLANT_FRESH || n == p->flood_note)
            continue;
        p->n_infos -= !n->severity;
        map_remove(&p->note_map, n->hash, i);
        return n;
    }
    p->sums.notes_lost++;
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
    if (n)
        return raise_again(p, n, severity);
    n = new_slot(p, severity);
    if (!n)
        return NULL;
    p->n_infos += !severity;
    *n = key;
    n->severity = (uint8_t)severity;
    n->count = 1;
    n->first = n->last = p->now;
    n->uid = p->uid;
    n->packet = p->packet;
    map_add(&p->note_map, key.hash, (uint32_t)(n - p->notes));
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

static void emit(struct out *o, const struct note_slot *n)
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
    e->count = n->count - n->told;
    e->msg = arena_copy(o->arena, slice_str(n->msg));
    snprintf(evidence, sizeof(evidence), "packet %llu%s%s", (unsigned long long)n->packet,
             n->evidence[0] ? ": " : "", n->evidence);
    e->evidence = arena_copy(o->arena, slice_str(evidence));
}

static void tell(struct plant *p, struct out *o, struct note_slot *n)
{
    if (want(o, EV_notice))
        emit(o, n);
    if (p->live && !n->early && !p->finished && p->now - n->first < NOTE_WINDOW)
        n->early = true; // what comes of it is told when its time is over
    else
        n->told = n->count;
}

static bool is_due(const struct plant *p, const struct note_slot *n)
{
    bool waits = p->flood_note && (n == p->flood_note || dcp_is_of_flood(n));

    if (n->folded || n->told == n->count)
        return false;
    if (p->live && !n->early && n->severity && !(waits && n != p->flood_note))
        return true;
    return !waits && p->now - n->first >= NOTE_WINDOW;
}

bool notes_due(const struct plant *p)
{
    for (uint32_t i = 0; i < p->n_notes; i++)
        if (is_due(p, &p->notes[i]))
            return true;
    return false;
}

// The notes that are due, or all: the worst first.
static void tell_all(struct plant *p, struct out *o, bool all)
{
    struct note_slot **sorted = mem_reserve(PLANT_NOTES * sizeof(*sorted));
    uint32_t n = 0;

    for (uint32_t i = 0; i < p->n_notes; i++) {
        struct note_slot *note = &p->notes[i];
        if (all ? !note->folded && note->told != note->count : is_due(p, note))
            sorted[n++] = note;
    }
    qsort(sorted, n, sizeof(*sorted), worst_first);
    for (uint32_t i = 0; i < n; i++)
        tell(p, o, sorted[i]);
    mem_release(sorted, PLANT_NOTES * sizeof(*sorted));
}

void notes_tell_due(struct plant *p, struct out *o)
{
    tell_all(p, o, false);
}

void plant_tell_notes(struct plant *p, struct out *o)
{
    plant_finish(p);
    tell_all(p, o, true);
}
