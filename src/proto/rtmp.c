// SPDX-License-Identifier: Apache-2.0
// RTMP: recognised by how both sides begin: a version, a time, zeros or the player's version,
// and random bytes; Adobe's RTMP specification 1.0, section 5.2.
#include "proto/proto.h"

#include "proto/shape.h"

enum { VERSION = 3, ZERO = 5, PLAYER = 0x09007c02, RANDOM = 9, LOOKED_AT = 64 };

static enum guess probe(const struct head *h)
{
    struct slice s = h->bytes;

    if (*s.p != VERSION || (s.n > ZERO && s.p[ZERO] && s.p[ZERO] != PLAYER >> 24))
        return NO;
    if (s.n < RANDOM)
        return MAYBE;
    uint32_t zero = load_be32(s.p + ZERO);
    if (zero && zero != PLAYER)
        return NO;
    if (s.n < RANDOM + LOOKED_AT)
        return MAYBE;
    return shape_is_random(slice_of(s.p + RANDOM, LOOKED_AT)) ? YES : NO;
}

const struct analyser proto_rtmp = {
    .name = "rtmp",
    .title = "RTMP",
    .spec = "Adobe RTMP 1.0",
    .why = "it begins with version 3, a time, zeros and random bytes",
    .over = OVER_TCP,
    .hint = {1935},
    .probe = probe,
};
