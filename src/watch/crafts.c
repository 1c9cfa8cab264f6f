// SPDX-License-Identifier: Apache-2.0
// The table of senders of odd packets, and what is to be told of them.
#include "watch/craft_parts.h"

#include <stdlib.h>

#include "base/hash.h"
#include "watch/scans.h"

#define CRAFT_WINDOW (60 * SECOND)

struct crafts *crafts_open(bool live)
{
    struct crafts *c = mem_reserve(sizeof(*c));

    c->live = live;
    slab_init(&c->senders, NULL, sizeof(struct craft_sender), CRAFT_SENDERS);
    map_init(&c->by_addr, NULL, CRAFT_SENDERS);
    list_init(&c->list);
    slab_init(&c->pads, NULL, sizeof(struct pad_sender), PAD_SENDERS);
    map_init(&c->by_mac, NULL, PAD_SENDERS);
    list_init(&c->pad_list);
    c->note = mem_reserve(CRAFT_NOTES * sizeof(*c->note));
    return c;
}

void crafts_close(struct crafts *c)
{
    slab_close(&c->senders);
    map_close(&c->by_addr);
    slab_close(&c->pads);
    map_close(&c->by_mac);
    mem_release(c->note, CRAFT_NOTES * sizeof(*c->note));
    mem_release(c, sizeof(*c));
}

// ---------------------------------------------------------------- notes

struct craft_note *craft_note(struct crafts *c, const char *name, enum craft_severity severity)
{
    if (c->n_notes == CRAFT_NOTES && c->notes_told == c->n_notes)
        c->n_notes = c->notes_told = 0;
    if (c->n_notes == CRAFT_NOTES) {
        c->sums.notes_lost++;
        return NULL;
    }
    struct craft_note *v = &c->note[c->n_notes++];
    *v = (struct craft_note){.name = name, .severity = (uint8_t)severity};
    return v;
}

bool crafts_news(const struct crafts *c)
{
    return c->live && c->notes_told < c->n_notes;
}

static void emit(struct out *o, const struct craft_note *v)
{
    struct ev_notice *e = emit_notice(o);

    e->head.ts = v->first;
    e->head.uid = v->uid;
    e->src = v->src;
    e->dst = v->dst;
    if (v->src.kind == v->dst.kind) { // as those of a conversation
        e->head.src = v->src;
        e->head.dst = v->dst;
    }
    e->note = v->name;
    e->severity = scan_severity_name[v->severity];
    e->technique = v->technique;
    e->first = v->first;
    e->last = v->last;
    e->count = v->count;
    e->msg = arena_copy(o->arena, slice_str(v->msg));
    e->evidence = arena_copy(o->arena, slice_str(v->evidence));
}

void crafts_tell(struct crafts *c, struct out *o)
{
    for (; c->notes_told < c->n_notes; c->notes_told++)
        if (want(o, EV_notice))
            emit(o, &c->note[c->notes_told]);
}

// ---------------------------------------------------------------- senders

static uint32_t hash_of(const struct addr *a)
{
    return (uint32_t)hash_bytes(a, sizeof(*a), 23);
}

static struct craft_sender *find(const struct crafts *c, const struct addr *a)
{
    map_each (&c->by_addr, hash_of(a), at, i) {
        struct craft_sender *s = slab_at(&c->senders, i);
        if (addr_equal(&s->addr, a))
            return s;
    }
    return NULL;
}

static void drop_oldest(struct crafts *c)
{
    struct craft_sender *s = CONTAINER(c->list.next, struct craft_sender, node);

    craft_judge(c, s);
    craft_signs_end(c, s);
    c->sums.senders_lost++;
    map_remove(&c->by_addr, s->hash, slab_index(&c->senders, s));
    list_remove(&s->node);
    slab_give(&c->senders, s);
}

static struct craft_sender *sender_of(struct crafts *c, const struct ev_weird *e)
{
    struct craft_sender *s = find(c, &e->sender);

    if (s) {
        list_move_last(&c->list, &s->node);
        return s;
    }
    s = slab_take(&c->senders);
    if (!s) {
        drop_oldest(c);
        s = slab_take(&c->senders);
    }
    memset(s, 0, sizeof(*s));
    s->addr = e->sender;
    s->mac = e->sender_mac;
    s->hash = hash_of(&s->addr);
    map_add(&c->by_addr, s->hash, slab_index(&c->senders, s));
    list_append(&c->list, &s->node);
    return s;
}

static void add_weird(struct crafts *c, const struct ev_weird *e)
{
    unsigned points = craft_points(e);

    fuzz_count(c, e, points);
    if (!e->sender.kind)
        return;
    struct craft_sender *s = sender_of(c, e);
    if (s->packet && llabs(e->head.ts - s->since) > CRAFT_WINDOW) // what is told late is older
        craft_judge(c, s);
    s->last = e->head.ts > s->last ? e->head.ts : s->last;
    if (points)
        craft_count(s, e);
    craft_signs(c, s, e);
}

// How many packets there were, right ones with them.
static void add_conn(struct crafts *c, const struct ev_conn *e)
{
    struct craft_sender *orig = find(c, &e->head.src), *resp = find(c, &e->head.dst);

    if (orig)
        orig->packets += e->orig_pkts;
    if (resp)
        resp->packets += e->resp_pkts;
}

static void look_around(struct crafts *c)
{
    fuzz_look(c, false);
    if (!c->live)
        return; // all at the end, in the order of their senders
    list_each (&c->list, node) {
        struct craft_sender *s = CONTAINER(node, struct craft_sender, node);
        if (s->packet && c->now - s->since > CRAFT_WINDOW)
            craft_judge(c, s);
    }
}

void crafts_event(struct crafts *c, const struct event *e)
{
    const void *p = e;

    if (!(CRAFTS_WANTED >> e->id & 1))
        return;
    c->packets = e->ordinal > c->packets ? e->ordinal : c->packets; // before the one at hand
    switch (e->id) {
    case EV_weird:
        c->now = e->ts;
        fuzz_look(c, false);
        add_weird(c, p);
        break;
    case EV_padding: craft_padding(c, p); break;
    case EV_conn:
        if (c->wrong_sums)
            add_conn(c, p);
        break;
    case EV_tick:
        c->now = e->ts;
        look_around(c);
        break;
    default: break;
    }
}

void crafts_end(struct crafts *c)
{
    fuzz_look(c, true);
    list_each (&c->list, node) {
        struct craft_sender *s = CONTAINER(node, struct craft_sender, node);
        craft_judge(c, s);
        craft_signs_end(c, s);
    }
    craft_pads_end(c);
    fuzz_tell(c);
}

struct craft_sums crafts_sums(const struct crafts *c)
{
    return c->sums;
}
