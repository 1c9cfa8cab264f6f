// SPDX-License-Identifier: Apache-2.0
// Inside the app room: the command line. Commands, options, and what the user chose.
#pragma once

#include "app/setting.h"
#include "print/print.h"
#include "rule/rule.h"
#include "write/write.h"

struct choice;

enum command_number {
#define COMMAND(name, words, summary, more) COMMAND_##name,
#include "app/command.def"
#undef COMMAND
    COMMANDS
};

enum command_bit { // sets of commands
#define COMMAND(name, words, summary, more) ON_##name = 1 << COMMAND_##name,
#include "app/command.def"
#undef COMMAND
    ON_ALL = (1 << COMMANDS) - 1,
    ON_TEACHING = ON_train | ON_evaluate,
    ON_CAPTURES = ON_ALL & ~(ON_schema | ON_check | ON_TEACHING),
    ON_ANALYSIS = ON_CAPTURES & ~ON_print,
    ON_RULES = ON_analyze | ON_alerts | ON_log | ON_explain | ON_check
};

struct command {
    const char *name, *words, *summary, *more;
    int (*run)(const struct choice *c); // gives the exit status
};
extern const struct command command[COMMANDS];

enum switch_number {
#define SWITCH(name, letter, long_name, value, where, doc) SWITCH_##name,
#include "app/switch.def"
#undef SWITCH
    SWITCHES
};

struct known { // an option that is no setting
    const char *name, *value, *doc;
    unsigned where;
    char letter;
};
extern const struct known known[SWITCHES];

enum color { COLOR_auto, COLOR_always, COLOR_never };
enum one_side { BOTH_SIDES, ORIG_SIDE, RESP_SIDE };
enum schema_form { SCHEMA_md, SCHEMA_man, SCHEMA_bash };

// What the command line says. Strings are those of argv, or belong to the choice.
struct choice {
    const struct command *command;
    const char **file; // NULL-terminated
    const char *device, *from, *to;
    char *filter;                       // or NULL
    const char *config;                 // the file; or NULL
    const char **rule_file, **variable; // of -R and -S, ended by NULL
    struct rules *rules;                // NULL: none are used
    uint32_t explain_sid;               // a rule that tells why it does not match; 0: none
    bool strict, no_rate_limits;
    const char *dialect; // of all rules; NULL: by their looks
    const char *subject; // of log: the event's name; of explain: what is to be explained
    enum event_id log;
    uint64_t explain_uid, explain_packet; // one of them; 0: not that
    uint64_t follow_uid;
    const char *folder, *keep, *extract; // of -o, --keep, --extract; or NULL
    enum write_format format;
    enum color color;
    enum schema_form form;
    const char **away; // groups of the hunt, NULL-terminated
    const char *known;
    uint64_t like;                                            // a uid; 0: not given
    const char *model, *root, *set, *vectors, *dump, *floors; // of teaching; NULL: not given
    const char *kept;                                         // a file of vectors, or NULL
    bool names;                                               // only the published names
    const char *teach, *with;                                 // a name; a file, or NULL
    uint64_t *taught;                                         // uids
    uint32_t n_taught;
    bool json, csv, quiet, help, version, named; // named: the command was
    uint32_t batch;
    struct print_options print;
    const char *write; // of print: the file; NULL: none
    const char *raw;   // of follow: the file; NULL: none
    bool as_hex;
    enum one_side side; // of follow
    uint64_t count;     // of print: packets; 0: all
    struct settings settings;
};

// false: wrong use; f holds the sentence. Free what c holds in any case.
bool choice_read(struct choice *c, int argc, char **argv, struct fail *f);
void choice_free(struct choice *c);

const char *spelled(const struct known *s); // "-o", "--json"; static, one at a time

int help_print(const struct choice *c); // --help, of the program or the command
void help_manual(struct text *t);       // docs/pipit.1
void help_bash(struct text *t);         // docs/pipit.bash

// ---- the commands
int command_analyze(const struct choice *c);
int command_flows(const struct choice *c);
int command_log(const struct choice *c);
int command_print(const struct choice *c);
int command_explain(const struct choice *c);
int command_follow(const struct choice *c);
int command_hunt(const struct choice *c);
int command_scans(const struct choice *c);
int command_devices(const struct choice *c);
int command_timeline(const struct choice *c);
int command_rpcinfo(const struct choice *c);
int command_alerts(const struct choice *c);
int command_check(const struct choice *c);
int command_train(const struct choice *c);
int command_evaluate(const struct choice *c);
int command_schema(const struct choice *c);
