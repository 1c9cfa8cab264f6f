// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: parts of HTTP, DNS, SSH and NTP messages, and what they have many of.
#pragma once

#include "rule/match.h"

struct slice message_part(struct unit *u, enum buffer b); // p NULL: there is none
bool message_number(struct unit *u, enum number n, uint64_t *v);

// If o chooses one of many, there may or must be none. arg: or_else, or nothing.
bool many_absent(struct rule_option *o, struct slice arg);

// ---- dns.c
// The owner's name of the record number i, from 0, of those that are meant; false: there are
// not so many.
bool dns_owner(struct unit *u, enum many how, uint32_t i, struct slice *name);
bool dns_number(struct unit *u, enum number n, uint64_t *v);
