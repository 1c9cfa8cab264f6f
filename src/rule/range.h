// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: sets of addresses and of ports, as sorted ranges that do not touch.
#pragma once

#include "base/mem.h"
#include "event/value.h"

// A number of 128 bits. IPv4 addresses are those of ::ffff:0:0/96, so that one kind of set
// holds both; ports are small numbers.
struct wide {
    uint64_t high, low;
};
#define WIDE_MOST ((struct wide){UINT64_MAX, UINT64_MAX})

static inline struct wide wide_small(uint64_t v)
{
    return (struct wide){0, v};
}
static inline bool wide_less(struct wide a, struct wide b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}
static inline bool wide_same(struct wide a, struct wide b)
{
    return a.high == b.high && a.low == b.low;
}
struct wide wide_of(const struct addr *a); // of IPv4 and IPv6 addresses

struct range {
    struct wide lo, hi; // both belong to it
};
struct ranges {
    uint32_t n;
    const struct range *at;
};

extern const struct ranges ranges_none, ranges_all_addresses, ranges_all_ports;

struct ranges *ranges_one(struct arena *a, struct wide lo, struct wide hi);
const struct ranges *ranges_or(struct arena *a, const struct ranges *x, const struct ranges *y);
// What of `all` (one range) is not in x.
const struct ranges *ranges_not(struct arena *a, const struct ranges *x,
                                const struct ranges *all);
const struct ranges *ranges_without(struct arena *a, const struct ranges *x,
                                    const struct ranges *y, const struct ranges *all);
bool ranges_same(const struct ranges *x, const struct ranges *y);
bool ranges_has(const struct ranges *x, struct wide v);
