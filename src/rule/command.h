// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: what clients of FTP tell.
#pragma once

#include "rule/match.h"

// `s` begins with an address as PORT has them, which is not that of who sends the packet: where
// the address ends; else 0.
uint32_t command_bounces(const struct unit *u, struct slice s);
