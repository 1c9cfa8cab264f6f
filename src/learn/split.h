// SPDX-License-Identifier: Apache-2.0
// The evaluation protocol's splits (identification, section 9): what is learnt, what is judged.
#pragma once

#include "learn/measure.h"
#include "learn/train.h"

struct trial_ground {
    const struct lessons *lessons;
    const struct learn_options *options;
    struct corpus corpus;
    struct names names;  // that have enough flows in all
    uint16_t *name;      // of each lesson, NO_NAME: none of these
    uint8_t *use, *test; // of each lesson, in the run at hand
};

// False: more names than a model can hold.
bool ground_make(struct trial_ground *g, const struct lessons *l,
                 const struct learn_options *o);
void ground_free(struct trial_ground *g);

// Each appends to the verdicts, for which there is room.
void split_by_capture(struct trial_ground *g, struct verdicts *to);
void split_by_source(struct trial_ground *g, struct verdicts *to);
void split_by_name(struct trial_ground *g, struct verdicts *to);
// The flows of `kept`, which are learnt from by nobody, judged by the model that all lessons
// make.
void split_kept(struct trial_ground *g, const struct lessons *kept, struct verdicts *to);
// How many verdicts any of them may make.
uint32_t verdicts_most(const struct trial_ground *g);
