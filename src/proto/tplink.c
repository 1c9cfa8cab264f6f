// SPDX-License-Identifier: Apache-2.0
// TP-Link's smart home devices: recognised by JSON of which each byte hides the next one.
#include "proto/proto.h"

#include "proto/shape.h"

enum { KEY = 0xab, NAME_LEAST = 3, NAME_MOST = 48, LENGTH = 4 };

// {"system":{ : a name of letters, whose value is an object.
static enum guess is_hidden_json(struct slice s)
{
    enum { BEGIN, QUOTE, NAME, COLON, VALUE } expected = BEGIN;
    uint32_t name = 0;
    uint8_t key = KEY;

    for (uint32_t i = 0; i < s.n; i++) {
        uint8_t b = s.p[i] ^ key;
        key = s.p[i];
        if (expected == NAME && name <= NAME_MOST &&
            (shape_is_letter(b) || shape_is_digit(b) || b == '_' || b == '.')) {
            name++;
            continue;
        }
        if (b != "{\"\":{"[expected] || (expected == NAME && name < NAME_LEAST))
            return NO;
        if (expected++ == VALUE)
            return YES;
    }
    return MAYBE;
}

static enum guess probe(const struct head *h)
{
    struct slice s = h->bytes;

    if (!h->stream)
        return is_hidden_json(s) == YES ? YES : NO;
    if (s.p[0] || (s.n > 1 && s.p[1])) // none is that long
        return NO;
    return s.n > LENGTH ? is_hidden_json(slice_of(s.p + LENGTH, s.n - LENGTH)) : MAYBE;
}

const struct analyser proto_tplink = {
    .name = "tplink",
    .title = "TP-Link smart home",
    .spec = "TP-Link smart home protocol",
    .why = "it is JSON in which each byte hides the next one",
    .over = OVER_TCP | OVER_UDP,
    .hint = {9999},
    .probe = probe,
};
