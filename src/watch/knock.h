// SPDX-License-Identifier: Apache-2.0
// Inside the watch room: tries of closed ports, remembered for what may follow them.
#pragma once

#include "watch/watch.h"

enum { TCP = 6, UDP = 17, SCTP = 132 }; // numbers of the IP header

struct knocks;
struct knocks *knocks_open(void);
void knocks_close(struct knocks *k);
// A TCP conversation. If its two hosts had tried 2 to HUNT_KNOCKS closed ports in the 30 s
// before it came about, gives how many, and which; else 0.
uint32_t knocks_before(struct knocks *k, const struct ev_conn *e, uint16_t port[HUNT_KNOCKS]);
