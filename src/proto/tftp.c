// SPDX-License-Identifier: Apache-2.0
// TFTP: recognised by its requests, errors and option acknowledgements, RFC 1350 and RFC 2347.
#include "proto/proto.h"

#include "base/cur.h"

#include <strings.h>

enum opcode { RRQ = 1, WRQ, DATA, ACK, ERROR, OACK };
enum { NAME_MOST = 255, OPTIONS_MOST = 16, BLOCK = 512, ERROR_LAST = 8 };

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
        if (w.n == s.n && !strncasecmp((const char *)s.p, words[i], s.n))
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

const struct analyser proto_tftp = {
    .name = "tftp",
    .title = "TFTP",
    .spec = "RFC 1350",
    .why = "file, mode, options or an error message fill a TFTP datagram exactly",
    .over = OVER_UDP,
    .hint = {69},
    .probe = probe,
};
