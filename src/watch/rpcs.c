// SPDX-License-Identifier: Apache-2.0
// Who offers which program, and who asked: the tables, as events fill them.
#include "watch/rpcs_parts.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"

enum { UDP = 17, SWEEP_LEAST = 3, USUAL_HOSTS = 5, RISKY_HOSTS = 3, LONG_ARGUMENTS = 512 };
#define SWEEP_LASTS (3600 * SECOND)
#define OFFER_LASTS (24 * 3600 * SECOND)

const char *const rpc_known_name[] = {"no answer", "not registered", "called",
                                      "told",      "listed",         "answered"};

struct rpcs *rpcs_open(void)
{
    struct rpcs *r = mem_reserve(sizeof(*r));

    map_init(&r->offer_map, NULL, RPCS_OFFERS);
    map_init(&r->contact_map, NULL, RPCS_CONTACTS);
    r->offer = mem_reserve(RPCS_OFFERS * sizeof(*r->offer));
    r->contact = mem_reserve(RPCS_CONTACTS * sizeof(*r->contact));
    r->sweep = mem_reserve(RPCS_SWEEPS * sizeof(*r->sweep));
    return r;
}

void rpcs_close(struct rpcs *r)
{
    map_close(&r->offer_map);
    map_close(&r->contact_map);
    mem_release(r->offer, RPCS_OFFERS * sizeof(*r->offer));
    mem_release(r->contact, RPCS_CONTACTS * sizeof(*r->contact));
    mem_release(r->sweep, RPCS_SWEEPS * sizeof(*r->sweep));
    mem_release(r, sizeof(*r));
}

struct rpcs_sums rpcs_sums(const struct rpcs *r)
{
    return r->sums;
}

// ---------------------------------------------------------------- offers

static uint32_t hash_of(const struct addr *a, const struct addr *b, uint32_t program)
{
    return (uint32_t)hash_bytes(a, sizeof(*a),
                                b ? hash_bytes(b, sizeof(*b), program) : program);
}

static bool is_it(const struct rpc_offer *x, const struct rpc_offer *key)
{
    return x->program == key->program && x->version == key->version &&
           addr_equal(&x->server, &key->server) && !strcmp(x->proto, key->proto);
}

// The offer that fits best: with its port, or else without one; a port that is not known fits
// all.
static struct rpc_offer *find_offer(struct rpcs *r, const struct rpc_offer *key)
{
    struct rpc_offer *best = NULL;

    map_each (&r->offer_map, key->hash, at, i) {
        struct rpc_offer *x = &r->offer[i];
        if (!is_it(x, key))
            continue;
        if (x->port == key->port || !key->port)
            return x;
        if (!x->port)
            best = x;
    }
    return best;
}

static void add_client(struct rpc_offer *x, const struct addr *client)
{
    for (uint8_t i = 0; i < x->clients; i++)
        if (addr_equal(&x->client[i], client))
            return;
    if (x->clients < RPCS_CLIENTS)
        x->client[x->clients++] = *client;
    else
        x->more_clients = true;
}

// Takes what was overheard into the table; NULL: it has no room.
static struct rpc_offer *overheard(struct rpcs *r, struct rpc_offer *key,
                                   const struct addr *client, nsec ts)
{
    if (addr_is_multicast(&key->server))
        return NULL;
    key->hash = hash_of(&key->server, NULL, key->program);
    struct rpc_offer *x = find_offer(r, key);
    if (!x && r->n_offers == RPCS_OFFERS) {
        r->sums.offers_lost++;
        return NULL;
    }
    if (!x) {
        x = &r->offer[r->n_offers];
        *x = *key;
        x->first = x->last = ts;
        map_add(&r->offer_map, key->hash, r->n_offers++);
    }
    if (!x->port)
        x->port = key->port;
    if (key->known > x->known)
        x->known = key->known;
    x->first = ts < x->first ? ts : x->first;
    x->last = ts > x->last ? ts : x->last;
    add_client(x, client);
    return x;
}

static void unset(struct rpcs *r, const struct ev_rpc_service *e)
{
    uint32_t hash = hash_of(&e->server, NULL, e->program);

    map_each (&r->offer_map, hash, at, i) {
        struct rpc_offer *x = &r->offer[i];
        if (x->program == e->program && x->version == e->version &&
            addr_equal(&x->server, &e->server))
            x->gone = true;
    }
}

static void add_service(struct rpcs *r, const struct ev_rpc_service *e)
{
    struct rpc_offer key = {.server = e->server,
                            .name = e->name,
                            .proto = e->proto,
                            .program = e->program,
                            .version = e->version,
                            .port = e->port,
                            .risk = e->risk,
                            .known = e->asked == ASKED_LIST ? RPC_LISTED
                                     : e->port              ? RPC_TOLD
                                                            : RPC_ABSENT};

    if (e->asked == ASKED_UNSET) {
        unset(r, e);
        return;
    }
    struct rpc_offer *x = overheard(r, &key, &e->client, e->head.ts);
    if (x && e->port)
        x->gone = false;
}

// ---------------------------------------------------------------- contacts

static struct rpc_contact *contact_of(struct rpcs *r, const struct rpc_contact *key)
{
    uint32_t hash = hash_of(&key->client, &key->server, key->program);

    map_each (&r->contact_map, hash, at, i) {
        struct rpc_contact *c = &r->contact[i];
        if (c->program == key->program && addr_equal(&c->client, &key->client) &&
            addr_equal(&c->server, &key->server))
            return c;
    }
    if (r->n_contacts == RPCS_CONTACTS) {
        r->sums.contacts_lost++;
        return NULL;
    }
    struct rpc_contact *c = &r->contact[r->n_contacts];
    *c = *key;
    c->hash = hash;
    map_add(&r->contact_map, hash, r->n_contacts++);
    return c;
}

static bool has_status(const struct ev_rpc *e, const char *status)
{
    return !strcmp(e->status, status);
}

static bool is_given(const struct ev_rpc *e, unsigned field)
{
    return e->head.present >> field & 1;
}

static void note_use(struct rpc_contact *c, const struct ev_rpc *e)
{
    bool root = is_given(e, FI_rpc_auth_uid) && e->auth_uid == 0;

    if (has_status(e, "program_unavailable"))
        c->absent = true;
    if (e->procedure && e->args_bytes > LONG_ARGUMENTS && root && !c->uses &&
        !c->suspect.packet) {
        c->suspect.uid = e->head.uid;
        c->suspect.packet = e->packet;
        c->suspect.ts = e->head.ts;
        c->suspect.args = e->args_bytes;
        c->suspect.procedure = e->procedure;
    }
    if (!has_status(e, "success"))
        return;
    c->offered = true;
    c->nulls += !e->procedure;
    c->uses += e->procedure != 0;
}

static void note_question(struct rpc_contact *c, const struct ev_rpc *e)
{
    c->indirect += e->asked == ASKED_CALL;
    c->sets += e->asked == ASKED_SET || e->asked == ASKED_UNSET;
    c->lists += e->asked == ASKED_LIST;
    if (e->asked == ASKED_SET || e->asked == ASKED_UNSET)
        return;
    if (has_status(e, "success") &&
        (e->asked == ASKED_LIST || (is_given(e, FI_rpc_port) && e->port)))
        c->offered = true;
    else if (has_status(e, "success"))
        c->absent = true;
}

// Whom it is about: a port mapper's program, when it is asked for one, else what is called.
static void add_contact(struct rpcs *r, const struct ev_rpc *e, const struct addr *client,
                        const struct addr *server)
{
    bool other = e->asked != ASKED_NOTHING && e->asked != ASKED_LIST;
    struct rpc_contact key = {.client = *client,
                              .server = *server,
                              .program = other ? e->asked_program : e->program,
                              .name = other ? e->asked_name : e->program_name,
                              .risk = other ? e->asked_risk : e->risk,
                              .first = e->head.ts,
                              .last = e->head.ts,
                              .uid = e->head.uid,
                              .packet = e->packet};
    struct rpc_contact *c = contact_of(r, &key);

    if (!c)
        return;
    if (e->head.ts < c->first) { // unanswered calls are told late
        c->first = e->head.ts;
        c->uid = e->head.uid;
        c->packet = e->packet;
    }
    c->last = e->head.ts > c->last ? e->head.ts : c->last;
    if (e->asked != ASKED_NOTHING)
        note_question(c, e);
    else
        note_use(c, e);
}

// ---------------------------------------------------------------- numbers of calls

static void note_xid(struct rpcs *r, const struct ev_rpc *e, const struct addr *client,
                     const struct addr *server)
{
    uint64_t call[3] = {e->program, (uint64_t)e->version << 32 | e->procedure,
                        hash_of(server, NULL, 1)};
    uint64_t print = hash_bytes(call, sizeof(call), 0);
    struct rpc_xid *x = &r->xid[hash_of(client, NULL, 2) % XID_CLIENTS];
    bool same = addr_equal(&x->client, client);

    if (same && x->n >= XID_CALLS) // seen: it stays
        return;
    if (!same || x->xid != e->xid)
        *x = (struct rpc_xid){.client = *client,
                              .xid = e->xid,
                              .uid = e->head.uid,
                              .packet = e->packet,
                              .first = e->head.ts};
    x->last = e->head.ts;
    for (uint32_t i = 0; i < x->n; i++)
        if (x->call[i] == print)
            return;
    x->call[x->n++] = print;
}

static void add_call(struct rpcs *r, const struct ev_rpc *e)
{
    const struct addr *client = e->is_orig ? &e->head.src : &e->head.dst;
    const struct addr *server = e->is_orig ? &e->head.dst : &e->head.src;
    bool answered = is_given(e, FI_rpc_answer_packet);
    struct rpc_offer key = {.server = *server,
                            .name = strcmp(e->program_name, "unknown") ? e->program_name : NULL,
                            .proto = e->head.ip_proto == UDP ? "udp" : "tcp",
                            .program = e->program,
                            .version = e->version,
                            .port = e->is_orig ? e->head.dport : e->head.sport,
                            .risk = e->risk,
                            .known = !answered                              ? RPC_CALLED
                                     : has_status(e, "program_unavailable") ? RPC_ABSENT
                                                                            : RPC_ANSWERED};
    struct rpc_offer *x = overheard(r, &key, client, e->head.ts);

    if (x) {
        x->calls++;
        if (has_status(e, "version_mismatch")) {
            x->low = e->low;
            x->high = e->high;
        }
    }
    if (e->asked == ASKED_PORT && !answered) {
        key = (struct rpc_offer){.server = *server,
                                 .name = e->asked_name,
                                 .proto = e->asked_proto,
                                 .program = e->asked_program,
                                 .version = e->asked_version,
                                 .risk = e->asked_risk};
        (void)overheard(r, &key, client, e->head.ts);
    }
    add_contact(r, e, client, server);
    note_xid(r, e, client, server);
}

void rpcs_event(struct rpcs *r, const struct event *e)
{
    r->now = e->ts > r->now ? e->ts : r->now;
    if (e->id == EV_rpc)
        add_call(r, (const void *)e);
    else if (e->id == EV_rpc_service)
        add_service(r, (const void *)e);
    else if (e->id == EV_dce_rpc || e->id == EV_profinet_io_cm)
        rpc_refused(r, e);
}

// ---------------------------------------------------------------- the end

static int by_client(const void *a, const void *b)
{
    const struct rpc_contact *x = a, *y = b;
    int order = addr_order(&x->client, &y->client);

    if (!order && x->program != y->program)
        order = x->program < y->program ? -1 : 1;
    if (!order && x->first != y->first)
        order = x->first < y->first ? -1 : 1;
    return order ? order : addr_order(&x->server, &y->server);
}

// Enough hosts in an hour, and most of what was found was not used as its users do.
static bool is_reported(const struct rpc_contact *c, uint32_t n)
{
    uint32_t need = c->risk == RISKY ? RISKY_HOSTS : USUAL_HOSTS, used = 0;
    bool soon = false;

    for (uint32_t i = 0; i < n; i++) {
        used += c[i].uses > 0;
        soon |= i + 1 >= need && c[i].first - c[i + 1 - need].first <= SWEEP_LASTS;
    }
    return soon && used * 2 <= n;
}

static void add_sweep(struct rpcs *r, struct rpc_contact *c, uint32_t n)
{
    if (r->n_sweeps == RPCS_SWEEPS)
        return;
    struct rpc_sweep *s = &r->sweep[r->n_sweeps++];
    *s = (struct rpc_sweep){.client = c->client,
                            .name = c->name,
                            .program = c->program,
                            .hosts = n,
                            .risk = c->risk,
                            .reported = is_reported(c, n),
                            .first = c->first,
                            .uid = c->uid,
                            .packet = c->packet};
    for (uint32_t i = 0; i < n; i++) {
        c[i].swept = s->reported;
        s->offered += c[i].offered;
        s->absent += !c[i].offered && c[i].absent;
        s->silent += !c[i].offered && !c[i].absent;
        s->called += c[i].nulls || c[i].uses;
        s->last = c[i].last > s->last ? c[i].last : s->last;
    }
}

static int by_host(const void *a, const void *b)
{
    const struct rpc_offer *x = a, *y = b;
    int order = addr_order(&x->server, &y->server);

    if (!order && x->program != y->program)
        order = x->program < y->program ? -1 : 1;
    if (!order && x->version != y->version)
        order = x->version < y->version ? -1 : 1;
    order = order ? order : strcmp(x->proto, y->proto);
    return order ? order : x->port - y->port;
}

// Places change, so the maps are of no use afterwards.
static void finish(struct rpcs *r)
{
    uint32_t from = 0;

    if (r->finished)
        return;
    r->finished = true;
    for (uint32_t i = 0; i < r->n_offers; i++)
        r->offer[i].old = r->now - r->offer[i].last > OFFER_LASTS;
    qsort(r->offer, r->n_offers, sizeof(*r->offer), by_host);
    qsort(r->contact, r->n_contacts, sizeof(*r->contact), by_client);
    for (uint32_t i = 1; i <= r->n_contacts; i++) {
        struct rpc_contact *c = &r->contact[from];
        if (i < r->n_contacts && r->contact[i].program == c->program &&
            addr_equal(&r->contact[i].client, &c->client))
            continue;
        if (i - from >= SWEEP_LEAST)
            add_sweep(r, c, i - from);
        from = i;
    }
}

const struct rpc_offer *rpcs_offers(struct rpcs *r, uint32_t *n)
{
    finish(r);
    *n = r->n_offers;
    return r->offer;
}

const struct rpc_sweep *rpcs_sweeps(struct rpcs *r, uint32_t *n)
{
    finish(r);
    *n = r->n_sweeps;
    return r->sweep;
}
