// SPDX-License-Identifier: Apache-2.0
// The table of the published names. A figure stands beside the number of flows that it rests
// on; where it would rest on one capture or program, words stand instead.
#include "learn/published.h"

#include <stdlib.h>
#include <string.h>

struct basis { // what a name was learnt from
    uint32_t flows, captures, programs, made;
};

static struct basis basis_of(const struct corpus *c, const char *name)
{
    struct basis b = {0};
    const char *program = NULL;

    for (uint32_t i = 0; i < c->n; i++) { // sorted by label, source, capture
        const struct lesson *l = c->lesson[i];
        if (strcmp(l->label, name) != 0)
            continue;
        bool made = is_generated(l), captured = is_captured(l);
        b.made += made;
        b.flows += !made;
        b.captures += captured && (!i || c->capture[i] != c->capture[i - 1]);
        b.programs += !made && !captured && l->source != program;
        program = l->source;
    }
    return b;
}

static const struct name_figures *figures_of(const struct name_figures *list, uint32_t n,
                                             const char *name)
{
    for (uint32_t i = 0; i < n; i++) {
        if (!strcmp(list[i].name, name))
            return &list[i];
    }
    return NULL;
}

static void print_figures(struct text *t, const struct name_figures *f)
{
    if (!f) {
        text_printf(t, " %6s %9s %7s", "-", "-", "-");
        return;
    }
    text_printf(t, " %6u", f->flows);
    if (f->called)
        text_printf(t, " %9.3f", (double)f->right / f->called);
    else
        text_printf(t, " %9s", "-");
    text_printf(t, " %7.3f", (double)f->right / f->flows);
}

static const char *remark(const struct naming *n, const struct basis *b, bool measured)
{
    if (!strcmp(n->over, "link"))
        return "told by its header";
    if (hidden_tells(n->name))
        return "told by its sizes";
    if (!b->flows && !b->made)
        return measured || n->probed ? "told by its structure" : "none";
    if (!measured)
        return b->flows ? "taught, not measured" : "generated, not measured";
    return b->flows ? "" : "taught from generated flows";
}

static void print_line(struct text *t, const struct published *p, const struct naming *n)
{
    const struct name_figures *held = figures_of(p->held, p->n_held, n->name);
    const struct name_figures *aside = figures_of(p->put_aside, p->n_put_aside, n->name);
    struct basis b = basis_of(p->corpus, n->name);

    text_printf(t, "%-19s %-29s %-5s %5u %8u %8u %9u", n->name, n->published, n->reach, b.flows,
                b.captures, b.programs, b.made);
    print_figures(t, held);
    print_figures(t, aside);
    text_printf(t, "  %s", remark(n, &b, held || aside));
    while (t->n && t->p[t->n - 1] == ' ')
        t->n--;
    text_char(t, '\n');
}

void print_published(struct text *t, const struct published *p)
{
    uint32_t published = 0, taught = 0, hidden = 0;

    text_printf(t, "%-19s %-29s %5s %23s %9s  %22s  %22s\n", "", "", "", "learnt from", "",
                "captures held out", "programs never taught");
    text_printf(t, "%-19s %-29s %-5s %5s %8s %8s %9s %6s %9s %7s %6s %9s %7s\n", "name",
                "published as", "reach", "flows", "captures", "programs", "generated", "flows",
                "precision", "recall", "flows", "precision", "recall");
    for (uint32_t i = 0; i < p->learn->n_naming; i++) {
        const struct naming *n = &p->learn->naming[i];
        if (!*n->published)
            continue;
        struct basis b = basis_of(p->corpus, n->name);
        published++;
        taught += b.flows || b.made;
        hidden += hidden_tells(n->name);
        print_line(t, p, n);
    }
    text_printf(t, "%u names, %u of them learnt, %u told by the sizes of random bytes\n",
                published, taught, hidden);
}
