// SPDX-License-Identifier: Apache-2.0
// Deciding: expectation, then probes; and what happens to the bytes meanwhile.
#include "ident/ident.h"

#include "ident/opening.h"

enum {
    MESSAGES_MOST = 8,
    ANALYSERS_MOST = 256,
    SURE_BOTH = 99, // percent
    SURE_ONE = 95,
    SURE_ANNOUNCED = 90
};

// talk->heard: what became of a side of a TCP talk, a bit for each side. Hopeless: more bytes
// will not tell. Gapped: its beginning is not known. Unkept: its bytes are not kept whole.
enum { HOPELESS = 1, GAPPED = 4, UNKEPT = 16, BOTH = 3 };

// Who may be asked over one transport, and who first when the responder has a certain port.
struct panel {
    const struct analyser *all[ANALYSERS_MOST];
    struct {
        uint16_t port, number;
    } hint[4 * ANALYSERS_MOST];
    uint32_t n, n_hints;
};

// The same for all lanes, and made before main, so that no thread ever sees it half done.
static struct panel stream_panel, datagram_panel;

struct idents {
    struct feeds *feeds;
    struct slab openings;
};

// ---------------------------------------------------------------- who is asked

static void panel_add(struct panel *p, const struct analyser *a)
{
    assert(p->n < ANALYSERS_MOST);
    for (size_t k = 0; k < COUNT_OF(a->hint); k++)
        if (a->hint[k]) {
            p->hint[p->n_hints].port = a->hint[k];
            p->hint[p->n_hints++].number = (uint16_t)p->n;
        }
    p->all[p->n++] = a;
}

__attribute__((constructor)) static void make_panels(void)
{
    for (const struct analyser *const *a = analysers; *a; a++) {
        if ((*a)->over & OVER_TCP)
            panel_add(&stream_panel, *a);
        if ((*a)->over & (OVER_UDP | OVER_SCTP))
            panel_add(&datagram_panel, *a);
    }
}

struct idents *ident_open(struct feeds *feeds)
{
    struct idents *i = mem_reserve(sizeof(*i));

    i->feeds = feeds;
    slab_init(&i->openings, NULL, sizeof(struct opening), OPENINGS_MOST);
    return i;
}

void ident_close(struct idents *i)
{
    slab_close(&i->openings);
    mem_release(i, sizeof(*i));
}

static const struct panel *panel_of(const struct talk *t)
{
    return t->who.ip_proto == PROTO_TCP ? &stream_panel : &datagram_panel;
}

static bool runs_over(const struct analyser *a, uint8_t ip_proto)
{
    return a->over & (ip_proto == PROTO_TCP   ? OVER_TCP
                      : ip_proto == PROTO_UDP ? OVER_UDP
                                              : OVER_SCTP);
}

// The first analyser whose port this is, NULL if none has it.
static const struct analyser *hinted(const struct panel *p, const struct talk *t)
{
    for (uint32_t k = 0; k < p->n_hints; k++)
        if (p->hint[k].port == t->who.dport &&
            runs_over(p->all[p->hint[k].number], t->who.ip_proto))
            return p->all[p->hint[k].number];
    return NULL;
}

static const struct analyser *announced(const struct talk *t)
{
    const struct analyser *a = t->expected ? analyser_named(t->expected) : NULL;

    return a && runs_over(a, t->who.ip_proto) ? a : NULL;
}

// ---------------------------------------------------------------- asking

struct asked {
    const struct analyser *yes; // NULL: nobody is sure
    bool maybe;                 // somebody wants to see more
};

static void ask_one(struct ctx *x, const struct analyser *a, const struct head *h,
                    struct asked *said)
{
    static const char *const words[] = {"no", "maybe", "yes"};
    enum guess guess = a->probe ? a->probe(h) : NO;

    why(x->out, "%s: %s", a->name, words[guess]);
    if (guess == YES)
        said->yes = a;
    said->maybe |= guess == MAYBE;
}

// Who was announced is asked first, then who owns the port, then all in the order of the list.
static struct asked ask(const struct idents *i, struct ctx *x, const struct head *h)
{
    const struct panel *p = panel_of(x->talk);
    const struct analyser *first[2] = {announced(x->talk), hinted(p, x->talk)};
    struct asked said = {0};

    for (int k = 0; k < 2 && !said.yes; k++)
        if (first[k])
            ask_one(x, first[k], h, &said);
    for (uint32_t k = 0; k < p->n && !said.yes; k++)
        if (p->all[k] != first[0] && p->all[k] != first[1] &&
            runs_over(p->all[k], x->talk->who.ip_proto))
            ask_one(x, p->all[k], h, &said);
    return said;
}

// ---------------------------------------------------------------- deciding

static void forget(struct idents *i, struct talk *t)
{
    if (t->undecided && !t->verdict.service && t->state) {
        slab_give(&i->openings, t->state);
        t->state = NULL;
    }
}

static void expect_only(struct ctx *x, const struct analyser *a)
{
    struct talk *t = x->talk;

    t->verdict = (struct verdict){.service = a ? a->name : t->expected,
                                  .why = "its endpoint was announced",
                                  .how = HOW_EXPECTED,
                                  .sure = SURE_ANNOUNCED};
    if (a)
        t->patient |= a->patient;
}

// Nothing more will be looked at.
static void give_up(struct idents *i, struct ctx *x)
{
    static const char *const unknown[MESSAGES_MOST + 1] = {
        "no payload",
        "no structure that is known in 1 message",
        "no structure that is known in 2 messages",
        "no structure that is known in 3 messages",
        "no structure that is known in 4 messages",
        "no structure that is known in 5 messages",
        "no structure that is known in 6 messages",
        "no structure that is known in 7 messages",
        "no structure that is known in 8 messages",
    };
    struct talk *t = x->talk;

    forget(i, t);
    t->undecided = false;
    if (t->verdict.service)
        return;
    if (t->expected) {
        expect_only(x, announced(t));
        return;
    }
    t->verdict.why = unknown[min_u32(t->tries, MESSAGES_MOST)];
    why(x->out, "unknown: %s", t->verdict.why);
}

// The other side's first bytes have the structure, too.
static void confirm(struct ctx *x, enum side side)
{
    struct verdict *v = &x->talk->verdict;

    v->sides |= (uint8_t)(1 << side);
    v->sure = SURE_BOTH;
    why(x->out, "the other side agrees: %s", v->service);
}

static const struct analyser *chosen(const struct idents *i, const struct talk *t)
{
    const struct panel *p = panel_of(t);

    for (uint32_t k = 0; k < p->n; k++)
        if (p->all[k]->name == t->verdict.service)
            return p->all[k];
    return NULL;
}

// Decided by one side; a talk stays undecided until the other one has spoken.
static void hear_other(struct idents *i, struct ctx *x, struct slice bytes, enum side side)
{
    struct talk *t = x->talk;
    const struct analyser *a = chosen(i, t);
    struct head h = {.bytes = bytes, .length = bytes.n, .side = side};

    if (t->verdict.sides & 1 << side)
        return;
    h.stream = t->who.ip_proto == PROTO_TCP;
    if (h.stream)
        h.bytes = opening_with(NULL, bytes, side);
    else
        h.length = x->packet->payload_len;
    enum guess guess = a && a->probe ? a->probe(&h) : NO;
    if (guess == YES || (guess == MAYBE && !h.stream))
        confirm(x, side);
    t->undecided = false;
}

// What was kept goes to the analyser, in the order it came. `side` is at the start of a
// message, also if its first bytes are gone; the other one then begins with a gap, of unknown
// length.
static void replay(struct idents *i, struct ctx *x, const struct opening *k, enum side side)
{
    enum side other = side == ORIG ? RESP : ORIG;
    uint32_t at[2] = {0, 0};

    if (x->talk->heard & UNKEPT << other)
        feed_gap(i->feeds, x, 1, other);
    for (uint32_t r = 0; k && r < k->n_runs; r++) {
        enum side from = k->run[r].side;
        if (!(x->talk->heard & UNKEPT << from))
            feed_data(i->feeds, x, slice_of(k->bytes[from] + at[from], k->run[r].n), from);
        at[from] += k->run[r].n;
    }
}

static void choose(struct idents *i, struct ctx *x, const struct analyser *a, enum side side)
{
    struct talk *t = x->talk;
    bool expected = t->expected && announced(t) == a;
    struct opening *k = t->state;
    enum side other = side == ORIG ? RESP : ORIG;

    t->verdict = (struct verdict){.service = a->name,
                                  .why = a->why,
                                  .how = HOW_PROBE,
                                  .sure = SURE_ONE,
                                  .sides = (uint8_t)(1 << side)};
    if (expected) {
        t->verdict.how = HOW_EXPECTED;
        t->verdict.why = "its endpoint was announced, and its structure fits";
        t->verdict.sure = SURE_BOTH;
    } else if (t->expected) {
        why(x->out, "%s was announced, but its content is %s", t->expected, a->name);
    }
    t->patient |= a->patient;
    t->state = NULL;
    if (k && k->n[other])
        hear_other(i, x, slice_of(k->bytes[other], k->n[other]), other);
    if (feed_begin(i->feeds, x, a))
        replay(i, x, k, side);
    if (k)
        slab_give(&i->openings, k);
}

// ---------------------------------------------------------------- looking

static const struct analyser *look_at_datagram(struct idents *i, struct ctx *x,
                                               struct slice bytes, enum side side)
{
    struct head h = {.bytes = bytes, .length = x->packet->payload_len, .side = side};
    const struct analyser *yes = ask(i, x, &h).yes;

    if (!yes && x->talk->tries >= MESSAGES_MOST)
        give_up(i, x);
    return yes;
}

// Is the beginning of both streams known? The history has a SYN or a SYN ACK then.
static bool is_whole(const struct talk *t)
{
    if (t->heard & BOTH * GAPPED)
        return false;
    for (uint32_t k = 0; k < t->history_n; k++)
        if ((t->history[k] | 0x20) == 's' || (t->history[k] | 0x20) == 'h')
            return true;
    return false;
}

static void keep(struct idents *i, struct talk *t, struct slice bytes, enum side side)
{
    if (!t->state && bytes.n <= HEAD_MOST) {
        t->state = slab_take(&i->openings);
        if (t->state)
            memset(t->state, 0, offsetof(struct opening, bytes));
    }
    if (t->heard & UNKEPT << side || !t->state || !opening_add(t->state, bytes, side))
        t->heard |= (uint8_t)((UNKEPT | HOPELESS) << side);
}

// The first bytes of a stream, however they were cut into segments. When they say nothing, and
// may have been the middle of a message, the next segments are tried as the start of one.
static const struct analyser *look_at_stream(struct idents *i, struct ctx *x,
                                             struct slice bytes, enum side side)
{
    struct talk *t = x->talk;
    struct opening *k = t->state;
    struct head h = {.side = side, .stream = true};
    bool whole = is_whole(t), hopeless = t->heard & HOPELESS << side;

    for (bool alone = hopeless; !hopeless || !whole; alone = true) {
        h.bytes = opening_with(alone ? NULL : k, bytes, side);
        h.length = h.bytes.n;
        struct asked said = ask(i, x, &h);
        if (said.yes)
            return said.yes;
        if (!alone && said.maybe && h.bytes.n < HEAD_MOST)
            break;
        t->heard |= (uint8_t)((whole ? HOPELESS : HOPELESS | UNKEPT) << side);
        if (whole || alone || !k || !k->n[side])
            break;
    }
    keep(i, t, bytes, side);
    if (whole ? (t->heard & BOTH * HOPELESS) == BOTH * HOPELESS
              : t->heard & HOPELESS << side && t->tries >= MESSAGES_MOST)
        give_up(i, x);
    return NULL;
}

static const struct analyser *look(struct idents *i, struct ctx *x, struct slice bytes,
                                   enum side side)
{
    struct talk *t = x->talk;

    if (t->tries < UINT8_MAX)
        t->tries++;
    return t->who.ip_proto == PROTO_TCP ? look_at_stream(i, x, bytes, side)
                                        : look_at_datagram(i, x, bytes, side);
}

// Something is announced that can't be known by its structure: there is nothing to wait for.
static bool take_on_trust(struct idents *i, struct ctx *x)
{
    const struct analyser *a = announced(x->talk);

    if (!a || a->probe)
        return false;
    expect_only(x, a);
    x->talk->undecided = false;
    (void)feed_begin(i->feeds, x, a);
    return true;
}

// ---------------------------------------------------------------- from the lane

void ident_begin(struct idents *i, struct ctx *x)
{
    uint8_t proto = x->talk->who.ip_proto;

    x->talk->undecided = proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
}

void ident_data(struct idents *i, struct ctx *x, struct slice bytes, enum side side)
{
    struct talk *t = x->talk;

    if (t->undecided && t->verdict.service) {
        hear_other(i, x, bytes, side);
    } else if (t->undecided && !take_on_trust(i, x)) {
        const struct analyser *a = look(i, x, bytes, side);
        if (a)
            choose(i, x, a, side);
    }
    if (t->analyser)
        feed_data(i->feeds, x, bytes, side);
}

void ident_gap(struct idents *i, struct ctx *x, uint64_t lost, enum side side)
{
    struct talk *t = x->talk;

    forget(i, t); // what comes next does not continue it
    t->heard = (uint8_t)((t->heard & BOTH * GAPPED) | GAPPED << side);
    if (t->analyser)
        feed_gap(i->feeds, x, lost, side);
}

void ident_end(struct idents *i, struct ctx *x)
{
    struct talk *t = x->talk;

    if (t->undecided)
        give_up(i, x);
    if (t->analyser)
        feed_end(i->feeds, x);
    if (!t->verdict.service) {
        const struct analyser *a = hinted(panel_of(t), t);
        t->verdict.hint = a ? a->name : NULL;
    }
}
