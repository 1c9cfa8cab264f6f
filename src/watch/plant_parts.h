// SPDX-License-Identifier: Apache-2.0
// Inside the watch room: the parts of a plant, and the findings that look at them.
#pragma once

#include "watch/plant.h"

#include "base/cur.h"

enum {
    PLANT_SEARCHES = 8192,
    PLANT_OWNERS = 4, // stations remembered of a name or an address
    PLANT_IPS = 8192,
    SLOTS = 10 // seconds of a flood's window
};
#define PLANT_LEARN    (600 * SECOND) // who sets something up in this time belongs here
#define PLANT_FRESH    (600 * SECOND) // how long what was said counts as so
#define PLANT_START_UP (60 * SECOND)
#define PLANT_MINUTE   (60 * SECOND)
#define PLANT_SEAM     (3600 * SECOND) // the capture goes on so much later

enum note {
#define NOTE(name, technique) NOTE_##name,
#include "watch/note.def"
#undef NOTE
    NOTE_KINDS
};

struct note_slot {
    uint64_t subject, uid, count, told, packet; // told: of the count
    nsec first, last;                           // first: that is not told yet
    uint32_t hash;
    uint16_t note;
    uint8_t severity;
    bool folded; // it is told with another
    bool early;  // live: it was told when it began
    struct addr src, dst;
    char msg[200], evidence[280];
};

struct owner {
    struct mac mac;
    uint16_t vlan;
    nsec ts;
    uint64_t request; // the packet that asked for it; 0: unknown
};

struct name {
    uint32_t hash;
    uint8_t n;
    char text[PLANT_NAME_MOST + 1];
    struct owner owner[PLANT_OWNERS];
    const struct search *prober, *searcher; // the first seen of each, while the end is told
};

struct search { // a client looks for a name
    struct mac client;
    uint16_t vlan;
    uint32_t name, hash, sent, unanswered, found;
    nsec first, last, found_at, load_since;
    uint64_t packet, uid;
    bool told;
    struct node node; // in the order they began
};

struct claim { // stations that say an address is theirs
    struct addr ip;
    uint16_t vlan;
    uint32_t hash;
    struct owner owner[PLANT_OWNERS];
};

struct flood {
    nsec first, last;
    uint32_t peak;                  // Identify in one second
    uint64_t frames, answers, lost; // lost: cyclic frames while it lasted
    bool on;
};

enum { SEEN_XIDS = 1024 };
struct seen_xid { // a client's transaction, and where it was seen last
    struct mac client;
    uint16_t vlan;
    uint32_t xid;
    nsec ts;
};

struct plant {
    nsec now, began, ticked;
    uint64_t uid, packet; // of the event at hand
    struct slab stations, searches;
    struct map station_map, search_map, name_map, claim_map, note_map;
    struct node firm, weak, searched; // stations, the longest silent first; searches
    struct name *names;
    struct claim *claims;
    struct note_slot *notes;
    struct plant_step *steps;
    const struct station **sorted;
    uint32_t n_names, n_sure_names, n_claims, n_notes, n_infos, n_steps, next_claim;
    struct plant_sums sums;
    struct relations *relations;
    struct flood flood; // of all clients together
    struct note_slot *flood_note;
    struct seen_xid seen_xid[SEEN_XIDS];
    nsec ask_since; // the first Identify with none in the SLOTS seconds before
    uint32_t ask_second[SLOTS], new_second[SLOTS];
    uint32_t answer_second, answer_peak;
    int64_t second, answers_at;
    bool answers_seen; // unicast DCP
    bool live;         // findings are told when they are raised, too
    bool news;         // something is to be told now
    bool finished;     // the end was told to all parts
};

// ---- stations, names, claims
struct station *station_of(struct plant *p, const struct mac *m, uint16_t vlan); // made if new
struct station *station_find(const struct plant *p, const struct mac *m, uint16_t vlan);
void station_firm(struct plant *p, struct station *s); // it does not make room for others
bool station_learning(const struct plant *p);          // the time to get to know is not over
bool station_running(const struct plant *p, const struct station *s); // exchanges data
uint32_t name_of(struct plant *p, struct slice text, bool sure);      // 0: empty, or no room
uint32_t name_find(const struct plant *p, struct slice text);
bool same_mac(const struct mac *a, const struct mac *b);
// Remembers an owner. True: another was known lately, and is still here; the last such is
// *other.
bool owner_add(const struct plant *p, struct owner *list, const struct owner *o,
               struct owner *other);
struct claim *claim_of(struct plant *p, const struct addr *ip, uint16_t vlan);
const char *oui_vendor(const struct mac *m); // NULL: not known

static inline uint32_t ip_number(const struct addr *a)
{
    return a->kind == ADDR_IP4 ? load_be32(a->b) : 0;
}
static inline uint16_t vlan_of(const struct ev_profinet_dcp *e)
{
    return e->head.present >> FI_profinet_dcp_vlan & 1 ? e->vlan : 0;
}

// Notes one of them; how many there were within a minute, at most LATELY_MOST.
uint32_t lately_add(struct lately *l, const void *who, size_t n, nsec now);

// ---- notes: one for each kind, pair and subject; what comes again is counted
// Gives the note if its texts are wanted: it is new, or worse than before. NULL otherwise.
struct note_slot *note_raise(struct plant *p, enum note note, enum severity severity,
                             const struct mac *src, const struct mac *dst, uint64_t subject);
// Told some minutes after the first, with what came again; live also at once.
bool notes_due(const struct plant *p);
void notes_tell_due(struct plant *p, struct out *o);
void note_msg(struct note_slot *n, const char *fmt, ...) PRINTF(2, 3);
void note_evidence(struct note_slot *n, const char *fmt, ...) PRINTF(2, 3);
struct mac_text {
    char s[18];
};
struct mac_text mac_words(const struct mac *m);
struct ip_text {
    char s[48];
};
struct ip_text ip_words(const struct addr *a);

// ---- findings
void dcp_asked(struct plant *p, const struct ev_profinet_dcp *e); // an Identify request
void dcp_searched(struct plant *p, const struct ev_profinet_step *e);
void dcp_searches_tick(struct plant *p); // names that are missing for long
void dcp_searches_end(struct plant *p);
bool dcp_in_flood(const struct plant *p, nsec ts);
void dcp_flood_tick(struct plant *p);
void dcp_flood_end(struct plant *p);
bool dcp_is_of_flood(const struct note_slot *n); // such a note may be folded into the flood's
void dcp_flood_asked(struct plant *p, struct station *s, bool all, bool fresh);
void dcp_flood_answered(struct plant *p);
bool dcp_sees_answers(const struct plant *p, const struct station *client, nsec at);
void dcp_sweep(struct plant *p, struct station *s, const struct mac *target);
void dcp_set(struct plant *p, const struct ev_profinet_step *e); // before it is applied
void dcp_got(struct plant *p, const struct ev_profinet_step *e);
void dcp_served(struct plant *p, const struct ev_profinet_dcp *e); // Get or Set was asked
void dcp_told(struct plant *p, const struct ev_profinet_dcp *e);   // an answer or a Hello
void dcp_any(struct plant *p, const struct ev_profinet_dcp *e);    // what holds for all
void dcp_arp(struct plant *p, const struct ev_arp *e);
// The station says, or was given, a name or an address: are there two of them?
void dcp_named(struct plant *p, struct station *s, uint32_t name, uint64_t request);
void dcp_addressed(struct plant *p, struct station *s, const struct addr *ip);
bool station_controls(const struct station *s);

void plant_lldp(struct plant *p, const struct ev_lldp *e);
void plant_fieldbus(struct plant *p, const struct ev_fieldbus *e);

// ---- steps
void steps_sort(struct plant *p);
void plant_finish(struct plant *p); // once, before anything is told
void steps_add(struct plant *p, const struct plant_step *s);
