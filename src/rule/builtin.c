// SPDX-License-Identifier: Apache-2.0
// Events of Snort's decoders and inspectors that a look at the unit tells: rules for them have
// a number and no options.
#include "rule/command.h"
#include "rule/iec104.h"
#include "rule/match.h"
#include "rule/parse.h"
#include "rule/service.h"

static bool syn_test(struct match *m, const struct rule_option *o)
{
    const struct packet *k = m->unit->packet;

    return k->has_transport && (k->tcp.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN;
}

// The third packet of a handshake.
static bool established_test(struct match *m, const struct rule_option *o)
{
    const struct unit *u = m->unit;
    const struct flow *f = u->talk->flow;

    return u->packet->has_transport && f && !f->partial && u->side == ORIG &&
           (u->packet->tcp.flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_ACK &&
           f->end[f->orig_end].pkts == 2 && f->end[!f->orig_end].pkts == 1;
}

static bool large_udp_test(struct match *m, const struct rule_option *o)
{
    enum { LARGE = 4000 };

    return m->unit->packet->payload_len > LARGE;
}

// PORT with an address that is not the client's own.
static bool ftp_bounce_test(struct match *m, const struct rule_option *o)
{
    static const char word[] = "PORT ";
    struct unit *u = m->unit;
    struct slice b = unit_buffer(u, BUF_pkt_data);
    uint32_t n = sizeof(word) - 1;

    if (u->service != SERVICE_FTP || u->side != ORIG || b.n <= n ||
        !slice_is_any_case(slice_of(b.p, n), word))
        return false;
    uint32_t end = command_bounces(u, slice_of(b.p + n, b.n - n));
    match_saw(m, BUF_pkt_data, (uint64_t)n + end);
    return end;
}

static bool iec104_test(struct match *m, const struct rule_option *o)
{
    const uint8_t *sid = o->arg;

    match_saw(m, BUF_pkt_data, m->unit->buffer[BUF_pkt_data].n);
    return iec104_event(m->unit, *sid);
}

static const struct {
    uint16_t gid, first, last; // sid
    uint8_t class;             // enum ip_class
    bool message;              // it is asked about messages, not packets
    bool (*test)(struct match *m, const struct rule_option *o);
} events[] = {
    {135, 1, 1, CLASS_TCP, false, syn_test},
    {135, 2, 2, CLASS_TCP, false, established_test},
    {116, 445, 445, CLASS_UDP, false, large_udp_test},
    {125, 8, 8, CLASS_TCP, true, ftp_bounce_test},
    {151, 1, IEC104_EVENTS, CLASS_TCP, true, iec104_test},
};

bool builtin_event(struct parse *p)
{
    const struct raw_option own = {.name = slice_str("sid"), .at = p->raw->word_at[0]};
    struct rule *r = p->rule;
    size_t i = 0;

    while (i < COUNT_OF(events) &&
           (events[i].gid != r->gid || r->sid < events[i].first || r->sid > events[i].last))
        i++;
    if (i == COUNT_OF(events))
        return true;
    uint8_t *sid = parse_take(p, sizeof(*sid));
    *sid = (uint8_t)r->sid;
    r->classes &= (uint8_t)(1u << events[i].class);
    p->uses_service = p->uses_service || events[i].message;
    if (events[i].message)
        parse_looks(p, BUF_pkt_data);
    p->now = &own;
    bool added = parse_add(p, events[i].test, sid);
    p->now = NULL;
    return added;
}
