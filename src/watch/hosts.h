// SPDX-License-Identifier: Apache-2.0
// Inside the watch room: the table of hosts, the busiest kept (the space-saving algorithm).
#pragma once

#include "watch/watch.h"

struct hosts {
    struct host_sum *sum;  // by place
    uint32_t *heap, *seat; // heap: places, the fewest bytes first; seat: of a place in the heap
    struct map map;
    uint32_t n;
    uint64_t lost;
    uint64_t *pair; // fingerprints of host pairs, open addressing; 0: empty
    uint32_t pairs;
    bool pairs_full;
};

void hosts_open(struct hosts *h);
void hosts_close(struct hosts *h);
// Counts a conversation between two hosts; groups (multicast, broadcast) are no hosts.
void hosts_add(struct hosts *h, const struct addr *a, const struct addr *b, uint64_t packets,
               uint64_t bytes);
