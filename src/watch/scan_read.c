// SPDX-License-Identifier: Apache-2.0
// What a conversation says about who tried whom: the probe by the flags of its first packet,
// and what came of it.
#include "watch/scan_parts.h"

#include "base/hash.h"

enum { TCP = 6, UDP = 17, SCTP = 132, ICMP = 1, ICMP6 = 58 };
enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32, ALL = 63 };
enum { SERVER_PORTS = 1024, TRACE_FROM = 33434, TRACE_TO = 33534, TRACE_TTL = 32 };

// ---------------------------------------------------------------- packets that did not arrive

static uint64_t print_of(const struct addr *src, const struct addr *dst, uint8_t ip_proto,
                         uint16_t port)
{
    uint64_t hash = hash_bytes(src, sizeof(*src), hash_mix((uint64_t)ip_proto << 16 | port, 7));

    return hash_bytes(dst, sizeof(*dst), hash) & ~UINT64_C(3);
}

static uint64_t *report_at(const struct scans *s, uint64_t print)
{
    return &s->report[print >> 40 & (REPORTS * 1024 - 1)];
}

// Bit 0: the target itself says that the port is closed; else somebody that it is out of reach.
void report_add(struct scans *s, const struct ev_unreachable *e)
{
    uint64_t print = print_of(&e->src, &e->dst, e->ip_proto, e->dport);

    *report_at(s, print) = print | 2 | (e->port && addr_equal(&e->by, &e->dst));
}

// RESULT_SILENT: nobody said anything.
static enum result reported(const struct scans *s, const struct ev_conn *e)
{
    uint64_t print = print_of(&e->head.src, &e->head.dst, e->ip_proto, e->head.dport);
    uint64_t found = *report_at(s, print);

    if ((found & ~UINT64_C(3)) != print || !(found & 2))
        return RESULT_SILENT;
    return found & 1 ? RESULT_REFUSED : RESULT_BLOCKED;
}

// ---------------------------------------------------------------- TCP

static bool happened(const struct ev_conn *e, const char *letters)
{
    for (uint32_t i = 0; i < e->history.n; i++)
        if (memchr(letters, e->history.p[i], strlen(letters)))
            return true;
    return false;
}

static enum probe probe_of(uint8_t flags)
{
    switch (flags & ALL) {
    case SYN: return PROBE_SYN;
    case FIN: return PROBE_FIN;
    case 0: return PROBE_NULL;
    case FIN | PSH | URG: return PROBE_XMAS;
    case FIN | ACK: return PROBE_MAIMON;
    case ACK: return PROBE_ACK;
    default: break;
    }
    if (flags & RST || (flags & (SYN | ACK)) == (SYN | ACK))
        return PROBE_ANSWER;
    return flags & SYN ? PROBE_ODD_FLAGS : PROBES;
}

// A handshake is its own proof: data are what both sent behind it. False: its answers cannot be
// seen here, but the originator went on as if there were some.
static bool read_syn(const struct scans *s, const struct ev_conn *e, struct contact *c)
{
    if (happened(e, "h")) {
        c->result = RESULT_ANSWERED;
        c->data_to = happened(e, "D") && e->orig_bytes;
        c->data_from = happened(e, "d") && e->resp_bytes;
        c->idle = !c->data_to && !c->data_from;
    } else if (e->resp_pkts) {
        c->result = happened(e, "r") ? RESULT_REFUSED : RESULT_ANSWERED;
    } else if (happened(e, "ADF")) {
        return false;
    } else {
        c->result = (uint8_t)reported(s, e);
    }
    return true;
}

// Such a segment begins no connection. The rest of one whose beginning was not seen has data,
// or other answers than a reset.
static bool read_stealth(const struct scans *s, const struct ev_conn *e, struct contact *c)
{
    enum { REPEATED = 4 };

    if (e->first_resp || happened(e, "DdAaHhS") != happened(e, "A") || e->orig_pkts > REPEATED)
        return false;
    if (e->resp_pkts && !happened(e, "r"))
        return false;
    if (c->probe >= PROBE_MAIMON && c->probe <= PROBE_ACK && e->head.sport < SERVER_PORTS &&
        e->head.dport >= SERVER_PORTS)
        return false; // late segments of a server
    c->result = e->resp_pkts ? RESULT_REFUSED : (uint8_t)reported(s, e);
    return true;
}

// The answer to a packet that was not seen: the asker stays silent, or resets.
static bool read_answer(const struct ev_conn *e, struct attempt *a)
{
    bool resp = e->first_resp;
    uint64_t others = resp ? e->orig_pkts : e->resp_pkts;

    if (others && !happened(e, resp ? "R" : "r"))
        return false;
    if (happened(e, "DdSs"))
        return false;
    if (resp) {
        a->src = e->head.dst;
        a->c.dst = e->head.src;
        a->c.port = e->head.sport;
        a->c.sport = e->head.dport;
    }
    a->c.result = others ? RESULT_REFUSED : RESULT_SILENT;
    a->c.rounds = (uint32_t)(resp ? e->resp_pkts : e->orig_pkts);
    return true;
}

// A reset of a closed port has number 0 and acknowledges; one that ends a connection does not.
bool attempt_unseen(const struct ev_conn *e, const struct attempt *answer, struct attempt *a)
{
    bool accepts = e->first_flags == (SYN | ACK), refuses = e->first_flags == (RST | ACK);

    if (answer->c.result != RESULT_SILENT || (!accepts && (!refuses || e->first_seq)))
        return false;
    *a = (struct attempt){.src = answer->c.dst, .c = answer->c};
    a->c.probe = PROBE_UNSEEN;
    a->c.dst = answer->src;
    a->c.port = answer->c.sport;
    a->c.sport = answer->c.port;
    a->c.result = accepts ? RESULT_ANSWERED : RESULT_REFUSED;
    a->c.idle = accepts;
    return true;
}

static bool read_tcp(const struct scans *s, const struct ev_conn *e, struct attempt *a)
{
    struct contact *c = &a->c;
    enum probe probe = probe_of(e->first_flags);

    c->probe = (uint8_t)probe;
    switch (probe) {
    case PROBE_SYN: return !e->first_resp && read_syn(s, e, c);
    case PROBE_ODD_FLAGS: return read_syn(s, e, c);
    case PROBE_ANSWER: return read_answer(e, a);
    case PROBES: return false;
    default: return read_stealth(s, e, c);
    }
}

// ---------------------------------------------------------------- others

// False: rather the answer of a server whose questions cannot be seen, or a traced route.
static bool read_udp(const struct scans *s, const struct ev_conn *e, struct contact *c)
{
    enum { AGAIN = 2 };
    bool traced =
        e->first_ttl < TRACE_TTL && e->head.dport >= TRACE_FROM && e->head.dport <= TRACE_TO;

    c->probe = e->ip_proto == UDP ? PROBE_UDP : PROBE_SCTP;
    if (!e->resp_pkts && (traced || (e->head.sport < SERVER_PORTS && e->head.sport &&
                                     e->head.dport >= SERVER_PORTS)))
        return false;
    c->result = !e->resp_pkts      ? (uint8_t)reported(s, e)
                : happened(e, "r") ? RESULT_REFUSED
                                   : RESULT_ANSWERED;
    c->data_to = e->resp_pkts && e->orig_pkts >= AGAIN;
    c->data_from = e->orig_pkts && e->resp_pkts >= AGAIN;
    if (e->orig_pkts <= AGAIN && happened(e, "R")) { // SCTP: it only looked
        c->data_to = c->data_from = false;
        c->idle = true;
    }
    c->one_byte = e->orig_pkts && e->orig_bytes == e->orig_pkts;
    return true;
}

// Echo, timestamp, mask; their type stands where others have a port.
static bool read_icmp(const struct ev_conn *e, struct contact *c)
{
    enum { ECHO = 8, TIMESTAMP = 13, MASK = 17, ECHO6 = 128 };
    uint16_t type = e->head.sport;
    bool asks = e->ip_proto == ICMP6 ? type == ECHO6
                                     : type == ECHO || type == TIMESTAMP || type == MASK;

    c->probe = PROBE_ICMP;
    c->port = type;
    c->sport = 0;
    c->rounds = (uint32_t)(e->orig_pkts > UINT16_MAX ? UINT16_MAX : e->orig_pkts);
    c->result = e->resp_pkts ? RESULT_ANSWERED : RESULT_SILENT;
    return asks && !e->first_resp;
}

static bool read_protocol(const struct scans *s, const struct ev_conn *e, struct contact *c)
{
    c->probe = PROBE_IP;
    c->port = e->ip_proto;
    c->sport = 0;
    c->result = e->resp_pkts ? RESULT_ANSWERED : (uint8_t)reported(s, e);
    return true;
}

bool attempt_of(const struct scans *s, const struct ev_conn *e, struct attempt *a)
{
    struct contact *c = &a->c;
    bool named = e->service && strcmp(e->service, "unknown") != 0;

    *a = (struct attempt){.src = e->head.src};
    *c = (struct contact){.dst = e->head.dst,
                          .port = e->head.dport,
                          .sport = e->head.sport,
                          .first = e->start,
                          .last = e->end,
                          .uid = e->head.uid,
                          .rounds = 1,
                          .seq = e->first_seq,
                          .window = e->first_window,
                          .id = e->first_id,
                          .ttl = e->first_ttl,
                          .flags = e->first_flags,
                          .reset_window = e->reset_window,
                          .service = named ? e->service : NULL};
    if (addr_is_multicast(&e->head.dst) || addr_is_multicast(&e->head.src) ||
        addr_equal(&e->head.src, &e->head.dst))
        return false;
    switch (e->ip_proto) {
    case TCP: return read_tcp(s, e, a);
    case UDP:
    case SCTP: return read_udp(s, e, c);
    case ICMP:
    case ICMP6: return read_icmp(e, c);
    default: return read_protocol(s, e, c);
    }
}
