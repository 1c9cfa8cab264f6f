// SPDX-License-Identifier: Apache-2.0
// Inside the app room: labelled flows, out of captures by a manifest, or ready as vectors.
#pragma once

#include "app/option.h"
#include "learn/learn.h"

struct examples {
    struct lessons *lessons;
    struct opened *flow; // the messages of each, for the words of tokens; none from vectors
    uint32_t first;      // the number of the first of them among the lessons
    uint32_t n, room;
    uint32_t others;           // how many of them the user did not teach
    const struct model *model; // has words for what came from vectors; NULL: nobody has
};

struct labelled;

// Reads one input: vectors, or a manifest whose captures are analysed. False: f says why. What
// was missing (captures, flows) is said, and left out. Free it in any case.
bool examples_read(struct examples *e, const struct choice *c, const char *path,
                   struct fail *f);
// The same, added to what was read before; then it must be a manifest.
bool examples_more(struct examples *e, const struct choice *c, const char *path,
                   struct fail *f);
void examples_free(struct examples *e);
// Adds a flow; only the texts of `r` are asked for. False: there is one that begins the same,
// or too many of its capture and label.
bool examples_add(struct examples *e, const struct labelled *r, struct glimpse g);
// The n-th flow that has messages; borrowed.
struct glimpse examples_glimpse(const struct examples *e, uint32_t n);
// Words for a token, from the flow of that number, or from who else knows; fits
// learn_options.words.
bool examples_words(void *examples, struct text *t, uint32_t token, uint32_t flow);
