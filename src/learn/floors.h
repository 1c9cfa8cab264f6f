// SPDX-License-Identifier: Apache-2.0
// Limits of measures, read from a text.
#pragma once

#include "learn/learn.h"

enum { MEASURE_NAME = 64 }; // bytes, with the zero

struct floor_limit {
    char measure[MEASURE_NAME]; // A.start8.accuracy
    double limit;
    bool upper; // the measure may not be above
    uint32_t line;
};

struct floors {
    struct floor_limit *limit;
    uint32_t n;
};

bool floor_holds(const struct floor_limit *f, double value);
