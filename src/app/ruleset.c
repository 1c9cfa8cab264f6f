// SPDX-License-Identifier: Apache-2.0
// Files for the rule room, which opens none itself, and its `config` words that are ours.
#include "app/ruleset.h"

#include <stdlib.h>
#include <string.h>

#include "app/cache.h"
#include "app/files.h"
#include "base/nearest.h"

// Whole files, kept until the rules are made.
struct held {
    struct held *next;
    struct text text;
};

struct reading {
    struct held *held;
    struct settings settings;
};

static struct held *hold(struct reading *r)
{
    struct held *h = calloc(1, sizeof(*h));

    if (!h)
        abort();
    h->next = r->held;
    r->held = h;
    return h;
}

static bool read_whole(void *user, const char *path, struct slice *bytes, struct fail *f)
{
    struct held *h = hold(user);

    if (!file_read(&h->text, path, f)) {
        size_t n = strlen(path); // who asked names the file
        if (!strncmp(f->text, path, n) && f->text[n] == ':')
            memmove(f->text, f->text + n + 2, strlen(f->text + n + 2) + 1);
        return false;
    }
    *bytes = text_slice(&h->text);
    return true;
}

static bool recall(void *user, const char *name, struct slice *bytes)
{
    struct held *h = hold(user);

    if (!cache_read(name, &h->text))
        return false;
    *bytes = text_slice(&h->text);
    return true;
}

static void retain(void *user, const char *name, struct slice bytes)
{
    cache_write(name, bytes);
}

static enum rule_setting take_setting(void *user, const char *name, const char *value,
                                      struct fail *f)
{
    struct reading *r = user;
    const struct setting *s = setting_find(name);
    struct fail why;

    if (!s) { // a word that is nearly one of ours is misspelt; others may be Snort's
        const char *near = setting_nearest(name);
        failed(f, "there is no setting \"%.60s\"%s", name, nearest_hint(near));
        return near ? RULE_SETTING_WRONG : RULE_SETTING_UNKNOWN;
    }
    if (setting_give(&r->settings, s, value, &why))
        return RULE_SETTING_TAKEN;
    *f = why;
    return RULE_SETTING_WRONG;
}

bool ruleset_read(struct choice *c, struct fail *f)
{
    struct reading r = {.settings = c->settings};
    struct rules_request q = {
        .reader = {.user = &r,
                   .read = read_whole,
                   .setting = take_setting,
                   .recall = recall,
                   .retain = retain},
        .config = c->config,
        .files = c->rule_file,
        .set = c->variable,
        .dialect = c->dialect,
        .strict = c->strict,
        .no_rate_limits = c->no_rate_limits,
        .shipped = !c->config,
        .explain_sid = c->explain_sid,
        .payload = c->format == WRITE_EVE,
    };

    c->rules = rules_load(&q, f);
    if (c->rules)
        c->settings = r.settings;
    for (struct held *h = r.held, *next; h; h = next) {
        next = h->next;
        text_free(&h->text);
        free(h);
    }
    if (c->rules && c->explain_sid && !rules_has(c->rules, c->explain_sid)) {
        rules_free(c->rules);
        c->rules = NULL;
        return failed(f,
                      "--rule %u: no rule of this number is loaded; pipit check lists those "
                      "that were refused",
                      c->explain_sid);
    }
    return c->rules != NULL;
}

uint32_t ruleset_refused(const struct rules *r)
{
    enum { TOLD = 10 };
    uint32_t refused = rules_totals(r)->refused, told = 0;
    struct rule_problem p;
    struct text t = {0};

    for (uint32_t i = 0; refused && told < TOLD && rules_problem(r, i, &p); i++) {
        if (p.trouble != RULE_REFUSED)
            continue;
        text_clear(&t);
        rule_problem_text(&t, &p);
        say(SAY_WARNING, "%.*s", (int)t.n, t.p);
        told++;
    }
    text_free(&t);
    if (refused)
        say(SAY_WARNING, "%u %s refused, the others ran; pipit check lists them all", refused,
            refused == 1 ? "rule was" : "rules were");
    return refused;
}
