// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: events of other programs and the oddities that stand for them.
#pragma once

#include "rule/parse.h"

// The oddities behind a generator's event, from 1; false: there are none.
bool notice_of_generator(const struct rules *set, uint32_t gid, uint32_t sid, uint16_t odd[2]);
// The i-th event of a generator that has an oddity; 0: there are no more.
uint32_t notice_sid(const struct rules *set, uint32_t gid, uint32_t i);

enum { GENERATOR_DNP3 = 145 };
// The rule waits for what is never told: notes it.
void notice_silent(struct load *l, struct rule *r);
// Rules that were read before `config dnp3_event_numbering` mean its numbers, too.
void notice_renumber(struct load *l);
