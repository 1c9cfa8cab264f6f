// SPDX-License-Identifier: Apache-2.0
// A packet's way through its lane: decode, join, find the conversation, name it, analyse it.
#include "lane/way.h"

#include "base/hash.h"
#include "ident/ident.h"
#include "lane/pads.h"
#include "packet/crafted.h"
#include "proto/proto.h"

#include <stdio.h>

enum { COPY_SLOTS = 8, COPY_NSEC = MSEC, COPY_SEED = 7 };

// A frame that a copy may still come of.
struct seen_frame {
    uint64_t head;       // hash of its first bytes
    uint64_t whole;      // of all of them, once its batch is over
    const uint8_t *data; // NULL: its batch is over
    uint32_t n;
    nsec ts;
};

struct lane {
    struct flows *flows;
    struct frags *frags;
    struct idents *idents;
    struct feeds *feeds;
    struct ether_feeds *ethers;
    struct rule_lane *rules; // NULL: there are none
    uint64_t rules_wanted;   // events that they look at, a bit each
    struct rules_need need;  // what else they look at
    const struct analyser *dnp3;
    struct ctx ctx; // of the packet at hand
    uint64_t count[COUNTS];
    nsec latest;                        // time of the latest frame
    bool fragments;                     // some may be held
    bool ether;                         // frames without IP came
    struct seen_frame seen[COPY_SLOTS]; // frames of the last millisecond
    struct pads pads;
    uint16_t number;
};

// ---------------------------------------------------------------- payload

// What a talk that is followed says; it must outlive the packet.
static void tell_content(struct lane *l, enum side side, uint64_t packet, struct slice bytes,
                         uint64_t lost)
{
    struct out *o = l->ctx.out;
    const struct subject *who = &l->ctx.talk->who;

    if (!want(o, EV_content))
        return;
    struct ev_content *e = emit_content(o);
    e->is_orig = side == ORIG;
    e->addr = side == ORIG ? who->src : who->dst;
    e->port = side == ORIG ? who->sport : who->dport;
    e->packet = packet;
    e->data = arena_copy(o->arena, bytes);
    e->lost = lost;
    if (who->ip_proto != PROTO_TCP) { // the answer may come from another port
        e->addr = l->ctx.packet->src;
        e->port = l->ctx.packet->sport;
        e->lost = l->ctx.packet->payload_len - bytes.n;
    }
}

static struct rule_at rule_at(struct lane *l, struct talk *t, enum side side)
{
    return (struct rule_at){.out = l->ctx.out,
                            .packet = l->ctx.packet,
                            .talk = t,
                            .state = &t->rules,
                            .side = side};
}

// `preprocessor dnp3` in the policy of the talk.
static void use_policy(struct lane *l, struct talk *t, enum side side)
{
    struct rule_at at = rule_at(l, t, side);
    const struct dnp3_policy *p = rule_dnp3(l->rules, &at);

    l->ctx.ignore_crc = p->configured && !p->check_crc;
    l->ctx.sessions = p->configured && !p->disabled;
    bool port = l->ctx.sessions &&
                (dnp3_policy_port(p, t->who.sport) || dnp3_policy_port(p, t->who.dport));
    l->ctx.inspect = port ? l->dnp3 : NULL;
}

static void on_begin(void *user, struct talk *t)
{
    struct lane *l = user;
    bool tcp = t->who.ip_proto == PROTO_TCP, udp = t->who.ip_proto == PROTO_UDP;

    l->ctx.talk = t;
    ident_begin(l->idents, &l->ctx);
    if (l->need.dnp3)
        use_policy(l, t, ORIG);
    t->inspected = (tcp && l->need.streams) || ((tcp || udp) && l->ctx.inspect);
}

static void on_data(void *user, struct talk *t, enum side side, struct slice bytes)
{
    struct lane *l = user;

    l->ctx.talk = t;
    if (l->need.dnp3)
        use_policy(l, t, side);
    if (t->followed)
        tell_content(l, side, l->ctx.packet->ordinal + 1, bytes, 0);
    ident_data(l->idents, &l->ctx, bytes, side);
    if (l->need.streams && t->who.ip_proto == PROTO_TCP) {
        struct rule_at at = rule_at(l, t, side);
        rule_stream(l->rules, &at, bytes);
    }
}

static void on_gap(void *user, struct talk *t, enum side side, uint64_t lost)
{
    struct lane *l = user;

    l->ctx.talk = t;
    if (t->followed)
        tell_content(l, side, l->ctx.packet->ordinal + 1, (struct slice){0}, lost);
    ident_gap(l->idents, &l->ctx, lost, side);
    if (l->need.streams) {
        struct rule_at at = rule_at(l, t, side);
        rule_gap(l->rules, &at);
    }
}

static void on_rest(void *user, struct talk *t, enum side side, struct slice bytes,
                    uint64_t lost)
{
    struct lane *l = user;
    struct ctx saved = l->ctx;
    struct out *o = l->ctx.out;
    uint64_t wanted = o->wanted;
    nsec now = o->ts;

    l->ctx.talk = t;
    l->ctx.packet = NULL; // that at hand is another's
    if (t->followed)
        tell_content(l, side, 0, bytes, lost);
    o->ts = t->last;
    o->wanted &= ~(UINT64_C(1) << EV_dnp3_fragment); // for rules, which look at packets
    ident_rest(l->idents, &l->ctx, bytes, lost, side);
    o->wanted = wanted;
    o->ts = now;
    l->ctx.talk = saved.talk;
    l->ctx.packet = saved.packet;
}

static void on_end(void *user, struct talk *t, struct verdict_words *words)
{
    struct lane *l = user;
    struct talk *at_hand = l->ctx.talk;

    l->ctx.talk = t;
    ident_end(l->idents, &l->ctx, words);
    if (t->rules)
        rule_end(l->rules, l->ctx.out, t, &t->rules);
    l->ctx.talk = at_hand;
}

// ---------------------------------------------------------------- one lane

size_t lane_room(const struct flow_limits *limits)
{
    return sizeof(struct lane) + LINE + flows_room(limits);
}

struct lane *lane_open(const struct run_options *o, uint16_t number, struct region *r)
{
    struct lane *l = region_take(r, sizeof(*l));
    struct flow_user user = {l, on_begin, on_data, on_gap, on_rest, on_end};

    l->number = number;
    l->flows = flows_open(&o->flow, &user, r);
    l->frags = frags_open();
    l->feeds = feeds_open();
    l->ethers = ether_feeds_open();
    l->idents = ident_open(l->feeds);
    l->ctx.flows = l->flows;
    if (o->rules) {
        l->rules = rule_lane_open(o->rules);
        l->dnp3 = analyser_named("dnp3");
        l->rules_wanted = rules_wanted(o->rules);
        l->need = rules_need(o->rules);
    }
    return l;
}

void lane_close(struct lane *l)
{
    if (l->rules)
        rule_lane_close(l->rules);
    ident_close(l->idents);
    ether_feeds_close(l->ethers);
    feeds_close(l->feeds);
    frags_close(l->frags);
    flows_close(l->flows);
}

uint64_t *lane_counts(struct lane *l)
{
    return l->count;
}

static void use_out(struct lane *l, struct out *o)
{
    o->count = l->count;
    o->lane = l->number;
    o->at = &nobody;
    o->from = NULL;
    o->telling = false;
    l->ctx.out = o;
}

// A mirror that copies both directions, or two ports of one switch, gives frames twice. Frames
// are told apart by their first bytes; only what agrees in them is compared whole.
static uint64_t head_hash(const struct frame *fr)
{
    enum {
        FROM = 14,
        WORDS = 4
    }; // Ethernet: lengths, id, checksum, addresses, ports, sequence
    uint64_t w[WORDS] = {0};

    if (fr->n >= FROM + sizeof(w))
        memcpy(w, fr->data + FROM, sizeof(w));
    return hash_mix(hash_mix(w[0], w[1]), hash_mix(w[2] ^ fr->wire_len, w[3]));
}

static bool same_bytes(const struct seen_frame *s, const struct frame *fr)
{
    if (s->n != fr->n)
        return false;
    return s->data ? !memcmp(s->data, fr->data, fr->n)
                   : s->whole == hash_bytes(fr->data, fr->n, COPY_SEED);
}

static bool is_copy(struct lane *l, const struct frame *fr)
{
    uint64_t head = head_hash(fr);
    struct seen_frame *s = &l->seen[head % COPY_SLOTS];

    if (s->head == head && fr->ts - s->ts >= 0 && fr->ts - s->ts <= COPY_NSEC &&
        same_bytes(s, fr))
        return true;
    *s = (struct seen_frame){.head = head, .ts = fr->ts, .data = fr->data, .n = fr->n};
    l->latest = fr->ts;
    return false;
}

void lane_batch_ends(struct lane *l)
{
    for (int i = 0; i < COPY_SLOTS; i++) {
        struct seen_frame *s = &l->seen[i];
        if (s->data && l->latest - s->ts <= COPY_NSEC)
            s->whole = hash_bytes(s->data, s->n, COPY_SEED);
        else if (s->data)
            s->head = 0;
        s->data = NULL;
    }
}

static void sent_by(struct out *o, const struct packet *p)
{
    o->from = &p->src;
    o->from_mac = &p->src_mac;
}

// Client and server may be simulated on one machine: then there are answers. Where there are
// none, the conversation tells so at its end.
static uint64_t odds_now(const struct packet *p)
{
    return p->has_ports && p->sport != p->dport ? p->odds & ~(UINT64_C(1) << ODD_ip_land)
                                                : p->odds;
}

static void tell_odds(struct lane *l, struct packet *p, struct out *o)
{
    if (!p->odds)
        return;
    for (uint64_t bits = odds_now(p); bits; bits &= bits - 1) {
        enum odd which = (enum odd)__builtin_ctzll(bits);
        char words[200];
        if (which == ODD_pad_nonzero && p->n_layers && !p->copy)
            pads_tell(&l->pads, p, o, words, sizeof(words));
        else
            packet_odd_words(p, which, words, sizeof(words));
        if (words[0])
            odd_with(o, which, "%s", words);
        else
            odd(o, which);
    }
    p->odds = 0;
}

static void tell_layers(const struct packet *p, struct out *o)
{
    char text[256];
    size_t n = 0;

    text[0] = 0;
    for (unsigned i = 0; i < p->n_layers && n < sizeof(text); i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", i ? ", " : "",
                              layer_name[p->layer[i].kind]);
    why(o, "packet %llu: %s", (unsigned long long)p->ordinal + 1, text);
}

// ---------------------------------------------------------------- one packet

static void follow(struct lane *l, struct packet *p, struct flow_ready *r, bool asked,
                   unsigned depth, struct out *o);
static void follow_inner(struct lane *l, struct packet *p, struct talk *t, unsigned depth,
                         struct out *o);

// A frame that carries no IP, for who knows its EtherType.
static void read_ether(struct lane *l, struct packet *p)
{
    l->ether = true;
    l->ctx.packet = p;
    l->ctx.talk = NULL;
    ether_feed(l->ethers, &l->ctx, l->feeds);
}

// A packet that was not made ready ahead: joined, given up, or from inside a tunnel.
static void follow_late(struct lane *l, struct packet *p, bool asked, unsigned depth,
                        struct out *o)
{
    struct flow_ready r;

    flows_ready(l->flows, p, &r);
    follow(l, p, &r, asked, depth, o);
}

static void let_go(struct lane *l, nsec now, struct out *o)
{
    struct packet given_up;

    while (frags_expire(l->frags, now, &given_up, o)) {
        given_up.n_layers = 0; // its frame is long gone
        follow_late(l, &given_up, false, TUNNELS_MOST, o);
    }
    o->from = NULL;
}

// A fragment: false if nothing is to be done with it yet.
static bool joined(struct lane *l, struct packet *p, struct out *o)
{
    sent_by(o, p);
    if (l->rules && !p->copy)
        rule_fragment(l->rules, p, o);
    enum frag_result r = frags_add(l->frags, p, o);
    l->fragments = true;

    let_go(l, p->ts, o); // what had to make room
    if (r == FRAG_HELD)
        why(o, "a fragment at %u, held until its datagram is whole", p->frag_at);
    return r != FRAG_HELD;
}

// Both directions of a tunnel often have different ports, and so are two conversations; what is
// inside is one, told apart by the outer hosts, the kind of tunnel and its network.
static uint64_t carrier_of(const struct packet *outer, const struct packet *inner)
{
    uint64_t a = hash_bytes(&outer->src, sizeof(outer->src), inner->tunnel);
    uint64_t b = hash_bytes(&outer->dst, sizeof(outer->dst), inner->tunnel);

    return hash_mix(a + b, outer->carrier ^ inner->network) | 1;
}

// What was unwrapped needs no guess, and no statistics.
static void name_carrier(struct talk *t, uint8_t kind)
{
    static const char *const name[LAYERS] = {[LAYER_VXLAN] = "vxlan",
                                             [LAYER_GENEVE] = "geneve",
                                             [LAYER_TEREDO] = "teredo",
                                             [LAYER_GTP] = "gtp"};

    if (name[kind] && (!t->verdict.service || t->verdict.how == HOW_MODEL))
        t->verdict = (struct verdict){.service = name[kind],
                                      .why = "its datagrams carry whole packets",
                                      .how = HOW_PROBE,
                                      .grade = VERDICT_CERTAIN,
                                      .sure = 99};
}

static enum side sender(const struct talk *t, const struct packet *p)
{
    bool orig = (!p->has_ports || p->sport == t->who.sport) &&
                !memcmp(&p->src, &t->who.src, sizeof(p->src));

    return orig ? ORIG : RESP;
}

// Rules see the packet when its conversation knows it, then what was told of it. Fragments are
// told for them alone, and go no further.
static void inspect(struct lane *l, struct talk *t, const struct packet *p, struct out *o,
                    struct event **told)
{
    struct rule_at at = rule_at(l, t, sender(t, p));

    if (l->need.packets)
        rule_packet(l->rules, &at);
    for (struct event *e; (e = *told);) {
        if (l->rules_wanted >> e->id & 1 && e->uid == t->who.uid)
            rule_event(l->rules, &at, e);
        if (e->id == EV_dnp3_fragment)
            *told = e->next;
        else
            told = &e->next;
    }
    o->last = told;
}

static void follow(struct lane *l, struct packet *p, struct flow_ready *r, bool asked,
                   unsigned depth, struct out *o)
{
    struct event **told = o->last;

    l->ctx.packet = p;
    sent_by(o, p);
    struct talk *t = flows_packet(l->flows, p, r, asked, o);
    if (o->telling)
        tell_layers(p, o);
    tell_odds(l, p, o);
    if ((l->need.packets || (l->rules && *told)) && !p->copy)
        inspect(l, t, p, o, told);
    if (packet_may_carry(p) && depth < TUNNELS_MOST && !p->copy)
        follow_inner(l, p, t, depth, o);
}

__attribute__((noinline)) // its packet would be made room for on every packet's way
static void
follow_inner(struct lane *l, struct packet *p, struct talk *t, unsigned depth, struct out *o)
{
    struct packet inner;

    if (!packet_inner(&inner, p, depth))
        return;
    why(o, "carries another packet: %s", layer_name[inner.tunnel]);
    tell_odds(l, p, o);
    inner.ordinal = p->ordinal;
    inner.ts = p->ts;
    inner.frames = p->frames;
    inner.parent = t->who.uid;
    inner.carrier = carrier_of(p, &inner);
    name_carrier(t, inner.tunnel);
    if (inner.net == NET_ETHER)
        read_ether(l, &inner);
    if (inner.net == NET_ETHER || inner.net == NET_NONE)
        return; // its frame is counted with the tunnel
    if (inner.fragment && !joined(l, &inner, o)) {
        o->from = NULL;
        return;
    }
    follow_late(l, &inner, false, depth + 1, o);
    o->from = NULL; // it was the inner packet's
}

static void frame_packet(struct lane *l, struct packet *p, struct flow_ready *r, bool asked,
                         struct out *o)
{
    if (p->net == NET_NONE) {
        count(o, COUNT_undecodable, 1);
        tell_odds(l, p, o);
    } else if (p->net == NET_ETHER) {
        sent_by(o, p);
        flows_ether(l->flows, p, o);
        if (o->telling)
            tell_layers(p, o);
        tell_odds(l, p, o);
        read_ether(l, p);
    } else if (!p->fragment) {
        follow(l, p, r, asked, 0, o);
    } else if (joined(l, p, o)) {
        follow_late(l, p, asked, 0, o);
    }
}

void lane_decode(struct lane *l, const struct frame *fr, uint64_t ordinal, struct ready *r)
{
    struct packet *p = &r->packet;

    r->lane = l;
    r->flags = fr->flags;
    packet_decode(p, fr->link, fr->data, fr->n, fr->wire_len);
    p->ordinal = ordinal;
    p->ts = fr->ts;
    p->copy = is_copy(l, fr);
    r->has_flow = p->net == NET_IP4 || p->net == NET_IP6;
    if (r->has_flow)
        flows_ready(l->flows, p, &r->flow);
}

void lane_fetch_flow(struct ready *r)
{
    if (r->has_flow)
        flows_fetch_flow(r->lane->flows, &r->flow);
}

void lane_fetch_talk(const struct ready *r)
{
    if (r->has_flow)
        flows_fetch_talk(&r->flow);
}

void lane_packet(struct ready *r, struct out *o)
{
    struct lane *l = r->lane;
    struct packet *p = &r->packet;

    use_out(l, o);
    o->ordinal = p->ordinal;
    o->ts = p->ts;
    if (p->copy)
        count(o, COUNT_copies, 1);
    frame_packet(l, p, &r->flow, r->flags & FRAME_ASKED, o);
    if (p->padding && !p->copy)
        pads_add(&l->pads, p, o);
    if (l->pads.leaks && p->frame.p)
        pads_keep(&l->pads, p);
    if (r->flags & FRAME_JUMP)
        odd(o, ODD_time_back);
}

void lane_tick(struct lane *l, nsec now, bool jump, struct out *o)
{
    use_out(l, o);
    if (l->fragments)
        let_go(l, now, o);
    flows_tick(l->flows, now, jump, o);
    if (l->ether)
        ether_feeds_tick(l->ethers, &l->ctx, l->feeds, now, jump);
}

void lane_sort(struct lane *l, struct out *o)
{
    use_out(l, o);
    let_go(l, INT64_MAX, o);
    ether_feeds_tick(l->ethers, &l->ctx, l->feeds, INT64_MAX, false);
    flows_sort(l->flows);
}

void lane_finish(struct lane *l, uint64_t before, struct out *o)
{
    use_out(l, o);
    flows_finish(l->flows, before, o);
}
