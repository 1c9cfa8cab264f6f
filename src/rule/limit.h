// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: how often alerts may be told.
#pragma once

#include "base/base.h"

enum track { TRACK_SRC, TRACK_DST, TRACK_BOTH, TRACK_RULE, TRACK_FLOW };
enum limit_kind {
    LIMIT_NONE,
    LIMIT_LIMIT,
    LIMIT_THRESHOLD,
    LIMIT_BOTH,
    LIMIT_BACKOFF,
    LIMIT_DETECTION
};

struct limit {
    uint8_t kind, track;
    uint32_t count, seconds, multiplier;
};
