// SPDX-License-Identifier: Apache-2.0
// The tables that event.def, odd.def and count.def describe, and emitting.
#include "event/event.h"

#include <stdio.h>

#define EVENT(name, head, eve, doc) static const struct field fields_##name[] = {
#define FIELD(event, type, name, column, eve, presence, doc)                                   \
    {#name,                                                                                    \
     column,                                                                                   \
     eve,                                                                                      \
     doc,                                                                                      \
     offsetof(struct ev_##event, name),                                                        \
     TYPE_##type,                                                                              \
     FIELD_##presence,                                                                         \
     FI_##event##_##name},
#define END(name)                                                                              \
    }                                                                                          \
    ;
#include "event/event.def"
#undef EVENT
#undef FIELD
#undef END

#define EVENT(name, head, eve, doc)                                                            \
    _Static_assert(FIELDS_##name <= 64, "a bit of `present` for each field of " #name);
#define FIELD(event, type, name, column, eve, presence, doc)
#define END(name)
#include "event/event.def"
#undef EVENT
#undef FIELD
#undef END

const struct event_type event_type[EVENTS] = {
#define EVENT(name, head, eve, doc)                                                            \
    [EV_##name] = {#name,         eve,          doc, HEAD_##head, sizeof(struct ev_##name),    \
                   FIELDS_##name, fields_##name},
#define FIELD(event, type, name, column, eve, presence, doc)
#define END(name)
#include "event/event.def"
#undef EVENT
#undef FIELD
#undef END
};

const struct odd_type odd_type[ODDS] = {
#define ODD(name, weight, room, sentence) [ODD_##name] = {#name, #room, sentence, weight},
#include "event/odd.def"
#undef ODD
};

const struct subject nobody;

int event_by_name(const char *name)
{
    for (int i = 0; i < EVENTS; i++)
        if (!strcmp(event_type[i].name, name))
            return i;
    return -1;
}

struct event *event_new(struct out *o, enum event_id id)
{
    struct event *e = arena_zero(o->arena, event_type[id].size);

    e->order = o->order;
    e->ordinal = o->ordinal;
    e->uid = o->at->uid;
    e->ts = o->ts;
    e->src = o->at->src;
    e->dst = o->at->dst;
    e->sport = o->at->sport;
    e->dport = o->at->dport;
    e->id = (uint16_t)id;
    e->lane = o->lane;
    e->ip_proto = o->at->ip_proto;
    *o->last = e;
    o->last = &e->next;
    return e;
}

static void emit_odd(struct out *o, enum odd which, struct slice details)
{
    count(o, COUNT_oddities, 1);
    why(o, "odd: %s", odd_type[which].sentence);
    if (!want(o, EV_weird))
        return;
    struct ev_weird *e = emit_weird(o);
    e->name = odd_type[which].name;
    e->msg = odd_type[which].sentence;
    e->source = odd_type[which].room;
    e->type = !strcmp(e->source, "packet")  ? "decode"
              : !strcmp(e->source, "proto") ? "applayer"
                                            : "stream";
    e->peer = "pipit";
    e->addl = details;
    e->packet = o->ordinal + 1;
    e->which = (uint8_t)which;
    if (o->from) {
        e->sender = *o->from;
        e->sender_mac = *o->from_mac;
    }
}

void odd(struct out *o, enum odd which)
{
    emit_odd(o, which, (struct slice){0});
}

static PRINTF(2, 0) struct slice arena_vprint(struct arena *a, const char *fmt, va_list ap)
{
    char line[1024];
    int n = vsnprintf(line, sizeof(line), fmt, ap);

    return arena_copy(a, slice_of(line, n < 0 ? 0 : min_u32((uint32_t)n, sizeof(line) - 1)));
}

void odd_with(struct out *o, enum odd which, const char *fmt, ...)
{
    va_list ap;

    if (!want(o, EV_weird)) {
        emit_odd(o, which, (struct slice){0});
        return;
    }
    va_start(ap, fmt);
    emit_odd(o, which, arena_vprint(o->arena, fmt, ap));
    va_end(ap);
}

void why_text(struct out *o, const char *fmt, ...)
{
    va_list ap;

    if (!want(o, EV_why))
        return;
    struct ev_why *e = emit_why(o);
    va_start(ap, fmt);
    e->text = arena_vprint(o->arena, fmt, ap);
    va_end(ap);
    e->packet = o->ordinal + 1;
}
