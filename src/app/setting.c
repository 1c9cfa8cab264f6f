// SPDX-License-Identifier: Apache-2.0
// The table of settings and the reading of values.
#include "app/setting.h"

#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include "base/nearest.h"

enum {
    WORKERS_AUTO_MOST = 8,
    WORKERS_TOP = 64,
    COUNT_LEAST = 16,
    COUNT_TOP = 1048576,
    FEW_LEAST = 2
};
#define DURATION_TOP (365 * 86400 * SECOND)
#define SIZE_LEAST   (UINT64_C(64) << 10)
#define SIZE_TOP     (UINT64_C(1024) << 30)

const struct setting setting[SETTINGS] = {
#define OPTION(name, type, usual, doc)                                                         \
    {#name, usual, doc, SETTING_##type, offsetof(struct settings, name)},
#include "app/option.def"
#undef OPTION
};

const struct setting *setting_find(const char *name)
{
    for (int i = 0; i < SETTINGS; i++)
        if (!strcmp(setting[i].name, name))
            return &setting[i];
    return NULL;
}

const char *setting_nearest(const char *name)
{
    struct nearest n = {.word = name};

    for (int i = 0; i < SETTINGS; i++)
        nearest_try(&n, setting[i].name);
    return n.best;
}

const char *setting_value_name(const struct setting *s)
{
    switch (s->type) {
    case SETTING_duration:
    case SETTING_interval: return "TIME";
    case SETTING_size: return "SIZE";
    default: return "N";
    }
}

const char *setting_option(const struct setting *s)
{
    static char option[64];
    size_t n = 0;

    for (; s->name[n] && n < sizeof(option) - 1; n++)
        option[n] = s->name[n] == '_' ? '-' : s->name[n];
    option[n] = 0;
    return option;
}

// ---------------------------------------------------------------- values

// Digits only; false if there are none, too many, or anything behind that `rest` cannot take.
static bool number(const char *text, uint64_t *v, const char **rest)
{
    *v = 0;
    if (!isdigit((unsigned char)*text))
        return false;
    for (; isdigit((unsigned char)*text); text++) {
        if (*v > UINT64_MAX / 10 - 1)
            return false;
        *v = *v * 10 + (uint64_t)(*text - '0');
    }
    *rest = text;
    return true;
}

static bool duration(const char *text, int64_t *to)
{
    static const struct {
        const char *name;
        nsec size;
    } unit[] = {{"ms", MSEC},
                {"s", SECOND},
                {"m", 60 * SECOND},
                {"h", 3600 * SECOND},
                {"d", 86400 * SECOND}};
    const char *rest;
    uint64_t v;

    if (!number(text, &v, &rest))
        return false;
    for (size_t i = 0; i < COUNT_OF(unit); i++) {
        if (strcmp(rest, unit[i].name) != 0 || v > (uint64_t)(DURATION_TOP / unit[i].size))
            continue;
        *to = (int64_t)v * unit[i].size;
        return v > 0;
    }
    return false;
}

static bool whole_number(const char *text, uint64_t least, uint64_t most, int64_t *to)
{
    const char *rest;
    uint64_t v;

    if (!number(text, &v, &rest) || *rest || v < least || v > most)
        return false;
    *to = (int64_t)v;
    return true;
}

static bool size(const char *text, int64_t *to)
{
    static const char unit[] = "KMG";
    const char *rest, *u;
    uint64_t v;

    if (!number(text, &v, &rest) || v > SIZE_TOP)
        return false;
    if (*rest && (u = strchr(unit, toupper((unsigned char)*rest)))) {
        v <<= 10 * (u - unit + 1);
        rest++;
    }
    *to = (int64_t)v;
    return !*rest && v >= SIZE_LEAST && v <= SIZE_TOP;
}

static bool take(const struct setting *s, const char *text, int64_t *v, struct fail *f)
{
    bool good = false;

    switch (s->type) {
    case SETTING_interval:
        if (!strcmp(text, "0")) {
            *v = 0;
            return true;
        }
        good = duration(text, v);
        return good || failed(f,
                              "\"%.100s\" is no interval; write it as 500ms, 60s, 5m, 1h, up "
                              "to 365d, or 0 for never",
                              text);
    case SETTING_duration:
        good = duration(text, v);
        return good || failed(f,
                              "\"%.100s\" is no time; write it as 500ms, 60s, 5m, 1h, up to "
                              "365d",
                              text);
    case SETTING_count:
        good = whole_number(text, COUNT_LEAST, COUNT_TOP, v);
        return good || failed(f, "\"%.100s\" does not fit; give a number from %d to %d", text,
                              COUNT_LEAST, COUNT_TOP);
    case SETTING_few:
        good = whole_number(text, FEW_LEAST, COUNT_TOP, v);
        return good || failed(f, "\"%.100s\" does not fit; give a number from %d to %d", text,
                              FEW_LEAST, COUNT_TOP);
    case SETTING_size:
        good = size(text, v);
        return good ||
               failed(f,
                      "\"%.100s\" is no size; write it as 64K (the least), 500M, 2G, up "
                      "to 1024G",
                      text);
    case SETTING_workers:
        if (!strcmp(text, "auto")) {
            *v = 0;
            return true;
        }
        good = whole_number(text, 1, WORKERS_TOP, v);
        return good || failed(f, "\"%.100s\" does not fit; give a number from 1 to %d, or auto",
                              text, WORKERS_TOP);
    }
    return false;
}

bool setting_give(struct settings *to, const struct setting *s, const char *value,
                  struct fail *f)
{
    int64_t v;

    if (!take(s, value, &v, f))
        return false;
    memcpy((char *)to + s->offset, &v, sizeof(v));
    return true;
}

struct settings settings_usual(void)
{
    struct settings all = {0};
    struct fail f;

    for (int i = 0; i < SETTINGS; i++) {
        bool good = setting_give(&all, &setting[i], setting[i].usual, &f);
        assert(good);
    }
    return all;
}

// ---------------------------------------------------------------- use

struct flow_limits settings_flow(const struct settings *s)
{
    struct flow_limits l = flow_defaults();

    l.talks = (uint32_t)s->flow_talks;
    l.attempt = s->flow_idle_attempt;
    l.close = s->flow_idle_closed;
    l.udp = s->flow_idle_udp;
    l.icmp = s->flow_idle_icmp;
    l.other = s->flow_idle_other;
    l.tcp = s->flow_idle_tcp;
    l.rpc = s->flow_idle_rpc;
    l.long_idle = s->flow_idle_long;
    l.ether = s->flow_idle_ether;
    return l;
}

struct scan_limits settings_scans(const struct settings *s, bool live)
{
    return (struct scan_limits){
        .hosts = (uint32_t)s->scan_hosts,
        .ports = (uint32_t)s->scan_ports,
        .slow = (uint32_t)s->scan_slow,
        .stealth = (uint32_t)s->scan_stealth,
        .sweep = (uint32_t)s->scan_sweep,
        .walk = (uint32_t)s->scan_walk,
        .crowd_sources = (uint32_t)s->scan_sources,
        .crowd_targets = (uint32_t)s->scan_shared,
        .flood = (uint32_t)s->syn_flood,
        .window = s->scan_window,
        .idle = s->scan_idle,
        .live = live,
    };
}

unsigned settings_workers(const struct settings *s)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (s->workers)
        return (unsigned)s->workers;
    if (processors < 1)
        return 1;
    return processors < WORKERS_AUTO_MOST ? (unsigned)processors : WORKERS_AUTO_MOST;
}
