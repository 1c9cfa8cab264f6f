// SPDX-License-Identifier: Apache-2.0
// Rules in Snort's language: read, kept as an immutable set, matched by lanes, filtered in
// order.
#pragma once

#include "flow/flow.h"

// ---------------------------------------------------------------- loading

// Who is asked while files are read: the room opens none itself.
struct rule_reader {
    void *user;
    // The whole file, which stays valid until rules_load returns; false: f holds the reason,
    // without the file's name.
    bool (*read)(void *user, const char *path, struct slice *bytes, struct fail *f);
    // `config NAME: VALUE` that is none of Snort's. May be NULL.
    enum rule_setting (*setting)(void *user, const char *name, const char *value,
                                 struct fail *f);
    // Compiled patterns, which are the same whenever the name is. Both may be NULL: then all is
    // compiled at each start. recall: what an earlier run retained, valid until rules_load
    // returns.
    bool (*recall)(void *user, const char *name, struct slice *bytes);
    void (*retain)(void *user, const char *name, struct slice bytes);
};
enum rule_setting {
    RULE_SETTING_UNKNOWN, // becomes a note; f may hold a hint
    RULE_SETTING_TAKEN,
    RULE_SETTING_WRONG // fatal; f holds the reason
};

struct rules_request {
    struct rule_reader reader;
    const char *config;       // -c; NULL: none
    const char *const *files; // -R, ended by NULL; or NULL
    const char *const *set;   // -S, "NAME=value" each, ended by NULL; or NULL
    const char *dialect;      // snort2, snort3, suricata; NULL: guessed
    bool strict;              // a refused rule makes rules_load fail
    bool no_rate_limits;      // threshold, detection_filter, event_filter let everything pass
    bool shipped;             // the rules for 145:1 to 7 are on (no -c was given)
    uint32_t explain_sid;     // this rule tells which option said no; 0: none
    bool payload;             // alerts hold what their rule looked at
    bool plain;               // no fast patterns, every rule is asked: what tests compare with
};

struct rules; // immutable; shared by all lanes

// NULL: something cannot be used at all; f holds a sentence with file, line and column.
struct rules *rules_load(const struct rules_request *q, struct fail *f);
void rules_free(struct rules *r); // NULL is allowed

enum rule_trouble {
    RULE_NOTE,    // accepted, but without effect, or worth knowing
    RULE_SILENT,  // loaded, but it waits for an event that is never told
    RULE_REFUSED, // not loaded; the others are
};
struct rule_problem {
    enum rule_trouble trouble;
    const char *file;
    uint32_t line, column;
    const char *option; // its name; NULL: it is not about an option
    const char *text;   // a sentence without the place
};
struct rules_totals {
    uint32_t loaded, refused, silent, duplicates, notes;
    uint32_t built_in;  // of `loaded`: those for DNP3's events that no file holds
    uint32_t labels;    // of `loaded`: file_id rules, which name files and do not alert
    uint32_t databases; // compiled for the fast patterns
    uint32_t patterns;
};
const struct rules_totals *rules_totals(const struct rules *r);
bool rules_has(const struct rules *r, uint32_t sid); // a rule with this number was loaded
// In the order of the files. false: there are no more.
bool rules_problem(const struct rules *r, uint32_t i, struct rule_problem *p);
// file:line:column: text
void rule_problem_text(struct text *t, const struct rule_problem *p);

// ---------------------------------------------------------------- policies (config binding)

struct dnp3_policy { // `preprocessor dnp3`, specification of DNP3 section 5
    bool configured, disabled, check_crc;
    uint8_t ports[65536 / 8]; // a bit each
};
static inline bool dnp3_policy_port(const struct dnp3_policy *p, uint16_t port)
{
    return p->ports[port / 8] >> port % 8 & 1;
}

enum { RULE_POLICIES = 64 };

// The policy of a conversation by its first packet; 0 is the default policy.
unsigned rules_policy(const struct rules *r, const struct packet *first);
const struct dnp3_policy *rules_dnp3(const struct rules *r, unsigned policy);
uint32_t rules_dnp3_sessions(const struct rules *r);    // that memcap allows, over all policies
bool rules_dnp3_shipped_numbers(const struct rules *r); // config dnp3_event_numbering: shipped
// HOME_NET of the default policy holds this address.
bool rules_is_home(const struct rules *r, const struct addr *a);

// ---------------------------------------------------------------- matching, in a lane

struct rule_lane; // scratch and the state of conversations

struct rule_lane *rule_lane_open(const struct rules *r);
void rule_lane_close(struct rule_lane *l);

// What is at hand. `state` is a place in the talk that is this room's, NULL at first.
struct rule_at {
    struct out *out;
    const struct packet *packet; // never NULL
    struct talk *talk;
    void **state;
    enum side side; // who sent it
};

// One packet; after its conversation is known, and not for mirror copies.
void rule_packet(struct rule_lane *l, const struct rule_at *at);
// A fragment of IP, before it is joined: of no conversation yet.
void rule_fragment(struct rule_lane *l, const struct packet *p, struct out *o);
// Bytes of a TCP stream, in order.
void rule_stream(struct rule_lane *l, const struct rule_at *at, struct slice bytes);
void rule_gap(struct rule_lane *l, const struct rule_at *at);
// An event that was told of this conversation: those of rules_wanted only are looked at.
void rule_event(struct rule_lane *l, const struct rule_at *at, const struct event *e);
// The conversation is over: what was waited for is looked at as it is.
void rule_end(struct rule_lane *l, struct out *o, struct talk *t, void **state);
// The label that file_id rules give to the beginning of a file; NULL: none.
const char *rule_file_type(struct rule_lane *l, struct slice bytes);

// What `preprocessor dnp3` says in the policy of the conversation, which its first packet
// chose.
const struct dnp3_policy *rule_dnp3(struct rule_lane *l, const struct rule_at *at);

// The set of events, a bit each, that rule_event must see.
uint64_t rules_wanted(const struct rules *r);
// What else a lane must show: where no rule asks for it, it need cost nothing.
struct rules_need {
    bool packets, streams; // rule_packet, rule_stream
    bool dnp3;             // some policy has a `preprocessor dnp3`
};
struct rules_need rules_need(const struct rules *r);

// ---------------------------------------------------------------- filters, on ordered events

// What spans lanes: memcap, which bounds DNP3's sessions; threshold, detection_filter,
// event_filter, suppress, rate_filter, which count by source or destination. One thread, events
// in their total order. count: COUNTS of them, the caller's.
struct rule_filters;
struct rule_filters *rule_filters_open(const struct rules *r, uint64_t *count);
void rule_filters_close(struct rule_filters *f);
// To be shown alerts and dnp3_session. false: an alert that is not told. *changed: its verdict
// is another one than that it was made with.
bool rule_filters_pass(struct rule_filters *f, struct event *e, bool *changed);
