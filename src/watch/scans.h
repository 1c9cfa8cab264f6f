// SPDX-License-Identifier: Apache-2.0
// Scans, and floods: who tried many hosts or ports, what came of it, and whether data followed.
// In tables with a bound; one thread feeds it with ordered events.
#pragma once

#include "event/event.h"

enum {
    SCAN_LIST = 4096,    // scans that are kept for a list; all are told
    SCAN_HOSTS = 64,     // hosts of a scan that are named
    SCAN_PORTS = 100,    // ports likewise
    SCAN_SERVICES = 4,   // protocols of data likewise
    SCAN_SOURCES = 65536 // beyond them, the one that was silent longest makes room
};

// What is a scan: distinct targets that nothing came of. The settings --scan-....
struct scan_limits {
    uint32_t hosts, ports;                 // on one port, or of one host, within `window`
    uint32_t slow;                         // without window, more than a minute apart
    uint32_t stealth;                      // probes with flags that no connection begins with
    uint32_t sweep;                        // hosts asked by ICMP in a minute
    uint32_t walk;                         // sequential test: failures more than successes
    uint32_t crowd_sources, crowd_targets; // a distributed scan
    uint32_t flood;    // SYNs in a second that came to nothing, for one port
    nsec window, idle; // idle: a scan has ended
    bool live;         // scans are told when they are recognised, too
    bool sorted;       // all are told at the end, the worst first
};

enum scan_kind {
    SCAN_HORIZONTAL,
    SCAN_VERTICAL,
    SCAN_BLOCK,
    SCAN_SLOW,
    SCAN_DISTRIBUTED,
    SCAN_STEALTH,
    SCAN_ICMP,
    SCAN_ARP,
    SCAN_PROTOCOLS,
    SCAN_PROFINET,
    SCAN_RPC,
    SCAN_IDLE,        // in the name of another host, which is made to tell what came of it
    SCAN_DECOY,       // among forged senders
    SCAN_BACKSCATTER, // no scan: answers to forged senders
    SCAN_KINDS
};
extern const char *const scan_kind_name[SCAN_KINDS];
extern const char *const scan_severity_name[]; // info, low, medium, high

struct scan {
    struct addr src, dst; // dst: the only host; kind ADDR_NONE if there are several
    nsec first, last;
    struct addr zombie;  // SCAN_IDLE: in whose name
    uint32_t resets;     // that the zombie was made to send
    uint64_t uid;        // of its first conversation
    const char *program; // of RPC; else NULL
    const char *probe, *proto;
    uint32_t targets, answered, refused, silent, blocked; // hosts; of one host its ports
    uint32_t data_to, data_from, data_after, sources;
    uint32_t n_ports, n_answered, n_data; // all; the lists below hold the first of them
    uint16_t port[SCAN_PORTS];
    struct addr answered_host[SCAN_HOSTS], data_host[SCAN_HOSTS];
    const char *service[SCAN_SERVICES];
    uint8_t kind, severity, n_services;
    bool by_port, ongoing;
    bool told;
    char verdict[400], evidence[400];
};

struct scan_sums {
    uint64_t sources_lost, contacts_lost, scans_lost, notes_lost; // they had to make room
};

struct scans;
struct scans *scans_open(const struct scan_limits *l);
void scans_close(struct scans *s);
void scans_event(struct scans *s, const struct event *e); // SCANS_WANTED; ignores others
#define SCANS_WANTED                                                                           \
    (UINT64_C(1) << EV_conn | UINT64_C(1) << EV_unreachable | UINT64_C(1) << EV_arp |          \
     UINT64_C(1) << EV_profinet_step | UINT64_C(1) << EV_rpc)
void scans_end(struct scans *s);        // no more events: whatever is still going on has ended
bool scans_news(const struct scans *s); // there is something to tell
// Tells what was recognised or ended since the last call: scan and notice events.
void scans_tell(struct scans *s, struct out *o);
// At the end: the worst first. They belong to the scans.
const struct scan *scans_list(struct scans *s, uint32_t *n);
struct scan_sums scans_sums(const struct scans *s);
