// SPDX-License-Identifier: Apache-2.0
// Inside the rule room: the state of loading; dies when the set is ready.
#pragma once

#include "base/nearest.h"
#include "rule/rules.h"
#include "rule/source.h"
#include "rule/variable.h"

struct raw_rule;
struct bit_group;
struct patterns;

enum { INCLUDE_DEPTH = 16, UNKNOWN_MOST = 4096 };

struct class_line { // classification.config
    const char *name, *text;
    uint32_t priority;
};

struct load {
    struct rules *set;
    const struct rules_request *request;
    struct arena scratch;
    struct arena *lasting; // the set's
    struct variables vars; // of the policy at hand
    unsigned policy;
    const char *file[INCLUDE_DEPTH + 1]; // being read, the innermost last
    unsigned depth;
    bool rules_only; // a rule file, not a configuration
    struct map keys; // gid:sid -> rule
    struct class_line *class_line;
    uint32_t n_classes, room_classes;
    const char **flowbit, **flowint, **hostbit;
    uint32_t room_flowbits, room_flowints, room_hostbits;
    struct bit_group *bit_group;
    struct nearest *unknown; // options, with what they may be meant to be
    uint32_t n_unknown, room_unknown;
    struct pending_binding *binding;
    struct patterns *patterns; // to be compiled
    struct place no_streams;   // where TCP is not to be joined; file NULL: nowhere
    bool firewall_noted;       // of the file at hand
    struct raw_rule *raw;      // room for one
    struct source_room *room;
    struct fail *fatal;
};

// Notes what is wrong; the text is copied.
void load_problem(struct load *l, enum rule_trouble t, const struct place *at,
                  const char *option, const char *fmt, ...) PRINTF(5, 6);
struct place load_place(const struct load *l, const struct statement *st, uint32_t offset);
// Fails for good: file:line:column: sentence.
bool load_fatal(struct load *l, const struct place *at, const char *fmt, ...) PRINTF(3, 4);

// Reads a file with all that it includes.
bool load_file(struct load *l, const char *path, const struct place *from);
// A line that is no rule.
bool directive_read(struct load *l, const struct statement *st);
// The path as seen from the file at hand; variables are put in.
bool load_path(struct load *l, struct slice s, char *to, size_t room, struct fail *f);

unsigned load_service(struct load *l, const char *name); // its number; 0: too many
int load_name(struct load *l, const char ***names, uint32_t *n, uint32_t *room, uint32_t most,
              struct slice name);                                            // -1: too many
const struct class_line *load_class(const struct load *l, const char *name); // or NULL

// ---- policy.c
void policies_begin(struct load *l);
void policies_default(struct load *l);
bool policies_have_streams(struct load *l); // what DNP3 needs
bool dnp3_policy_read(struct load *l, struct slice args, const struct place *at);
bool binding_read(struct load *l, struct slice args, const struct place *at);
bool bindings_load(struct load *l); // the files that bindings name

bool groups_build(struct load *l, struct fail *f);
