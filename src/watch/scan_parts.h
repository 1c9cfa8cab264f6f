// SPDX-License-Identifier: Apache-2.0
// Inside the watch room: the parts of the search for scans. A *contact* is the first try of a
// source on one port of one host; what came of it is kept with it.
#pragma once

#include "watch/scans.h"

enum {
    CONTACTS = 262144,
    CONTACTS_EACH = CONTACTS / 4, // of one source
    CROWDS = 4096,
    CROWD_BITS = 1024,
    CROWD_WORDS = CROWD_BITS / 64,
    DECOYS = 32, // sources of a crowd that are known by name
    ZOMBIES = 1024,
    FLOODS = 4096,
    CLAIMS = 8192, // addresses that were told by ARP
    ROUTES = 1024,
    ROUTE_HOPS = 30,
    SUBNETS = 256,
    TWINS = 4096,
    TWIN_PORTS = 4,
    SCAN_NOTES = 1024,
    REPORTS = 64 // unreachable: slots, times 1024
};
#define SCAN_FORGET (72 * 3600 * SECOND) // a source that tried nothing for so long

enum probe {
    PROBE_SYN,
    PROBE_FIN,
    PROBE_NULL,
    PROBE_XMAS,
    PROBE_MAIMON,
    PROBE_ACK,
    PROBE_ODD_FLAGS,
    PROBE_ANSWER, // SYN ACK or RST that nobody asked for
    PROBE_UNSEEN, // what such an answer may be to, seen from who did not ask
    PROBE_UDP,
    PROBE_SCTP,
    PROBE_ICMP,
    PROBE_ARP,
    PROBE_IP,
    PROBE_DCP,
    PROBE_RPC,
    PROBES
};

enum result { RESULT_SILENT, RESULT_BLOCKED, RESULT_REFUSED, RESULT_ANSWERED }; // best last

struct contact {
    struct addr dst;
    uint8_t probe, result;
    bool data_to, data_from;
    bool idle;     // it answered, and nothing came of it
    bool one_byte; // in each datagram
    bool risky;    // an RPC program that gave strangers control
    bool said;     // with those of others: decoys
    uint8_t ttl, flags;
    uint16_t port, sport, window, id; // id: of IPv4
    uint16_t reset_window;            // of the RST that refused it
    uint32_t next, source, hash;      // next, source: indices
    uint32_t seq, rounds;
    nsec first, last;
    uint64_t uid;
    const char *service;
};

struct source {
    struct node node; // in the list of its grade
    struct addr addr;
    uint32_t hash;        // of the address
    uint32_t contacts, n; // contacts: index of the newest
    uint32_t failed,
        judge_at;   // contacts nothing came of; looked at again when they are so many
    uint8_t grade;  // enum grade
    struct mac mac; // of IPv6; all zero: not known
    nsec last, last_failed;
};

enum grade { GRADE_LIGHT, GRADE_HEAVY, GRADE_SCANS, GRADES };

// Many sources on the ports of one host, or on one port of many hosts.
struct crowd {
    struct addr dst; // kind ADDR_NONE: any host, then port counts
    uint16_t port, window;
    uint8_t probe, names;
    bool fired;
    uint32_t failed, answered, hash;
    nsec first, last, seen;   // seen: by the clock of the events
    struct addr name[DECOYS]; // the first sources
    uint64_t source[CROWD_WORDS], target[CROWD_WORDS];
    struct node node;
};

// A host that reset SYN ACKs which it had not asked for, and who sent them.
struct zombie {
    struct addr host, by;
    uint32_t n;
    nsec first, last;
};

struct claim;
struct route;
struct subnet;
struct twin;
struct scan_note;

struct scans {
    struct scan_limits limit;
    nsec now, checked, begin;
    struct slab sources, contacts, crowds;
    struct map by_addr, by_contact, by_crowd;
    struct node grade[GRADES], crowd_list;
    struct contact **scratch, **chosen;
    uint64_t *report; // fingerprints of packets that did not arrive; the lowest bit: the port
    struct zombie *zombie; // by a hash of the host; the newest counts
    struct claim *claim;
    struct route *route;
    struct subnet *subnet; // by a hash of the network
    nsec window;           // the minute in which networks are watched
    uint32_t window_failed;
    bool outages;      // there was one
    struct twin *twin; // by a hash of the station; the newest counts
    struct scan *list;
    uint32_t n_list, n_told;
    struct slab floods;
    struct map by_flood;
    struct node flood_list;
    struct scan_note *note;
    uint32_t n_notes, notes_told;
    struct scan_sums sums;
};

static inline struct contact *contact_at(const struct scans *s, uint32_t index)
{
    return slab_at(&s->contacts, index);
}
// Nothing came of it: no answer, or none that was used.
static inline bool is_fruitless(const struct contact *c)
{
    return c->result != RESULT_ANSWERED || c->idle;
}
// Hack'a'Tack asks from and at ports of its own.
static inline bool is_trojan(const struct contact *c)
{
    return c->probe == PROBE_UDP && c->sport == 31790 && c->port == 31789;
}

// ---- scan_read.c: a conversation as a try. false: it is none.
struct attempt {
    struct addr src;
    struct contact c;
};
bool attempt_of(const struct scans *s, const struct ev_conn *e, struct attempt *a);
// What the answer is to, where only answers are seen. false: nothing that begins anything.
bool attempt_unseen(const struct ev_conn *e, const struct attempt *answer, struct attempt *a);
void report_add(struct scans *s, const struct ev_unreachable *e);

// ---- scan_judge.c: looks at all contacts of the source and adds what it finds to the list.
// `final`: they are told as ended. True: there was something.
bool source_judge(struct scans *s, const struct source *src, bool final);

// ---- scan_crowd.c
void crowd_add(struct scans *s, const struct source *src, const struct contact *c);
void crowds_look_around(struct scans *s); // ends those that fell silent
void crowds_end(struct scans *s);

// ---- scan_forged.c
// Sources of the crowd that march in step are told, and what they asked for is marked as said.
bool crowd_decoys(struct scans *s, const struct crowd *k);
void zombie_note(struct scans *s, const struct attempt *a); // a SYN ACK, or RST
// The n chosen contacts, in the order of time, were made in the name of `src`: then it is told.
bool zombie_scans(struct scans *s, const struct source *src, uint32_t n, bool final);

// ---- scan_outage.c: it met silence in a network that was down
bool outage_covers(const struct scans *s, const struct contact *c);

// ---- scan_twin.c: how many connections to the port the station used over IPv4; 0 where that
// is not known
uint32_t twin_used(const struct scans *s, const struct mac *m, uint16_t port);

// ---- scans.c: NULL: not known
const struct source *scan_source(const struct scans *s, const struct addr *a);

// ---- scan_sum.c: counts the chosen contacts; scan_words.c: says it
// `like`: what is known of the scan without counting.
void scan_sum(struct scans *s, const struct scan *like, uint32_t n, uint32_t walk);
void scan_add(struct scans *s, enum scan_kind kind, const struct addr *src, uint32_t n,
              bool final, uint32_t walk);
void scan_words(struct scan *v, const struct scans *s, uint32_t n, uint32_t walk);
