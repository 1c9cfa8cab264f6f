// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: the parts of a SIP message.
#pragma once

#include "rule/match.h"

// BUF_sip_header or BUF_sip_body; p NULL: the unit is no SIP message, or has no body.
struct slice sip_buffer(struct unit *u, enum buffer b);
