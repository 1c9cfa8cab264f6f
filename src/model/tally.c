// SPDX-License-Identifier: Apache-2.0
// What a flow's tokens weigh for each name, and which rules they match. Most tokens that a
// model knows are among its frequent ones; all else is arranged around adding those fast.
#include "model/parts.h"

#include <string.h>

#define EIGHT __attribute__((vector_size(16))) // words, added at once

// A flow's tokens, sorted by what is to be done with them: a branch would be guessed wrong.
struct known {
    const uint16_t *dense[TOKENS_MOST];
    uint32_t rare[TOKENS_MOST];  // may have a row
    uint32_t ruled[TOKENS_MOST]; // rules may begin with it
    uint32_t n_dense, n_rare, n_ruled;
};

static void sort_out(struct known *k, const struct model *m, const struct tokens *t)
{
    k->n_dense = k->n_rare = k->n_ruled = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        const struct frequent *f = model_frequent(m, t->hash[i]);
        const uint16_t *dense = m->dense + f->dense * m->dense_width;

        __builtin_prefetch(dense);
        k->dense[k->n_dense] = dense;
        k->rare[k->n_rare] = k->ruled[k->n_ruled] = t->hash[i];
        k->n_dense += f->dense != 0;
        k->n_rare += !f->dense & model_may_have(m, t->hash[i]);
        k->n_ruled += f->ruled;
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

    for (uint32_t done = 0; done < k->n_dense; done += ONCE)
        for (uint32_t at = 0; at < m->dense_width; at += DENSE_BLOCK / 2)
            add_block(y->sum + 2 * at, k->dense + done, min_u32(k->n_dense - done, ONCE), at);
}

// In rounds, so that what the next one needs is on its way into the cache.
static void add_rare(struct tally *y, const struct model *m, struct known *k)
{
    const struct row *row[TOKENS_MOST];
    uint32_t rows = 0;

    for (uint32_t i = 0; i < k->n_rare; i++)
        __builtin_prefetch(&m->bucket[k->rare[i] >> BUCKET_SHIFT]);
    for (uint32_t i = 0; i < k->n_rare; i++)
        __builtin_prefetch(&m->row[m->bucket[k->rare[i] >> BUCKET_SHIFT]]);
    for (uint32_t i = 0; i < k->n_rare; i++) {
        row[rows] = model_row(m, k->rare[i]);
        if (row[rows])
            __builtin_prefetch(&m->weight[row[rows++]->weight]);
    }
    for (uint32_t i = 0; i < rows; i++) {
        for (uint32_t at = row[i]->weight; at < row[i][1].weight; at++)
            y->sum[m->weight[at].name] += m->weight[at].weight;
        if (row[i][1].rule != row[i]->rule)
            k->ruled[k->n_ruled++] = row[i]->token;
    }
}

// ---------------------------------------------------------------- rules

static bool rule_matches(const struct rule *r, const struct tokens *t)
{
    for (uint32_t i = 1; i < r->n; i++) // the first is why it is asked
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

static void try_rules(struct tally *y, const struct model *m, const struct row *row,
                      const struct tokens *t)
{
    for (uint32_t i = row->rule; i < row[1].rule; i++) {
        uint32_t number = m->rule_order[i];
        const struct rule *r = &m->rule[number];
        uint32_t *best = &y->rule[r->name];
        if ((!*best || is_better(r, &m->rule[*best - 1])) && rule_matches(r, t))
            *best = number + 1;
    }
}

void tally(struct tally *y, const struct model *m, const struct tokens *t)
{
    struct known k;

    memset(y, 0, sizeof(*y));
    sort_out(&k, m, t);
    add_dense(y, m, &k);
    add_rare(y, m, &k);
    for (uint32_t i = 0; i < k.n_ruled; i++)
        try_rules(y, m, model_row(m, k.ruled[i]), t);
}
