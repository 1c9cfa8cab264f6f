// SPDX-License-Identifier: Apache-2.0
// Inside the proto room: notices of what may happen often. The first is told at once, those of
// the next minute are counted and told by the one after them, or at the end.
#pragma once

#include "proto/proto.h"

#include <stdarg.h>

struct notice_kind {
    const char *note, *severity, *technique, *msg; // as in the log; technique may be NULL
};
struct notice_told {      // zeroed at first
    nsec first, last, at; // at: when it was told, 0: never
    uint32_t count;       // since then
    uint8_t side;         // who did it
};

// It happened again, at `ts`, by `side`; fmt: the evidence.
__attribute__((format(printf, 6, 0))) void
notice_found(struct ctx *x, const struct notice_kind *kind, struct notice_told *t, nsec ts,
             enum side side, const char *fmt, va_list ap);
// Tells what was counted since.
void notice_rest(struct ctx *x, const struct notice_kind *kind, struct notice_told *t);
