// SPDX-License-Identifier: Apache-2.0
// DCP requests and their answers (specification of DCP, section 4). A request is remembered
// until no answer can come any more, and some seconds longer to know late and double ones by.
#include "proto/profinet/dcp.h"

#include "base/hash.h"

#define UNIT      (10 * (nsec)MSEC)  // of the response delay
#define GRACE     (400 * (nsec)MSEC) // stations answer as late as that
#define GET_SET   (3 * SECOND)
#define RESET     (10 * SECOND) // who resets may restart before answering
#define KEPT      (6 * SECOND)  // after the wait
#define REPEATS   (5 * SECOND)  // the same request within is a repetition
#define EARLY     (20 * (nsec)MSEC)
#define STEP_MOST (3600 * SECOND)
enum { FACTOR_SPREAD = 16 }; // smaller factors leave no slots to be early for

struct exchange {
    struct node node;          // the oldest first
    struct mac client, server; // server: all zero for all
    uint32_t xid, hash, sent, answers;
    uint64_t print, packet, answer_packet;
    nsec first, last, answered;
    uint16_t vlan, factor;
    uint8_t service, outcome, asks, actions, refused, error, reset_mode, name_fault;
    uint8_t name_n;
    bool permanent, told, has_name;
    struct mac answerer; // the first
    struct addr ip, netmask, gateway;
    uint8_t name[DCP_NAME_MOST];
    struct {
        uint64_t print;
        struct mac mac;
    } answer[DCP_ANSWERERS];
};

static const struct mac everybody;

static bool same_mac(const struct mac *a, const struct mac *b)
{
    return !memcmp(a, b, sizeof(*a));
}

static bool is_group(const struct mac *m)
{
    return m->b[0] & 1;
}

static nsec wait_of(const struct exchange *e)
{
    if (e->service == DCP_IDENTIFY)
        return e->factor * UNIT + GRACE;
    return e->actions & DCP_SET_RESET ? RESET : GET_SET;
}

static uint32_t hash_of(const struct mac *client, uint8_t service, uint32_t xid, uint16_t vlan)
{
    uint64_t key = (uint64_t)xid << 32 | (uint64_t)vlan << 8 | service;

    return (uint32_t)hash_bytes(client, sizeof(*client), key);
}

// ---------------------------------------------------------------- telling

static struct slice name_of(const struct exchange *e, struct ctx *x)
{
    struct text *t = feed_text(x);

    if (!e->name_n)
        return slice_str(""); // it was given, and is empty
    dcp_escape(t, slice_of(e->name, e->name_n));
    return arena_copy(x->out->arena, text_slice(t));
}

static void tell(struct exchange *e, enum dcp_outcome outcome, struct ctx *x)
{
    if (e->told)
        return;
    e->told = true;
    e->outcome = (uint8_t)outcome;
    if (!want(x->out, EV_profinet_step))
        return;
    struct ev_profinet_step *s = emit_profinet_step(x->out);
    s->client = e->client;
    if (e->answers)
        set(profinet_step, s, server, e->answerer);
    else if (!same_mac(&e->server, &everybody))
        set(profinet_step, s, server, e->server);
    s->vlan = e->vlan;
    s->xid = e->xid;
    s->service_id = e->service;
    s->outcome = e->outcome;
    s->asks = e->asks;
    s->actions = e->actions;
    s->refused = e->refused;
    s->error = e->error;
    s->reset_mode = e->reset_mode;
    s->name_fault = e->name_fault;
    s->permanent = e->permanent;
    s->unicast = !same_mac(&e->server, &everybody);
    if (e->has_name)
        s->name = name_of(e, x);
    s->ip = e->ip;
    s->netmask = e->netmask;
    s->gateway = e->gateway;
    s->asked = e->first;
    if (e->answers) {
        set(profinet_step, s, answered, e->answered);
        set(profinet_step, s, answer_packet, e->answer_packet);
    }
    s->packet = e->packet;
    s->sent = e->sent;
    s->answers = e->answers;
}

static void forget(struct dcp_pairs *s, struct exchange *e)
{
    map_remove(&s->map, e->hash, slab_index(&s->slab, e));
    list_remove(&e->node);
    slab_give(&s->slab, e);
}

static enum dcp_outcome ended(const struct exchange *e, nsec now)
{
    if (e->answers)
        return DCP_DONE;
    return now - e->last > wait_of(e) ? DCP_UNANSWERED : DCP_OPEN;
}

// ---------------------------------------------------------------- requests

static struct exchange *find(struct dcp_pairs *s, const struct dcp *d, const struct mac *client,
                             const struct mac *server, bool strict)
{
    uint32_t hash = hash_of(client, d->service, d->xid, d->vlan);

    map_each (&s->map, hash, at, i) {
        struct exchange *e = slab_at(&s->slab, i);
        if (same_mac(&e->client, client) && e->service == d->service && e->xid == d->xid &&
            e->vlan == d->vlan && (!strict || same_mac(&e->server, server)))
            return e;
    }
    return NULL;
}

static struct exchange *take(struct dcp_pairs *s, struct ctx *x)
{
    struct exchange *e = slab_take(&s->slab);

    if (!e) {
        struct exchange *old = CONTAINER(s->oldest.next, struct exchange, node);
        tell(old, old->answers ? DCP_DONE : DCP_FORGOTTEN, x);
        forget(s, old);
        e = slab_take(&s->slab);
    }
    memset(e, 0, offsetof(struct exchange, name)); // the arrays behind have their own counts
    list_init(&e->node);
    return e;
}

static void remember(struct dcp_pairs *s, const struct dcp *d, const struct mac *server,
                     struct ctx *x)
{
    struct exchange *e = take(s, x);

    e->client = d->src;
    e->server = *server;
    e->xid = d->xid;
    e->vlan = d->vlan;
    e->service = d->service;
    e->factor = d->factor;
    e->print = d->print;
    e->packet = x->out->ordinal + 1;
    e->first = e->last = x->out->ts;
    e->sent = 1;
    e->asks = d->asks;
    e->actions = d->actions;
    e->reset_mode = d->reset_mode;
    e->permanent = d->permanent;
    e->name_fault = d->name_fault;
    e->has_name = d->name.p != NULL;
    e->name_n = (uint8_t)min_u32(d->name.n, DCP_NAME_MOST);
    if (e->name_n)
        memcpy(e->name, d->name.p, e->name_n);
    e->ip = d->ip;
    e->netmask = d->netmask;
    e->gateway = d->gateway;
    e->hash = hash_of(&e->client, e->service, e->xid, e->vlan);
    list_append(&s->oldest, &e->node);
    map_add(&s->map, e->hash, slab_index(&s->slab, e));
}

static struct dcp_pairing ask(struct dcp_pairs *s, const struct dcp *d, struct ctx *x)
{
    struct mac server = is_group(&d->dst) ? everybody : d->dst;
    struct exchange *e = find(s, d, &d->src, &server, true);

    if (e && e->print == d->print && x->out->ts - e->last < REPEATS && !e->answers) {
        e->last = x->out->ts;
        e->sent++;
        list_move_last(&s->oldest, &e->node);
        return (struct dcp_pairing){DCP_REPEATED, e->packet, e->first};
    }
    if (e) {
        tell(e, ended(e, x->out->ts), x);
        forget(s, e);
    }
    remember(s, d, &server, x);
    return (struct dcp_pairing){.match = DCP_NEW};
}

// ---------------------------------------------------------------- answers

static enum dcp_match known_answer(const struct exchange *e, const struct dcp *d)
{
    for (uint32_t i = 0; i < min_u32(e->answers, DCP_ANSWERERS); i++)
        if (same_mac(&e->answer[i].mac, &d->src))
            return e->answer[i].print == d->print ? DCP_REPEATED : DCP_CONFLICT;
    return DCP_NEW;
}

static enum dcp_match in_time(const struct exchange *e, const struct dcp *d, nsec now)
{
    nsec waited = now - e->last;

    if (waited > wait_of(e))
        return DCP_LATE;
    if (e->service != DCP_IDENTIFY || e->factor < FACTOR_SPREAD || e->sent > 1)
        return DCP_ANSWER;
    nsec slot = (d->src.b[4] << 8 | d->src.b[5]) % e->factor * UNIT;
    return waited < slot - EARLY ? DCP_EARLY : DCP_ANSWER;
}

static void accept(struct exchange *e, const struct dcp *d, struct ctx *x)
{
    uint32_t n = e->answers++;

    if (!n) {
        e->answerer = d->src;
        e->answered = x->out->ts;
        e->answer_packet = x->out->ordinal + 1;
        e->refused = d->refused & e->actions;
        e->error = d->error;
    }
    if (n < DCP_ANSWERERS) {
        e->answer[n].mac = d->src;
        e->answer[n].print = d->print;
    }
    if (e->service != DCP_IDENTIFY)
        tell(e,
             d->type == DCP_UNSUPPORTED ? DCP_NOT_KNOWN
             : d->error                 ? DCP_REFUSED
                                        : DCP_DONE,
             x);
}

static struct dcp_pairing answer(struct dcp_pairs *s, const struct dcp *d, struct ctx *x)
{
    struct exchange *e = find(s, d, &d->dst, &d->src, true);
    struct dcp_pairing p = {.match = DCP_UNSOLICITED};

    if (!e && d->service == DCP_IDENTIFY)
        e = find(s, d, &d->dst, &everybody, true);
    if (!e && (e = find(s, d, &d->dst, NULL, false)))
        p.match = DCP_WRONG_MAC;
    if (!e)
        return p;
    p.packet = e->packet;
    p.asked = e->last;
    if (p.match == DCP_WRONG_MAC)
        return p;
    p.match = known_answer(e, d);
    if (p.match == DCP_NEW) {
        p.match = in_time(e, d, x->out->ts);
        if (p.match != DCP_LATE)
            accept(e, d, x);
    }
    return p;
}

// ---------------------------------------------------------------- all of it

static void open_pairs(struct dcp_pairs *s)
{
    slab_init(&s->slab, NULL, sizeof(struct exchange), DCP_EXCHANGES);
    map_init(&s->map, NULL, DCP_EXCHANGES);
    list_init(&s->oldest);
    s->ready = true;
}

struct dcp_pairing dcp_pair(struct dcp_pairs *s, const struct dcp *d, struct ctx *x)
{
    if (!s->ready)
        open_pairs(s);
    if (d->service == DCP_HELLO)
        return (struct dcp_pairing){.match = DCP_NEW};
    return d->type ? answer(s, d, x) : ask(s, d, x);
}

void dcp_pairs_tick(struct dcp_pairs *s, nsec now, bool jump, struct ctx *x)
{
    if (!s->ready)
        return;
    jump = jump || (now != INT64_MAX && s->now && now - s->now > STEP_MOST);
    for (struct node *n = s->oldest.next, *next; n != &s->oldest; n = next) {
        struct exchange *e = CONTAINER(n, struct exchange, node);
        next = n->next;
        if (jump || now == INT64_MAX) {
            tell(e, jump ? DCP_OPEN : ended(e, x->out->ts), x);
            forget(s, e);
        } else if (now - e->last > wait_of(e)) {
            tell(e, ended(e, now), x);
            if (now - e->last > wait_of(e) + KEPT)
                forget(s, e);
        }
    }
    s->now = now;
}

void dcp_pairs_close(struct dcp_pairs *s)
{
    if (!s->ready)
        return;
    slab_close(&s->slab);
    map_close(&s->map);
}
