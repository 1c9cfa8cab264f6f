// SPDX-License-Identifier: Apache-2.0
// One rule: its header and options become tests. What cannot be honoured is refused whole.
#include "rule/parse.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/nearest.h"
#include "rule/notice.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

#include "rule/option_which.h"

static const struct option_word option_words[] = {
#define OPTION(word, reader, which) {word, option_##reader, which},
#include "rule/option.def"
#undef OPTION
};

static const struct {
    const char *name;
    uint8_t order;
} actions[ACTIONS] = {
#define ACTION(name, order, verdict) {#name, order},
#include "rule/action.def"
#undef ACTION
};

const char *const dialect_name[DIALECTS] = {"snort2", "snort3", "suricata"};

const struct option_word *option_find(struct slice name)
{
    int first = name.n ? tolower(name.p[0]) : 0;

    for (size_t i = 0; i < COUNT_OF(option_words); i++)
        if (option_words[i].word[0] == first && slice_is_any_case(name, option_words[i].word))
            return &option_words[i];
    return NULL;
}

// What many rules have that are for another program is looked up once.
const char *option_nearest(struct load *l, struct slice name)
{
    char word[64];
    struct nearest n = {.word = word};

    for (uint32_t i = 0; i < l->n_unknown; i++)
        if (slice_is(name, l->unknown[i].word))
            return nearest_hint(l->unknown[i].best);
    snprintf(word, sizeof(word), "%.*s", SLICE(name));
    for (size_t i = 0; i < COUNT_OF(option_words); i++)
        nearest_try(&n, option_words[i].word);
    if (l->n_unknown < UNKNOWN_MOST) {
        l->unknown = grow_array(&l->scratch, l->unknown, sizeof(*l->unknown), l->n_unknown,
                                &l->room_unknown);
        l->unknown[l->n_unknown++] =
            (struct nearest){.word = keep_text(&l->scratch, name), .best = n.best};
    }
    return nearest_hint(n.best);
}

bool parse_wrong(struct parse *p, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(p->why.text, sizeof(p->why.text), fmt, ap);
    va_end(ap);
    return false;
}

void *parse_take(struct parse *p, size_t n)
{
    return arena_zero(p->load->lasting, n);
}

bool parse_nothing(struct parse *p, struct slice arg)
{
    return !arg.n || parse_wrong(p, "takes no argument");
}

struct rule_option *parse_add(struct parse *p,
                              bool (*test)(struct match *, const struct rule_option *),
                              const void *arg)
{
    if (p->n_options == OPTIONS_MOST) {
        parse_wrong(p, "a rule has at most %d tests", OPTIONS_MOST);
        return NULL;
    }
    struct rule_option *o = &p->option[p->n_options++];
    *o = (struct rule_option){
        .test = test, .arg = arg, .buffer = (uint8_t)p->buffer, .or_absent = p->or_absent};
    o->word = keep_text(p->load->lasting, p->now->name);
    o->where = load_place(p->load, p->raw->statement, p->now->at);
    return o;
}

int parse_variable(struct parse *p, struct slice name)
{
    for (unsigned i = 0; i < p->n_variables; i++)
        if (slice_is(name, p->variable[i]))
            return (int)i;
    if (p->n_variables == VARIABLES_MOST)
        return -1;
    p->variable[p->n_variables] = keep_text(&p->load->scratch, name);
    return (int)p->n_variables++;
}

bool parse_value(struct parse *p, struct slice s, int32_t *v, int8_t *var)
{
    *var = -1;
    *v = 0;
    if (slice_i32(s, v))
        return true;
    for (unsigned i = 0; i < p->n_variables; i++) {
        if (slice_is(s, p->variable[i])) {
            *var = (int8_t)i;
            return true;
        }
    }
    return parse_wrong(p, "\"%.*s\" is neither a number nor a variable of this rule", SLICE(s));
}

// ---------------------------------------------------------------- header

struct proto_word {
    const char *word;
    uint8_t classes, net, ip_proto;
};
enum {
    TCP = 1 << CLASS_TCP,
    UDP = 1 << CLASS_UDP,
    ICMP = 1 << CLASS_ICMP,
    OTHER = 1 << CLASS_OTHER,
    ANY_CLASS = TCP | UDP | ICMP | OTHER
};
static const struct proto_word proto_words[] = {
    {"tcp", TCP, 0, 0},
    {"tcp-pkt", TCP, 0, 0},
    {"tcp-stream", TCP, 0, 0},
    {"udp", UDP, 0, 0},
    {"icmp", ICMP, 0, 0},
    {"icmpv4", ICMP, 4, 0},
    {"icmpv6", ICMP, 6, 0},
    {"ip", ANY_CLASS, 0, 0},
    {"pkthdr", ANY_CLASS, 0, 0},
    {"ether", ANY_CLASS, 0, 0},
    {"ipv4", ANY_CLASS, 4, 0},
    {"ip4", ANY_CLASS, 4, 0},
    {"ipv6", ANY_CLASS, 6, 0},
    {"ip6", ANY_CLASS, 6, 0},
    {"sctp", OTHER, 0, PROTO_SCTP},
    {"igmp", OTHER, 0, PROTO_IGMP},
    {"esp", OTHER, 0, 50},
    {"ah", OTHER, 0, PROTO_AH},
    {"gre", OTHER, 0, PROTO_GRE},
};
static const struct {
    const char *word, *service;
} service_words[] = {
#define SERVICE(word, service) {word, service},
#include "rule/service.def"
#undef SERVICE
};

static bool read_service(struct parse *p, struct slice word)
{
    struct rule *r = p->rule;

    for (size_t i = 0; i < COUNT_OF(service_words); i++) {
        if (!slice_is_any_case(word, service_words[i].word))
            continue;
        r->classes = TCP | UDP;
        if (!strcmp(service_words[i].word, "file"))
            return true;
        r->service = (uint8_t)load_service(p->load, service_words[i].service);
        return r->service || parse_wrong(p, "too many different protocols");
    }
    char text[64];
    struct nearest n = {.word = text};
    snprintf(text, sizeof(text), "%.*s", SLICE(word));
    for (size_t i = 0; i < COUNT_OF(service_words); i++)
        nearest_try(&n, service_words[i].word);
    for (size_t i = 0; i < COUNT_OF(proto_words); i++)
        nearest_try(&n, proto_words[i].word);
    return parse_wrong(p, "the protocol \"%s\" is not known%s", text, nearest_hint(n.best));
}

static bool read_proto(struct parse *p, struct slice word)
{
    struct rule *r = p->rule;
    struct slice hook = word;

    word = slice_cut(&hook, ':'); // where in a connection Suricata asks it: anywhere with us
    for (size_t i = 0; i < COUNT_OF(proto_words); i++) {
        if (!slice_is_any_case(word, proto_words[i].word))
            continue;
        r->classes = proto_words[i].classes;
        r->net = proto_words[i].net;
        r->ip_proto = proto_words[i].ip_proto;
        if (slice_is_any_case(word, "tcp-pkt"))
            r->flow |= FLOW_NO_STREAM;
        if (slice_is_any_case(word, "tcp-stream"))
            r->flow |= FLOW_ONLY_STREAM;
        return true;
    }
    return read_service(p, word);
}

static bool read_action(struct parse *p, struct slice word)
{
    char text[64];
    struct nearest n = {.word = text};

    for (unsigned i = 0; i < ACTIONS; i++)
        if (slice_is_any_case(word, actions[i].name)) {
            p->rule->action = (uint8_t)i;
            return true;
        }
    snprintf(text, sizeof(text), "%.*s", SLICE(word));
    if (slice_is(word, "config") || slice_is(word, "activate") || slice_is(word, "dynamic"))
        return parse_wrong(p, "the action \"%s\" is not for a passive engine", text);
    for (unsigned i = 0; i < ACTIONS; i++)
        nearest_try(&n, actions[i].name);
    return parse_wrong(p, "the action \"%s\" is not known%s", text, nearest_hint(n.best));
}

// An address or port list of the header; *set stays NULL for any.
static bool read_set(struct parse *p, enum list_kind kind, unsigned word,
                     const struct ranges **set)
{
    struct variable *missing = NULL;
    const struct ranges *s =
        list_read(&p->load->vars, kind, p->raw->word[word], &missing, &p->why);

    if (!s) {
        if (missing) {
            struct place at = load_place(p->load, p->raw->statement, p->raw->word_at[word]);
            if (!missing->cost++) {
                missing->file = at.file;
                missing->line = at.line;
                missing->column = at.column;
            }
            p->skip = true;
        }
        return false;
    }
    *set = ranges_same(s, kind == LIST_PORTS ? &ranges_all_ports : &ranges_all_addresses) ? NULL
                                                                                          : s;
    return true;
}

static bool read_direction(struct parse *p, struct slice word)
{
    p->rule->both_ways = slice_is(word, "<>");
    if (p->rule->both_ways || slice_is(word, "->"))
        return true;
    if (slice_is(word, "=>"))
        return parse_wrong(p, "rules over request and answer at once (=>) are not supported");
    return parse_wrong(p, "the direction \"%.*s\" is neither -> nor <>", SLICE(word));
}

// false: *at is the word that is wrong.
static bool read_header(struct parse *p, unsigned *at)
{
    struct rule *r = p->rule;
    const struct raw_rule *raw = p->raw;

    *at = 0;
    r->classes = ANY_CLASS;
    r->short_header = raw->words < HEADER_WORDS;
    if (!read_action(p, raw->word[0]))
        return false;
    if (raw->words == 1)
        return true;
    if (*at = 1, !read_proto(p, raw->word[1]))
        return false;
    if (raw->words == 2)
        return true;
    if (*at = 4, !read_direction(p, raw->word[4]))
        return false;
    if (*at = 2, !read_set(p, LIST_ADDRESSES, 2, &r->src))
        return false;
    if (*at = 5, !read_set(p, LIST_ADDRESSES, 5, &r->dst))
        return false;
    if (*at = 3, !read_set(p, LIST_PORTS, 3, &r->sport))
        return false;
    if (*at = 6, !read_set(p, LIST_PORTS, 6, &r->dport))
        return false;
    if (!(r->classes & (TCP | UDP)) || r->classes == ANY_CLASS)
        r->sport = r->dport = NULL; // no ports in these
    return true;
}

// ---------------------------------------------------------------- options

static bool read_options(struct parse *p)
{
    for (unsigned i = 0; i < p->raw->n_options; i++) {
        p->now = &p->raw->option[i];
        const struct option_word *w = option_find(p->now->name);
        if (!w)
            return parse_wrong(p, "unknown option \"%.*s\"%s", SLICE(p->now->name),
                               option_nearest(p->load, p->now->name));
        if (!w->read(p, p->now->value, w->which))
            return false;
    }
    p->now = NULL;
    return true;
}

// Which options may be asked again further right: those whose place a later option depends on,
// before another one sets the cursor of that buffer without looking at it.
static void find_again(struct parse *p)
{
    for (unsigned i = 0; i < p->n_options; i++) {
        struct rule_option *o = &p->option[i];
        if (!o->sets)
            continue;
        for (unsigned k = i + 1; k < p->n_options && !o->again; k++) {
            if (p->option[k].depends)
                o->again = true;
            else if (p->option[k].sets && p->option[k].buffer == o->buffer)
                break;
        }
    }
}

static void find_floating(struct rule *r)
{
    r->floating = true;
    for (unsigned i = 0; i < r->n_options; i++)
        if ((r->option[i].fixed && r->option[i].buffer == BUF_pkt_data) || r->derives)
            r->floating = false;
}

static void find_quick(struct rule *r)
{
    r->quick = -1;
    for (int i = r->n_options - 1; i >= 0; i--)
        if (r->option[i].quick)
            r->quick = (int16_t)i;
}

// A conversation without a protocol that has packets of its own is asked about each time.
static void find_once(struct parse *p)
{
    struct rule *r = p->rule;
    bool names = r->n_options > 0;

    for (unsigned i = 0; i < r->n_options; i++)
        names = names && r->option[i].names_service;
    if (r->dialect != DIALECT_SURICATA || r->service || r->odd[0])
        return;
    if (names)
        r->once = ONCE_IDENTIFIED, p->load->set->remembers = true;
    else if (!r->n_options && !p->asks_flow && !r->sport && !r->dport && !r->services)
        r->once = ONCE_A_SIDE;
}

static void find_effect(struct rule *r)
{
    r->changes = r->change || r->host;
    r->idle = r->noalert && !r->changes && r->action != ACTION_pass;
    r->open = !r->once && !r->ip_proto && !r->net && !r->service && !r->flow && !r->payload &&
              !r->src && !r->dst && !r->sport && !r->dport;
}

static void find_kinds(struct parse *p)
{
    struct rule *r = p->rule;
    bool streamed = r->payload || r->service || p->uses_service || r->services;

    if (r->odd[0])
        r->kinds = 1 << UNIT_ODD;
    else if (r->dnp3)
        r->kinds = 1 << UNIT_DNP3;
    else if (r->flow & FLOW_NO_STREAM || (!streamed && !(r->flow & FLOW_ONLY_STREAM)))
        r->kinds = 1 << UNIT_PACKET;
    else
        r->kinds = 1 << UNIT_STREAM;
}

// What rules of other generators mean, that have no test: an event of that number.
static void find_builtin(struct parse *p)
{
    struct rule *r = p->rule;

    if (r->odd[0] || r->gid == 1 || r->n_options || r->action == ACTION_file_id)
        return;
    if (!notice_of_generator(p->load->set, r->gid, r->sid, r->odd))
        p->silent = true;
}

static bool finish(struct parse *p)
{
    struct rule *r = p->rule;

    if (!p->n_options && r->gid != 1 && !builtin_event(p))
        return false;
    if (!r->sid && r->gid == 1)
        return parse_wrong(p, "a rule needs its number: sid:1000001;");
    for (unsigned i = 0; i < p->n_options; i++) // the next of many might fit better
        if (p->many >> p->option[i].buffer & 1)
            p->option[i].depends = true;
    find_again(p);
    r->n_options = (uint16_t)p->n_options;
    r->option = arena_take(p->load->lasting, sizeof(*r->option) * p->n_options);
    memcpy(r->option, p->option, sizeof(*r->option) * p->n_options);
    for (unsigned i = 0; i < p->n_options; i++)
        r->buffers |= UINT64_C(1) << p->option[i].buffer;
    r->plain = r->buffers == UINT64_C(1) << BUF_pkt_data && !r->service && !p->uses_service;
    fast_choose(r);
    find_floating(r);
    find_once(p);
    find_effect(r);
    find_quick(r);
    find_builtin(p);
    find_kinds(p);
    return true;
}

// ---------------------------------------------------------------- into the set

static uint32_t key_hash(const struct rule *r)
{
    return (uint32_t)hash_mix((uint64_t)r->gid << 32 | r->sid, r->policy);
}

static struct rule *find_same(const struct load *l, const struct rule *r)
{
    map_each (&l->keys, key_hash(r), at, i) {
        struct rule *o = l->set->rule[i];
        if (o->gid == r->gid && o->sid == r->sid && o->policy == r->policy)
            return o;
    }
    return NULL;
}

static void keep(struct load *l, struct rule *r)
{
    struct rules *set = l->set;
    struct rule *same = find_same(l, r);

    if (same) {
        set->totals.duplicates++;
        bool newer = r->rev > same->rev;
        load_problem(l, RULE_NOTE, &r->where, NULL,
                     "rule %u:%u rev %u stands in %s:%u, too (rev %u): %s", r->gid, r->sid,
                     r->rev, same->where.file, same->where.line, same->rev,
                     newer ? "this one replaces it" : "this one is left out");
        if (newer) {
            r->number = same->number;
            set->rule[same->number] = r;
        }
        return;
    }
    set->rule = grow_array(&set->arena, set->rule, sizeof(struct rule *), set->n_rules,
                           &set->room_rules);
    r->number = set->n_rules;
    set->rule[set->n_rules++] = r;
    map_add(&l->keys, key_hash(r), r->number);
}

static void refuse(struct parse *p, uint32_t at, const char *option)
{
    struct load *l = p->load;
    struct place place = load_place(l, p->raw->statement, at);

    l->set->totals.refused++;
    load_problem(l, RULE_REFUSED, &place, option, "%s", p->why.text);
}

void rule_read(struct load *l, const struct raw_rule *raw, enum dialect dialect)
{
    struct rule *r = arena_zero(l->lasting, sizeof(*r));
    struct parse p = {.load = l, .rule = r, .raw = raw, .dialect = dialect};
    unsigned word;

    *r = (struct rule){
        .gid = 1, .priority = 3, .policy = (uint8_t)l->policy, .dialect = (uint8_t)dialect};
    r->msg = r->class_name = r->class_text = "";
    r->where = load_place(l, raw->statement, raw->word_at[0]);
    if (!read_header(&p, &word)) {
        if (p.skip)
            l->set->totals.refused++;
        else
            refuse(&p, raw->word_at[word], NULL);
        return;
    }
    if (!read_options(&p) || !finish(&p)) {
        if (p.skip)
            load_problem(l, RULE_NOTE, &r->where, NULL, "%s", p.why.text);
        else
            refuse(&p, p.now ? p.now->at : raw->word_at[0],
                   p.now && option_find(p.now->name) ? keep_text(l->lasting, p.now->name)
                                                     : NULL);
        return;
    }
    if (p.silent)
        notice_silent(l, r);
    keep(l, r);
}
