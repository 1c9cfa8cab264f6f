// SPDX-License-Identifier: Apache-2.0
// One rule against one unit: options from left to right, back to an earlier one where a later
// match of it might help (rules.md 4.2, 4.3).
#include "rule/match.h"

#include <string.h>

enum { CHOICES = 32 };

struct choice { // an option that could have matched further right
    uint32_t option, next, reach;
    uint32_t cursor[BUFFERS]; // as it was before
};

struct trail {
    struct choice at[CHOICES];
    uint32_t n;
};

// Goes back to the latest choice. False: there is none.
static bool go_back(struct match *m, struct trail *t, uint32_t *option)
{
    if (!t->n)
        return false;
    const struct choice *c = &t->at[--t->n];
    memcpy(m->cursor, c->cursor, sizeof(m->cursor));
    m->from = c->next;
    m->reach = c->reach;
    *option = c->option;
    return true;
}

static void note_refusal(struct match *m, const struct rule_option *o)
{
    if (!m->refused || o > m->refused)
        m->refused = o;
}

static bool holds(struct match *m, const struct rule_option *o)
{
    return (o->or_absent && !match_buffer(m, o->buffer).p) || o->test(m, o);
}

static bool try_options(struct match *m, const struct rule *r)
{
    struct trail trail;
    uint32_t i = 0;

    trail.n = 0;
    for (;;) {
        if (i == r->n_options) {
            if (m->reach > m->fresh || !m->fresh)
                return true;
            if (!go_back(m, &trail, &i)) // all of it lies in what was looked at before
                return false;
            continue;
        }
        const struct rule_option *o = &r->option[i];
        struct choice *c = &trail.at[trail.n < CHOICES ? trail.n : CHOICES - 1];
        bool again = o->sets && (o->again || m->fresh) && trail.n < CHOICES, resumed = m->from;

        if (++m->steps > STEPS_MOST) {
            count(m->unit->out, COUNT_rule_steps_limit, 1);
            return false;
        }
        if (again) {
            memcpy(c->cursor, m->cursor, sizeof(m->cursor));
            c->reach = m->reach;
        }
        m->next = NO_PLACE;
        if (holds(m, o)) {
            if (again && m->next != NO_PLACE) {
                c->option = i;
                c->next = m->next;
                trail.n++;
            }
            m->from = 0;
            i++;
            continue;
        }
        note_refusal(m, o);
        if ((!o->depends && !resumed && !m->fresh) || !go_back(m, &trail, &i))
            return false;
    }
}

bool match_rule(struct match *m, const struct rule *r, struct unit *u)
{
    for (uint64_t b = r->buffers; b; b &= b - 1)
        m->cursor[__builtin_ctzll(b)] = 0;
    memset(m->value, 0, sizeof(m->value));
    m->rule = r;
    m->unit = u;
    m->refused = NULL;
    m->decoded = (struct slice){0};
    if (r->derives)
        memset(m->derived, 0, sizeof(m->derived));
    m->from = m->reach = m->steps = 0;
    m->fresh = u->fresh;
    if (u->looked && (r->plain || !u->unnamed))
        m->fresh = u->looked;
    return try_options(m, r);
}
