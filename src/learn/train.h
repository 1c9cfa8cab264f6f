// SPDX-License-Identifier: Apache-2.0
// The steps of learning: scorers, rules, calibration; and all of them for a set of lessons.
#pragma once

#include "learn/lessons.h"

struct names { // in alphabetical order
    const char *label[NAMES_MOST];
    bool real[NAMES_MOST];     // has enough flows that were not generated
    bool measured[NAMES_MOST]; // has enough that were not made for being learnt from
    uint32_t n;
};
// The labels that have enough flows. False: more than NAMES_MOST.
bool names_find(struct names *names, const struct corpus *c, const struct learn_options *o);
// The name of each lesson, NO_NAME if it is none of these.
void names_mark(uint16_t *name, const struct names *names, const struct corpus *c);

// What a model is learnt from: the lessons marked in `use`. Those whose name is NO_NAME are
// negatives of all names.
struct set {
    const struct corpus *corpus;
    const struct names *names;
    const uint16_t *name; // of each lesson
    const uint8_t *use;   // of each lesson
};

// ---- layer 2: a score per name and row
struct fit {
    const struct corpus *corpus;
    uint32_t names, width; // floats of a line: names, filled up
    float *weight;         // a line per token: what the model file will hold, exactly
    struct region memory;
    float scale[NAMES_MOST];
};
enum { WIDTH_MOST = 256 };

// A weight in steps of a scale.
static inline int8_t weight_rounded(float weight, float scale)
{
    float steps = scale > 0 ? weight / scale : 0;

    return (int8_t)(steps + (steps < 0 ? -0.5f : 0.5f));
}

double chance(double score); // the logistic function
void fit_learn(struct fit *f, const struct set *s);
void fit_close(struct fit *f);
void fit_score(const struct fit *f, const struct row *r, float score[WIDTH_MOST]);

// ---- layer 1: rules
enum { RULES_MOST = 2048 };
struct rules { // with hashes, ascending
    struct rule_part rule[RULES_MOST];
    uint32_t n;
};
void mine(struct rules *to, const struct set *s, struct arena *a);
// Takes out what one of so many flows of random bytes satisfies: what seemed many bits were the
// same ones, told twice.
void noise_sieve(struct rules *rules, uint32_t flows);

// ---- calibration: thresholds, slopes and offsets, from scores by fits that did not see the
// row's capture
void calibrate(struct model_name *name, const struct set *s, uint32_t folds);

// ---- all of it
uint32_t fold_of(const struct lesson *l, uint32_t folds);
// Fills a model file. The names' counts are those of the set.
void train(struct text *model, const struct set *s, uint32_t folds,
           const struct learn_options *o);
