// SPDX-License-Identifier: Apache-2.0
// Inside the app room: the configuration file and rule files: our settings, and the set of
// rules.
#pragma once

#include "app/option.h"

// Reads what -c, -R and -S name. Settings go into c->settings, all or none; c->rules is made
// where the command uses rules, or a file was named. False: f says why, with file and line.
bool ruleset_read(struct choice *c, struct fail *f);

// Tells what was refused, a line each and the count, as a warning. Gives how many there were.
uint32_t ruleset_refused(const struct rules *r);
