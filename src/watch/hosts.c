// SPDX-License-Identifier: Apache-2.0
// The busiest hosts in a table of fixed size: a host without a place takes that of the host
// with the fewest bytes, and is ranked as if it had those, too, so that no busy host is ever
// missed.
#include "watch/hosts.h"

#include "base/hash.h"

enum { PAIR_SLOTS = 2 * OVERVIEW_PAIRS };

void hosts_open(struct hosts *h)
{
    *h = (struct hosts){0};
    h->sum = mem_reserve(OVERVIEW_HOSTS * sizeof(*h->sum));
    h->heap = mem_reserve(OVERVIEW_HOSTS * sizeof(*h->heap));
    h->seat = mem_reserve(OVERVIEW_HOSTS * sizeof(*h->seat));
    h->pair = mem_reserve(PAIR_SLOTS * sizeof(*h->pair));
    map_init(&h->map, NULL, OVERVIEW_HOSTS);
}

void hosts_close(struct hosts *h)
{
    mem_release(h->sum, OVERVIEW_HOSTS * sizeof(*h->sum));
    mem_release(h->heap, OVERVIEW_HOSTS * sizeof(*h->heap));
    mem_release(h->seat, OVERVIEW_HOSTS * sizeof(*h->seat));
    mem_release(h->pair, PAIR_SLOTS * sizeof(*h->pair));
    map_close(&h->map);
}

// ---------------------------------------------------------------- the heap

static uint64_t rank(const struct hosts *h, uint32_t seat)
{
    const struct host_sum *s = &h->sum[h->heap[seat]];

    return s->bytes + s->missing;
}

static void swap_seats(struct hosts *h, uint32_t a, uint32_t b)
{
    uint32_t place = h->heap[a];

    h->heap[a] = h->heap[b];
    h->heap[b] = place;
    h->seat[h->heap[a]] = a;
    h->seat[h->heap[b]] = b;
}

static void sink_down(struct hosts *h, uint32_t seat)
{
    for (;;) {
        uint32_t least = seat, left = 2 * seat + 1;
        for (uint32_t child = left; child < h->n && child <= left + 1; child++)
            if (rank(h, child) < rank(h, least))
                least = child;
        if (least == seat)
            return;
        swap_seats(h, seat, least);
        seat = least;
    }
}

static void rise(struct hosts *h, uint32_t seat)
{
    for (; seat && rank(h, seat) < rank(h, (seat - 1) / 2); seat = (seat - 1) / 2)
        swap_seats(h, seat, (seat - 1) / 2);
}

// ---------------------------------------------------------------- places

// The seed is fixed: what is shown must be the same in every run. An attacker gains nothing
// but a slower overview of at most OVERVIEW_HOSTS steps.
static uint32_t hash_of(const struct addr *a)
{
    return (uint32_t)hash_bytes(a, sizeof(*a), 0);
}

static uint32_t new_place(struct hosts *h, const struct addr *a, uint32_t hash)
{
    uint32_t place = h->n;

    if (h->n < OVERVIEW_HOSTS) {
        h->n++;
        h->heap[place] = h->seat[place] = place;
        h->sum[place] = (struct host_sum){.addr = *a};
        rise(h, place);
    } else {
        place = h->heap[0];
        uint64_t least = rank(h, 0);
        map_remove(&h->map, hash_of(&h->sum[place].addr), place);
        h->sum[place] = (struct host_sum){.addr = *a, .missing = least};
        h->lost++;
    }
    map_add(&h->map, hash, place);
    return place;
}

static struct host_sum *count_host(struct hosts *h, const struct addr *a, uint64_t packets,
                                   uint64_t bytes)
{
    uint32_t hash = hash_of(a), place = SLAB_NONE;

    if (a->kind == ADDR_NONE || addr_is_multicast(a))
        return NULL;
    map_each (&h->map, hash, at, i) {
        if (addr_equal(&h->sum[i].addr, a)) {
            place = i;
            break;
        }
    }
    if (place == SLAB_NONE)
        place = new_place(h, a, hash);
    h->sum[place].packets += packets;
    h->sum[place].bytes += bytes;
    h->sum[place].conversations++;
    sink_down(h, h->seat[place]);
    return &h->sum[place];
}

// True the first time a pair is seen.
static bool new_pair(struct hosts *h, const struct addr *a, const struct addr *b)
{
    const struct addr *low = addr_order(a, b) < 0 ? a : b, *high = low == a ? b : a;
    uint64_t print = hash_bytes(low, sizeof(*low), hash_bytes(high, sizeof(*high), 1));
    uint32_t at = (uint32_t)print % PAIR_SLOTS;

    print += !print;
    for (; h->pair[at]; at = (at + 1) % PAIR_SLOTS)
        if (h->pair[at] == print)
            return false;
    if (h->pairs == OVERVIEW_PAIRS) {
        h->pairs_full = true;
        return false;
    }
    h->pair[at] = print;
    h->pairs++;
    return true;
}

void hosts_add(struct hosts *h, const struct addr *a, const struct addr *b, uint64_t packets,
               uint64_t bytes)
{
    bool same = addr_equal(a, b);
    bool first = !same && new_pair(h, a, b);
    struct host_sum *one = count_host(h, a, packets, bytes);

    if (one)
        one->peers += first;
    if (same)
        return;
    // The first of two newcomers to a full table may have had to make room for the second.
    struct host_sum *other = count_host(h, b, packets, bytes);
    if (other)
        other->peers += first;
}
