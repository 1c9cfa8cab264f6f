// SPDX-License-Identifier: Apache-2.0
// Bytes of TCP streams as units: whole messages where the protocol's framing is known, else
// pieces with the end of the piece before.
#include <string.h>

#include "rule/dce.h"
#include "rule/http.h"
#include "rule/lane.h"
#include "rule/service.h"

// A stream's bytes on their way: the unit that all of them are looked at in, and its groups.
struct passing {
    struct rule_lane *lane;
    const struct rule_at *at;
    struct unit unit;
    const struct group *group[GROUPS_OF_UNIT];
    unsigned groups;
    uint64_t filled; // of the unit before anything was looked at
    uint32_t looked; // of the message at hand
    bool unnamed, partial;
};

const uint32_t kept_room[KEPT_SIZES] = {TAIL_BYTES, MESSAGE_BYTES, BODY_BYTES};

static void inspect(struct passing *x, struct slice tail, struct slice bytes)
{
    struct rule_lane *l = x->lane;
    struct unit *u = &x->unit, joined;

    if (!bytes.n)
        return;
    if (l->set->dce && u->service == SERVICE_DCE)
        dce_follow(u, bytes);
    u->filled = x->filled;
    u->counted = 0;
    u->looked = x->looked;
    u->unnamed = x->unnamed;
    u->partial = x->partial;
    u->buffer[BUF_pkt_data] = bytes;
    if (tail.n) {
        joined = *u;
        memcpy(l->joined, tail.p, tail.n);
        memcpy(l->joined + tail.n, bytes.p, bytes.n);
        joined.buffer[BUF_pkt_data] = slice_of(l->joined, tail.n + bytes.n);
        joined.fresh = tail.n;
    }
    unit_inspect(l, u, tail.n ? &joined : NULL, x->group, x->groups);
}

// ---------------------------------------------------------------- what is kept

void stream_forget(struct rule_lane *l, struct talk_rules *t, enum side side)
{
    struct kept *k = t->kept[side];

    if (k)
        slab_give(&l->kept[k->size], k);
    t->kept[side] = NULL;
}

static struct kept *keep(struct passing *x, struct talk_rules *t, enum kept_size size)
{
    struct kept *k = t->kept[x->at->side];

    if (k && k->size == size)
        return k;
    stream_forget(x->lane, t, x->at->side);
    k = slab_take(&x->lane->kept[size]);
    if (k)
        *k = (struct kept){.size = (uint8_t)size, .all = true};
    else
        count(x->at->out, COUNT_rule_states_full, 1);
    t->kept[x->at->side] = k;
    return k;
}

static void stamp(const struct passing *x, struct kept *k)
{
    k->ordinal = x->at->out->ordinal;
    k->ts = x->at->out->ts;
}

// ---------------------------------------------------------------- messages

static enum kept_size size_of_messages(const struct passing *x)
{
    return x->unit.service == SERVICE_HTTP ? KEPT_BODY : KEPT_MESSAGE;
}

// Begins to wait for a message of `want` bytes that begins with `bytes`, of which the first
// were looked at. False: it is too long.
static bool wait_for(struct passing *x, struct talk_rules *t, struct slice bytes, uint32_t want,
                     uint32_t looked)
{
    enum kept_size size = size_of_messages(x);
    uint32_t room = kept_room[size];
    struct kept *k = NULL;

    if ((want == FRAME_OPEN || size == KEPT_BODY) && bytes.n < room)
        want = min_u32(want, room); // what there is then, is looked at
    if (want <= room)
        k = keep(x, t, size);
    if (!k)
        return false;
    memcpy(k->bytes, bytes.p, bytes.n);
    k->n = bytes.n;
    k->want = want;
    k->looked = looked;
    k->unnamed = looked;
    stamp(x, k);
    return true;
}

static void inspect_kept(struct passing *x, struct kept *k, bool partial)
{
    x->looked = k->looked;
    x->unnamed = k->unnamed;
    x->partial = partial;
    inspect(x, (struct slice){0}, slice_of(k->bytes, k->n));
    x->looked = 0;
    x->unnamed = x->partial = false;
}

// The head of HTTP is not kept waiting for its body. Later the whole is looked at, and who
// finds nothing in the body says nothing new.
static void inspect_head(struct passing *x, struct kept *k)
{
    if (k->size != KEPT_BODY || k->looked || !http_head(slice_of(k->bytes, k->n)))
        return;
    inspect_kept(x, k, true);
    k->looked = k->n;
    k->unnamed = false;
}

// Adds to a message that is waited for; gives how many bytes were taken.
static uint32_t complete(struct passing *x, struct talk_rules *t, struct slice bytes)
{
    struct kept *k = t->kept[x->at->side];
    uint32_t used = 0, room = kept_room[k->size];

    while (k->n < k->want && used < bytes.n) {
        uint32_t n = min_u32(k->want - k->n, bytes.n - used);
        memcpy(k->bytes + k->n, bytes.p + used, n);
        k->n += n;
        used += n;
        uint32_t want = frame_length(x->unit.service, slice_of(k->bytes, k->n));
        k->want = min_u32(want, room);
    }
    stamp(x, k);
    if (k->want && k->n > k->want && k->n - k->want <= used) { // the next one begins here
        used -= k->n - k->want;
        k->n = k->want;
    }
    if (k->n >= k->want) {
        inspect_kept(x, k, false);
        stream_forget(x->lane, t, x->at->side);
    } else {
        inspect_head(x, k);
    }
    return used;
}

// An answer to HEAD tells the length of a body that does not come.
static bool has_no_body(const struct passing *x, const struct kept *k, struct slice next)
{
    return k->size == KEPT_BODY && x->at->side == RESP && k->looked == k->n &&
           http_head(slice_of(k->bytes, k->n)) == k->n && http_begins(next) == HTTP_BEGINS;
}

// What was looked at before the protocol was known, may be the beginning of a message.
static void adopt(struct passing *x, struct talk_rules *t)
{
    const struct kept *k = t->kept[x->at->side];
    uint8_t copy[TAIL_BYTES];
    bool all = k->all;
    uint32_t n;

    memcpy(copy, k->bytes, k->n);
    struct slice s = slice_of(copy, k->n);
    stream_forget(x->lane, t, x->at->side);
    while (all && s.n) {
        n = frame_length(x->unit.service, s);
        if (n > s.n)
            wait_for(x, t, s, n, s.n);
        if (!n || n > s.n)
            return;
        s = slice_of(s.p + n, s.n - n);
    }
}

static void messages(struct passing *x, struct slice bytes)
{
    struct talk_rules *t = lane_state(x->lane, x->at, true);
    enum side side = x->at->side;

    x->unit.state = t;
    if (t && t->kept[side] && !t->kept[side]->want)
        adopt(x, t);
    if (t && t->kept[side] && has_no_body(x, t->kept[side], bytes))
        stream_forget(x->lane, t, side);
    if (t && t->kept[side]) {
        uint32_t used = complete(x, t, bytes);
        bytes = slice_of(bytes.p + used, bytes.n - used);
    }
    while (bytes.n) {
        uint32_t n = frame_length(x->unit.service, bytes);
        if (n > bytes.n && t && wait_for(x, t, bytes, n, 0)) {
            inspect_head(x, t->kept[side]);
            return;
        }
        if (!n || n > bytes.n)
            n = bytes.n; // what is no message is looked at as it comes
        inspect(x, (struct slice){0}, slice_of(bytes.p, n));
        bytes = slice_of(bytes.p + n, bytes.n - n);
    }
}

// ---------------------------------------------------------------- pieces

// Keeps the end of what was sent.
static void append(struct kept *k, struct slice bytes)
{
    if (bytes.n >= TAIL_BYTES) {
        memcpy(k->bytes, bytes.p + bytes.n - TAIL_BYTES, TAIL_BYTES);
        k->all = k->all && !k->n && bytes.n == TAIL_BYTES;
        k->n = TAIL_BYTES;
        return;
    }
    uint32_t old = min_u32(k->n, TAIL_BYTES - bytes.n);
    k->all = k->all && old == k->n;
    memmove(k->bytes, k->bytes + k->n - old, old);
    memcpy(k->bytes + old, bytes.p, bytes.n);
    k->n = old + bytes.n;
}

static void pieces(struct passing *x, struct slice bytes)
{
    struct talk_rules *t = lane_state(x->lane, x->at, true);
    struct kept *k = t ? keep(x, t, KEPT_TAIL) : NULL;

    x->unit.state = t;
    inspect(x, k ? slice_of(k->bytes, k->n) : (struct slice){0}, bytes);
    if (k)
        append(k, bytes);
}

// Nobody asks yet, but may when the protocol is known: its first message may begin here.
static void keep_first(struct passing *x, struct slice bytes)
{
    enum { YOUNG = 8 }; // packets of this side
    const struct flow *f = x->at->talk->flow;
    struct talk_rules *t;
    struct kept *k;

    if (x->unit.service || !x->lane->set->by_service || !f ||
        f->end[f->orig_end ^ (x->at->side == RESP)].pkts > YOUNG)
        return;
    t = lane_state(x->lane, x->at, true);
    k = t ? keep(x, t, KEPT_TAIL) : NULL;
    if (k)
        append(k, bytes);
}

// False: no rule is to be asked.
static bool begin(struct passing *x, struct rule_lane *l, const struct rule_at *at)
{
    x->lane = l;
    x->at = at;
    x->looked = 0;
    x->unnamed = x->partial = false;
    unit_begin(l, at, UNIT_STREAM, &x->unit);
    x->filled = x->unit.filled;
    x->groups = unit_groups(&x->unit, x->group);
    return x->groups && !(x->unit.state && x->unit.state->passed);
}

void rule_stream(struct rule_lane *l, const struct rule_at *at, struct slice bytes)
{
    struct passing x; // its unit is filled as far as it is asked for
    bool asked = begin(&x, l, at);

    if (x.unit.state)
        x.unit.state->bytes[at->side] += bytes.n;
    if (!x.groups)
        keep_first(&x, bytes);
    while (asked && bytes.n) {
        struct slice some = slice_of(bytes.p, min_u32(bytes.n, PIECE_MOST));
        if (is_framed(x.unit.service))
            messages(&x, some);
        else
            pieces(&x, some);
        bytes = slice_of(bytes.p + some.n, bytes.n - some.n);
    }
}

// No more bytes will join those that were kept: what there is of a message is looked at.
void rule_gap(struct rule_lane *l, const struct rule_at *at)
{
    struct talk_rules *t = *at->state;
    struct kept *k = t ? t->kept[at->side] : NULL;
    struct passing x;

    if (k && k->want && begin(&x, l, at))
        inspect_kept(&x, k, false);
    if (k)
        stream_forget(l, t, at->side);
}

void look_at_rest(struct rule_lane *l, struct out *o, struct talk *t, void **state)
{
    const struct talk_rules *r = *state;
    const struct subject *w = &t->who;
    uint64_t ordinal = o->ordinal;
    nsec ts = o->ts;

    for (int side = ORIG; r && side <= RESP; side++) {
        const struct kept *k = r->kept[side];
        if (!k || !k->want)
            continue;
        struct packet last = {.net = w->src.kind == ADDR_IP6 ? NET_IP6 : NET_IP4,
                              .ip_proto = PROTO_TCP,
                              .has_ports = true,
                              .frames = 1,
                              .src = side == ORIG ? w->src : w->dst,
                              .dst = side == ORIG ? w->dst : w->src,
                              .sport = side == ORIG ? w->sport : w->dport,
                              .dport = side == ORIG ? w->dport : w->sport};
        const struct rule_at at = {o, &last, t, state, (enum side)side};
        o->ordinal = k->ordinal;
        o->ts = k->ts;
        rule_gap(l, &at);
    }
    o->ordinal = ordinal;
    o->ts = ts;
}
