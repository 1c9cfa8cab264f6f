// SPDX-License-Identifier: Apache-2.0
// Figures of verdicts: accuracy, F1, area under the ROC, precision of what is asserted.
#include "learn/measure.h"

#include <stdlib.h>

const char *const measure_name[MEASURES] = {
    [ACCURACY] = "accuracy",
    [MACRO_F1] = "macro_f1",
    [ROC_AREA] = "roc_area",
    [KNOWN_ACCEPTED] = "known_accepted",
    [UNKNOWN_ACCEPTED] = "unknown_accepted",
    [PRECISION] = "precision",
    [CERTAIN_PRECISION] = "certain_precision",
    [LIKELY_PRECISION] = "likely_precision",
    [POSSIBLE_PRECISION] = "possible_precision",
};

static bool is_of(const struct verdict *x, enum view v, const char *source)
{
    return x->view == v && (!source || x->source == source);
}

static double share(uint32_t part, uint32_t whole)
{
    return whole ? (double)part / whole : -1;
}

double f1_of(const struct name_figures *n)
{
    uint32_t both = n->flows + n->called;

    return both ? 2.0 * n->right / both : 0;
}

static struct name_figures *name_in(struct name_figures *list, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++) {
        if (list[i].name == name)
            return &list[i];
    }
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct name_figures *)a)->name,
                  ((const struct name_figures *)b)->name);
}

uint32_t measure_names(struct name_figures to[NAMES_MOST], const struct verdicts *all,
                       enum view v, const char *source, enum grade least)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < all->n; i++) {
        const struct verdict *x = &all->v[i];
        if (!is_of(x, v, source) || !x->known)
            continue;
        struct name_figures *own = name_in(to, n, x->truth);
        if (!own && n < NAMES_MOST) {
            own = &to[n++];
            *own = (struct name_figures){.name = x->truth};
        }
        if (own)
            own->flows++;
    }
    for (uint32_t i = 0; i < all->n; i++) {
        const struct verdict *x = &all->v[i];
        struct name_figures *called = is_of(x, v, source) && x->known && x->grade >= least
                                          ? name_in(to, n, x->name)
                                          : NULL;
        if (called) {
            called->called++;
            called->right += x->name == x->truth;
        }
    }
    qsort(to, n, sizeof(*to), by_name);
    return n;
}

struct ranked {
    float score;
    bool known;
};

static int by_score(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return (x->score > y->score) - (x->score < y->score);
}

// What a probe knows of a name that is not learnt is no mistake.
static bool is_probed(const struct verdict *x)
{
    return !x->known && x->grade >= GRADE_LIKELY && x->name == x->truth;
}

// The chance that a known flow scores above an unknown one; a tie counts one half.
static double roc_area(const struct verdicts *all, enum view v, const char *source)
{
    size_t room = (all->n + 1) * sizeof(struct ranked);
    struct ranked *r = mem_reserve(room);
    double above = 0, unknown = 0, known = 0;
    uint32_t n = 0;

    for (uint32_t i = 0; i < all->n; i++) {
        if (is_of(&all->v[i], v, source) && !is_probed(&all->v[i]))
            r[n++] = (struct ranked){all->v[i].score, all->v[i].known};
    }
    qsort(r, n, sizeof(*r), by_score);
    for (uint32_t i = 0, end; i < n; i = end) {
        double equal_known = 0, equal_unknown = 0;
        for (end = i; end < n && by_score(&r[end], &r[i]) == 0; end++) {
            equal_known += r[end].known;
            equal_unknown += !r[end].known;
        }
        above += equal_known * (unknown + equal_unknown / 2);
        known += equal_known;
        unknown += equal_unknown;
    }
    mem_release(r, room);
    return known > 0 && unknown > 0 ? above / (known * unknown) : -1;
}

void measure(struct figures *f, const struct verdicts *all, enum view v, const char *source)
{
    uint32_t right = 0, graded[GRADE_CERTAIN + 1] = {0}, graded_right[GRADE_CERTAIN + 1] = {0};
    uint32_t accepted[2] = {0};
    struct name_figures name[NAMES_MOST];
    uint32_t names = measure_names(name, all, v, source, GRADE_NONE);
    double sum = 0;

    *f = (struct figures){0};
    for (uint32_t i = 0; i < all->n; i++) {
        const struct verdict *x = &all->v[i];
        if (!is_of(x, v, source))
            continue;
        bool good = x->name && x->name == x->truth;
        f->known += x->known;
        f->unknown += !x->known;
        right += x->known && good;
        graded[x->grade]++;
        graded_right[x->grade] += good;
        accepted[x->known] += x->grade >= GRADE_LIKELY && !is_probed(x);
    }
    for (uint32_t i = 0; i < names; i++)
        sum += f1_of(&name[i]);
    f->value[ACCURACY] = share(right, f->known);
    f->value[MACRO_F1] = names ? sum / names : -1;
    f->value[ROC_AREA] = roc_area(all, v, source);
    f->value[KNOWN_ACCEPTED] = share(accepted[true], f->known);
    f->value[UNKNOWN_ACCEPTED] = share(accepted[false], f->unknown);
    f->value[PRECISION] = share(graded_right[GRADE_CERTAIN] + graded_right[GRADE_LIKELY],
                                graded[GRADE_CERTAIN] + graded[GRADE_LIKELY]);
    f->value[CERTAIN_PRECISION] = share(graded_right[GRADE_CERTAIN], graded[GRADE_CERTAIN]);
    f->value[LIKELY_PRECISION] = share(graded_right[GRADE_LIKELY], graded[GRADE_LIKELY]);
    f->value[POSSIBLE_PRECISION] = share(graded_right[GRADE_POSSIBLE], graded[GRADE_POSSIBLE]);
}
