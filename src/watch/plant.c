// SPDX-License-Identifier: Apache-2.0
// A plant from its events: who is there, what is asked, set and answered, in that order.
#include "watch/relation.h"

#include <stdlib.h>

#define SILENT (5 * SECOND) // cyclic data have stopped

struct plant *plant_open(bool live)
{
    struct plant *p = mem_reserve(sizeof(*p));

    p->live = live;
    slab_init(&p->stations, NULL, sizeof(struct station), PLANT_STATIONS);
    slab_init(&p->searches, NULL, sizeof(struct search), PLANT_SEARCHES);
    map_init(&p->station_map, NULL, PLANT_STATIONS);
    map_init(&p->search_map, NULL, PLANT_SEARCHES);
    map_init(&p->name_map, NULL, PLANT_NAMES);
    map_init(&p->claim_map, NULL, PLANT_IPS);
    map_init(&p->note_map, NULL, PLANT_NOTES);
    list_init(&p->firm);
    list_init(&p->weak);
    list_init(&p->searched);
    p->relations = relations_open();
    p->names = mem_reserve((PLANT_NAMES + 1) * sizeof(*p->names));
    p->claims = mem_reserve(PLANT_IPS * sizeof(*p->claims));
    p->notes = mem_reserve(PLANT_NOTES * sizeof(*p->notes));
    p->steps = mem_reserve(PLANT_STEPS * sizeof(*p->steps));
    p->sorted = mem_reserve(PLANT_STATIONS * sizeof(*p->sorted));
    return p;
}

void plant_close(struct plant *p)
{
    slab_close(&p->stations);
    slab_close(&p->searches);
    map_close(&p->station_map);
    map_close(&p->search_map);
    map_close(&p->name_map);
    map_close(&p->claim_map);
    map_close(&p->note_map);
    relations_close(p->relations);
    mem_release(p->names, (PLANT_NAMES + 1) * sizeof(*p->names));
    mem_release(p->claims, PLANT_IPS * sizeof(*p->claims));
    mem_release(p->notes, PLANT_NOTES * sizeof(*p->notes));
    mem_release(p->steps, PLANT_STEPS * sizeof(*p->steps));
    mem_release(p->sorted, PLANT_STATIONS * sizeof(*p->sorted));
    mem_release(p, sizeof(*p));
}

// ---------------------------------------------------------------- messages

static void add_hello(struct plant *p, const struct ev_profinet_dcp *e)
{
    struct plant_step s = {.kind = STEP_HELLO,
                           .first = p->now,
                           .last = p->now,
                           .took = -1,
                           .packet = p->packet,
                           .count = 1,
                           .client = e->src_mac,
                           .has_client = true,
                           .vlan = vlan_of(e),
                           .ip = e->ip};

    s.name = name_of(p, e->name_of_station, true);
    steps_add(p, &s);
}

static void on_dcp(struct plant *p, const struct ev_profinet_dcp *e)
{
    bool unicast = !(e->dst_mac.b[0] & 1);

    if (e->head.present >> FI_profinet_dcp_copy & 1)
        return;
    p->packet = e->packet;
    if (e->malformed && e->match == DCP_UNMATCHED) {
        dcp_any(p, e);
        return;
    }
    station_of(p, &e->src_mac, vlan_of(e))->last = p->now;
    if (unicast) {
        p->answers_seen = true;
        station_of(p, &e->dst_mac, vlan_of(e))->last_unicast = p->now;
        station_of(p, &e->src_mac, vlan_of(e))->last_unicast = p->now;
    }
    if (e->service_id == DCP_IDENTIFY && e->service_type)
        dcp_flood_answered(p);
    if (e->service_type || e->service_id == DCP_HELLO)
        dcp_told(p, e);
    else if (e->service_id == DCP_IDENTIFY)
        dcp_asked(p, e);
    else if (e->match != DCP_REPEATED)
        dcp_served(p, e);
    if (e->service_id == DCP_HELLO)
        add_hello(p, e);
    dcp_any(p, e);
}

// ---------------------------------------------------------------- requests and their results

static struct plant_step row_of(struct plant *p, const struct ev_profinet_step *e)
{
    struct plant_step s = {.first = e->asked,
                           .last = e->asked,
                           .took = -1,
                           .packet = e->packet,
                           .count = e->sent,
                           .client = e->client,
                           .has_client = true,
                           .ip = e->ip,
                           .netmask = e->netmask,
                           .vlan = e->vlan,
                           .outcome = e->outcome,
                           .actions = e->actions,
                           .refused = e->refused,
                           .error = e->error,
                           .reset_mode = e->reset_mode,
                           .permanent = e->permanent,
                           .answers = e->answers};

    s.kind = e->service_id == DCP_SET   ? STEP_SET
             : e->service_id == DCP_GET ? STEP_GET
             : e->asks & DCP_BY_NAME    ? STEP_SEARCH
                                        : STEP_SCAN;
    if (e->head.present >> FI_profinet_step_server & 1 && (s.kind != STEP_SCAN || e->unicast)) {
        s.server = e->server;
        s.has_server = true;
    }
    if (e->answers)
        s.took = e->answered - e->asked;
    if (e->name.n)
        s.name = name_of(p, e->name, e->service_id == DCP_SET);
    return s;
}

static void keep_name(struct station *t, uint32_t name, enum evidence by)
{
    if (t->name && t->name != name)
        t->former[t->formers++ % PLANT_FORMER] = t->name;
    t->name = name;
    t->named = true;
    t->name_by = (uint8_t)by;
}

// What a Set asked for holds when the station agreed; nothing better is known than the request
// where no answer was seen.
static void apply(struct station *t, const struct ev_profinet_step *e, uint32_t name)
{
    bool answered = e->outcome == DCP_DONE || e->outcome == DCP_REFUSED;
    enum evidence by = answered ? KNOWN_SET : KNOWN_ASKED;
    unsigned done = e->actions & ~(unsigned)e->refused;

    if (e->outcome == DCP_NOT_KNOWN)
        return;
    if (done & DCP_SET_NAME && (answered || t->name_by <= KNOWN_ASKED))
        keep_name(t, name, by);
    if (done & DCP_SET_IP && (answered || t->ip_by <= KNOWN_ASKED)) {
        t->ip = e->ip;
        t->netmask = e->netmask;
        t->gateway = e->gateway;
        t->ip_by = (uint8_t)by;
        t->has_ip_info = false;
    }
    bool forgets_name = e->actions & DCP_SET_ALL_RESET || e->reset_mode == 2 ||
                        e->reset_mode == 4 || e->reset_mode == 8;
    if (answered && done & DCP_SET_RESET && forgets_name) {
        keep_name(t, 0, by);
        t->ip = (struct addr){0};
        t->ip_by = KNOWN_NOT;
    }
}

static void on_set(struct plant *p, const struct ev_profinet_step *e, struct plant_step *row)
{
    struct station *t = station_of(p, &e->server, e->vlan);

    row->old_name = t->name;
    row->old_ip = t->ip;
    dcp_set(p, e);
    t = station_of(p, &e->server, e->vlan);
    apply(t, e, row->name);
    station_firm(p, t);
    t->setter[t->setters++ % PLANT_SETTERS] = (struct setter){.ts = e->asked,
                                                              .client = e->client,
                                                              .ip = e->ip,
                                                              .name = row->name,
                                                              .actions = e->actions,
                                                              .outcome = e->outcome,
                                                              .error = e->error,
                                                              .reset_mode = e->reset_mode,
                                                              .permanent = e->permanent};
}

static void add_searcher(struct plant *p, const struct ev_profinet_step *e)
{
    struct station *t;

    if (!e->answers || !(e->asks & DCP_BY_NAME))
        return;
    t = station_of(p, &e->server, e->vlan);
    for (uint32_t i = 0; i < t->searchers; i++)
        if (same_mac(&t->searcher[i], &e->client))
            return;
    if (t->searchers < PLANT_SEARCHERS)
        t->searcher[t->searchers++] = e->client;
}

static void on_step(struct plant *p, const struct ev_profinet_step *e)
{
    struct plant_step row;

    p->packet = e->packet;
    p->sums.exchanges_lost += e->outcome == DCP_FORGOTTEN;
    row = row_of(p, e);
    if (e->service_id == DCP_SET)
        on_set(p, e, &row);
    else if (e->service_id == DCP_GET)
        dcp_got(p, e);
    else
        dcp_searched(p, e);
    add_searcher(p, e);
    if (e->service_id != DCP_IDENTIFY || !dcp_in_flood(p, e->asked))
        steps_add(p, &row);
}

// ---------------------------------------------------------------- cyclic data

static void add_data(struct plant *p, const struct station *s, const struct mac *to, nsec ts,
                     enum step_kind kind)
{
    struct plant_step row = {.kind = (uint8_t)kind,
                             .first = ts,
                             .last = ts,
                             .took = -1,
                             .packet = kind == STEP_STOP ? s->cyclic_packet : p->packet,
                             .count = 1,
                             .client = s->mac,
                             .has_client = true,
                             .vlan = s->vlan};

    if (to) {
        row.server = *to;
        row.has_server = true;
    }
    steps_add(p, &row);
}

static void on_cyclic(struct plant *p, const struct ev_profinet_cyclic *e)
{
    struct station *s;

    p->packet = e->packet;
    stream_event(p, e);
    if (e->src_mac.b[0] & 1 || !e->has_tail)
        return;
    if (!(e->dst_mac.b[0] & 1)) {
        s = station_of(p, &e->dst_mac, e->vlan);
        s->last_cyclic = s->last_unicast = e->last;
    }
    s = station_of(p, &e->src_mac, e->vlan);
    if (s->last_sent_cyclic && e->last - s->last_sent_cyclic > SILENT)
        add_data(p, s, NULL, s->last_sent_cyclic, STEP_STOP);
    if (!s->last_sent_cyclic || e->last - s->last_sent_cyclic > SILENT)
        add_data(p, s, &e->dst_mac, e->last, STEP_DATA);
    s->last_cyclic = s->last_sent_cyclic = s->last_unicast = e->last;
    s->cyclic_packet = e->packet;
    s->last = s->last > e->last ? s->last : e->last;
    station_firm(p, s);
}

// ---------------------------------------------------------------- all of it

// Captures that were put together have seams: what belongs here is learnt anew behind them, and
// nobody was waited for.
static void on_tick(struct plant *p, const struct ev_tick *e)
{
    bool seam = e->jump || (p->ticked && p->now - p->ticked > PLANT_SEAM);

    if (seam && p->began)
        p->began = p->now;
    p->ticked = p->now;
    relations_tick(p, seam);
    dcp_flood_tick(p);
    dcp_searches_tick(p);
    p->news = notes_due(p) || relations_due(p);
}

bool plant_news(const struct plant *p)
{
    return p->news;
}

void plant_tell(struct plant *p, struct out *o)
{
    p->news = false;
    relations_tell_due(p, o);
    notes_tell_due(p, o);
}

void plant_event(struct plant *p, const struct event *e)
{
    if (!(PLANT_WANTED >> e->id & 1))
        return;
    if (!p->began && e->id != EV_tick)
        p->began = e->ts;
    if (e->id != EV_profinet_alarm) // alarms are told later than they came
        p->now = e->ts;
    p->uid = e->uid;
    switch (e->id) {
    case EV_profinet_dcp: on_dcp(p, (const void *)e); break;
    case EV_profinet_step: on_step(p, (const void *)e); break;
    case EV_profinet_cyclic: on_cyclic(p, (const void *)e); break;
    case EV_arp:
        p->packet = e->ordinal + 1;
        dcp_arp(p, (const void *)e);
        break;
    case EV_lldp: plant_lldp(p, (const void *)e); break;
    case EV_fieldbus: plant_fieldbus(p, (const void *)e); break;
    case EV_tick: on_tick(p, (const void *)e); break;
    default: relation_event(p, e); break;
    }
}

static void end_data(struct plant *p)
{
    list_each (&p->firm, node) {
        const struct station *s = CONTAINER(node, struct station, node);
        if (s->last_sent_cyclic && p->now - s->last_sent_cyclic > SILENT)
            add_data(p, s, NULL, s->last_sent_cyclic, STEP_STOP);
    }
}

void plant_finish(struct plant *p)
{
    if (p->finished)
        return;
    p->finished = true;
    relations_end(p);
    dcp_searches_end(p);
    dcp_flood_end(p);
    end_data(p);
    steps_sort(p);
}

struct plant_sums plant_sums(const struct plant *p)
{
    const struct relations *r = p->relations;
    struct plant_sums sums = p->sums;

    sums.relations_lost = (uint64_t)r->lost + r->streams_lost + r->submodules_lost;
    return sums;
}

static int by_first(const void *a, const void *b)
{
    const struct station *const *x = a, *const *y = b;

    if ((*x)->first != (*y)->first)
        return (*x)->first < (*y)->first ? -1 : 1;
    int order = memcmp(&(*x)->mac, &(*y)->mac, sizeof(struct mac));
    return order ? order : (*x)->vlan - (*y)->vlan;
}

const struct station *const *plant_stations(struct plant *p, uint32_t *n)
{
    const struct node *lists[] = {&p->firm, &p->weak};

    *n = 0;
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        for (const struct node *node = lists[i]->next; node != lists[i]; node = node->next) {
            const struct station *s =
                (const struct station *)(const void *)((const char *)node -
                                                       offsetof(struct station, node));
            if (s->last) // it spoke
                p->sorted[(*n)++] = s;
        }
    qsort(p->sorted, *n, sizeof(*p->sorted), by_first);
    return p->sorted;
}
