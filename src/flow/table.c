// SPDX-License-Identifier: Apache-2.0
// A lane's tables: finding and making flows and talks, their lists, time and room running out.
#include "flow/table.h"

#include "base/hash.h"

#include <sys/random.h>

_Static_assert(sizeof(struct flow_key) == 56,
               "a flow key has no holes: it is compared as bytes");

_Static_assert(sizeof(struct flow) == 192, "an idle conversation keeps its size");

struct flow_limits flow_defaults(void)
{
    return (struct flow_limits){
        .talks = 8192,
        .attempt = 5 * SECOND,
        .close = 5 * SECOND,
        .udp = 60 * SECOND,
        .icmp = 60 * SECOND,
        .other = 60 * SECOND,
        .tcp = 300 * SECOND,
        .rpc = 600 * SECOND,
        .long_idle = 3600 * SECOND,
        .ether = 3600 * SECOND,
        .explain_ordinal = UINT64_MAX,
    };
}

static void random_seeds(uint64_t seed[SEEDS])
{
    if (getrandom(seed, SEEDS * sizeof(*seed), 0) != (ssize_t)(SEEDS * sizeof(*seed)))
        for (uint64_t i = 0; i < SEEDS; i++) // addresses are random enough, where that is not
            seed[i] = hash_mix((uint64_t)(uintptr_t)&seed[i], i + 1);
}

static void set_timeouts(struct flows *f)
{
    const struct flow_limits *l = &f->limit;

    f->timeout[LIST_ATTEMPT] = l->attempt;
    f->timeout[LIST_CLOSED] = l->close;
    f->timeout[LIST_LONE] = l->udp;
    f->timeout[LIST_ANSWERED] = l->udp;
    f->timeout[LIST_ICMP] = l->icmp;
    f->timeout[LIST_OTHER] = l->other;
    f->timeout[LIST_HANDSHAKE] = l->udp;
    f->timeout[LIST_TCP] = l->tcp;
    f->timeout[LIST_RPC] = l->rpc;
    f->timeout[LIST_LONG] = l->long_idle;
}

static uint32_t flows_of(uint32_t talks)
{
    return talks + talks / 4; // some talks have several
}

size_t flows_room(const struct flow_limits *l)
{
    enum {
        SLACK = 256 * 1024,
        SLOTS = 4 * 2 * sizeof(struct map_slot)
    }; // a map doubles in place
    size_t talks = l->talks, flows = flows_of(l->talks);

    return talks * (sizeof(struct talk) + sizeof(struct tcp) + LINE) +
           flows * sizeof(struct flow) + talks * sizeof(struct rpc_calls) / 4 +
           ETHER_MOST * (sizeof(struct ether_pair) + LINE) +
           (2 * flows + talks + ETHER_MOST) * SLOTS + SEGMENT_POOL + SLACK;
}

struct flows *flows_open(const struct flow_limits *l, const struct flow_user *u,
                         struct region *r)
{
    struct flows *f = region_take(r, sizeof(*f));
    uint32_t flows = flows_of(l->talks);

    f->limit = *l;
    f->user = *u;
    random_seeds(f->seed);
    f->due = INT64_MAX;
    set_timeouts(f);
    slab_init(&f->talks, r, sizeof(struct talk), l->talks);
    slab_init(&f->flows, r, sizeof(struct flow), flows);
    slab_init(&f->tcps, r, sizeof(struct tcp), l->talks);
    slab_init(&f->calls, r, sizeof(struct rpc_calls), max_u32(l->talks / 8, 16));
    slab_init(&f->ethers, r, sizeof(struct ether_pair), ETHER_MOST);
    map_init(&f->by_key, r, flows);
    map_init(&f->halves, r, flows);
    map_init(&f->activities, r, l->talks);
    map_init(&f->ether_map, r, ETHER_MOST);
    for (int i = 0; i < TALK_LISTS; i++)
        list_init(&f->list[i]);
    list_init(&f->ether_list);
    f->segments = segments_open(SEGMENT_POOL, r);
    return f;
}

void flows_close(struct flows *f)
{
    segments_close(f->segments);
    mem_release(f->sorted, SORTED_ROOM(f));
    slab_close(&f->talks);
    slab_close(&f->flows);
    slab_close(&f->tcps);
    slab_close(&f->calls);
    slab_close(&f->ethers);
    map_close(&f->by_key);
    map_close(&f->halves);
    map_close(&f->activities);
    map_close(&f->ether_map);
}

// The high half of a product depends on all bits of both factors.
static inline uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)(product >> 64) ^ (uint64_t)product;
}

static inline uint64_t word_at(const void *p)
{
    uint64_t w;

    memcpy(&w, p, sizeof(w));
    return w;
}

// Read by its parts, as they were written a moment ago: to read across two of them would have
// to wait until both have reached the cache.
uint32_t flow_hash(const struct flows *f, const struct flow_key *k)
{
    const uint64_t *seed = f->seed;
    uint64_t ports = (uint64_t)k->lo_port | (uint64_t)k->hi_port << 16;
    uint64_t a = fold(word_at(k->lo.b) ^ seed[0], word_at(k->lo.b + 8) ^ seed[1]);
    uint64_t b = fold(word_at(k->hi.b) ^ seed[2], word_at(k->hi.b + 8) ^ seed[3]);
    uint64_t c = fold((ports << 8 | k->ip_proto) ^ seed[1], k->tunnel ^ seed[2]);

    return (uint32_t)fold(a ^ seed[3], b ^ c ^ seed[0]);
}

static inline uint64_t key_word(const struct flow_key *k, size_t i)
{
    return word_at((const char *)k + i * sizeof(uint64_t));
}

// The activity is the last word.
static inline bool same_but_activity(const struct flow_key *a, const struct flow_key *b)
{
    return !((key_word(a, 0) ^ key_word(b, 0)) | (key_word(a, 1) ^ key_word(b, 1)) |
             (key_word(a, 2) ^ key_word(b, 2)) | (key_word(a, 3) ^ key_word(b, 3)) |
             (key_word(a, 4) ^ key_word(b, 4)) | (key_word(a, 5) ^ key_word(b, 5)));
}

void flows_ready(const struct flows *f, const struct packet *p, struct flow_ready *r)
{
    r->end = (uint8_t)flow_key_of(&r->key, p);
    r->hash = flow_hash(f, &r->key);
    __builtin_prefetch(&f->by_key.slot[r->hash & f->by_key.mask]);
}

void flows_fetch_flow(const struct flows *f, struct flow_ready *r)
{
    uint32_t at = r->hash, index = map_step(&f->by_key, r->hash, &at);

    r->probable = index == SLAB_NONE ? NULL : slab_at(&f->flows, index);
    if (!r->probable)
        return;
    for (size_t line = 0; line < sizeof(struct flow); line += LINE)
        __builtin_prefetch((const char *)r->probable + line, 1);
}

// A flow that was freed meanwhile gives a stale pointer: it is fetched, never followed.
void flows_fetch_talk(const struct flow_ready *r)
{
    const struct flow *x = r->probable;

    if (!x)
        return;
    __builtin_prefetch(x->talk, 1);
    const struct tcp *tcp = flow_tcp(x);
    for (size_t line = 0; tcp && line < sizeof(struct tcp); line += LINE)
        __builtin_prefetch((const char *)tcp + line, 1);
}

struct flow *flow_find(struct flows *f, const struct flow_key *k, uint32_t hash)
{
    map_each (&f->by_key, hash, at, i) {
        struct flow *x = slab_at(&f->flows, i);
        if (same_but_activity(k, &x->key) && x->key.activity == k->activity)
            return x;
    }
    return NULL;
}

struct flow *flow_find_latest(struct flows *f, const struct flow_key *k, uint32_t hash)
{
    struct flow *best = NULL;

    map_each (&f->by_key, hash, at, i) {
        struct flow *x = slab_at(&f->flows, i);
        if (!same_but_activity(k, &x->key))
            continue;
        if (!best || x->talk->seen > best->talk->seen ||
            (x->talk->seen == best->talk->seen && x->talk->ordinal > best->talk->ordinal))
            best = x;
    }
    return best;
}

void out_of_talk(struct flows *f, struct out *o, struct talk *t)
{
    o->at = &t->who;
    o->telling = t->telling || o->ordinal == f->limit.explain_ordinal;
}

void talk_letter(struct talk *t, char letter)
{
    if (t->history_n < sizeof(t->history))
        t->history[t->history_n++] = letter;
}

bool talk_letter_once(struct talk *t, enum side side, unsigned bit, char letter)
{
    unsigned mask = 1u << (side == ORIG ? bit : bit + 8);

    if (t->seen_letters & mask)
        return false;
    t->seen_letters = (uint16_t)(t->seen_letters | mask);
    talk_letter(t, side == ORIG ? letter : (char)(letter | 0x20));
    return true;
}

void talk_flip(struct talk *t)
{
    struct addr addr = t->who.src;
    uint16_t port = t->who.sport;

    t->who.src = t->who.dst;
    t->who.sport = t->who.dport;
    t->who.dst = addr;
    t->who.dport = port;
    t->seen_letters = (uint16_t)(t->seen_letters << 8 | t->seen_letters >> 8);
    for (struct flow *x = t->flow; x; x = x->next)
        x->orig_end = !x->orig_end;
    talk_letter(t, '^');
}

static void note_due(struct flows *f, enum talk_list list)
{
    if (f->now + f->timeout[list] < f->due)
        f->due = f->now + f->timeout[list];
}

// Moving a talk at each packet would touch three others; so it goes to the end of its list only
// when it has been there for an eighth of the timeout. expire_one looks at `seen` again, so
// that a record may be written up to a timeout late, but never with more than belongs to it.
void talk_move(struct flows *f, struct talk *t, enum talk_list to)
{
    enum { REST = 8 };

    // An attempt counts from its SYN and a closed connection from its end, whatever follows.
    if (t->list == to && (to == LIST_ATTEMPT || to == LIST_CLOSED))
        return;
    t->seen = f->now;
    uint64_t rested = (uint64_t)(f->now - t->queued); // a lot, if time stepped back
    if (t->list == to && rested < (uint64_t)f->timeout[to] / REST)
        return;
    t->list = (uint8_t)to;
    t->queued = f->now;
    list_move_last(&f->list[to], &t->node);
    note_due(f, to);
}

bool talk_stale(const struct flows *f, const struct talk *t)
{
    nsec timeout = t->released ? 60 * SECOND : f->timeout[t->list];

    return f->now - t->seen >= timeout;
}

static void flow_drop(struct flows *f, struct flow *x)
{
    if (flow_tcp(x))
        slab_give(&f->tcps, x->tcp);
    pair_forget(f, x);
    map_remove(&f->by_key, x->hash, slab_index(&f->flows, x));
    slab_give(&f->flows, x);
}

void talk_end(struct flows *f, struct talk *t, const char *reason, struct out *o)
{
    const struct subject *saved = o->at; // the packet at hand may belong to another talk
    bool telling = o->telling;
    uint64_t ordinal = o->ordinal;
    struct verdict_words words = {0};

    out_of_talk(f, o, t);
    o->ordinal = t->ordinal; // which packets were held, nobody knows any more
    for (struct flow *x = t->flow; x; x = x->next)
        if (flow_tcp(x))
            tcp_finish(f, x, o);
    o->ordinal = ordinal;
    if (f->user.end)
        f->user.end(f->user.user, t, &words);
    why(o, "ends: %s", reason);
    record_talk(t, &words, reason, o);
    if (t->rpc)
        map_remove(&f->activities, activity_place(f, &t->flow->key), slab_index(&f->talks, t));
    for (struct flow *x = t->flow, *next; x; x = next) {
        next = x->next;
        flow_drop(f, x);
    }
    if (t->calls)
        slab_give(&f->calls, t->calls);
    for (uint32_t i = 0; i < f->n_expect; i++)
        if (f->expect[i].parent == t)
            f->expect[i].parent = NULL, f->expect[i].join = false;
    list_remove(&t->node);
    slab_give(&f->talks, t);
    o->at = saved;
    o->telling = telling;
}

// Room for one more: what nobody answered goes first, so that a scan cannot push out the rest.
static void make_room(struct flows *f, struct out *o)
{
    static const uint8_t order[] = {LIST_LONE,   LIST_ATTEMPT,   LIST_ICMP,     LIST_OTHER,
                                    LIST_CLOSED, LIST_HANDSHAKE, LIST_ANSWERED, LIST_TCP,
                                    LIST_RPC,    LIST_LONG};

    for (size_t i = 0; i < COUNT_OF(order); i++) {
        struct node *head = &f->list[order[i]];
        if (list_empty(head))
            continue;
        count(o, COUNT_evicted, 1);
        talk_end(f, CONTAINER(head->next, struct talk, node), "evicted", o);
        return;
    }
}

static void *take(struct flows *f, struct slab *s, struct out *o)
{
    void *p;

    while (!(p = slab_take(s)))
        make_room(f, o);
    return p;
}

// 0 where the packet must not be fragmented: it then means nothing (RFC 6864).
static uint16_t identification_of(const struct packet *p)
{
    enum { FLAGS = 6, DONT_FRAGMENT = 0x40 };

    for (unsigned i = p->n_layers; p->net == NET_IP4 && i-- > 0;) {
        uint32_t flags = p->layer[i].at + FLAGS;
        if (p->layer[i].kind == LAYER_IP4 && flags < p->frame.n)
            return p->frame.p[flags] & DONT_FRAGMENT ? 0 : (uint16_t)p->frag_id;
    }
    return 0;
}

static struct first_packet first_packet_of(const struct packet *p)
{
    struct first_packet first = {.ttl = p->ttl, .id = identification_of(p), .mac = p->src_mac};

    if (p->ip_proto == PROTO_TCP && p->has_transport) {
        first.seq = p->tcp.seq;
        first.window = p->tcp.window;
        first.flags = p->tcp.flags;
    }
    first.same_host = p->has_ports && p->sport != p->dport && p->odds >> ODD_ip_land & 1;
    return first;
}

static struct talk *talk_make(struct flows *f, const struct flow_key *k, unsigned first_end,
                              const struct packet *p, struct out *o)
{
    struct talk *t = take(f, &f->talks, o);

    memset(t, 0, sizeof(*t));
    t->who.uid = flow_uid(k, p->ordinal, p->ts);
    t->ordinal = p->ordinal;
    t->first = t->last = p->ts;
    t->who.src = first_end ? k->hi : k->lo;
    t->who.dst = first_end ? k->lo : k->hi;
    t->who.sport = first_end ? k->hi_port : k->lo_port;
    t->who.dport = first_end ? k->lo_port : k->hi_port;
    t->parent = p->parent;
    t->net = p->net;
    t->who.ip_proto = p->ip_proto;
    t->telling = t->who.uid == f->limit.explain_uid;
    t->followed = t->who.uid == f->limit.follow_uid;
    t->list = LIST_OTHER;
    t->seen = t->queued = f->now;
    list_append(&f->list[LIST_OTHER], &t->node);
    note_due(f, LIST_OTHER);
    return t;
}

static void talk_add_leg(struct talk *t, struct flow *x)
{
    struct flow **last = &t->flow;

    while (*last)
        last = &(*last)->next;
    *last = x;
    t->n_flows++;
}

struct flow *flow_make(struct flows *f, struct talk *t, const struct flow_key *k, uint32_t hash,
                       unsigned first_end, const struct packet *p, struct out *o)
{
    bool fresh = !t;
    struct flow *x;

    // The talk is not in a list while room is made, so that it cannot be what is written.
    if (t)
        list_remove(&t->node);
    x = take(f, &f->flows, o);
    memset(x, 0, sizeof(*x));
    if (fresh)
        t = talk_make(f, k, first_end, p, o);
    else
        list_append(&f->list[t->list], &t->node);
    x->key = *k;
    x->hash = hash;
    x->first = p->ts;
    x->opening = first_packet_of(p);
    x->talk = t;
    x->first_end = (uint8_t)first_end;
    x->orig_end = (uint8_t)first_end;
    map_add(&f->by_key, hash, slab_index(&f->flows, x));
    talk_add_leg(t, x);
    out_of_talk(f, o, t);
    if (fresh && f->user.begin)
        f->user.begin(f->user.user, t);
    return x;
}

static void fetch(const void *p, size_t n)
{
    for (size_t line = 0; line < n; line += LINE)
        __builtin_prefetch((const char *)p + line, 1);
}

// What ends next has left the cache, and one part of it tells where the next is: of the third
// talk behind this one the talk is fetched, of the second its flow, of the first the rest.
static void fetch_behind(const struct flows *f, struct node *head, struct node *at)
{
    struct node *first = at->next, *second = first->next, *third = second->next;

    if (first == head || second == head)
        return;
    if (third != head)
        fetch(CONTAINER(third, struct talk, node), sizeof(struct talk));
    fetch(CONTAINER(second, struct talk, node)->flow, sizeof(struct flow));
    const struct flow *x = CONTAINER(first, struct talk, node)->flow;
    if (flow_tcp(x))
        fetch(x->tcp, sizeof(struct tcp));
    __builtin_prefetch(&f->by_key.slot[x->hash & f->by_key.mask], 1);
}

static bool expire_one(struct flows *f, struct node *head, nsec timeout, struct out *o)
{
    if (list_empty(head))
        return false;
    struct talk *t = CONTAINER(head->next, struct talk, node);
    if (f->now - t->queued < timeout)
        return false;
    if (f->now - t->seen < timeout) { // it was busy since
        t->queued = f->now;
        list_move_last(head, &t->node);
        return true;
    }
    fetch_behind(f, head, &t->node);
    talk_end(f, t, t->list == LIST_CLOSED ? "closed" : "timeout", o);
    return true;
}

// Time stepped back: what was paired by time and by calls cannot be continued.
static void end_paired(struct flows *f, struct out *o)
{
    while (!list_empty(&f->list[LIST_RPC]))
        talk_end(f, CONTAINER(f->list[LIST_RPC].next, struct talk, node), "time", o);
    f->n_expect = 0;
}

// The earliest time at which a head of a list may have to go.
static void find_due(struct flows *f)
{
    f->due = INT64_MAX;
    for (int i = 0; i < TALK_LISTS; i++)
        if (!list_empty(&f->list[i])) {
            const struct talk *t = CONTAINER(f->list[i].next, struct talk, node);
            nsec due = t->queued + f->timeout[i];
            f->due = due < f->due ? due : f->due;
        }
    if (ether_due(f) < f->due)
        f->due = ether_due(f);
}

// The talks that may have to go, all at once, as they have long left the cache.
static void fetch_heads(const struct flows *f)
{
    for (int i = 0; i < TALK_LISTS; i++)
        __builtin_prefetch(f->list[i].next);
}

void flows_tick(struct flows *f, nsec now, bool jump, struct out *o)
{
    uint32_t left = EXPIRE_MOST;

    if (jump) {
        end_paired(f, o);
        f->now = now;
    }
    if (now > f->now)
        f->now = now;
    if (!jump && f->now < f->due)
        return;
    fetch_heads(f);
    for (int i = 0; i < TALK_LISTS; i++)
        while (left && expire_one(f, &f->list[i], f->timeout[i], o))
            left--;
    ether_tick(f, o);
    find_due(f);
}
