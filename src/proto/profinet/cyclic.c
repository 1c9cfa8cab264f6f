// SPDX-License-Identifier: Apache-2.0
// Real-time frames of PROFINET: counted where they pass, told once a second for each FrameID
// and pair. This is most of what a plant sends, so each frame costs one look-up and some sums.
#include "proto/profinet/dcp.h"

#include "base/cur.h"
#include "base/hash.h"

#define SILENT (2 * SECOND) // then they begin anew
enum { WAYS = 4, TAIL = 4, SURE = 2, BACK = 0x8000 };
#define UNIT 31250 // ns, of the cycle counter
_Static_assert(offsetof(struct packet, dst_mac) == offsetof(struct packet, src_mac) + 6,
               "read as one");

// Specification of DCP, section 1: real-time classes 3 and 1.
bool cyclic_is(uint16_t frame_id)
{
    return (frame_id >= 0x0100 && frame_id <= 0x0fff) ||
           (frame_id >= 0x8000 && frame_id <= 0xfbff);
}

static void tell(struct cyclic_pair *pair, struct out *o)
{
    if (!pair->sum.frames)
        return;
    if (want(o, EV_profinet_cyclic)) {
        struct ev_profinet_cyclic *e = emit_profinet_cyclic(o);
        e->src_mac = pair->src;
        e->dst_mac = pair->dst;
        e->vlan = pair->vlan;
        e->frame_id = pair->frame_id;
        e->last = pair->last;
        e->packet = pair->packet;
        e->has_tail = pair->has_tail;
        e->status = pair->status;
        e->length = pair->length;
        e->step = pair->votes >= SURE ? pair->step : 0;
        e->frames = pair->sum.frames;
        e->bytes = pair->sum.bytes;
        e->lost = pair->sum.lost;
        e->repeated = pair->sum.repeated;
        e->reordered = pair->sum.reordered;
        e->timed = pair->sum.timed;
        e->jitter_sum = pair->sum.jitter;
        e->jitter_most = pair->sum.jitter_most;
    }
    pair->sum = (struct cyclic_sum){0};
}

// ---------------------------------------------------------------- the cycle counter

static void time_step(struct cyclic_pair *pair, nsec passed)
{
    nsec off = passed - (nsec)pair->step * UNIT;
    uint64_t jitter = (uint64_t)(off < 0 ? -off : off);

    pair->sum.timed++;
    pair->sum.jitter += jitter;
    if (jitter > pair->sum.jitter_most)
        pair->sum.jitter_most = jitter;
}

// How much it rises is what it does most often (a majority vote); only then frames can be lost.
static void count_step(struct cyclic_pair *pair, uint16_t counter, nsec passed)
{
    uint16_t step = (uint16_t)(counter - pair->counter);

    if (!step) {
        pair->sum.repeated++;
        return;
    }
    if (step >= BACK) {
        pair->sum.reordered++;
        return;
    }
    if (step == pair->step) {
        pair->votes = (uint16_t)(pair->votes + (pair->votes < UINT16_MAX));
        time_step(pair, passed);
    } else if (!pair->votes) {
        pair->step = step;
        pair->votes = 1;
    } else {
        if (pair->votes >= SURE && step > pair->step)
            pair->sum.lost += (step + pair->step / 2u) / pair->step - 1u;
        pair->votes--;
    }
    pair->counter = counter;
}

// The last four bytes: cycle counter, data status, transfer status. A frame that was cut has
// none.
static void read_tail(struct cyclic_pair *pair, const struct packet *p, nsec passed, bool fresh)
{
    struct slice s = p->payload;
    uint8_t status;

    if (s.n < 2 + TAIL || p->wire_len > p->frame.n || !cyclic_is(pair->frame_id))
        return;
    pair->length = (uint16_t)(s.n - 2 - TAIL);
    uint16_t counter = load_be16(s.p + s.n - TAIL);
    status = s.p[s.n - 2];
    if (fresh || !pair->has_tail)
        pair->counter = counter;
    else
        count_step(pair, counter, passed);
    pair->changed = pair->has_tail && pair->status != status;
    pair->status = status;
    pair->has_tail = true;
}

// ---------------------------------------------------------------- frames

// Made of whole words: what was put together from pieces would be waited for when it is read.
static struct cyclic_key key_of(const struct packet *p, uint16_t vlan, uint16_t frame_id)
{
    const uint8_t *macs = (const uint8_t *)p + offsetof(struct packet, src_mac);

    return (struct cyclic_key){load_le64(macs), (uint64_t)load_le32(macs + 8) << 32 |
                                                    (uint32_t)vlan << 16 | frame_id};
}

// Its place; that of another, the longest silent of WAYS, if it is new.
static struct cyclic_pair *place_of(struct cyclic *c, struct cyclic_key key, bool *known)
{
    uint64_t set = hash_mix(key.macs, key.rest) % (CYCLIC_PAIRS / WAYS);
    struct cyclic_pair *first = &c->pair[set * WAYS], *oldest = first;

    for (struct cyclic_pair *pair = first; pair < first + WAYS; pair++) {
        *known = pair->packet && pair->key.macs == key.macs && pair->key.rest == key.rest;
        if (*known)
            return pair;
        if (pair->last < oldest->last)
            oldest = pair;
    }
    return oldest;
}

void cyclic_read(struct cyclic *c, uint16_t frame_id, struct ctx *x)
{
    const struct packet *p = x->packet;

    if (p->copy || !want(x->out, EV_profinet_cyclic))
        return;
    uint16_t vlan = p->n_vlan ? p->vlan[0] : 0;
    struct cyclic_key key = key_of(p, vlan, frame_id);
    bool known;
    struct cyclic_pair *pair = place_of(c, key, &known);
    if (!known) {
        tell(pair, x->out); // it makes room
        *pair = (struct cyclic_pair){.key = key,
                                     .src = p->src_mac,
                                     .dst = p->dst_mac,
                                     .vlan = vlan,
                                     .frame_id = frame_id};
    }
    nsec passed = x->out->ts - pair->last;
    bool fresh = !known || passed < 0 || passed > SILENT;
    if (known && fresh)
        tell(pair, x->out);
    read_tail(pair, p, passed, fresh);
    pair->last = x->out->ts;
    pair->packet = x->out->ordinal + 1;
    if (!pair->sum.frames++)
        c->heard[(pair - c->pair) / 64] |= UINT64_C(1) << (pair - c->pair) % 64;
    pair->sum.bytes += p->wire_len;
    if (fresh || pair->changed)
        tell(pair, x->out);
    pair->changed = false;
}

void cyclic_tick(struct cyclic *c, struct ctx *x)
{
    for (unsigned i = 0; i < COUNT_OF(c->heard); i++)
        for (; c->heard[i]; c->heard[i] &= c->heard[i] - 1)
            tell(&c->pair[i * 64 + (unsigned)__builtin_ctzll(c->heard[i])], x->out);
}
