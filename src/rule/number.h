// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: comparing numbers: 5, <5, >=5, !5, 5<>9, or a name.
#pragma once

#include "rule/match.h"
#include "rule/parse.h"

struct word_value {
    const char *word;
    uint32_t value;
};
#define LIST(name) extern const struct word_value name[];
#define NAME(word, value)
#define END
#include "rule/names.def"
#undef LIST
#undef NAME
#undef END

// The value of a word in a list, in any case; false: it is not there.
bool word_value(const struct word_value *list, struct slice word, uint32_t *value);
const char *word_nearest(const struct word_value *list, struct slice word); // a hint

struct interval { // holds for lo <= v <= hi, or for all others
    uint64_t lo, hi;
    bool negated;
};
// `inclusive`: a<>b holds for a and b themselves. list may be NULL.
bool interval_read(struct parse *p, struct slice s, uint64_t most,
                   const struct word_value *list, bool inclusive, struct interval *i);
static inline bool interval_has(const struct interval *i, uint64_t v)
{
    return (v >= i->lo && v <= i->hi) != i->negated;
}
