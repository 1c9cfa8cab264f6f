// SPDX-License-Identifier: Apache-2.0
// Reads the command line: options in any place, bundled or long, then the words.
#include "app/option.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/ruleset.h"
#include "app/words.h"
#include "base/nearest.h"
#include "lane/lane.h"

const struct command command[COMMANDS] = {
#define COMMAND(name, words, summary, more) {#name, words, summary, more, command_##name},
#include "app/command.def"
#undef COMMAND
};

const struct known known[SWITCHES] = {
#define SWITCH(name, letter, long_name, value, where, doc)                                     \
    {long_name, value, doc, where, letter},
#include "app/switch.def"
#undef SWITCH
};

// What was given, before it is known for which command.
struct parser {
    char **arg; // what is left
    const char *value[SWITCHES];
    unsigned given[SWITCHES]; // how often
    const char **setting;     // pairs: which by its number, and its value
    uint32_t *setting_number, settings;
    struct words words;
    uint32_t files, aways, rule_files, variables;
    struct choice *c;
    struct fail *f;
};

const char *spelled(const struct known *s)
{
    static char text[32];

    if (s->name[0])
        snprintf(text, sizeof(text), "--%s", s->name);
    else
        snprintf(text, sizeof(text), "-%c", s->letter);
    return text;
}

// ---------------------------------------------------------------- one option

static const char *help_of(const struct parser *p)
{
    static char text[40];

    snprintf(text, sizeof(text), "pipit %s%s--help", p->c->named ? p->c->command->name : "",
             p->c->named ? " " : "");
    return text;
}

// The value of an option: behind the = or the letter, else the next argument.
static const char *value_of(struct parser *p, const char *option, const char *attached,
                            const char *what)
{
    if (attached)
        return attached;
    if (!*p->arg) {
        failed(p->f, "%s needs a value: %s %s", option, option, what);
        return NULL;
    }
    if (!strncmp(*p->arg, "--", 2) && (*p->arg)[2]) {
        failed(p->f, "%s needs a value (%s %s), but %.60s follows", option, option, what,
               *p->arg);
        return NULL;
    }
    return *p->arg++;
}

static bool take_switch(struct parser *p, int number, const char *option, const char *attached)
{
    const struct known *s = &known[number];
    const char *value = "";

    if (s->value[0] && !(value = value_of(p, option, attached, s->value)))
        return false;
    if (number == SWITCH_read) {
        p->c->file[p->files++] = value;
    } else if (number == SWITCH_rules) {
        p->c->rule_file[p->rule_files++] = value;
    } else if (number == SWITCH_variable) {
        p->c->variable[p->variables++] = value;
    } else if (number == SWITCH_away) {
        p->c->away[p->aways++] = value;
    } else if (s->value[0] && p->given[number]) {
        return failed(p->f, "%s is given twice, as \"%.60s\" and as \"%.60s\"", option,
                      p->value[number], value);
    }
    p->given[number]++;
    p->value[number] = value;
    return true;
}

static bool take_setting(struct parser *p, const struct setting *s, const char *option,
                         const char *attached)
{
    const char *value = value_of(p, option, attached, setting_value_name(s));

    if (!value)
        return false;
    p->setting_number[p->settings] = (uint32_t)(s - setting);
    p->setting[p->settings++] = value;
    return true;
}

static bool unknown_long(struct parser *p, const char *name)
{
    struct nearest near = {.word = name};
    char best[80];

    for (int i = 0; i < SWITCHES; i++)
        if (known[i].name[0] && known[i].doc[0])
            nearest_try(&near, known[i].name);
    for (int i = 0; i < SETTINGS; i++) {
        unsigned before = near.distance;
        const char *was = near.best;
        nearest_try(&near, setting_option(&setting[i]));
        if (near.best != was || near.distance != before) {
            snprintf(best, sizeof(best), "%s", near.best);
            near.best = best;
        }
    }
    char dashed[84];
    snprintf(dashed, sizeof(dashed), "--%s", near.best ? near.best : "");
    return failed(p->f, "there is no option --%.60s%s; %s lists them", name,
                  nearest_hint(near.best ? dashed : NULL), help_of(p));
}

static bool take_long(struct parser *p, const char *text)
{
    const char *equals = strchr(text, '=');
    char name[64], option[68];
    size_t n = equals ? (size_t)(equals - text) : strlen(text);

    snprintf(name, sizeof(name), "%.*s", (int)(n < sizeof(name) ? n : sizeof(name) - 1), text);
    snprintf(option, sizeof(option), "--%s", name);
    for (int i = 0; i < SWITCHES; i++) {
        if (!known[i].name[0] || strcmp(known[i].name, name) != 0)
            continue;
        if (equals && !known[i].value[0])
            return failed(p->f, "%s takes no value, but \"%.60s\" is given", option,
                          equals + 1);
        return take_switch(p, i, option, equals ? equals + 1 : NULL);
    }
    for (int i = 0; i < SETTINGS; i++)
        if (!strcmp(setting_option(&setting[i]), name))
            return take_setting(p, &setting[i], option, equals ? equals + 1 : NULL);
    return unknown_long(p, name);
}

// The switch of a letter: the command's own, else another's, whose refusal then says whose.
static int letter_of(const struct command *c, char letter)
{
    int first = SWITCHES;

    for (int i = SWITCHES - 1; i >= 0; i--) {
        if (known[i].letter != letter)
            continue;
        if (known[i].where >> (c - command) & 1)
            return i;
        first = i;
    }
    return first;
}

// Bundled letters; the first that takes a value takes what follows it.
static bool take_letters(struct parser *p, const char *text)
{
    for (; *text; text++) {
        char option[3] = {'-', *text, 0};
        int i = letter_of(p->c->command, *text);

        if (i == SWITCHES)
            return failed(p->f, "there is no option %s; %s lists them", option, help_of(p));
        bool valued = known[i].value[0];
        if (!take_switch(p, i, option, valued && text[1] ? text + 1 : NULL))
            return false;
        if (valued)
            return true;
    }
    return true;
}

static const struct command *command_of(const char *word)
{
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(command[i].name, word))
            return &command[i];
    return NULL;
}

static void take_word(struct parser *p, const char *word)
{
    const struct command *c = command_of(word);

    if (c && !p->c->named && !p->words.n) {
        p->c->command = c;
        p->c->named = true;
    } else {
        p->words.word[p->words.n++] = word;
    }
}

static bool take_all(struct parser *p)
{
    bool options = true;

    while (*p->arg) {
        const char *a = *p->arg++;
        bool good = true;

        if (options && !strcmp(a, "--"))
            options = false;
        else if (options && !strncmp(a, "--", 2))
            good = take_long(p, a + 2);
        else if (options && a[0] == '-' && a[1])
            good = take_letters(p, a + 1);
        else
            take_word(p, a);
        if (!good)
            return false;
    }
    return true;
}

// ---------------------------------------------------------------- what they mean

static bool one_of(const char *value, const char *const *word, int n, int *to,
                   const char *option, struct fail *f)
{
    struct nearest near = {.word = value};

    for (*to = 0; *to < n; ++*to) {
        if (!strcmp(word[*to], value))
            return true;
        if (*to < 3)
            nearest_try(&near, word[*to]);
    }
    return failed(f, "%s: there is no \"%.60s\"%s; choose %s%s%s%s%s", option, value,
                  nearest_hint(near.best), word[0], n > 1 ? ", " : "", n > 1 ? word[1] : "",
                  n > 2 ? " or " : "", n > 2 ? word[2] : "");
}

static bool take_words_of_options(struct parser *p)
{
    static const char *const format[] = {"json", "zeek", "eve"};
    static const char *const color[] = {"auto", "always", "never"};
    static const char *const dialect[] = {"snort2", "snort3", "suricata"};
    static const char *const form[] = {"md", "man", "bash"};
    static const char *const side[] = {"both", "orig", "resp"};
    struct choice *c = p->c;
    int to = 0;

    if (p->given[SWITCH_format]) {
        if (!one_of(p->value[SWITCH_format], format, 3, &to, "--format", p->f))
            return false;
        c->format = (enum write_format)to;
    }
    if (p->given[SWITCH_color]) {
        if (!one_of(p->value[SWITCH_color], color, 3, &to, "--color", p->f))
            return false;
        c->color = (enum color)to;
    }
    if (p->given[SWITCH_dialect]) {
        if (!one_of(p->value[SWITCH_dialect], dialect, 3, &to, "--dialect", p->f))
            return false;
        c->dialect = dialect[to];
    }
    if (p->given[SWITCH_as]) {
        if (!one_of(p->value[SWITCH_as], form, 3, &to, "--as", p->f))
            return false;
        c->form = (enum schema_form)to;
    }
    if (p->given[SWITCH_side]) {
        if (!one_of(p->value[SWITCH_side], side, 3, &to, "--side", p->f))
            return false;
        c->side = (enum one_side)to;
    }
    return true;
}

static bool take_rule(struct parser *p)
{
    if (p->given[SWITCH_rule]) {
        char *end;
        unsigned long n = strtoul(p->value[SWITCH_rule], &end, 10);
        if (*end || !n || n > UINT32_MAX)
            return failed(p->f, "--rule: \"%.60s\" is no number of a rule (its sid)",
                          p->value[SWITCH_rule]);
        p->c->explain_sid = (uint32_t)n;
    }
    return true;
}

// What a file says must be right, also where the command makes no use of rules.
static bool needs_rules(const struct parser *p)
{
    unsigned bit = 1u << (p->c->command - command);

    return p->c->config || p->c->variable[0] || ON_RULES & bit;
}

// The file first, then the command line, which therefore wins.
static bool take_settings(struct parser *p)
{
    struct choice *c = p->c;
    struct fail why;

    if (!take_rule(p) || (needs_rules(p) && !ruleset_read(c, p->f)))
        return false;
    for (uint32_t i = 0; i < p->settings; i++) {
        const struct setting *s = &setting[p->setting_number[i]];
        if (!setting_give(&c->settings, s, p->setting[i], &why))
            return failed(p->f, "--%s: %s", setting_option(s), why.text);
    }
    if (p->given[SWITCH_workers] &&
        !setting_give(&c->settings, &setting[SETTING_NUMBER_workers], p->value[SWITCH_workers],
                      &why))
        return failed(p->f, "-j: %s", why.text);
    if (p->given[SWITCH_batch]) {
        char *end;
        unsigned long n = strtoul(p->value[SWITCH_batch], &end, 10);
        if (*end || !n || n > BATCH_FRAMES)
            return failed(p->f, "--batch: \"%.60s\" does not fit; give a number from 1 to %d",
                          p->value[SWITCH_batch], BATCH_FRAMES);
        c->batch = (uint32_t)n;
    }
    return true;
}

static bool check_where(struct parser *p)
{
    const struct choice *c = p->c;
    unsigned bit = 1u << (c->command - command);

    for (int i = 0; i < SWITCHES; i++) {
        const struct known *s = &known[i];
        const char *names[COMMANDS];
        int n = 0;

        if (!p->given[i] || s->where & bit)
            continue;
        for (int k = 0; k < COMMANDS; k++)
            if (s->where & 1u << k)
                names[n++] = command[k].name;
        return failed(p->f, "%s is not for %s; it is for %s%s%s%s", spelled(s),
                      c->command->name, names[0],
                      n > 2   ? ", "
                      : n > 1 ? " and "
                              : "",
                      n > 1 ? names[1] : "", n > 2 ? " and others" : "");
    }
    if (p->settings && !(ON_CAPTURES & bit))
        return failed(p->f, "--%s is not for %s, which reads no captures",
                      setting_option(&setting[p->setting_number[0]]), c->command->name);
    return true;
}

static bool check_together(struct parser *p)
{
    const struct choice *c = p->c;
    bool logs = c->command == &command[COMMAND_log];

    if (p->given[SWITCH_format] && !logs && !c->folder)
        return failed(p->f,
                      "--format is for logs, and none are written; give a folder with -o");
    if (logs && c->json && c->format != WRITE_JSON)
        return failed(p->f, "--json and --format %s exclude each other",
                      p->value[SWITCH_format]);
    return true;
}

static bool take_like(struct parser *p)
{
    const char *word = p->value[SWITCH_like];

    return !word || uid_parse(word, &p->c->like) ||
           failed(p->f, "--like: \"%.60s\" is not a uid; pipit flows shows those of a capture",
                  word);
}

// As tcpdump means them: -t to -ttttt choose a form, a letter given twice asks for more.
static bool take_print(struct parser *p)
{
    static const enum print_time time[] = {PRINT_CLOCK, PRINT_NO_TIME, PRINT_SECONDS,
                                           PRINT_DELTA, PRINT_DATE,    PRINT_SINCE};
    const unsigned *given = p->given;
    struct print_options *o = &p->c->print;
    unsigned dumped = given[SWITCH_both]    ? given[SWITCH_both]
                      : given[SWITCH_ascii] ? given[SWITCH_ascii]
                                            : given[SWITCH_hex];
    char *end;

    if (given[SWITCH_no_time] >= COUNT_OF(time))
        return failed(p->f, "-t may be given five times at most");
    if (given[SWITCH_fields] && given[SWITCH_layers])
        return failed(p->f, "--fields and --layers exclude each other");
    if (given[SWITCH_as_hex] && given[SWITCH_raw])
        return failed(p->f, "--hex and --raw exclude each other");
    p->c->write = p->value[SWITCH_write];
    if (given[SWITCH_count]) {
        p->c->count = strtoull(p->value[SWITCH_count], &end, 10);
        if (*end || !p->c->count || !isdigit((unsigned char)*p->value[SWITCH_count]))
            return failed(p->f, "-c: \"%.60s\" does not fit; give a number of packets",
                          p->value[SWITCH_count]);
    }
    *o = (struct print_options){
        .form = given[SWITCH_fields]   ? PRINT_FIELDS
                : given[SWITCH_layers] ? PRINT_LAYERS
                                       : PRINT_LINES,
        .time = time[given[SWITCH_no_time]],
        .dump = given[SWITCH_both]    ? PRINT_BOTH
                : given[SWITCH_ascii] ? PRINT_ASCII
                : given[SWITCH_hex]   ? PRINT_HEX
                                      : PRINT_NO_DUMP,
        .dump_link = dumped > 1,
        .classic = given[SWITCH_classic],
        .quiet = given[SWITCH_brief],
        .absolute = given[SWITCH_sequence],
        .link = given[SWITCH_link],
        .number = given[SWITCH_number],
        .nano = given[SWITCH_nano],
        .note = given[SWITCH_note],
        .verbose = (uint8_t)min_u32(given[SWITCH_verbose], 3),
    };
    return true;
}

static bool understand(struct parser *p)
{
    struct choice *c = p->c;

    c->help = p->given[SWITCH_help];
    c->version = p->given[SWITCH_version];
    if (c->help || c->version)
        return true;
    c->device = p->value[SWITCH_device];
    c->config = p->value[SWITCH_config];
    c->strict = p->given[SWITCH_strict];
    c->no_rate_limits = p->given[SWITCH_unlimited];
    c->from = p->value[SWITCH_from];
    c->to = p->value[SWITCH_to];
    c->folder = p->value[SWITCH_out];
    c->keep = p->value[SWITCH_keep];
    c->extract = p->value[SWITCH_extract];
    c->known = p->value[SWITCH_known];
    c->model = p->value[SWITCH_model];
    c->root = p->value[SWITCH_root];
    c->set = p->given[SWITCH_set] ? p->value[SWITCH_set] : "teach";
    c->vectors = p->value[SWITCH_vectors];
    c->teach = p->value[SWITCH_teach];
    c->with = p->value[SWITCH_with];
    c->kept = p->value[SWITCH_kept];
    c->names = p->given[SWITCH_names];
    c->dump = p->value[SWITCH_dump];
    c->raw = p->value[SWITCH_raw];
    c->as_hex = p->given[SWITCH_as_hex];
    c->floors = p->value[SWITCH_floors];
    c->json = p->given[SWITCH_json];
    c->csv = p->given[SWITCH_csv];
    c->quiet = p->given[SWITCH_quiet];
    if (p->given[SWITCH_filter] && !(c->filter = strdup(p->value[SWITCH_filter])))
        return failed(p->f, "no memory for the filter");
    return check_where(p) && take_words_of_options(p) && check_together(p) && take_like(p) &&
           take_print(p) && take_settings(p) && words_take(c, &p->words, p->f);
}

bool choice_read(struct choice *c, int argc, char **argv, struct fail *f)
{
    size_t room = (size_t)argc + 1;
    struct parser p = {.c = c, .f = f, .arg = argc ? argv + 1 : argv};
    const char **words = calloc(room, sizeof(*words));

    *c = (struct choice){.command = &command[COMMAND_analyze], .settings = settings_usual()};
    c->file = calloc(room, sizeof(*c->file));
    c->rule_file = calloc(room, sizeof(*c->rule_file));
    c->variable = calloc(room, sizeof(*c->variable));
    c->away = calloc(room, sizeof(*c->away));
    p.setting = calloc(room, sizeof(*p.setting));
    p.setting_number = calloc(room, sizeof(*p.setting_number));
    p.words.word = words;
    bool good = words && c->file && c->rule_file && c->variable && c->away && p.setting &&
                p.setting_number;
    good = good ? take_all(&p) && understand(&p) : failed(f, "no memory for the command line");
    free(words);
    free(p.setting);
    free(p.setting_number);
    return good;
}

void choice_free(struct choice *c)
{
    free(c->file);
    free(c->rule_file);
    free(c->variable);
    rules_free(c->rules);
    free(c->away);
    free(c->filter);
    free(c->taught);
}
