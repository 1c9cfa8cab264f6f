// SPDX-License-Identifier: Apache-2.0
// Directives of snort.conf: variables, config, preprocessors, filters (rules.md 2.2).
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "rule/filter_line.h"
#include "rule/notice.h"
#include "rule/parse.h"

// A directive's reader gets what follows its name.
struct directive {
    const char *word;
    bool (*read)(struct load *l, struct slice args, const struct place *at);
};

// ---------------------------------------------------------------- variables and files

static bool set_variable(struct load *l, enum list_kind kind, struct slice args,
                         const struct place *at)
{
    struct slice name = slice_cut(&args, ' '), value = slice_trim(args);
    const uint8_t *tab = memchr(name.p, '\t', name.n);
    struct fail why;

    if (tab) { // a tab stands between as well
        value = slice_trim(slice_of(tab, (size_t)(value.p + value.n - tab)));
        name.n = (uint32_t)(tab - name.p);
    }
    if (!name.n || !value.n)
        return load_fatal(l, at,
                          "a variable needs a name and a value: ipvar HOME_NET 10.0.0.0/8");
    if (!variable_set(&l->vars, kind, name, value, false, &why))
        return load_fatal(l, at, "%s", why.text);
    if (kind != LIST_EITHER && !list_read(&l->vars, kind, value, NULL, &why))
        return load_fatal(l, at, "%.*s: %s", SLICE(name), why.text);
    return true;
}

static bool read_ipvar(struct load *l, struct slice args, const struct place *at)
{
    return set_variable(l, LIST_ADDRESSES, args, at);
}
static bool read_portvar(struct load *l, struct slice args, const struct place *at)
{
    return set_variable(l, LIST_PORTS, args, at);
}
static bool read_var(struct load *l, struct slice args, const struct place *at)
{
    return set_variable(l, LIST_EITHER, args, at);
}

static bool read_include(struct load *l, struct slice args, const struct place *at)
{
    char path[4096];
    struct fail why;

    if (!args.n)
        return load_fatal(l, at, "include needs a file");
    if (!load_path(l, slice_unquote(args), path, sizeof(path), &why))
        return load_fatal(l, at, "include: %s", why.text);
    return load_file(l, keep_text(l->lasting, slice_str(path)), at);
}

// ---------------------------------------------------------------- config

static bool read_queue(struct load *l, struct slice args, const struct place *at)
{
    struct rules *set = l->set;
    uint64_t v;

    while ((args = slice_trim(args)).n) {
        struct slice word = slice_cut(&args, ' ');
        args = slice_trim(args);
        struct slice value = slice_cut(&args, ' ');
        while (word.n && word.p[word.n - 1] == ',')
            word.n--;
        while (value.n && value.p[value.n - 1] == ',')
            value.n--;
        if (slice_is(word, "order_events")) {
            set->by_priority = slice_is(value, "priority");
            if (!set->by_priority && !slice_is(value, "content_length"))
                return load_fatal(l, at,
                                  "config event_queue: order_events is priority or "
                                  "content_length, not \"%.*s\"",
                                  SLICE(value));
        } else if (!slice_u64(value, 100000, &v) || !v) {
            return load_fatal(l, at, "config event_queue: %.*s needs a number from 1",
                              SLICE(word));
        } else if (slice_is(word, "max_queue")) {
            set->max_queue = (uint32_t)v;
        } else if (slice_is(word, "log")) {
            set->log = (uint32_t)v;
        } else {
            return load_fatal(l, at,
                              "config event_queue takes max_queue, log and order_events, "
                              "not \"%.*s\"",
                              SLICE(word));
        }
    }
    return true;
}

static bool read_class(struct load *l, struct slice args, const struct place *at)
{
    struct slice name = slice_cut(&args, ','), text = slice_cut(&args, ',');
    uint64_t v;

    if (!name.n || !slice_u64(slice_trim(args), 255, &v))
        return load_fatal(l, at, "config classification needs a name, a text and a priority");
    l->class_line = grow_array(&l->scratch, l->class_line, sizeof(*l->class_line), l->n_classes,
                               &l->room_classes);
    l->class_line[l->n_classes++] = (struct class_line){
        keep_text(l->lasting, name), keep_text(l->lasting, text), (uint32_t)v};
    return true;
}

static bool read_numbering(struct load *l, struct slice args, const struct place *at)
{
    l->set->dnp3_shipped_numbers = slice_is(args, "shipped");
    notice_renumber(l);
    return l->set->dnp3_shipped_numbers || slice_is(args, "documented") ||
           load_fatal(l, at,
                      "config dnp3_event_numbering is documented or shipped, not \"%.*s\"",
                      SLICE(args));
}

static bool read_limit(struct load *l, struct slice args, const struct place *at, uint32_t *to)
{
    uint64_t v;

    if (slice_is(args, "-1")) // Snort: no limit; there always is one here
        v = 1000000;
    else if (!slice_u64(args, 10000000, &v) || !v)
        return load_fatal(l, at, "\"%.*s\" is no limit from 1 to 10000000", SLICE(args));
    *to = (uint32_t)v;
    return true;
}

static bool read_pcre_limit(struct load *l, struct slice args, const struct place *at)
{
    return read_limit(l, args, at, &l->set->pcre_limit);
}
static bool read_pcre_depth(struct load *l, struct slice args, const struct place *at)
{
    return read_limit(l, args, at, &l->set->pcre_depth);
}
static bool read_autogenerate(struct load *l, struct slice args, const struct place *at)
{
    l->set->autogenerate = true;
    return true;
}
static bool read_nothing(struct load *l, struct slice args, const struct place *at)
{
    return true;
}

static bool own_setting(struct load *l, struct slice name, struct slice value,
                        const struct place *at)
{
    const struct rule_reader *r = &l->request->reader;
    const char *text = keep_text(&l->scratch, name);
    struct fail why = {.text = ""};
    enum rule_setting got = RULE_SETTING_UNKNOWN;

    if (r->setting)
        got = r->setting(r->user, text, keep_text(&l->scratch, value), &why);
    if (got == RULE_SETTING_TAKEN)
        return true;
    if (got == RULE_SETTING_WRONG)
        return load_fatal(l, at, "config %s: %s", text, why.text);
    load_problem(l, RULE_NOTE, at, NULL, "config \"%.60s\" is not known and has no effect",
                 text);
    return true;
}

static bool read_config(struct load *l, struct slice args, const struct place *at)
{
    static const struct directive words[] = {
        {"binding", binding_read},
        {"event_queue", read_queue},
        {"classification", read_class},
        {"dnp3_event_numbering", read_numbering},
        {"pcre_match_limit", read_pcre_limit},
        {"pcre_match_limit_recursion", read_pcre_depth},
        {"autogenerate_preprocessor_decoder_rules", read_autogenerate},
        {"autogenerate_decoder_rules", read_autogenerate},
        {"reference", read_nothing},
        {"order", read_nothing},
        {"checksum_mode", read_nothing},
        {"default_rule_state", read_nothing},
        {"detection_filter", read_nothing},
        {"event_filter", read_nothing},
        {"policy_mode", read_nothing},
        {"policy_version", read_nothing},
        {"vlan_agnostic", read_nothing},
        {"ignore_ports", read_nothing},
    };
    struct slice value = args, name = slice_cut(&value, ':');

    if (memchr(name.p, ' ', name.n)) { // config NAME VALUE
        value = args;
        name = slice_cut(&value, ' ');
    }
    value = slice_trim(value);
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (slice_is(name, words[i].word))
            return words[i].read(l, value, at);
    if (!name.n)
        return load_fatal(l, at, "config needs a name and a value: config flow_idle_udp: 60s");
    return own_setting(l, name, value, at);
}

// track_tcp no: DNP3 needs what it says not to make.
static void note_streams(struct load *l, struct slice args, const struct place *at)
{
    while (args.n) {
        struct slice value = slice_cut(&args, ','), word = slice_cut(&value, ' ');
        if (slice_is(word, "track_tcp") && slice_is(slice_trim(value), "no"))
            l->no_streams = *at;
    }
}

static bool read_preprocessor(struct load *l, struct slice args, const struct place *at)
{
    struct slice rest = args, name = slice_cut(&rest, ':');

    if (slice_is(name, "dnp3"))
        return dnp3_policy_read(l, slice_trim(rest), at);
    if (slice_is(name, "stream5_global") || slice_is(name, "stream_global"))
        note_streams(l, rest, at);
    const char *text = keep_text(&l->scratch, slice_of(name.p, min_u32(name.n, 60)));
    struct nearest n = {.word = text};
    nearest_try(&n, "dnp3");
    load_problem(l, RULE_NOTE, at, NULL, "preprocessor \"%s\" has no effect here%s", text,
                 nearest_hint(n.best));
    return true;
}

// ---------------------------------------------------------------- filters

static bool read_suppress(struct load *l, struct slice args, const struct place *at)
{
    return filter_read(l, FILTER_SUPPRESS, args, at);
}
static bool read_event_filter(struct load *l, struct slice args, const struct place *at)
{
    return filter_read(l, FILTER_EVENT, args, at);
}
static bool read_rate_filter(struct load *l, struct slice args, const struct place *at)
{
    return filter_read(l, FILTER_RATE, args, at);
}
static bool read_output(struct load *l, struct slice args, const struct place *at)
{
    load_problem(l, RULE_NOTE, at, NULL, "this line has no effect here");
    return true;
}

// ---------------------------------------------------------------- all

static const struct directive directives[] = {
    {"config", read_config},
    {"preprocessor", read_preprocessor},
    {"include", read_include},
    {"ipvar", read_ipvar},
    {"portvar", read_portvar},
    {"var", read_var},
    {"event_filter", read_event_filter},
    {"threshold", read_event_filter},
    {"suppress", read_suppress},
    {"rate_filter", read_rate_filter},
    {"output", read_output},
    {"dynamicpreprocessor", read_output},
    {"dynamicengine", read_output},
    {"dynamicdetection", read_output},
    {"attribute_table", read_output},
    {"ruletype", read_output},
};

// A # begins a comment at the end of a directive, behind a blank.
static struct slice strip_comment(struct slice s)
{
    for (uint32_t i = 1; i < s.n; i++)
        if (s.p[i] == '#' && (s.p[i - 1] == ' ' || s.p[i - 1] == '\t'))
            return slice_of(s.p, i);
    return s;
}

static struct slice first_word(struct slice *s)
{
    uint32_t n = 0;

    while (n < s->n && !memchr(" \t:(", s->p[n], 4))
        n++;
    struct slice word = slice_of(s->p, n);
    s->p += n;
    s->n -= n;
    *s = slice_trim(*s);
    if (s->n && s->p[0] == ':')
        *s = slice_trim(slice_of(s->p + 1, s->n - 1));
    return word;
}

static bool not_understood(struct load *l, struct slice word, const struct place *at)
{
    const char *text = keep_text(&l->scratch, slice_of(word.p, min_u32(word.n, 60)));
    struct nearest n = {.word = text};

    for (size_t i = 0; i < COUNT_OF(directives); i++)
        nearest_try(&n, directives[i].word);
    nearest_try(&n, "alert");
    if (!l->rules_only)
        return load_fatal(l, at, "\"%s\" is not understood%s", text, nearest_hint(n.best));
    l->set->totals.refused++;
    load_problem(l, RULE_REFUSED, at, NULL, "\"%s\" begins neither a rule nor a directive%s",
                 text, nearest_hint(n.best));
    return true;
}

bool directive_read(struct load *l, const struct statement *st)
{
    struct slice rest = slice_trim(strip_comment(st->text));
    struct slice word = first_word(&rest);
    struct place at = load_place(l, st, 0);

    for (size_t i = 0; i < COUNT_OF(directives); i++)
        if (slice_is(word, directives[i].word))
            return st->too_long
                       ? load_fatal(l, &at, "the line is longer than %d bytes", STATEMENT_MOST)
                       : directives[i].read(l, rest, &at);
    return not_understood(l, word, &at);
}
