// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: one rule on its way from text to struct rule.
#pragma once

#include "rule/load.h"
#include "rule/slice.h"

struct raw_option {
    struct slice name, value; // value.p NULL: there is none
    uint32_t at;              // in the statement
};

enum { HEADER_WORDS = 7, RAW_OPTIONS_MOST = 256 };

struct raw_rule { // taken apart, not understood yet
    const struct statement *statement;
    struct slice word[HEADER_WORDS]; // action proto src sport direction dst dport
    uint32_t word_at[HEADER_WORDS];
    unsigned words; // 1, 2 or 7
    struct raw_option option[RAW_OPTIONS_MOST];
    unsigned n_options;
};

// Takes a statement apart. false: f holds the reason, *at where it is.
bool raw_read(struct raw_rule *raw, const struct statement *st, uint32_t *at, struct fail *f);
// The dialect that shows; DIALECTS: nothing shows.
enum dialect raw_dialect(const struct raw_rule *raw);

struct parse {
    struct load *load;
    struct rule *rule;
    const struct raw_rule *raw;
    const struct raw_option *now; // the option at hand
    enum dialect dialect;
    struct rule_option option[OPTIONS_MOST];
    unsigned n_options;
    struct content *content; // that modifiers are about; NULL: none
    unsigned content_option;
    enum buffer buffer;  // the one chosen last
    enum buffer matched; // that the last content or pcre looks into
    const char *variable[VARIABLES_MOST];
    unsigned n_variables;
    uint64_t many;      // buffers that are one of many, a bit each
    unsigned n_derived; // buffers that the rule makes
    bool uses_service;  // a field of a protocol, so that its messages are wanted
    uint8_t given;      // a bit per enum meta
    bool skip;          // not an error, but it does not apply here
    bool silent;        // it can never fire
    bool or_absent;     // of the buffer chosen last: what is asked of it holds without it, too
    bool asks_flow;     // has the option `flow`
    struct fail why;
};

// Reads the rule and puts it into the set, or notes why not.
void rule_read(struct load *l, const struct raw_rule *raw, enum dialect dialect);

// ---- for the readers of options
typedef bool option_reader(struct parse *p, struct slice arg, int which);

struct option_word {
    const char *word;
    option_reader *read;
    int which;
};
const struct option_word *option_find(struct slice name);
const char *option_nearest(struct load *l, struct slice name); // a hint, or nothing

// false, with the reason in p->why.
bool parse_wrong(struct parse *p, const char *fmt, ...) PRINTF(2, 3);
// Appends a test; NULL: there are too many, and p->why says so.
struct rule_option *parse_add(struct parse *p,
                              bool (*test)(struct match *, const struct rule_option *),
                              const void *arg);
void *parse_take(struct parse *p, size_t n);           // zeroed, lives as long as the set
bool parse_nothing(struct parse *p, struct slice arg); // false if there is an argument
// The rule looks into this buffer: a packet without payload is none of its business, unless the
// buffer is a header.
void parse_looks(struct parse *p, unsigned buffer);
// Where an option that counts from the last match looks: into the same buffer.
enum buffer parse_relative(const struct parse *p, bool relative);
// The option looks there, and depends on the cursor if it is relative.
void parse_at(struct parse *p, struct rule_option *o, bool relative);

// A number, or the name of a variable: *var is its number, else -1.
bool parse_value(struct parse *p, struct slice s, int32_t *v, int8_t *var);
// The number of a variable that byte_extract or byte_math sets; -1: there are too many.
int parse_variable(struct parse *p, struct slice name);

// From here on the rule looks into a buffer of its own, which o fills.
bool parse_derive(struct parse *p, struct rule_option *o);

// A rule without options, for an event of Snort that is made of a test here.
bool builtin_event(struct parse *p);

void fast_choose(struct rule *r); // the content for the prefilter, and the longest
