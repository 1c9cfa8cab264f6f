// SPDX-License-Identifier: Apache-2.0
// What holds ordered alerts back: memcap; threshold, detection_filter, event_filter, suppress;
// and what changes them: rate_filter (rules.md 7.2).
#include <string.h>

#include "base/hash.h"
#include "rule/admission.h"
#include "rule/filter_line.h"

enum { WINDOWS_MOST = 65536 };

struct window_key {
    struct addr src, dst;
    uint64_t uid;
    uint32_t gid, sid;
    uint8_t which; // of several limits on one alert
};
struct window {
    struct node node; // the one that was silent longest is the first
    struct window_key key;
    uint32_t hash, count;
    uint64_t next; // backoff: told at this count
    nsec until;    // rate_filter: the new action lasts
    nsec begin;
};

struct rule_filters {
    const struct rules *set;
    struct slab slab;
    struct map map;
    struct node oldest;
    struct admission *admission;
    uint64_t *count;
};

enum { HOST_BITS = UINT8_MAX }; // `which` of windows that are bits of hosts; begin: until when

struct rule_filters *rule_filters_open(const struct rules *r, uint64_t *count)
{
    struct rule_filters *f = mem_reserve(sizeof(*f));

    f->set = r;
    f->count = count;
    f->admission = admission_open(r, count);
    slab_init(&f->slab, NULL, sizeof(struct window), WINDOWS_MOST);
    map_init(&f->map, NULL, WINDOWS_MOST);
    list_init(&f->oldest);
    return f;
}

void rule_filters_close(struct rule_filters *f)
{
    if (!f)
        return;
    admission_close(f->admission);
    slab_close(&f->slab);
    map_close(&f->map);
    mem_release(f, sizeof(*f));
}

// ---------------------------------------------------------------- windows

static struct window_key key_of(const struct ev_alert *a, uint8_t track, uint8_t which)
{
    struct window_key k;

    memset(&k, 0, sizeof(k)); // it is hashed with what lies between its parts
    k.gid = a->gid;
    k.sid = a->sid;
    k.which = which;
    if (track == TRACK_SRC || track == TRACK_BOTH)
        k.src = a->src_h;
    if (track == TRACK_DST || track == TRACK_BOTH)
        k.dst = a->dst_h;
    if (track == TRACK_FLOW)
        k.uid = a->head.uid;
    return k;
}

static bool key_equal(const struct window_key *a, const struct window_key *b)
{
    return a->gid == b->gid && a->sid == b->sid && a->which == b->which && a->uid == b->uid &&
           addr_equal(&a->src, &b->src) && addr_equal(&a->dst, &b->dst);
}

static struct window *look(struct rule_filters *f, const struct window_key *k, uint32_t hash)
{
    map_each (&f->map, hash, at, i) {
        struct window *w = slab_at(&f->slab, i);
        if (key_equal(&w->key, k)) {
            list_move_last(&f->oldest, &w->node);
            return w;
        }
    }
    return NULL;
}

static struct window *find(struct rule_filters *f, const struct window_key *k, nsec now)
{
    uint32_t hash = (uint32_t)hash_bytes(k, sizeof(*k), 0);
    struct window *w = look(f, k, hash);

    if (w)
        return w;
    w = slab_take(&f->slab);
    if (!w) {
        w = CONTAINER(f->oldest.next, struct window, node);
        map_remove(&f->map, w->hash, slab_index(&f->slab, w));
        list_remove(&w->node);
    }
    *w = (struct window){.key = *k, .hash = hash, .begin = now};
    list_append(&f->oldest, &w->node);
    map_add(&f->map, hash, slab_index(&f->slab, w));
    return w;
}

// Counts one event; whether the limit lets it through.
static bool counts(struct rule_filters *f, const struct limit *l, const struct ev_alert *a,
                   uint8_t which)
{
    struct window_key k = key_of(a, l->track, which);
    nsec now = a->head.ts;
    struct window *w = find(f, &k, now);

    if (l->kind != LIMIT_BACKOFF && (now - w->begin >= l->seconds * SECOND || now < w->begin)) {
        w->begin = now;
        w->count = 0;
    }
    w->count += w->count < UINT32_MAX;
    switch ((enum limit_kind)l->kind) {
    case LIMIT_LIMIT: return w->count <= l->count;
    case LIMIT_BOTH: return w->count == l->count;
    case LIMIT_DETECTION: return w->count > l->count;
    case LIMIT_THRESHOLD:
        if (w->count < l->count)
            return false;
        w->count = 0;
        w->begin = now;
        return true;
    case LIMIT_BACKOFF:
        if (!w->next)
            w->next = l->count;
        if (w->count != w->next)
            return false;
        w->next *= l->multiplier;
        return true;
    default: return true;
    }
}

// ---------------------------------------------------------------- the configuration's filters

static bool is_about(const struct filter_line *x, const struct ev_alert *a)
{
    return (!x->gid || x->gid == a->gid) && (!x->sid || x->sid == a->sid);
}

static bool is_suppressed(const struct rule_filters *f, const struct ev_alert *a)
{
    for (const struct filter_line *x = f->set->filter; x; x = x->next) {
        const struct addr *who = x->limit.track == TRACK_DST ? &a->dst_h : &a->src_h;
        if (x->kind != FILTER_SUPPRESS || !is_about(x, a))
            continue;
        if (!x->ip || ranges_has(x->ip, wide_of(who)) ||
            (x->either && ranges_has(x->ip, wide_of(&a->dst_h))))
            return true;
    }
    return false;
}

// The one for this very rule stands before the one for all of its generator.
static const struct filter_line *event_filter(const struct rule_filters *f,
                                              const struct ev_alert *a)
{
    const struct filter_line *best = NULL;

    for (const struct filter_line *x = f->set->filter; x; x = x->next)
        if (x->kind == FILTER_EVENT && is_about(x, a) && (!best || x->sid > best->sid))
            best = x;
    return best;
}

// ---------------------------------------------------------------- rate_filter

enum { FIRST_RATE = 8 }; // `which` of windows of rates: those before are other limits

// Counts the event; whether the rate was exceeded less than `timeout` ago.
static bool rate_exceeded(struct rule_filters *f, const struct filter_line *x,
                          const struct ev_alert *a)
{
    struct window_key k = key_of(a, x->limit.track, (uint8_t)(FIRST_RATE + x->number));
    nsec now = a->head.ts;
    struct window *w = find(f, &k, now);
    bool over = now - w->begin >= x->limit.seconds * SECOND || now < w->begin;

    if (x->limit.seconds && over) {
        w->begin = now;
        w->count = 0;
    }
    w->count += w->count < UINT32_MAX;
    if (w->count > x->limit.count && now >= w->until)
        w->until = x->timeout ? now + x->timeout * SECOND : INT64_MAX;
    return now < w->until;
}

// What is done with the event: the rule's action, or that of the first rate that is exceeded.
// All of them count; the list begins with the last line.
static uint8_t action_of(struct rule_filters *f, const struct rule *r, const struct ev_alert *a)
{
    uint8_t action = r->action;

    for (const struct filter_line *x = r->rated ? f->set->filter : NULL; x; x = x->next) {
        const struct addr *who = x->limit.track == TRACK_DST ? &a->dst_h : &a->src_h;
        if (x->kind != FILTER_RATE || !is_about(x, a) ||
            (x->ip && !ranges_has(x->ip, wide_of(who))))
            continue;
        if (rate_exceeded(f, x, a))
            action = x->new_action;
    }
    return action;
}

// ---------------------------------------------------------------- bits of hosts

static struct window_key bit_key(const struct ev_alert *a, const struct host_bit *x)
{
    struct window_key k = key_of(a, x->track, HOST_BITS);

    k.gid = 0;
    k.sid = x->bit;
    if (x->track == TRACK_DST) { // a host's bit is the same, whatever it is in a packet
        k.src = a->dst_h;
        k.dst = (struct addr){0};
    }
    if (x->track == TRACK_BOTH && addr_order(&k.src, &k.dst) > 0) {
        k.src = a->dst_h; // a pair has no direction
        k.dst = a->src_h;
    }
    return k;
}

static bool bit_is_set(struct rule_filters *f, const struct ev_alert *a,
                       const struct host_bit *x)
{
    struct window_key k = bit_key(a, x);
    const struct window *w = look(f, &k, (uint32_t)hash_bytes(&k, sizeof(k), 0));

    return w && a->head.ts < w->begin;
}

static bool bits_hold(struct rule_filters *f, const struct ev_alert *a, const struct rule *r)
{
    for (const struct host_bit *x = r->host; x; x = x->next)
        if (x->how >= HOST_IS_SET && bit_is_set(f, a, x) != (x->how == HOST_IS_SET))
            return false;
    return true;
}

static void change_bits(struct rule_filters *f, const struct ev_alert *a, const struct rule *r)
{
    for (const struct host_bit *x = r->host; x; x = x->next) {
        if (x->how >= HOST_IS_SET)
            continue;
        bool on = x->how == HOST_SET || (x->how == HOST_TOGGLE && !bit_is_set(f, a, x));
        struct window_key k = bit_key(a, x);
        find(f, &k, 0)->begin = on ? a->head.ts + x->expire * SECOND : 0;
    }
}

static bool passes_limits(struct rule_filters *f, const struct rule *r,
                          const struct ev_alert *a, uint8_t action)
{
    enum { LOCAL = 1, GLOBAL };
    const struct filter_line *x;

    if (r->noalert || action == ACTION_pass || action == ACTION_log || is_suppressed(f, a))
        return false;
    if (f->set->no_rate_limits)
        return true;
    if (r->limit.kind)
        return counts(f, &r->limit, a, LOCAL);
    x = event_filter(f, a);
    return !x || counts(f, &x->limit, a, GLOBAL);
}

static bool pass(struct rule_filters *f, struct ev_alert *a, bool *changed)
{
    enum { DETECTION = 0 };
    const struct rule *r = a->rule < f->set->n_rules ? f->set->rule[a->rule] : NULL;

    if (!r || !admission_holds(f->admission, a) || !bits_hold(f, a, r))
        return !r;
    change_bits(f, a, r);
    if (r->detection.kind && !f->set->no_rate_limits && !counts(f, &r->detection, a, DETECTION))
        return false;
    uint8_t action = action_of(f, r, a);
    if (!passes_limits(f, r, a, action))
        return false;
    *changed = action != r->action;
    if (*changed)
        a->verdict = rule_verdict(action);
    return true;
}

bool rule_filters_pass(struct rule_filters *f, struct event *e, bool *changed)
{
    *changed = false;
    if (e->id == EV_dnp3_session)
        admission_event(f->admission, (const struct ev_dnp3_session *)e);
    if (e->id != EV_alert || pass(f, (struct ev_alert *)e, changed))
        return true;
    f->count[COUNT_rule_filtered]++;
    return false;
}
