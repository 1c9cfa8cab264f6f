// SPDX-License-Identifier: Apache-2.0
// The hunt: weighs each conversation against what its server port promises, and groups what
// does not fit.
#include <stdlib.h>

#include "base/hash.h"
#include "watch/knock.h"

enum {
    LEAST_PAYLOAD = 4, // bytes; less shows nothing
    PORTS_OF_SYSTEM = 1023,
    CLIENT_SLOTS = 4 * HUNT_GROUPS
};

const char *const hunt_direction_name[] = {"outgoing", "incoming", "passing", "local"};

struct hunt {
    struct promise *by_port, *by_name;
    uint32_t promises;
    struct hunt_group *group;
    uint32_t groups;
    struct map map;
    struct knocks *knocks;
    uint64_t *client; // fingerprints of a client and its group, open addressing; 0: empty
    uint32_t clients;
    struct hunt_sums sums;
};

// A conversation as the hunt sees it.
struct stance {
    const struct ev_conn *e;
    const struct addr *server, *client;
    const struct promise *promise; // of the server's port
    uint32_t promises;
    uint16_t port;
};

struct opinion {
    const char *verdict;
    enum hunt_kind kind;
    double strange; // 0 to 1
};

// ---------------------------------------------------------------- what is promised

static int by_port(const void *a, const void *b)
{
    const struct promise *x = a, *y = b;
    int order = x->ip_proto - y->ip_proto;

    order = order ? order : x->port - y->port;
    return order ? order : strcmp(x->service, y->service);
}

static int by_name(const void *a, const void *b)
{
    const struct promise *x = a, *y = b;
    int order = strcmp(x->service, y->service);

    return order ? order : by_port(a, b);
}

static struct promise *sorted(const struct promise *p, uint32_t n,
                              int order(const void *, const void *))
{
    struct promise *copy = mem_reserve((n + !n) * sizeof(*p));

    if (n)
        memcpy(copy, p, n * sizeof(*p));
    qsort(copy, n, sizeof(*p), order);
    return copy;
}

struct hunt *hunt_open(const struct promise *p, uint32_t n)
{
    struct hunt *h = mem_reserve(sizeof(*h));

    h->promises = n;
    h->by_port = sorted(p, n, by_port);
    h->by_name = sorted(p, n, by_name);
    h->group = mem_reserve(HUNT_GROUPS * sizeof(*h->group));
    h->client = mem_reserve(CLIENT_SLOTS * sizeof(*h->client));
    map_init(&h->map, NULL, HUNT_GROUPS);
    h->knocks = knocks_open();
    return h;
}

void hunt_close(struct hunt *h)
{
    size_t promises = (h->promises + !h->promises) * sizeof(*h->by_port);

    mem_release(h->by_port, promises);
    mem_release(h->by_name, promises);
    mem_release(h->group, HUNT_GROUPS * sizeof(*h->group));
    mem_release(h->client, CLIENT_SLOTS * sizeof(*h->client));
    map_close(&h->map);
    knocks_close(h->knocks);
    mem_release(h, sizeof(*h));
}

// The first that does not come before the key; h->promises: all do.
static uint32_t first_of_port(const struct hunt *h, uint8_t ip_proto, uint16_t port)
{
    struct promise key = {.service = "", .port = port, .ip_proto = ip_proto};
    uint32_t low = 0, high = h->promises;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (by_port(&h->by_port[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct promise *promised_at(const struct hunt *h, uint8_t ip_proto, uint16_t port,
                                         uint32_t *n)
{
    uint32_t from = port ? first_of_port(h, ip_proto, port) : 0, to = from;

    while (port && to < h->promises && h->by_port[to].port == port &&
           h->by_port[to].ip_proto == ip_proto)
        to++;
    *n = to - from;
    return &h->by_port[from];
}

static unsigned traits_of(const struct hunt *h, const char *service)
{
    uint32_t low = 0, high = h->promises;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(h->by_name[middle].service, service);
        if (!order)
            return h->by_name[middle].traits;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return PROMISE_ROAMS; // of what the table does not name, nothing can be demanded
}

static bool has_trait(const struct stance *s, unsigned trait)
{
    for (uint32_t i = 0; i < s->promises; i++)
        if (s->promise[i].traits & trait)
            return true;
    return false;
}

static bool allows(const struct stance *s, const char *service)
{
    for (uint32_t i = 0; service && i < s->promises; i++)
        if (!strcmp(s->promise[i].service, service))
            return true;
    return false;
}

static bool allows_family(const struct stance *s, const char *family)
{
    for (uint32_t i = 0; family && i < s->promises; i++)
        if (!strcmp(s->promise[i].family, family))
            return true;
    return false;
}

// ---------------------------------------------------------------- weighing

static bool happened(const struct ev_conn *e, const char *letters)
{
    for (uint32_t i = 0; i < e->history.n; i++)
        if (memchr(letters, e->history.p[i], strlen(letters)))
            return true;
    return false;
}

static bool opening_seen(const struct ev_conn *e)
{
    return happened(e, "SsHh");
}

// Sizes of TCP come from sequence numbers: they do not say that anything was seen.
static bool has_payload(const struct ev_conn *e)
{
    return e->orig_bytes + e->resp_bytes >= LEAST_PAYLOAD && happened(e, "Dd");
}

// Who serves is the responder; but without an opening it may be the other way round, and then
// a port that promises something tells.
static struct stance stance_of(const struct hunt *h, const struct ev_conn *e)
{
    struct stance s = {
        .e = e, .server = &e->head.dst, .client = &e->head.src, .port = e->head.dport};
    uint32_t n;

    s.promise = promised_at(h, e->ip_proto, s.port, &s.promises);
    if (s.promises || (e->ip_proto == TCP && opening_seen(e)))
        return s;
    const struct promise *other = promised_at(h, e->ip_proto, e->head.sport, &n);
    if (!n)
        return s;
    return (struct stance){.e = e,
                           .server = &e->head.src,
                           .client = &e->head.dst,
                           .promise = other,
                           .promises = n,
                           .port = e->head.sport};
}

// False: it fits.
static bool weigh_named(const struct hunt *h, const struct stance *s, struct opinion *o)
{
    const struct ev_conn *e = s->e;
    unsigned traits = traits_of(h, e->service);
    double sure = e->service_sure;

    o->verdict = e->service;
    if (traits & PROMISE_HOSTILE) {
        o->kind = HUNT_HOSTILE;
        o->strange = 1 - (1 - sure) / 4;
    } else if (allows(s, e->service)) {
        return false;
    } else if (s->promises) {
        o->kind = HUNT_FOREIGN;
        o->strange = allows(s, e->service_second) ? sure : 1 - (1 - sure) / 2;
        if (traits & PROMISE_COMMON && s->port > PORTS_OF_SYSTEM)
            o->strange *= 0.7;
    } else if (traits & PROMISE_ROAMS) {
        return false;
    } else {
        o->kind = HUNT_ASTRAY;
        o->strange = (traits & PROMISE_REMOTE ? 0.5 : 0.3) * sure;
    }
    return true;
}

static void weigh_unnamed(const struct stance *s, struct opinion *o)
{
    const char *family = s->e->service_family;
    bool random = family && !strcmp(family, "random_looking");

    o->verdict = family ? family : "unknown";
    if (!s->promises || !has_trait(s, PROMISE_KNOWN)) {
        o->kind = random ? HUNT_HIDDEN : HUNT_NAMELESS;
        o->strange = random ? 0.35 : 0.1;
        return;
    }
    o->kind = random ? HUNT_RANDOM : HUNT_UNKNOWN;
    if (allows(s, s->e->service_second) || allows_family(s, family))
        o->strange = 0.25;
    else if (has_trait(s, PROMISE_ENCIPHERED))
        o->strange = 0.3;
    else
        o->strange = random ? 0.95 : 0.75;
}

// False: it fits.
static bool weigh(const struct hunt *h, const struct stance *s, struct opinion *o)
{
    const struct ev_conn *e = s->e;

    if (e->service_how && !strcmp(e->service_how, "expected"))
        return false;
    if (strcmp(e->service, "unknown") != 0) {
        if (!weigh_named(h, s, o))
            return false;
    } else {
        weigh_unnamed(s, o);
        if (e->ip_proto == TCP && !opening_seen(e)) // from its middle, much looks strange
            o->strange /= 2;
    }
    return true;
}

// ---------------------------------------------------------------- groups

static uint64_t print_of(const struct addr *server, uint16_t port, uint8_t ip_proto,
                         const char *verdict)
{
    uint64_t seed = hash_mix((uint64_t)port << 8 | ip_proto, 1);

    return hash_bytes(verdict, strlen(verdict), hash_bytes(server, sizeof(*server), seed));
}

static void set_direction(struct hunt_group *g)
{
    bool from = addr_is_private(&g->client);
    bool to = addr_is_private(&g->server) || (from && addr_is_multicast(&g->server));

    g->direction = from && to ? HUNT_LOCAL
                   : from     ? HUNT_OUTGOING
                   : to       ? HUNT_INCOMING
                              : HUNT_PASSING;
}

static struct hunt_group *group_of(struct hunt *h, const struct stance *s, const char *verdict)
{
    uint32_t hash = (uint32_t)print_of(s->server, s->port, s->e->ip_proto, verdict);
    struct hunt_group *g;

    map_each (&h->map, hash, at, i) {
        g = &h->group[i];
        if (g->port == s->port && g->ip_proto == s->e->ip_proto &&
            addr_equal(&g->server, s->server) && !strcmp(g->verdict, verdict))
            return g;
    }
    if (h->groups == HUNT_GROUPS)
        return NULL;
    g = &h->group[h->groups];
    *g = (struct hunt_group){.server = *s->server,
                             .port = s->port,
                             .proto = s->e->proto,
                             .ip_proto = s->e->ip_proto,
                             .verdict = verdict,
                             .first = s->e->start,
                             .last = s->e->end};
    for (uint32_t i = 0; i < s->promises && g->n_promised < HUNT_PROMISED; i++)
        if (!(s->promise[i].traits & PROMISE_GUEST))
            g->promised[g->n_promised++] = s->promise[i].service;
    map_add(&h->map, hash, h->groups++);
    return g;
}

// True the first time the group sees the client.
static bool new_client(struct hunt *h, const struct hunt_group *g, const struct addr *client)
{
    uint64_t print = hash_bytes(client, sizeof(*client), (uint64_t)(g - h->group) + 1);
    uint32_t at = (uint32_t)print % CLIENT_SLOTS;

    print += !print;
    for (; h->client[at]; at = (at + 1) % CLIENT_SLOTS)
        if (h->client[at] == print)
            return false;
    if (h->clients == CLIENT_SLOTS / 2) {
        h->sums.many_clients = true;
        return false;
    }
    h->client[at] = print;
    h->clients++;
    return true;
}

static uint8_t percent(double share)
{
    return (uint8_t)(share * 100 + 0.5);
}

static void take_example(struct hunt_group *g, const struct stance *s, const struct opinion *o,
                         struct slice why)
{
    g->kind = (uint8_t)o->kind;
    g->strange = percent(o->strange);
    g->sure = o->kind == HUNT_KNOCKING ? 0 : percent(s->e->service_sure);
    g->uid = s->e->head.uid;
    g->client = *s->client;
    g->client_port = s->server == &s->e->head.dst ? s->e->head.sport : s->e->head.dport;
    g->why_n = (uint8_t)min_u32(why.n, HUNT_WHY);
    if (why.n)
        memcpy(g->why, why.p, g->why_n);
    set_direction(g);
}

static struct hunt_group *add(struct hunt *h, const struct stance *s, const struct opinion *o,
                              struct slice why)
{
    struct hunt_group *g = group_of(h, s, o->verdict);
    const struct ev_conn *e = s->e;

    if (!g) {
        h->sums.lost++;
        return NULL;
    }
    if (!g->flows || percent(o->strange) > g->strange ||
        (percent(o->strange) == g->strange && e->start < g->first))
        take_example(g, s, o, why);
    g->flows++;
    g->bytes += e->orig_ip_bytes + e->resp_ip_bytes;
    g->clients += new_client(h, g, s->client);
    g->first = e->start < g->first ? e->start : g->first;
    g->last = e->end > g->last ? e->end : g->last;
    return g;
}

static void add_knocking(struct hunt *h, const struct ev_conn *e)
{
    uint16_t port[HUNT_KNOCKS];
    uint32_t n = knocks_before(h->knocks, e, port);
    struct stance s = {
        .e = e, .server = &e->head.dst, .client = &e->head.src, .port = e->head.dport};
    struct opinion o = {"knocks", HUNT_KNOCKING, n > 2 ? 0.85 : 0.5};

    if (!n)
        return;
    s.promise = promised_at(h, e->ip_proto, s.port, &s.promises);
    struct hunt_group *g = add(h, &s, &o, e->service_why);
    if (!g || g->uid != e->head.uid)
        return;
    memcpy(g->knock, port, sizeof(port));
    g->n_knocks = (uint8_t)n;
}

static void add_conn(struct hunt *h, const struct ev_conn *e)
{
    bool ports = e->ip_proto == TCP || e->ip_proto == UDP || e->ip_proto == SCTP;
    struct opinion o;

    add_knocking(h, e);
    if (!ports || !has_payload(e)) {
        h->sums.unjudged++;
        return;
    }
    struct stance s = stance_of(h, e);
    if (weigh(h, &s, &o))
        (void)add(h, &s, &o, e->service_why);
    else
        h->sums.fine++;
}

void hunt_event(struct hunt *h, const struct event *e)
{
    if (e->id == EV_conn)
        add_conn(h, (const void *)e);
}

// ---------------------------------------------------------------- the end

static int descending(uint64_t a, uint64_t b)
{
    return a < b ? 1 : a > b ? -1 : 0;
}

static int by_strangeness(const void *a, const void *b)
{
    const struct hunt_group *x = a, *y = b;
    int order = y->strange - x->strange;

    order = order ? order : x->direction - y->direction;
    order = order ? order : descending(x->bytes, y->bytes);
    order = order ? order : addr_order(&x->server, &y->server);
    order = order ? order : x->port - y->port;
    order = order ? order : x->ip_proto - y->ip_proto;
    return order ? order : strcmp(x->verdict, y->verdict);
}

// Places change, so the map is of no use afterwards.
const struct hunt_group *hunt_list(struct hunt *h, uint32_t *n, struct hunt_sums *sums)
{
    qsort(h->group, h->groups, sizeof(*h->group), by_strangeness);
    *n = h->groups;
    *sums = h->sums;
    return h->group;
}

void hunt_id(const struct hunt_group *g, char id[HUNT_ID])
{
    static const char digit[] = "abcdefghijkmnpqrstuvwxyz23456789";
    uint64_t print = print_of(&g->server, g->port, g->ip_proto, g->verdict);

    id[0] = 'G';
    for (int i = 1; i < HUNT_ID - 1; i++, print >>= 5)
        id[i] = digit[print & 31];
    id[HUNT_ID - 1] = 0;
}
