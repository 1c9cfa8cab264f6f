// SPDX-License-Identifier: Apache-2.0
// Inside the proto room: what protocols in text have in common: lines, first lines, numbers and
// addresses in them, and the endpoints they announce.
#pragma once

#include "proto/proto.h"

enum { LINE_MOST = 512 }; // what analysers see of a line; `most` of those that use lines_next

// ---- first lines, for probes
// "METHOD target VERSION" or "VERSION status": HTTP and what was made like it.
struct first_line {
    const char *status; // up to the blank behind the status, # for a digit: "HTTP/1.# ### "
    const char *end;    // of a request, the same way: " HTTP/1.#"
    // A target that goes on beyond what a probe sees is believed behind one of these.
    const char *const *begins;
    size_t n;
};
// Says MAYBE, of datagrams also, where the line goes on behind the slice.
enum guess first_line(const struct first_line *form, struct slice s);

// ---- one line after the other
// A side's place in its stream of lines; all zero at the begin.
struct lines {
    uint32_t skip; // bytes to come that are no lines
    bool cut;      // the rest of a line is to be passed over
};
// The next line of a stream, without its end; p is NULL if there is none yet. g: what was used
// or is wanted. Of a line that is too long comes its first part.
struct slice lines_next(struct lines *l, struct slice in, struct progress *g);
// Takes the first line off a datagram.
struct slice lines_take(struct slice *in);

// ---- inside of a line: each takes what it found off the front
bool line_begins(struct slice *line, const char *word); // in capitals or not
bool line_number(struct slice *line, uint32_t most, uint32_t *number);
// IPv4 or IPv6, as text.
bool line_address(struct slice *line, struct addr *a);

// ---- announcing
// `host` will be spoken to by the talk's other host; if it is neither of the two, that would
// happen in another lane, and nothing is announced.
struct announced {
    struct addr host;
    uint32_t port;
    const char *service;
    const char *sub; // a refinement of it; NULL: none
    uint8_t ip_proto;
    bool once;
    nsec lasts;
};
void announce(struct ctx *x, const struct announced *a);
// The host that this side is.
static inline struct addr host_of(const struct ctx *x, enum side side)
{
    return side == ORIG ? x->talk->who.src : x->talk->who.dst;
}
