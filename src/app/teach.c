// SPDX-License-Identifier: Apache-2.0
// pipit train --teach NAME: conversations by their uids become lessons, beside those that the
// built-in model was learnt from.
#include "app/teach.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/builtin.h"
#include "app/gather.h"
#include "app/manifest.h"
#include "app/session.h"

struct taught {
    const struct choice *c;
    struct examples *e;
    struct gather *gather;
    struct {
        bool exists, spoke;
    } * flow; // of each uid
    uint32_t added;
};

// ---------------------------------------------------------------- finding them

static uint32_t find(const struct taught *t, uint64_t uid)
{
    uint32_t i = 0;

    while (i < t->c->n_taught && t->c->taught[i] != uid)
        i++;
    return i;
}

static void on_talk(void *user, const struct glimpse *g, const struct ev_conn *e)
{
    struct taught *t = user;
    uint32_t i = find(t, e->head.uid);
    const struct labelled row = {
        .label = t->c->teach, .source = "own", .path = t->c->file[0], .origin = "capture"};

    if (i == t->c->n_taught)
        return;
    t->flow[i].spoke = true;
    t->added += examples_add(t->e, &row, *g);
}

static bool on_event(void *user, const struct event *e)
{
    struct taught *t = user;

    if (e->id == EV_conn && find(t, e->uid) < t->c->n_taught)
        t->flow[find(t, e->uid)].exists = true;
    return gather_event(t->gather, e);
}

static bool check(const struct taught *t, struct fail *f)
{
    struct text uid = {0};

    for (uint32_t i = 0; i < t->c->n_taught; i++) {
        if (t->flow[i].spoke)
            continue;
        text_uid(&uid, t->c->taught[i]);
        failed(f,
               t->flow[i].exists ? "%.*s sent no payload, so nothing can be learnt from it"
                                 : "no conversation has the uid %.*s; pipit flows lists them",
               (int)uid.n, uid.p);
        text_free(&uid);
        return false;
    }
    return t->added >= LEAST_FLOWS ||
           failed(f,
                  "%s can't be learnt: of the %u conversations %s new, and 2 at least must "
                  "be; those that begin the same count once",
                  t->c->teach, t->c->n_taught, t->added ? "only 1 is" : "none is");
}

static bool take_captures(struct taught *t, struct fail *f)
{
    struct choice one = *t->c;
    struct job j = {.choice = &one,
                    .wanted = WANT(message) | WANT(conn),
                    .event = on_event,
                    .user = t,
                    .no_model = true};

    one.settings.workers = 1;
    f->text[0] = 0;
    return session_run(&j) && session_end(&j, 0) != 2 && check(t, f);
}

// ---------------------------------------------------------------- all lessons

static bool read_others(struct examples *e, const struct choice *c, struct fail *f)
{
    if (c->with)
        return examples_read(e, c, c->with, f);
    *e = (struct examples){.n = 0};
    if (access(teach_vectors, R_OK) != 0)
        return failed(f,
                      "%s is not there, which all else is learnt from; install pipit, or name "
                      "another --with FILE",
                      teach_vectors);
    return examples_read(e, c, teach_vectors, f);
}

bool teach_read(struct examples *e, const struct choice *c, struct fail *f)
{
    struct taught t = {.c = c, .e = e};
    struct fail no_matter;

    if (!read_others(e, c, f))
        return false;
    e->first = lessons_count(e->lessons) - e->n;
    e->others = e->n;
    e->model = builtin_or(NULL, &no_matter);
    t.flow = calloc(c->n_taught, sizeof(*t.flow));
    if (!t.flow)
        abort();
    t.gather = gather_new(on_talk, &t);
    bool good = take_captures(&t, f);
    gather_free(t.gather);
    free(t.flow);
    return good;
}

// ---------------------------------------------------------------- what came of it

static bool is_known(const struct model *m, const struct glimpse *g, const char *name)
{
    struct tokens tokens;
    struct judgement j;

    meter(&tokens, g);
    model_judge(m, &tokens, &j);
    return j.grade >= GRADE_LIKELY && !strcmp(model_name(m, j.name)->name, name);
}

void teach_report(const struct examples *e, const char *name, struct slice model)
{
    struct fail no_matter;
    struct model *m = model_read(model, &no_matter);
    uint32_t found = 0;

    for (uint32_t n = e->others; m && n < e->n; n++) {
        struct glimpse g = examples_glimpse(e, n);
        found += is_known(m, &g, name);
    }
    if (m)
        model_free(m);
    say(found ? SAY_NOTE : SAY_WARNING, "%s: the new model names %u of the %u conversations so",
        name, found, e->n - e->others);
}
