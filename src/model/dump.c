// SPDX-License-Identifier: Apache-2.0
// A model as text, a line a fact, in an order that does not depend on how names are numbered.
#include "model/parts.h"

#include <stdlib.h>
#include <string.h>

static void token(struct text *t, const struct model *m, uint32_t hash)
{
    text_printf(t, "%08x ", hash);
    token_name(t, m, hash);
}

// A scaled number with three digits behind the point.
static void thousandths(struct text *t, double v)
{
    text_printf(t, "%.3f", v);
}

static void dump_name(struct text *t, const struct model *m, uint32_t i)
{
    const struct model_name *n = &m->name[i];

    text_printf(t, "%s: family %s, threshold ", n->name, *n->family ? n->family : "none");
    thousandths(t, (double)n->threshold);
    text_str(t, ", slope ");
    thousandths(t, (double)n->slope);
    text_str(t, ", offset ");
    thousandths(t, (double)n->offset);
    text_printf(t, ", learnt from %u flows, %u captures, %u sources%s\n", n->flows, n->captures,
                n->sources, n->generated ? ", generated" : "");
}

static void dump_rules(struct text *t, const struct model *m, uint32_t name)
{
    for (uint32_t i = 0; i < m->n.rules; i++) {
        const struct rule *r = &m->rule[i];
        if (r->name != name)
            continue;
        text_printf(t, "%s: rule, %u captures, %u flows, %.0f bits:", m->name[name].name,
                    r->captures, r->flows, (double)r->bits);
        for (uint32_t k = 0; k < r->n; k++) {
            text_str(t, k ? "; " : " ");
            token(t, m, r->token[k]);
        }
        text_char(t, '\n');
    }
}

static void dump_weights(struct text *t, const struct model *m, uint32_t name)
{
    for (uint32_t i = 0; i < m->n.weights; i++) {
        if (m->weight[i].name != name)
            continue;
        text_printf(t, "%s: weight %+.3f: ", m->name[name].name,
                    (double)(m->weight[i].weight * m->scale[name]));
        token(t, m, m->weight_token[i]);
        text_char(t, '\n');
    }
}

static int by_name(const void *a, const void *b, void *model)
{
    const struct model *m = model;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    int order = strcmp(m->name[i].name, m->name[k].name);

    return order ? order : (i > k) - (i < k);
}

void model_dump(struct text *t, const struct model *m)
{
    uint32_t order[NAMES_MOST];
    struct model copy = *m; // qsort_r takes no constant

    for (uint32_t i = 0; i < m->n.names; i++)
        order[i] = i;
    qsort_r(order, m->n.names, sizeof(*order), by_name, &copy);
    text_printf(t, "meters of version %d: %u names, %u rules, %u weights, %u texts\n",
                METER_VERSION, m->n.names, m->n.rules, m->n.weights, m->n.texts);
    for (uint32_t i = 0; i < m->n.names; i++) {
        dump_name(t, m, order[i]);
        dump_rules(t, m, order[i]);
        dump_weights(t, m, order[i]);
    }
}
