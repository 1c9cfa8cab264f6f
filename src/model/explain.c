// SPDX-License-Identifier: Apache-2.0
// Why a model judged so, in sentences with numbers; and what a flow looks like that has no
// name.
#include "model/parts.h"
#include "model/walk.h"

#include <math.h>
#include <string.h>

// A score in thousandths with two digits behind the point.
static void score_words(struct text *t, int64_t thousandths)
{
    text_printf(t, "%.2f", (double)thousandths / 1000);
}

// With the bytes seen, if the flow has the token.
static void words(struct text *t, const struct model *m, const struct glimpse *g,
                  uint32_t token)
{
    if (!meter_words(t, g, token))
        token_name(t, m, token);
}

// ---- what was concluded
static void verdict(struct text *t, const struct model *m, const struct judgement *j)
{
    const char *name = j->name == NO_NAME ? NULL : m->name[j->name].name;

    if (j->grade == GRADE_CERTAIN || j->grade == GRADE_LIKELY)
        text_printf(t, "%s, %s: right in about %u of 100 cases\n", name,
                    j->grade == GRADE_CERTAIN ? "certain" : "likely", j->sure);
    else if (j->family)
        text_printf(t, "one of the %s family, which is not sure\n", j->family);
    else if (j->grade == GRADE_POSSIBLE)
        text_printf(t, "unknown, possibly %s: right in about %u of 100 cases\n", name, j->sure);
    else
        text_str(t, "unknown: nothing that was learnt fits well enough\n");
}

static void rule_line(struct text *t, const struct model *m, const struct glimpse *g,
                      const struct judgement *j)
{
    const struct rule *r = &m->rule[j->rule];

    text_printf(t, "the rule for %s fits (learnt from %u flows of %u captures, %.0f bits): ",
                m->name[j->by_rule].name, r->flows, r->captures, (double)r->bits);
    for (uint32_t i = 0; i < r->n; i++) {
        text_str(t, i ? "; " : "");
        words(t, m, g, r->token[i]);
    }
    text_char(t, '\n');
}

static void score_line(struct text *t, const struct model *m, const struct judgement *j)
{
    const struct model_name *n = &m->name[j->name];

    if (!m->scored[j->name]) {
        text_printf(t, "%s was taught by rules only\n", n->name);
        return;
    }
    text_printf(t, "%s scores ", n->name);
    score_words(t, j->score);
    text_str(t, " (a name needs ");
    score_words(t, n->threshold > 0 ? (int64_t)(n->threshold * 1000) : 0);
    text_char(t, ')');
    if (j->second != NO_NAME && j->second != j->name) {
        text_printf(t, ", %s ", m->name[j->second].name);
        score_words(t, j->second_score);
    }
    text_char(t, '\n');
}

static void contradiction_line(struct text *t, const struct model *m, const struct judgement *j)
{
    if (j->by_rule == NO_NAME || j->grade >= GRADE_LIKELY)
        return;
    if (j->name != j->by_rule && j->name != NO_NAME)
        text_printf(t, "the rule says %s, the statistics %s: such a name is wrong too often\n",
                    m->name[j->by_rule].name, m->name[j->name].name);
    else
        text_printf(t, "the rule says %s, but the statistics speak against it\n",
                    m->name[j->by_rule].name);
}

// ---- the strongest contributions
struct reason {
    uint32_t token;
    int64_t share; // millionths of the score, for the first against the second
};

static int64_t share_of(const struct model *m, uint32_t token, uint32_t name, uint32_t norm)
{
    return weight_share(m, name, model_weight(m, token, name), norm);
}

static void keep_strongest(struct reason best[REASONS], struct reason r)
{
    for (uint32_t i = 0; i < REASONS; i++)
        if (r.share > best[i].share) {
            struct reason weaker = best[i];
            best[i] = r;
            r = weaker;
        }
}

static void reasons(struct text *t, const struct model *m, const struct glimpse *g,
                    const struct judgement *j)
{
    struct reason best[REASONS] = {{0}};
    struct tokens tokens;
    bool against = j->second != NO_NAME && j->second != j->name;

    meter(&tokens, g);
    uint32_t norm = norm_of(tokens.n);
    for (uint32_t i = 0; i < tokens.n; i++) {
        int64_t share = share_of(m, tokens.hash[i], j->name, norm);
        if (against)
            share -= share_of(m, tokens.hash[i], j->second, norm);
        keep_strongest(best, (struct reason){tokens.hash[i], share});
    }
    for (uint32_t i = 0; i < REASONS && best[i].share > 0; i++) {
        text_char(t, '+');
        score_words(t, best[i].share / 1000);
        text_printf(t, " for %s", m->name[j->name].name);
        if (against)
            text_printf(t, " against %s", m->name[j->second].name);
        text_str(t, ": ");
        words(t, m, g, best[i].token);
        text_char(t, '\n');
    }
}

// ---- what was expected: the rule of the name that lacks least
static uint32_t missing(const struct rule *r, const struct tokens *t)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->n; i++)
        n += !tokens_have(t, r->token[i]);
    return n;
}

static void expected_line(struct text *t, const struct model *m, const struct glimpse *g,
                          const struct judgement *j)
{
    const struct rule *nearest = NULL;
    struct tokens tokens;
    uint32_t least = UINT32_MAX;

    meter(&tokens, g);
    for (uint32_t i = 0; i < m->n.rules; i++) {
        uint32_t n = m->rule[i].name == j->name ? missing(&m->rule[i], &tokens) : UINT32_MAX;
        if (n < least) {
            least = n;
            nearest = &m->rule[i];
        }
    }
    if (!nearest || !least)
        return;
    text_printf(t, "expected of %s, but not seen:", m->name[j->name].name);
    for (uint32_t i = 0, told = 0; i < nearest->n; i++)
        if (!tokens_have(&tokens, nearest->token[i])) {
            text_str(t, told++ ? "; " : " ");
            token_name(t, m, nearest->token[i]);
        }
    text_char(t, '\n');
}

void model_explain(struct text *t, const struct model *m, const struct glimpse *g,
                   const struct judgement *j)
{
    verdict(t, m, j);
    if (j->by_rule != NO_NAME)
        rule_line(t, m, g, j);
    contradiction_line(t, m, j);
    if (j->name != NO_NAME) {
        score_line(t, m, j);
        reasons(t, m, g, j);
        if (j->by_rule != j->name)
            expected_line(t, m, g, j);
    }
    text_str(t, "the flow: ");
    model_describe(t, g);
    text_char(t, '\n');
}

double tokens_alike(const struct tokens *a, const struct tokens *b)
{
    uint32_t both = 0;

    for (uint32_t i = 0; i < a->n; i++)
        both += tokens_have(b, a->hash[i]);
    return both ? both / sqrt((double)a->n * b->n) : 0;
}
