// SPDX-License-Identifier: Apache-2.0
// Private to the print room: where the sequence numbers of connections begin, so that they are
// printed from there. A connection is known by its two ends; the one that was silent longest is
// forgotten when the table is full.
#pragma once

#include "print/pen.h"

enum { NUMBERS_MOST = 65536 };

struct numbers {
    struct slab slab;
    struct map map;
    struct node order; // the longest silent first
    uint64_t seed;
};

void numbers_open(struct numbers *n);
void numbers_close(struct numbers *n);

struct bases {
    uint32_t src, dst; // what the numbers of either side count from
};
// Of a segment with ACK. The first of a connection, and one with SYN, gives the bases and is
// printed as it is: then *fresh.
struct bases numbers_of(struct numbers *n, const struct net *net, uint16_t sport,
                        uint16_t dport, const struct tcp_header *h, bool *fresh);
