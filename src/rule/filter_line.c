// SPDX-License-Identifier: Apache-2.0
// suppress, event_filter and rate_filter of the configuration, as lines of Snort 2 or as tables
// of Snort 3.
#include <string.h>

#include "base/nearest.h"
#include "rule/filter_line.h"
#include "rule/parse.h"

enum { RATES_MOST = 64 };

static const char *const line_names[] = {[FILTER_SUPPRESS] = "suppress",
                                         [FILTER_EVENT] = "event_filter",
                                         [FILTER_RATE] = "rate_filter"};

static bool read_number(struct slice value, uint32_t *to)
{
    uint64_t v;

    if (!slice_u64(value, UINT32_MAX, &v))
        return false;
    *to = (uint32_t)v;
    return true;
}

static bool read_track(struct filter_line *x, struct slice value)
{
    static const char *const tracks[] = {[TRACK_SRC] = "by_src",
                                         [TRACK_DST] = "by_dst",
                                         [TRACK_BOTH] = "by_both",
                                         [TRACK_RULE] = "by_rule"};

    for (unsigned i = 0; i < COUNT_OF(tracks); i++) {
        if (!slice_is(value, tracks[i]))
            continue;
        x->limit.track = (uint8_t)i;
        return x->tracked = true;
    }
    return x->kind == FILTER_SUPPRESS && slice_is(value, "by_either") &&
           (x->either = x->tracked = true);
}

static bool read_type(struct filter_line *x, struct slice value)
{
    static const char *const kinds[] = {"", "limit", "threshold", "both"};

    for (int i = LIMIT_LIMIT; i <= LIMIT_BOTH; i++)
        if (slice_is(value, kinds[i]))
            x->limit.kind = (uint8_t)i;
    return x->limit.kind;
}

static bool read_action(struct filter_line *x, struct slice value)
{
    static const struct {
        const char *word;
        uint8_t action;
    } actions[] = {{"alert", ACTION_alert}, {"drop", ACTION_drop},     {"block", ACTION_block},
                   {"pass", ACTION_pass},   {"reject", ACTION_reject}, {"sdrop", ACTION_sdrop},
                   {"log", ACTION_log}};

    for (size_t i = 0; i < COUNT_OF(actions); i++)
        if (slice_is(value, actions[i].word)) {
            x->new_action = actions[i].action;
            return true;
        }
    return false;
}

static bool read_word(struct load *l, struct filter_line *x, struct slice key,
                      struct slice value, struct fail *why)
{
    bool rate = x->kind == FILTER_RATE, good;

    if (slice_is(key, "gen_id") || slice_is(key, "gid"))
        good = read_number(value, &x->gid);
    else if (slice_is(key, "sig_id") || slice_is(key, "sid"))
        good = read_number(value, &x->sid);
    else if (slice_is(key, "count") && slice_is(value, "-1"))
        good = (x->limit.count = UINT32_MAX); // Snort: no limit for this one
    else if (slice_is(key, "count"))
        good = read_number(value, &x->limit.count);
    else if (slice_is(key, "seconds"))
        good = read_number(value, &x->limit.seconds);
    else if (slice_is(key, "track"))
        good = read_track(x, value);
    else if (slice_is(key, "ip") || (rate && slice_is(key, "apply_to")))
        return (x->ip = list_read(&l->vars, LIST_ADDRESSES, value, NULL, why)) != NULL;
    else if (slice_is(key, "type") && !rate)
        good = read_type(x, value);
    else if (slice_is(key, "timeout") && rate)
        good = read_number(value, &x->timeout);
    else if (slice_is(key, "new_action") && rate)
        good = (x->new_action = ACTIONS, read_action(x, value));
    else
        return failed(why, "%s: \"%.*s\" is not understood", line_names[x->kind], SLICE(key));
    return good || failed(why, "%s: %.*s cannot be \"%.*s\"", line_names[x->kind], SLICE(key),
                          SLICE(value));
}

// What is missing, or does not go together; NULL: nothing.
static const char *missing(const struct filter_line *x)
{
    const struct limit *l = &x->limit;

    switch ((enum filter_kind)x->kind) {
    case FILTER_SUPPRESS:
        return x->tracked != (x->ip != NULL) ? "needs both track and ip, or none of them"
                                             : NULL;
    case FILTER_EVENT:
        return !l->kind || !x->tracked || !l->count || !l->seconds
                   ? "needs type, track, count and seconds"
                   : NULL;
    case FILTER_RATE: break;
    }
    if (!x->gid || !x->tracked || !l->count || x->new_action == ACTIONS)
        return "needs gen_id, sig_id, track, count, seconds, new_action and timeout";
    if (l->track == TRACK_BOTH)
        return "tracks by_src, by_dst or by_rule";
    return l->track == TRACK_RULE && x->ip ? "with track by_rule takes no apply_to" : NULL;
}

static bool keep_line(struct load *l, const struct filter_line *x, const struct place *at)
{
    struct filter_line *kept = arena_take(l->lasting, sizeof(*kept));
    const char *why = missing(x);
    uint8_t rates = 0;

    for (const struct filter_line *o = l->set->filter; o; o = o->next)
        rates = (uint8_t)(rates + (o->kind == FILTER_RATE));
    if (why || rates == RATES_MOST)
        return load_fatal(l, at, "%s %s", line_names[x->kind], why ? why : "stands too often");
    *kept = *x;
    kept->number = rates;
    if (x->limit.count == UINT32_MAX)
        kept->limit.kind = LIMIT_LIMIT;
    kept->next = l->set->filter;
    l->set->filter = kept;
    return true;
}

// The comma at which one word ends: not one inside of brackets.
static struct slice cut_part(struct slice *rest)
{
    uint32_t n = 0;
    int depth = 0;

    while (n < rest->n && (depth > 0 || rest->p[n] != ',')) {
        depth += (rest->p[n] == '[') - (rest->p[n] == ']');
        n++;
    }
    struct slice part = slice_trim(slice_of(rest->p, n));
    rest->p += min_u32(n + 1, rest->n);
    rest->n -= min_u32(n + 1, rest->n);
    return part;
}

static struct slice bare(struct slice s)
{
    bool quoted = s.n > 1 && (s.p[0] == '\'' || s.p[0] == '"') && s.p[s.n - 1] == s.p[0];

    return quoted ? slice_of(s.p + 1, s.n - 2) : s;
}

// One filter; between a word and its value stands a blank, in a table a =.
static bool read_line(struct load *l, enum filter_kind kind, struct slice args, char between,
                      const struct place *at)
{
    struct filter_line x = {.kind = (uint8_t)kind, .new_action = ACTIONS};
    struct fail why;

    while (args.n) {
        struct slice value = cut_part(&args), key = slice_cut(&value, between);
        if (key.n && !read_word(l, &x, key, bare(slice_trim(value)), &why))
            return load_fatal(l, at, "%s", why.text);
    }
    return keep_line(l, &x, at);
}

// = { { gid = 1, sid = 2, ... }, { ... } }
static bool read_table(struct load *l, enum filter_kind kind, struct slice s,
                       const struct place *at)
{
    uint32_t from = 0, lines = 0;

    for (uint32_t i = 0; i < s.n; i++) {
        if (s.p[i] == '{')
            from = i + 1;
        if (s.p[i] != '}' || !from)
            continue;
        struct slice one = slice_trim(slice_of(s.p + from, i - from));
        if (one.n && !read_line(l, kind, one, '=', at))
            return false;
        from = 0; // what closes next is the table
        lines += one.n > 0;
    }
    return lines || load_fatal(l, at, "%s = { { gid = 1, sid = 2, ... } }: the table is empty",
                               line_names[kind]);
}

bool filter_read(struct load *l, enum filter_kind kind, struct slice args,
                 const struct place *at)
{
    if (args.n && args.p[0] == '=')
        return read_table(l, kind, args, at);
    return read_line(l, kind, args, ' ', at);
}

bool filter_rates(const struct rules *set, const struct rule *r)
{
    for (const struct filter_line *x = set->filter; x; x = x->next)
        if (x->kind == FILTER_RATE && x->gid == r->gid && (!x->sid || x->sid == r->sid))
            return true;
    return false;
}

bool filter_lacks_rule(const struct rules *set, uint32_t gid, uint32_t sid)
{
    const struct rule wanted = {.gid = gid, .sid = sid};

    for (uint32_t i = 0; i < set->n_rules; i++)
        if (set->rule[i]->gid == gid && set->rule[i]->sid == sid)
            return false;
    return filter_rates(set, &wanted);
}
