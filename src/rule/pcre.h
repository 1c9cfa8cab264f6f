// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: regular expressions with limits.
#pragma once

#include "rule/match.h"
#include "rule/parse.h"

struct pcre;

// Compiles; NULL: p->why holds the reason. `options` are PCRE2's. Freed with the set.
const struct pcre *pcre_make(struct parse *p, struct slice pattern, uint32_t options,
                             bool generous);
// The first match in `in` that begins at `from` or later. False: none, or a limit was hit.
bool pcre_find(const struct unit *u, const struct pcre *x, struct slice in, uint32_t from,
               uint32_t *begin, uint32_t *end);
void pcre_free_all(struct rules *set);

struct pcre_scratch *pcre_scratch_open(const struct rules *set);
void pcre_scratch_close(struct pcre_scratch *s);
