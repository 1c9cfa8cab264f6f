// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: which DNP3 sessions memcap has room for (dnp3.md 5.2).
#pragma once

#include "rule/rules.h"

struct admission;
struct admission *admission_open(const struct rules *set, uint64_t *count); // COUNTS of them
void admission_close(struct admission *a);
void admission_event(struct admission *a, const struct ev_dnp3_session *e);
// Whether the DNP3 session that an alert depends on, if any, is inspected.
bool admission_holds(const struct admission *a, const struct ev_alert *alert);
