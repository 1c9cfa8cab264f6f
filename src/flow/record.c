// SPDX-License-Identifier: Apache-2.0
// What is told of a conversation when it ends: conn, its legs, and ether records.
#include "flow/table.h"

#include <nettle/base64.h>
#include <nettle/sha1.h>
#include <stdio.h>

static const char *proto_name(uint8_t ip_proto)
{
    switch (ip_proto) {
    case PROTO_TCP: return "tcp";
    case PROTO_UDP: return "udp";
    case PROTO_SCTP: return "sctp";
    case PROTO_ICMP:
    case PROTO_ICMP6: return "icmp";
    default: return "unknown_transport";
    }
}

static const char *const paired_name[] = {
    [PAIRED_NOT] = NULL,
    [PAIRED_ACTIVITY] = "activity",
    [PAIRED_EXPECTED] = "expected",
    [PAIRED_WINDOW] = "window",
};

// Community ID, version 1, seed 0 (github.com/corelight/community-id-spec): the base64 of a
// SHA-1 over the ends in order, lower first; one-way ICMP as it was sent.
static struct slice community_id(const struct flow_key *k, struct arena *a)
{
    enum { PREFIX = 2, INPUT_MOST = 2 + 16 + 16 + 6 };
    bool swap = k->one_way == 2;
    const struct addr *first = swap ? &k->hi : &k->lo, *second = swap ? &k->lo : &k->hi;
    uint16_t ports[2] = {swap ? k->hi_port : k->lo_port, swap ? k->lo_port : k->hi_port};
    bool has_ports = k->ip_proto == PROTO_TCP || k->ip_proto == PROTO_UDP ||
                     k->ip_proto == PROTO_SCTP || k->ip_proto == PROTO_ICMP ||
                     k->ip_proto == PROTO_ICMP6;
    uint32_t size = k->lo.kind == ADDR_IP4 ? 4 : 16;
    uint8_t input[INPUT_MOST] = {0, 0}, digest[SHA1_DIGEST_SIZE];
    uint8_t *tail = input + 2 + 2 * size;
    struct sha1_ctx sha;
    char *text = arena_take(a, PREFIX + BASE64_ENCODE_RAW_LENGTH(SHA1_DIGEST_SIZE));

    memcpy(input + 2, first->b, sizeof(first->b));
    memcpy(input + 2 + size, second->b, sizeof(second->b));
    memcpy(tail,
           (const uint8_t[]){k->ip_proto, 0, (uint8_t)(ports[0] >> 8), (uint8_t)ports[0],
                             (uint8_t)(ports[1] >> 8), (uint8_t)ports[1]},
           6);
    sha1_init(&sha);
    sha1_update(&sha, 2 + 2 * size + (has_ports ? 6 : 2), input);
    sha1_digest(&sha, sizeof(digest), digest);
    memcpy(text, "1:", PREFIX);
    base64_encode_raw(text + PREFIX, sizeof(digest), digest);
    return slice_of(text, PREFIX + BASE64_ENCODE_RAW_LENGTH(SHA1_DIGEST_SIZE));
}

// "^S", no answer of the other side, no handshake, then R.
static bool is_syn_then_rst(const struct talk *t)
{
    uint8_t i = 0;

    if (i < t->history_n && t->history[i] == '^')
        i++;
    if (i >= t->history_n || t->history[i++] != 'S')
        return false;
    for (; i < t->history_n; i++) {
        if (t->history[i] == 'R')
            return true;
        if (strchr("HAFGIQ", t->history[i]))
            return false;
    }
    return false;
}

static const char *tcp_conn_state(const struct talk *t)
{
    const struct flow *x = t->flow;
    const struct tcp_end *o = &x->tcp->end[x->orig_end], *r = &x->tcp->end[!x->orig_end];
    bool o_quiet = o->state == TCP_INACTIVE || o->state == TCP_PARTIAL;
    bool r_quiet = r->state == TCP_INACTIVE || r->state == TCP_PARTIAL;

    if (r->state == TCP_RESET) {
        bool no_data = !tcp_size(x, 0) && !tcp_size(x, 1);
        if (o->state == TCP_SYN_SENT || o->state == TCP_SYN_ACK_SENT ||
            (o->state == TCP_RESET && no_data))
            return "REJ";
        return o_quiet ? "RSTRH" : "RSTR";
    }
    if (o->state == TCP_RESET)
        return !r_quiet ? "RSTO" : is_syn_then_rst(t) ? "RSTOS0" : "OTH";
    if (o->state == TCP_CLOSED && r->state == TCP_CLOSED)
        return "SF";
    if (o->state == TCP_CLOSED)
        return r_quiet ? "SH" : "S2";
    if (r->state == TCP_CLOSED)
        return o_quiet ? "SHR" : "S3";
    if (o->state == TCP_SYN_SENT && r->state == TCP_INACTIVE)
        return "S0";
    return o->state == TCP_ESTABLISHED && r->state == TCP_ESTABLISHED ? "S1" : "OTH";
}

static const char *conn_state(const struct talk *t, const struct ev_conn *e)
{
    if (flow_tcp(t->flow))
        return tcp_conn_state(t);
    if (t->who.ip_proto != PROTO_UDP && t->who.ip_proto != PROTO_SCTP)
        return "OTH";
    if (e->orig_pkts)
        return e->resp_pkts ? "SF" : "S0";
    return e->resp_pkts ? "SHR" : "OTH";
}

static void add_up(struct ev_conn *e, const struct talk *t)
{
    for (const struct flow *x = t->flow; x; x = x->next)
        for (unsigned end = 0; end < 2; end++) {
            const struct flow_end *from = &x->end[end];
            uint64_t bytes = flow_tcp(x) ? tcp_size(x, end) : from->bytes;
            if (flow_side(x, end) == ORIG) {
                e->orig_pkts += from->pkts;
                e->orig_ip_bytes += from->ip_bytes;
                e->orig_bytes += bytes;
            } else {
                e->resp_pkts += from->pkts;
                e->resp_ip_bytes += from->ip_bytes;
                e->resp_bytes += bytes;
            }
        }
}

// The ground on which the second five-tuple was joined; the others have the same, or a better
// one.
static const char *paired_by(const struct talk *t)
{
    uint8_t best = PAIRED_NOT;

    for (const struct flow *x = t->flow; x; x = x->next)
        if (x->paired && (!best || x->paired < best))
            best = x->paired;
    return paired_name[best];
}

static const char *no_verdict(const struct talk *t)
{
    bool has_ports = t->who.ip_proto == PROTO_TCP || t->who.ip_proto == PROTO_UDP ||
                     t->who.ip_proto == PROTO_SCTP;

    return has_ports ? "no payload" : "not a transport of applications";
}

static void fill_service(struct ev_conn *e, const struct talk *t, const struct verdict_words *w,
                         struct arena *a)
{
    static const char *const how[] = {"hint", "expected", "probe", "model"};
    static const char *const grade[] = {NULL, "possible", "likely", "announced", "certain"};
    const struct verdict *v = &t->verdict;
    char text[160];

    e->service = v->service ? v->service : "unknown";
    e->service_how = how[v->how];
    e->service_sure = v->sure / 100.0;
    e->service_grade = grade[v->grade];
    e->service_second = w->second;
    e->service_family = w->family;
    e->service_sub = w->sub;
    e->service_hint = w->hint;
    e->service_why = slice_str(v->why ? v->why : no_verdict(t));
    if (t->calls && t->calls->asked) {
        int n =
            snprintf(text, sizeof(text), "%s; %u call%s, %u answered", v->why ? v->why : "RPC",
                     t->calls->asked, t->calls->asked == 1 ? "" : "s", t->calls->answered);
        e->service_why = arena_copy(a, slice_of(text, min_u32((uint32_t)n, sizeof(text) - 1)));
    }
}

static void fill_vlan(struct ev_conn *e, const struct talk *t)
{
    if (t->n_vlan > 0)
        set(conn, e, vlan, t->vlan[0]);
    if (t->n_vlan > 1)
        set(conn, e, inner_vlan, t->vlan[1]);
}

static void fill_opening(struct ev_conn *e, const struct talk *t)
{
    e->first_resp = t->flow->first_end != t->flow->orig_end;
    e->first_flags = t->flow->opening.flags;
    e->first_ttl = t->flow->opening.ttl;
    e->first_id = t->flow->opening.id;
    e->first_window = t->flow->opening.window;
    e->first_seq = t->flow->opening.seq;
    e->reset_window = t->flow->opening.reset_window;
    e->first_mac = t->flow->opening.mac;
    e->first_ttls = t->flow->opening.ttls;
}

static void record_conn(struct talk *t, const struct verdict_words *w, const char *reason,
                        struct out *o)
{
    struct ev_conn *e = emit_conn(o);

    e->head.ts = t->first;
    e->proto = proto_name(t->who.ip_proto);
    e->ip_proto = t->who.ip_proto;
    e->duration = t->last > t->first ? t->last - t->first : 0;
    add_up(e, t);
    e->conn_state = conn_state(t, e);
    e->local_orig = addr_is_private(&t->who.src);
    e->local_resp = addr_is_private(&t->who.dst);
    e->missed_bytes = t->missed;
    e->history = arena_copy(o->arena, slice_of(t->history, t->history_n));
    e->community_id = community_id(&t->flow->key, o->arena);
    fill_vlan(e, t);
    fill_service(e, t, w, o->arena);
    e->legs = t->n_flows;
    e->paired_by = paired_by(t);
    e->reason = reason;
    e->start = t->first;
    e->end = t->first + e->duration;
    e->age = (uint64_t)(e->duration / SECOND);
    e->state = t->list == LIST_CLOSED         ? "closed"
               : e->orig_pkts && e->resp_pkts ? "established"
                                              : "new";
    fill_opening(e, t);
    if (t->parent)
        set(conn, e, tunnel_parents, t->parent);
    if (t->merged)
        set(conn, e, merged, true);
    if (t->copies) {
        set(conn, e, copies, t->copies);
        set(conn, e, copy, true);
    }
}

static void record_leg(const struct flow *x, struct out *o)
{
    struct ev_leg *e = emit_leg(o);
    bool hi_first = x->first_end;

    e->head.ts = x->first;
    e->src_h = hi_first ? x->key.hi : x->key.lo;
    e->dst_h = hi_first ? x->key.lo : x->key.hi;
    e->src_p = hi_first ? x->key.hi_port : x->key.lo_port;
    e->dst_p = hi_first ? x->key.lo_port : x->key.hi_port;
    e->proto = proto_name(x->key.ip_proto);
    e->pkts = x->end[0].pkts + x->end[1].pkts;
    e->bytes = x->end[0].ip_bytes + x->end[1].ip_bytes;
    e->paired_by = paired_name[x->paired];
    e->community_id = community_id(&x->key, o->arena);
}

// Nobody answered, so it is no client and server that are simulated on one machine.
static void tell_land(const struct talk *t, struct out *o)
{
    static const struct mac none;
    const struct addr *from = o->from;
    const struct mac *from_mac = o->from_mac;
    uint64_t ordinal = o->ordinal;
    nsec ts = o->ts;

    o->ordinal = t->ordinal;
    o->ts = t->first;
    o->from = &t->who.src;
    o->from_mac = &none;
    odd_with(o, ODD_ip_land, "from port %u to port %u, unanswered", t->who.sport, t->who.dport);
    o->ordinal = ordinal;
    o->ts = ts;
    o->from = from;
    o->from_mac = from_mac;
}

void record_talk(struct talk *t, const struct verdict_words *w, const char *reason,
                 struct out *o)
{
    const struct flow *first = t->flow;
    uint64_t pkts = 0;

    for (const struct flow *x = t->flow; x; x = x->next)
        pkts += x->end[0].pkts + x->end[1].pkts;
    if (first->opening.same_host && (!first->end[0].pkts || !first->end[1].pkts))
        tell_land(t, o);
    count(o, COUNT_conversations, 1);
    if (!t->parent)
        count(o, COUNT_in_conn, pkts);
    if (want(o, EV_conn))
        record_conn(t, w, reason, o);
    if (want(o, EV_leg) && t->n_flows > 1)
        for (const struct flow *x = t->flow; x; x = x->next)
            record_leg(x, o);
}

void record_ether(const struct ether_pair *p, struct out *o)
{
    const struct subject *saved = o->at;

    count(o, COUNT_in_ether, p->pkts);
    if (!want(o, EV_ether))
        return;
    o->at = &p->who;
    struct ev_ether *e = emit_ether(o);
    o->at = saved;
    e->head.ts = e->first = p->first;
    e->last = p->last;
    if (p->has_macs & 1)
        set(ether, e, src_mac, p->src);
    if (p->has_macs & 2)
        set(ether, e, dst_mac, p->dst);
    e->ether_type = p->ether_type;
    if (p->n_vlan)
        set(ether, e, vlan, p->vlan);
    e->service = packet_ether_service(p->ether_type, p->service);
    e->pkts = p->pkts;
    e->bytes = p->bytes;
    if (p->copies)
        set(ether, e, copies, p->copies);
}
