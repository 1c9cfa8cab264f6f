// SPDX-License-Identifier: Apache-2.0
// A packet's way through its lane: decode, join, find the conversation, name it, analyse it.
#include "lane/way.h"

#include "base/hash.h"
#include "ident/ident.h"
#include "proto/proto.h"

#include <stdio.h>

enum { COPY_SLOTS = 256, COPY_NSEC = MSEC };

struct lane {
    struct flows *flows;
    struct frags *frags;
    struct idents *idents;
    struct feeds *feeds;
    struct ctx ctx; // of the packet at hand
    uint64_t count[COUNTS];
    struct {
        uint64_t hash;
        nsec ts;
    } recent[COPY_SLOTS]; // frames of the last millisecond
    uint16_t number;
};

// ---------------------------------------------------------------- payload

static void on_begin(void *user, struct talk *t)
{
    struct lane *l = user;

    l->ctx.talk = t;
    ident_begin(l->idents, &l->ctx);
}

static void on_data(void *user, struct talk *t, enum side side, struct slice bytes)
{
    struct lane *l = user;

    l->ctx.talk = t;
    if (t->analyser)
        feed_data(l->feeds, &l->ctx, bytes, side);
    else if (t->undecided)
        ident_data(l->idents, &l->ctx, bytes, side);
}

static void on_gap(void *user, struct talk *t, enum side side, uint64_t lost)
{
    struct lane *l = user;

    l->ctx.talk = t;
    if (t->analyser)
        feed_gap(l->feeds, &l->ctx, lost, side);
    else if (t->undecided)
        ident_gap(l->idents, &l->ctx, lost, side);
}

static void on_end(void *user, struct talk *t)
{
    struct lane *l = user;
    struct talk *at_hand = l->ctx.talk;

    l->ctx.talk = t;
    if (t->analyser)
        feed_end(l->feeds, &l->ctx);
    ident_end(l->idents, &l->ctx);
    l->ctx.talk = at_hand;
}

// ---------------------------------------------------------------- one lane

struct lane *lane_open(const struct flow_limits *limits, uint16_t number)
{
    struct lane *l = mem_reserve(sizeof(*l));
    struct flow_user user = {l, on_begin, on_data, on_gap, on_end};

    l->number = number;
    l->flows = flows_open(limits, &user);
    l->frags = frags_open();
    l->feeds = feeds_open();
    l->idents = ident_open(l->feeds);
    l->ctx.flows = l->flows;
    return l;
}

void lane_close(struct lane *l)
{
    ident_close(l->idents);
    feeds_close(l->feeds);
    frags_close(l->frags);
    flows_close(l->flows);
    mem_release(l, sizeof(*l));
}

uint64_t *lane_counts(struct lane *l)
{
    return l->count;
}

static void use_out(struct lane *l, struct out *o)
{
    o->count = l->count;
    o->lane = l->number;
    o->at = (struct subject){0};
    l->ctx.out = o;
}

// A mirror that copies both directions, or two ports of one switch, gives frames twice.
static bool is_copy(struct lane *l, const struct frame *fr)
{
    uint64_t hash = hash_bytes(fr->data, fr->n, fr->wire_len);
    nsec *ts = &l->recent[hash % COPY_SLOTS].ts;
    uint64_t *last = &l->recent[hash % COPY_SLOTS].hash;
    bool copy = *last == hash && fr->ts - *ts >= 0 && fr->ts - *ts <= COPY_NSEC;

    if (!copy) {
        *last = hash;
        *ts = fr->ts;
    }
    return copy;
}

static void tell_odds(struct packet *p, struct out *o)
{
    for (uint64_t bits = p->odds; bits; bits &= bits - 1)
        odd(o, (enum odd)__builtin_ctzll(bits));
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

static void follow(struct lane *l, struct packet *p, bool asked, unsigned depth, struct out *o);

static void let_go(struct lane *l, nsec now, struct out *o)
{
    struct packet given_up;

    while (frags_expire(l->frags, now, &given_up, o))
        follow(l, &given_up, false, TUNNELS_MOST, o);
}

// A fragment: false if nothing is to be done with it yet.
static bool joined(struct lane *l, struct packet *p, struct out *o)
{
    enum frag_result r = frags_add(l->frags, p, o);

    let_go(l, p->ts, o); // what had to make room
    if (r == FRAG_HELD)
        why(o, "a fragment at %u, held until its datagram is whole", p->frag_at);
    return r != FRAG_HELD;
}

static void follow(struct lane *l, struct packet *p, bool asked, unsigned depth, struct out *o)
{
    struct packet inner;

    l->ctx.packet = p;
    struct talk *t = flows_packet(l->flows, p, asked, o);
    if (o->at.telling)
        tell_layers(p, o);
    tell_odds(p, o);
    if (depth >= TUNNELS_MOST || p->copy || !packet_inner(&inner, p, depth))
        return;
    why(o, "carries another packet: %s", layer_name[inner.tunnel]);
    tell_odds(p, o);
    inner.ordinal = p->ordinal;
    inner.ts = p->ts;
    inner.frames = p->frames;
    inner.parent = t->uid;
    if (inner.net == NET_ETHER || inner.net == NET_NONE)
        return; // its frame is counted with the tunnel
    if (inner.fragment && !joined(l, &inner, o))
        return;
    follow(l, &inner, false, depth + 1, o);
}

static void frame_packet(struct lane *l, struct packet *p, bool asked, struct out *o)
{
    if (p->net == NET_NONE) {
        count(o, COUNT_undecodable, 1);
        tell_odds(p, o);
    } else if (p->net == NET_ETHER) {
        flows_ether(l->flows, p, o);
        if (o->at.telling)
            tell_layers(p, o);
        tell_odds(p, o);
    } else if (!p->fragment || joined(l, p, o)) {
        follow(l, p, asked, 0, o);
    }
}

void lane_frame(struct lane *l, const struct frame *fr, uint64_t ordinal, struct out *o)
{
    struct packet p;

    use_out(l, o);
    o->ordinal = ordinal;
    o->ts = fr->ts;
    packet_decode(&p, fr->link, fr->data, fr->n, fr->wire_len);
    p.ordinal = ordinal;
    p.ts = fr->ts;
    p.copy = is_copy(l, fr);
    if (p.copy)
        count(o, COUNT_copies, 1);
    frame_packet(l, &p, fr->flags & FRAME_ASKED, o);
    if (fr->flags & FRAME_JUMP)
        odd(o, ODD_time_back);
}

void lane_tick(struct lane *l, nsec now, bool jump, struct out *o)
{
    use_out(l, o);
    let_go(l, now, o);
    flows_tick(l->flows, now, jump, o);
}

void lane_sort(struct lane *l, struct out *o)
{
    use_out(l, o);
    let_go(l, INT64_MAX, o);
    flows_sort(l->flows);
}

void lane_finish(struct lane *l, uint64_t before, struct out *o)
{
    use_out(l, o);
    flows_finish(l->flows, before, o);
}
