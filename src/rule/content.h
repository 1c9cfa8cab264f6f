// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: contents, and their texts.
#pragma once

#include "rule/parse.h"

struct content {
    struct slice pattern, lower;         // as written; in lower case if nocase
    int32_t offset, depth;               // or distance, within; depth 0: to the end
    int8_t offset_var, depth_var;        // number of a variable, -1: none
    bool nocase, negated, relative, end; // end: endswith
    bool bare;                           // fast_pattern:only: does not move the cursor
    bool fast;                           // the author wants it as fast pattern
    bool anchored;                       // offset, depth or startswith were given
    bool starts;                         // by startswith
    uint16_t fast_from, fast_n;          // part of it for the fast pattern; n 0: all
};

// "a|3b 22|b" without its quotes, into bytes; n of them at most n of the text.
bool content_text(struct parse *p, struct slice s, uint8_t *to, uint32_t *n);
// The closing quote of a text that begins with one; NULL: there is none.
const uint8_t *content_quote(struct slice s);
