// SPDX-License-Identifier: Apache-2.0
// What spans host pairs: sums over the ordered events, in tables with a bound. One thread feeds
// it; what it says depends only on the events and their order.
#pragma once

#include "event/event.h"

enum {
    OVERVIEW_HOSTS = 4096, // beyond them, the host with the fewest bytes makes room
    OVERVIEW_SERVICES = 256,
    OVERVIEW_TYPES = 128, // EtherTypes
    OVERVIEW_JOINED = 16, // conversations with more than one leg that are kept; all are counted
    OVERVIEW_PORTS = 4,   // ports that an answer came from, of each of them
    OVERVIEW_PAIRS = 65536 // pairs of hosts, for the number of peers
};

struct service_sum {
    const char *service, *proto;
    bool inner; // inside tunnels: the outer conversation counts its packets, too
    uint64_t conversations, packets, bytes;
};

struct host_sum {
    struct addr addr;
    uint64_t bytes, packets, conversations, peers; // sent and received
    uint64_t missing; // bytes, at most, that it may have had before it got its place
};

struct type_sum {
    uint16_t ether_type;
    const char *service;
    uint64_t pairs, frames, bytes;
};

struct odd_sum {
    uint64_t count, packet; // packet: the number of the first
};

// A conversation that was answered from another port.
struct joined {
    uint64_t uid, packets;
    struct addr orig, resp;
    uint16_t orig_port, resp_port;
    uint16_t legs, n_ports, port[OVERVIEW_PORTS]; // ports the responder answered from
    const char *proto, *service, *paired_by;
};

// What a capture holds. The lists are sorted by overview_sort, and belong to the overview.
struct overview {
    uint64_t count[COUNTS];  // of the last stats event
    nsec first, last;        // packet time
    uint64_t inner;          // conversations inside tunnels
    uint64_t packets, bytes; // of outermost conversations and of frames that are not IP
    struct service_sum *service;
    uint32_t services;
    struct service_sum other_services; // those that found no room
    struct host_sum *host;
    uint32_t hosts;
    uint64_t hosts_lost; // that had to make room: more hosts than the table holds
    bool pairs_full;     // the numbers of peers are too small
    struct type_sum *type;
    uint32_t types;
    struct type_sum other_types;
    struct odd_sum odd[ODDS];
    uint8_t odd_rank[ODDS]; // what to look at first, by weight, then by count
    uint32_t odds;          // how many of odd_rank count
    struct joined *joined;
    uint32_t n_joined; // of the list
    uint64_t all_joined;
};
_Static_assert(ODDS <= UINT8_MAX, "odd_rank holds them");

struct overview *overview_open(void);
void overview_event(struct overview *v,
                    const struct event *e); // conn, leg, ether, weird, stats
void overview_sort(struct overview *v);     // at the end, once: by bytes, the most first
void overview_close(struct overview *v);

#define OVERVIEW_WANTED                                                                        \
    (UINT64_C(1) << EV_conn | UINT64_C(1) << EV_leg | UINT64_C(1) << EV_ether |                \
     UINT64_C(1) << EV_weird | UINT64_C(1) << EV_stats)
