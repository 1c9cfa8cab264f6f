// SPDX-License-Identifier: Apache-2.0
// Two layers over the same tokens, and what is made of them (identification, section 7).
#include "model/parts.h"
#include "model/walk.h"

#include <string.h>

// Measured on held-out captures and sources (section 5.3); scores are in thousandths.
enum {
    AGREES = -1000,         // a rule's name must not score below
    LIKELY_MARGIN = 1000,   // above the second
    POSSIBLE_SCORE = -1500, // what is below was right too seldom to be told
    POSSIBLE_MARGIN = 500,  // above the second
    NO_SCORE = -1000000,    // of names that have no weights: users teach them by rules only
    SURE_WITH_RULE = 99,    // percent, of a rule that agrees with the statistics
    SURE_RULE_ALONE = 83    // percent, of a rule that they do not support
};

static int32_t score_of(const struct model *m, const struct tally *y, uint32_t name,
                        uint32_t norm)
{
    return (int32_t)(weight_share(m, name, y->sum[name], norm) / 1000);
}

static bool siblings(const struct model *m, uint32_t a, uint32_t b)
{
    return a != NO_NAME && b != NO_NAME && m->kin[a] && m->kin[a] == m->kin[b];
}

// A name's score but for the norm, which is the same for all names of a flow.
static int64_t raw_score(const struct model *m, const struct tally *y, uint32_t name)
{
    return y->sum[name] * m->scale_q[name];
}

// The best two names by score.
struct ranking {
    uint32_t first, second;
    int32_t score, second_score;
};

static struct ranking rank(const struct model *m, const struct tally *y, uint32_t norm)
{
    int64_t best = INT64_MIN, next = INT64_MIN;
    struct ranking r = {NO_NAME, NO_NAME, NO_SCORE, NO_SCORE};

    for (uint32_t i = 0; i < m->n.names; i++) {
        int64_t raw = raw_score(m, y, i);
        if (raw <= next || !m->scored[i])
            continue;
        bool first = raw > best;
        next = first ? best : raw;
        r.second = first ? r.first : i;
        best = first ? raw : best;
        r.first = first ? i : r.first;
    }
    if (r.first != NO_NAME)
        r.score = score_of(m, y, r.first, norm);
    if (r.second != NO_NAME)
        r.second_score = score_of(m, y, r.second, norm);
    return r;
}

// The best score outside the family of the best.
static int32_t stranger_score(const struct model *m, const struct tally *y, uint32_t norm,
                              uint32_t first)
{
    uint32_t best = NO_NAME;

    for (uint32_t i = 0; i < m->n.names; i++)
        if (m->scored[i] && i != first && !siblings(m, i, first) &&
            (best == NO_NAME || raw_score(m, y, i) > raw_score(m, y, best)))
            best = i;
    return best == NO_NAME ? NO_SCORE : score_of(m, y, best, norm);
}

// The rule that names the best by score, else the one with most bits; NO_NAME: none matched.
static uint32_t ruling(const struct model *m, const struct tally *y, uint32_t best)
{
    uint32_t name = NO_NAME;

    if (best != NO_NAME && y->rule[best])
        return best;
    for (uint32_t i = 0; i < m->n.names; i++)
        if (y->rule[i] &&
            (name == NO_NAME || m->rule[y->rule[i] - 1].bits > m->rule[y->rule[name] - 1].bits))
            name = i;
    return name;
}

// ln(p / (1 - p)) in thousandths, p from 0.505 to 0.985 by 0.01: from where on a chance is
// rounded up to the next percent.
static const int16_t logit[] = {20,   60,   100,  140,  180,  221,  261,  302,  343,  385,
                                426,  468,  511,  554,  597,  641,  686,  731,  777,  824,
                                871,  920,  969,  1020, 1072, 1125, 1180, 1237, 1295, 1355,
                                1418, 1483, 1551, 1621, 1696, 1774, 1857, 1946, 2041, 2143,
                                2254, 2376, 2512, 2666, 2844, 3055, 3317, 3664, 4185};

// The chance that the name is right, in percent, by its calibration.
static uint8_t calibrated(const struct model_name *n, int32_t score)
{
    int64_t slope = (int64_t)(n->slope * 65536), offset = (int64_t)(n->offset * 65536);
    int64_t x = (slope * score + offset * 1000) / 65536, size = x < 0 ? -x : x;
    uint32_t above = 0;

    while (above < COUNT_OF(logit) && size >= logit[above])
        above++;
    return (uint8_t)(x < 0 ? 50 - above : 50 + above);
}

static int32_t threshold_of(const struct model_name *n)
{
    return n->threshold > 0 ? (int32_t)(n->threshold * 1000) : 0;
}

// Without a rule: statistics alone.
static enum grade grade_alone(const struct model *m, const struct ranking *r)
{
    int32_t margin = r->score - r->second_score;

    if (r->first == NO_NAME)
        return GRADE_NONE;
    if (r->score >= threshold_of(&m->name[r->first]) && margin >= LIKELY_MARGIN)
        return GRADE_LIKELY;
    return r->score >= POSSIBLE_SCORE && margin >= POSSIBLE_MARGIN ? GRADE_POSSIBLE
                                                                   : GRADE_NONE;
}

// With a rule. What contradicts the statistics is not asserted: it was right in one of four
// cases; a rule of a name without weights has nothing that contradicts it unless another name
// is likely by itself.
static enum grade grade_ruled(const struct model *m, const struct ranking *r, uint32_t by_rule)
{
    if (!m->scored[by_rule])
        return grade_alone(m, r) == GRADE_LIKELY ? GRADE_NONE : GRADE_LIKELY;
    return by_rule == r->first && r->score > AGREES ? GRADE_CERTAIN : GRADE_NONE;
}

// Where no name is asserted: the family, if it is clear although the sibling is not.
static const char *family_of(const struct model *m, const struct tally *y, uint32_t norm,
                             const struct ranking *r, uint32_t by_rule)
{
    bool kin =
        r->first != NO_NAME && siblings(m, by_rule != NO_NAME ? by_rule : r->second, r->first);

    if (kin && by_rule == NO_NAME) // by statistics it must be clear that it is one of them
        kin = r->score >= 0 && r->score - stranger_score(m, y, norm, r->first) >= LIKELY_MARGIN;
    return kin ? m->name[r->first].family : NULL;
}

// Ciphers without a frame look alike: statistics name their family, and a member of it as
// possible at most. Only a rule knows better.
static void judge_random(const struct model *m, struct judgement *j)
{
    bool member = j->name != NO_NAME && !strcmp(m->name[j->name].family, FAMILY_RANDOM);

    j->family = FAMILY_RANDOM;
    if (j->grade != GRADE_NONE)
        j->grade = member ? GRADE_POSSIBLE : GRADE_NONE;
}

static uint8_t sure_of(const struct model *m, const struct judgement *j)
{
    if (j->name == NO_NAME)
        return 0;
    if (!m->scored[j->name])
        return SURE_RULE_ALONE;
    uint8_t sure = calibrated(&m->name[j->name], j->score);
    return j->grade == GRADE_CERTAIN && sure < SURE_WITH_RULE ? SURE_WITH_RULE : sure;
}

void model_judge(const struct model *m, const struct tokens *t, struct judgement *j)
{
    struct tally y;
    uint32_t norm = norm_of(t->n);
    bool random = tokens_have(t, token_hash(KIND_RANDOM_LOOKING, EITHER, 0, 0));

    *j = (struct judgement){.name = NO_NAME, .second = NO_NAME, .by_rule = NO_NAME};
    if (tokens_have(t, token_hash(KIND_ONE_BYTE, EITHER, 0, 0)))
        return;
    tally(&y, m, t);
    struct ranking r = rank(m, &y, norm);
    uint32_t by_rule = ruling(m, &y, r.first);
    bool ruled = by_rule != NO_NAME;
    enum grade grade = ruled ? grade_ruled(m, &r, by_rule) : grade_alone(m, &r);
    *j = (struct judgement){.name = (uint16_t)r.first,
                            .second = (uint16_t)r.second,
                            .by_rule = (uint16_t)by_rule,
                            .rule = (uint16_t)(ruled ? y.rule[by_rule] - 1 : 0),
                            .score = r.score,
                            .second_score = r.second_score,
                            .grade = (uint8_t)grade,
                            .random = random};
    if (grade == GRADE_LIKELY && ruled) { // it has no score: the best that has is its second
        j->name = (uint16_t)by_rule;
        j->second = (uint16_t)r.first;
        j->score = NO_SCORE;
        j->second_score = r.score;
    }
    if (grade < GRADE_LIKELY)
        j->family = family_of(m, &y, norm, &r, by_rule);
    if (!ruled && random)
        judge_random(m, j);
    j->sure = sure_of(m, j);
}

const char *model_why(const struct model *m, const struct judgement *j)
{
    return j->by_rule == j->name && j->name != NO_NAME ? m->rule[j->rule].why
                                                       : "statistics of its first messages";
}
