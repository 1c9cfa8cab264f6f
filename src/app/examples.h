// SPDX-License-Identifier: Apache-2.0
// Inside the app room: labelled flows, out of captures by a manifest, or ready as vectors.
#pragma once

#include "app/option.h"
#include "learn/learn.h"

// Reads one input: vectors, or a manifest whose captures are analysed. NULL: f says why. What
// was missing (captures, flows) is said, and left out.
struct lessons *examples_read(const struct choice *c, const char *path, struct fail *f);
