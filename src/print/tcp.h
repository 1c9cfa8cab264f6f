// SPDX-License-Identifier: Apache-2.0
// Private to the print room: what both forms of a TCP line share.
#pragma once

#include "print/numbers.h"

// Reads the header at p (20 bytes are there), and makes its numbers relative where they are to
// be. *b: the bases, for selective acknowledgements. false: they are printed as they are.
bool tcp_numbers(struct pen *pen, const struct net *net, const uint8_t *p, struct tcp_header *h,
                 struct bases *b);
void tcp_put_sacks(struct pen *pen, struct slice data, uint32_t base);

// The option of multipath TCP, behind its kind and length; it means other things in a SYN.
// false: it does not hold, and what was printed ends there.
bool put_multipath(struct pen *pen, struct slice data, uint8_t flags);
