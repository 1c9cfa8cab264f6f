// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: rules that are asked together, and what finds the few that may match.
#pragma once

#include "rule/match.h"

struct rule_bits { // of the numbers 64 * word and so on
    uint32_t word;
    uint64_t bits;
};
struct group {
    const struct group *next; // all of the set
    uint64_t hash;            // of its rules' numbers
    const uint32_t *rule;     // all, in order
    uint32_t n_rules;
    const struct rule_bits *always; // those without a fast pattern
    uint32_t n_always;
    const struct scan *scan; // one for each buffer
    uint32_t n_scans;
};

// Whether a match matters although another rule lets the unit pass: it changes bits that later
// rules test, or lets the rest of the conversation pass.
static inline bool rule_matters(const struct rule *r)
{
    return r->changes || (r->action == ACTION_pass && r->dialect == DIALECT_SURICATA);
}

// Which rules may match: a bit for each, and a bit for each word of bits that has any, so that
// they come out in their order without sorting.
struct finding {
    uint64_t *bits, *words;
    void *scratch; // hs_scratch
};
static inline size_t finding_size(const struct rules *set)
{
    return ((size_t)set->n_rules / 64 + 1 + (size_t)set->n_rules / 4096 + 1) * sizeof(uint64_t);
}
static inline void finding_add(struct finding *f, uint32_t rule)
{
    f->bits[rule / 64] |= UINT64_C(1) << rule % 64;
    f->words[rule / 4096] |= UINT64_C(1) << rule / 64 % 64;
}
static inline void finding_add_bits(struct finding *f, struct rule_bits b)
{
    f->bits[b.word] |= b.bits;
    f->words[b.word / 64] |= UINT64_C(1) << b.word % 64;
}
// Leaves only those of `kept`, a bit each.
static inline void finding_keep(struct finding *f, const uint64_t *kept, uint32_t n_rules)
{
    for (uint32_t at = 0; at <= n_rules / 4096; at++) {
        for (uint64_t left = f->words[at]; left; left &= left - 1) {
            uint32_t word = at * 64 + (uint32_t)__builtin_ctzll(left);
            f->bits[word] &= kept[word];
            if (!f->bits[word])
                f->words[at] &= ~(left & -left);
        }
    }
}
// Takes out the first that is less than `below`; `at` begins with 0 and is only for this.
// UINT32_MAX: there is none left.
static inline uint32_t finding_next(struct finding *f, uint32_t below, uint32_t *at)
{
    for (; *at <= below / 4096; ++*at) {
        uint64_t *words = &f->words[*at];
        if (!*words)
            continue;
        uint32_t word = *at * 64 + (uint32_t)__builtin_ctzll(*words);
        uint32_t rule = word * 64 + (uint32_t)__builtin_ctzll(f->bits[word]);
        if (rule >= below)
            break;
        f->bits[word] &= f->bits[word] - 1;
        if (!f->bits[word])
            *words &= *words - 1;
        return rule;
    }
    return UINT32_MAX;
}

void *group_scratch(const struct rules *set); // a lane's own; NULL: none is needed
void group_scratch_free(void *scratch);
// Adds the rules of the group that have no fast pattern.
static inline void group_always(const struct group *g, struct finding *f)
{
    for (uint32_t i = 0; i < g->n_always; i++)
        finding_add_bits(f, g->always[i]);
}
// Adds those whose pattern the unit holds; joined: NULL, or the unit with an older piece in
// front, whose pkt_data is searched instead. passed: only those that matter all the same.
void group_search(const struct group *g, struct unit *u, struct unit *joined, bool passed,
                  struct finding *f);
void groups_free(struct rules *set);

// The groups of a unit, at most GROUPS_OF_UNIT; gives their number.
enum { GROUPS_OF_UNIT = 4 };
unsigned groups_of(const struct rules *set, unsigned policy, enum unit_kind kind,
                   enum ip_class class, uint16_t sport, uint16_t dport, uint8_t service,
                   const struct group *to[GROUPS_OF_UNIT]);
