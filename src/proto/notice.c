// SPDX-License-Identifier: Apache-2.0
// Notices of what may happen often, told once in a minute.
#include "proto/notice.h"

#include <stdio.h>

#define AGAIN (60 * SECOND)

static void tell(struct ctx *x, const struct notice_kind *kind, struct notice_told *t,
                 struct slice evidence)
{
    uint64_t n = t->count;

    t->count = 0;
    if (!want(x->out, EV_notice))
        return;
    struct ev_notice *e = emit_notice(x->out);
    bool forth = t->side == ORIG;
    e->note = kind->note;
    e->severity = kind->severity;
    e->technique = kind->technique;
    e->msg = slice_str(kind->msg);
    e->evidence = evidence;
    e->src = forth ? e->head.src : e->head.dst;
    e->dst = forth ? e->head.dst : e->head.src;
    e->p = forth ? e->head.dport : e->head.sport;
    e->first = t->first;
    e->last = t->last;
    e->count = n;
}

void notice_found(struct ctx *x, const struct notice_kind *kind, struct notice_told *t, nsec ts,
                  enum side side, const char *fmt, va_list ap)
{
    char text[200];

    if (!t->count++)
        t->first = ts;
    t->last = ts;
    t->side = (uint8_t)side;
    if (t->at && ts - t->at < AGAIN)
        return;
    vsnprintf(text, sizeof(text), fmt, ap);
    t->at = ts;
    tell(x, kind, t, arena_copy(x->out->arena, slice_str(text)));
}

void notice_rest(struct ctx *x, const struct notice_kind *kind, struct notice_told *t)
{
    if (t->count)
        tell(x, kind, t, slice_str("more of what was told before"));
}
