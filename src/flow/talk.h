// SPDX-License-Identifier: Apache-2.0
// Inside the flow room, and part of flow.h: a conversation, and the list that it waits in.
#pragma once

#include "flow/verdict.h"
#include "stream/stream.h"

struct analyser; // proto's; a talk only carries the pointer
struct flow;

enum talk_list {
    LIST_ATTEMPT,  // a TCP SYN nobody answered; by its start
    LIST_CLOSED,   // TCP that ended; by its end
    LIST_LONE,     // UDP with packets of one end only
    LIST_ANSWERED, // UDP with packets of both ends
    LIST_ICMP,
    LIST_OTHER,     // IP protocols without ports
    LIST_HANDSHAKE, // TCP on its way
    LIST_TCP,       // TCP established or partial
    LIST_RPC,       // DCE/RPC and conversations of several five-tuples
    LIST_LONG,      // protocols that are silent for long by nature
    TALK_LISTS
};

// A conversation: mostly one flow, sometimes several. The first 64 bytes are all that most
// packets of a settled conversation touch.
struct talk {
    _Alignas(64) struct node node; // in a list of its lane, the next to expire first
    nsec seen;                     // its latest packet, by the lane's clock
    nsec queued;                   // when it was put to the end of its list
    nsec last;                     // its latest packet that counts for the duration
    const struct analyser *analyser;
    uint8_t list;
    uint8_t packets; // the first 255
    uint8_t history_n;
    uint8_t n_vlan;
    uint16_t seen_letters; // history letters told once; high byte: the responder's
    bool undecided : 1;    // ident wants to see payload
    bool quoted : 1;       // its first messages are told
    bool inspected : 1;    // rules want its payload
    bool followed : 1;     // somebody reads along
    bool telling : 1;      // explain asked for it
    bool patient : 1;      // of a protocol that is silent for long by nature
    bool rpc : 1;          // it has an RPC activity
    bool released : 1;     // that said it was done
    bool merged : 1;       // may be two that cannot be told apart
    struct flow *flow;     // the first five-tuple; the others behind it

    char history[32];
    void *state;      // of the analyser, or of ident while undecided (upper rooms)
    uint64_t missed;  // bytes in gaps
    uint64_t ordinal; // of its first packet
    nsec first;
    uint64_t parent;    // uid of the tunnel
    struct subject who; // src began it, dst:dport was asked first; the uid is a hash of key,
                        // first ordinal and time: the same in every run
    struct verdict verdict;
    const char *expected; // service announced for it, NULL: none
    const char *sub;      // a refinement of its service, announced or its analyser's; or NULL
    struct rpc_calls *calls; // DCE/RPC v4: the calls at hand; NULL: none
    uint32_t copies;         // mirror copies
    int16_t evidence;        // for the originator, spec weights; frozen after 16 packets
    uint16_t vlan[2];
    uint16_t n_flows;
    uint8_t net;
    uint8_t tries; // ident's messages so far
    uint8_t heard; // ident's notes on the sides
    uint8_t told;  // pieces told as `message`
    void *rules;   // the rule room's
};

// Is there anybody for its payload? If not, flow_user's data is not called.
static inline bool talk_is_heard(const struct talk *t)
{
    return t->undecided || t->quoted || t->inspected || t->followed || t->analyser;
}
