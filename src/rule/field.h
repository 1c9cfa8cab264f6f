// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: fields of industrial messages that rules ask for.
#pragma once

#include "rule/match.h"

struct interval;

// The parts of a Modbus message; false: the unit is none.
struct modbus_view {
    uint8_t unit, function;
    struct slice data; // behind the function code
};
bool modbus_read(const struct unit *u, struct slice b, struct modbus_view *v);

struct slice field_buffer(struct unit *u, enum buffer b);
bool field_number(struct unit *u, enum number n, uint64_t *v);
bool cip_is_response(struct unit *u);
// Message i of those that a CIP message holds: 0 is itself. false: there is none.
bool cip_part(struct unit *u, uint32_t i, struct slice *part);
// Whether a number of the CIP message, or of one inside, is in x.
bool cip_fits(struct unit *u, enum number n, const struct interval *x);
