// SPDX-License-Identifier: Apache-2.0
// The evaluation's tables, as text or JSON, and which figures miss their floors.
#include "learn/floors.h"
#include "learn/published.h"
#include "learn/split.h"

#include <stdio.h>

struct results { // of a split
    const char *letter, *title;
    struct figures at[VIEWS];
};

struct source_results {
    const char *source;
    struct figures at[VIEWS];
};

enum { SOURCES_MOST = 64 };

enum { A, B, C, D, SPLITS };

struct evaluation {
    struct results split[SPLITS];
    struct source_results source[SOURCES_MOST];
    struct name_figures name[NAMES_MOST];                    // A, whole flows
    struct name_figures named[NAMES_MOST], kept[NAMES_MOST]; // asserted: A and D, whole flows
    uint32_t n_splits, n_sources, n_names, n_named, n_kept;
};

// ---------------------------------------------------------------- measuring

static void measure_views(struct figures at[VIEWS], const struct verdicts *all,
                          const char *source)
{
    for (uint32_t v = 0; v < VIEWS; v++)
        measure(&at[v], all, (enum view)v, source);
}

static void measure_sources(struct evaluation *e, const struct verdicts *all)
{
    for (uint32_t i = 0; i < all->n; i++) {
        bool seen = false;
        for (uint32_t k = 0; k < e->n_sources; k++)
            seen |= e->source[k].source == all->v[i].source;
        if (seen || e->n_sources == SOURCES_MOST)
            continue;
        struct source_results *s = &e->source[e->n_sources++];
        s->source = all->v[i].source;
        measure_views(s->at, all, s->source);
    }
}

static void measure_split(struct evaluation *e, uint32_t k, const struct verdicts *all)
{
    static const struct results split[SPLITS] = {{.letter = "A", .title = "split by capture"},
                                                 {.letter = "B", .title = "split by source"},
                                                 {.letter = "C", .title = "hidden names"},
                                                 {.letter = "D", .title = "never learnt from"}};

    e->split[k] = split[k];
    e->n_splits = k + 1;
    measure_views(e->split[k].at, all, NULL);
    if (k == A) {
        e->n_names = measure_names(e->name, all, VIEW_START_8, NULL, GRADE_NONE);
        e->n_named = measure_names(e->named, all, VIEW_START_8, NULL, GRADE_LIKELY);
    }
    if (k == B)
        measure_sources(e, all);
    if (k == D)
        e->n_kept = measure_names(e->kept, all, VIEW_START_8, NULL, GRADE_LIKELY);
}

static void measure_splits(struct evaluation *e, struct trial_ground *g,
                           const struct evaluate_options *o)
{
    static void (*const split[])(struct trial_ground *, struct verdicts *) = {
        [A] = split_by_capture, [B] = split_by_source, [C] = split_by_name};
    size_t most = verdicts_most(g) + (o->kept ? (size_t)lessons_count(o->kept) * VIEWS : 0);
    size_t room = (most + 1) * sizeof(struct verdict);

    for (uint32_t k = 0; k < SPLITS; k++) {
        struct verdicts all = {mem_reserve(room), 0};
        bool asked = k == A || (k == D ? o->kept != NULL : !o->names);
        if (asked && k == D)
            split_kept(g, o->kept, &all);
        else if (asked)
            split[k](g, &all);
        if (asked)
            measure_split(e, k, &all);
        mem_release(all.v, room);
    }
}

// ---------------------------------------------------------------- as text

static void print_share(struct text *t, double value, int width)
{
    if (value < 0)
        text_printf(t, " %*s", width, "-");
    else
        text_printf(t, " %*.4f", width, value);
}

static void print_split(struct text *t, const struct results *r)
{
    text_printf(t, "%s, %s\n  %-10s %7s %7s", r->letter, r->title, "seen", "known", "unknown");
    for (uint32_t k = 0; k < MEASURES; k++)
        text_printf(t, " %s", measure_name[k]);
    text_char(t, '\n');
    for (uint32_t v = 0; v < VIEWS; v++) {
        const struct figures *f = &r->at[v];
        text_printf(t, "  %-10s %7u %7u", view_name[v], f->known, f->unknown);
        for (uint32_t k = 0; k < MEASURES; k++)
            print_share(t, f->value[k], (int)strlen(measure_name[k]));
        text_char(t, '\n');
    }
    text_char(t, '\n');
}

static void print_sources(struct text *t, const struct evaluation *e)
{
    text_printf(t, "B, per source kept back\n  %-36s %7s %9s %9s %9s %9s\n", "source", "known",
                "accuracy", "macro_f1", "precision", "middle2");
    for (uint32_t i = 0; i < e->n_sources; i++) {
        const struct source_results *s = &e->source[i];
        const struct figures *f = &s->at[VIEW_START_8];
        text_printf(t, "  %-36s %7u", s->source, f->known);
        print_share(t, f->value[ACCURACY], 9);
        print_share(t, f->value[MACRO_F1], 9);
        print_share(t, f->value[PRECISION], 9);
        print_share(t, s->at[VIEW_MIDDLE_2].value[ACCURACY], 9);
        text_char(t, '\n');
    }
    text_char(t, '\n');
}

static double share_of(uint32_t part, uint32_t whole)
{
    return whole ? (double)part / whole : -1;
}

static void print_names(struct text *t, char letter, const struct name_figures *name,
                        uint32_t names)
{
    text_printf(t, "%c, per name, start8\n  %-24s %7s %9s %9s %9s\n", letter, "name", "flows",
                "precision", "recall", "f1");
    for (uint32_t i = 0; i < names; i++) {
        const struct name_figures *n = &name[i];
        text_printf(t, "  %-24s %7u", n->name, n->flows);
        print_share(t, share_of(n->right, n->called), 9);
        print_share(t, share_of(n->right, n->flows), 9);
        print_share(t, f1_of(n), 9);
        text_char(t, '\n');
    }
}

static void print_text(struct text *t, const struct evaluation *e)
{
    for (uint32_t k = 0; k < e->n_splits; k++)
        print_split(t, &e->split[k]);
    print_sources(t, e);
    print_names(t, 'A', e->name, e->n_names);
    if (e->n_kept) {
        text_char(t, '\n');
        print_names(t, 'D', e->kept, e->n_kept);
    }
}

// ---------------------------------------------------------------- as JSON

static void json_string(struct text *t, const char *s)
{
    text_char(t, '"');
    for (; *s; s++) {
        uint8_t c = (uint8_t)*s;
        if (c == '"' || c == '\\' || c < 0x20 || c >= 0x7f)
            text_printf(t, "\\u%04x", c);
        else
            text_char(t, *s);
    }
    text_char(t, '"');
}

static void json_share(struct text *t, const char *key, double value)
{
    text_printf(t, ",\"%s\":", key);
    if (value < 0)
        text_str(t, "null");
    else
        text_real(t, value);
}

static void json_figures(struct text *t, const struct figures at[VIEWS])
{
    for (uint32_t v = 0; v < VIEWS; v++) {
        text_printf(t, "%s\"%s\":{\"known\":%u,\"unknown\":%u", v ? "," : "", view_name[v],
                    at[v].known, at[v].unknown);
        for (uint32_t k = 0; k < MEASURES; k++)
            json_share(t, measure_name[k], at[v].value[k]);
        text_char(t, '}');
    }
}

static void print_json(struct text *t, const struct evaluation *e)
{
    for (uint32_t k = 0; k < e->n_splits; k++) {
        text_printf(t, "%s\"%s\":{", k ? "," : "{", e->split[k].letter);
        json_figures(t, e->split[k].at);
        text_char(t, '}');
    }
    text_str(t, ",\"sources\":{");
    for (uint32_t i = 0; i < e->n_sources; i++) {
        text_str(t, i ? "," : "");
        json_string(t, e->source[i].source);
        text_str(t, ":{");
        json_figures(t, e->source[i].at);
        text_char(t, '}');
    }
    text_str(t, "},\"names\":{");
    for (uint32_t i = 0; i < e->n_names; i++) {
        const struct name_figures *n = &e->name[i];
        text_str(t, i ? "," : "");
        json_string(t, n->name);
        text_printf(t, ":{\"flows\":%u", n->flows);
        json_share(t, "precision", share_of(n->right, n->called));
        json_share(t, "recall", share_of(n->right, n->flows));
        json_share(t, "f1", f1_of(n));
        text_char(t, '}');
    }
    text_char(t, '}');
}

// ---------------------------------------------------------------- floors

// The value of a measure by its name; negative: nothing was measured.
static double value_of(const struct evaluation *e, const char *wanted)
{
    char name[MEASURE_NAME];

    for (uint32_t k = 0; k < e->n_splits; k++) {
        for (uint32_t v = 0; v < VIEWS; v++) {
            for (uint32_t m = 0; m < MEASURES; m++) {
                snprintf(name, sizeof(name), "%s.%s.%s", e->split[k].letter, view_name[v],
                         measure_name[m]);
                if (!strcmp(name, wanted))
                    return e->split[k].at[v].value[m];
            }
        }
    }
    return -1;
}

static void tell_missed(struct text *t, const struct floor_limit *l, double value)
{
    text_printf(t, "line %u of the floors: %s is ", l->line, l->measure);
    if (value < 0)
        text_str(t, "not measured");
    else
        text_printf(t, "%.4f, to be at %s %g", value, l->upper ? "most" : "least", l->limit);
}

static uint32_t check_floors(struct text *t, const struct evaluation *e, const struct floors *f,
                             bool json)
{
    uint32_t missed = 0;

    text_str(t, json ? ",\"missed\":[" : "");
    for (uint32_t i = 0; f && i < f->n; i++) {
        double value = value_of(e, f->limit[i].measure);
        if (value >= 0 && floor_holds(&f->limit[i], value))
            continue;
        struct text said = {0};
        tell_missed(&said, &f->limit[i], value);
        text_char(&said, 0);
        if (json) {
            text_str(t, missed ? "," : "");
            json_string(t, said.p);
        } else {
            text_printf(t, "%s%s\n", missed ? "" : "\n", said.p);
        }
        text_free(&said);
        missed++;
    }
    text_str(t, json ? "]}\n" : "");
    return missed;
}

uint32_t evaluate(struct text *t, const struct lessons *l, const struct evaluate_options *o)
{
    struct arena arena = {0};
    struct evaluation *e = arena_zero(&arena, sizeof(*e));
    struct trial_ground g;

    if (ground_make(&g, l, o->learn))
        measure_splits(e, &g, o);
    if (o->names) {
        struct published p = {&g.corpus, o->kept,    o->learn, e->named,
                              e->kept,   e->n_named, e->n_kept};
        print_published(t, &p);
    } else if (o->json) {
        print_json(t, e);
    } else {
        print_text(t, e);
    }
    uint32_t missed = o->names ? 0 : check_floors(t, e, o->floors, o->json);
    ground_free(&g);
    arena_free(&arena);
    return missed;
}
