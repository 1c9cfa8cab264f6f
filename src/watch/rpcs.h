// SPDX-License-Identifier: Apache-2.0
// Remote procedure calls as they were overheard: which programs a host offers, who asked for
// them, who swept the network for one. In tables with a bound; one thread feeds it with ordered
// events.
#pragma once

#include "event/event.h"
#include "event/rpc.h"

enum {
    RPCS_OFFERS = 16384,
    RPCS_CONTACTS = 65536, // pairs of hosts and a program
    RPCS_CLIENTS = 4,      // of an offer that are kept
    RPCS_SWEEPS = 4096
};

// How an offer is known, the weakest first.
enum rpc_known {
    RPC_SILENT,  // a port mapper was asked for it, and did not answer
    RPC_ABSENT,  // the port mapper does not have it, or who was called
    RPC_CALLED,  // it was called, and did not answer
    RPC_TOLD,    // the port mapper told its port
    RPC_LISTED,  // it was in the port mapper's list
    RPC_ANSWERED // it answered a call
};

// A program at a host. port 0: it is not known to be there.
struct rpc_offer {
    struct addr server, client[RPCS_CLIENTS]; // client: who asked for it, or called it
    const char *name, *proto;                 // name NULL: not known
    uint32_t program, version, low, high;     // high: versions that it has; 0: not told
    uint32_t hash;
    uint16_t port;
    uint8_t clients, known, risk;
    bool more_clients, gone; // gone: it was taken off the port mapper's list
    bool old;                // nothing was heard of it for a day before the end
    uint64_t calls;
    nsec first, last;
};

// Hosts that one client asked for a program, or called.
struct rpc_sweep {
    struct addr client;
    const char *name;
    uint32_t program, hosts, offered, absent, silent, called; // called: with success
    uint8_t risk;
    bool reported; // soon after each other, and without using what it found
    nsec first, last;
    uint64_t uid, packet;
};

struct rpcs_sums {
    uint64_t offers_lost, contacts_lost;
};

struct rpcs;
struct rpcs *rpcs_open(void);
void rpcs_close(struct rpcs *r);
void rpcs_event(struct rpcs *r, const struct event *e); // RPCS_WANTED; ignores others
#define RPCS_WANTED                                                                            \
    (UINT64_C(1) << EV_rpc | UINT64_C(1) << EV_rpc_service | UINT64_C(1) << EV_dce_rpc |       \
     UINT64_C(1) << EV_profinet_io_cm)

// At the end; lists belong to the rpcs.
const struct rpc_offer *rpcs_offers(struct rpcs *r, uint32_t *n); // by host, program, version
const struct rpc_sweep *rpcs_sweeps(struct rpcs *r, uint32_t *n); // of three hosts or more
struct rpcs_sums rpcs_sums(const struct rpcs *r);
void rpcs_tell_notes(struct rpcs *r, struct out *o); // notice events, the worst first
void rpc_sweep_words(struct text *t, const struct rpc_sweep *s);
extern const char *const rpc_known_name[];
