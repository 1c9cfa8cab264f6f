// SPDX-License-Identifier: Apache-2.0
// Inside the lane room: what one thread must decide for all lanes, in the order of the input.
#pragma once

#include "lane/way.h"

#include "base/hash.h"

enum { NO_LANE = 255, ASKS = 1024 };

// Time as all lanes are told it, before the frame at this place.
struct tick {
    uint32_t before; // index of the frame in its batch
    nsec now;
    bool jump; // time stepped back by more than a second
};

struct dispatch {
    nsec next; // the next whole second that is to be told
    nsec latest, first;
    bool began;
    uint64_t count[COUNTS]; // packets, bytes, filtered
    uint16_t port[ASKS];    // of the asker: most datagrams answer none, and see it here
    struct ask {            // recent multicast questions over UDP
        struct addr client;
        uint16_t answers;
        nsec ts;
    } ask[ASKS];
};

// Gives each frame its lane (NO_LANE: filtered) and writes the ticks that fall between them.
uint32_t dispatch_frames(struct dispatch *d, struct frames *fr, struct tick *tick);
// No frame came: a live capture's time goes on nevertheless. Writes one tick or none.
uint32_t dispatch_quiet(struct dispatch *d, nsec now, struct tick *tick);
