// SPDX-License-Identifier: Apache-2.0
// Inside the app room: the overview, for people and for programs.
#pragma once

#include "app/session.h"
#include "watch/watch.h"

void overview_print(const struct overview *v, struct hunt *h, const struct choice *c,
                    struct output *o);
void overview_json(const struct overview *v, struct text *t);
