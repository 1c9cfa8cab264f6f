// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: the databases of fast patterns, compiled or kept from an earlier run.
#pragma once

#include <hs.h>

#include "rule/load.h"

// The patterns of one database, in lower case, none twice; in the scratch of loading.
struct patterns {
    struct patterns *next;
    const char **text;
    size_t *size;
    unsigned n;
    hs_database_t **to; // where it goes
};

// Makes all of them. false: f says why; what was made stays where it went.
bool patterns_compile(struct load *l, const struct patterns *first, struct fail *f);
