// SPDX-License-Identifier: Apache-2.0
// --from and --to: reading them, and marking the frames that they leave out. Private to the
// room.
#pragma once

#include "capture/capture.h"

enum moment_kind {
    MOMENT_OPEN,   // no limit
    MOMENT_FIXED,  // since 1970
    MOMENT_OF_DAY, // since midnight of the first frame's day (UTC)
    MOMENT_AFTER,  // since the first frame
};

struct moment {
    enum moment_kind kind;
    nsec value;
};

struct times {
    struct moment from, to;
    bool fixed; // begin and end are known: there was a first frame
    nsec begin, end;
};

// false and a sentence that shows the forms: not a time.
bool moment_read(struct moment *m, const char *text, struct fail *f);

bool times_open(struct times *t, const char *from, const char *to, struct fail *f);
static inline bool times_wanted(const struct times *t)
{
    return t->from.kind != MOMENT_OPEN || t->to.kind != MOMENT_OPEN;
}
void times_mark(struct times *t, struct frame *frame, uint32_t n);
