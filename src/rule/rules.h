// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: the compiled set. All of it lies in the set's arena.
#pragma once

#include "rule/limit.h"
#include "rule/range.h"
#include "rule/rule.h"

struct match;
struct group;

enum dialect { DIALECT_SNORT2, DIALECT_SNORT3, DIALECT_SURICATA, DIALECTS };
extern const char *const dialect_name[DIALECTS];

enum buffer {
#define BUFFER(name, fill, doc) BUF_##name,
#include "rule/buffer.def"
#undef BUFFER
    BUFFERS
};

enum {
    OPTIONS_MOST = 64,  // of a rule
    VARIABLES_MOST = 8, // of byte_extract and byte_math in a rule
    FLOWBITS_MOST = 2048,
    FLOWINTS_MOST = 256,
    SERVICES_MOST = 64, // different app protocols that rules name
};

struct place {
    const char *file;
    uint32_t line, column;
};

// One option: a test of what is at hand, and its compiled argument.
struct rule_option {
    bool (*test)(struct match *m, const struct rule_option *o);
    const void *arg;
    const char *word; // as it was written, for explain
    struct place where;
    uint8_t buffer;     // enum buffer that it looks into
    bool sets;          // moves the cursor, so that a match further right may matter
    bool depends;       // on the cursor, or on a variable
    bool again;         // a later option depends on where this one matched
    bool fixed;         // counts from the beginning of the unit
    bool quick;         // looks at the numbers of a unit alone
    bool or_absent;     // holds, too, where there is no such buffer
    bool names_service; // asks which protocol it is, and nothing else
};

enum rule_action {
#define ACTION(name, order, verdict) ACTION_##name,
#include "rule/action.def"
#undef ACTION
    ACTIONS
};

enum unit_kind { // when a rule is asked
    UNIT_PACKET, // headers and payload of a packet
    UNIT_STREAM, // a message or piece of a TCP stream
    UNIT_DNP3,   // a complete DNP3 fragment
    UNIT_ODD,    // an oddity was told
    UNIT_KINDS
};

enum ip_class { CLASS_TCP, CLASS_UDP, CLASS_ICMP, CLASS_OTHER, IP_CLASSES };

// Rules of Suricata that ask for nothing but addresses, or but for the protocol: not each
// packet is worth an alert.
enum once {
    EACH_PACKET,
    ONCE_A_SIDE,    // the first packet of each
    ONCE_IDENTIFIED // when the protocol becomes known, or certainly stays unknown
};

enum flow_need {
    FLOW_TO_SERVER = 1,
    FLOW_TO_CLIENT = 2,
    FLOW_ESTABLISHED = 4,
    FLOW_NOT_ESTABLISHED = 8,
    FLOW_NO_STREAM = 16,
    FLOW_ONLY_STREAM = 32,
    FLOW_NO_FRAG = 64,
    FLOW_ONLY_FRAG = 128,
};

struct bits_change { // flowbits and flowint: done when the whole rule matched
    struct bits_change *next;
    const uint64_t *group; // the bits that are meant, instead of one; NULL: one
    uint16_t bit;          // or number of the counter
    uint8_t how;           // enum bits_how
    uint32_t value;
};

struct host_bit { // xbits: tested and changed where alerts are in order, as hosts span lanes
    struct host_bit *next;
    uint16_t bit;
    uint8_t how;     // enum host_how
    uint8_t track;   // enum track
    uint32_t expire; // seconds
};
enum host_how { HOST_SET, HOST_UNSET, HOST_TOGGLE, HOST_IS_SET, HOST_IS_NOT_SET };

struct rule {
    uint64_t services; // of metadata: a bit per number. The first 64 bytes refuse most rules
    const struct ranges *src, *dst, *sport, *dport; // NULL: any
    struct rule_option *option;
    uint16_t n_options;
    int16_t quick, fast;  // the first quick option, that of the fast pattern; -1: none
    uint8_t classes, net; // classes: a bit per ip_class; net: 0 is any, 4, 6
    uint8_t ip_proto;     // of the header, where the class says too little; 0: any
    uint8_t flow, action; // flow: FLOW_ bits
    uint8_t service;      // number of the app protocol in the header, 0: none
    bool both_ways, payload, fragments, changes; // changes: bits, which other rules test
    bool floating; // nothing counts from the beginning of pkt_data: may begin in an older piece
    bool open;     // it asks for its class only
    bool derives;  // makes buffers of its own
    uint8_t once;  // enum once
    uint64_t buffers; // that its options look into, a bit each
    struct bits_change *change;
    struct host_bit *host;
    uint32_t gid, sid, rev, priority;
    uint32_t number;                // index in the set, the order they are tried
    uint16_t longest;               // content, for the queue's order
    uint8_t kinds, policy, dialect; // kinds: a bit per unit_kind
    bool noalert, has_priority, sets_bits, tests_bits, dnp3, short_header;
    bool idle;       // a match has no effect at all
    bool rated;      // a rate_filter may change its action
    bool plain;      // looks at bytes of whatever protocol
    uint16_t odd[2]; // for UNIT_ODD: the oddities that it waits for, from 1; 0: none
    const char *msg, *class_name, *class_text, *label;
    struct limit limit, detection;
    struct place where;
};

struct filter_line;
struct binding {
    uint32_t vlan_from, vlan_to; // with is_vlan
    const struct ranges *net;
    unsigned bits; // of the prefix
    bool is_vlan;
    uint8_t policy;
};

struct odd_rules { // that wait for one oddity
    struct odd_rules *next;
    const struct rule *rule;
};

struct port_groups { // by port; the bits say where there is one, and stay in the cache
    uint64_t has[65536 / 64];
    const struct group *at[65536];
};

struct policy {
    struct dnp3_policy *dnp3; // never NULL
    struct port_groups *dst[UNIT_KINDS][IP_CLASSES], *src[UNIT_KINDS][IP_CLASSES];
    const struct group *any[UNIT_KINDS][IP_CLASSES];
    const struct group *service[UNIT_KINDS][IP_CLASSES][SERVICES_MOST];
    struct odd_rules *odd[ODDS];
    const struct group *labels; // file_id
};

struct rules {
    struct arena arena;
    struct rule **rule;
    const uint64_t *needed;               // a bit each: rule_matters
    uint32_t n_rules, room_rules, n_pass; // n_pass: so many let pass, which are the first
    struct policy *policy[RULE_POLICIES];
    unsigned n_policies;
    struct binding *binding;
    uint32_t n_bindings, room_bindings;
    const char *service[SERVICES_MOST]; // [0] is no service
    unsigned n_services;
    uint32_t n_flowbits, n_flowints, n_hostbits;
    struct filter_line *filter;
    struct rule_problem *problem;
    uint32_t n_problems, room_problems;
    struct rules_totals totals;
    const struct ranges *home;
    bool derives; // some rule does
    bool dnp3_shipped_numbers, no_rate_limits, by_priority, autogenerate, payload;
    uint32_t dnp3_sessions, max_queue, log, pcre_limit, pcre_depth, explain_sid;
    struct group_list *groups;
    // no prefilter; conversations have state; rules ask for DCE/RPC, or by protocol
    bool plain, remembers, dce, by_service;
    struct pcre_list *pcres;
    uint64_t wanted, kinds; // events, kinds of units that some rule waits for: a bit each
};

void *grow_array(struct arena *a, void *old, size_t size, uint32_t n, uint32_t *room);
const char *rule_verdict(uint8_t action); // what an inline engine would have done; NULL: alert
const char *keep_text(struct arena *a, struct slice s); // with a zero at the end
