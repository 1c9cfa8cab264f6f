// SPDX-License-Identifier: Apache-2.0
// Inside the ident room: the first messages of a talk, kept for the model while nobody knows
// what it is.
#pragma once

#include "ident/ident.h"

// A message is a datagram, or a TCP segment's new bytes. A segment that follows less than this
// from the same side belongs to its message: typing programs and tiny writes say one thing.
enum { WHOLE_FROM = 8 };

struct prelude {
    uint8_t n;
    uint8_t asked;  // messages when the model was asked last
    uint8_t judged; // and at the last judgement, which this is:
    struct judgement judgement;
    bool whole;      // the first one was the opening
    struct addr src; // who was the originator when the first one came: that may turn out
    uint16_t sport;  // otherwise later
    struct {
        nsec ts;
        uint32_t size;
        uint16_t n;
        uint8_t side;
    } message[MESSAGES_MOST];
    uint8_t bytes[MESSAGES_MOST][MESSAGE_BYTES];
};

// A piece of payload, and who is the originator at the time.
struct piece {
    struct slice bytes;
    uint32_t size; // as it was sent, also if the capture cut it
    nsec ts;
    enum side side;
    const struct addr *src;
    uint16_t sport;
    bool stream;
};
// False: it would be one message too many.
bool prelude_add(struct prelude *k, const struct piece *p);
// Borrowed from k.
void prelude_glimpse(struct glimpse *g, const struct prelude *k, uint8_t ip_proto);
