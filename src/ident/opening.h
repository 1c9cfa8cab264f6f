// SPDX-License-Identifier: Apache-2.0
// Inside the ident room: what is kept of a talk while nobody knows what it is. For probes and
// the analyser to come, the first bytes of a stream in the order they came; for the model, the
// first messages.
#pragma once

#include "ident/prelude.h"

enum { OPENINGS_MOST = 256, RUNS_MOST = 16 }; // of a lane; of an opening

struct opening {
    struct node node; // of those at hand, the oldest first
    struct talk *talk;
    struct prelude prelude;
    uint16_t n[2]; // bytes of each side
    uint8_t n_runs;
    struct {
        uint16_t n;
        uint8_t side;
    } run[RUNS_MOST]; // whose turn it was, and how much came
    uint8_t bytes[2][HEAD_MOST];
};

// What a side sent so far and these bytes, as far as a probe may see; a view into k or `bytes`.
struct slice opening_with(struct opening *k, struct slice bytes, enum side side);
// What comes next does not continue it: its bytes are forgotten, its messages kept.
void opening_break(struct opening *k);
// Whether these bytes can be kept, too; only then they may be added.
bool opening_fits(const struct opening *k, struct slice bytes, enum side side);
void opening_add(struct opening *k, struct slice bytes, enum side side);
