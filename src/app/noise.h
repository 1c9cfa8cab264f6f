// SPDX-License-Identifier: Apache-2.0
// Inside the app room: made-up flows that carry no protocol, for learning to refuse them.
#pragma once

#include "app/examples.h"

// Adds flows of one repeated byte, of prose and of random bytes, over TCP and UDP, some of one
// direction, some cut short. They have no label; always the same ones.
void noise_add(struct examples *e);
