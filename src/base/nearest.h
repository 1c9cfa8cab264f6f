// SPDX-License-Identifier: Apache-2.0
// The known word that a misspelt one was probably meant to be.
#pragma once

#include "base/base.h"

struct nearest {
    const char *word; // what was written
    const char *best; // the nearest so far; NULL: none is near
    unsigned distance;
    uint32_t letters; // of the word, a bit for each kind; 0: not counted yet
    uint8_t length;
};

void nearest_try(struct nearest *n, const char *candidate);
// " (did you mean X?)", or nothing. Static; one at a time.
const char *nearest_hint(const char *best);
