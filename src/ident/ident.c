// SPDX-License-Identifier: Apache-2.0
// Deciding: expectation, probes, then the model; and what happens to the bytes meanwhile.
#include "ident/ident.h"

#include "ident/ask.h"
#include "ident/judge.h"
#include "ident/opening.h"

enum {
    TOLD_MOST = 24, // pieces of a talk that become `message` records
    SURE_BOTH = 99, // percent
    SURE_ONE = 95,
    SURE_ANNOUNCED = 90
};

// talk->heard: what became of a side of a TCP talk, a bit for each side. Hopeless: more bytes
// will not tell. Gapped: its beginning is not known. Unkept: its bytes are not kept whole.
enum { HOPELESS = 1, GAPPED = 4, UNKEPT = 16, BOTH = 3 };

struct idents {
    struct feeds *feeds;
    struct slab openings;
    struct node undecided; // the openings at hand
};

struct idents *ident_open(struct feeds *feeds)
{
    struct idents *i = mem_reserve(sizeof(*i));

    i->feeds = feeds;
    slab_init(&i->openings, NULL, sizeof(struct opening), OPENINGS_MOST);
    list_init(&i->undecided);
    return i;
}

void ident_close(struct idents *i)
{
    slab_close(&i->openings);
    mem_release(i, sizeof(*i));
}

// ---------------------------------------------------------------- deciding

static void give_up(struct idents *i, struct ctx *x);

// The state of a talk without an analyser is ident's.
static struct opening *opening_of(const struct talk *t)
{
    return t->analyser ? NULL : t->state;
}

static void put_back(struct idents *i, struct opening *k)
{
    list_remove(&k->node);
    slab_give(&i->openings, k);
}

static void drop(struct idents *i, struct opening *k)
{
    k->talk->state = NULL;
    put_back(i, k);
}

// When all openings are in use, what the oldest talk has said so far must do.
static struct opening *take(struct idents *i, struct ctx *x)
{
    struct opening *k = slab_take(&i->openings);

    if (!k) {
        struct talk *at_hand = x->talk;
        x->talk = ((struct opening *)(void *)i->undecided.next)->talk;
        give_up(i, x);
        x->talk = at_hand;
        k = slab_take(&i->openings);
    }
    memset(&k->prelude, 0, offsetof(struct prelude, bytes));
    opening_break(k);
    k->talk = x->talk;
    list_append(&i->undecided, &k->node);
    x->talk->state = k;
    return k;
}

static void expect_only(struct ctx *x, const struct analyser *a)
{
    struct talk *t = x->talk;

    t->verdict = (struct verdict){.service = a ? a->name : t->expected,
                                  .why = "its endpoint was announced",
                                  .how = HOW_EXPECTED,
                                  .grade = VERDICT_ANNOUNCED,
                                  .sure = SURE_ANNOUNCED};
    if (a)
        t->patient |= a->patient;
}

// Nothing more will be looked at.
static void give_up(struct idents *i, struct ctx *x)
{
    static const char *const unknown[MESSAGES_MOST + 1] = {
        "no payload",
        "nothing known fits 1 message",
        "nothing known fits 2 messages",
        "nothing known fits 3 messages",
        "nothing known fits 4 messages",
        "nothing known fits 5 messages",
        "nothing known fits 6 messages",
        "nothing known fits 7 messages",
        "nothing known fits 8 messages",
    };
    struct talk *t = x->talk;
    struct opening *k = opening_of(t);

    if (t->verdict.service)
        why(x->out, "%s: %s", t->verdict.service, t->verdict.why);
    else if (t->expected)
        expect_only(x, ask_named(t, t->expected));
    else if (!(k && judge(x, &k->prelude, true))) {
        t->verdict.why = unknown[min_u32(t->tries, MESSAGES_MOST)];
        why(x->out, "unknown: %s", t->verdict.why);
    }
    if (k)
        drop(i, k);
    t->undecided = false;
}

// The other side's first bytes have the structure, too.
static void confirm(struct ctx *x, enum side side)
{
    struct verdict *v = &x->talk->verdict;

    v->sides |= (uint8_t)(1 << side);
    v->sure = SURE_BOTH;
    why(x->out, "the other side agrees: %s", v->service);
}

// Decided by one side; a talk stays undecided until the other one has spoken.
static void hear_other(struct idents *i, struct ctx *x, struct slice bytes, enum side side)
{
    struct talk *t = x->talk;
    const struct analyser *a = ask_named(t, t->verdict.service);
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

// What was kept goes to the analyser, in the order it came.
static void replay(struct idents *i, struct ctx *x, const struct opening *k)
{
    uint32_t at[2] = {0, 0};

    for (uint32_t r = 0; k && r < k->n_runs; r++) {
        enum side from = k->run[r].side;
        if (!(x->talk->heard & UNKEPT << from))
            feed_data(i->feeds, x, slice_of(k->bytes[from] + at[from], k->run[r].n), from);
        at[from] += k->run[r].n;
    }
}

// What the content shows, beside what was announced.
static void compare_expected(struct ctx *x, const char *both)
{
    struct talk *t = x->talk;

    if (t->expected && !strcmp(t->expected, t->verdict.service)) {
        t->verdict.how = HOW_EXPECTED;
        t->verdict.why = both;
        t->verdict.sure = SURE_BOTH;
    } else if (t->expected) {
        why(x->out, "%s was announced, but its content is %s", t->expected, t->verdict.service);
        t->sub = NULL;
    }
}

static void name_by_probe(struct talk *t, const struct analyser *a, enum side side)
{
    t->verdict = (struct verdict){.service = a->name,
                                  .why = a->why,
                                  .how = HOW_PROBE,
                                  .grade = VERDICT_CERTAIN,
                                  .sure = SURE_ONE,
                                  .sides = (uint8_t)(1 << side)};
    t->patient |= a->patient;
}

static void choose(struct idents *i, struct ctx *x, const struct analyser *a, enum side side)
{
    struct talk *t = x->talk;
    struct opening *k = opening_of(t);
    enum side other = side == ORIG ? RESP : ORIG;

    name_by_probe(t, a, side);
    compare_expected(x, "its endpoint was announced, and its structure fits");
    t->state = NULL;
    if (k && k->n[other])
        hear_other(i, x, slice_of(k->bytes[other], k->n[other]), other);
    if (feed_begin(i->feeds, x, a)) {
        if (t->heard & UNKEPT << other) // `side` is at the start of a message
            feed_gap(i->feeds, x, 1, other);
        replay(i, x, k);
    }
    if (k)
        put_back(i, k);
}

// ---------------------------------------------------------------- looking

static const struct analyser *look_at_datagram(struct ctx *x, struct slice bytes,
                                               enum side side)
{
    struct head h = {.bytes = bytes, .length = x->packet->payload_len, .side = side};

    return ask(x, &h).yes;
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

// The model is certain. If there is an analyser for what it names, that gets what was kept; a
// side that is not known from its beginning begins with a gap.
static void follow(struct idents *i, struct ctx *x, struct opening *k)
{
    struct talk *t = x->talk;
    const struct analyser *a = ask_named(t, t->verdict.service);
    bool broken = t->who.ip_proto == PROTO_TCP && !is_whole(t);

    compare_expected(x, "its endpoint was announced, and its first messages fit");
    why(x->out, "%s: %s", t->verdict.service, t->verdict.why);
    t->undecided = false;
    t->state = NULL;
    t->patient |= a && a->patient;
    if (a && feed_begin(i->feeds, x, a)) {
        for (enum side side = ORIG; side <= RESP; side++)
            if (broken || t->heard & UNKEPT << side)
                feed_gap(i->feeds, x, 1, side);
        replay(i, x, k);
    }
    put_back(i, k);
}

static bool is_opening(const struct talk *t)
{
    return t->who.ip_proto != PROTO_TCP || is_whole(t);
}

// The first bytes of a stream, however they were cut into segments. When they say nothing, and
// may have been the middle of a message, the next segments are tried as the start of one.
static const struct analyser *look_at_stream(struct ctx *x, struct slice bytes, enum side side)
{
    struct talk *t = x->talk;
    struct opening *k = opening_of(t);
    struct head h = {.side = side, .stream = true};
    bool whole = is_whole(t), hopeless = t->heard & HOPELESS << side;

    for (bool alone = hopeless; !hopeless || !whole; alone = true) {
        h.bytes = opening_with(alone ? NULL : k, bytes, side);
        h.length = h.bytes.n;
        struct asked said = ask(x, &h);
        if (said.yes) {
            t->sub = said.yes->refine ? said.yes->refine(&h) : t->sub;
            return said.yes;
        }
        if (!alone && said.maybe && h.bytes.n < HEAD_MOST)
            break;
        t->heard |= (uint8_t)((whole ? HOPELESS : HOPELESS | UNKEPT) << side);
        if (whole || alone || !k || !k->n[side])
            break;
    }
    return NULL;
}

static const struct analyser *look(struct ctx *x, struct slice bytes, enum side side)
{
    struct talk *t = x->talk;

    if (t->tries < UINT8_MAX)
        t->tries++;
    return t->who.ip_proto == PROTO_TCP ? look_at_stream(x, bytes, side)
                                        : look_at_datagram(x, bytes, side);
}

// As it was sent: more than what is at hand where the capture cut the packet.
static uint32_t sent_size(const struct ctx *x, struct slice bytes)
{
    uint32_t captured = x->packet->payload.n, sent = x->packet->payload_len;
    bool at_end = captured && bytes.p + bytes.n == x->packet->payload.p + captured;

    return bytes.n + (at_end && sent > captured ? sent - captured : 0);
}

// The opening of the talk, made if there is none, with these bytes for the model.
static struct opening *hear(struct idents *i, struct ctx *x, struct slice bytes, enum side side)
{
    struct talk *t = x->talk;
    struct opening *k = opening_of(t);
    struct slice read = slice_of(bytes.p, judge_is_there() ? bytes.n : 0);

    if (!k) {
        k = take(i, x);
        k->prelude.whole = is_opening(t);
    }
    (void)prelude_add(&k->prelude, &(struct piece){.bytes = read,
                                                   .size = sent_size(x, bytes),
                                                   .ts = x->packet->ts,
                                                   .side = side,
                                                   .src = &t->who.src,
                                                   .sport = t->who.sport,
                                                   .stream = t->who.ip_proto == PROTO_TCP});
    return k;
}

// No probe knows it: the model is asked, and what was said so far is kept.
static void consider(struct idents *i, struct ctx *x, struct slice bytes, enum side side)
{
    struct talk *t = x->talk;
    bool stream = t->who.ip_proto == PROTO_TCP;
    struct opening *k = hear(i, x, bytes, side);
    bool fits = stream && !(t->heard & UNKEPT << side) && opening_fits(k, bytes, side);

    if (stream && !fits)
        t->heard |= (uint8_t)((UNKEPT | HOPELESS) << side);
    bool probes_wait = stream && !(t->heard & HOPELESS << side);
    if (!probes_wait && judge(x, &k->prelude, false))
        follow(i, x, k);
    else if (!probes_wait && k->prelude.n == MESSAGES_MOST)
        give_up(i, x);
    else if (fits)
        opening_add(k, bytes, side);
}

// Something is announced that can't be known by its structure: there is nothing to wait for.
static bool take_on_trust(struct idents *i, struct ctx *x)
{
    const struct analyser *a = ask_named(x->talk, x->talk->expected);

    if (!a || a->probe)
        return false;
    expect_only(x, a);
    x->talk->undecided = false;
    (void)feed_begin(i->feeds, x, a);
    return true;
}

// ---------------------------------------------------------------- inspected anyway

// The operator wants the port inspected: what may be meant as its protocol's is read as that,
// although the probe turned it down. The verdict stays what the content shows; if that is
// another protocol, nothing is inspected.
static bool inspect(struct idents *i, struct ctx *x, struct slice bytes, enum side side)
{
    struct talk *t = x->talk;
    struct opening *k = opening_of(t);
    const struct analyser *a = x->inspect;
    struct head h = {.side = side, .stream = t->who.ip_proto == PROTO_TCP};

    if (!a)
        return false;
    h.bytes = bytes;
    if (h.stream && k && k->n[side] < HEAD_MOST)
        h.bytes = opening_with(k, bytes, side);
    if (!a->meant(h.bytes))
        h.bytes = bytes; // what came before is nothing
    h.length = h.bytes.n;
    if (!a->meant(h.bytes) || (h.stream && a->probe(&h) == MAYBE))
        return false;
    if (t->undecided) { // now or never: the analyser takes the place of what was kept
        k = hear(i, x, bytes, side);
        if (!judge(x, &k->prelude, true))
            t->verdict.why = "nothing known fits; it is read because its port is configured";
    }
    t->undecided = false;
    t->state = NULL;
    if (t->verdict.service && strcmp(t->verdict.service, a->name) != 0) {
        why(x->out, "not read as %s, although its port is configured", a->name);
    } else if (feed_begin(i->feeds, x, a)) {
        why(x->out, "read as %s: its port is configured", a->name);
        for (enum side s = ORIG; s <= RESP; s++)
            if (h.stream && (!is_whole(t) || t->heard & UNKEPT << s))
                feed_gap(i->feeds, x, 1, s);
        replay(i, x, k);
    }
    if (k)
        put_back(i, k);
    return true;
}

// A talk that is inspected has its protocol's structure after all.
static void recognise(struct ctx *x, struct slice bytes, enum side side)
{
    struct talk *t = x->talk;
    struct head h = {.bytes = bytes, .length = bytes.n, .side = side};

    h.stream = t->who.ip_proto == PROTO_TCP;
    if (t->analyser->probe(&h) == YES)
        name_by_probe(t, t->analyser, side);
}

// ---------------------------------------------------------------- telling

static void tell_message(struct ctx *x, struct slice bytes, enum side side)
{
    struct talk *t = x->talk;

    t->quoted = t->told + 1 < TOLD_MOST;
    struct ev_message *e = emit_message(x->out);
    struct arena *a = x->out->arena;
    uint32_t n = min_u32(bytes.n, MESSAGE_BYTES);
    uint8_t *hex = arena_take(a, 2 * n);

    for (uint32_t k = 0; k < n; k++) {
        hex[2 * k] = (uint8_t) "0123456789abcdef"[bytes.p[k] >> 4];
        hex[2 * k + 1] = (uint8_t) "0123456789abcdef"[bytes.p[k] & 15];
    }
    e->number = ++t->told;
    e->side = side == ORIG ? "orig" : "resp";
    e->whole = is_opening(t);
    e->size = sent_size(x, bytes);
    e->data = slice_of(hex, 2 * n);
}

// ---------------------------------------------------------------- from the lane

void ident_begin(struct idents *i, struct ctx *x)
{
    uint8_t proto = x->talk->who.ip_proto;

    x->talk->undecided = proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP;
    x->talk->quoted = x->talk->undecided && want(x->out, EV_message);
}

void ident_data(struct idents *i, struct ctx *x, struct slice bytes, enum side side)
{
    struct talk *t = x->talk;

    if (t->quoted)
        tell_message(x, bytes, side);
    if (t->undecided && t->verdict.service) {
        hear_other(i, x, bytes, side);
    } else if (t->undecided && !take_on_trust(i, x)) {
        const struct analyser *a = look(x, bytes, side);
        if (a)
            choose(i, x, a, side);
        else if (!inspect(i, x, bytes, side))
            consider(i, x, bytes, side);
    } else if (t->analyser && !t->verdict.service) {
        recognise(x, bytes, side);
    } else if (!t->verdict.service) {
        (void)inspect(i, x, bytes, side);
    }
    if (t->analyser)
        feed_data(i->feeds, x, bytes, side);
}

void ident_gap(struct idents *i, struct ctx *x, uint64_t lost, enum side side)
{
    struct talk *t = x->talk;
    struct opening *k = opening_of(t);

    if (k)
        opening_break(k);
    t->heard = (uint8_t)((t->heard & BOTH * GAPPED) | GAPPED << side);
    if (t->analyser)
        feed_gap(i->feeds, x, lost, side);
}

void ident_rest(struct idents *i, struct ctx *x, struct slice bytes, uint64_t lost,
                enum side side)
{
    if (x->talk->analyser && lost)
        feed_gap(i->feeds, x, lost, side);
    else if (x->talk->analyser)
        feed_data(i->feeds, x, bytes, side);
}

void ident_end(struct idents *i, struct ctx *x, struct verdict_words *w)
{
    struct talk *t = x->talk;

    if (t->undecided && !opening_of(t)) // no payload came: an empty file, perhaps
        (void)take_on_trust(i, x);
    if (t->undecided || opening_of(t))
        give_up(i, x);
    if (t->analyser)
        feed_end(i->feeds, x);
    judge_words(t, w);
    if (!t->verdict.service) {
        const struct analyser *a = ask_hinted(t);
        w->hint = a ? a->name : NULL;
    }
}
