// SPDX-License-Identifier: Apache-2.0
// Inside the app room: the first messages of all conversations of a run, as identification sees
// them: for teaching, and for finding what is alike.
#pragma once

#include "event/event.h"
#include "model/model.h"

// Called when a conversation that sent payload ends; both die after the call.
typedef void gather_talk(void *user, const struct glimpse *g, const struct ev_conn *e);

struct gather;
struct gather *gather_new(gather_talk *talk, void *user);
void gather_free(struct gather *g);
// Takes `message` and `conn` events, which the run must want; others are ignored. Fits
// job.event; always true.
bool gather_event(void *gather, const struct event *e);
uint64_t gather_lost(const struct gather *g); // conversations: too many at a time
