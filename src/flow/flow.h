// SPDX-License-Identifier: Apache-2.0
// Conversations: the flow table of a lane, the talks that flows belong to, what is expected, and
// who began it all. Conn records follow Zeek's semantics (conn_state, history, sizes, timeouts).
#pragma once

#include "stream/stream.h"

struct analyser; // proto's; a talk only carries the pointer
struct talk;

enum side { ORIG, RESP };

// One five-tuple (addresses, ports, protocol; and the tunnel it is in, and, for DCE/RPC, the
// activity). lo and hi are its ends in canonical order, so that both directions find it.
struct flow_key {
    struct addr lo, hi;
    uint16_t lo_port, hi_port;
    uint8_t ip_proto;
    uint8_t one_way; // ICMP that has no answer: 1 from lo, 2 from hi; else 0
    uint64_t tunnel; // uid of the conversation that carries it, 0: none
    uint64_t activity; // hash of the RPC activity, 0: none
};

struct flow_end { // what one end sent
    uint64_t pkts, ip_bytes, bytes; // bytes: payload, but for TCP
    nsec last;                      // its last packet
};

enum paired { PAIRED_NOT, PAIRED_ACTIVITY, PAIRED_EXPECTED, PAIRED_WINDOW };

struct flow {
    struct flow_key key;
    uint32_t hash, half_hash; // in the two maps; half_hash: 0 when it is no open half
    struct flow_end end[2];   // lo, hi
    nsec first;
    nsec answered_elsewhere; // an open half: when it was last answered from another port
    struct talk *talk;
    struct flow *next; // of the talk, in the order they joined
    struct tcp *tcp;   // NULL but for TCP
    uint16_t answer_port;
    uint8_t orig_end;   // 0: lo is the talk's originator, 1: hi
    uint8_t first_end;  // who sent first
    uint8_t paired;     // enum paired; why this is a leg of its talk
    uint8_t kind;       // enum half_kind; how long an answer from elsewhere may take
};

enum verdict_how { HOW_HINT, HOW_EXPECTED, HOW_PROBE, HOW_MODEL };

// Which protocol the content shows. service NULL: unknown.
struct verdict {
    const char *service;
    const char *why;  // lives as long as the program
    const char *hint; // what the responder's port alone would say; NULL: nothing
    uint8_t how, sure; // sure: percent
    uint8_t sides;     // a bit per side whose bytes showed it
};

enum talk_list {
    LIST_ATTEMPT,    // a TCP SYN nobody answered; by its start
    LIST_CLOSED,     // TCP that ended; by its end
    LIST_LONE,       // UDP with packets of one end only
    LIST_ANSWERED,   // UDP with packets of both ends
    LIST_ICMP,
    LIST_OTHER,      // IP protocols without ports
    LIST_HANDSHAKE,  // TCP on its way
    LIST_TCP,        // TCP established or partial
    LIST_RPC,        // DCE/RPC and conversations of several five-tuples
    LIST_LONG,       // protocols that are silent for long by nature
    TALK_LISTS
};

// A conversation: mostly one flow, sometimes several.
struct talk {
    struct node node;     // in a list of its lane, the next to expire first
    uint64_t uid;         // hash of key, first ordinal and time: the same in every run
    uint64_t ordinal;     // of its first packet
    nsec first, last;     // last: of the packets that count for the duration
    nsec seen;            // what its list is ordered by
    struct flow *flow;    // the first five-tuple; the others behind it
    struct addr orig;     // who began it
    uint16_t orig_port;
    uint16_t resp_port;   // asked first
    struct addr resp;
    uint64_t missed;      // bytes in gaps
    uint64_t copies;      // mirror copies
    uint64_t parent;      // uid of the tunnel
    const struct analyser *analyser;
    void *state;          // of the analyser, or of ident while undecided (upper rooms)
    struct verdict verdict;
    const char *expected; // service announced for it, NULL: none
    uint64_t activity;    // hash, 0: none
    uint32_t activity_hash;
    struct rpc_calls *calls; // DCE/RPC v4: the calls at hand; NULL: none
    uint32_t n_calls, n_answered;
    int16_t evidence;     // for the originator, spec weights; frozen after 16 packets
    uint16_t vlan[2];
    uint16_t n_flows;
    uint8_t n_vlan;
    uint8_t net, ip_proto;
    uint8_t list;
    uint8_t packets;      // the first 255
    uint8_t history_n;
    char history[32];
    uint16_t seen_letters; // history letters told once; high byte: the responder's
    bool merged, released, telling, undecided;
    bool patient; // of a protocol that is silent for long by nature
    uint8_t tries;        // ident's messages so far
    uint8_t heard;        // ident's notes on the sides
};

// What upper rooms do with payload. All are called while the packet is at hand.
struct flow_user {
    void *user;
    void (*begin)(void *user, struct talk *t);
    void (*data)(void *user, struct talk *t, enum side side, struct slice bytes);
    void (*gap)(void *user, struct talk *t, enum side side, uint64_t lost);
    void (*end)(void *user, struct talk *t);
};

struct flow_limits {
    uint32_t talks;        // per lane
    nsec attempt, close, udp, icmp, other, tcp, rpc, long_idle, ether;
    uint64_t explain_uid;  // this talk's decisions are told; 0: none
    uint64_t explain_ordinal; // or this packet's, from 0; UINT64_MAX: none
};
struct flow_limits flow_defaults(void);

struct flows; // a lane's tables

struct flows *flows_open(const struct flow_limits *l, const struct flow_user *u);
void flows_close(struct flows *f);

// One packet that has an IP pair, outermost or inside a tunnel. Finds or makes its conversation,
// counts it, follows TCP, hands payload on.
// `asked`: this datagram answers a multicast question of its receiver (the dispatcher knows).
// Gives the talk, which is never NULL.
struct talk *flows_packet(struct flows *f, const struct packet *p, bool asked, struct out *o);

// One frame without IP, counted for its ether record.
void flows_ether(struct flows *f, const struct packet *p, struct out *o);

// Time passed: writes what expired, a bounded number per call.
// `jump`: time stepped back by more than a second; what rests on short windows is given up.
void flows_tick(struct flows *f, nsec now, bool jump, struct out *o);

// The end: conversations by their first packet. flows_sort once, then flows_finish for those
// (and the ether records) whose first packet is before `before`.
void flows_sort(struct flows *f);
void flows_finish(struct flows *f, uint64_t before, struct out *o);

// An announced endpoint: for the coming conversation from `client` (kind ADDR_NONE: the other of
// the pair) to server:port. Lives until `until`; `once`: only for the first that fits.
// `join`: its five-tuple becomes a leg of `parent` instead of a conversation of its own.
struct expectation {
    struct addr client, server;
    uint16_t port;
    uint8_t ip_proto;
    bool once, join;
    const char *service;
    struct talk *parent; // only with join
    nsec until;
};
void flows_expect(struct flows *f, const struct expectation *e, struct out *o);

// The two sides of a flow's talk for one of its ends.
static inline enum side flow_side(const struct flow *f, unsigned end)
{
    return end == f->orig_end ? ORIG : RESP;
}
