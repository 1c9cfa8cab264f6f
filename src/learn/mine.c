// SPDX-License-Identifier: Apache-2.0
// Layer 1: rules, conjunctions of tokens that no flow of another name has. Grown greedily; what
// counts is captures, not flows, so that what one host does often is no law.
#include "learn/train.h"

#include <stdlib.h>

enum {
    GROWN_MOST = 8,  // tokens until no other matches; then some more for certainty
    BITS_LEAST = 24, // against the background
    CLEAR_BITS = 3,  // a token to add tells at least so much
    TRIES = 16       // rules of a name at a view
};
// A rule that holds from the first message on is best; then those that need more.
static const enum view levels[] = {VIEW_START_1, VIEW_START_8, VIEW_MIDDLE_2};

struct seen { // a token, in the rows that match what has been grown
    uint32_t captures, flows, others;
    uint32_t last; // capture
};

struct miner {
    const struct set *set;
    const struct corpus *corpus;
    struct arena *arena, *keep; // while mining; what the rules hold
    struct rules *to;
    double *bits; // log2 of a count
    // ---- of all that take part and have a label
    uint32_t *list; // of each token, and behind the last: where its rows begin
    uint32_t *rows;
    uint32_t n_rows;
    // ---- of a name
    uint16_t name;
    uint32_t *own, n_own; // token -> rows of the name; all its rows
    uint32_t *lesson, n;  // of the name, in order
    uint32_t captures;
    bool *done; // of a lesson: a rule covers it at this view, or none will
    struct {
        uint32_t token[RULE_TOKENS], n;
    } kept[COUNT_OF(levels) * TRIES]; // its rules
    uint32_t n_kept;
    // ---- of a rule being grown
    struct seen *seen; // token ->
    uint32_t *touched, n_touched;
    const struct row **yes, **no; // of the name and of others, that match
    uint32_t n_yes, n_no;
    uint32_t token[RULE_TOKENS], n_tokens;
};

// ---------------------------------------------------------------- what rows have

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static bool has(const struct row *r, uint32_t token)
{
    return bsearch(&token, r->token, r->n, sizeof(token), by_number) != NULL;
}

static bool matches(const struct row *r, const uint32_t *token, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!has(r, token[i]))
            return false;
    }
    return true;
}

// Rules speak of contents and structure: not of sizes and times, nor of letters in a name.
static bool may_rule(uint32_t hash)
{
    enum meter_family family = meter_family(hash);

    return family == BYTES || family == TEXT || family == STRUCTURE;
}

// The base-2 logarithms of counts, by hand: equal on all machines.
static double *bits_table(struct arena *a, uint32_t n)
{
    enum { DIGITS = 30 };
    double *bits = arena_zero(a, (n + 1) * sizeof(*bits));

    for (uint32_t i = 2; i <= n; i++) {
        double x = i, digit = 1;
        for (; x >= 2; x /= 2)
            bits[i]++;
        for (uint32_t k = 0; k < DIGITS; k++) {
            digit /= 2;
            x *= x;
            if (x >= 2) {
                x /= 2;
                bits[i] += digit;
            }
        }
    }
    return bits;
}

// What has no label may be anybody's flow, and proves nothing against a rule; noise does.
static bool takes_part(const struct miner *m, uint32_t lesson)
{
    const struct lesson *l = m->corpus->lesson[lesson];

    return m->set->use[lesson] && (*l->label || is_noise(l));
}

// Lists the rows of each token.
static void index_rows(struct miner *m)
{
    const struct corpus *c = m->corpus;
    size_t n = 0;

    m->list = arena_zero(m->arena, (c->n_tokens + 1) * sizeof(*m->list));
    for (uint32_t i = 0; i < c->n_rows; i++) {
        const struct row *r = &c->row[i];
        m->n_rows += takes_part(m, r->lesson);
        for (uint32_t k = 0; takes_part(m, r->lesson) && k < r->n; k++, n++)
            m->list[r->token[k]]++;
    }
    m->rows = arena_take(m->arena, n * sizeof(*m->rows));
    for (uint32_t k = 0; k < c->n_tokens; k++)
        m->list[k + 1] += m->list[k];
    for (uint32_t i = c->n_rows; i--;) {
        const struct row *r = &c->row[i];
        for (uint32_t k = 0; takes_part(m, r->lesson) && k < r->n; k++)
            m->rows[--m->list[r->token[k]]] = i;
    }
    m->bits = bits_table(m->arena, m->n_rows + 1);
}

// ---------------------------------------------------------------- growing a rule

static void count_row(struct miner *m, const struct row *r)
{
    uint32_t capture = m->corpus->capture[r->lesson];

    for (uint32_t k = 0; k < r->n; k++) {
        struct seen *s = &m->seen[r->token[k]];
        if (!s->flows++) {
            m->touched[m->n_touched++] = r->token[k];
            s->last = UINT32_MAX;
        }
        s->captures += s->last != capture;
        s->last = capture;
    }
}

// Counts the tokens of the rows that match; of others only what these have.
static void count_tokens(struct miner *m)
{
    for (uint32_t i = 0; i < m->n_touched; i++)
        m->seen[m->touched[i]] = (struct seen){0};
    m->n_touched = 0;
    for (uint32_t i = 0; i < m->n_yes; i++)
        count_row(m, m->yes[i]);
    for (uint32_t i = 0; i < m->n_touched; i++) {
        uint32_t k = m->touched[i];
        m->seen[k].others = m->n_tokens ? 0 : m->list[k + 1] - m->list[k] - m->own[k];
    }
    for (uint32_t i = 0; m->n_tokens && i < m->n_no; i++) {
        for (uint32_t k = 0; k < m->no[i]->n; k++)
            m->seen[m->no[i]->token[k]].others++;
    }
    for (uint32_t i = 0; m->n_tokens && i < m->n_no; i++) {
        for (uint32_t k = 0; k < m->no[i]->n; k++) {
            struct seen *s = &m->seen[m->no[i]->token[k]];
            s->others = s->flows ? s->others : 0;
        }
    }
}

// How much purer what a token leaves is, times the captures that are left.
static double gain_of(const struct miner *m, const struct seen *s, double purity)
{
    return s->captures * (m->bits[s->captures] - m->bits[s->captures + s->others] - purity);
}

static uint32_t captures_of(const struct miner *m)
{
    uint32_t n = 0, last = UINT32_MAX;

    for (uint32_t i = 0; i < m->n_yes; i++) {
        uint32_t capture = m->corpus->capture[m->yes[i]->lesson];
        n += capture != last;
        last = capture;
    }
    return n;
}

static bool best_token(const struct miner *m, uint32_t *best)
{
    const uint32_t *hash = m->corpus->hash;
    uint32_t captures = captures_of(m), others = m->n_tokens ? m->n_no : m->n_rows - m->n_own;
    double most = 1e-9;
    bool found = false;

    double purity = m->bits[captures] - m->bits[captures + others];
    for (uint32_t i = 0; i < m->n_touched; i++) {
        uint32_t k = m->touched[i];
        const struct seen *s = &m->seen[k];
        double gain = may_rule(hash[k]) ? gain_of(m, s, purity) : 0;
        if (gain < most)
            continue;
        const struct seen *b = &m->seen[*best];
        if (found && gain == most &&
            (s->captures < b->captures ||
             (s->captures == b->captures && hash[k] > hash[*best])))
            continue;
        most = gain;
        *best = k;
        found = true;
    }
    return found;
}

// Adds a token, and keeps what still matches.
static void take_token(struct miner *m, uint32_t token)
{
    const struct corpus *c = m->corpus;
    uint32_t yes = 0, no = 0;

    for (uint32_t i = 0; i < m->n_yes; i++) {
        if (has(m->yes[i], token))
            m->yes[yes++] = m->yes[i];
    }
    for (uint32_t i = 0; m->n_tokens && i < m->n_no; i++) {
        if (has(m->no[i], token))
            m->no[no++] = m->no[i];
    }
    for (uint32_t i = m->list[token]; !m->n_tokens && i < m->list[token + 1]; i++) {
        const struct row *r = &c->row[m->rows[i]];
        if (m->set->name[r->lesson] != m->name)
            m->no[no++] = r;
    }
    m->n_yes = yes;
    m->n_no = no;
    m->token[m->n_tokens++] = token;
}

static double bits_of(const struct miner *m, uint32_t token)
{
    uint32_t others = m->list[token + 1] - m->list[token] - m->own[token];

    return m->bits[m->n_rows - m->n_own + 1] - m->bits[others + 1];
}

// Of what all matching rows have, the token that most flows of the name have, too.
static bool shared_token(const struct miner *m, uint32_t *best)
{
    bool found = false;

    for (uint32_t i = 0; i < m->n_touched; i++) {
        uint32_t k = m->touched[i];
        bool taken = false;
        for (uint32_t t = 0; t < m->n_tokens; t++)
            taken |= m->token[t] == k;
        if (taken || m->seen[k].flows < m->n_yes || !may_rule(m->corpus->hash[k]) ||
            bits_of(m, k) < CLEAR_BITS)
            continue;
        if (!found || m->own[k] > m->own[*best] ||
            (m->own[k] == m->own[*best] && m->corpus->hash[k] < m->corpus->hash[*best]))
            *best = k;
        found = true;
    }
    return found;
}

// From rows of the name to a rule that none of the others matches; gives its bits, 0: none.
static double grow(struct miner *m)
{
    double bits = 0;
    uint32_t token = 0;

    m->n_tokens = m->n_no = 0;
    while (!m->n_tokens || m->n_no) {
        count_tokens(m);
        if (m->n_tokens == GROWN_MOST || !best_token(m, &token))
            return 0;
        take_token(m, token);
        bits += bits_of(m, token);
    }
    count_tokens(m);
    while (bits < BITS_LEAST || m->n_tokens < 2) {
        if (m->n_tokens == RULE_TOKENS || !shared_token(m, &token))
            return 0;
        take_token(m, token);
        bits += bits_of(m, token);
    }
    return bits;
}

// ---------------------------------------------------------------- the rules of a name

// Marks the flows that the grown rule covers at any view; gives how many, and their captures.
static uint32_t cover(struct miner *m, uint32_t *captures)
{
    const struct corpus *c = m->corpus;
    uint32_t flows = 0, last = UINT32_MAX;

    *captures = 0;
    for (uint32_t i = 0; i < m->n; i++) {
        uint32_t lesson = m->lesson[i];
        bool covers = false;
        for (uint32_t r = c->first_row[lesson]; !covers && r < c->first_row[lesson + 1]; r++)
            covers = matches(&c->row[r], m->token, m->n_tokens);
        flows += covers;
        *captures += covers && c->capture[lesson] != last;
        last = covers ? c->capture[lesson] : last;
    }
    return flows;
}

static void keep_rule(struct miner *m, double bits)
{
    struct rule_part *r = &m->to->rule[m->to->n];
    uint32_t captures, flows = cover(m, &captures);

    if (m->to->n == RULES_MOST || (captures < 2 && captures < m->captures))
        return;
    uint32_t *token = arena_take(m->keep, m->n_tokens * sizeof(*token));
    for (uint32_t i = 0; i < m->n_tokens; i++)
        token[i] = m->corpus->hash[m->token[i]];
    qsort(token, m->n_tokens, sizeof(*token), by_number);
    memcpy(m->kept[m->n_kept].token, m->token, sizeof(m->token));
    m->kept[m->n_kept++].n = m->n_tokens;
    *r =
        (struct rule_part){m->name, (uint16_t)m->n_tokens, token, captures, flows, (float)bits};
    m->to->n++;
}

static bool covered(const struct miner *m, uint32_t lesson, enum view level)
{
    const struct row *r = corpus_row(m->corpus, lesson, level);

    for (uint32_t i = 0; r && i < m->n_kept; i++) {
        if (matches(r, m->kept[i].token, m->kept[i].n))
            return true;
    }
    return !r;
}

// Rules until all flows of the name are covered at this view, or beyond hope.
static void mine_level(struct miner *m, enum view level)
{
    const struct corpus *c = m->corpus;

    for (uint32_t i = 0; i < m->n; i++)
        m->done[m->lesson[i]] = covered(m, m->lesson[i], level);
    for (uint32_t tries = 0; tries < TRIES; tries++) {
        m->n_yes = 0;
        for (uint32_t i = 0; i < m->n; i++) {
            if (!m->done[m->lesson[i]])
                m->yes[m->n_yes++] = corpus_row(c, m->lesson[i], level);
        }
        if (!m->n_yes)
            return;
        double bits = grow(m);
        if (bits > 0)
            keep_rule(m, bits);
        for (uint32_t i = 0; i < m->n_yes; i++)
            m->done[m->yes[i]->lesson] = true;
    }
}

static void gather(struct miner *m)
{
    const struct corpus *c = m->corpus;
    uint32_t last = UINT32_MAX;

    m->n = m->n_own = m->captures = 0;
    memset(m->own, 0, c->n_tokens * sizeof(*m->own));
    for (uint32_t i = 0; i < c->n; i++) {
        if (!m->set->use[i] || m->set->name[i] != m->name)
            continue;
        m->captures += c->capture[i] != last;
        last = c->capture[i];
        m->lesson[m->n++] = i;
        for (uint32_t r = c->first_row[i]; r < c->first_row[i + 1]; r++, m->n_own++) {
            for (uint32_t k = 0; k < c->row[r].n; k++)
                m->own[c->row[r].token[k]]++;
        }
    }
}

void mine(struct rules *to, const struct set *s, struct arena *a)
{
    const struct corpus *c = s->corpus;
    struct arena own = {0};
    struct miner m = {.set = s, .corpus = c, .arena = &own, .keep = a, .to = to};

    to->n = 0;
    index_rows(&m);
    m.own = arena_take(&own, c->n_tokens * sizeof(*m.own));
    m.seen = arena_zero(&own, c->n_tokens * sizeof(*m.seen));
    m.touched = arena_take(&own, c->n_tokens * sizeof(*m.touched));
    m.lesson = arena_take(&own, c->n * sizeof(*m.lesson));
    m.done = arena_take(&own, c->n * sizeof(*m.done));
    m.yes = arena_take(&own, c->n * sizeof(const struct row *));
    m.no = arena_take(&own, c->n_rows * sizeof(const struct row *));
    for (m.name = 0; m.name < s->names->n; m.name++) {
        gather(&m);
        m.n_kept = 0;
        for (uint32_t i = 0; i < COUNT_OF(levels); i++)
            mine_level(&m, levels[i]);
    }
    arena_free(&own);
}
