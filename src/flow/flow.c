// SPDX-License-Identifier: Apache-2.0
// One packet's way through the flow tables, and the end of the run.
#include "flow/table.h"

#include <stdlib.h>

static struct flow *tcp_flow(struct flows *f, const struct flow_ready *r,
                             const struct packet *p, struct out *o)
{
    const struct flow_key *k = &r->key;
    uint32_t hash = r->hash;
    unsigned end = r->end;
    struct flow *x = flow_find(f, k, hash);

    if (x && (talk_stale(f, x->talk) ||
              (p->tcp.flags & TCP_SYN && !p->copy && flow_tcp(x) && tcp_is_reuse(x, end, p)))) {
        talk_end(f, x->talk, talk_stale(f, x->talk) ? "timeout" : "reused", o);
        x = NULL;
    }
    if (x) {
        out_of_talk(f, o, x->talk);
        return x;
    }
    bool reversed = tcp_begins_reversed(p);
    x = flow_make(f, NULL, k, hash, reversed ? !end : end, p, o);
    x->first_end = (uint8_t)end;
    x->tcp = slab_take(&f->tcps); // as many as talks: there is always one
    memset(x->tcp, 0, sizeof(*x->tcp));
    if (reversed)
        talk_letter(x->talk, '^');
    if (reversed)
        why(o, "met in the middle; port %u is a server's: its owner is the responder",
            p->sport);
    expect_name(f, x->talk, o);
    return x;
}

static struct flow *plain_flow(struct flows *f, const struct flow_ready *r,
                               const struct packet *p, struct out *o)
{
    struct flow *x = flow_find(f, &r->key, r->hash);

    if (x && talk_stale(f, x->talk)) {
        talk_end(f, x->talk, "timeout", o);
        x = NULL;
    }
    if (!x)
        return flow_make(f, NULL, &r->key, r->hash, r->end, p, o);
    out_of_talk(f, o, x->talk);
    return x;
}

// One way has one length. Other packets of the same flow come from elsewhere, if it was not the
// way that changed.
static void watch_ttl(struct flow *x, unsigned end, const struct packet *p, struct out *o)
{
    enum { STEADY = 20, JUMP = 4, USUAL = 5, LOW = 8 };
    int by = (int)p->ttl - x->ttl[end];

    if (!by) {
        x->steady[end] = (uint8_t)(x->steady[end] + (x->steady[end] < UINT8_MAX));
        return;
    }
    if (end == x->first_end && p->ttl < LOW)
        x->opening.ttls = (uint8_t)(x->opening.ttls | 1u << p->ttl);
    if (x->steady[end] >= STEADY && (by >= JUMP || by <= -JUMP) && p->ttl != x->other_ttl[end])
        odd_with(o, ODD_ttl_jump, "from %u to %u", x->ttl[end], p->ttl);
    if (x->steady[end] >= USUAL)
        x->other_ttl[end] = x->ttl[end]; // two ways that are both in use
    x->ttl[end] = p->ttl;
    x->steady[end] = 0;
}

static void count_packet(struct flow *x, unsigned end, const struct packet *p)
{
    struct flow_end *e = &x->end[end];
    struct talk *t = x->talk;

    e->pkts += p->frames;
    e->ip_bytes += p->ip_len;
    e->bytes += p->payload_len;
    e->last = p->ts;
    if (t->packets < UINT8_MAX)
        t->packets++;
    if (p->copy)
        t->copies++;
    if (p->n_vlan && p->vlan[0] && !t->n_vlan) { // 0 is only a priority
        t->n_vlan = p->n_vlan;
        t->vlan[0] = p->vlan[0];
        t->vlan[1] = p->vlan[1];
    }
}

// RFC 9260, 3.3.7: a port where nobody listens, or who does not go on, answers so.
static bool is_abort(const struct packet *p)
{
    enum { ABORT = 6 };

    return p->ip_proto == PROTO_SCTP && p->payload.n && p->payload.p[0] == ABORT;
}

static void datagram(struct flows *f, struct flow *x, unsigned end, const struct packet *p)
{
    struct talk *t = x->talk;
    enum side side = flow_side(x, end);

    t->last = p->ts;
    if (p->checksum_bad)
        talk_letter_once(t, side, SEEN_SUM, 'C');
    talk_letter_once(t, side, SEEN_DATA, 'D');
    if (p->ip_proto == PROTO_UDP)
        pair_after(f, x, end, p);
    else if (is_abort(p))
        talk_letter_once(t, side, SEEN_RST, 'R');
    bool both = x->end[0].pkts && x->end[1].pkts;
    talk_move(f, t, t->rpc || t->patient ? LIST_RPC : both ? LIST_ANSWERED : LIST_LONE);
    if (f->user.data && p->payload.n && talk_is_heard(t))
        f->user.data(f->user.user, t, side, p->payload);
}

static void quiet_packet(struct flows *f, struct flow *x, const struct packet *p)
{
    x->talk->last = p->ts;
    talk_move(f, x->talk,
              p->ip_proto == PROTO_ICMP || p->ip_proto == PROTO_ICMP6 ? LIST_ICMP : LIST_OTHER);
}

static bool is_icmp_error(const struct packet *p)
{
    enum { UNREACHABLE = 3, EXCEEDED = 11, UNREACHABLE6 = 1, EXCEEDED6 = 3 };
    uint8_t type = p->icmp.type;

    if (!p->has_transport)
        return false;
    return (p->ip_proto == PROTO_ICMP && (type == UNREACHABLE || type == EXCEEDED)) ||
           (p->ip_proto == PROTO_ICMP6 && (type == UNREACHABLE6 || type == EXCEEDED6));
}

static struct flow *other_flow(struct flows *f, const struct flow_ready *r,
                               const struct packet *p, struct out *o)
{
    if (is_icmp_error(p) && !p->copy)
        pair_unreachable(f, p, o);
    return plain_flow(f, r, p, o);
}

struct talk *flows_packet(struct flows *f, const struct packet *p, struct flow_ready *r,
                          bool asked, struct out *o)
{
    bool is_tcp = p->ip_proto == PROTO_TCP && p->has_transport;
    bool is_udp = p->ip_proto == PROTO_UDP && p->has_transport;

    if (p->ts > f->now)
        f->now = p->ts;
    struct flow *x = is_tcp   ? tcp_flow(f, r, p, o)
                     : is_udp ? pair_udp(f, r, p, asked, o)
                              : other_flow(f, r, p, o);
    count_packet(x, r->end, p);
    if (!p->copy)
        watch_ttl(x, r->end, p, o);
    if (p->copy && x->talk->packets > 1)
        x->talk->last = p->ts; // counted, and changes nothing else
    else if (is_tcp && x->tcp)
        tcp_packet(f, x, r->end, p, o);
    else if (is_udp || (p->ip_proto == PROTO_SCTP && p->has_transport))
        datagram(f, x, r->end, p);
    else
        quiet_packet(f, x, p);
    return x->talk;
}

// ---------------------------------------------------------------- the end

// What a tunnel carries comes behind the tunnel that begins with the same packet.
static int by_ordinal(const void *a, const void *b, void *flows)
{
    const struct left *x = a, *y = b;
    const struct flows *f = flows;

    if (x->ordinal != y->ordinal)
        return x->ordinal < y->ordinal ? -1 : 1;
    if (x->is_pair || y->is_pair)
        return 0; // a frame begins either a MAC pair or conversations
    const struct talk *t = slab_at(&f->talks, x->index), *u = slab_at(&f->talks, y->index);
    if (!t->parent != !u->parent)
        return t->parent ? 1 : -1;
    return t->who.uid < u->who.uid ? -1 : t->who.uid > u->who.uid;
}

void flows_sort(struct flows *f)
{
    f->sorted = mem_reserve(SORTED_ROOM(f));
    for (int i = 0; i < TALK_LISTS; i++)
        list_each (&f->list[i], n) {
            struct talk *t = CONTAINER(n, struct talk, node);
            f->sorted[f->n_sorted++] =
                (struct left){t->ordinal, slab_index(&f->talks, t), false};
        }
    list_each (&f->ether_list, n) {
        struct ether_pair *e = CONTAINER(n, struct ether_pair, node);
        f->sorted[f->n_sorted++] = (struct left){e->ordinal, slab_index(&f->ethers, e), true};
    }
    qsort_r(f->sorted, f->n_sorted, sizeof(*f->sorted), by_ordinal, f);
}

void flows_finish(struct flows *f, uint64_t before, struct out *o)
{
    while (f->next_sorted < f->n_sorted && f->sorted[f->next_sorted].ordinal < before) {
        const struct left *l = &f->sorted[f->next_sorted++];
        o->order = l->ordinal;
        if (l->is_pair)
            ether_end(f, slab_at(&f->ethers, l->index), o);
        else
            talk_end(f, slab_at(&f->talks, l->index), "end", o);
    }
}
