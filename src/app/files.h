// SPDX-License-Identifier: Apache-2.0
// Inside the app room: files that are read or written whole.
#pragma once

#include "base/text.h"

// Appends the file; at most TEXT_MOST bytes. False: f says why.
bool file_read(struct text *t, const char *path, struct fail *f);
// For `return`: what failed is told of this file.
bool file_failed(const char *path, struct fail *f);
// All or nothing: a file is written beside it first; devices and pipes are written to.
bool file_write(const char *path, struct slice s, struct fail *f);
// False, and f says why: writing there would destroy one of the inputs, which end with NULL.
bool file_spares(const char *path, const char *const *input, const char *option,
                 struct fail *f);
