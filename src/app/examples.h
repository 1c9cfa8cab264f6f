// SPDX-License-Identifier: Apache-2.0
// Inside the app room: labelled flows, out of captures by a manifest, or ready as vectors.
#pragma once

#include "app/option.h"
#include "learn/learn.h"

struct examples {
    struct lessons *lessons;
    struct opened *flow; // the messages of each, for the words of tokens; NULL from vectors
    uint32_t n, room;
};

// Reads one input: vectors, or a manifest whose captures are analysed. False: f says why. What
// was missing (captures, flows) is said, and left out. Free it in any case.
bool examples_read(struct examples *e, const struct choice *c, const char *path,
                   struct fail *f);
void examples_free(struct examples *e);
// Words for a token, from the flow of that number; fits learn_options.words. A flow that came
// from vectors has none.
bool examples_words(void *examples, struct text *t, uint32_t token, uint32_t flow);
