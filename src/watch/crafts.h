// SPDX-License-Identifier: Apache-2.0
// Who sends packets that no system makes (packet forensics, part 5): oddities of single packets
// summed up by sender, and what makes them harmless. In tables with a bound; one thread feeds
// it with ordered events.
#pragma once

#include "event/event.h"

enum {
    CRAFT_SENDERS = 4096, // with oddities; beyond them, the one that was silent longest goes
    CRAFT_NOTES = 1024
};

struct craft_sums {
    uint64_t senders_lost, notes_lost; // they had to make room
};

struct crafts;
struct crafts *crafts_open(bool live); // live: findings are told when they are known
void crafts_close(struct crafts *c);
void crafts_event(struct crafts *c, const struct event *e); // CRAFTS_WANTED; ignores others
#define CRAFTS_WANTED                                                                          \
    (UINT64_C(1) << EV_weird | UINT64_C(1) << EV_conn | UINT64_C(1) << EV_tick |               \
     UINT64_C(1) << EV_padding)
void crafts_end(struct crafts *c);        // no more events: what is still counted has ended
bool crafts_news(const struct crafts *c); // there is something to tell
void crafts_tell(struct crafts *c, struct out *o); // as notice events
struct craft_sums crafts_sums(const struct crafts *c);
