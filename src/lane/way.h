// SPDX-License-Identifier: Apache-2.0
// Inside the lane room: one lane and a packet's way through it.
#pragma once

#include "lane/lane.h"

struct lane;

struct lane *lane_open(const struct flow_limits *l, uint16_t number);
void lane_close(struct lane *l);

// FRAME_ bits from the dispatcher, beside those of capture.
enum {
    FRAME_ASKED = 2, // answers a multicast question of its receiver
    FRAME_JUMP = 4   // time stepped back before it by more than a second
};

void lane_frame(struct lane *l, const struct frame *fr, uint64_t ordinal, struct out *o);
void lane_tick(struct lane *l, nsec now, bool jump, struct out *o);
// The end: what is still held is let go; then conversations, by their first packet.
void lane_sort(struct lane *l, struct out *o);
void lane_finish(struct lane *l, uint64_t before, struct out *o);
uint64_t *lane_counts(struct lane *l); // COUNTS of them
