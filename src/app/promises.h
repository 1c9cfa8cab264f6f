// SPDX-License-Identifier: Apache-2.0
// Inside the app room: what server ports promise, for the hunt.
#pragma once

#include "app/option.h"
#include "watch/watch.h"

// A hunt that knows the table of names, and which of them can be recognised with the model that
// the choice names.
struct hunt *promises_hunt(const struct choice *c);
