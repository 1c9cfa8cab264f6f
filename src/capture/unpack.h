// SPDX-License-Identifier: Apache-2.0
// Compressed bytes to plain bytes, piece by piece: gzip, zstd, LZ4 frames. Private to the room.
#pragma once

#include "base/base.h"

enum packing { PACK_NONE, PACK_GZIP, PACK_ZSTD, PACK_LZ4 };

enum { PACK_MAGIC = 4 }; // bytes that unpack_kind wants to see

enum packing unpack_kind(const uint8_t *p, size_t n);

struct unpack;

// What a step works on; it moves `in` and `out` on.
struct unpack_feed {
    const uint8_t *in;
    size_t in_left;
    uint8_t *out;
    size_t out_left;
};

// NULL only when there is no memory.
struct unpack *unpack_open(enum packing kind);
const char *unpack_name(const struct unpack *u);

// false: the data is broken, *why says how (static text); what came out before is good.
bool unpack_step(struct unpack *u, struct unpack_feed *feed, const char **why);

// True between two compressed frames: the input may end here.
bool unpack_whole(const struct unpack *u);
void unpack_close(struct unpack *u);
