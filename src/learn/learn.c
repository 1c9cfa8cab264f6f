// SPDX-License-Identifier: Apache-2.0
// All steps of learning: which names, their scorers, rules and calibration, as a model file.
#include "learn/train.h"

#include <stdlib.h>

enum { TAUGHT_SCORED = 6 };

// ---------------------------------------------------------------- names

struct tally {                      // of a label
    uint32_t flows, captures, made; // flows: not made
    uint32_t seen, places;          // flows from captures of the world; how many captures
};

static bool is_enough(const struct tally *t, const struct learn_options *o)
{
    return (t->flows >= o->least_flows && t->captures >= o->least_captures) ||
           t->made >= o->least_flows;
}

bool names_find(struct names *names, const struct corpus *c, const struct learn_options *o)
{
    names->n = 0;
    for (uint32_t i = 0, end; i < c->n; i = end) {
        const char *label = c->lesson[i]->label;
        struct tally t = {0};
        for (end = i; end < c->n && c->lesson[end]->label == label; end++) {
            bool made = is_generated(c->lesson[end]), seen = is_captured(c->lesson[end]);
            bool first = end == i || c->capture[end] != c->capture[end - 1];
            t.flows += !made;
            t.made += made;
            t.captures += !made && first;
            t.seen += seen;
            t.places += seen && first;
        }
        if (!*label || !is_enough(&t, o))
            continue;
        if (names->n == NAMES_MOST)
            return false;
        names->real[names->n] = t.flows >= o->least_flows && t.captures >= o->least_captures;
        names->measured[names->n] = t.seen >= o->least_flows && t.places >= o->least_captures;
        names->label[names->n++] = label;
    }
    return true;
}

void names_mark(uint16_t *name, const struct names *names, const struct corpus *c)
{
    for (uint32_t i = 0; i < c->n; i++) {
        name[i] = NO_NAME;
        for (uint16_t k = 0; k < names->n; k++) {
            if (c->lesson[i]->label == names->label[k])
                name[i] = k;
        }
    }
}

// ---------------------------------------------------------------- parts of the model

static const char *family_of(const struct learn_options *o, const char *name)
{
    for (uint32_t i = 0; i < o->n_naming; i++) {
        if (!strcmp(o->naming[i].name, name))
            return o->naming[i].family;
    }
    return "";
}

static uint32_t count_sources(const struct set *s, uint16_t name)
{
    const struct corpus *c = s->corpus;
    const char *last = NULL;
    uint32_t n = 0;

    for (uint32_t i = 0; i < c->n; i++) { // sorted by label, then source
        if (!s->use[i] || s->name[i] != name)
            continue;
        n += c->lesson[i]->source != last;
        last = c->lesson[i]->source;
    }
    return n;
}

static struct model_name name_part(const struct set *s, uint16_t name,
                                   const struct learn_options *o)
{
    const struct corpus *c = s->corpus;
    struct model_name part = {.name = s->names->label[name], .generated = true};
    uint32_t last = UINT32_MAX;

    for (uint32_t i = 0; i < c->n; i++) {
        if (!s->use[i] || s->name[i] != name)
            continue;
        part.flows++;
        part.captures += c->capture[i] != last;
        last = c->capture[i];
        part.generated = part.generated && is_generated(c->lesson[i]);
    }
    part.family = family_of(o, part.name);
    part.sources = count_sources(s, name);
    return part;
}

struct place {
    uint32_t hash, token;
};

static int by_hash(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    return (x->hash > y->hash) - (x->hash < y->hash);
}

static struct place *places(const struct corpus *c, struct arena *a)
{
    struct place *place = arena_take(a, c->n_tokens * sizeof(*place));

    for (uint32_t k = 0; k < c->n_tokens; k++)
        place[k] = (struct place){c->hash[k], k};
    qsort(place, c->n_tokens, sizeof(*place), by_hash);
    return place;
}

static void weight_parts(struct model_parts *p, const struct fit *f, struct arena *a)
{
    const struct corpus *c = f->corpus;
    const struct place *place = places(c, a);
    struct weight_part *part = NULL;

    for (uint32_t round = 0; round < 2; round++) { // counted, then filled
        uint32_t n = 0;
        for (uint32_t i = 0; i < c->n_tokens; i++) {
            const float *line = f->weight + (size_t)place[i].token * f->width;
            for (uint16_t k = 0; k < f->names; k++) {
                int8_t weight = weight_rounded(line[k], f->scale[k]);
                if (weight && part)
                    part[n] = (struct weight_part){place[i].hash, k, weight};
                n += weight != 0;
            }
        }
        if (!part)
            part = arena_take(a, n * sizeof(*part));
        p->n_weights = n;
    }
    p->weight = part;
}

// ---------------------------------------------------------------- words of the rules' tokens

// A flow that has a token.
static const struct lesson *lesson_with(const struct set *s, uint32_t hash)
{
    const struct corpus *c = s->corpus;

    for (uint32_t i = 0; i < c->n; i++) {
        const struct lesson *l = c->lesson[i];
        uint32_t low = 0, high = l->n;
        while (low < high) {
            uint32_t mid = (low + high) / 2;
            if (l->token[mid] < hash)
                low = mid + 1;
            else
                high = mid;
        }
        if (s->use[i] && !is_noise(l) && low < l->n && l->token[low] == hash)
            return l;
    }
    return NULL;
}

static int by_token(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void text_parts(struct model_parts *p, const struct set *s, const struct rules *rules,
                       const struct learn_options *o, struct arena *a)
{
    uint32_t *token = arena_take(a, RULES_MOST * (size_t)RULE_TOKENS * sizeof(*token));
    struct token_text *part;
    uint32_t n = 0;

    for (uint32_t i = 0; o->words && i < rules->n; i++) {
        memcpy(token + n, rules->rule[i].token, rules->rule[i].n * sizeof(*token));
        n += rules->rule[i].n;
    }
    qsort(token, n, sizeof(*token), by_token);
    part = arena_take(a, n * sizeof(*part));
    for (uint32_t i = 0; i < n; i++) {
        const struct lesson *l = lesson_with(s, token[i]);
        struct text words = {0};
        if ((i && token[i] == token[i - 1]) || !l ||
            !o->words(o->user, &words, token[i], l->number))
            continue;
        text_char(&words, 0);
        part[p->n_texts++] =
            (struct token_text){token[i], (const char *)arena_copy(a, text_slice(&words)).p};
        text_free(&words);
    }
    p->text = part;
}

// ---------------------------------------------------------------- all together

// A few flows make rules, whose flows must have them all; scores would rest on too little.
static void leave_to_rules(struct fit *f, uint16_t name)
{
    for (uint32_t i = 0; i < f->corpus->n_tokens; i++)
        f->weight[(size_t)i * f->width + name] = 0;
}

void train(struct text *model, const struct set *s, uint32_t folds,
           const struct learn_options *o)
{
    struct arena arena = {0};
    struct model_name name[NAMES_MOST];
    struct rules *rules = arena_take(&arena, sizeof(*rules));
    struct model_parts parts = {.name = name, .n_names = s->names->n};
    struct fit fit;

    for (uint16_t k = 0; k < s->names->n; k++)
        name[k] = name_part(s, k, o);
    calibrate(name, s, folds);
    mine(rules, s, &arena);
    noise_sieve(rules, o->sieved);
    fit_learn(&fit, s);
    for (uint16_t k = 0; k < s->names->n && o->taught; k++)
        if (!strcmp(name[k].name, o->taught) && name[k].flows < TAUGHT_SCORED)
            leave_to_rules(&fit, k);
    weight_parts(&parts, &fit, &arena);
    text_parts(&parts, s, rules, o, &arena);
    parts.scale = fit.scale;
    parts.rule = rules->rule;
    parts.n_rules = rules->n;
    model_write(model, &parts);
    fit_close(&fit);
    arena_free(&arena);
}

bool learn(struct text *model, const struct lessons *l, const struct learn_options *o,
           struct fail *fail)
{
    enum { FOLDS = 4 };
    struct names names;
    struct corpus corpus;
    bool good = false;

    corpus_make(&corpus, l);
    if (!names_find(&names, &corpus, o)) {
        failed(fail, "more than %d names have enough flows; ask for more flows of each",
               NAMES_MOST);
    } else if (!names.n) {
        failed(fail, "no name has %u flows in %u captures: nothing can be learnt",
               o->least_flows, o->least_captures);
    } else {
        uint16_t *name = arena_take(&corpus.arena, corpus.n * sizeof(*name));
        uint8_t *use = arena_take(&corpus.arena, corpus.n);
        struct set set = {&corpus, &names, name, use};
        names_mark(name, &names, &corpus);
        memset(use, 1, corpus.n);
        train(model, &set, FOLDS, o);
        good = !model->full;
        if (!good)
            failed(fail, "the model is larger than %d bytes", TEXT_MOST);
    }
    corpus_free(&corpus);
    return good;
}
