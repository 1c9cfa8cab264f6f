// SPDX-License-Identifier: Apache-2.0
// Calibration: what a score means is seen on flows whose captures were not learnt from.
#include "learn/train.h"

#include "base/hash.h"

#include <math.h>
#include <stdlib.h>

enum {
    OWN_CURVE = 20, // flows of a name that make a curve of its own
    ROUNDS = 25,    // of Newton's method
    PASS_ONE_IN = 1000
};

struct trial {     // a row, judged by a fit that has not seen its capture
    uint16_t name; // of its flow; NO_NAME: of none that is learnt
    uint16_t best; // the highest score's
    bool chance;   // random bytes
    const float *score;
};

struct trials {
    const struct set *set;
    struct trial *trial;
    uint32_t n;
    float *column;              // of one name's scores
    uint32_t flows[NAMES_MOST]; // tried of each name
};

uint32_t fold_of(const struct lesson *l, uint32_t folds)
{
    return (uint32_t)(hash_bytes(l->capture, strlen(l->capture), 0) % folds);
}

// Generated flows prove nothing, and what an unlabelled flow is, is not known.
static bool is_proof(const struct lesson *l)
{
    return (*l->label && !is_generated(l)) || is_chance(l);
}

static void try_row(struct trials *t, const struct fit *f, const struct row *r, struct arena *a)
{
    float score[WIDTH_MOST];
    struct trial *trial = &t->trial[t->n++];

    fit_score(f, r, score);
    *trial = (struct trial){.name = t->set->name[r->lesson],
                            .chance = is_chance(t->set->corpus->lesson[r->lesson])};
    for (uint16_t k = 1; k < f->names; k++) {
        if (score[k] > score[trial->best])
            trial->best = k;
    }
    float *kept = arena_take(a, f->names * sizeof(*kept));
    memcpy(kept, score, f->names * sizeof(*kept));
    trial->score = kept;
}

static void try_fold(struct trials *t, uint32_t fold, uint32_t folds, struct arena *a)
{
    const struct corpus *c = t->set->corpus;
    struct set others = *t->set;
    struct fit fit;
    uint8_t *use = arena_take(a, c->n);

    for (uint32_t i = 0; i < c->n; i++)
        use[i] = t->set->use[i] && fold_of(c->lesson[i], folds) != fold;
    others.use = use;
    fit_learn(&fit, &others);
    for (uint32_t i = 0; i < c->n; i++) {
        if (!t->set->use[i] || use[i] || !is_proof(c->lesson[i]))
            continue;
        if (t->set->name[i] != NO_NAME)
            t->flows[t->set->name[i]]++;
        for (uint32_t r = c->first_row[i]; r < c->first_row[i + 1]; r++)
            try_row(t, &fit, &c->row[r], a);
    }
    fit_close(&fit);
}

static int by_falling(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x < y) - (x > y);
}

// The smallest score, not below 0, that no random bytes and at most one in a thousand rows of
// others reaches.
static float threshold_of(const struct trials *t, uint16_t name)
{
    uint32_t n = 0;
    float reached = 0;

    for (uint32_t i = 0; i < t->n; i++) {
        if (t->trial[i].chance)
            reached = fmaxf(reached, t->trial[i].score[name]);
        else if (t->trial[i].name != name)
            t->column[n++] = t->trial[i].score[name];
    }
    if (n) {
        qsort(t->column, n, sizeof(*t->column), by_falling);
        reached = fmaxf(reached, t->column[n / PASS_ONE_IN]);
    }
    return reached + 0.001f; // scores are told in thousandths
}

struct curve {
    double slope, offset;
};

// Whether a name's own trials make its curve; the others are judged by all trials together.
// How many random bytes there are was chosen, and says nothing about chances.
static bool counts_for(const struct trials *t, const struct trial *trial, uint16_t name)
{
    if (trial->chance)
        return false;
    return name == NO_NAME ? t->flows[trial->best] < OWN_CURVE : trial->best == name;
}

// One step towards the likeliest curve. A little weight holds the slope near 1 and the offset
// near 0, so that there is an answer also where all trials were right.
static struct curve step(const struct trials *t, uint16_t name, struct curve c)
{
    const double hold = 1;
    double g0 = hold * (c.slope - 1), g1 = hold * c.offset;
    double h00 = hold, h01 = 0, h11 = hold;

    for (uint32_t i = 0; i < t->n; i++) {
        const struct trial *r = &t->trial[i];
        if (!counts_for(t, r, name))
            continue;
        double x = (double)r->score[r->best], p = chance(c.slope * x + c.offset);
        double off = p - (r->name == r->best ? 1 : 0), w = p * (1 - p);
        g0 += off * x;
        g1 += off;
        h00 += w * x * x;
        h01 += w * x;
        h11 += w;
    }
    double det = h00 * h11 - h01 * h01; // positive: both diagonals were held up
    c.slope -= (h11 * g0 - h01 * g1) / det;
    c.offset -= (h00 * g1 - h01 * g0) / det;
    c.slope = fmin(fmax(c.slope, 0.1), 10);
    c.offset = fmin(fmax(c.offset, -10), 10);
    return c;
}

static struct curve curve_of(const struct trials *t, uint16_t name)
{
    struct curve c = {1, 0};

    for (uint32_t i = 0; i < ROUNDS; i++)
        c = step(t, name, c);
    return c;
}

void calibrate(struct model_name *name, const struct set *s, uint32_t folds)
{
    struct arena arena = {0};
    struct trials t = {.set = s};

    t.trial = arena_take(&arena, s->corpus->n_rows * sizeof(*t.trial));
    t.column = arena_take(&arena, s->corpus->n_rows * sizeof(*t.column));
    for (uint32_t fold = 0; fold < folds; fold++)
        try_fold(&t, fold, folds, &arena);
    struct curve pooled = curve_of(&t, NO_NAME);
    for (uint16_t k = 0; k < s->names->n; k++) {
        struct curve c = t.flows[k] < OWN_CURVE ? pooled : curve_of(&t, k);
        name[k].threshold = threshold_of(&t, k);
        name[k].slope = (float)c.slope;
        name[k].offset = (float)c.offset;
    }
    arena_free(&arena);
}
