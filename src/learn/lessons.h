// SPDX-License-Identifier: Apache-2.0
// Labelled flows in memory, as they were added, and as learning wants them: a corpus.
#pragma once

#include "base/mem.h"
#include "learn/learn.h"

#include <string.h>

enum {
    LESSONS_MOST = 1 << 18,
    STRINGS_MOST = 1 << 20,
    STRINGS_OF_ONE = 4 + VIEWS,
    GROUP_MOST = 40, // flows of one capture and label
    VIEW_BITS = (1 << VIEWS) - 1
};

struct lesson { // strings are interned: equal ones have one address
    const char *label, *source, *capture, *origin, *probe[VIEWS];
    uint64_t same;
    uint8_t messages;
    uint32_t number;       // in order of adding
    uint32_t total[VIEWS]; // tokens of the view, also of those that are left out
    uint32_t n;
    const uint32_t *token; // n hashes, ascending
    const uint8_t *views;  // of each token: a bit for each view that has it
};

struct group {
    const char *label, *source, *capture;
    uint32_t flows;
};

struct lessons {
    struct arena arena;
    struct lesson *lesson;
    const char **string;
    struct group *group;
    struct map by_string, by_same, by_group;
    uint32_t n, n_strings, n_groups;
};

// The one copy of a string, which the caller has room for; its number, SLAB_NONE: there is
// none.
const char *lessons_string(struct lessons *l, struct slice s);
uint32_t lessons_find(const struct lessons *l, struct slice s);
// Takes a lesson whose strings are interned and whose lists live in the arena.
void lessons_place(struct lessons *l, const struct lesson *from);

static inline bool is_generated(const struct lesson *l)
{
    return !strcmp(l->origin, "generator");
}

static inline bool is_captured(const struct lesson *l)
{
    return !strcmp(l->origin, "capture");
}

// Random bytes.
static inline bool is_chance(const struct lesson *l)
{
    return !strcmp(l->origin, "chance");
}

static inline bool is_noise(const struct lesson *l)
{
    return is_chance(l) || !strcmp(l->origin, "noise");
}

// ---- a corpus: lessons in an order that does not depend on that of adding, with tokens
// numbered from the most frequent. A token of only one flow teaches nothing and has no number.
struct row { // what one or several views of a flow consist of
    uint32_t lesson;
    uint32_t total; // tokens, also those without number
    uint16_t n;
    uint8_t views;
    const uint32_t *token; // numbers, ascending
};

struct corpus {
    struct arena arena;
    const struct lesson **lesson;
    uint32_t *capture; // of each lesson: equal for those of one label that share it
    uint32_t *hash;    // by number
    uint32_t *spare;   // TOKENS_MOST hashes that no token has
    struct row *row;
    uint32_t *first_row; // of each lesson, and behind the last
    uint32_t n, n_tokens, n_rows;
};

void corpus_make(struct corpus *c, const struct lessons *l);
void corpus_free(struct corpus *c);
// The row that shows a lesson in a view; NULL: there is none.
const struct row *corpus_row(const struct corpus *c, uint32_t lesson, enum view v);
// The hashes of a row; those that were left out are made up, so that n is right.
void corpus_tokens(struct tokens *t, const struct corpus *c, const struct row *r);
