// SPDX-License-Identifier: Apache-2.0
// Hashes: one with a fixed seed for lanes and uids (equal in every run), and the same with a
// random seed for tables that an attacker could aim at.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/base.h"

static inline uint64_t hash_bytes(const void *p, size_t n, uint64_t seed)
{
    return XXH3_64bits_withSeed(p, n, seed);
}

// Mixes two words into one; cheap, for keys that are already hashes or small integers.
static inline uint64_t hash_mix(uint64_t a, uint64_t b)
{
    uint64_t x = (a ^ (b * 0x9E3779B97F4A7C15u)) * 0xC2B2AE3D27D4EB4Fu;

    return x ^ (x >> 29);
}
