// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: what is wrong with a message of IEC 60870-5-104.
#pragma once

#include "rule/match.h"

enum { IEC104_EVENTS = 9 };

// Whether Snort's event 151:sid is true of the unit, 1 to IEC104_EVENTS.
bool iec104_event(struct unit *u, unsigned sid);
