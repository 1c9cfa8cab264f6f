// SPDX-License-Identifier: Apache-2.0
// What a flow looks like, in words, when no name is known for it.
#include "model/walk.h"

static void sides(struct text *t, const struct glimpse *g)
{
    uint32_t of[2] = {0};

    for (uint32_t i = 0; i < g->n; i++)
        of[g->message[i].side]++;
    if (!of[0] || !of[1])
        text_printf(t, ", one way, %u message%s", g->n, g->n == 1 ? "" : "s");
    else if (g->whole)
        text_str(t, g->message[0].side ? ", the server speaks first"
                                       : ", the client speaks first");
    else
        text_str(t, ", both ways, the opening was missed");
}

// Text or binary, by all bytes that were kept.
static void matter(struct text *t, const struct glimpse *g)
{
    enum { TEXT_FROM = 90, MIXED_FROM = 50, SHORT = 16 }; // percent, percent, bytes
    struct spread s = {.n = 0};

    for (uint32_t i = 0; i < g->n; i++)
        spread_add(&s, g->message[i].p, min_u32(g->message[i].kept, SPREAD_MOST - s.n));
    uint32_t percent = s.n ? s.text * 100 / s.n : 0;
    if (looks_random(g))
        text_printf(t,
                    "looks random from its first byte (two bytes are equal %u.%02u times as "
                    "often as by chance)",
                    spread_coincidence(&s) / 100, spread_coincidence(&s) % 100);
    else if (percent >= TEXT_FROM)
        text_str(t, "text");
    else
        text_printf(
            t, percent >= MIXED_FROM ? "text and binary, %u %% text" : "binary, %u %% text",
            percent);
    if (s.n < SHORT)
        text_str(t, " (few bytes)");
}

void model_describe(struct text *t, const struct glimpse *g)
{
    static const enum kind told[] = {KIND_LENGTH_ALWAYS, KIND_CHAIN, KIND_BER,
                                     KIND_COUNTER,       KIND_ECHO,  KIND_ECHO_MOVED,
                                     KIND_NEWLINE};
    enum { TOLD_MOST = 3 };
    uint32_t n = 0;

    if (!g->n) {
        text_str(t, "no payload");
        return;
    }
    matter(t, g);
    sides(t, g);
    for (uint32_t i = 0; i < COUNT_OF(told) && n < TOLD_MOST; i++) {
        struct token token;
        if (!walk_find_kind(&token, g, told[i]))
            continue;
        text_str(t, ", ");
        token_words(t, &token);
        n++;
    }
}
