// SPDX-License-Identifier: Apache-2.0
// Inside the watch room: what is remembered of remote procedure calls.
#pragma once

#include "watch/rpcs.h"

// What one host had to do with one program of another.
struct rpc_contact {
    struct addr client, server;
    const char *name;
    uint32_t program, hash;
    uint8_t risk;
    bool offered, absent;           // what the port mapper, or the host, said of the program
    bool swept;                     // it is part of a sweep that is reported
    uint32_t nulls, uses;           // answered calls of procedure 0; of others
    uint32_t lists, sets, indirect; // what the port mapper was asked to do with it
    nsec first, last;
    uint64_t uid, packet;
    struct { // the first call with long arguments, by a caller who says to be root
        uint64_t uid, packet;
        nsec ts;
        uint32_t args, procedure;
    } suspect;
};

// The last calls of a client that all had one number.
enum { XID_CLIENTS = 1024, XID_CALLS = 5 };
struct rpc_xid {
    struct addr client;
    uint32_t xid, n;
    uint64_t call[XID_CALLS]; // hashes of what was called
    uint64_t uid, packet;
    nsec first, last;
};

// Calls of a client that were rejected, the last of them by their time.
enum { REFUSED_CLIENTS = 1024, REFUSED_CALLS = 20 };
struct rpc_refused {
    struct addr client, server; // server: the last that did
    bool several, burst;        // several servers; so many in a short time
    uint32_t n;
    struct {
        nsec ts;
        uint64_t packet;
    } call[REFUSED_CALLS]; // a ring
    uint64_t uid, packet;
    nsec first, last;
};

struct rpcs {
    struct rpc_refused refused[REFUSED_CLIENTS];
    struct map offer_map, contact_map;
    struct rpc_offer *offer;
    struct rpc_contact *contact;
    struct rpc_sweep *sweep;
    uint32_t n_offers, n_contacts, n_sweeps;
    struct rpc_xid xid[XID_CLIENTS];
    struct rpcs_sums sums;
    nsec now;
    bool finished;
};

void rpc_refused(struct rpcs *r, const struct event *e); // profinet_io_cm, dce_rpc
