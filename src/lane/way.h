// SPDX-License-Identifier: Apache-2.0
// Inside the lane room: one lane and a packet's way through it.
#pragma once

#include "lane/lane.h"

struct lane;

struct lane *lane_open(const struct run_options *o, uint16_t number, struct region *r);
size_t lane_room(const struct flow_limits *l); // of the region, at most
void lane_close(struct lane *l);

// FRAME_ bits from the dispatcher, beside those of capture.
enum {
    FRAME_ASKED = 2, // answers a multicast question of its receiver
    FRAME_JUMP = 4   // time stepped back before it by more than a second
};

// A frame goes its way in steps, so that what the later ones need is in the cache by then:
// decoded some frames ahead, then its flow's slot, its flow, its talk are fetched, then it is
// worked on.
struct ready {
    _Alignas(LINE) struct packet packet;
    struct lane *lane;
    struct flow_ready flow; // where it has an IP pair
    uint8_t flags;          // of its frame
    bool has_flow;
};
void lane_decode(struct lane *l, const struct frame *fr, uint64_t ordinal, struct ready *r);
void lane_fetch_flow(struct ready *r);
void lane_fetch_talk(const struct ready *r);
void lane_packet(struct ready *r, struct out *o);
void lane_batch_ends(struct lane *l); // the frames' bytes are about to go
void lane_tick(struct lane *l, nsec now, bool jump, struct out *o);
// The end: what is still held is let go; then conversations, by their first packet.
void lane_sort(struct lane *l, struct out *o);
void lane_finish(struct lane *l, uint64_t before, struct out *o);
uint64_t *lane_counts(struct lane *l); // COUNTS of them
