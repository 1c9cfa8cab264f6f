// SPDX-License-Identifier: Apache-2.0
// What a flow's tokens weigh for each name, and which rules they match. Most tokens that a
// model knows are among its frequent ones; all else is arranged around adding those fast.
#include "model/parts.h"

#include <string.h>

#define EIGHT __attribute__((vector_size(16))) // words, added at once

// A flow's tokens, sorted by what is to be done with them: a branch would be guessed wrong. In
// rounds, so that what the next one needs is on its way into the cache.
struct known {
    uint32_t token[TOKENS_MOST]; // may have weights
    const struct weighed *frequent[TOKENS_MOST], *rare[TOKENS_MOST];
    const uint16_t *dense[TOKENS_MOST];
    uint32_t n, n_frequent, n_rare;
};

static void sort_out(struct known *k, const struct model *m, const struct tokens *t)
{
    k->n = k->n_frequent = k->n_rare = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        k->token[k->n] = t->hash[i];
        k->n += model_may_weigh(m, t->hash[i]);
    }
    for (uint32_t i = 0; i < k->n; i++)
        __builtin_prefetch(&m->weighed[k->token[i] >> m->weighed_slots.shift]);
    for (uint32_t i = 0; i < k->n; i++) {
        const struct weighed *w = model_weighed(m, k->token[i]);
        k->frequent[k->n_frequent] = k->rare[k->n_rare] = w;
        k->n_frequent += w->n == DENSE;
        k->n_rare += w->n != DENSE;
    }
    for (uint32_t i = 0; i < k->n_rare; i++)
        __builtin_prefetch(&m->weight[k->rare[i]->at]);
    for (uint32_t i = 0; i < k->n_frequent; i++) {
        k->dense[i] = m->dense + (size_t)k->frequent[i]->at * m->dense_width;
        for (uint32_t at = 0; at < m->dense_width; at += LINE / sizeof(*m->dense))
            __builtin_prefetch(k->dense[i] + at);
    }
}

// ---------------------------------------------------------------- weights

static inline uint16_t EIGHT load_eight(const uint16_t *p)
{
    uint16_t EIGHT words;

    memcpy(&words, p, sizeof(words));
    return words;
}

static inline void add_eight(int32_t *sum, uint16_t EIGHT low, uint16_t EIGHT high, uint32_t n)
{
    for (uint32_t i = 0; i < 8; i++) {
        sum[2 * i] += low[i] - DENSE_BIAS * (int32_t)n;
        sum[2 * i + 1] += high[i] - DENSE_BIAS * (int32_t)n;
    }
}

// One block of names, so that their sums stay in registers; of so many rows that no sum
// overflows its word.
static void add_block(int32_t sum[DENSE_BLOCK], const uint16_t *const *row, uint32_t n,
                      uint32_t at)
{
    uint16_t EIGHT low[2] = {{0}}, high[2] = {{0}};

    for (uint32_t i = 0; i < n; i++) {
        uint16_t EIGHT a = load_eight(row[i] + at), b = load_eight(row[i] + at + 8);
        low[0] += a & 0xff;
        high[0] += a >> 8;
        low[1] += b & 0xff;
        high[1] += b >> 8;
    }
    add_eight(sum, low[0], high[0], n);
    add_eight(sum + DENSE_BLOCK / 2, low[1], high[1], n);
}

static void add_dense(struct tally *y, const struct model *m, const struct known *k)
{
    enum { ONCE = UINT16_MAX / UINT8_MAX };

    for (uint32_t done = 0; done < k->n_frequent; done += ONCE)
        for (uint32_t at = 0; at < m->dense_width; at += DENSE_BLOCK / 2)
            add_block(y->sum + 2 * at, k->dense + done, min_u32(k->n_frequent - done, ONCE),
                      at);
}

static void add_rare(struct tally *y, const struct model *m, const struct known *k)
{
    for (uint32_t i = 0; i < k->n_rare; i++) {
        const struct weight *w = &m->weight[k->rare[i]->at], *end = w + k->rare[i]->n;
        for (; w < end; w++)
            y->sum[w->name] += w->weight;
    }
}

// ---------------------------------------------------------------- rules

// The tokens that rules may begin with.
static uint32_t find_begins(uint32_t found[TOKENS_MOST], const struct model *m,
                            const struct tokens *t)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < t->n; i++) {
        found[n] = t->hash[i];
        n += model_may_begin(m, t->hash[i]);
    }
    return n;
}

static bool rule_matches(const struct model *m, const struct ordered *o, const struct tokens *t)
{
    const struct rule *r = &m->rule[o->number];

    if (!tokens_have(t, o->second)) // the first is why it is asked
        return false;
    for (uint32_t i = 2; i < r->n; i++)
        if (!tokens_have(t, r->token[i]))
            return false;
    return true;
}

// Of two with as many bits, the one with the lower first token: it does not matter which is
// tried first.
static bool is_better(const struct rule *r, const struct rule *best)
{
    return r->bits != best->bits ? r->bits > best->bits : r->token[0] < best->token[0];
}

static void note_match(struct tally *y, const struct model *m, uint32_t number)
{
    const struct rule *r = &m->rule[number];
    uint32_t *best = &y->rule[r->name];

    if (!*best || is_better(r, &m->rule[*best - 1]))
        *best = number + 1;
}

bool model_rule_fits(const struct model *m, const struct tokens *t)
{
    uint32_t found[TOKENS_MOST], n = find_begins(found, m, t);

    for (uint32_t i = 0; i < n; i++) {
        const struct ruled *r = model_ruled(m, found[i]);
        for (uint32_t k = 0; k < r->n; k++)
            if (rule_matches(m, &m->rule_order[r->at + k], t))
                return true;
    }
    return false;
}

static void match_rules(struct tally *y, const struct model *m, const struct tokens *t)
{
    uint32_t found[TOKENS_MOST], n = find_begins(found, m, t);

    for (uint32_t i = 0; i < n; i++) {
        const struct ruled *r = model_ruled(m, found[i]);
        for (uint32_t k = 0; k < r->n; k++)
            if (rule_matches(m, &m->rule_order[r->at + k], t))
                note_match(y, m, m->rule_order[r->at + k].number);
    }
}

void tally(struct tally *y, const struct model *m, const struct tokens *t)
{
    struct known k;

    memset(y, 0, sizeof(*y));
    sort_out(&k, m, t);
    add_dense(y, m, &k);
    add_rare(y, m, &k);
    match_rules(y, m, t);
}
