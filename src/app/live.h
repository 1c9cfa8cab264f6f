// SPDX-License-Identifier: Apache-2.0
// Inside the app room: what is given up before the first packet of a device is looked at.
#pragma once

#include "base/base.h"

// Root becomes nobody, who is given the folder if it was made for this run (`made`); then
// opening sockets and starting programs is given up. folder NULL: none. false: f says what
// could not be done, and nothing should be captured.
bool live_guard(const char *folder, bool made, struct fail *f);
