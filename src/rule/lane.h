// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: a lane's scratch and the state of its conversations.
#pragma once

#include "rule/group.h"
#include "rule/pcre.h"

enum {
    STATES_MOST = 16384, // conversations with state, per lane
    TAIL_BYTES = 256,    // of a stream, kept so that a match may begin in an older piece
    TAILS_MOST = 16384,
    MESSAGE_BYTES = 4096, // of a message that is waited for
    MESSAGES_MOST = 2048,
    BODY_BYTES = 16384, // of an HTTP message
    BODIES_MOST = 512,
    PIECE_MOST = 65536, // bytes of a stream that are looked at at once
    MATCHES_MOST = 256  // of one unit; max_queue may say less
};

enum kept_size { KEPT_TAIL, KEPT_MESSAGE, KEPT_BODY, KEPT_SIZES };

struct kept {         // the end of what one side sent so far
    uint64_t ordinal; // of the last packet that added to it
    nsec ts;
    uint32_t n;      // bytes
    uint32_t want;   // of a message that is not whole; 0: a tail of what was looked at
    uint32_t looked; // of the message, while it was not whole
    uint8_t size;    // enum kept_size
    bool all;        // a tail from the first byte on
    bool unnamed;    // its protocol was not known when the beginning was looked at
    uint8_t bytes[];
};

struct rule_lane {
    const struct rules *set;
    struct pcre_scratch *pcre;
    struct finding finding;
    struct slab states, kept[KEPT_SIZES];
    uint8_t *decoded, *joined;
    struct body_scratch body;
    uint8_t *derived; // NULL: no rule makes buffers of its own
    const struct rule *matched[MATCHES_MOST];
    uint32_t n_matched;
    bool passes; // a pass rule is among them
    struct {     // services by the address of their name, which lasts as long as the program
        const char *name;
        uint8_t number;
    } service[64];
};

// The state of the conversation at hand, made if `make`; NULL: none, or no room.
struct talk_rules *lane_state(struct rule_lane *l, const struct rule_at *at, bool make);

// What is common to all units of a packet.
void unit_begin(struct rule_lane *l, const struct rule_at *at, enum unit_kind kind,
                struct unit *u);
// Asks the rules of these groups, tells the alerts. joined: the same with an older piece in
// front; NULL: there is none.
void unit_inspect(struct rule_lane *l, struct unit *u, struct unit *joined,
                  const struct group *const *groups, unsigned n_groups);
unsigned unit_groups(const struct unit *u, const struct group *to[GROUPS_OF_UNIT]);
// Asks one rule whose event was told.
void unit_inspect_odd(struct rule_lane *l, struct unit *u);

void alerts_tell(struct rule_lane *l, struct unit *u); // those in l->matched
static inline bool is_dnp3_odd(uint32_t o)             // one of the preprocessor's events
{
    return o >= ODD_dnp3_bad_crc && o <= ODD_dnp3_reserved_function;
}
// What is still waited for is looked at as it is.
void look_at_rest(struct rule_lane *l, struct out *o, struct talk *t, void **state);
void stream_forget(struct rule_lane *l, struct talk_rules *t, enum side side);
// Why the header of a rule does not fit the unit, in words; NULL: it fits.
const char *header_refuses(const struct rule *r, const struct unit *u);

// The length of the message that b begins with, as far as b tells: more than b.n means that so
// many bytes are needed before more can be said, FRAME_OPEN that it ends where nobody knows; 0:
// it is no message of this service.
#define FRAME_OPEN UINT32_MAX
uint32_t frame_length(uint8_t service, struct slice b);
bool is_framed(uint8_t service);
extern const uint32_t kept_room[KEPT_SIZES]; // bytes
