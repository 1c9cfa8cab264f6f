// SPDX-License-Identifier: Apache-2.0
// TFTP: recognised by its requests, errors and option acknowledgements, RFC 1350 and RFC 2347;
// blocks that overtake each other inside a window (RFC 7440) are put in order.
#include "proto/carry.h"

#include "base/cur.h"

#include <string.h>
#include <strings.h>

enum opcode { RRQ = 1, WRQ, DATA, ACK, ERROR, OACK };
enum { NAME_MOST = 255, OPTIONS_MOST = 16, BLOCK = 512, ERROR_LAST = 8 };
enum { BLOCK_LEAST = 8, BLOCK_MOST = 65464 }; // RFC 2348
enum { HELD_MOST = 16, HELD_BYTES = FEED_BLOCK - 24 };

// A block that came before one that is due.
struct held {
    struct held *next; // a later one
    uint32_t cut;      // what the capture left out
    uint16_t block, n;
    uint8_t bytes[HELD_BYTES];
};
_Static_assert(sizeof(struct held) <= FEED_BLOCK, "it lies in a block");

struct state {
    struct carried *file;
    struct held *held;
    enum side side; // who sends it
    uint32_t size;  // of a block
    uint32_t window;
    uint16_t block; // the latest
    uint8_t holds;
};

// A text that ends in a zero byte; empty and c->bad if it is none.
static struct slice take_text(struct cur *c)
{
    uint32_t n = 0, left = min_u32(cur_left(c), NAME_MOST + 1);

    while (n < left && c->p[n] >= ' ' && c->p[n] != 0x7f)
        n++;
    if (n == left || c->p[n]) {
        c->bad = true;
        return (struct slice){0};
    }
    struct slice text = cur_take(c, n);
    cur_skip(c, 1);
    return text;
}

static bool is_word(struct slice s, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct slice w = slice_str(words[i]);
        if (s.n && w.n == s.n && !strncasecmp((const char *)s.p, words[i], s.n))
            return true;
    }
    return false;
}

// Pairs of option and value up to the end; gives their number, 0 if that is not what is there.
static unsigned options(struct cur *c)
{
    static const char *const known[] = {"blksize",  "blksize2",   "timeout",  "utimeout",
                                        "tsize",    "windowsize", "rollover", "multicast",
                                        "password", "x-flags"};
    unsigned n = 0;

    while (cur_left(c) && n < OPTIONS_MOST) {
        struct slice option = take_text(c);
        (void)take_text(c);
        if (c->bad || !is_word(option, known, COUNT_OF(known)))
            return 0;
        n++;
    }
    return cur_left(c) ? 0 : n;
}

// File and mode, and options up to the end of the datagram.
static enum guess request(struct cur *c)
{
    static const char *const modes[] = {"octet", "netascii", "mail"};
    struct slice file = take_text(c), mode = take_text(c);

    if (c->bad || !file.n || !is_word(mode, modes, COUNT_OF(modes)))
        return NO;
    return !cur_left(c) || options(c) ? YES : NO;
}

// Codes 0 to 8 and a message, which may be missing but then says nothing.
static enum guess failure(struct cur *c)
{
    uint16_t code = cur_be16(c);
    struct slice message = take_text(c);

    if (c->bad || code > ERROR_LAST || cur_left(c))
        return NO;
    return message.n >= 4 ? YES : MAYBE;
}

// Blocks and their numbers fit too many things: they confirm, but claim nothing.
static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);
    uint16_t opcode = cur_be16(&c);

    if (c.bad || h->length != h->bytes.n)
        return NO;
    switch (opcode) {
    case RRQ:
    case WRQ: return request(&c);
    case ERROR: return failure(&c);
    case OACK: return options(&c) ? YES : NO;
    case DATA: return h->length >= 4 && h->length <= 4 + BLOCK ? MAYBE : NO;
    case ACK: return h->length == 4 ? MAYBE : NO;
    default: return NO;
    }
}

// ---------------------------------------------------------------- the file

static uint32_t number(struct slice s)
{
    uint32_t v = 0;

    for (uint32_t i = 0; i < s.n && i < 6; i++)
        if (s.p[i] >= '0' && s.p[i] <= '9')
            v = v * 10 + (uint32_t)(s.p[i] - '0');
    return v;
}

// How far a block is before the one that is due; after 65535 comes 0, or 1 with some.
static uint16_t ahead_of(const struct state *s, uint16_t block)
{
    uint16_t due = (uint16_t)(s->block + 1);

    return (uint16_t)(block - (due == 0 && block == 1 ? 1 : due));
}

static void finish(struct ctx *x, struct state *s, bool whole)
{
    while (s->held) {
        struct held *h = s->held;
        s->held = h->next;
        feed_block_back(x, h);
    }
    s->holds = 0;
    carry_end(x, &s->file, whole);
}

// The blocks that are left out before it are missing, and what the capture cut off.
static void take(struct ctx *x, struct state *s, uint16_t block, struct slice bytes,
                 uint32_t cut)
{
    carry_gap(s->file, (uint64_t)ahead_of(s, block) * s->size);
    carry_data(x, s->file, bytes);
    carry_gap(s->file, cut);
    s->block = block;
    if (bytes.n + cut < s->size)
        finish(x, s, true);
}

// Takes what was held and is due now; with `waits` false, all that nobody needs to wait for:
// the first, and what follows it without a gap.
static void release(struct ctx *x, struct state *s, bool waits)
{
    while (s->file && s->held && (!waits || ahead_of(s, s->held->block) == 0)) {
        struct held *h = s->held;
        s->held = h->next;
        s->holds--;
        take(x, s, h->block, slice_of(h->bytes, h->n), h->cut);
        feed_block_back(x, h);
        waits = true;
    }
}

static void give_up(struct ctx *x, struct state *s)
{
    while (s->file && s->held)
        release(x, s, false);
    finish(x, s, false);
}

// false: there is no room for it, or no sense in waiting.
static bool hold(struct ctx *x, struct state *s, uint16_t block, struct slice bytes,
                 uint32_t cut)
{
    struct held **at = &s->held, *h;

    if (s->window < 2 || bytes.n > HELD_BYTES)
        return false;
    while (*at && ahead_of(s, (*at)->block) < ahead_of(s, block))
        at = &(*at)->next;
    if (*at && (*at)->block == block)
        return true;
    if (s->holds == HELD_MOST || !(h = feed_block(x)))
        return false;
    *h = (struct held){.next = *at, .cut = cut, .block = block, .n = (uint16_t)bytes.n};
    memcpy(h->bytes, bytes.p, bytes.n);
    *at = h;
    s->holds++;
    return true;
}

static void begin(struct ctx *x, struct state *s, struct cur *c, enum side side)
{
    struct slice name = take_text(c);

    if (c->bad || (s->file && carry_is_empty(s->file) && s->side == side))
        return; // it asks again
    give_up(x, s);
    s->side = side;
    s->size = BLOCK;
    s->window = 1;
    s->block = 0;
    s->file = carry_begin(x, &(struct carry){.source = "tftp", .name = name, .side = side});
}

// What the other side takes of the options that were asked for; the size of blocks counts, and
// how many of them may be on their way.
static void agree(struct state *s, struct cur *c)
{
    static const char *const size[] = {"blksize", "blksize2"}, *const window[] = {"windowsize"};

    for (unsigned i = 0; i < OPTIONS_MOST && cur_left(c) && !c->bad; i++) {
        struct slice option = take_text(c), value = take_text(c);
        uint32_t v = number(value);
        if (!c->bad && is_word(option, size, COUNT_OF(size)) && v >= BLOCK_LEAST &&
            v <= BLOCK_MOST)
            s->size = v;
        else if (!c->bad && is_word(option, window, COUNT_OF(window)))
            s->window = v;
    }
}

// Blocks count from 1. One that came before is sent again.
static void block(struct ctx *x, struct state *s, struct cur *c, uint32_t cut)
{
    uint16_t n = cur_be16(c), ahead = ahead_of(s, n);
    struct slice bytes = cur_take(c, cur_left(c));

    if (c->bad || !s->file || ahead > INT16_MAX)
        return;
    if (ahead && hold(x, s, n, bytes, cut))
        return;
    while (s->held && ahead_of(s, s->held->block) < ahead_of(s, n))
        release(x, s, false);
    if (s->file && ahead_of(s, n) <= INT16_MAX)
        take(x, s, n, bytes, cut);
    release(x, s, true);
}

// The receiver has all blocks up to this one: those that are due were only not captured.
static void acknowledged(struct ctx *x, struct state *s, struct cur *c)
{
    uint16_t n = cur_be16(c);

    while (!c->bad && s->file && s->held && ahead_of(s, n) <= INT16_MAX)
        release(x, s, false);
}

static struct progress data(struct ctx *x, void *state, struct slice in, enum side side)
{
    struct state *s = state;
    struct cur c = cur_of(in);

    switch (cur_be16(&c)) {
    case RRQ: begin(x, s, &c, side == ORIG ? RESP : ORIG); break;
    case WRQ: begin(x, s, &c, side); break;
    case OACK: agree(s, &c); break;
    case DATA:
        if (side == s->side)
            block(x, s, &c, x->packet->payload_len - in.n);
        break;
    case ACK:
        if (side != s->side)
            acknowledged(x, s, &c);
        break;
    case ERROR: give_up(x, s); break;
    default: break;
    }
    return (struct progress){.used = in.n};
}

static void end(struct ctx *x, void *state)
{
    give_up(x, state);
}

const struct analyser proto_tftp = {
    .name = "tftp",
    .title = "TFTP",
    .spec = "RFC 1350",
    .why = "file, mode, options or an error message fill a TFTP datagram exactly",
    .over = OVER_UDP,
    .hint = {69},
    .only_for = CARRY_EVENTS,
    .state_size = sizeof(struct state),
    .probe = probe,
    .data = data,
    .end = end,
};
