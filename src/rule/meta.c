// SPDX-License-Identifier: Apache-2.0
// Options about the rule itself: its number, message, class, rates; and those without effect.
#include "rule/parse.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "rule/option_which.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

// ---------------------------------------------------------------- numbers and texts

bool option_meta(struct parse *p, struct slice arg, int which)
{
    uint64_t v;

    if (!slice_u64(arg, UINT32_MAX, &v))
        return parse_wrong(p, "%.*s needs a number, not \"%.*s\"", SLICE(p->now->name),
                           SLICE(arg));
    if (p->given >> which & 1)
        return parse_wrong(p, "%.*s stands twice in one rule", SLICE(p->now->name));
    p->given |= (uint8_t)(1u << which);
    switch (which) {
    case META_SID:
        p->rule->sid = (uint32_t)v;
        return v || parse_wrong(p, "sid 0 is not allowed");
    case META_GID: p->rule->gid = (uint32_t)v; return true;
    case META_REV: p->rule->rev = (uint32_t)v; return true;
    default:
        p->rule->priority = (uint32_t)v;
        p->rule->has_priority = true;
        return true;
    }
}

static bool is_control(uint8_t c)
{
    return c < ' ' || c == 0x7f;
}

// Backslashes before quotes, semicolons, colons and themselves go.
static struct slice unescape(struct arena *a, struct slice s)
{
    uint8_t *to = arena_take(a, s.n + 1u);
    uint32_t n = 0;

    for (uint32_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n && strchr("\";:\\", s.p[i + 1]) && s.p[i + 1])
            i++;
        to[n++] = is_control(s.p[i]) ? '?' : s.p[i];
    }
    return slice_of(to, n);
}

bool option_message(struct parse *p, struct slice arg, int which)
{
    if (!arg.n)
        return parse_wrong(p, "msg needs a text");
    p->rule->msg = keep_text(p->load->lasting, unescape(&p->load->scratch, slice_unquote(arg)));
    return true;
}

bool option_ignored(struct parse *p, struct slice arg, int which)
{
    return true;
}

bool option_refused(struct parse *p, struct slice arg, int which)
{
    static const char *const reason[] = {[REFUSED_SCRIPT] = "scripts in rules are not run",
                                         [REFUSED_LIST] = "lists in other files are not read"};

    return parse_wrong(p, "%.*s is not supported: %s", SLICE(p->now->name), reason[which]);
}

// ---------------------------------------------------------------- class and services

bool option_classtype(struct parse *p, struct slice arg, int which)
{
    const char *name = keep_text(p->load->lasting, slice_unquote(arg));
    const struct class_line *c = load_class(p->load, name);
    struct rule *r = p->rule;

    r->class_name = name;
    r->class_text = c ? c->text : name;
    if (!c) {
        struct place at = load_place(p->load, p->raw->statement, p->now->at);
        struct nearest n = {.word = name};
        for (uint32_t i = 0; i < p->load->n_classes; i++)
            nearest_try(&n, p->load->class_line[i].name);
        load_problem(p->load, RULE_NOTE, &at, "classtype",
                     "the class \"%.60s\" is not known%s; its priority is 3", name,
                     nearest_hint(n.best));
    } else if (!r->has_priority) {
        r->priority = c->priority;
    }
    return true;
}

// A list of services; those that are not known are nothing that could be met.
static void add_services(struct parse *p, struct slice list)
{
    static const struct {
        const char *word, *service;
    } words[] = {
#define SERVICE(word, service) {word, service},
#include "rule/service.def"
#undef SERVICE
    };

    while (list.n) {
        struct slice one = slice_cut(&list, ',');
        for (size_t i = 0; i < COUNT_OF(words); i++)
            if (slice_is_any_case(one, words[i].word))
                p->rule->services |= UINT64_C(1) << load_service(p->load, words[i].service);
    }
    p->rule->services &= ~UINT64_C(1);
}

bool option_service(struct parse *p, struct slice arg, int which)
{
    add_services(p, arg);
    return true;
}

// metadata:service http, policy balanced: only the services mean something.
bool option_metadata(struct parse *p, struct slice arg, int which)
{
    while (arg.n) {
        struct slice one = slice_cut(&arg, ',');
        struct slice key = slice_cut(&one, ' ');
        if (slice_is(key, "service"))
            add_services(p, slice_trim(one));
    }
    return true;
}

// ---------------------------------------------------------------- requires

// Whether "7.0.3" is at most the version whose language is understood.
static bool version_met(struct slice s)
{
    static const uint64_t ours[] = {7, 0, 0};

    for (size_t i = 0; i < COUNT_OF(ours) && s.n; i++) {
        uint64_t v = 0;
        if (!slice_u64(slice_cut(&s, '.'), UINT32_MAX, &v))
            return false;
        if (v != ours[i])
            return v < ours[i];
    }
    return true;
}

static bool requirement_met(struct slice one)
{
    struct slice what = slice_cut(&one, ' ');

    one = slice_trim(one);
    if (slice_is(what, "keyword"))
        return option_find(one) != NULL;
    if (!slice_is(what, "version"))
        return false;
    struct slice op = slice_cut(&one, ' ');
    one = slice_trim(one);
    struct slice version = slice_cut(&one, ' ');
    if (slice_is(op, ">="))
        return version_met(version);
    return slice_is(op, "<") && !version_met(version);
}

bool option_requires(struct parse *p, struct slice arg, int which)
{
    while (arg.n) {
        struct slice one = slice_cut(&arg, ',');
        if (!requirement_met(one)) {
            p->skip = true;
            return parse_wrong(p, "the rule is left out: it requires \"%.*s\"", SLICE(one));
        }
    }
    return true;
}

// ---------------------------------------------------------------- labels of files

bool option_file_meta(struct parse *p, struct slice arg, int which)
{
    while (arg.n) {
        struct slice one = slice_cut(&arg, ',');
        struct slice key = slice_cut(&one, ' ');
        if (slice_is(key, "type"))
            p->rule->label = keep_text(p->load->lasting, slice_unquote(one));
    }
    return p->rule->label || parse_wrong(p, "file_meta needs a type");
}

// ---------------------------------------------------------------- rates (rules.md 7.2)

static bool limit_word(struct parse *p, struct limit *l, struct slice key, struct slice value,
                       bool *tracked)
{
    static const char *const kinds[] = {[LIMIT_LIMIT] = "limit",
                                        [LIMIT_THRESHOLD] = "threshold",
                                        [LIMIT_BOTH] = "both",
                                        [LIMIT_BACKOFF] = "backoff"};
    static const char *const tracks[] = {[TRACK_SRC] = "by_src",
                                         [TRACK_DST] = "by_dst",
                                         [TRACK_BOTH] = "by_both",
                                         [TRACK_RULE] = "by_rule",
                                         [TRACK_FLOW] = "by_flow"};
    uint64_t v;

    if (slice_is(key, "type") && l->kind != LIMIT_DETECTION) {
        for (int i = LIMIT_LIMIT; i <= LIMIT_BACKOFF; i++)
            if (slice_is(value, kinds[i]))
                return l->kind = (uint8_t)i, true;
        return parse_wrong(p, "type is limit, threshold, both or backoff, not \"%.*s\"",
                           SLICE(value));
    }
    if (slice_is(key, "track")) {
        for (int i = TRACK_SRC; i <= TRACK_FLOW; i++)
            if (slice_is(value, tracks[i]))
                return l->track = (uint8_t)i, *tracked = true;
        return parse_wrong(p,
                           "track is by_src, by_dst, by_both, by_rule or by_flow, not \"%.*s\"",
                           SLICE(value));
    }
    if (!slice_u64(value, UINT32_MAX, &v))
        return parse_wrong(p, "\"%.*s\" needs a number, not \"%.*s\"", SLICE(key),
                           SLICE(value));
    if (slice_is(key, "count"))
        l->count = (uint32_t)v;
    else if (slice_is(key, "seconds"))
        l->seconds = (uint32_t)v;
    else if (slice_is(key, "multiplier"))
        l->multiplier = (uint32_t)v;
    else
        return parse_wrong(p, "\"%.*s\" is not understood; it is type, track, count, seconds",
                           SLICE(key));
    return true;
}

bool option_limit(struct parse *p, struct slice arg, int which)
{
    struct limit l = {.kind = (uint8_t)which};
    bool tracked = false;

    while (arg.n) {
        struct slice one = slice_cut(&arg, ',');
        struct slice key = slice_cut(&one, ' ');
        if (key.n && !limit_word(p, &l, key, slice_trim(one), &tracked))
            return false;
    }
    if (!l.kind)
        return parse_wrong(p, "threshold needs a type: limit, threshold or both");
    if (!tracked)
        return parse_wrong(p, "%.*s needs what is counted by: track by_src or by_dst",
                           SLICE(p->now->name));
    if (!l.count || (!l.seconds && l.kind != LIMIT_BACKOFF))
        return parse_wrong(p, "%.*s needs a count and seconds, not 0", SLICE(p->now->name));
    if (l.kind == LIMIT_BACKOFF && l.multiplier < 2)
        return parse_wrong(p, "backoff needs a multiplier of 2 or more");
    if (which == LIMIT_DETECTION)
        p->rule->detection = l;
    else
        p->rule->limit = l;
    return true;
}
