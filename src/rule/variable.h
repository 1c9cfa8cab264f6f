// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: variables, and the lists of addresses and ports that are made of them.
#pragma once

#include "rule/range.h"

enum list_kind { LIST_ADDRESSES, LIST_PORTS, LIST_EITHER };

struct variable {
    const char *name, *value;
    uint8_t kind;  // enum list_kind; EITHER: `var`
    bool given;    // by -S: lines of files do not change it
    bool standard; // of variable.def
    uint32_t cost; // rules that were refused because it is not defined
    bool missing;  // used, but not defined
    const char *file;
    uint32_t line, column; // of its first use
};

struct list_cache; // sets by their text

struct variables {
    struct arena *arena;
    struct variable *at;
    uint32_t n, room;
    struct list_cache *cache;
};

void variables_init(struct variables *v, struct arena *a);
// A policy of its own begins with what -S gave and what is standard.
void variables_begin(struct variables *v, const struct variables *from);
bool variable_set(struct variables *v, enum list_kind kind, struct slice name,
                  struct slice value, bool given, struct fail *f);
struct variable *variable_find(const struct variables *v, struct slice name);

// The set that a list means; NULL: f says why. `missing` gets the undefined variable, if that
// is the reason. The set of everything is told by ranges_same with ranges_all_...
const struct ranges *list_read(struct variables *v, enum list_kind kind, struct slice text,
                               struct variable **missing, struct fail *f);
// A text with $NAME, $(NAME), $(NAME:-default), $(NAME:?message) put in.
bool variables_expand(struct variables *v, struct slice text, char *to, size_t room,
                      struct fail *f);
