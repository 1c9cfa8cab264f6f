// SPDX-License-Identifier: Apache-2.0
// Inside the app room: train --teach, a protocol learnt from a few conversations of the user's.
#pragma once

#include "app/examples.h"

extern const char teach_vectors[]; // where the lessons of the built-in model are installed

// What all else is learnt from, and the conversations that the choice names. False: f says why,
// or is empty if it was said. Free e in any case.
bool teach_read(struct examples *e, const struct choice *c, struct fail *f);
// Says how many of them the new model knows by that name.
void teach_report(const struct examples *e, const char *name, struct slice model);
