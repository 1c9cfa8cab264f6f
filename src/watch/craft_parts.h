// SPDX-License-Identifier: Apache-2.0
// Inside the watch room: the parts of the search for crafted packets.
#pragma once

#include "watch/crafts.h"

enum { PAD_SENDERS = 1024, PAD_PRINTS = 10 };

enum craft_severity { CRAFT_INFO, CRAFT_LOW, CRAFT_MEDIUM, CRAFT_HIGH };

// A sender of odd packets: what it did within the window that began with `since`.
struct craft_sender {
    struct node node; // the one that was silent longest first
    struct addr addr;
    struct mac mac;
    uint32_t hash;
    bool told;
    uint8_t n[ODDS]; // of each oddity in the window, at most 255
    uint64_t uid, packet;
    nsec since, last;
    // what is counted without window
    uint64_t packets, wrong_sums; // packets: of conversations that ended
    nsec sums_from;
    uint64_t wrong_packet;   // the last with a wrong checksum
    uint64_t differs_packet; // the last that brought other bytes than before
    nsec lost_since;         // fragmented packets that were never complete, in ten seconds
    uint32_t lost, lost_most;
    uint64_t ack_hash; // what SYNs said that they acknowledge, and how often the same
    uint32_t ack_same;
    nsec ack_from;
};

// Test captures and fuzzers raise everything: then one finding tells so, and no other.
struct craft_fuzz {
    nsec since, last; // of the ten seconds at hand
    uint64_t first_packet, last_packet, flagged;
    struct addr source[11];
    uint32_t sources;
    bool open, found;
    nsec first_found, last_found; // windows where it was so
    uint64_t of, all, withheld;   // packets that were odd there, of all; findings not told
    uint64_t malformed, malformed_packet;
};

// A station that pads its frames.
struct pad_sender {
    struct node node; // the one that was silent longest first
    struct mac mac;
    uint32_t hash;
    uint64_t zero, other, leaks, unexplained; // frames; leaks: of what was sent before
    bool fresh; // it was unexplained first when it had filled with zeros for long
    bool told;
    // to one receiver, unexplained, of eight bytes at least: their hashes, all different
    struct addr to;
    uint64_t print[PAD_PRINTS];
    uint32_t prints;
    nsec first, last;
};

struct craft_note {
    const char *name, *technique;
    struct addr src, dst; // kind ADDR_NONE: none
    nsec first, last;
    uint64_t uid, count;
    uint8_t severity; // enum craft_severity
    char msg[256], evidence[256];
};

struct crafts {
    bool live;
    nsec now;
    uint64_t packets; // so far
    struct slab senders;
    struct map by_addr;
    struct node list;
    uint64_t wrong_sums;
    struct craft_fuzz fuzz;
    struct slab pads;
    struct map by_mac;
    struct node pad_list;
    struct craft_note *note;
    uint32_t n_notes, notes_told;
    struct craft_sums sums;
};

// ---- crafts.c: a new one, empty; NULL: no room
struct craft_note *craft_note(struct crafts *c, const char *name, enum craft_severity severity);

// ---- craft_score.c: what an oddity is worth, and what comes of all that a sender did
unsigned craft_points(const struct ev_weird *e); // 0: it is no sign of a crafted packet
void craft_count(struct craft_sender *s, const struct ev_weird *e);
void craft_judge(struct crafts *c, struct craft_sender *s); // its window is over

// ---- craft_signs.c: other findings about one sender
void craft_signs(struct crafts *c, struct craft_sender *s, const struct ev_weird *e);
void craft_signs_end(struct crafts *c, struct craft_sender *s); // nothing more is known of it

// ---- craft_pads.c
void craft_padding(struct crafts *c, const struct ev_padding *e);
void craft_pads_end(struct crafts *c);

// ---- craft_fuzz.c
void fuzz_count(struct crafts *c, const struct ev_weird *e, unsigned points);
void fuzz_look(struct crafts *c, bool final);     // are the ten seconds over?
void fuzz_tell(struct crafts *c);                 // at the end, behind all that it withheld
bool fuzz_withholds(struct crafts *c, nsec last); // a finding that ended then is not told
