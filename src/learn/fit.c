// SPDX-License-Identifier: Apache-2.0
// Layer 2: for each name a logistic model against all others, sparse over tokens, learnt by
// AdaGrad; a line of weights per token, so that all names are worked on at once.
#include "learn/train.h"

#include <math.h>
#include <string.h>

enum {
    PASSES = 8,
    BLOCK = 16 // floats that a loop takes at once
};
static const bool full_pass[PASSES] = {true, true, false, true, false, false, true, true};
static const float rate = 1.0f;
static const float power_least = 0.1f;  // holds back the first steps
static const float score_clear = 6.2f;  // beyond it a name learns nothing from a row
static const float weight_least = 0.2f; // smaller ones are left out: refusal gets better
static const float spread = 4.0f;       // a token counts spread / sqrt(tokens)

struct learner {
    struct fit *fit;
    const struct set *set;
    float *power;       // a line per token: the sum of squared gradients
    float *worth;       // of a row, by its lesson
    uint32_t *order, n; // rows
    bool *teaches;      // of each row
    uint64_t random;
};

static inline const float *line_of(const struct fit *f, uint32_t token)
{
    return f->weight + (size_t)token * f->width;
}

// By hand: the C library's exp may differ in the last bit from one machine to the next.
double chance(double score)
{
    double s = score > 30 ? 30 : score < -30 ? -30 : score;
    double y = s * -1.4426950408889634;
    int32_t whole = (int32_t)(y + (y < 0 ? -0.5 : 0.5));
    double r = (y - whole) * 0.6931471805599453, e = 1;
    uint64_t bits = (uint64_t)(whole + 1023) << 52; // of 2 to the power of `whole`
    double power;

    for (int n = 9; n; n--)
        e = 1 + e * r / n;
    memcpy(&power, &bits, sizeof(power));
    return 1 / (1 + e * power);
}

static float value_of(const struct row *r)
{
    return spread / sqrtf((float)r->total);
}

// Adds a line to the sums. Blocks of a size that is known, and sums that are nothing else, let
// the compiler take several floats at once.
static void add_line(float *restrict sum, const float *restrict line, size_t width)
{
    for (size_t at = 0; at < width; at += BLOCK) {
        float *restrict to = sum + at;
        const float *restrict from = line + at;
        for (size_t k = 0; k < BLOCK; k++)
            to[k] += from[k];
    }
}

void fit_score(const struct fit *f, const struct row *r, float score[WIDTH_MOST])
{
    enum { AHEAD = 4 }; // lines are fetched before they are needed
    float value = value_of(r);

    memset(score, 0, f->width * sizeof(*score));
    for (uint32_t i = 0; i < r->n; i++) {
        if (i + AHEAD < r->n) {
            const float *soon = line_of(f, r->token[i + AHEAD]);
            for (uint32_t at = 0; at < f->width; at += BLOCK)
                __builtin_prefetch(soon + at);
        }
        add_line(score, line_of(f, r->token[i]), f->width);
    }
    for (uint32_t k = 0; k < f->width; k++)
        score[k] *= value;
}

static void learn_name(struct learner *l, const struct row *r, uint32_t name, float slope)
{
    float square = slope * slope;
    float step = rate * slope;

    for (uint32_t i = 0; i < r->n; i++) {
        size_t at = (size_t)r->token[i] * l->fit->width + name;
        l->power[at] += square;
        l->fit->weight[at] -= step / sqrtf(l->power[at] + power_least);
    }
}

// Gives whether any name learnt from it.
static bool learn_row(struct learner *l, const struct row *r)
{
    float score[WIDTH_MOST];
    float value = value_of(r);
    uint16_t own = l->set->name[r->lesson];
    bool learnt = false;

    fit_score(l->fit, r, score);
    for (uint32_t k = 0; k < l->fit->names; k++) {
        if (k == own ? score[k] > score_clear : score[k] < -score_clear)
            continue;
        float slope = (float)chance(score[k]) - (k == own ? 1.0f : 0.0f);
        learn_name(l, r, k, slope * value * l->worth[r->lesson]);
        learnt = true;
    }
    return learnt;
}

static uint32_t random_below(struct learner *l, uint32_t n)
{
    uint64_t x = l->random += 0x9E3779B97F4A7C15u;

    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((x >> 33) % n);
}

// A row that taught nothing in a full pass is passed over until the next.
static void learn_pass(struct learner *l, bool full)
{
    for (uint32_t i = l->n; i > 1; i--) {
        uint32_t other = random_below(l, i), row = l->order[i - 1];
        l->order[i - 1] = l->order[other];
        l->order[other] = row;
    }
    for (uint32_t i = 0; i < l->n; i++) {
        uint32_t row = l->order[i];
        if (full || l->teaches[row])
            l->teaches[row] = learn_row(l, &l->fit->corpus->row[row]);
    }
}

// Flows that weigh together: those of a name, those without one, noise.
static uint32_t group_of(const struct set *s, uint32_t lesson)
{
    enum { NAMELESS = NAMES_MOST, NOISE };

    if (s->name[lesson] != NO_NAME)
        return s->name[lesson];
    return is_noise(s->corpus->lesson[lesson]) ? NOISE : NAMELESS;
}

// A flow weighs the less the more its group has.
static void weigh(struct learner *l, struct arena *a)
{
    const struct set *s = l->set;
    const struct corpus *c = s->corpus;
    uint32_t flows[NAMES_MOST + 2] = {0};

    l->worth = arena_zero(a, c->n * sizeof(*l->worth));
    l->order = arena_take(a, c->n_rows * sizeof(*l->order));
    l->teaches = arena_zero(a, c->n_rows);
    for (uint32_t i = 0; i < c->n; i++) {
        if (s->use[i])
            flows[group_of(s, i)]++;
    }
    for (uint32_t i = 0; i < c->n; i++) {
        if (!s->use[i])
            continue;
        l->worth[i] = 1 / sqrtf((float)flows[group_of(s, i)]);
        for (uint32_t r = c->first_row[i]; r < c->first_row[i + 1]; r++)
            l->order[l->n++] = r;
    }
}

// To what the model file holds: 8 bits a weight, small ones left out.
static void round_weights(struct fit *f)
{
    size_t lines = f->corpus->n_tokens;
    float most[NAMES_MOST] = {0};

    for (size_t at = 0; at < lines * f->width; at += f->width) {
        for (uint32_t k = 0; k < f->names; k++)
            most[k] = fmaxf(most[k], fabsf(f->weight[at + k]));
    }
    for (uint32_t k = 0; k < f->names; k++)
        f->scale[k] = most[k] / 127;
    for (size_t at = 0; at < lines * f->width; at += f->width) {
        for (uint32_t k = 0; k < f->names; k++) {
            float *w = &f->weight[at + k];
            *w = fabsf(*w) < weight_least
                     ? 0
                     : (float)weight_rounded(*w, f->scale[k]) * f->scale[k];
        }
    }
}

void fit_learn(struct fit *f, const struct set *s)
{
    const struct corpus *c = s->corpus;
    struct arena arena = {0};
    struct learner l = {.fit = f, .set = s};

    *f = (struct fit){.corpus = c, .names = s->names->n};
    f->width = (f->names + BLOCK - 1) / BLOCK * BLOCK;
    size_t table = (size_t)c->n_tokens * f->width * sizeof(float) + LINE;
    region_init(&f->memory, 2 * table + ARENA_CHUNK);
    f->weight = region_take(&f->memory, table);
    l.power = region_take(&f->memory, table);
    weigh(&l, &arena);
    for (uint32_t pass = 0; pass < PASSES; pass++)
        learn_pass(&l, full_pass[pass]);
    round_weights(f);
    arena_free(&arena);
}

void fit_close(struct fit *f)
{
    region_close(&f->memory);
}
