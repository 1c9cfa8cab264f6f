// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: fields of industrial messages that rules ask for.
#pragma once

#include "rule/match.h"

// The parts of a Modbus message; false: the unit is none.
struct modbus_view {
    uint8_t unit, function;
    struct slice data; // behind the function code
};
bool modbus_read(const struct unit *u, struct slice b, struct modbus_view *v);

struct slice field_buffer(struct unit *u, enum buffer b);
bool field_number(struct unit *u, enum number n, uint64_t *v);
bool cip_is_response(struct unit *u);
