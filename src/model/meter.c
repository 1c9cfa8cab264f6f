// SPDX-License-Identifier: Apache-2.0
// The meters: a flow's tokens, sorted; and the way back from a hash to words.
#include "model/walk.h"

#include <string.h>

const uint8_t kind_family[KINDS] = {
#define KIND(name, family, words) [KIND_##name] = family,
#include "model/kind.def"
#undef KIND
};

const uint8_t number_width[NUMBERS] = {1, 2, 2, 3, 3, 4, 4};

static void walk_places(struct walk *w)
{
    enum { NUMBERED = 3 }; // the later ones are pooled
    uint8_t seen[2] = {0};
    bool whole = w->g->whole;

    w->all[0] = whole ? CLIENT : SIDE_A;
    w->all[1] = whole ? SERVER : SIDE_B;
    for (uint32_t i = 0; i < w->g->n; i++) {
        uint8_t side = w->g->message[i].side;
        w->where[i] = w->all[side];
        if (whole)
            w->where[i] = (uint8_t)((side ? SERVER_FIRST : CLIENT_FIRST) + seen[side]);
        seen[side] = (uint8_t)(seen[side] + (seen[side] < NUMBERED));
    }
}

// What matters most first: a flow that has too many tokens loses the last.
static void walk(struct walk *w)
{
    walk_places(w);
    walk_shape(w);
    walk_random(w);
    walk_structure(w);
    walk_bytes(w);
    walk_text(w);
}

// Hashes are spread evenly: by their upper bits into about as many buckets as flows have
// tokens, then one pass of insertion over what is nearly in order.
static void sort(struct tokens *t)
{
    enum { BUCKET_SHIFT = 24, BUCKETS = 1 << (32 - BUCKET_SHIFT) };
    uint32_t copy[TOKENS_MOST];
    uint16_t end[BUCKETS] = {0};

    memcpy(copy, t->hash, t->n * sizeof(copy[0]));
    for (uint32_t i = 0; i < t->n; i++)
        end[copy[i] >> BUCKET_SHIFT]++;
    for (uint32_t i = 1; i < BUCKETS; i++)
        end[i] = (uint16_t)(end[i] + end[i - 1]);
    for (uint32_t i = 0; i < t->n; i++)
        t->hash[--end[copy[i] >> BUCKET_SHIFT]] = copy[i];
    for (uint32_t i = 1; i < t->n; i++) {
        uint32_t hash = t->hash[i], at = i;
        for (; at && t->hash[at - 1] > hash; at--)
            t->hash[at] = t->hash[at - 1];
        t->hash[at] = hash;
    }
}

void meter(struct tokens *t, const struct glimpse *g)
{
    struct walk w = {.g = g, .to = t};

    t->n = 0;
    walk(&w);
    sort(t);
}

bool walk_find_kind(struct token *token, const struct glimpse *g, enum kind kind)
{
    struct walk w = {.g = g, .searching = true, .kind = kind};

    walk(&w);
    *token = w.token;
    return w.found;
}

static bool find(struct token *token, const struct glimpse *g, uint32_t hash)
{
    struct walk w = {.g = g, .searching = true, .wanted = hash};

    if (hash) // no token has the hash 0
        walk(&w);
    *token = w.token;
    return w.found;
}

bool meter_text(struct text *t, const struct glimpse *g, uint32_t hash)
{
    struct token token;

    if (!find(&token, g, hash))
        return false;
    token_words(t, &token);
    return true;
}

bool meter_words(struct text *t, const struct glimpse *g, uint32_t hash)
{
    struct token token;

    if (!find(&token, g, hash))
        return false;
    token_words(t, &token);
    if (kind_family[token.kind] == STRUCTURE && token.seen.n) {
        text_str(t, " (here");
        for (uint32_t i = 0; i < token.seen.n; i++)
            text_printf(t, " %02x", token.seen.p[i]);
        text_char(t, ')');
    }
    return true;
}
