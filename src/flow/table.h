// SPDX-License-Identifier: Apache-2.0
// Inside the flow room: a lane's tables and what its files do for each other.
#pragma once

#include "flow/flow.h"
#include "flow/rpc4.h"

enum {
    EXPECTATIONS = 256,   // per lane
    LEGS_MOST = 16,       // five-tuples of one conversation
    ACTIVITIES_MOST = 64, // RPC activities alive on one five-tuple
    EXPIRE_MOST = 256,    // conversations written per lane and tick
    ETHER_MOST = 4096,    // MAC pairs per lane
    SEEDS = 4,            // random numbers that make hashes unpredictable
    CALLS_KEPT = 4        // RPC calls of one conversation that an answer may still come for
};

// ---- TCP: an endpoint as its packets show it (names and states as in Zeek's documentation)
enum tcp_state {
    TCP_INACTIVE,
    TCP_SYN_SENT,
    TCP_SYN_ACK_SENT,
    TCP_PARTIAL,
    TCP_ESTABLISHED,
    TCP_CLOSED,
    TCP_RESET
};

struct tcp_end {
    struct stream stream;
    uint64_t fin_at; // relative, one past its FIN; 0: none
    uint32_t start, last,
        ack; // its first sequence number, the highest sent, the highest acknowledged
    uint32_t last_wraps, ack_wraps;
    uint32_t window, window_seq, window_ack;
    uint32_t syn_at, fin_told_at, rst_at; // relative places of the last SYN, FIN, RST told
    uint32_t resent, zero_windows, gaps, bad_sums;
    uint32_t wrong_at; // sequence number of its last data with a wrong checksum
    uint8_t state, before, window_scale;
    bool seen : 1;                // it has sent something
    bool closed : 1, closing : 1; // closing: closed but for bytes still missing
    bool wrong : 1;               // there is a wrong_at
};

struct tcp {
    struct tcp_end end[2]; // lo, hi
};

// ---- RPC calls of one conversation, the newest first
struct rpc_call {
    uint64_t body; // hash of the answer, 0: none yet
    nsec asked, answered;
    uint32_t sequence;
    uint16_t port; // the caller's
    bool open, fragments;
};
struct rpc_calls {
    struct rpc_call call[CALLS_KEPT];
    uint32_t asked, answered; // in all
    uint32_t n;
};

struct ether_pair {
    struct node node;
    struct subject who;
    uint64_t ordinal, pkts, bytes, copies;
    nsec first, last;
    uint32_t hash;
    uint16_t ether_type, vlan;
    uint8_t n_vlan, service, has_macs; // has_macs: 1 the source's, 2 the destination's
    struct mac src, dst;
};

struct flows {
    struct flow_limits limit;
    struct flow_user user;
    nsec now; // the lane's clock
    nsec due; // nothing expires before
    nsec timeout[TALK_LISTS];
    uint64_t seed[SEEDS]; // of the tables
    struct slab talks, flows, tcps, calls, ethers;
    struct map by_key, halves, activities, ether_map;
    struct node list[TALK_LISTS], ether_list;
    struct segments *segments;
    struct expectation expect[EXPECTATIONS];
    uint32_t n_expect;
    // for the end: everything that is left, by first packet
    struct left {
        uint64_t ordinal;
        uint32_t index; // in the slab of talks, or
        bool is_pair;   // of MAC pairs
    } * sorted;
    uint32_t n_sorted, next_sorted;
};

#define SORTED_ROOM(f) (((f)->talks.most + (size_t)ETHER_MOST) * sizeof(*(f)->sorted))

// ---- table.c
struct flow *flow_find(struct flows *f, const struct flow_key *k, uint32_t hash);
// The same five-tuple whatever its activity; the one used last.
struct flow *flow_find_latest(struct flows *f, const struct flow_key *k, uint32_t hash);
// A new five-tuple in the talk, or in a new talk when t is NULL. `first_end` sent first.
struct flow *flow_make(struct flows *f, struct talk *t, const struct flow_key *k, uint32_t hash,
                       unsigned first_end, const struct packet *p, struct out *o);
uint32_t flow_hash(const struct flows *f, const struct flow_key *k); // without the activity
void talk_flip(struct talk *t); // who began it all was the other one
void talk_move(struct flows *f, struct talk *t, enum talk_list to); // to its end, at the clock
void talk_end(struct flows *f, struct talk *t, const char *reason, struct out *o);
bool talk_stale(const struct flows *f, const struct talk *t);
void talk_letter(struct talk *t, char letter);
// A letter that is told once for each side; bit 0..7.
bool talk_letter_once(struct talk *t, enum side side, unsigned bit, char letter);
// What is told from now on is about this talk.
void out_of_talk(struct flows *f, struct out *o, struct talk *t);

enum { SEEN_SYN, SEEN_ACK, SEEN_DATA, SEEN_FIN, SEEN_RST, SEEN_FIN_RST, SEEN_MULTI, SEEN_SUM };

// ---- key.c
// The five-tuple of a packet; gives the end (0 lo, 1 hi) that sent it.
unsigned flow_key_of(struct flow_key *k, const struct packet *p);
uint64_t flow_uid(const struct flow_key *k, uint64_t ordinal, nsec ts);
bool port_well_known(uint16_t port, uint8_t ip_proto);

// ---- tcp.c
bool tcp_is_reuse(const struct flow *x, unsigned end, const struct packet *p);
bool tcp_begins_reversed(const struct packet *p);
void tcp_packet(struct flows *f, struct flow *x, unsigned end, const struct packet *p,
                struct out *o);
void tcp_finish(struct flows *f, struct flow *x, struct out *o);
uint64_t tcp_size(const struct flow *x, unsigned end);

// ---- pair.c
// The flow of a UDP datagram, found or made, in the right talk and direction.
struct flow *pair_udp(struct flows *f, struct flow_ready *r, const struct packet *p, bool asked,
                      struct out *o);
void pair_forget(struct flows *f, struct flow *x); // it is no open half any more
uint32_t activity_place(const struct flows *f, const struct flow_key *k); // in the map of them
// After the datagram was counted: is its flow still waiting for an answer?
void pair_after(struct flows *f, struct flow *x, unsigned end, const struct packet *p);
// An ICMP error came back for a packet of a talk of this lane.
void pair_unreachable(struct flows *f, const struct packet *icmp, struct out *o);

// ---- expect.c
void expect_name(struct flows *f, struct talk *t, struct out *o); // was it announced?
// The talk that an announced five-tuple is a leg of, or NULL.
struct talk *expect_join(struct flows *f, const struct packet *p, struct out *o);

// ---- ether.c
void ether_tick(struct flows *f, struct out *o);
nsec ether_due(const struct flows *f);
void ether_end(struct flows *f, struct ether_pair *e, struct out *o);

// ---- calls.c
void calls_note(struct flows *f, struct talk *t, const struct rpc4 *h, const struct packet *p,
                struct out *o);

// ---- record.c
void record_talk(struct talk *t, const struct verdict_words *w, const char *reason,
                 struct out *o);
void record_ether(const struct ether_pair *e, struct out *o);
