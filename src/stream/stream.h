// SPDX-License-Identifier: Apache-2.0
// Joins what was cut: fragments of IP into datagrams, segments of TCP into two byte streams.
// All memory is a lane's and bounded; what a bound cost is counted.
#pragma once

#include "packet/packet.h"

// ---------------------------------------------------------------- fragments (RFC 791, 8200)
struct frags;

enum {
    FRAG_MOST = 256,         // datagrams being joined, per lane
    FRAG_PARTS = 64,         // pieces of one datagram; beyond, those that touch are merged
    FRAG_BYTES = 512 * 1024, // bytes held, per lane
    FRAG_SECONDS = 30        // Zeek's frag_timeout is off; RFC 791 and Linux say 15 and 30
};

struct frags *frags_open(void);
void frags_close(struct frags *f);

enum frag_result { FRAG_HELD, FRAG_WHOLE, FRAG_ALONE };

// Takes a fragment; p->carrier tells apart what tunnels carry. After each call, frags_expire
// must be called until it gives nothing more: it hands out what had to go for room.
//
// FRAG_HELD: it is part of a datagram now, also if its bytes were of no use: the datagram comes
// out of a later call, whole or given up, and stands for it.
//
// FRAG_WHOLE: it completed its datagram; p then is the whole one: packet_transport was run;
// frames, ip_len and odds are summed; TTL is of the first fragment, time, ordinal and VLANs of
// this one. Its bytes live in o->arena. If fragments were cut by the snap length, it is `cut`
// and ends before the first byte that is missing.
//
// FRAG_ALONE: count p by itself. It could not be held, or is a mirror copy of a fragment whose
// datagram was whole within the last millisecond (p then has the ports of that).
//
// First bytes win where fragments overlap (odd frag_overlap, frag_conflict if they differ, each
// once a datagram); a second copy of a fragment with equal bytes is no overlap. A datagram that
// begins within a second of another with its number is odd frag_id_again.
enum frag_result frags_add(struct frags *f, struct packet *p, struct out *o);

// Gives up the oldest datagram if it is older than FRAG_SECONDS at `now`, or more is held than
// the bounds allow, or now is INT64_MAX: p is what is known of it: its last fragment, with the
// ports and transport header of the first if that came, and no payload; frames, ip_len and odds
// are summed so that every packet stays accounted for. Emits frag_lost with p's addresses.
// false: none.
bool frags_expire(struct frags *f, nsec now, struct packet *p, struct out *o);

// ---------------------------------------------------------------- TCP
// Sequence numbers here are places in the stream: relative to its first byte (0) and 64 bits
// wide; who follows the connection's state (flow) makes them so, and takes off what SYN and FIN
// count. Bytes that are delivered but not yet acknowledged are kept to compare retransmissions
// with; bytes behind a hole are kept until it fills, is acknowledged (a gap), or too much is
// held. First bytes win. Places beyond 2^63 (before the first byte, wrapped) are ignored.
struct segments; // a lane's pool of held bytes

enum {
    SEGMENT_POOL = 4 * 1024 * 1024, // bytes held, per lane; pages are touched only when used
    STREAM_HELD = 256 * 1024,       // held by one direction behind holes
    STREAM_UNACKED = 16 * 1024,     // kept by one direction for comparing
    STREAM_BLOCKS = 256             // pieces of both, of one direction
};

struct segments *segments_open(uint32_t bytes,
                               struct region *r); // SEGMENT_POOL, but tests choose
void segments_close(struct segments *s);

// One direction of a connection; zeroed at the start; at most 64 bytes. Only `skip` may be set
// by others (for good, also inside the calls below), next and acked may be read.
struct stream {
    uint64_t next;  // the byte that is delivered next
    uint64_t acked; // the receiver confirmed everything before it; never beyond next
    uint32_t kept_first, kept_last; // blocks of delivered bytes, by place; 0: none
    uint32_t held_first, held_last; // blocks behind holes, by place, never overlapping
    uint32_t unacked;               // bytes in the kept blocks
    uint32_t held;                  // bytes in the held blocks
    uint16_t blocks;                // of both
    bool skip;   // whoever listened does not want the bytes: nothing is delivered or kept any
                 // more, but places and gaps stay exact
    bool gapped; // the last thing told was a gap: what directly follows it is no odd of its own
};
_Static_assert(sizeof(struct stream) <= 64, "there is one for each side of each connection");

// What a stream does with its bytes. Any may be NULL. The bytes are valid during the call only;
// the calls must not use the stream functions on the same stream.
struct stream_user {
    void *user;
    void (*data)(void *user, struct slice bytes);
    void (*gap)(void *user, uint64_t lost); // before data that follows it
    // A piece of a retransmission is not what was seen first at place `at`; equal lengths.
    void (*differs)(void *user, uint64_t at, struct slice kept, struct slice now);
};

// Bytes at `at`; `n` were sent; the capture may hold only the first of them: what is not there
// is told as a gap (no odd). Odds: tcp_rexmit_differs, tcp_hole_given_up, once a call.
void stream_data(struct segments *s, struct stream *d, uint64_t at, struct slice bytes,
                 uint32_t n, const struct stream_user *u, struct out *o);
// The other side acknowledged everything before `upto`: holes before it are gaps (odd tcp_gap,
// once a call). A forged number makes a large gap: the caller believes only what the window
// allows, and asks nothing for a direction that the capture does not show at all.
void stream_ack(struct segments *s, struct stream *d, uint64_t upto,
                const struct stream_user *u, struct out *o);
// The end: all memory is given back. If `tell`, what is held is delivered first, holes told as
// gaps (odd tcp_hole_given_up); else it is let go in silence.
void stream_end(struct segments *s, struct stream *d, bool tell, const struct stream_user *u,
                struct out *o);
