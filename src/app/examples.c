// SPDX-License-Identifier: Apache-2.0
// Makes examples: runs each capture of a manifest, and finds its flows by their endpoints.
#include "app/examples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/files.h"
#include "app/gather.h"
#include "app/manifest.h"
#include "app/session.h"
#include "base/hash.h"
#include "ident/ident.h"

// A glimpse with bytes of its own.
struct opened {
    struct glimpse glimpse;
    uint8_t bytes[MESSAGES_MOST][MESSAGE_BYTES];
};

// The rows of one capture, while it is analysed.
struct teaching {
    struct examples *examples;
    struct labelled *row;
    uint32_t n;
};

// ---------------------------------------------------------------- which row is it

static bool is_end(const struct addr *a, uint16_t port, const char *ip, uint16_t want)
{
    struct text t = {0};

    text_addr(&t, a);
    bool same = port == want && t.n == strlen(ip) && !memcmp(t.p, ip, t.n);
    text_free(&t);
    return same;
}

static bool fits(const struct labelled *r, const struct ev_conn *e)
{
    const struct event *h = &e->head;

    return !r->used && !strcmp(r->proto, e->proto) &&
           ((is_end(&h->src, h->sport, r->a_ip, r->a_port) &&
             is_end(&h->dst, h->dport, r->b_ip, r->b_port)) ||
            (is_end(&h->src, h->sport, r->b_ip, r->b_port) &&
             is_end(&h->dst, h->dport, r->a_ip, r->a_port)));
}

// The row that begins nearest to it.
static struct labelled *row_of(struct teaching *t, const struct ev_conn *e)
{
    struct labelled *best = NULL;
    nsec distance = INT64_MAX;

    for (uint32_t i = 0; i < t->n; i++) {
        nsec away = t->row[i].first - e->start;
        away = away < 0 ? -away : away;
        if (away < distance && fits(&t->row[i], e)) {
            best = &t->row[i];
            distance = away;
        }
    }
    return best;
}

// ---------------------------------------------------------------- one flow

static uint64_t opening_hash(const struct glimpse *g)
{
    enum { COMPARED = 4, SEED = 11 };
    uint64_t h = g->ip_proto;

    for (unsigned i = 0; i < g->n && i < COMPARED; i++)
        h = hash_mix(h, hash_bytes(g->message[i].p, g->message[i].kept, SEED) ^
                            g->message[i].side);
    return h;
}

static void keep(struct examples *e, const struct glimpse *g)
{
    if (e->n == e->room) {
        e->room = e->room ? 2 * e->room : 1024;
        e->flow = realloc(e->flow, e->room * sizeof(*e->flow));
        if (!e->flow)
            abort();
    }
    struct opened *o = &e->flow[e->n++];
    o->glimpse = *g;
    for (unsigned i = 0; i < g->n; i++)
        memcpy(o->bytes[i], g->message[i].p, g->message[i].kept);
}

struct glimpse examples_glimpse(const struct examples *e, uint32_t n)
{
    struct glimpse g = e->flow[n].glimpse;

    for (unsigned i = 0; i < g.n; i++)
        g.message[i].p = e->flow[n].bytes[i]; // it may have moved
    return g;
}

static bool flow_words(const struct examples *e, struct text *t, uint32_t token, uint32_t n)
{
    struct glimpse all = examples_glimpse(e, n), seen;

    for (unsigned v = 0; v < VIEWS; v++)
        if (view_of(&seen, &all, (enum view)v) && meter_text(t, &seen, token))
            return true;
    return false;
}

bool examples_words(void *examples, struct text *t, uint32_t token, uint32_t flow)
{
    const struct examples *e = examples;

    if (flow >= e->first)
        return flow - e->first < e->n && flow_words(e, t, token, flow - e->first);
    for (uint32_t n = 0; n < e->n; n++)
        if (flow_words(e, t, token, n))
            return true;
    return e->model && model_words(t, e->model, token);
}

// Bodies that were made up are like anything: only the beginning of such a flow teaches.
static bool teaches(const struct labelled *r, unsigned view)
{
    return view < VIEW_MIDDLE_1 || strcmp(r->origin, "generator") != 0;
}

bool examples_add(struct examples *examples, const struct labelled *r, struct glimpse g)
{
    struct tokens view[VIEWS];
    struct example e = {.label = strcmp(r->label, "?") != 0 ? r->label : "",
                        .source = r->source,
                        .capture = r->path,
                        .origin = r->origin,
                        .messages = g.n,
                        .same = opening_hash(&g)};

    g.no_delays = strcmp(r->origin, "capture") != 0;
    for (unsigned v = 0; v < VIEWS; v++) {
        struct glimpse seen;
        const char *probed = NULL;

        view[v].n = 0;
        if (teaches(r, v) && view_of(&seen, &g, (enum view)v)) {
            meter(&view[v], &seen);
            tokens_sort(&view[v]);
            probed = ident_probed(&seen);
            if (!probed)
                probed = hidden_name(&seen);
        }
        e.probe[v] = probed ? probed : "";
        e.view[v] = &view[v];
    }
    if (!lessons_add(examples->lessons, &e))
        return false;
    keep(examples, &g);
    return true;
}

static void on_talk(void *user, const struct glimpse *g, const struct ev_conn *e)
{
    struct teaching *t = user;
    struct labelled *r = row_of(t, e);

    if (!r)
        return;
    r->used = true;
    (void)examples_add(t->examples, r, *g);
}

// ---------------------------------------------------------------- captures

// False: it can't be read; f says why.
static bool run_capture(const struct choice *c, struct teaching *t, const char *path)
{
    const char *file[] = {path, NULL};
    struct choice one = *c;
    struct gather *g = gather_new(on_talk, t);
    struct job j = {.choice = &one,
                    .wanted = WANT(message) | WANT(conn),
                    .event = gather_event,
                    .user = g,
                    .no_model = true};

    one.file = file;
    one.quiet = true;
    one.settings.workers = 1;
    bool good = session_run(&j);
    gather_free(g);
    return good;
}

static uint32_t unused(const struct labelled *row, uint32_t n)
{
    uint32_t k = 0;

    for (uint32_t i = 0; i < n; i++)
        k += !row[i].used;
    return k;
}

static bool run_manifest(const struct choice *c, struct teaching *t, struct manifest *m,
                         const char *path, struct fail *f)
{
    uint32_t captures = 0, missing = 0, lost = 0;

    for (uint32_t from = 0, to; from < m->n; from = to) {
        char file[4096];

        for (to = from; to < m->n && !strcmp(m->row[to].path, m->row[from].path); to++)
            continue;
        if (strcmp(m->row[from].set, c->set) != 0)
            continue;
        snprintf(file, sizeof(file), "%s/%s", c->root ? c->root : ".", m->row[from].path);
        captures++;
        if (access(file, R_OK) != 0) {
            missing++;
            continue;
        }
        t->row = &m->row[from];
        t->n = to - from;
        if (!run_capture(c, t, file))
            return failed(f, "%s could not be analysed", file);
        lost += unused(t->row, t->n);
    }
    say_quiet(c->quiet);
    if (!captures)
        return failed(f, "%s: no flow is of the set \"%s\"", path, c->set);
    if (missing == captures)
        return failed(f, "%s: no capture is there; --root names the folder they are in", path);
    say(SAY_NOTE, "%s: %u captures, %u of them missing; %u flows not found in theirs", path,
        captures, missing, lost);
    return true;
}

static bool from_manifest(struct examples *e, const struct choice *c, const char *path,
                          struct fail *f)
{
    struct manifest m;
    struct teaching *t = calloc(1, sizeof(*t));

    if (!t)
        abort();
    t->examples = e;
    if (e->lessons)
        e->first = lessons_count(e->lessons);
    else
        e->lessons = lessons_new();
    bool good = manifest_read(&m, path, f) && run_manifest(c, t, &m, path, f);
    manifest_free(&m);
    free(t);
    return good;
}

static bool from_vectors(struct examples *e, struct slice file, const char *path,
                         struct fail *f)
{
    if (e->lessons)
        return failed(f, "%s: these are vectors; only a manifest can be added to others", path);
    e->lessons = lessons_read(file, f);
    return e->lessons || file_failed(path, f);
}

bool examples_more(struct examples *e, const struct choice *c, const char *path, struct fail *f)
{
    struct text t = {0};

    if (!file_read(&t, path, f))
        return false;
    bool good = lessons_are(text_slice(&t)) ? from_vectors(e, text_slice(&t), path, f)
                                            : from_manifest(e, c, path, f);
    text_free(&t);
    return good;
}

bool examples_read(struct examples *e, const struct choice *c, const char *path, struct fail *f)
{
    *e = (struct examples){.n = 0};
    return examples_more(e, c, path, f);
}

void examples_free(struct examples *e)
{
    if (e->lessons)
        lessons_free(e->lessons);
    free(e->flow);
}
