// SPDX-License-Identifier: Apache-2.0
// Inside the watch room: what is found beside scans, from the same events: floods, addresses
// that two claim, numbers that never change.
#pragma once

#include "watch/scan_parts.h"

// Connections to one port of one host that came to nothing, and those that did not.
struct flood {
    struct addr dst;
    uint16_t port;
    bool told, forged;         // forged: under way, from more addresses than there can be
    uint32_t hash, rate, peak; // rate: of `second`
    uint64_t answered, refused, silent, used, uid;
    uint64_t source[CROWD_WORDS];
    nsec first, last, seen, second;
    struct node node;
};

// Who says by ARP that an address is its own, and who said so before.
struct claim {
    struct addr ip;
    struct mac mac, other;
    uint16_t vlan;
    bool told;
    uint32_t flips, near, peak; // changes: all, in the minute from `since` on, most in one
    nsec first, last, since;
};

// A finding that is no scan.
struct scan_note {
    const char *name, *technique;
    struct addr src, dst; // kind ADDR_NONE: none
    nsec first, last;
    uint64_t uid, count;
    uint16_t port;
    uint8_t severity;
    char msg[200], evidence[200];
};

// Packets from one host to another that live for a few hops only.
struct route {
    struct addr src, dst, hop[ROUTE_HOPS]; // hop: routers that said one died with them
    uint32_t hops, ttls;                   // ttls: a bit for each below 32
    uint64_t uid, packets;
    nsec first, last;
    bool told;
};

// A network, within the minute that begins with `window`.
struct subnet {
    struct addr net;
    nsec last, window, first_alive, latest_alive;
    nsec down_from, down_to;             // down_to 0: it never seemed to be
    uint32_t silent, sources, source[4]; // source: hashes of the first
    uint32_t lost;                       // tries while it was down
    bool answered;
};

// A station with one IPv4 address, and to which ports it used connections.
struct twin {
    struct mac mac;
    bool several; // addresses
    struct addr addr;
    struct twin_port {
        uint16_t port;
        uint32_t used;
    } port[TWIN_PORTS];
};

// ---- scan_marks.c
struct scan_note *scan_note(struct scans *s);               // a new one, empty; NULL: no room
void marks_find(struct scans *s, const struct source *src); // among its contacts

// ---- scan_flood.c
// True: the attempt is one of a flood from forged senders that is under way.
bool flood_add(struct scans *s, const struct attempt *a);
void floods_look_around(struct scans *s);
void floods_end(struct scans *s);

// ---- scan_route.c
void route_conn(struct scans *s, const struct ev_conn *e);
void route_report(struct scans *s, const struct ev_unreachable *e);
void routes_end(struct scans *s);

// ---- scan_outage.c
void outage_add(struct scans *s, const struct attempt *a);
void outages_end(struct scans *s);

// ---- scan_twin.c
void twin_add(struct scans *s, const struct ev_conn *e, const struct attempt *a);

// ---- scan_claim.c
void claim_add(struct scans *s, const struct ev_arp *e);
void claims_end(struct scans *s);
