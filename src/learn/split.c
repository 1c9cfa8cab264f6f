// SPDX-License-Identifier: Apache-2.0
// Splits: by capture, by source, with hidden names. Each run learns a model as the product's is
// learnt, writes it, reads it, and judges with it the flows that were kept back.
#include "learn/split.h"

#include "base/hash.h"

#include <stdlib.h>

enum {
    CAPTURE_FOLDS = 4,
    INNER_FOLDS = 2, // of the calibration: half as many as the product has, for time
    LESS_SIEVED = 4, // likewise
    DRAWS = 3,
    HIDDEN = 14,     // names of a draw
    SMALL_SHARE = 50 // sources with less than one in so many flows are kept back together
};
static const float probe_score = 1000000; // above all scores: probes know

// ---------------------------------------------------------------- one run

// The names that the run can learn, and the lessons' numbers among them.
static void run_names(const struct trial_ground *g, struct names *names, uint16_t *name)
{
    const struct corpus *c = &g->corpus;
    bool present[NAMES_MOST] = {false};

    for (uint32_t i = 0; i < c->n; i++) {
        if (g->use[i] && g->name[i] != NO_NAME)
            present[g->name[i]] = true;
    }
    names->n = 0;
    for (uint32_t k = 0; k < g->names.n; k++) {
        if (!present[k])
            continue;
        names->real[names->n] = g->names.real[k];
        names->label[names->n++] = g->names.label[k];
    }
    names_mark(name, names, c);
}

// Flows without a label prove nothing, nor do those that were made for being learnt from, nor
// the few that captures have of a name that rests on made ones.
static bool is_tested(const struct trial_ground *g, uint32_t lesson)
{
    const struct lesson *l = g->corpus.lesson[lesson];
    uint16_t name = g->name[lesson];

    return g->test[lesson] && *l->label && is_captured(l) &&
           (name == NO_NAME || g->names.measured[name]);
}

// The ground's own copy of a string, by which verdicts are compared.
static const char *own_string(const struct trial_ground *g, const char *s)
{
    uint32_t index = lessons_find(g->lessons, slice_str(s));

    return index == SLAB_NONE ? s : g->lessons->string[index];
}

static struct verdict judge(const struct trial_ground *g, const struct model *m,
                            const struct row *row, uint32_t lesson, enum view v)
{
    const struct lesson *l = g->corpus.lesson[lesson];
    struct verdict x = {
        .truth = own_string(g, l->label), .source = l->source, .view = (uint8_t)v};
    struct tokens tokens;
    struct judgement j;

    if (*l->probe[v]) {
        x.name = own_string(g, l->probe[v]);
        x.score = probe_score;
        x.grade = GRADE_CERTAIN;
        return x;
    }
    corpus_tokens(&tokens, &g->corpus, row);
    model_judge(m, &tokens, &j);
    x.score = (float)j.score / 1000;
    x.grade = j.grade;
    if (j.name != NO_NAME)
        x.name = own_string(g, model_name(m, j.name)->name);
    return x;
}

static void judge_all(struct trial_ground *g, const struct model *m, const struct names *names,
                      const uint16_t *name, struct verdicts *to)
{
    for (uint32_t i = 0; i < g->corpus.n; i++) {
        for (uint32_t v = 0; v < VIEWS && is_tested(g, i); v++) {
            const struct row *row = corpus_row(&g->corpus, i, (enum view)v);
            if (!row)
                continue;
            struct verdict x = judge(g, m, row, i, (enum view)v);
            x.known = name[i] != NO_NAME && names->real[name[i]];
            to->v[to->n++] = x;
        }
    }
}

static void run(struct trial_ground *g, struct verdicts *to)
{
    struct arena arena = {0};
    struct names names;
    struct learn_options options = *g->options;
    struct text file = {0};
    struct fail fail;
    uint16_t *name = arena_take(&arena, g->corpus.n * sizeof(*name));
    struct set set = {&g->corpus, &names, name, g->use};

    options.words = NULL; // verdicts need none
    options.sieved /= LESS_SIEVED;
    run_names(g, &names, name);
    if (names.n) {
        train(&file, &set, INNER_FOLDS, &options);
        struct model *m = model_read(text_slice(&file), &fail);
        if (m)
            judge_all(g, m, &names, name, to);
        model_free(m);
    }
    text_free(&file);
    arena_free(&arena);
}

// ---------------------------------------------------------------- what is kept back

void split_by_capture(struct trial_ground *g, struct verdicts *to)
{
    for (uint32_t fold = 0; fold < CAPTURE_FOLDS; fold++) {
        for (uint32_t i = 0; i < g->corpus.n; i++) {
            g->test[i] = fold_of(g->corpus.lesson[i], CAPTURE_FOLDS) == fold;
            g->use[i] = !g->test[i];
        }
        run(g, to);
    }
}

static uint32_t flows_of(const struct trial_ground *g, const char *source)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < g->corpus.n; i++)
        n += g->corpus.lesson[i]->source == source;
    return n;
}

static bool is_small(const struct trial_ground *g, const char *source)
{
    return flows_of(g, source) * SMALL_SHARE < g->corpus.n;
}

// A source, or with NULL all small ones, kept back.
static void run_without(struct trial_ground *g, const char *source, struct verdicts *to)
{
    const char *last = NULL;
    bool small = false, any = false;

    for (uint32_t i = 0; i < g->corpus.n; i++) {
        const char *own = g->corpus.lesson[i]->source;
        if (own != last)
            small = is_small(g, own);
        last = own;
        g->test[i] = source ? own == source : small;
        g->use[i] = !g->test[i];
        any |= is_tested(g, i);
    }
    if (any)
        run(g, to);
}

void split_by_source(struct trial_ground *g, struct verdicts *to)
{
    const struct lessons *l = g->lessons;

    for (uint32_t i = 0; i < l->n_strings; i++) {
        if (flows_of(g, l->string[i]) && !is_small(g, l->string[i]))
            run_without(g, l->string[i], to);
    }
    run_without(g, NULL, to);
}

// Names of a draw: those with the lowest hashes, so that others that are taught besides change
// no more of it than they must.
static void draw(const struct trial_ground *g, uint32_t number, bool hidden[NAMES_MOST])
{
    uint32_t wanted = min_u32(HIDDEN, g->names.n / 3);

    memset(hidden, 0, NAMES_MOST * sizeof(*hidden));
    for (; wanted; wanted--) {
        uint64_t least = UINT64_MAX;
        uint32_t best = 0;
        for (uint32_t k = 0; k < g->names.n; k++) {
            struct slice name = slice_str(g->names.label[k]);
            uint64_t hash = hash_bytes(name.p, name.n, number);
            if (!hidden[k] && hash < least) {
                least = hash;
                best = k;
            }
        }
        hidden[best] = true;
    }
}

void split_by_name(struct trial_ground *g, struct verdicts *to)
{
    bool hidden[NAMES_MOST];

    for (uint32_t number = 0; number < DRAWS; number++) {
        draw(g, number, hidden);
        for (uint32_t i = 0; i < g->corpus.n; i++) {
            bool gone = g->name[i] != NO_NAME && hidden[g->name[i]];
            // Rare names would be unknown, too, but are not what this split is about.
            g->use[i] = !gone && fold_of(g->corpus.lesson[i], CAPTURE_FOLDS) != number;
            g->test[i] = gone || (!g->use[i] && g->name[i] != NO_NAME);
        }
        run(g, to);
    }
}

// ---------------------------------------------------------------- what nobody learns from

static bool has_name(const struct model *m, const char *label)
{
    for (uint32_t k = 0; k < model_names(m); k++) {
        if (!strcmp(model_name(m, k)->name, label))
            return true;
    }
    return false;
}

void split_kept(struct trial_ground *g, const struct lessons *kept, struct verdicts *to)
{
    struct trial_ground judged = {.lessons = g->lessons};
    struct learn_options options = *g->options;
    struct text file = {0};
    struct fail fail;

    options.words = NULL;
    options.least_flows = LEAST_FLOWS;
    options.least_captures = LEAST_CAPTURES;
    corpus_make(&judged.corpus, kept);
    struct model *m =
        learn(&file, g->lessons, &options, &fail) ? model_read(text_slice(&file), &fail) : NULL;
    for (uint32_t i = 0; m && i < judged.corpus.n; i++) {
        for (uint32_t v = 0; v < VIEWS; v++) {
            const struct row *row = corpus_row(&judged.corpus, i, (enum view)v);
            if (!row || !*judged.corpus.lesson[i]->label)
                continue;
            struct verdict x = judge(&judged, m, row, i, (enum view)v);
            x.known = has_name(m, x.truth);
            to->v[to->n++] = x;
        }
    }
    model_free(m);
    text_free(&file);
    corpus_free(&judged.corpus);
}

// ---------------------------------------------------------------- the ground

bool ground_make(struct trial_ground *g, const struct lessons *l, const struct learn_options *o)
{
    *g = (struct trial_ground){.lessons = l, .options = o};
    corpus_make(&g->corpus, l);
    struct arena *a = &g->corpus.arena;
    g->name = arena_take(a, g->corpus.n * sizeof(*g->name));
    g->use = arena_zero(a, g->corpus.n);
    g->test = arena_zero(a, g->corpus.n);
    if (!names_find(&g->names, &g->corpus, o))
        return false;
    names_mark(g->name, &g->names, &g->corpus);
    return true;
}

void ground_free(struct trial_ground *g)
{
    corpus_free(&g->corpus);
}

uint32_t verdicts_most(const struct trial_ground *g)
{
    return g->corpus.n * VIEWS * DRAWS;
}
