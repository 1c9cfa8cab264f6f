// SPDX-License-Identifier: Apache-2.0
// The opening of a TCP talk: its first bytes, kept while nobody knows what it is, in the order
// it came.
#pragma once

#include "proto/proto.h"

enum { OPENINGS_MOST = 2048, RUNS_MOST = 16 };

struct opening {
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
// False: they do not fit, or it is not known any more whose turn it was.
bool opening_add(struct opening *k, struct slice bytes, enum side side);
