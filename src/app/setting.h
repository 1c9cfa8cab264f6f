// SPDX-License-Identifier: Apache-2.0
// Inside the app room: the settings of option.def, their values, and the file they may stand
// in.
#pragma once

#include "flow/flow.h"
#include "watch/scans.h"

// Durations in nanoseconds.
struct settings {
#define OPTION(name, type, usual, doc) int64_t name;
#include "app/option.def"
#undef OPTION
};

enum setting_type {
    SETTING_duration,
    SETTING_interval,
    SETTING_count,
    SETTING_few,
    SETTING_size,
    SETTING_workers
};

struct setting {
    const char *name, *usual, *doc;
    enum setting_type type;
    uint32_t offset; // in struct settings
};

enum {
#define OPTION(name, type, usual, doc) SETTING_NUMBER_##name,
#include "app/option.def"
#undef OPTION
    SETTINGS
};
extern const struct setting setting[SETTINGS];

struct settings settings_usual(void);
const struct setting *setting_find(const char *name);    // as in option.def; or NULL
const char *setting_nearest(const char *name);           // a similar name, or NULL
const char *setting_value_name(const struct setting *s); // "TIME", "SIZE" or "N", for help
// The long option: dashes for underscores, without those in front. Static; one at a time.
const char *setting_option(const struct setting *s);

// Takes a value as it was written. false: it is none, and f says why.
bool setting_give(struct settings *to, const struct setting *s, const char *value,
                  struct fail *f);
// Reads a file of `config name: value` lines. All or nothing: to is changed only if every line
// is good; else f holds a sentence with file and line.
bool settings_read(struct settings *to, const char *path, struct fail *f);

struct flow_limits settings_flow(const struct settings *s);
struct scan_limits settings_scans(const struct settings *s, bool live);
unsigned settings_workers(const struct settings *s);
