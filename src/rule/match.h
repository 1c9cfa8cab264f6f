// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: a unit that rules look at, and one rule being matched against it.
#pragma once

#include "rule/option_which.h"
#include "rule/rules.h"

enum { NO_PLACE = UINT32_MAX, STEPS_MOST = 1000, DCE_CONTEXTS = 4, DCE_CALLS = 4 };
enum { DERIVED = BUF_derived_4 - BUF_derived_1 + 1 }; // buffers that rules make for themselves

struct talk_rules { // what rules remember of a conversation
    uint8_t policy;
    bool passed;        // a pass rule of Suricata ended it
    uint8_t identified; // a bit per side that sent a packet since
    struct kept *kept[2];
    uint64_t bytes[2];   // of the stream, by side
    struct dce_context { // what a DCE/RPC connection is bound to
        uint8_t iface[16];
        uint16_t version, id;
        bool bound;
    } dce[DCE_CONTEXTS];
    struct dce_asked { // the latest calls of it, by their numbers
        uint32_t call;
        uint16_t opnum;
        bool open;
    } asked[DCE_CALLS];
    uint64_t bit[]; // flowbits, then a word for each counter
};

struct dnp3_view {
    uint8_t function;
    uint16_t indications; // first octet high
    bool response;        // has indications
    struct slice objects; // group and variation, an octet each, of every header
};

// A packet's payload, a message, a fragment: what one evaluation of rules is about.
struct unit {
    struct out *out;
    const struct packet *packet;
    const struct talk *talk;
    struct talk_rules *state; // NULL: none is kept
    struct rule_lane *lane;
    struct wide src, dst; // of the packet
    enum side side;
    uint8_t kind, class, policy, service;
    bool established;
    uint64_t filled; // buffers that were looked for, a bit each
    struct slice buffer[BUFFERS];
    uint32_t fresh;  // what lies before it in pkt_data was looked at before
    uint32_t looked; // the same, of a message that was not whole then
    bool unnamed;    // who asks for a protocol was not asked then
    bool partial;    // a message whose body is not whole yet: it is looked at later
    struct http_body {
        struct slice bytes; // as sent
        bool of_http, request, chunked, packed;
    } body;
    uint32_t odd; // UNIT_ODD: which
    struct dnp3_view dnp3;
    uint32_t session; // of DNP3
    uint64_t counted; // buffers whose longest run of digits is known
    uint32_t digits[BUFFERS];
    bool has_dnp3;
};

struct match {
    const struct rule *rule;
    struct unit *unit;
    const struct rule_option *refused; // the option that got farthest and said no
    uint32_t cursor[BUFFERS];
    uint64_t value[VARIABLES_MOST];
    struct slice decoded; // of base64_decode
    struct slice derived[DERIVED];
    uint32_t from; // the option at hand searches no earlier match than here
    uint32_t next; // it could match again from here on; NO_PLACE: it could not
    uint32_t steps;
    uint32_t reach; // the last byte that something positive saw
    uint32_t fresh; // it must be behind this
};

// Tries all options, going back where a later match might help. True: all hold.
bool match_rule(struct match *m, const struct rule *r, struct unit *u);

// The bytes of a buffer; p NULL: the unit has none.
struct slice match_buffer(struct match *m, enum buffer b);
struct slice unit_buffer(struct unit *u, enum buffer b);
bool buffer_is_field(unsigned buffer); // of a message whose protocol may not be known yet
// The innermost header of this kind as it stands in the frame; empty: none, or it was joined.
struct slice packet_header(const struct packet *k, enum layer_kind kind);
bool unit_number(struct match *m, enum number n, enum buffer b, uint64_t *v);

// A number that a rule gives, or one of its variables.
static inline int64_t match_value(const struct match *m, int32_t v, int8_t var)
{
    return var < 0 ? v : (int64_t)m->value[var];
}
static inline bool buffer_is_derived(unsigned buffer)
{
    return buffer >= BUF_derived_1 && buffer <= BUF_derived_4;
}
// Something was found that ends there; what lies in a part of pkt_data lies in that, too.
static inline void match_saw(struct match *m, enum buffer b, uint64_t end)
{
    const struct slice *all = &m->unit->buffer[BUF_pkt_data], *part = &m->unit->buffer[b];

    if (m->fresh && b != BUF_pkt_data) {
        if (!part->p || part->p < all->p || part->p > all->p + all->n)
            return;
        end += (uint64_t)(part->p - all->p);
    }
    if (end > m->reach)
        m->reach = end > UINT32_MAX ? UINT32_MAX : (uint32_t)end;
}

// A search of one content, with its window; for the tests' oracle, too.
bool content_matches(struct match *m, const struct rule_option *o);

bool bits_are(const struct unit *u, uint32_t bit);
void bits_change(struct unit *u, const struct bits_change *c);

// What a lane lends to options.
struct pcre_scratch;
const struct rules *lane_rules(const struct rule_lane *l);
struct pcre_scratch *lane_pcre(struct rule_lane *l);
uint8_t *lane_decoded(struct rule_lane *l); // DECODED_MOST bytes
enum { DECODED_MOST = 16384 };
enum { BODY_PLAIN = 65536, BODY_ROOM = 65536 };
struct body_scratch {
    uint8_t *plain, *room; // BODY_PLAIN, BODY_ROOM bytes
};
const struct body_scratch *lane_body(struct rule_lane *l);
// Two places of DERIVED_MOST bytes for each derived buffer; half: 0 or 1.
uint8_t *lane_derived(struct rule_lane *l, unsigned which, unsigned half);
enum { DERIVED_MOST = 65536 };
