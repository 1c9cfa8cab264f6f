// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: bodies of HTTP messages.
#pragma once

#include "rule/match.h"

// Where the chunks that begin at `at` end; more than b.n means that so many bytes are needed
// before more can be said.
uint32_t chunks_length(struct slice b, uint32_t at);

void body_fill(struct unit *u); // all buffers that are made of the body
