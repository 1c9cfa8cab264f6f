// SPDX-License-Identifier: Apache-2.0
// The published names, a line each: what they were learnt from, and what came of it.
#pragma once

#include "learn/lessons.h"
#include "learn/measure.h"

struct published {
    const struct corpus *corpus;
    const struct lessons *kept; // or NULL
    const struct learn_options *learn;
    const struct name_figures *held, *put_aside; // asserted names, by name
    uint32_t n_held, n_put_aside;
};
void print_published(struct text *t, const struct published *p);
