// SPDX-License-Identifier: Apache-2.0
// The tables of sources and their contacts. A source is looked at when nothing came of a fifth
// more of its contacts than last time, so that the work grows little faster than the contacts.
#include "watch/scan_beside.h"

#include <stdlib.h>

#include "base/hash.h"
#include "event/rpc.h"

enum { JUDGE_FIRST = 2, HEAVY_FROM = 3 };

struct scans *scans_open(const struct scan_limits *l)
{
    struct scans *s = mem_reserve(sizeof(*s));

    s->limit = *l;
    slab_init(&s->sources, NULL, sizeof(struct source), SCAN_SOURCES);
    slab_init(&s->contacts, NULL, sizeof(struct contact), CONTACTS);
    slab_init(&s->floods, NULL, sizeof(struct flood), FLOODS);
    slab_init(&s->crowds, NULL, sizeof(struct crowd), CROWDS);
    map_init(&s->by_addr, NULL, SCAN_SOURCES);
    map_init(&s->by_contact, NULL, CONTACTS);
    map_init(&s->by_crowd, NULL, CROWDS);
    map_init(&s->by_flood, NULL, FLOODS);
    s->note = mem_reserve(SCAN_NOTES * sizeof(*s->note));
    s->scratch = mem_reserve(CONTACTS * sizeof(struct contact *));
    s->chosen = mem_reserve(CONTACTS * sizeof(struct contact *));
    s->report = mem_reserve(REPORTS * 1024 * sizeof(*s->report));
    s->zombie = mem_reserve(ZOMBIES * sizeof(*s->zombie));
    s->claim = mem_reserve(CLAIMS * sizeof(*s->claim));
    s->route = mem_reserve(ROUTES * sizeof(*s->route));
    s->subnet = mem_reserve(SUBNETS * sizeof(*s->subnet));
    s->twin = mem_reserve(TWINS * sizeof(*s->twin));
    s->list = mem_reserve(SCAN_LIST * sizeof(*s->list));
    for (int i = 0; i < GRADES; i++)
        list_init(&s->grade[i]);
    list_init(&s->crowd_list);
    list_init(&s->flood_list);
    return s;
}

void scans_close(struct scans *s)
{
    slab_close(&s->sources);
    slab_close(&s->contacts);
    slab_close(&s->crowds);
    slab_close(&s->floods);
    map_close(&s->by_addr);
    map_close(&s->by_contact);
    map_close(&s->by_crowd);
    map_close(&s->by_flood);
    mem_release(s->note, SCAN_NOTES * sizeof(*s->note));
    mem_release(s->scratch, CONTACTS * sizeof(struct contact *));
    mem_release(s->chosen, CONTACTS * sizeof(struct contact *));
    mem_release(s->report, REPORTS * 1024 * sizeof(*s->report));
    mem_release(s->zombie, ZOMBIES * sizeof(*s->zombie));
    mem_release(s->claim, CLAIMS * sizeof(*s->claim));
    mem_release(s->route, ROUTES * sizeof(*s->route));
    mem_release(s->subnet, SUBNETS * sizeof(*s->subnet));
    mem_release(s->twin, TWINS * sizeof(*s->twin));
    mem_release(s->list, SCAN_LIST * sizeof(*s->list));
    mem_release(s, sizeof(*s));
}

// ---------------------------------------------------------------- sources

static uint32_t hash_of_source(const struct addr *a)
{
    return (uint32_t)hash_bytes(a, sizeof(*a), 0);
}

static uint32_t hash_of_contact(uint32_t source, const struct contact *c)
{
    uint64_t seed = hash_mix((uint64_t)source << 24 | (uint64_t)c->port << 8 | c->probe, 1);

    return (uint32_t)hash_bytes(&c->dst, sizeof(c->dst), seed);
}

static void forget_contacts(struct scans *s, struct source *src)
{
    uint32_t at = src->contacts;

    while (at != SLAB_NONE) {
        struct contact *c = contact_at(s, at);
        uint32_t next = c->next;
        map_remove(&s->by_contact, c->hash, at);
        slab_give(&s->contacts, c);
        at = next;
    }
    src->contacts = SLAB_NONE;
    src->n = src->failed = 0;
    src->judge_at = JUDGE_FIRST;
}

static void grade_source(struct scans *s, struct source *src, enum grade grade)
{
    src->grade = (uint8_t)grade;
    list_move_last(&s->grade[grade], &src->node);
}

// The last look at a source: what it did is told, and its contacts make room.
static void end_source(struct scans *s, struct source *src)
{
    if (src->failed >= JUDGE_FIRST)
        (void)source_judge(s, src, true);
    marks_find(s, src);
    forget_contacts(s, src);
}

static void drop_source(struct scans *s, struct source *src)
{
    end_source(s, src);
    map_remove(&s->by_addr, src->hash, slab_index(&s->sources, src));
    list_remove(&src->node);
    slab_give(&s->sources, src);
}

// What is dropped next has left the cache, and one part of it tells where the next is: of the
// third behind this one the source is fetched, of the second its contact, of the first the
// rest.
static void fetch_behind(const struct scans *s, const struct node *head, struct node *at)
{
    struct node *first = at->next, *second = first->next, *third = second->next;

    if (first == head || second == head || third == head)
        return;
    __builtin_prefetch(third, 1);
    const struct source *src = CONTAINER(second, struct source, node);
    __builtin_prefetch(&s->by_addr.slot[src->hash & s->by_addr.mask], 1);
    if (src->contacts != SLAB_NONE)
        __builtin_prefetch(contact_at(s, src->contacts), 1);
    src = CONTAINER(first, struct source, node);
    if (src->contacts != SLAB_NONE)
        __builtin_prefetch(
            &s->by_contact.slot[contact_at(s, src->contacts)->hash & s->by_contact.mask], 1);
}

// Those that did next to nothing go first: a flood of forged senders pushes out only itself.
static void make_room(struct scans *s)
{
    for (int i = 0; i < GRADES; i++)
        if (!list_empty(&s->grade[i])) {
            struct source *oldest = CONTAINER(s->grade[i].next, struct source, node);
            fetch_behind(s, &s->grade[i], &oldest->node);
            drop_source(s, oldest);
            s->sums.sources_lost++;
            return;
        }
}

static struct source *find_source(const struct scans *s, const struct addr *a, uint32_t hash)
{
    map_each (&s->by_addr, hash, at, i) {
        struct source *src = slab_at(&s->sources, i);
        if (addr_equal(&src->addr, a))
            return src;
    }
    return NULL;
}

const struct source *scan_source(const struct scans *s, const struct addr *a)
{
    return find_source(s, a, hash_of_source(a));
}

static struct source *source_of(struct scans *s, const struct addr *a)
{
    uint32_t hash = hash_of_source(a);
    struct source *src = find_source(s, a, hash);

    if (src)
        return src;
    src = slab_take(&s->sources);
    if (!src) {
        make_room(s);
        src = slab_take(&s->sources);
    }
    *src = (struct source){
        .addr = *a, .hash = hash, .contacts = SLAB_NONE, .judge_at = JUDGE_FIRST};
    map_add(&s->by_addr, hash, slab_index(&s->sources, src));
    list_append(&s->grade[GRADE_LIGHT], &src->node);
    return src;
}

// ---------------------------------------------------------------- contacts

static struct contact *find_contact(const struct scans *s, uint32_t source, uint32_t hash,
                                    const struct contact *key)
{
    map_each (&s->by_contact, hash, at, i) {
        struct contact *c = contact_at(s, i);
        if (c->source == source && c->port == key->port && c->probe == key->probe &&
            addr_equal(&c->dst, &key->dst))
            return c;
    }
    return NULL;
}

// A port that was tried before: the best answer counts.
static void repeat_contact(struct source *src, struct contact *c, const struct contact *again)
{
    bool fruitless = is_fruitless(c);

    c->rounds += again->rounds;
    c->idle = c->result == RESULT_ANSWERED
                  ? c->idle && (again->result != RESULT_ANSWERED || again->idle)
                  : again->idle;
    c->result = again->result > c->result ? again->result : c->result;
    c->data_to |= again->data_to;
    c->data_from |= again->data_from;
    c->service = c->service ? c->service : again->service;
    c->first = again->first < c->first ? again->first : c->first;
    c->last = again->last > c->last ? again->last : c->last;
    if (fruitless && !is_fruitless(c))
        src->failed--;
}

static void add_contact(struct scans *s, struct source *src, uint32_t hash,
                        const struct contact *key)
{
    uint32_t index = slab_index(&s->sources, src);
    struct contact *c = src->n < CONTACTS_EACH ? slab_take(&s->contacts) : NULL;

    while (!c && src->n < CONTACTS_EACH) {
        struct source *oldest = NULL;
        for (int i = 0; i < GRADES && !oldest; i++)
            list_each (&s->grade[i], node)
                if (node != &src->node) {
                    oldest = CONTAINER(node, struct source, node);
                    break;
                }
        drop_source(s, oldest); // there is one: no source has all contacts
        s->sums.sources_lost++;
        c = slab_take(&s->contacts);
    }
    if (!c) {
        s->sums.contacts_lost++;
        return;
    }
    *c = *key;
    c->source = index;
    c->hash = hash;
    c->next = src->contacts;
    src->contacts = slab_index(&s->contacts, c);
    src->n++;
    map_add(&s->by_contact, hash, src->contacts);
    if (is_fruitless(c)) {
        src->failed++;
        src->last_failed = s->now;
    }
    crowd_add(s, src, c);
}

static void judge(struct scans *s, struct source *src)
{
    if (src->failed < src->judge_at)
        return;
    src->judge_at = src->failed + 1 + src->failed / 5;
    if (src->grade != GRADE_SCANS && source_judge(s, src, false))
        grade_source(s, src, GRADE_SCANS);
}

static void add_attempt(struct scans *s, const struct addr *from, const struct contact *key)
{
    struct source *src = source_of(s, from);
    uint32_t index = slab_index(&s->sources, src), hash = hash_of_contact(index, key);
    struct contact *c = find_contact(s, index, hash, key);
    uint32_t failed = src->failed;

    src->last = s->now;
    if (c)
        repeat_contact(src, c, key);
    else
        add_contact(s, src, hash, key);
    if (src->grade != GRADE_SCANS)
        grade_source(s, src, src->failed >= HEAVY_FROM ? GRADE_HEAVY : GRADE_LIGHT);
    else if (src->failed > failed)
        grade_source(s, src, GRADE_SCANS);
    judge(s, src);
}

// ---------------------------------------------------------------- events

// Scans that fell silent are told; of others is forgotten what is old.
static void look_around(struct scans *s)
{
    if (s->now - s->checked < SECOND)
        return;
    s->checked = s->now;
    crowds_look_around(s);
    floods_look_around(s);
    while (!list_empty(&s->grade[GRADE_SCANS])) {
        struct source *src = CONTAINER(s->grade[GRADE_SCANS].next, struct source, node);
        if (s->now - src->last_failed < s->limit.idle)
            break;
        end_source(s, src);
        grade_source(s, src, GRADE_LIGHT);
    }
    for (int i = 0; i < GRADE_SCANS; i++)
        while (!list_empty(&s->grade[i])) {
            struct source *src = CONTAINER(s->grade[i].next, struct source, node);
            if (s->now - src->last < SCAN_FORGET)
                break;
            drop_source(s, src);
        }
}

static void move_clock(struct scans *s, nsec now)
{
    s->now = now > s->now ? now : s->now;
    s->begin = s->begin ? s->begin : now;
    look_around(s);
}

// Asking for an address; the answer comes to who asked for it.
static void add_arp(struct scans *s, const struct ev_arp *e)
{
    struct contact c = {.probe = PROBE_ARP,
                        .dst = e->reply ? e->ip : e->target,
                        .first = e->head.ts,
                        .last = e->head.ts,
                        .rounds = 1,
                        .result = e->reply ? RESULT_ANSWERED : RESULT_SILENT};
    static const uint8_t none[16];
    const struct addr *from = e->reply ? &e->target : &e->ip;

    if (addr_equal(&e->ip, &e->target) || !memcmp(from->b, none, sizeof(none)))
        return; // who says or asks what is its own
    if (e->reply) {
        struct source *src = find_source(s, from, hash_of_source(from));
        uint32_t index = src ? slab_index(&s->sources, src) : 0;
        struct contact *asked =
            src ? find_contact(s, index, hash_of_contact(index, &c), &c) : NULL;
        if (asked)
            repeat_contact(src, asked, &c);
        return;
    }
    add_attempt(s, from, &c);
}

// A question of PROFINET DCP to one station: by its name, or sent to it.
static void add_step(struct scans *s, const struct ev_profinet_step *e)
{
    struct addr from = addr_of(ADDR_MAC, e->client.b);
    bool found = e->head.present >> FI_profinet_step_server & 1;
    uint64_t print = hash_bytes(e->name.p, e->name.n, 0);
    struct contact c = {.probe = PROBE_DCP,
                        .first = e->asked,
                        .last = e->head.ts,
                        .rounds = e->sent,
                        .result = e->answers ? RESULT_ANSWERED : RESULT_SILENT};

    if (!e->name.n && !(found && e->unicast))
        return; // to all
    if (found)
        c.dst = addr_of(ADDR_MAC, e->server.b);
    else
        c.dst = addr_of(ADDR_MAC, (const uint8_t *)&print);
    add_attempt(s, &from, &c);
}

// A question to a port mapper for a program, or a call of it. What counts is whether the
// program is there; procedure 0 gives nothing away.
static void add_rpc(struct scans *s, const struct ev_rpc *e)
{
    bool asked = e->asked == ASKED_PORT || e->asked == ASKED_CALL, orig = e->is_orig;
    bool good = !strcmp(e->status, "success"), none = !strcmp(e->status, "unanswered");
    bool has_port = e->head.present >> FI_rpc_port & 1;
    uint32_t program = asked ? e->asked_program : e->program;
    struct contact c = {.probe = PROBE_RPC,
                        .dst = orig ? e->head.dst : e->head.src,
                        .port = (uint16_t)(program ^ program >> 16),
                        .first = e->head.ts,
                        .last = e->head.ts,
                        .rounds = 1,
                        .uid = e->head.uid,
                        .service = asked ? e->asked_name : e->program_name,
                        .risky = (asked ? e->asked_risk : e->risk) != SAFE,
                        .data_to = !asked && e->procedure && e->args_bytes,
                        .result = none                                       ? RESULT_SILENT
                                  : good && !(asked && has_port && !e->port) ? RESULT_ANSWERED
                                                                             : RESULT_REFUSED};

    if (e->program == RPC_MAPPER && !asked)
        return; // what else mappers are asked
    c.idle = c.result == RESULT_ANSWERED && !c.data_to;
    c.service = c.service ? c.service : "unknown";
    add_attempt(s, orig ? &e->head.src : &e->head.dst, &c);
}

static void add_conn(struct scans *s, const struct ev_conn *e)
{
    struct attempt a, unseen;

    route_conn(s, e);
    if (!attempt_of(s, e, &a))
        return;
    if (flood_add(s, &a) && !scan_source(s, &a.src))
        return; // nobody is there: it would only push out who is
    outage_add(s, &a);
    twin_add(s, e, &a);
    if (a.src.kind == ADDR_IP6 && !e->first_resp)
        source_of(s, &a.src)->mac = e->first_mac;
    add_attempt(s, &a.src, &a.c);
    if (a.c.probe != PROBE_ANSWER)
        return;
    zombie_note(s, &a);
    if (attempt_unseen(e, &a, &unseen))
        add_attempt(s, &unseen.src, &unseen.c);
}

void scans_event(struct scans *s, const struct event *e)
{
    const void *p = e;

    switch (e->id) {
    case EV_conn:
        move_clock(s, ((const struct ev_conn *)p)->end);
        add_conn(s, p);
        break;
    case EV_unreachable:
        report_add(s, p);
        route_report(s, p);
        break;
    case EV_arp:
        move_clock(s, e->ts);
        claim_add(s, p);
        add_arp(s, p);
        break;
    case EV_profinet_step:
        move_clock(s, e->ts);
        add_step(s, p);
        break;
    case EV_rpc:
        move_clock(s, e->ts);
        add_rpc(s, p);
        break;
    default: break;
    }
}

void scans_end(struct scans *s)
{
    outages_end(s);
    routes_end(s);
    crowds_end(s);
    floods_end(s);
    claims_end(s);
    for (int i = GRADES; i-- > 0;)
        list_each (&s->grade[i], node) {
            struct source *src = CONTAINER(node, struct source, node);
            if (src->failed >= JUDGE_FIRST)
                (void)source_judge(s, src, true);
            marks_find(s, src);
        }
}

struct scan_sums scans_sums(const struct scans *s)
{
    return s->sums;
}
