// SPDX-License-Identifier: Apache-2.0
// Port knocking: a client tries closed ports of a server, and then talks to it on another. The
// records of tries come before that of the conversation, because a try is forgotten seconds
// after it began, as early as a conversation can be over.
#include "watch/knock.h"

#include "base/hash.h"

enum { PAIRS_MOST = 16384, TRIES_MOST = 16 };
#define KNOCK_WINDOW (30 * SECOND)

// A client and a server; the last TRIES_MOST ports tried, none twice within the window.
struct knocker {
    struct node node; // the longest silent first: it makes room
    struct addr client, server;
    uint32_t tries; // all of them; the next is at tries % TRIES_MOST
    struct {
        nsec ts;
        uint16_t port;
    } try[TRIES_MOST];
};

struct knocks {
    struct slab pairs;
    struct map map;
    struct node active;
};

struct knocks *knocks_open(void)
{
    struct knocks *k = mem_reserve(sizeof(*k));

    slab_init(&k->pairs, NULL, sizeof(struct knocker), PAIRS_MOST);
    map_init(&k->map, NULL, PAIRS_MOST);
    list_init(&k->active);
    return k;
}

void knocks_close(struct knocks *k)
{
    slab_close(&k->pairs);
    map_close(&k->map);
    mem_release(k, sizeof(*k));
}

static uint32_t hash_of(const struct addr *client, const struct addr *server)
{
    return (uint32_t)hash_bytes(client, sizeof(*client),
                                hash_bytes(server, sizeof(*server), 0));
}

static struct knocker *find(const struct knocks *k, const struct ev_conn *e)
{
    map_each (&k->map, hash_of(&e->head.src, &e->head.dst), at, i) {
        struct knocker *p = slab_at(&k->pairs, i);
        if (addr_equal(&p->client, &e->head.src) && addr_equal(&p->server, &e->head.dst))
            return p;
    }
    return NULL;
}

static struct knocker *make(struct knocks *k, const struct ev_conn *e)
{
    struct knocker *p = slab_take(&k->pairs);

    if (!p) {
        p = (struct knocker *)(void *)k->active.next;
        list_remove(&p->node);
        map_remove(&k->map, hash_of(&p->client, &p->server), slab_index(&k->pairs, p));
    }
    memset(p, 0, sizeof(*p));
    p->client = e->head.src;
    p->server = e->head.dst;
    list_append(&k->active, &p->node);
    map_add(&k->map, hash_of(&p->client, &p->server), slab_index(&k->pairs, p));
    return p;
}

static uint32_t kept(const struct knocker *p)
{
    return min_u32(p->tries, TRIES_MOST);
}

static void remember(struct knocks *k, const struct ev_conn *e)
{
    struct knocker *p = find(k, e);
    uint32_t at = 0;

    p = p ? p : make(k, e);
    list_move_last(&k->active, &p->node);
    while (at < kept(p) &&
           (p->try[at].port != e->head.dport || e->start - p->try[at].ts > KNOCK_WINDOW))
        at++;
    if (at == kept(p))
        at = p->tries++ % TRIES_MOST;
    p->try[at].ts = e->start; // a retry: only the last counts
    p->try[at].port = e->head.dport;
}

static bool is_try(const struct ev_conn *e)
{
    return !e->resp_bytes && (!strcmp(e->conn_state, "REJ") || !strcmp(e->conn_state, "S0"));
}

static bool came_about(const struct ev_conn *e)
{
    static const char *const state[] = {"SF", "S1", "S2", "S3", "RSTO", "RSTR"};

    for (size_t i = 0; i < COUNT_OF(state); i++)
        if (!strcmp(e->conn_state, state[i]))
            return e->orig_bytes + e->resp_bytes > 0;
    return false;
}

// Tries around `at`, of other ports; those before it go to `port`, in the order of time. All
// are counted: one who goes on trying is a scanner, not a knocker.
static uint32_t tries_around(const struct knocker *p, nsec at, uint16_t open,
                             uint16_t port[TRIES_MOST], uint32_t *all)
{
    nsec ts[TRIES_MOST];
    uint32_t n = 0;

    *all = 0;
    for (uint32_t i = 0; i < kept(p); i++) {
        nsec t = p->try[i].ts;
        uint32_t to = n;
        if (p->try[i].port == open || at - t > KNOCK_WINDOW || t - at > KNOCK_WINDOW)
            continue;
        ++*all;
        if (t > at)
            continue;
        for (n++; to && ts[to - 1] > t; to--) {
            ts[to] = ts[to - 1];
            port[to] = port[to - 1];
        }
        ts[to] = t;
        port[to] = p->try[i].port;
    }
    return n;
}

uint32_t knocks_before(struct knocks *k, const struct ev_conn *e, uint16_t port[HUNT_KNOCKS])
{
    uint16_t tried[TRIES_MOST];
    uint32_t n, all;
    const struct knocker *p;

    if (e->ip_proto != TCP)
        return 0;
    if (is_try(e)) {
        remember(k, e);
        return 0;
    }
    if (!came_about(e) || !(p = find(k, e)))
        return 0;
    n = tries_around(p, e->start, e->head.dport, tried, &all);
    if (n < 2 || all > HUNT_KNOCKS)
        return 0;
    memcpy(port, tried, n * sizeof(*port));
    return n;
}
