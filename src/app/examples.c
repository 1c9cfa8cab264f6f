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

// The rows of one capture, while it is analysed.
struct teaching {
    struct lessons *lessons;
    struct labelled *row;
    uint32_t n;
    struct tokens view[VIEWS];
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

static void add_example(struct teaching *t, const struct labelled *r, struct glimpse g)
{
    struct example e = {.label = strcmp(r->label, "?") != 0 ? r->label : "",
                        .source = r->source,
                        .capture = r->path,
                        .origin = r->origin,
                        .same = opening_hash(&g)};

    g.no_delays = strcmp(r->origin, "capture") != 0;
    for (unsigned v = 0; v < VIEWS; v++) {
        struct glimpse seen;
        const char *probed = NULL;

        t->view[v].n = 0;
        if (view_of(&seen, &g, (enum view)v)) {
            meter(&t->view[v], &seen);
            probed = ident_probed(&seen);
        }
        e.probe[v] = probed ? probed : "";
        e.view[v] = &t->view[v];
    }
    (void)lessons_add(t->lessons, &e);
}

static void on_talk(void *user, const struct glimpse *g, const struct ev_conn *e)
{
    struct teaching *t = user;
    struct labelled *r = row_of(t, e);

    if (!r)
        return;
    r->used = true;
    add_example(t, r, *g);
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

static struct lessons *from_manifest(const struct choice *c, const char *path, struct fail *f)
{
    struct manifest m;
    struct teaching *t = calloc(1, sizeof(*t));
    uint32_t captures = 0, missing = 0, lost = 0;
    bool good = t && manifest_read(&m, path, f);

    if (t)
        t->lessons = lessons_new();
    for (uint32_t from = 0, to; good && from < m.n; from = to) {
        char file[4096];

        for (to = from; to < m.n && !strcmp(m.row[to].path, m.row[from].path); to++)
            continue;
        snprintf(file, sizeof(file), "%s/%s", c->root ? c->root : ".", m.row[from].path);
        captures++;
        if (access(file, R_OK) != 0) {
            missing++;
            continue;
        }
        t->row = &m.row[from];
        t->n = to - from;
        if (strcmp(m.row[from].set, c->set) == 0) {
            good = run_capture(c, t, file) || failed(f, "%s could not be analysed", file);
            lost += unused(t->row, t->n);
        }
    }
    if (good)
        say(SAY_NOTE, "%s: %u captures, %u of them missing; %u flows not found in theirs", path,
            captures, missing, lost);
    struct lessons *l = t ? t->lessons : NULL;
    if (t)
        manifest_free(&m);
    free(t);
    if (l && !good)
        lessons_free(l);
    return good ? l : NULL;
}

struct lessons *examples_read(const struct choice *c, const char *path, struct fail *f)
{
    struct text t = {0};
    struct lessons *l = NULL;

    if (!file_read(&t, path, f))
        return NULL;
    if (lessons_are(text_slice(&t)))
        l = lessons_read(text_slice(&t), f);
    else
        l = from_manifest(c, path, f);
    text_free(&t);
    return l;
}
