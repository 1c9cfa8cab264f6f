// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: calls of DCE/RPC, as far as rules ask.
#pragma once

#include "rule/match.h"

struct dce_call {
    uint8_t type;
    bool known;    // the interface is
    bool numbered; // opnum is: of an answer, if its call was seen
    uint8_t iface[16];
    uint32_t version;
    uint16_t opnum;
    struct slice stub;
};
// Remembers the interface that a message binds to, and what is called.
void dce_follow(struct unit *u, struct slice b);
struct slice dce_stub(struct unit *u); // what a call or its answer carries
