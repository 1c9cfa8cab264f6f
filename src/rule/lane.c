// SPDX-License-Identifier: Apache-2.0
// A lane's entry points: packets and events become units; the state of conversations.
#include "rule/lane.h"

#include <string.h>

#include "rule/service.h"

// ---------------------------------------------------------------- opening

enum { DERIVED_ROOM = DERIVED * 2 * DERIVED_MOST };

static size_t state_size(const struct rules *set)
{
    return sizeof(struct talk_rules) +
           ((set->n_flowbits + 63) / 64 + set->n_flowints) * sizeof(uint64_t);
}

struct rule_lane *rule_lane_open(const struct rules *r)
{
    static const uint32_t most[KEPT_SIZES] = {TAILS_MOST, MESSAGES_MOST, BODIES_MOST};
    struct rule_lane *l = mem_reserve(sizeof(*l));

    l->set = r;
    l->pcre = pcre_scratch_open(r);
    l->finding.bits = mem_reserve(finding_size(r));
    l->finding.words = l->finding.bits + r->n_rules / 64 + 1;
    l->finding.scratch = group_scratch(r);
    l->decoded = mem_reserve(DECODED_MOST);
    l->joined = mem_reserve(TAIL_BYTES + PIECE_MOST);
    if (r->derives)
        l->derived = mem_reserve(DERIVED_ROOM);
    slab_init(&l->states, NULL, (uint32_t)state_size(r), STATES_MOST);
    l->body.plain = mem_reserve(BODY_PLAIN + BODY_ROOM);
    l->body.room = l->body.plain + BODY_PLAIN;
    for (unsigned i = 0; i < KEPT_SIZES; i++)
        slab_init(&l->kept[i], NULL, (uint32_t)sizeof(struct kept) + kept_room[i], most[i]);
    return l;
}

void rule_lane_close(struct rule_lane *l)
{
    if (!l)
        return;
    group_scratch_free(l->finding.scratch);
    mem_release(l->finding.bits, finding_size(l->set));
    mem_release(l->decoded, DECODED_MOST);
    mem_release(l->joined, TAIL_BYTES + PIECE_MOST);
    mem_release(l->body.plain, BODY_PLAIN + BODY_ROOM);
    if (l->derived)
        mem_release(l->derived, DERIVED_ROOM);
    slab_close(&l->states);
    for (unsigned i = 0; i < KEPT_SIZES; i++)
        slab_close(&l->kept[i]);
    pcre_scratch_close(l->pcre);
    mem_release(l, sizeof(*l));
}

const struct rules *lane_rules(const struct rule_lane *l)
{
    return l->set;
}
struct pcre_scratch *lane_pcre(struct rule_lane *l)
{
    return l->pcre;
}
uint8_t *lane_decoded(struct rule_lane *l)
{
    return l->decoded;
}
uint8_t *lane_derived(struct rule_lane *l, unsigned which, unsigned half)
{
    return l->derived + (which * 2 + half) * (size_t)DERIVED_MOST;
}

const struct body_scratch *lane_body(struct rule_lane *l)
{
    return &l->body;
}

// ---------------------------------------------------------------- conversations

struct talk_rules *lane_state(struct rule_lane *l, const struct rule_at *at, bool make)
{
    struct talk_rules *t = *at->state;

    if (t || !make)
        return t;
    t = slab_take(&l->states);
    if (!t) {
        count(at->out, COUNT_rule_states_full, 1);
        return NULL;
    }
    memset(t, 0, state_size(l->set));
    t->policy = (uint8_t)rules_policy(l->set, at->packet);
    *at->state = t;
    return t;
}

static void forget(struct rule_lane *l, void **state)
{
    struct talk_rules *t = *state;

    if (!t)
        return;
    stream_forget(l, t, ORIG);
    stream_forget(l, t, RESP);
    slab_give(&l->states, t);
    *state = NULL;
}

void rule_end(struct rule_lane *l, struct out *o, struct talk *t, void **state)
{
    look_at_rest(l, o, t, state);
    forget(l, state);
}

const struct dnp3_policy *rule_dnp3(struct rule_lane *l, const struct rule_at *at)
{
    const struct talk_rules *t = lane_state(l, at, l->set->n_policies > 1);

    return rules_dnp3(l->set, t ? t->policy : rules_policy(l->set, at->packet));
}

// ---------------------------------------------------------------- units

static bool is_passed(const struct unit *u)
{
    return u->state && u->state->passed;
}

void rule_packet(struct rule_lane *l, const struct rule_at *at)
{
    const struct group *groups[GROUPS_OF_UNIT];
    struct unit u;
    unsigned n;

    if (at->packet->tcp.flags & (TCP_FIN | TCP_RST) && *at->state &&
        at->packet->ip_proto == PROTO_TCP && at->packet->has_transport)
        rule_gap(l, at); // it says no more
    unit_begin(l, at, UNIT_PACKET, &u);
    n = unit_groups(&u, groups);
    if (!n || is_passed(&u))
        return;
    if (l->set->remembers)
        u.state = lane_state(l, at, true);
    unit_inspect(l, &u, NULL, groups, n);
    if (u.state && (u.service || !at->talk->undecided))
        u.state->identified |= (uint8_t)(1u << at->side);
}

// Rules for any IP packet are asked; those that look at payload see the whole datagram later,
// unless they are about fragments.
void rule_fragment(struct rule_lane *l, const struct packet *p, struct out *o)
{
    static const enum side neither = 2;
    struct talk nobodys = {0};
    void *no_state = NULL;
    struct subject of_p = {.src = p->src, .dst = p->dst, .ip_proto = p->ip_proto};
    const struct subject *saved = o->at;
    const struct group *groups[GROUPS_OF_UNIT];
    const struct rule_at at = {o, p, &nobodys, &no_state, neither};
    struct unit u;
    unsigned n;

    unit_begin(l, &at, UNIT_PACKET, &u);
    u.class = CLASS_OTHER;
    n = unit_groups(&u, groups);
    o->at = &of_p;
    if (n)
        unit_inspect(l, &u, NULL, groups, n);
    o->at = saved;
    forget(l, &no_state);
}

static void dnp3_event(struct rule_lane *l, const struct rule_at *at,
                       const struct ev_dnp3_fragment *e)
{
    const struct group *groups[GROUPS_OF_UNIT];
    struct unit u;
    unsigned n;

    unit_begin(l, at, UNIT_DNP3, &u);
    u.service = SERVICE_DNP3; // only its analyser makes fragments
    n = unit_groups(&u, groups);
    if (!n || is_passed(&u) || l->set->policy[u.policy]->dnp3->disabled)
        return;
    u.state = lane_state(l, at, l->set->remembers);
    u.has_dnp3 = true;
    u.session = e->session;
    u.buffer[BUF_dnp3_data] = e->bytes;
    u.dnp3 = (struct dnp3_view){
        .function = e->function,
        .response = e->head.present >> FI_dnp3_fragment_iin & 1,
        .indications = e->iin,
        .objects = e->objects,
    };
    unit_inspect(l, &u, NULL, groups, n);
}

static void odd_event(struct rule_lane *l, const struct rule_at *at, const struct ev_weird *e)
{
    const struct dnp3_policy *p;
    struct unit u;
    int o = 0;

    unit_begin(l, at, UNIT_ODD, &u);
    p = l->set->policy[u.policy]->dnp3;
    while (o < ODDS && odd_type[o].name != e->name)
        o++;
    if (o == ODDS || !l->set->policy[u.policy]->odd[o] || is_passed(&u))
        return;
    if (is_dnp3_odd((uint32_t)o) &&
        (p->disabled ||
         ((o == ODD_dnp3_bad_crc || o == ODD_dnp3_bad_block_crc) && !p->check_crc)))
        return;
    if (is_dnp3_odd((uint32_t)o) && !u.service)
        u.service = SERVICE_DNP3;
    u.state = lane_state(l, at, l->set->remembers);
    u.odd = (uint32_t)o;
    unit_inspect_odd(l, &u);
}

void rule_event(struct rule_lane *l, const struct rule_at *at, const struct event *e)
{
    if (!(l->set->wanted >> e->id & 1))
        return;
    if (e->id == EV_dnp3_fragment)
        dnp3_event(l, at, (const struct ev_dnp3_fragment *)e);
    else if (e->id == EV_weird)
        odd_event(l, at, (const struct ev_weird *)e);
}

const char *rule_file_type(struct rule_lane *l, struct slice bytes)
{
    static const struct packet none = {.net = NET_IP4, .ip_proto = PROTO_TCP};
    static const struct talk nobodys;
    const struct group *g = l->set->policy[0]->labels;
    uint64_t nobodys_count[COUNTS] = {0};
    struct out out = {.at = &nobody, .count = nobodys_count};
    struct unit u = {.out = &out, .packet = &none, .talk = &nobodys, .lane = l};
    const struct rule *best = NULL;
    struct match m;

    for (unsigned i = 0; i < BUFFERS; i++)
        u.filled |= UINT64_C(1) << i;
    u.buffer[BUF_pkt_data] = u.buffer[BUF_file_data] = bytes;
    for (uint32_t i = 0; g && bytes.n && i < g->n_rules && !best; i++)
        if (match_rule(&m, l->set->rule[g->rule[i]], &u))
            best = l->set->rule[g->rule[i]];
    return best ? best->label : NULL;
}
