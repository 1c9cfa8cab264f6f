// SPDX-License-Identifier: Apache-2.0
// Private to the room: one datagram that is being joined. Its bytes are in place, in pages of
// the lane's pool, so that overlaps are compared without sorting bytes.
#pragma once

#include "stream/stream.h"

enum { PAGE = 1024, DATAGRAM_MOST = 65535, DATAGRAM_PAGES = (DATAGRAM_MOST + PAGE) / PAGE };

struct frag_key {
    uint64_t tunnel;
    uint32_t id;
    uint8_t src[17], dst[17], net, proto;
};
_Static_assert(sizeof(struct frag_key) == 48,
               "without padding: it is hashed and compared whole");

struct part {
    uint16_t at, end;
    uint32_t hash; // of the bytes that the capture holds
};

struct datagram {
    struct node order; // by arrival of the first piece
    struct frag_key key;
    struct packet last; // the piece that came last, without its bytes
    nsec since;         // the first piece came
    uint64_t odds;
    uint32_t hash;
    uint32_t frames, dropped, ip_len;
    uint32_t total;   // length, once `ended`
    uint32_t reach;   // the furthest end of a piece
    uint32_t covered; // bytes that some piece claims
    uint32_t missing; // the first byte that a piece claims and the capture does not hold
    uint8_t ttl, ip_proto;
    uint32_t head;     // a hash of the first piece
    uint32_t small;    // pieces that are, but for the last
    bool begun, ended; // the pieces with the first and the last byte came
    bool overlapped, conflicted;
    bool merged; // parts are not as they came: there were too many
    uint16_t n_parts;
    struct part part[FRAG_PARTS];  // by `at`; may overlap
    uint16_t page[DATAGRAM_PAGES]; // index + 1 in the pool; 0: none
};

// Takes the bytes of a piece. False: they are of no use, or there is no room for them.
bool datagram_put(struct slab *pages, struct datagram *d, const struct packet *p,
                  struct out *o);
// How many bytes from the first on are here.
uint32_t datagram_front(const struct datagram *d);
// The first n bytes (at most datagram_front), in the batch's memory.
struct slice datagram_bytes(const struct slab *pages, const struct datagram *d, uint32_t n,
                            struct out *o);
void datagram_pages_free(struct slab *pages, struct datagram *d);
uint32_t part_hash(const struct packet *p);
