// SPDX-License-Identifier: Apache-2.0
// Options about the whole of a packet's conversation so far, and about its VLANs.
#include "base/cur.h"
#include "rule/number.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

// ---------------------------------------------------------------- counts

enum sides { TO_SERVER = 1, TO_CLIENT = 2, EITHER = 3 };

struct flow_option {
    struct interval interval;
    uint8_t what; // COUNT_AGE, COUNT_PACKETS, COUNT_BYTES
    uint8_t sides;
};

// Whole seconds that the clock went on since the first packet.
static uint64_t age(const struct unit *u)
{
    uint64_t first = (uint64_t)(u->talk->first / SECOND),
             now = (uint64_t)(u->packet->ts / SECOND);

    return now > first ? now - first : 0;
}

// Of one side, the packet at hand among them; bytes as IP counts them.
static uint64_t sum(const struct talk *t, unsigned what, bool from_server)
{
    uint64_t n = 0;

    for (const struct flow *f = t->flow; f; f = f->next) {
        const struct flow_end *e = &f->end[from_server ? !f->orig_end : f->orig_end];
        n += what == COUNT_PACKETS ? e->pkts : e->ip_bytes;
    }
    return n;
}

static bool flow_count_test(struct match *m, const struct rule_option *o)
{
    const struct flow_option *x = o->arg;
    const struct unit *u = m->unit;

    if (x->what == COUNT_AGE)
        return interval_has(&x->interval, age(u));
    return (x->sides & TO_SERVER && interval_has(&x->interval, sum(u->talk, x->what, false))) ||
           (x->sides & TO_CLIENT && interval_has(&x->interval, sum(u->talk, x->what, true)));
}

// flow.pkts:toclient,>10, and flow.pkts_toclient:>10
bool option_flow_count(struct parse *p, struct slice arg, int which)
{
    static const struct word_value words[] = {
        {"toserver", TO_SERVER}, {"toclient", TO_CLIENT}, {"either", EITHER}, {NULL, 0}};
    struct flow_option *x = parse_take(p, sizeof(*x));
    unsigned from = which >= COUNT_BYTES ? COUNT_BYTES : COUNT_PACKETS;
    uint32_t sides = (uint32_t)which - from; // 0: it stands in front of the number

    x->what = (uint8_t)(which == COUNT_AGE ? (unsigned)COUNT_AGE : from);
    if (which != COUNT_AGE && !sides) {
        struct slice word = slice_cut(&arg, ',');
        if (!word_value(words, word, &sides))
            return parse_wrong(p, "\"%.*s\" is none of toserver, toclient, either",
                               SLICE(word));
    }
    x->sides = (uint8_t)sides;
    return interval_read(p, arg, UINT64_MAX, NULL, false, &x->interval) &&
           parse_add(p, flow_count_test, x);
}

// ---------------------------------------------------------------- VLANs

enum { ANY_LAYER = 100, ALL_LAYERS, LAYERS_TOLD = 8 };

struct vlan_option {
    struct interval interval;
    int32_t layer; // from 0, the outermost; negative: from the innermost, -1
};

// The ids of the tags, outermost first; gives how many. What was joined has two at most.
static unsigned vlan_ids(const struct packet *k, uint16_t ids[LAYERS_TOLD])
{
    unsigned n = 0;

    for (unsigned i = 0; i < k->n_layers && n < LAYERS_TOLD; i++) {
        const struct layer *l = &k->layer[i];
        if (l->kind == LAYER_VLAN && l->at + 2 <= k->frame.n)
            ids[n++] = load_be16(k->frame.p + l->at) & 0xfff;
    }
    for (; n < k->n_vlan && n < COUNT_OF(k->vlan); n++)
        ids[n] = k->vlan[n];
    return n;
}

static bool vlan_test(struct match *m, const struct rule_option *o)
{
    const struct vlan_option *x = o->arg;
    uint16_t ids[LAYERS_TOLD];
    unsigned n = vlan_ids(m->unit->packet, ids), fit = 0;

    for (unsigned i = 0; i < n; i++)
        fit += interval_has(&x->interval, ids[i]);
    if (x->layer == ALL_LAYERS)
        return n && fit == n;
    if (x->layer == ANY_LAYER)
        return fit > 0;
    int64_t at = x->layer < 0 ? (int64_t)n + x->layer : x->layer;
    return at >= 0 && at < n && interval_has(&x->interval, ids[at]);
}

// vlan.id:300, vlan.id:>200,1, vlan.id:!500,all
bool option_vlan_id(struct parse *p, struct slice arg, int which)
{
    struct vlan_option *x = parse_take(p, sizeof(*x));
    struct slice id = slice_cut(&arg, ',');

    x->layer = ANY_LAYER;
    if (slice_is(arg, "all"))
        x->layer = ALL_LAYERS;
    else if (arg.n && !slice_is(arg, "any") &&
             (!slice_i32(arg, &x->layer) || x->layer < -3 || x->layer > 2))
        return parse_wrong(p,
                           "the layer of a VLAN is 0 to 2, -3 to -1, any or all, not "
                           "\"%.*s\"",
                           SLICE(arg));
    return interval_read(p, id, 4095, NULL, false, &x->interval) && parse_add(p, vlan_test, x);
}
