// SPDX-License-Identifier: Apache-2.0
// Inside the app room: how far a run is, on a terminal's standard error.
#pragma once

#include "lane/lane.h"

struct progress_line {
    bool wanted, shown, live;
    nsec begin, last; // of the monotonic clock
};

// `may`: the user wants it, and nothing else is printed meanwhile.
struct progress_line progress_begin(bool may, bool live);
void progress_tell(struct progress_line *p, const struct run_so_far *so_far);
void progress_end(struct progress_line *p); // wipes the line
