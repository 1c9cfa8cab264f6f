// SPDX-License-Identifier: Apache-2.0
// Looking things up in a model and in a flow's tokens.
#include "model/parts.h"

int8_t model_weight(const struct model *m, uint32_t token, uint32_t name)
{
    uint32_t low = 0, high = m->n.weights;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2, t = m->weight_token[middle];
        if (t < token || (t == token && m->weight[middle].name < name))
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->n.weights && m->weight_token[low] == token && m->weight[low].name == name
               ? m->weight[low].weight
               : 0;
}

// The largest integer whose square is not above v.
static uint32_t root(uint64_t v)
{
    uint64_t r = 0;

    for (uint64_t bit = 1ull << 31; bit; bit >>= 1)
        if ((r | bit) * (r | bit) <= v)
            r |= bit;
    return (uint32_t)r;
}

uint32_t norm_of(uint32_t tokens)
{
    return root((16ull << 32) / max_u32(tokens, 1));
}

int64_t weight_share(const struct model *m, uint32_t name, int32_t sum, uint32_t norm)
{
    int64_t share = sum * m->scale_q[name] * norm; // in 1/2^36, below 2^60

    return share / 65536 * 15625 / 16384; // a million over 2^36, in steps that fit
}

bool model_words(struct text *t, const struct model *m, uint32_t token)
{
    uint32_t low = 0, high = m->n.texts;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (m->text[middle].token < token)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == m->n.texts || m->text[low].token != token)
        return false;
    text_str(t, m->text[low].text);
    return true;
}

void token_name(struct text *t, const struct model *m, uint32_t token)
{
    if (!model_words(t, m, token))
        text_printf(t, "token %08x", token);
}
