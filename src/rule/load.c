// SPDX-License-Identifier: Apache-2.0
// Loading: files and what they include, problems, and the finished set.
#include "rule/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "rule/filter_line.h"
#include "rule/group.h"
#include "rule/notice.h"
#include "rule/parse.h"
#include "rule/pcre.h"
#include "rule/service.h"

enum { RULES_MOST = 1 << 20, PROBLEMS_MOST = 100000 };

const char *const known_service[SERVICES_KNOWN] = {
    [SERVICE_NONE] = "",         [SERVICE_HTTP] = "http",
    [SERVICE_MODBUS] = "modbus", [SERVICE_DNP3] = "dnp3",
    [SERVICE_ENIP] = "enip",     [SERVICE_IEC104] = "iec104",
    [SERVICE_DNS] = "dns",       [SERVICE_TLS] = "ssl",
    [SERVICE_DCE] = "dce_rpc",   [SERVICE_FTP_DATA] = "ftp_data",
    [SERVICE_FTP] = "ftp",       [SERVICE_SSH] = "ssh",
    [SERVICE_NTP] = "ntp"};

// ---------------------------------------------------------------- small things

void *grow_array(struct arena *a, void *old, size_t size, uint32_t n, uint32_t *room)
{
    if (n < *room)
        return old;
    *room = *room ? *room * 2 : 16;
    void *fresh = arena_take(a, size * *room);
    if (n)
        memcpy(fresh, old, size * n);
    return fresh;
}

const char *keep_text(struct arena *a, struct slice s)
{
    char *to = arena_take(a, s.n + 1u);

    if (s.n)
        memcpy(to, s.p, s.n);
    to[s.n] = 0;
    return to;
}

struct place load_place(const struct load *l, const struct statement *st, uint32_t offset)
{
    struct place at = {.file = l->file[l->depth]};

    statement_place(st, offset, &at.line, &at.column);
    return at;
}

// What a file's bytes say must not command a terminal.
static void make_plain(char *text)
{
    for (; *text; text++)
        if ((uint8_t)*text < ' ' || (uint8_t)*text >= 0x7f)
            *text = '?';
}

void load_problem(struct load *l, enum rule_trouble t, const struct place *at,
                  const char *option, const char *fmt, ...)
{
    struct rules *set = l->set;
    char text[600];
    va_list ap;

    set->totals.notes += t == RULE_NOTE;
    if (set->n_problems == PROBLEMS_MOST)
        return;
    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    make_plain(text);
    set->problem = grow_array(&set->arena, set->problem, sizeof(*set->problem), set->n_problems,
                              &set->room_problems);
    set->problem[set->n_problems++] = (struct rule_problem){
        t, at->file, at->line, at->column, option, keep_text(&set->arena, slice_str(text))};
}

bool load_fatal(struct load *l, const struct place *at, const char *fmt, ...)
{
    char text[400];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    make_plain(text);
    return failed(l->fatal, "%.100s:%u:%u: %s", at->file, at->line, at->column, text);
}

int load_name(struct load *l, const char ***names, uint32_t *n, uint32_t *room, uint32_t most,
              struct slice name)
{
    for (uint32_t i = 0; i < *n; i++)
        if (slice_is(name, (*names)[i]))
            return (int)i;
    if (*n == most)
        return -1;
    *names = grow_array(&l->scratch, *names, sizeof(**names), *n, room);
    (*names)[*n] = keep_text(&l->scratch, name);
    return (int)(*n)++;
}

unsigned load_service(struct load *l, const char *name)
{
    struct rules *set = l->set;

    for (unsigned i = 1; i < set->n_services; i++)
        if (!strcmp(set->service[i], name))
            return i;
    if (set->n_services == SERVICES_MOST)
        return 0;
    set->service[set->n_services] = name;
    return set->n_services++;
}

const struct class_line *load_class(const struct load *l, const char *name)
{
    for (uint32_t i = l->n_classes; i-- > 0;) // a later line stands for an earlier one
        if (!strcmp(l->class_line[i].name, name))
            return &l->class_line[i];
    return NULL;
}

// ---------------------------------------------------------------- one file

static bool is_firewall(struct slice t)
{
    static const char *const words[] = {"accept", "drop",      "reject",    "alert",
                                        "pass",   "rejectsrc", "rejectdst", "rejectboth"};
    const uint8_t *colon = memchr(t.p, ':', min_u32(t.n, sizeof("rejectboth:")));

    if (!colon || colon + 1 == t.p + t.n)
        return false;
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (slice_is(slice_of(t.p, (size_t)(colon - t.p)), words[i]))
            return true;
    return false;
}

static bool looks_like_rule(const struct statement *st)
{
    struct slice rest = st->text;
    uint32_t n = 0;

    while (n < rest.n && !memchr(" \t(", rest.p[n], 3))
        n++;
    if (is_rule_word(slice_of(rest.p, n)))
        return true;
    return !slice_is(slice_of(rest.p, n), "config") && memchr(rest.p, '(', rest.n) &&
           memmem(rest.p, rest.n, "sid", 3);
}

// The dialect that most of the file's rules show; snort2 if none does.
static enum dialect file_dialect(struct load *l, struct slice bytes)
{
    uint32_t votes[DIALECTS + 1] = {0}, at;
    struct source s = source_of(bytes, &l->scratch, l->room);
    struct statement st;
    struct fail ignored;

    while (source_next(&s, &st))
        if (is_rule_word(
                slice_of(st.text.p, (uint32_t)strcspn((const char *)st.text.p, " \t("))) &&
            raw_read(l->raw, &st, &at, &ignored))
            votes[raw_dialect(l->raw)]++;
    return votes[DIALECT_SURICATA] > votes[DIALECT_SNORT3] ? DIALECT_SURICATA
           : votes[DIALECT_SNORT3]                         ? DIALECT_SNORT3
                                                           : DIALECT_SNORT2;
}

// `# dialect: suricata` in the file, or --dialect.
static enum dialect told_dialect(const struct load *l, struct slice bytes)
{
    static const char mark[] = "# dialect:";
    const uint8_t *at = bytes.n ? memmem(bytes.p, bytes.n, mark, sizeof(mark) - 1) : NULL;
    struct slice word = {0};

    if (l->request->dialect)
        word = slice_str(l->request->dialect);
    else if (at && (at == bytes.p || at[-1] == '\n')) {
        word = slice_of(at + sizeof(mark) - 1,
                        (size_t)(bytes.p + bytes.n - at) - sizeof(mark) + 1);
        word = slice_trim(slice_cut(&word, '\n'));
    }
    for (unsigned i = 0; i < DIALECTS; i++)
        if (slice_is(word, dialect_name[i]))
            return (enum dialect)i;
    return DIALECTS;
}

// usual: the dialect of the file's other rules, DIALECTS as long as nobody asked.
static enum dialect rule_dialect(struct load *l, const struct statement *st, struct slice file,
                                 enum dialect *usual)
{
    enum dialect own = raw_dialect(l->raw);
    struct fail ignored;
    uint32_t at;

    if (own != DIALECTS)
        return own;
    if (*usual == DIALECTS) {
        *usual = file_dialect(l, file);
        (void)raw_read(l->raw, st, &at, &ignored); // there is room for one only
    }
    return *usual;
}

static void read_rule(struct load *l, const struct statement *st, struct slice file,
                      enum dialect told, enum dialect *usual)
{
    struct fail why;
    uint32_t at;

    if (is_firewall(st->text)) {
        struct place place = load_place(l, st, 0);
        if (!l->firewall_noted)
            load_problem(l, RULE_NOTE, &place, NULL,
                         "lines in the syntax of firewall rules are left out");
        l->firewall_noted = true;
        return;
    }
    if (!raw_read(l->raw, st, &at, &why)) {
        struct place place = load_place(l, st, at);
        l->set->totals.refused++;
        load_problem(l, RULE_REFUSED, &place, NULL, "%s", why.text);
        return;
    }
    rule_read(l, l->raw, told != DIALECTS ? told : rule_dialect(l, st, file, usual));
}

static bool read_statements(struct load *l, struct slice bytes)
{
    enum dialect told = told_dialect(l, bytes), usual = DIALECTS;
    struct source s = source_of(bytes, &l->scratch, l->room);
    struct statement st;

    l->firewall_noted = false;
    while (source_next(&s, &st)) {
        if (looks_like_rule(&st) || is_firewall(st.text))
            read_rule(l, &st, bytes, told, &usual);
        else if (!directive_read(l, &st))
            return false;
    }
    return true;
}

bool load_file(struct load *l, const char *path, const struct place *from)
{
    const struct rule_reader *r = &l->request->reader;
    struct slice bytes = {0};
    struct fail why;

    for (unsigned i = 1; i <= l->depth; i++)
        if (!strcmp(l->file[i], path))
            return load_fatal(l, from, "%s includes itself", path);
    if (l->depth == INCLUDE_DEPTH)
        return load_fatal(l, from, "files include each other more than %d deep", INCLUDE_DEPTH);
    if (!r->read(r->user, path, &bytes, &why))
        return from ? load_fatal(l, from, "%.200s: %.150s", path, why.text)
                    : failed(l->fatal, "%.200s: %s", path, why.text);
    l->file[++l->depth] = path;
    bool good = read_statements(l, bytes);
    l->depth--;
    return good;
}

bool load_path(struct load *l, struct slice s, char *to, size_t room, struct fail *f)
{
    const char *here = l->file[l->depth], *slash = here ? strrchr(here, '/') : NULL;
    char name[2048];

    if (!variables_expand(&l->vars, s, name, sizeof(name), f))
        return false;
    if (name[0] == '/' || !slash)
        snprintf(to, room, "%s", name);
    else
        snprintf(to, room, "%.*s/%s", (int)(slash - here), here, name);
    return true;
}

// ---------------------------------------------------------------- the set

static bool set_variables(struct load *l)
{
    for (const char *const *s = l->request->set; s && *s; s++) {
        const char *equal = strchr(*s, '=');
        struct fail why;
        if (!equal || !variable_set(&l->vars, LIST_EITHER, slice_of(*s, (size_t)(equal - *s)),
                                    slice_str(equal + 1), true, &why))
            return failed(l->fatal, "-S takes NAME=value, not \"%.60s\"", *s);
    }
    return true;
}

// The rules for the events of DNP3 that are on without a configuration, and those that
// `config autogenerate_preprocessor_decoder_rules` makes.
static bool add_generated(struct load *l)
{
    static const char *const text[] = {
        NULL,
        "DNP3 link-layer frame contains an invalid CRC",
        "DNP3 link-layer frame was dropped: invalid length",
        "DNP3 transport-layer segment was dropped during reassembly",
        "DNP3 reassembly buffer was cleared before a fragment was complete",
        "DNP3 link-layer frame is larger than 260 bytes",
        "DNP3 link-layer frame uses a reserved address",
        "DNP3 request or response uses a reserved function code"};
    bool all = l->set->autogenerate;
    unsigned most = l->set->dnp3_shipped_numbers ? 6 : 7;
    struct text t = {0};

    if (!all && !l->request->shipped)
        return true;
    for (unsigned sid = 1; sid <= most; sid++) {
        unsigned meaning = sid + (l->set->dnp3_shipped_numbers && sid >= 5);
        if (meaning == 5 && !all) // legal frames, and frequent
            continue;
        text_printf(&t,
                    "alert ( msg:\"%s\"; gid:145; sid:%u; rev:1; "
                    "classtype:protocol-command-decode; )\n",
                    text[meaning], sid);
    }
    l->file[++l->depth] = "built-in rules";
    uint32_t before = l->set->n_rules;
    bool good = read_statements(l, text_slice(&t));
    l->set->totals.built_in = l->set->n_rules - before;
    l->depth--;
    text_free(&t);
    return good;
}

// What passes makes most others needless. Rules that set flowbits are tried before those that
// test them.
static int stage(const struct rule *r)
{
    if (!r->tests_bits)
        return r->action == ACTION_pass ? 0 : r->sets_bits ? 1 : 3;
    return r->sets_bits ? 2 : 3;
}

// One behind the other, they are also read that way.
static void order_rules(struct rules *set)
{
    struct rule **sorted = arena_take(&set->arena, (set->n_rules + 1) * sizeof(struct rule *));
    struct rule *all = arena_take(&set->arena, (set->n_rules + 1) * sizeof(*all));
    uint64_t *needed = arena_zero(&set->arena, (set->n_rules / 64 + 1) * sizeof(*needed));
    uint32_t n = 0;

    for (int s = 0; s <= 3; s++)
        for (uint32_t i = 0; i < set->n_rules; i++)
            if (stage(set->rule[i]) == s)
                all[n++] = *set->rule[i];
    for (uint32_t i = 0; i < n; i++) {
        all[i].number = i;
        sorted[i] = &all[i];
        set->n_pass += i == set->n_pass && all[i].action == ACTION_pass;
        if (rule_matters(&all[i]))
            needed[i / 64] |= UINT64_C(1) << i % 64;
    }
    set->rule = sorted;
    set->needed = needed;
}

static void count_missing(struct load *l)
{
    for (uint32_t i = 0; i < l->vars.n; i++) {
        const struct variable *v = &l->vars.at[i];
        struct place at = {v->file, v->line, v->column};
        if (v->missing && v->cost)
            load_problem(l, RULE_REFUSED, &at, NULL,
                         "the variable %s is not defined; %u %s it: set it with ipvar or "
                         "portvar, or with -S %s=...",
                         v->name, v->cost, v->cost == 1 ? "rule needs" : "rules need", v->name);
    }
}

static void sum_up(struct rules *set)
{
    set->totals.loaded = set->n_rules;
    set->remembers |= set->dce || set->n_flowbits + set->n_flowints;
    for (uint32_t i = 0; i < set->n_rules; i++) {
        struct rule *r = set->rule[i];
        r->rated = filter_rates(set, r);
        set->remembers |= r->action == ACTION_pass && r->dialect == DIALECT_SURICATA;
        set->totals.labels += r->action == ACTION_file_id;
        set->by_service |= r->service || r->services;
    }
}

// What a rate_filter counts needs a rule; one of the connections' events tells nothing by
// itself.
static bool add_counted(struct load *l)
{
    static const char *const msg[] = {NULL, "TCP SYN received", "TCP session established"};
    struct text t = {0};

    for (uint32_t sid = 1; sid < COUNT_OF(msg); sid++)
        if (filter_lacks_rule(l->set, 135, sid))
            text_printf(&t, "log ( msg:\"%s\"; gid:135; sid:%u; )\n", msg[sid], sid);
    l->file[++l->depth] = "built-in rules";
    uint32_t before = l->set->n_rules;
    bool good = read_statements(l, text_slice(&t));
    l->set->totals.built_in += l->set->n_rules - before;
    l->depth--;
    text_free(&t);
    return good;
}

static bool read_all(struct load *l)
{
    const struct rules_request *q = l->request;

    if (!set_variables(l))
        return false;
    if (q->config && !load_file(l, q->config, NULL))
        return false;
    if (!add_generated(l))
        return false;
    l->rules_only = true;
    for (const char *const *f = q->files; f && *f; f++)
        if (!load_file(l, *f, NULL))
            return false;
    l->rules_only = false;
    l->set->home = list_read(&l->vars, LIST_ADDRESSES, slice_str("$HOME_NET"), NULL, l->fatal);
    if (!l->set->home)
        return false;
    count_missing(l);
    return add_counted(l) && bindings_load(l);
}

// Options of DNP3 match where the preprocessor is on.
static void note_disabled(struct load *l)
{
    const struct rules *set = l->set;
    const struct rule *first = NULL;

    for (unsigned i = 0; i < set->n_policies; i++)
        if (!set->policy[i]->dnp3->disabled)
            return;
    for (uint32_t i = set->n_rules; i-- > 0;)
        if (set->rule[i]->dnp3)
            first = set->rule[i];
    if (first)
        load_problem(
            l, RULE_NOTE, &first->where, NULL,
            "rules with options of DNP3 match nothing: no policy has \"preprocessor dnp3\" on");
}

static bool finish(struct load *l)
{
    struct rules *set = l->set;
    const struct rule_problem *p;

    policies_default(l);
    note_disabled(l);
    if (!policies_have_streams(l))
        return false;
    order_rules(set);
    sum_up(set);
    if (l->request->strict && set->totals.refused) {
        for (p = set->problem; p->trouble != RULE_REFUSED;)
            p++;
        return failed(l->fatal, "%.100s:%u:%u: %.300s (%u refused in all)", p->file, p->line,
                      p->column, p->text, set->totals.refused);
    }
    return groups_build(l, l->fatal);
}

static void begin(struct load *l, const struct rules_request *q)
{
    static const struct class_line classes[] = {
#define CLASS(name, priority, text) {name, text, priority},
#include "rule/class.def"
#undef CLASS
    };
    struct rules *set = l->set;

    set->max_queue = set->log = 64;
    set->pcre_limit = 50000;
    set->pcre_depth = 5000;
    set->no_rate_limits = q->no_rate_limits;
    set->explain_sid = q->explain_sid;
    set->payload = q->payload;
    set->plain = q->plain;
    set->n_services = 1;
    for (unsigned i = 1; i < SERVICES_KNOWN; i++)
        load_service(l, known_service[i]);
    l->class_line = arena_take(&l->scratch, sizeof(classes));
    memcpy(l->class_line, classes, sizeof(classes));
    l->n_classes = l->room_classes = COUNT_OF(classes);
    l->raw = arena_take(&l->scratch, sizeof(*l->raw));
    l->room = arena_take(&l->scratch, sizeof(*l->room));
    map_init(&l->keys, NULL, RULES_MOST);
    variables_init(&l->vars, l->lasting);
    policies_begin(l);
}

struct rules *rules_load(const struct rules_request *q, struct fail *f)
{
    struct arena arena = {0};
    struct rules *set = arena_zero(&arena, sizeof(*set)); // which lies in its own arena
    struct load *l = mem_reserve(sizeof(*l));
    bool good;

    set->arena = arena;
    *l = (struct load){.set = set, .request = q, .lasting = &set->arena, .fatal = f};
    begin(l, q);
    good = read_all(l) && finish(l);
    map_close(&l->keys);
    arena_free(&l->scratch);
    mem_release(l, sizeof(*l));
    if (!good) {
        rules_free(set);
        return NULL;
    }
    return set;
}

void rules_free(struct rules *r)
{
    if (!r)
        return;
    groups_free(r);
    pcre_free_all(r);
    struct arena arena = r->arena;
    arena_free(&arena);
}

// ---------------------------------------------------------------- asking the set

bool rules_has(const struct rules *r, uint32_t sid)
{
    for (uint32_t i = 0; i < r->n_rules; i++)
        if (r->rule[i]->sid == sid)
            return true;
    return false;
}

const struct rules_totals *rules_totals(const struct rules *r)
{
    return &r->totals;
}

bool rules_problem(const struct rules *r, uint32_t i, struct rule_problem *p)
{
    if (i < r->n_problems)
        *p = r->problem[i];
    return i < r->n_problems;
}

void rule_problem_text(struct text *t, const struct rule_problem *p)
{
    size_t n = p->option ? strlen(p->option) : 0;

    text_printf(t, "%s:%u:%u: ", p->file, p->line, p->column);
    if (n && strncmp(p->text, p->option, n)) // most sentences begin with it
        text_printf(t, "%s: ", p->option);
    text_str(t, p->text);
}

uint64_t rules_wanted(const struct rules *r)
{
    return r->wanted;
}

// Where conversations have state, how much was sent is part of it.
struct rules_need rules_need(const struct rules *r)
{
    bool state = r->remembers || r->n_policies > 1;

    return (struct rules_need){.packets = r->kinds >> UNIT_PACKET & 1,
                               .streams = state || r->kinds >> UNIT_STREAM & 1,
                               .dnp3 = r->policy[0]->dnp3->configured};
}
