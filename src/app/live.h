// SPDX-License-Identifier: Apache-2.0
// Inside the app room: what is given up before the first packet of a device is looked at.
#pragma once

#include "base/base.h"

// A folder that is written into; given to nobody if it was made for this run.
struct live_folder {
    const char *path, *option;
    bool made;
};
enum { LIVE_FOLDERS = 3 };

// Root becomes nobody; then opening sockets and starting programs is given up. false: f says
// what could not be done, and nothing should be captured.
bool live_guard(const struct live_folder *folder, int n, struct fail *f);
