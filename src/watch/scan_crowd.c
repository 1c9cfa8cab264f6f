// SPDX-License-Identifier: Apache-2.0
// Distributed scans: many sources, each with few tries, that together ask for many ports of one
// host, or with like packets for one port of many hosts. Sources and targets are counted in
// bits, which is cheap and about right; what is told is counted contact by contact.
#include "watch/scan_parts.h"

#include "base/hash.h"

static bool has_bit(const uint64_t bits[CROWD_WORDS], uint64_t print)
{
    return bits[print / 64 % CROWD_WORDS] >> print % 64 & 1;
}

// True if it was not set.
static bool set_bit(uint64_t bits[CROWD_WORDS], uint64_t print)
{
    bool fresh = !has_bit(bits, print);

    bits[print / 64 % CROWD_WORDS] |= UINT64_C(1) << print % 64;
    return fresh;
}

static uint64_t source_print(const struct source *src)
{
    return hash_bytes(&src->addr, sizeof(src->addr), 5);
}

// Never more than there were.
static uint32_t count_bits(const uint64_t bits[CROWD_WORDS])
{
    uint32_t n = 0;

    for (int i = 0; i < CROWD_WORDS; i++)
        n += (uint32_t)__builtin_popcountll(bits[i]);
    return n;
}

static bool belongs(const struct crowd *k, const struct contact *c)
{
    if (c->probe != k->probe)
        return false;
    if (k->dst.kind)
        return addr_equal(&c->dst, &k->dst);
    return c->port == k->port && c->window == k->window;
}

// ---------------------------------------------------------------- telling

static uint32_t choose(struct scans *s, const struct crowd *k, struct addr *first,
                       uint32_t *sources)
{
    uint32_t n = 0;
    nsec earliest = 0;

    *sources = 0;
    for (int i = 0; i < GRADES; i++)
        list_each (&s->grade[i], node) {
            const struct source *src = CONTAINER(node, struct source, node);
            uint32_t before = n;
            if (src->failed < s->limit.ports && !has_bit(k->source, source_print(src)))
                continue; // it never counted here, and not because it was too busy
            for (uint32_t at = src->contacts; at != SLAB_NONE; at = contact_at(s, at)->next) {
                struct contact *c = contact_at(s, at);
                if (!belongs(k, c) || c->first < k->first)
                    continue;
                s->chosen[n++] = c;
                if (n == 1 || c->first < earliest) {
                    earliest = c->first;
                    *first = src->addr;
                }
            }
            *sources += n > before;
        }
    return n;
}

static void tell(struct scans *s, const struct crowd *k, bool final)
{
    struct addr first = {0};
    uint32_t sources, n = choose(s, k, &first, &sources);

    const struct scan like = {
        .kind = SCAN_DISTRIBUTED, .src = first, .sources = sources, .ongoing = !final};
    if (sources >= s->limit.crowd_sources)
        scan_sum(s, &like, n, 0);
}

static void end(struct scans *s, const struct crowd *k)
{
    if (!crowd_decoys(s, k) && k->fired)
        tell(s, k, true);
}

static void drop(struct scans *s, struct crowd *k)
{
    end(s, k);
    list_remove(&k->node);
    map_remove(&s->by_crowd, k->hash, slab_index(&s->crowds, k));
    slab_give(&s->crowds, k);
}

// ---------------------------------------------------------------- counting

static bool same_key(const struct crowd *a, const struct crowd *b)
{
    return a->port == b->port && a->window == b->window && a->probe == b->probe &&
           addr_equal(&a->dst, &b->dst);
}

static struct crowd *crowd_of(struct scans *s, struct crowd *key)
{
    struct crowd *k;

    key->hash = (uint32_t)hash_bytes(
        &key->dst, sizeof(key->dst),
        hash_mix((uint64_t)key->port << 32 | (uint64_t)key->window << 8 | key->probe, 3));
    map_each (&s->by_crowd, key->hash, at, i) {
        k = slab_at(&s->crowds, i);
        if (same_key(k, key)) {
            list_move_last(&s->crowd_list, &k->node);
            return k;
        }
    }
    k = slab_take(&s->crowds);
    if (!k) {
        drop(s, CONTAINER(s->crowd_list.next, struct crowd, node));
        k = slab_take(&s->crowds);
    }
    *k = *key;
    map_add(&s->by_crowd, k->hash, slab_index(&s->crowds, k));
    list_append(&s->crowd_list, &k->node);
    return k;
}

static void begin_again(struct scans *s, struct crowd *k, nsec now)
{
    struct node node = k->node;

    end(s, k);
    *k = (struct crowd){.dst = k->dst,
                        .port = k->port,
                        .window = k->window,
                        .probe = k->probe,
                        .hash = k->hash,
                        .first = now,
                        .last = now,
                        .node = node};
}

static void add(struct scans *s, struct crowd *key, const struct source *src,
                const struct contact *c, uint64_t target)
{
    struct crowd *k = crowd_of(s, key);

    if (c->first - k->last > 2 * s->limit.window ||
        (!k->fired && c->first - k->first > 2 * s->limit.window))
        begin_again(s, k, c->first);
    k->last = c->first > k->last ? c->first : k->last;
    k->seen = s->now;
    k->failed += is_fruitless(c);
    k->answered += !is_fruitless(c);
    bool one = set_bit(k->source, source_print(src));
    bool other = set_bit(k->target, target);
    if (one && k->names < DECOYS)
        k->name[k->names++] = src->addr;
    if (k->fired || !(one || other) || k->failed < s->limit.crowd_targets ||
        k->failed < 4 * k->answered || count_bits(k->source) < s->limit.crowd_sources ||
        count_bits(k->target) < s->limit.crowd_targets)
        return;
    k->fired = true;
    if (s->limit.live)
        tell(s, k, false);
}

// Sources that are busy enough are looked at by themselves.
void crowd_add(struct scans *s, const struct source *src, const struct contact *c)
{
    struct crowd host = {.dst = c->dst, .probe = c->probe, .first = c->first, .last = c->first};
    struct crowd port = {.port = c->port,
                         .window = c->window,
                         .probe = c->probe,
                         .first = c->first,
                         .last = c->first};

    if ((c->probe != PROBE_SYN && c->probe != PROBE_UDP) || src->failed >= s->limit.ports)
        return;
    add(s, &host, src, c, hash_mix(c->port, 5));
    add(s, &port, src, c, hash_bytes(&c->dst, sizeof(c->dst), 5));
}

void crowds_look_around(struct scans *s)
{
    while (!list_empty(&s->crowd_list)) {
        struct crowd *k = CONTAINER(s->crowd_list.next, struct crowd, node);
        if (s->now - k->seen < s->limit.idle)
            return;
        drop(s, k);
    }
}

void crowds_end(struct scans *s)
{
    list_each (&s->crowd_list, node)
        end(s, CONTAINER(node, struct crowd, node));
}
