// SPDX-License-Identifier: Apache-2.0
// Memcap: so many DNP3 sessions are inspected at a time, over all lanes; who comes later is
// not, for good. Sessions begin and end in the order of the input, so it does not depend on
// lanes.
#include "rule/admission.h"

#include <inttypes.h>

#include "base/hash.h"

enum { REFUSED_MOST = 65536, WARN_EACH = 1000 };

struct session {
    struct node node; // of those refused, the first is the oldest
    uint64_t uid;
    uint32_t number; // of the pair of stations in the conversation, 0: itself
    uint32_t hash;
    bool refused;
};

struct admission {
    struct slab slab;
    struct map map;
    struct node refused; // when there is no room to remember them, the oldest is let in
    uint32_t most, used; // sessions of memcap
    uint64_t *count;
};

struct admission *admission_open(const struct rules *set, uint64_t *count)
{
    struct admission *a = mem_reserve(sizeof(*a));

    a->most = rules_dnp3_sessions(set);
    a->count = count;
    slab_init(&a->slab, NULL, sizeof(struct session), a->most + REFUSED_MOST);
    map_init(&a->map, NULL, a->most + REFUSED_MOST);
    list_init(&a->refused);
    return a;
}

void admission_close(struct admission *a)
{
    slab_close(&a->slab);
    map_close(&a->map);
    mem_release(a, sizeof(*a));
}

static uint32_t hash_of(uint64_t uid, uint32_t number)
{
    return (uint32_t)hash_mix(uid, number);
}

static struct session *find(const struct admission *a, uint64_t uid, uint32_t number)
{
    map_each (&a->map, hash_of(uid, number), at, i) {
        struct session *s = slab_at(&a->slab, i);
        if (s->uid == uid && s->number == number)
            return s;
    }
    return NULL;
}

static bool is_refused(const struct admission *a, uint64_t uid, uint32_t number)
{
    const struct session *s = find(a, uid, number);

    return s && s->refused;
}

static void forget(struct admission *a, struct session *s)
{
    list_remove(&s->node);
    a->used -= !s->refused;
    map_remove(&a->map, s->hash, slab_index(&a->slab, s));
    slab_give(&a->slab, s);
}

static void refuse(struct admission *a, struct session *s)
{
    uint64_t n = ++a->count[COUNT_dnp3_refused];

    s->refused = true;
    list_append(&a->refused, &s->node);
    if (n % WARN_EACH == 1)
        say(SAY_WARNING,
            "DNP3 session %" PRIu64
            " beyond the %u that memcap allows is not inspected by rules",
            n, a->most);
}

static void begin(struct admission *a, uint64_t uid, uint32_t number)
{
    struct session *s = slab_take(&a->slab);

    if (!s) {
        forget(a, CONTAINER(a->refused.next, struct session, node));
        s = slab_take(&a->slab);
    }
    *s = (struct session){.uid = uid, .number = number, .hash = hash_of(uid, number)};
    list_init(&s->node);
    map_add(&a->map, s->hash, slab_index(&a->slab, s));
    if (a->used == a->most) {
        refuse(a, s);
        return;
    }
    a->used++;
    a->count[COUNT_dnp3_sessions]++;
    if (a->used > a->count[COUNT_dnp3_sessions_max])
        a->count[COUNT_dnp3_sessions_max] = a->used;
}

void admission_event(struct admission *a, const struct ev_dnp3_session *e)
{
    uint64_t uid = e->head.uid;
    struct session *s = find(a, uid, e->session);

    if (s && e->ends)
        forget(a, s);
    else if (!s && !e->ends && !(e->session && is_refused(a, uid, 0)))
        begin(a, uid, e->session); // further stations of who was refused are out anyway
}

bool admission_holds(const struct admission *a, const struct ev_alert *alert)
{
    if (!(alert->head.present >> FI_alert_session & 1))
        return true;
    return !is_refused(a, alert->head.uid, 0) &&
           !is_refused(a, alert->head.uid, alert->session);
}
