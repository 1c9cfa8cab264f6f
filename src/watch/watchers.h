// SPDX-License-Identifier: Apache-2.0
// Who looks at the ordered events of a run, together: what they want to see, what they tell.
#pragma once

#include "watch/crafts.h"
#include "watch/plant.h"
#include "watch/rpcs.h"
#include "watch/scans.h"
#include "watch/watch.h"

struct watchers { // NULL: nobody asks
    struct hunt *hunt;
    struct plant *plant;
    struct scans *scans;
    struct rpcs *rpcs;
    struct crafts *crafts;
};

uint64_t watchers_wanted(const struct watchers *w); // events, a bit each
void watchers_event(const struct watchers *w, const struct event *e);
// What is to be told at once, behind the event that showed it.
bool watchers_news(const struct watchers *w);
void watchers_tell(const struct watchers *w, struct out *o);
// The end: what only the whole shows, as far as the output wants it. Only once.
void watchers_end(const struct watchers *w, struct out *o);
void watchers_close(struct watchers *w);
