// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: filters of the configuration.
#pragma once

#include "rule/load.h"

// `suppress`, `event_filter`, `rate_filter` of the configuration.
enum filter_kind { FILTER_SUPPRESS, FILTER_EVENT, FILTER_RATE };
struct filter_line {
    struct filter_line *next;
    uint32_t gid, sid;                // 0: all
    uint8_t kind, number, new_action; // number: tells those of FILTER_RATE apart
    bool tracked, either;             // either: suppressed by source or destination
    const struct ranges *ip;          // of who is tracked; NULL means any
    uint32_t timeout;                 // seconds that the new action lasts; 0: for ever
    struct limit limit;               // of a rate, seconds 0: ever
};

// Reads one, or a table of them; args: what follows the word.
bool filter_read(struct load *l, enum filter_kind kind, struct slice args,
                 const struct place *at);
bool filter_rates(const struct rules *set, const struct rule *r); // some line is about it
// A rate_filter is about it, and no rule is.
bool filter_lacks_rule(const struct rules *set, uint32_t gid, uint32_t sid);
