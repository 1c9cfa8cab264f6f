// SPDX-License-Identifier: Apache-2.0
// What looks random from its first byte (identification, section 6).
#include "model/walk.h"

// In quarters up to 4 times what uniform bytes have, then doubling.
static uint32_t chance_code(uint32_t coincidence)
{
    enum { QUARTER = 25 };
    uint32_t quarters = coincidence / QUARTER;

    return quarters < CHANCE_FINE ? quarters
                                  : CHANCE_FINE + 27 - (uint32_t)__builtin_clz(quarters);
}

// A long header of QUIC whose version has no zeros: reserved ones (RFC 9000, 15), version 2.
static bool quic_version(const struct message *m)
{
    enum { VERSION_2 = 0x6b3343cf, RESERVED = 0x0a0a0a0a, RESERVED_BITS = 0x0f0f0f0f };

    if (m->kept < 5 || m->p[0] < 0xc0)
        return false;
    uint32_t version = load_be32(m->p + 1);
    return version == VERSION_2 || (version & RESERVED_BITS) == RESERVED;
}

// What keeps bytes from being called random although they are spread like it: zeros or a text
// at the head, as TLS, SSH, QUIC, STUN or ISAKMP have. Random bytes pass 99.6 times in 100.
static bool plain_head(const struct message *m)
{
    enum { HEAD = 16, ZEROS = 3, EARLY = 8, EARLY_ZEROS = 2, LETTERS_AT_HEAD = 6 };
    uint32_t n = min_u32(m->kept, HEAD), zeros = 0, early = 0, letters = 0;

    for (uint32_t i = 0; i < n; i++) {
        zeros += !m->p[i];
        early += !m->p[i] && i < EARLY;
        letters += letters == i && is_print(m->p[i]);
    }
    if (quic_version(m))
        return true;
    return zeros >= ZEROS || early >= EARLY_ZEROS || letters >= min_u32(n, LETTERS_AT_HEAD);
}

// Bytes of the head that are the same in all messages of a side: one in three messages, or
// three in two, are no chance (1 in 4,000, 1 in 30,000).
static bool constant_head(const struct glimpse *g, uint32_t side)
{
    enum { HEAD = 16, OF_TWO = 3 };
    uint32_t same = 0, messages = 0, differ = 0;
    const struct message *first = NULL;

    for (uint32_t i = 0; i < g->n; i++) {
        const struct message *m = &g->message[i];
        if (m->side != side)
            continue;
        messages++;
        if (!first)
            first = m;
        for (uint32_t at = 0; at < HEAD; at++)
            if (at >= m->kept || at >= first->kept || m->p[at] != first->p[at])
                differ |= 1u << at;
    }
    same = HEAD - (uint32_t)__builtin_popcount(differ);
    return messages > 2 ? same > 0 : messages == 2 && same >= OF_TWO;
}

// Four deviations above what uniform bytes have: 1 to 256, give or take 22.6 / n.
static bool uniform(const struct spread *s)
{
    enum { MEAN = 100, SPAN = 9000, TEXT_MOST_PERCENT = 60 };

    return spread_coincidence(s) <= MEAN + SPAN / s->n &&
           s->text * 100 < s->n * TEXT_MOST_PERCENT;
}

static bool side_is_random(const struct glimpse *g, uint32_t side, const struct spread *s)
{
    for (uint32_t i = 0; i < g->n; i++)
        if (g->message[i].side == side) {
            if (plain_head(&g->message[i]))
                return false;
            break;
        }
    return uniform(s) && !constant_head(g, side);
}

// A side with fewer bytes is not asked; there must be one that has enough.
static bool sides_are_random(const struct glimpse *g, const struct spread spread[2])
{
    enum { ASKED = 32, ENOUGH = 64, FIRST = 8 };
    bool enough = false;

    if (!g->whole || !g->n || g->message[0].kept < FIRST || plain_head(&g->message[0]))
        return false;
    for (uint32_t side = 0; side < 2; side++) {
        if (spread[side].n >= ASKED && !side_is_random(g, side, &spread[side]))
            return false;
        enough = enough || spread[side].n >= ENOUGH;
    }
    return enough;
}

// A byte repeated carries nothing that could name who sent it.
static bool is_one_byte(const struct glimpse *g)
{
    for (uint32_t i = 0; i < g->n; i++)
        for (uint32_t at = 0; at < g->message[i].kept; at++)
            if (g->message[i].p[at] != g->message[0].p[0])
                return false;
    return true;
}

void walk_random(struct walk *w)
{
    enum { LEAST = 32 }; // bytes that can show how they are spread

    if (is_one_byte(w->g))
        emit(w, KIND_ONE_BYTE, EITHER, 0, 0);
    for (uint32_t side = 0; side < 2; side++) {
        const struct spread *s = &w->pool[side];
        if (s->n < LEAST)
            continue;
        emit(w, KIND_POOL_ENTROPY, w->all[side], 0, spread_entropy(s));
        emit(w, KIND_POOL_CHANCE, w->all[side], 0, chance_code(spread_coincidence(s)));
        emit(w, KIND_POOL_TEXT, w->all[side], 0, s->text * 8 / s->n);
    }
    if (sides_are_random(w->g, w->pool))
        emit(w, KIND_RANDOM_LOOKING, EITHER, 0, 0);
}

bool looks_random(const struct glimpse *g)
{
    struct walk w = {.g = g};

    walk_spread(&w);
    return sides_are_random(g, w.pool);
}
