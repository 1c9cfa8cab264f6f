// SPDX-License-Identifier: Apache-2.0
// One unit and the rules of its groups: the header's fit, the options, the alerts.
#include <string.h>

#include "rule/lane.h"
#include "rule/service.h"

// ---------------------------------------------------------------- headers

static bool port_in(const struct ranges *s, uint16_t port)
{
    return !s || ranges_has(s, wide_small(port));
}

static bool ends_fit(const struct rule *r, const struct unit *u, bool reversed)
{
    return (!r->src || ranges_has(r->src, reversed ? u->dst : u->src)) &&
           (!r->dst || ranges_has(r->dst, reversed ? u->src : u->dst));
}

static bool ports_fit(const struct rule *r, const struct unit *u, bool reversed)
{
    const struct packet *k = u->packet;

    if (r->services && u->service && r->services >> u->service & 1)
        return true; // found by its content, on whatever port
    return port_in(r->sport, reversed ? k->dport : k->sport) &&
           port_in(r->dport, reversed ? k->sport : k->dport);
}

static const char *flow_refuses(const struct rule *r, const struct unit *u)
{
    bool joined = u->packet->frames > 1 || u->packet->fragment;

    if (r->flow & FLOW_TO_SERVER && u->side != ORIG)
        return "flow: it goes to the client";
    if (r->flow & FLOW_TO_CLIENT && u->side != RESP)
        return "flow: it goes to the server";
    if (r->flow & FLOW_ESTABLISHED && !u->established)
        return "flow: the connection is not established";
    if (r->flow & FLOW_NOT_ESTABLISHED && u->established)
        return "flow: the connection is established";
    if (r->flow & FLOW_NO_FRAG && joined)
        return "flow: it is joined from fragments";
    if (r->flow & FLOW_ONLY_FRAG && !joined)
        return "flow: it is not joined from fragments";
    return NULL;
}

static bool came_before(const struct rule *r, const struct unit *u)
{
    const struct flow *f = u->talk->flow;

    if (r->once == ONCE_A_SIDE) // other protocols have no sides
        return u->class != CLASS_OTHER && f &&
               f->end[u->side == ORIG ? f->orig_end : !f->orig_end].pkts > 1;
    return !u->state || (!u->service && u->talk->undecided) ||
           (r->flow & (FLOW_TO_SERVER | FLOW_TO_CLIENT) ? u->state->identified >> u->side & 1
                                                        : u->state->identified);
}

const char *header_refuses(const struct rule *r, const struct unit *u)
{
    const char *reason;

    if (!(r->classes >> u->class & 1))
        return "another protocol";
    if (r->ip_proto && r->ip_proto != u->packet->ip_proto)
        return "another protocol";
    if (r->net && (r->net == 4) != (u->packet->net == NET_IP4))
        return "another IP version";
    if (r->service && r->service != u->service)
        return "the conversation is not of its protocol";
    if (r->flow && (reason = flow_refuses(r, u)))
        return reason;
    if (!(ports_fit(r, u, false) && ends_fit(r, u, false)) &&
        !(r->both_ways && ports_fit(r, u, true) && ends_fit(r, u, true)))
        return "addresses or ports";
    if (r->once && came_before(r, u))
        return "it is told once, and its packet was another";
    if (r->payload && !u->buffer[BUF_pkt_data].n && !u->has_dnp3)
        return "there is no payload";
    if (r->payload && u->packet->fragment && !r->fragments)
        return "it is a fragment of a datagram";
    return NULL;
}

// ---------------------------------------------------------------- units

static uint8_t service_of(struct rule_lane *l, const char *name)
{
    size_t at = ((uintptr_t)name >> 3) % COUNT_OF(l->service);

    if (!name)
        return 0;
    if (l->service[at].name != name) {
        l->service[at].name = name;
        l->service[at].number = 0;
        for (unsigned i = 1; i < l->set->n_services; i++)
            if (!strcmp(l->set->service[i], name))
                l->service[at].number = (uint8_t)i;
    }
    return l->service[at].number;
}

static bool is_established(const struct talk *t, const struct packet *k)
{
    if (k->ip_proto != PROTO_TCP)
        return t->flow && t->flow->end[0].pkts && t->flow->end[1].pkts;
    switch (t->list) {
    case LIST_ATTEMPT:   // an answer that was not seen is acknowledged
    case LIST_HANDSHAKE: // the packet that ends it may carry data
        return k->has_transport && (k->tcp.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_ACK;
    case LIST_OTHER: return t->flow && t->flow->partial; // met in the middle, its first packet
    default: return true;
    }
}

static enum ip_class class_of(const struct packet *k)
{
    switch (k->ip_proto) {
    case PROTO_TCP: return CLASS_TCP;
    case PROTO_UDP: return CLASS_UDP;
    case PROTO_ICMP:
    case PROTO_ICMP6: return CLASS_ICMP;
    default: return CLASS_OTHER;
    }
}

// FTP's server opens a connection for data from port 20: it is the server all the same.
static enum side side_of(const struct unit *u, const struct rule_at *at)
{
    bool turned = u->service == SERVICE_FTP_DATA && at->talk->who.sport == 20;

    return turned ? (at->side == ORIG ? RESP : ORIG) : at->side;
}

// Buffers that are not set here are those that `filled` has no bit for.
void unit_begin(struct rule_lane *l, const struct rule_at *at, enum unit_kind kind,
                struct unit *u)
{
    struct talk_rules *t = lane_state(l, at, l->set->n_policies > 1);
    const struct verdict *v = &at->talk->verdict;

    u->out = at->out;
    u->packet = at->packet;
    u->talk = at->talk;
    u->state = t;
    u->lane = l;
    u->src = wide_of(&at->packet->src);
    u->dst = wide_of(&at->packet->dst);
    u->kind = (uint8_t)kind;
    u->class = (uint8_t)class_of(at->packet);
    u->policy = (uint8_t)(t ? t->policy : rules_policy(l->set, at->packet));
    u->service = service_of(l, v->grade >= VERDICT_LIKELY ? v->service : NULL);
    u->side = side_of(u, at);
    u->established = is_established(at->talk, at->packet);
    u->filled = UINT64_C(1) << BUF_pkt_data | UINT64_C(1) << BUF_raw_data |
                UINT64_C(1) << BUF_dnp3_data | UINT64_C(1) << BUF_base64_data;
    u->buffer[BUF_pkt_data] = u->buffer[BUF_raw_data] = at->packet->payload;
    u->buffer[BUF_dnp3_data] = u->buffer[BUF_base64_data] = (struct slice){0};
    u->fresh = u->looked = u->odd = u->session = 0;
    u->unnamed = u->partial = false;
    u->counted = 0;
    u->has_dnp3 = false;
}

unsigned unit_groups(const struct unit *u, const struct group *to[GROUPS_OF_UNIT])
{
    return groups_of(lane_rules(u->lane), u->policy, u->kind, u->class, u->packet->sport,
                     u->packet->dport, u->service, to);
}

// ---------------------------------------------------------------- asking rules

static void tell_refusal(const struct unit *u, const struct rule *r, const struct match *m)
{
    const struct rule_option *o = m->refused;

    if (o)
        why(u->out, "rule %u:%u (%s:%u): %s in column %u said no", r->gid, r->sid,
            r->where.file, r->where.line, o->word, o->where.column);
    else
        why(u->out, "rule %u:%u (%s:%u): given up", r->gid, r->sid, r->where.file,
            r->where.line);
}

// A rule that explain asks about says what speaks against it, also if nothing hinted at it.
static void explain(struct rule_lane *l, struct unit *u, const struct rule *r)
{
    const char *reason = header_refuses(r, u);
    struct match m;

    if (reason)
        why(u->out, "rule %u:%u (%s:%u): its header does not fit: %s", r->gid, r->sid,
            r->where.file, r->where.line, reason);
    else if (!match_rule(&m, r, u))
        tell_refusal(u, r, &m);
}

static void explain_all(struct rule_lane *l, struct unit *u)
{
    for (uint32_t i = 0; i < l->set->n_rules; i++) {
        const struct rule *r = l->set->rule[i];
        bool here =
            r->kinds >> u->kind & 1 ||
            (u->kind == UNIT_PACKET && u->class != CLASS_TCP && r->kinds >> UNIT_STREAM & 1);
        if (r->sid == l->set->explain_sid && r->policy == u->policy && here)
            explain(l, u, r);
    }
}

static void matched(struct rule_lane *l, struct unit *u, const struct rule *r)
{
    count(u->out, COUNT_rule_matched, 1);
    why(u->out, "rule %u:%u (%s:%u) matches: %s", r->gid, r->sid, r->where.file, r->where.line,
        r->msg);
    if (r->change)
        bits_change(u, r->change);
    l->passes |= r->action == ACTION_pass;
    if (l->n_matched < MATCHES_MOST && (!r->noalert || r->host || r->action == ACTION_pass))
        l->matched[l->n_matched++] = r;
    else if (!r->noalert)
        count(u->out, COUNT_rule_queue_full, 1);
}

// Most rules of DNP3 are about a function that the fragment has not.
static bool quickly_refused(const struct rule *r, struct unit *u)
{
    struct match m;

    if (r->quick < 0 || u->out->telling)
        return false;
    m.unit = u;
    return !r->option[r->quick].test(&m, &r->option[r->quick]);
}

static void ask(struct rule_lane *l, struct unit *u, struct unit *joined, const struct rule *r)
{
    struct match m;

    if (quickly_refused(r, u) || (!r->open && header_refuses(r, u)))
        return;
    count(u->out, COUNT_rule_asked, 1);
    if (!r->n_options || match_rule(&m, r, u) ||
        (joined && r->floating && match_rule(&m, r, joined)))
        matched(l, u, r);
    else if (u->out->telling && !l->set->explain_sid)
        tell_refusal(u, r, &m);
}

// Those whose number is less; the rules that let pass are the first.
static void ask_found(struct rule_lane *l, struct unit *u, struct unit *joined, uint32_t below)
{
    struct finding *f = &l->finding;
    uint32_t at = 0, rule;
    bool kept = u->out->telling;

    for (;;) {
        if (l->passes && !kept) // what would alert is not told any more
            finding_keep(f, l->set->needed, l->set->n_rules);
        kept |= l->passes;
        if ((rule = finding_next(f, below, &at)) == UINT32_MAX)
            return;
        ask(l, u, joined, l->set->rule[rule]);
    }
}

void unit_inspect(struct rule_lane *l, struct unit *u, struct unit *joined,
                  const struct group *const *groups, unsigned n_groups)
{
    struct finding *f = &l->finding;

    count(u->out, COUNT_rule_units, 1);
    l->n_matched = 0;
    l->passes = false;
    for (unsigned i = 0; i < n_groups; i++)
        group_always(groups[i], f);
    ask_found(l, u, joined, l->set->n_pass); // if one lets it pass, little need be searched for
    for (unsigned i = 0; i < n_groups; i++)
        group_search(groups[i], u, joined, l->passes && !u->out->telling, f);
    ask_found(l, u, joined, l->set->n_rules);
    if (u->out->telling && l->set->explain_sid)
        explain_all(l, u);
    if (l->n_matched)
        alerts_tell(l, u);
}

void unit_inspect_odd(struct rule_lane *l, struct unit *u)
{
    const struct odd_rules *o = l->set->policy[u->policy]->odd[u->odd];

    l->n_matched = 0;
    for (; o; o = o->next)
        if (o->rule->classes >> u->class & 1)
            ask(l, u, NULL, o->rule);
    if (l->n_matched)
        alerts_tell(l, u);
}
