// SPDX-License-Identifier: Apache-2.0
// UDP conversations that are answered from another port than the one asked. Level 1: the RPC
// activity in the payload says what belongs together. Level 2, without looking into payload: an
// answer to the asker's port, from the host asked, soon enough.
#include "flow/table.h"

#include "base/cur.h"
#include "base/hash.h"

enum {
    EVIDENCE_PACKETS = 16,
    SERVER_PORTS_MOST = 8,
    UNPRIVILEGED = 1024,
    HALVES_MOST = 8 // questions from one port to one host that may be answered from elsewhere
};

// How long an answer from another port may take depends on what was asked.
enum half_kind { HALF_GENERIC, HALF_MAPPER, HALF_SLOW, HALF_NEVER };
static const nsec half_window[] = {
    [HALF_GENERIC] = 2 * SECOND, // at 30 s unrelated tunnels were joined, at 2 s nothing was
    [HALF_MAPPER] = 10 * SECOND,
    [HALF_SLOW] = 10 * SECOND,
    [HALF_NEVER] = 0,
};

// Services that answer from the port that was asked, always.
static bool answers_in_place(uint16_t port)
{
    static const uint16_t fixed[] = {53,  67,   68,   123,  137,  138,  161,
                                     500, 1900, 3478, 4500, 5060, 5353, 5355};

    for (size_t i = 0; i < COUNT_OF(fixed); i++)
        if (fixed[i] == port)
            return true;
    return false;
}

// ---------------------------------------------------------------- what a payload asks

// A TFTP read or write request: opcode 1 or 2, a file name, a mode (RFC 1350, section 5).
static bool asks_tftp(struct slice s)
{
    static const char *const mode[] = {"octet", "netascii", "mail"};

    if (s.n < 9 || s.p[0] || (s.p[1] != 1 && s.p[1] != 2))
        return false;
    const uint8_t *nul = memchr(s.p + 2, 0, s.n - 2);
    if (!nul || nul == s.p + 2)
        return false;
    uint32_t left = (uint32_t)(s.p + s.n - nul - 1);
    for (size_t i = 0; i < COUNT_OF(mode); i++) {
        uint32_t n = (uint32_t)strlen(mode[i]);
        if (left > n && nul[1 + n] == 0 && !strncasecmp((const char *)nul + 1, mode[i], n))
            return true;
    }
    return false;
}

// A DNS query: header counts, and a first name that ends inside (RFC 1035, section 4.1).
static bool asks_dns(struct slice s)
{
    struct cur c = cur_of(s);

    cur_skip(&c, 2);
    uint16_t flags = cur_be16(&c), questions = cur_be16(&c), answers = cur_be16(&c);
    cur_skip(&c, 4);
    if (c.bad || flags & 0xf840 || questions != 1 || answers)
        return false;
    for (int labels = 0; labels < 128; labels++) {
        uint8_t n = cur_u8(&c);
        if (c.bad || n > 63)
            return false;
        if (n == 0)
            break;
        cur_skip(&c, n);
    }
    uint16_t type = cur_be16(&c), class = cur_be16(&c) & 0x7fff;
    return !c.bad && type && type < 300 && (class == 1 || class == 255);
}

static enum half_kind kind_of_question(const struct packet *p)
{
    switch (p->dport) {
    case 34964:
    case 135:
    case 111: return HALF_MAPPER;
    case 69:
    case 5094: return HALF_SLOW;
    default: break;
    }
    if (answers_in_place(p->dport) || asks_dns(p->payload))
        return HALF_NEVER;
    return asks_tftp(p->payload) ? HALF_SLOW : HALF_GENERIC;
}

// ---------------------------------------------------------------- open halves

// The key an answer finds its question by: asker, asker's port, host asked; and the tunnel.
static uint32_t half_hash(const struct flows *f, const struct addr *asker, uint16_t port,
                          const struct addr *asked, uint64_t tunnel)
{
    struct {
        struct addr asker, asked;
        uint16_t port;
        uint32_t zero;
        uint64_t tunnel;
    } key = {*asker, *asked, port, 0, tunnel};
    uint32_t hash = (uint32_t)hash_bytes(&key, sizeof(key), f->seed[0]);

    return hash ? hash : 1;
}

void pair_forget(struct flows *f, struct flow *x)
{
    if (x->half_hash)
        map_remove(&f->halves, x->half_hash, slab_index(&f->flows, x));
    x->half_hash = 0;
}

// A scan from one port has as many open halves as the host has ports, all found by one key: the
// one that waited longest is forgotten.
static void bound_halves(struct flows *f, uint32_t hash)
{
    struct flow *oldest = NULL;
    uint32_t n = 0;

    map_each (&f->halves, hash, at, i) {
        struct flow *x = slab_at(&f->flows, i);
        n++;
        if (!oldest || x->talk->ordinal < oldest->talk->ordinal ||
            (x->talk == oldest->talk && memcmp(&x->key, &oldest->key, sizeof(x->key)) < 0))
            oldest = x;
    }
    if (n >= HALVES_MOST)
        pair_forget(f, oldest);
}

void pair_after(struct flows *f, struct flow *x, unsigned end, const struct packet *p)
{
    if (x->end[0].pkts && x->end[1].pkts) {
        pair_forget(f, x);
        return;
    }
    if (flow_side(x, end) != ORIG || addr_is_multicast(&p->dst))
        return;
    if (!x->half_hash) {
        uint32_t hash = half_hash(f, &p->src, p->sport, &p->dst, x->key.tunnel);
        bound_halves(f, hash);
        x->half_hash = hash;
        map_add(&f->halves, x->half_hash, slab_index(&f->flows, x));
    }
    x->kind = kind_of_question(p) & 63;
}

// Does this datagram, which fits no flow, answer the question that x asked?
static bool answers(const struct flows *f, const struct flow *x, const struct packet *p)
{
    unsigned client = x->orig_end;
    uint16_t client_port = client ? x->key.hi_port : x->key.lo_port;
    const struct addr *asker = client ? &x->key.hi : &x->key.lo;
    const struct addr *asked = client ? &x->key.lo : &x->key.hi;
    nsec window = half_window[x->kind], waited = f->now - x->end[client].last;

    if (client_port != p->dport || !addr_equal(asker, &p->dst) || !addr_equal(asked, &p->src) ||
        waited < 0 || waited > window)
        return false;
    if (x->talk->n_flows >= LEGS_MOST || x->talk->n_flows > SERVER_PORTS_MOST)
        return false;
    return x->kind == HALF_MAPPER || !x->answered_elsewhere || x->answer_port == p->sport ||
           f->now - x->answered_elsewhere > window;
}

static struct flow *find_question(struct flows *f, const struct packet *p, uint64_t tunnel)
{
    struct flow *best = NULL;

    if (p->dport < UNPRIVILEGED || answers_in_place(p->sport) || addr_is_multicast(&p->dst) ||
        asks_tftp(p->payload) || asks_dns(p->payload))
        return NULL;
    uint32_t hash = half_hash(f, &p->dst, p->dport, &p->src, tunnel);
    map_each (&f->halves, hash, at, i) {
        struct flow *x = slab_at(&f->flows, i);
        if (x->key.tunnel == tunnel && answers(f, x, p) &&
            (!best || x->end[x->orig_end].last > best->end[best->orig_end].last))
            best = x;
    }
    return best;
}

static void tell_join(struct out *o, const struct flow *question, nsec waited,
                      const struct packet *p)
{
    why(o,
        "the answer from port %u fits the question to port %u, %.3f ms before: same hosts, "
        "same client port %u; one conversation",
        p->sport, question->talk->who.dport, (double)waited / MSEC, p->dport);
    if (question->kind == HALF_GENERIC)
        odd_with(o, ODD_udp_answer_elsewhere, "asked at port %u, answered from port %u",
                 question->talk->who.dport, p->sport);
}

// ---------------------------------------------------------------- level 2

static struct flow *join_by_window(struct flows *f, const struct flow_key *k, uint32_t hash,
                                   unsigned end, const struct packet *p, struct out *o)
{
    struct flow *question = find_question(f, p, k->tunnel);

    if (!question)
        return NULL;
    struct talk *t = question->talk;
    nsec waited = f->now - question->end[question->orig_end].last;
    if (question->answered_elsewhere && question->answer_port != p->sport)
        t->merged = true;
    question->answered_elsewhere = f->now;
    question->answer_port = p->sport;
    uint8_t kind = question->kind;
    struct flow *x = flow_make(f, t, k, hash, !end, p, o);
    x->first_end = (uint8_t)end;
    x->paired = PAIRED_WINDOW;
    x->kind = (unsigned)kind & 63u;
    t->patient = t->patient || kind == HALF_MAPPER;
    tell_join(o, question, waited, p);
    return x;
}

// Evidence for "the sender is the client", summed; what is known without payload.
static int evidence_of(const struct packet *p)
{
    bool from_known = port_well_known(p->sport, p->ip_proto);
    bool to_known = port_well_known(p->dport, p->ip_proto);
    int sum = 5; // it came first

    if (to_known && !from_known)
        sum += 40;
    else if (from_known && !to_known)
        sum -= 40;
    if (p->sport >= 49152 && (p->dport < UNPRIVILEGED || to_known))
        sum += 15;
    if (addr_is_multicast(&p->dst))
        sum += 60; // a group never began a conversation, whatever the ports
    if (asks_tftp(p->payload) || asks_dns(p->payload))
        sum += 100; // its content is a question
    return sum;
}

static struct flow *begin_by_evidence(struct flows *f, const struct flow_key *k, uint32_t hash,
                                      unsigned end, const struct packet *p, bool asked,
                                      struct out *o)
{
    int evidence = asked ? -50 : evidence_of(p);
    bool reversed = evidence < 0;
    struct flow *x = flow_make(f, NULL, k, hash, reversed ? !end : end, p, o);

    x->first_end = (uint8_t)end;
    x->talk->evidence = (int16_t)(evidence < 0 ? -evidence : evidence);
    if (reversed)
        talk_letter(x->talk, '^');
    if (asked)
        why(o, "answers a multicast question of its receiver, who is therefore the originator");
    else if (reversed)
        why(o, "the first packet comes from the server port %u: its receiver began this",
            p->sport);
    expect_name(f, x->talk, o);
    return x;
}

// ---------------------------------------------------------------- level 1

static uint64_t activity_hash(const struct rpc4 *h)
{
    return hash_bytes(h->activity.b, sizeof(h->activity.b), 4) | 1;
}

// By hosts and activity: one activity sent from many forged hosts must not pile up in one
// place.
uint32_t activity_place(const struct flows *f, const struct flow_key *k)
{
    return (uint32_t)hash_bytes(k, offsetof(struct flow_key, lo_port),
                                f->seed[0] ^ k->activity);
}

static struct talk *find_activity(struct flows *f, const struct flow_key *k)
{
    map_each (&f->activities, activity_place(f, k), at, i) {
        struct talk *t = slab_at(&f->talks, i);
        const struct flow_key *first = &t->flow->key;
        if (first->activity == k->activity && first->tunnel == k->tunnel &&
            !memcmp(first, k, offsetof(struct flow_key, lo_port)))
            return t;
    }
    return NULL;
}

// The end that called: by the packet type; for a fack by the conversation, or else by the port.
static unsigned client_end(const struct rpc4 *h, const struct talk *t, unsigned end,
                           const struct packet *p)
{
    int direction = rpc4_direction(h);

    if (direction)
        return direction > 0 ? end : !end;
    if (t && !addr_equal(&t->who.src, &t->who.dst))
        return addr_equal(&t->who.src, &p->src) ? end : !end;
    return port_well_known(p->sport, PROTO_UDP) ? !end : end;
}

// One five-tuple can carry many activities in turn; those that rested longest make room.
static void bound_activities(struct flows *f, const struct flow_key *k, uint32_t hash,
                             struct out *o)
{
    struct talk *oldest = NULL;
    uint32_t n = 0;

    map_each (&f->by_key, hash, at, i) {
        struct flow *x = slab_at(&f->flows, i);
        if (memcmp(&x->key, k, offsetof(struct flow_key, activity)))
            continue;
        n++;
        if (!oldest || x->talk->seen < oldest->seen ||
            (x->talk->seen == oldest->seen && x->talk->ordinal < oldest->ordinal))
            oldest = x->talk;
    }
    if (n >= ACTIVITIES_MOST) {
        count(o, COUNT_evicted, 1);
        talk_end(f, oldest, "evicted", o);
    }
}

static struct flow *begin_activity(struct flows *f, const struct flow_key *k, uint32_t hash,
                                   unsigned client, unsigned end, const struct packet *p,
                                   struct out *o)
{
    bound_activities(f, k, hash, o);
    struct flow *x = flow_make(f, NULL, k, hash, client, p, o);
    struct talk *t = x->talk;

    t->rpc = true;
    map_add(&f->activities, activity_place(f, k), slab_index(&f->talks, t));
    if (client != end) {
        talk_letter(t, '^');
        why(o, "begins with an RPC answer: its receiver is the client");
    } else {
        why(o, "DCE/RPC call, a new activity");
    }
    expect_name(f, t, o);
    return x;
}

// A five-tuple that is no part of a conversation by its activity: its own, if it is there
// already.
static struct flow *again_or_begin(struct flows *f, const struct flow_key *k, uint32_t hash,
                                   unsigned end, const struct packet *p, struct out *o)
{
    struct flow *x = flow_find(f, k, hash);

    if (x && talk_stale(f, x->talk)) {
        talk_end(f, x->talk, "timeout", o);
        x = NULL;
    }
    if (!x)
        return begin_by_evidence(f, k, hash, end, p, false, o);
    out_of_talk(f, o, x->talk);
    return x;
}

static struct flow *pair_rpc(struct flows *f, struct flow_ready *r, const struct packet *p,
                             const struct rpc4 *h, struct out *o)
{
    struct flow_key *k = &r->key;
    uint32_t hash = r->hash; // the activity is not in it
    unsigned end = r->end;

    k->activity = activity_hash(h);
    struct flow *x = flow_find(f, k, hash);
    struct talk *t = x ? x->talk : find_activity(f, k);

    if (t && talk_stale(f, t)) {
        talk_end(f, t, "timeout", o);
        t = NULL;
        x = NULL;
    }
    unsigned client = client_end(h, t, end, p);
    if (!x && t && t->n_flows < LEGS_MOST) {
        x = flow_make(f, t, k, hash, client, p, o);
        x->paired = PAIRED_ACTIVITY;
        why(o, "RPC %s %s port %u has the activity of this conversation, which asked port %u",
            rpc4_type_name[h->type], client == end ? "to" : "from",
            client == end ? p->dport : p->sport, t->who.dport);
    } else if (!x && t) {
        k->activity = 0; // more five-tuples than any device uses: each by itself
        return again_or_begin(f, k, hash, end, p, o);
    } else if (!x) {
        x = begin_activity(f, k, hash, client, end, p, o);
    }
    x->first_end = x->end[0].pkts || x->end[1].pkts ? x->first_end : (uint8_t)end;
    out_of_talk(f, o, x->talk);
    if (!p->copy)
        calls_note(f, x->talk, h, p, o);
    return x;
}

struct flow *pair_udp(struct flows *f, struct flow_ready *r, const struct packet *p, bool asked,
                      struct out *o)
{
    const struct flow_key *k = &r->key;
    uint32_t hash = r->hash;
    unsigned end = r->end;
    struct rpc4 h;
    enum rpc4_belief belief = rpc4_read(&h, p->payload, p->payload_len);

    if (belief == RPC4_HIGH ||
        (belief == RPC4_LOW && !answers_in_place(p->sport) && !answers_in_place(p->dport)))
        return pair_rpc(f, r, p, &h, o);

    struct flow *x = flow_find_latest(f, k, hash);
    if (x && talk_stale(f, x->talk)) {
        talk_end(f, x->talk, "timeout", o);
        x = flow_find_latest(f, k, hash);
        if (x && talk_stale(f, x->talk))
            x = NULL;
    }
    if (x) {
        out_of_talk(f, o, x->talk);
        if (x->key.activity && p->payload_len && !p->copy)
            odd(o, ODD_rpc_malformed);
        return x;
    }
    struct talk *announced = expect_join(f, p, o);
    if (announced) {
        x = flow_make(f, announced, k, hash,
                      addr_equal(&announced->who.src, &p->src) ? end : !end, p, o);
        x->first_end = (uint8_t)end;
        x->paired = PAIRED_EXPECTED;
        why(o, "an announced endpoint: one conversation with what announced it");
        return x;
    }
    if (!asked)
        x = join_by_window(f, k, hash, end, p, o);
    return x ? x : begin_by_evidence(f, k, hash, end, p, asked, o);
}

// ---------------------------------------------------------------- later evidence

static void tell_unreachable(const struct packet *icmp, const struct packet *quoted,
                             struct out *o)
{
    enum { PORT = 3, PORT6 = 4, EXCEEDED = 11, EXCEEDED6 = 3 };
    bool six = icmp->net == NET_IP6;

    if (!want(o, EV_unreachable) || quoted->net == NET_NONE)
        return;
    struct ev_unreachable *e = emit_unreachable(o);
    e->by = icmp->src;
    e->src = quoted->src;
    e->dst = quoted->dst;
    e->dport = quoted->dport;
    e->ip_proto = quoted->ip_proto;
    e->exceeded = icmp->icmp.type == (six ? EXCEEDED6 : EXCEEDED);
    e->port = !e->exceeded && icmp->icmp.code == (six ? PORT6 : PORT);
}

void pair_unreachable(struct flows *f, const struct packet *icmp, struct out *o)
{
    enum { RAW = 101, WEIGHT = 40 };
    struct packet quoted;
    struct flow_key k;

    packet_decode(&quoted, RAW, icmp->payload.p, icmp->payload.n, icmp->payload.n);
    tell_unreachable(icmp, &quoted, o);
    if (!quoted.has_ports || quoted.ip_proto != PROTO_UDP)
        return;
    quoted.parent = icmp->parent;
    quoted.carrier = icmp->carrier;
    unsigned end = flow_key_of(&k, &quoted);
    struct flow *x = flow_find_latest(f, &k, flow_hash(f, &k));
    if (!x)
        return;
    struct talk *t = x->talk;
    const struct subject *saved = o->at;
    bool telling = o->telling;
    out_of_talk(f, o, t);
    why(o, "an ICMP error came back for a datagram to port %u: its sender asked", quoted.dport);
    if (t->packets <= EVIDENCE_PACKETS && !t->rpc && t->n_flows == 1) {
        int now = t->evidence + (flow_side(x, end) == ORIG ? WEIGHT : -WEIGHT);
        if (now < 0)
            talk_flip(t);
        t->evidence = (int16_t)(now < 0 ? -now : now);
    }
    o->at = saved;
    o->telling = telling;
}
