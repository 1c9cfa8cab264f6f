// SPDX-License-Identifier: Apache-2.0
// What spans host pairs: sums over the ordered events, and conversations that are not what
// their port promises; in tables with a bound. One thread feeds it; what it says depends only
// on the events and their order.
#pragma once

#include "event/event.h"

enum {
    OVERVIEW_HOSTS = 4096, // beyond them, the host with the fewest bytes makes room
    OVERVIEW_SERVICES = 256,
    OVERVIEW_TYPES = 128, // EtherTypes
    OVERVIEW_JOINED = 16, // conversations with more than one leg that are kept; all are counted
    OVERVIEW_PORTS = 4,   // ports that an answer came from, of each of them
    OVERVIEW_FINDINGS = 256, // kinds of findings
    OVERVIEW_PAIRS = 65536   // pairs of hosts, for the number of peers
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

// What an analyst should look at, folded by kind; what else it came from says where to read on.
enum finding_from {
    FROM_RULES,
    FROM_HUNT,
    FROM_SCANS,
    FROM_RPC,
    FROM_PLANT,
    FROM_NOTICES,
    FROM_ODDS
};
struct finding {
    const char *kind;       // the notice's, the oddity's; the text of an alert
    uint64_t count, packet; // packet: of an oddity, the first
    struct addr src, dst;   // of the worst; kind ADDR_NONE: not known
    uint16_t port;
    uint8_t from, severity; // enum finding_from; info, low, medium, high
    char msg[256];          // of the worst
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
    struct finding *finding;
    uint32_t findings;
    uint64_t findings_lost; // that found no room
    struct joined *joined;
    uint32_t n_joined; // of the list
    uint64_t all_joined;
};
_Static_assert(ODDS <= UINT8_MAX, "odd_rank holds them");

struct overview *overview_open(void);
void overview_event(struct overview *v,
                    const struct event *e); // OVERVIEW_WANTED; ignores others
void overview_sort(struct overview *v);     // at the end, once: by bytes, the most first
void overview_close(struct overview *v);

#define OVERVIEW_WANTED                                                                        \
    (UINT64_C(1) << EV_conn | UINT64_C(1) << EV_leg | UINT64_C(1) << EV_ether |                \
     UINT64_C(1) << EV_weird | UINT64_C(1) << EV_stats | UINT64_C(1) << EV_alert |             \
     UINT64_C(1) << EV_notice)

// ---- the hunt (identification, section 7.9): what is not what its server port promises
enum {
    HUNT_GROUPS = 32768, // beyond them, conversations are only counted
    HUNT_PROMISED = 4,   // names told of what a port promises
    HUNT_KNOCKS = 10,    // more ports are a scan
    HUNT_WHY = 160,
    HUNT_ID = 8,      // "G" and six letters or digits, and a zero
    HUNT_STRANGE = 60 // percent; from here on a group is a finding, below it may well be usual
};

enum promise_trait {
    PROMISE_KNOWN = 1,      // it is normally recognised: unknown in its place is strange
    PROMISE_ENCIPHERED = 2, // what it sends may look random
    PROMISE_HOSTILE = 4,    // nowhere at home
    PROMISE_REMOTE = 8,     // it gives control over a host: off its port it hides
    PROMISE_ROAMS = 16,     // at home on any port that promises nothing
    PROMISE_COMMON = 32,    // everything is done with it: above port 1023 it surprises less
    PROMISE_GUEST = 64      // allowed here, but not what the port is known for
};

// A service may be on a server port. Texts live as long as the program.
struct promise {
    const char *service, *family; // family "": none
    uint16_t port;                // 0: it has none
    uint8_t ip_proto;
    uint8_t traits; // but for GUEST, the same in all promises of the service
};

enum hunt_kind {
    HUNT_HOSTILE,  // a protocol that has no good reason to be anywhere
    HUNT_FOREIGN,  // a known protocol in another's place
    HUNT_RANDOM,   // random bytes where a protocol is promised
    HUNT_UNKNOWN,  // unknown where a protocol is promised
    HUNT_KNOCKING, // tries of closed ports, then a conversation
    HUNT_HIDDEN,   // random bytes on a port that promises nothing
    HUNT_ASTRAY,   // a known protocol on a port that promises nothing
    HUNT_NAMELESS, // unknown on a port that promises nothing
    HUNT_KINDS
};
enum hunt_direction { HUNT_OUTGOING, HUNT_INCOMING, HUNT_PASSING, HUNT_LOCAL };
extern const char *const hunt_direction_name[];

// Conversations with one server port and one verdict.
struct hunt_group {
    struct addr server, client; // client: the example's
    const char *proto;
    const char *verdict; // the service or family; unknown, knocks
    const char *promised[HUNT_PROMISED];
    uint64_t flows, clients, bytes;
    uint64_t uid; // the example: the earliest of the strangest
    nsec first, last;
    uint16_t port, client_port,
        knock[HUNT_KNOCKS]; // knock: the ports that were tried, in order
    uint8_t ip_proto, n_promised, n_knocks;
    uint8_t kind, direction;
    uint8_t strange, sure; // percent; sure: of the verdict, 0: there is no telling
    uint8_t why_n;
    char why[HUNT_WHY]; // the grounds of the example's verdict, in words
};

struct hunt_sums {
    uint64_t fine;     // conversations that are what their port promises, or were announced
    uint64_t unjudged; // without ports, or with too little payload
    uint64_t lost;     // in no group: the table was full
    bool many_clients; // the numbers of clients are too small
};

struct hunt;
struct hunt *hunt_open(const struct promise *p, uint32_t n); // copies the table
void hunt_close(struct hunt *h);
void hunt_event(struct hunt *h, const struct event *e); // conn; ignores others
// At the end: the groups, the strangest first. They belong to the hunt.
const struct hunt_group *hunt_list(struct hunt *h, uint32_t *n, struct hunt_sums *sums);
// The same for the same server, port, transport and verdict, in every run.
void hunt_id(const struct hunt_group *g, char id[HUNT_ID]);
// In words: "dns where ssl, quic is promised", "3 knocks on 7, 8, 9 before the flow to 22".
void hunt_words(struct text *t, const struct hunt_group *g);
// The worst groups as notice events.
void hunt_tell(struct hunt *h, struct out *o);
