// SPDX-License-Identifier: Apache-2.0
// Private to the print room: dumps of bytes, and the forms that are no lines.
#pragma once

#include "print/pen.h"

static inline char visible(uint8_t c)
{
    return c > ' ' && c < 0x7f ? (char)c : '.';
}

// The options of a TCP header as words, without brackets; s is whole.
void tcp_put_options(struct pen *pen, struct slice s, uint8_t flags);

// Each line begins with a line end, so that they follow what was printed.
void dump_hex(struct text *t, struct slice s, bool both); // both: with characters beside
void dump_old(struct text *t, struct slice s);            // as tcpdump 3: no offsets
void dump_ascii(struct text *t, struct slice s);

void print_fields(struct pen *pen, const struct frame *f, uint64_t number);
void print_layers(struct pen *pen, const struct frame *f, uint64_t number);
