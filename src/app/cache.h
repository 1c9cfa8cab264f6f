// SPDX-License-Identifier: Apache-2.0
// Inside the app room: what can be made again at any time, kept for the next run in the user's
// cache folder ($XDG_CACHE_HOME/pipit, or ~/.cache/pipit).
#pragma once

#include "base/text.h"

// Appends what was kept under this name. false: nothing, or somebody else may have written it.
bool cache_read(const char *name, struct text *t);
// Keeps the eight that were used last. Says nothing where there is no place: it is only slower.
void cache_write(const char *name, struct slice s);
