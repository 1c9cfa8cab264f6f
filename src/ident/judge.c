// SPDX-License-Identifier: Apache-2.0
// The model's judgement, made a verdict.
#include "ident/judge.h"

enum { LOOKS_RANDOM = UINT8_MAX, HIDDEN_SURE = 90 };

// Immutable while there are lanes.
static const struct model *in_force;

void ident_use(const struct model *m)
{
    in_force = m;
}

// A model's numbers are bytes in a verdict, from 1: 0 is nothing, LOOKS_RANDOM no name.
static uint8_t number_of(uint16_t name)
{
    return name < LOOKS_RANDOM - 1 ? (uint8_t)(name + 1) : 0;
}

static const struct model_name *named(uint8_t number)
{
    return number && in_force ? model_name(in_force, number - 1u) : NULL;
}

bool judge_is_there(void)
{
    return in_force;
}

void judge_words(const struct talk *t, struct verdict_words *w)
{
    const struct verdict *v = &t->verdict;
    const struct model_name *second = named(v->second);
    const struct model_name *family = v->family == LOOKS_RANDOM ? NULL : named(v->family);

    w->second = second ? second->name : NULL;
    w->family = v->family == LOOKS_RANDOM ? "random_looking" : family ? family->family : NULL;
    w->sub = v->service ? t->sub : NULL;
}

static void explain(struct ctx *x, const struct glimpse *g, const struct judgement *j)
{
    struct text t = {0};

    model_explain(&t, in_force, g, j);
    for (size_t at = 0, end; at < t.n; at = end + 1) {
        for (end = at; end < t.n && t.p[end] != '\n'; end++)
            continue;
        why(x->out, "%.*s", (int)(end - at), t.p + at);
    }
    text_free(&t);
}

static void assert_name(struct verdict *v, const char *name, const char *why, uint8_t grade,
                        uint8_t sure)
{
    v->service = name;
    v->why = why;
    v->how = HOW_MODEL;
    v->grade = grade;
    v->sure = sure;
}

static void take_judgement(struct verdict *v, const struct glimpse *g,
                           const struct judgement *j, bool last)
{
    bool certain = j->grade == GRADE_CERTAIN;
    const char *hidden = last ? hidden_name(g) : NULL;

    v->second = v->family = 0;
    if (certain || (last && j->grade == GRADE_LIKELY)) {
        assert_name(v, model_name(in_force, j->name)->name, model_why(in_force, j),
                    certain ? VERDICT_CERTAIN : VERDICT_LIKELY, j->sure);
        v->second = j->second_score > 0 ? number_of(j->second) : 0;
    } else if (hidden) {
        assert_name(v, hidden, "random bytes in messages of its sizes", VERDICT_LIKELY,
                    HIDDEN_SURE);
    } else if (last) {
        if (j->grade == GRADE_POSSIBLE) {
            v->second = number_of(j->name);
            v->grade = VERDICT_POSSIBLE;
        }
        if (j->random)
            v->family = LOOKS_RANDOM;
        else if (j->family && j->name != NO_NAME)
            v->family = number_of(j->name);
    }
}

// Judged after 1, 2, 4 and 8 messages, and at the end.
static bool is_due(const struct prelude *k, bool last)
{
    return in_force && k->n && (last || (k->n != k->asked && (k->n & (k->n - 1)) == 0));
}

// On the way only a certain name counts; for that a rule must match.
static bool is_idle(const struct ctx *x, const struct prelude *k, const struct tokens *t,
                    bool last)
{
    return !last && k->n < MESSAGES_MOST && !x->out->telling && !model_rule_fits(in_force, t);
}

bool judge(struct ctx *x, struct prelude *k, bool last)
{
    struct glimpse g;
    struct tokens t;

    if (!is_due(k, last))
        return false;
    prelude_glimpse(&g, k, x->talk->who.ip_proto);
    if (k->n != k->judged) {
        k->asked = k->n;
        meter(&t, &g);
        if (is_idle(x, k, &t, last))
            return false;
        k->judged = k->n;
        model_judge(in_force, &t, &k->judgement);
        if (x->out->telling)
            explain(x, &g, &k->judgement);
    }
    take_judgement(&x->talk->verdict, &g, &k->judgement, last);
    return x->talk->verdict.service;
}
