// SPDX-License-Identifier: Apache-2.0
// A model's tables by token, made when it is read: weights and rules are found without a
// search.
#include "model/parts.h"

#include <stdlib.h>
#include <string.h>

// At most one in `room` slots is in use.
static struct slots slots_of(uint32_t used, uint32_t room)
{
    uint32_t bits = 2;

    while (bits < 31 && UINT64_C(1) << bits < (uint64_t)room * used)
        bits++;
    return (struct slots){32 - bits, (1u << bits) - 1};
}

static void *make_slots(struct model *m, struct slots t, size_t size)
{
    return arena_zero(&m->arena, size * ((size_t)t.mask + 1));
}

// ---- weights
// Where the weights of the next token begin.
static uint32_t next_token(const struct model *m, uint32_t weight)
{
    uint32_t i = weight;

    while (i < m->n.weights && m->weight_token[i] == m->weight_token[weight])
        i++;
    return i;
}

static void put_dense(const struct model *m, uint16_t *to, uint32_t from, uint32_t end)
{
    for (uint32_t i = 0; i < m->dense_width; i++)
        to[i] = DENSE_BIAS << 8 | DENSE_BIAS;
    for (uint32_t k = from; k < end; k++) {
        uint32_t name = m->weight[k].name, shift = name & 1 ? 8 : 0;
        to[name / 2] = (uint16_t)(to[name / 2] + m->weight[k].weight * (1 << shift));
    }
}

static uint16_t *make_dense(struct model *m, uint32_t rows)
{
    m->dense_width = (m->n.names + DENSE_BLOCK - 1) / DENSE_BLOCK * DENSE_BLOCK / 2;
    uint8_t *room = arena_take(&m->arena, rows * m->dense_width * sizeof(*m->dense) + LINE);

    return (void *)(room + (LINE - (uintptr_t)room % LINE)); // few lines each
}

static void index_weights(struct model *m)
{
    uint32_t tokens = 0, rows = 0;

    for (uint32_t at = 0, next; at < m->n.weights; at = next, tokens++) {
        next = next_token(m, at);
        rows += next - at >= DENSE_LEAST;
    }
    m->weighed_slots = slots_of(tokens, 2);
    m->weighed = make_slots(m, m->weighed_slots, sizeof(*m->weighed));
    m->dense = make_dense(m, rows);
    rows = 0;
    for (uint32_t at = 0, next; at < m->n.weights; at = next) {
        uint32_t token = m->weight_token[at];
        struct weighed *w = model_weighed(m, token);
        next = next_token(m, at);
        w->token = token;
        w->n = (next - at < DENSE_LEAST ? next - at : DENSE) & 15;
        w->at = (w->n == DENSE ? rows : at) & (WEIGHTS_MOST - 1);
        if (w->n == DENSE)
            put_dense(m, m->dense + (size_t)rows++ * m->dense_width, at, next);
        m->seen[token >> SEEN_SHIFT >> 6] |= UINT64_C(1) << (token >> SEEN_SHIFT & 63);
    }
}

// ---- rules
static int by_first_token(const void *a, const void *b, void *model)
{
    const struct model *m = model;
    uint32_t i = ((const struct ordered *)a)->number, k = ((const struct ordered *)b)->number;
    uint32_t x = m->rule[i].token[0], y = m->rule[k].token[0];

    return x != y ? (x < y ? -1 : 1) : (i > k) - (i < k);
}

static void index_rules(struct model *m)
{
    m->rule_order = arena_take(&m->arena, m->n.rules * sizeof(*m->rule_order));
    for (uint32_t i = 0; i < m->n.rules; i++)
        m->rule_order[i] = (struct ordered){m->rule[i].token[1], i};
    qsort_r(m->rule_order, m->n.rules, sizeof(*m->rule_order), by_first_token, m);
    m->ruled_slots = slots_of(m->n.rules, 4);
    m->ruled = make_slots(m, m->ruled_slots, sizeof(*m->ruled));
    for (uint32_t i = 0; i < m->n.rules; i++) {
        uint32_t token = m->rule[m->rule_order[i].number].token[0];
        struct ruled *r = model_ruled(m, token);
        m->begins[token >> BEGINS_SHIFT >> 6] |= UINT64_C(1) << (token >> BEGINS_SHIFT & 63);
        if (!r->n)
            *r = (struct ruled){token, (uint16_t)i, 0};
        r->n++;
    }
}

void model_index(struct model *m)
{
    index_weights(m);
    index_rules(m);
}
