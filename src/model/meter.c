// SPDX-License-Identifier: Apache-2.0
// The meters: a flow's tokens; and the way back from a hash to words.
#include "model/walk.h"

#include <stdlib.h>

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
    walk_spread(w);
    walk_shape(w);
    walk_random(w);
    walk_structure(w);
    walk_bytes(w);
    walk_text(w);
}

void meter(struct tokens *t, const struct glimpse *g)
{
    struct walk w = {.g = g, .to = t};

    tokens_clear(t);
    walk(&w);
}

static int by_hash(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

void tokens_sort(struct tokens *t)
{
    qsort(t->hash, t->n, sizeof(*t->hash), by_hash);
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
