// SPDX-License-Identifier: Apache-2.0
// Figures of verdicts on flows whose truth is known.
#pragma once

#include "learn/lessons.h"

struct verdict {
    const char *truth;  // interned, as `source`
    const char *source; // of the flow
    const char *name;   // interned; the best candidate, asserted or not; NULL: none
    float score;        // of it
    uint8_t view;
    uint8_t grade; // enum grade
    bool known;    // the truth is a name of the model
};

struct verdicts {
    struct verdict *v;
    uint32_t n;
};

enum measure {
    ACCURACY, // of known flows, by the best candidate
    MACRO_F1,
    ROC_AREA,       // known against unknown, by score
    KNOWN_ACCEPTED, // a name was asserted
    UNKNOWN_ACCEPTED,
    PRECISION, // of asserted names, those for unknown flows being wrong
    CERTAIN_PRECISION,
    LIKELY_PRECISION,
    POSSIBLE_PRECISION,
    MEASURES
};
extern const char *const measure_name[MEASURES];

struct figures {
    uint32_t known, unknown;
    double value[MEASURES]; // negative: there was nothing to measure
};

struct name_figures {
    const char *name;
    uint32_t flows, called, right; // called so, known flows only
};

// Of the verdicts at a view; of one source, or of all (NULL).
void measure(struct figures *f, const struct verdicts *all, enum view v, const char *source);
// Per name, in order of the verdicts' truths, by the best candidates that have at least that
// grade; gives how many. At most NAMES_MOST.
uint32_t measure_names(struct name_figures to[NAMES_MOST], const struct verdicts *all,
                       enum view v, const char *source, enum grade least);
double f1_of(const struct name_figures *n);
