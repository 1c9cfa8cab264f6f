// SPDX-License-Identifier: Apache-2.0
// Conversations: the flow table of a lane, the talks that flows belong to, what is expected,
// and who began it all. Conn records follow Zeek's semantics (conn_state, history, sizes,
// timeouts).
#pragma once

#include "flow/limits.h"
#include "flow/talk.h"

enum side { ORIG, RESP };

// One five-tuple (addresses, ports, protocol; and the tunnel it is in, and, for DCE/RPC, the
// activity). lo and hi are its ends in canonical order, so that both directions find it.
struct flow_key {
    struct addr lo, hi;
    uint16_t lo_port, hi_port;
    uint8_t ip_proto;
    uint8_t one_way;   // ICMP that has no answer: 1 from lo, 2 from hi; else 0
    uint64_t tunnel;   // the packets' `carrier`, 0: none
    uint64_t activity; // hash of the RPC activity, 0: none
};

struct flow_end {                   // what one end sent
    uint64_t pkts, ip_bytes, bytes; // bytes: payload, but for TCP
    nsec last;                      // its last packet
};

enum paired { PAIRED_NOT, PAIRED_ACTIVITY, PAIRED_EXPECTED, PAIRED_WINDOW };

struct first_packet { // what scans are recognised by
    uint32_t seq;
    uint16_t window, id;   // id: 0 where it must not be fragmented, as it then means nothing
    uint16_t reset_window; // of a RST that is the first packet of its side
    uint8_t flags, ttl;
    struct mac mac; // of its sender
    uint8_t ttls;   // times to live of its sender's packets, a bit for each below 8
    bool same_host; // source and destination are one address, where that is odd
};

// Laid out for the cache: what every packet reads comes first; three lines, not a byte more.
struct flow {
    _Alignas(64) struct flow_key key;
    struct talk *talk;
    struct flow_end end[2]; // lo, hi
    union {
        struct tcp *tcp;         // of TCP; see flow_tcp
        nsec answered_elsewhere; // an open half: when it was last answered from another port
    };
    struct flow *next; // of the talk, in the order they joined
    nsec first;
    struct first_packet opening;
    uint32_t hash, half_hash; // in the two maps; half_hash: 0 when it is no open half
    uint16_t answer_port;
    uint8_t orig_end;          // 0: lo is the talk's originator, 1: hi
    uint8_t first_end;         // who sent first
    uint8_t paired;            // enum paired; why this is a leg of its talk
    uint8_t kind : 6;          // enum half_kind; how long an answer from elsewhere may take
    bool partial : 1;          // TCP: met in the middle
    bool told_split : 1;       // TCP: only one direction is seen, and it was told
    uint8_t ttl[2], steady[2]; // of lo and hi; how many packets had that time to live
    uint8_t other_ttl[2];      // one that was steady, too, before
};

// NULL but for TCP whose header was there.
static inline struct tcp *flow_tcp(const struct flow *x)
{
    return x->key.ip_proto == PROTO_TCP ? x->tcp : NULL;
}

// What upper rooms do with payload. All are called while the packet is at hand.
struct flow_user {
    void *user;
    void (*begin)(void *user, struct talk *t);
    void (*data)(void *user, struct talk *t, enum side side, struct slice bytes);
    void (*gap)(void *user, struct talk *t, enum side side, uint64_t lost);
    // Only of a talk that is followed or analysed, and no packet is at hand: what a stream held
    // behind holes when it ended. Bytes that are lost, or (0) bytes that follow.
    void (*rest)(void *user, struct talk *t, enum side side, struct slice bytes, uint64_t lost);
    void (*end)(void *user, struct talk *t, struct verdict_words *w); // fills w
};

struct flows; // a lane's tables

// All tables lie in the region.
struct flows *flows_open(const struct flow_limits *l, const struct flow_user *u,
                         struct region *r);
size_t flows_room(const struct flow_limits *l); // of the region, at most
void flows_close(struct flows *f);

// A packet's five-tuple, made ready some packets ahead, so that what its conversation needs can
// be fetched into the cache in the meantime: first the slot (by flows_ready), then the flow,
// then the talk, each step resting on the one before.
struct flow_ready {
    struct flow_key key;
    const struct flow *probable; // as found by its hash; NULL: none
    uint32_t hash;
    uint8_t end; // 0 lo, 1 hi: who sent it
};
void flows_ready(const struct flows *f, const struct packet *p, struct flow_ready *r);
void flows_fetch_flow(const struct flows *f, struct flow_ready *r);
void flows_fetch_talk(const struct flow_ready *r);

// One packet that has an IP pair, outermost or inside a tunnel. Finds or makes its
// conversation, counts it, follows TCP, hands payload on. `asked`: this datagram answers a
// multicast question of its receiver (the dispatcher knows). Gives the talk, which is never
// NULL.
struct talk *flows_packet(struct flows *f, const struct packet *p, struct flow_ready *r,
                          bool asked, struct out *o);

// One frame without IP, counted for its ether record.
void flows_ether(struct flows *f, const struct packet *p, struct out *o);

// Time passed: writes what expired, a bounded number per call.
// `jump`: time stepped back by more than a second; what rests on short windows is given up.
void flows_tick(struct flows *f, nsec now, bool jump, struct out *o);

// The end: conversations by their first packet. flows_sort once, then flows_finish for those
// (and the ether records) whose first packet is before `before`.
void flows_sort(struct flows *f);
void flows_finish(struct flows *f, uint64_t before, struct out *o);

// An announced endpoint: for the coming conversation from `client` (kind ADDR_NONE: the other
// of the pair) to server:port. Lives until `until`; `once`: only for the first that fits.
// `join`: its five-tuple becomes a leg of `parent` instead of a conversation of its own.
struct expectation {
    struct addr client, server;
    uint16_t port;
    uint8_t ip_proto;
    bool once, join;
    const char *service;
    const char *sub;     // a refinement of it; NULL: none
    struct talk *parent; // only with join
    nsec until;
};
void flows_expect(struct flows *f, const struct expectation *e, struct out *o);

// The two sides of a flow's talk for one of its ends.
static inline enum side flow_side(const struct flow *f, unsigned end)
{
    return end == f->orig_end ? ORIG : RESP;
}
