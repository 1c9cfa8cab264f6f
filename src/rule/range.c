// SPDX-License-Identifier: Apache-2.0
// The algebra of sets: a list of addresses or ports with its negations becomes plain ranges.
#include "rule/range.h"

#include "base/cur.h"

static const struct range every_address = {{0, 0}, {UINT64_MAX, UINT64_MAX}};
static const struct range every_port = {{0, 0}, {0, 65535}};
const struct ranges ranges_none = {0, NULL};
const struct ranges ranges_all_addresses = {1, &every_address};
const struct ranges ranges_all_ports = {1, &every_port};

static struct wide next(struct wide v)
{
    return (struct wide){v.high + (v.low == UINT64_MAX), v.low + 1};
}

static struct wide before(struct wide v)
{
    return (struct wide){v.high - !v.low, v.low - 1};
}

struct ranges *ranges_one(struct arena *a, struct wide lo, struct wide hi)
{
    struct ranges *s = arena_take(a, sizeof(*s));
    struct range *r = arena_take(a, sizeof(*r));

    *r = (struct range){lo, hi};
    *s = (struct ranges){1, r};
    return s;
}

// Appends a range that begins nowhere before the last one, joining what touches.
static void append(struct range *to, uint32_t *n, struct range r)
{
    if (*n && (wide_same(to[*n - 1].hi, WIDE_MOST) || !wide_less(next(to[*n - 1].hi), r.lo))) {
        if (wide_less(to[*n - 1].hi, r.hi))
            to[*n - 1].hi = r.hi;
        return;
    }
    to[(*n)++] = r;
}

const struct ranges *ranges_or(struct arena *a, const struct ranges *x, const struct ranges *y)
{
    if (!x->n || !y->n)
        return x->n ? x : y;
    struct ranges *s = arena_take(a, sizeof(*s));
    struct range *to = arena_take(a, ((size_t)x->n + y->n) * sizeof(*to));
    uint32_t n = 0, i = 0, j = 0;

    while (i < x->n || j < y->n)
        append(to, &n,
               j == y->n || (i < x->n && !wide_less(y->at[j].lo, x->at[i].lo)) ? x->at[i++]
                                                                               : y->at[j++]);
    *s = (struct ranges){n, to};
    return s;
}

const struct ranges *ranges_not(struct arena *a, const struct ranges *x,
                                const struct ranges *all)
{
    struct ranges *s = arena_take(a, sizeof(*s));
    struct range *to = arena_take(a, ((size_t)x->n + 1) * sizeof(*to));
    struct wide from = all->at->lo, last = all->at->hi;
    uint32_t n = 0;
    bool over = false; // the last range ends with `all`

    for (uint32_t i = 0; i < x->n && !over; i++) {
        if (wide_less(from, x->at[i].lo))
            to[n++] = (struct range){from, before(x->at[i].lo)};
        over = !wide_less(x->at[i].hi, last);
        from = next(x->at[i].hi);
    }
    if (!over)
        to[n++] = (struct range){from, last};
    *s = (struct ranges){n, to};
    return s;
}

const struct ranges *ranges_without(struct arena *a, const struct ranges *x,
                                    const struct ranges *y, const struct ranges *all)
{
    if (!y->n)
        return x;
    return ranges_not(a, ranges_or(a, ranges_not(a, x, all), y), all);
}

bool ranges_same(const struct ranges *x, const struct ranges *y)
{
    if (x->n != y->n)
        return false;
    for (uint32_t i = 0; i < x->n; i++)
        if (!wide_same(x->at[i].lo, y->at[i].lo) || !wide_same(x->at[i].hi, y->at[i].hi))
            return false;
    return true;
}

bool ranges_has(const struct ranges *x, struct wide v)
{
    uint32_t from = 0, to = x->n;

    while (from < to) { // the first range that does not end before v
        uint32_t middle = (from + to) / 2;
        if (wide_less(x->at[middle].hi, v))
            from = middle + 1;
        else
            to = middle;
    }
    return from < x->n && !wide_less(v, x->at[from].lo);
}

struct wide wide_of(const struct addr *a)
{
    if (a->kind == ADDR_IP4)
        return (struct wide){0, UINT64_C(0xffff) << 32 | load_be32(a->b)};
    return (struct wide){(uint64_t)load_be32(a->b) << 32 | load_be32(a->b + 4),
                         (uint64_t)load_be32(a->b + 8) << 32 | load_be32(a->b + 12)};
}
