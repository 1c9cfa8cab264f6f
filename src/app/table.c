// SPDX-License-Identifier: Apache-2.0
// Aligned tables: a pass that measures, a pass that prints.
#include "app/table.h"

#include <string.h>

void cells_clear(struct cells *c)
{
    text_clear(&c->text);
    c->n = 0;
}

void cell(struct cells *c, enum style s)
{
    assert(c->n < TABLE_COLUMNS);
    c->end[c->n] = c->text.n;
    c->style[c->n++] = s;
}

void cell_text(struct cells *c, const char *s)
{
    text_str(&c->text, s);
    cell(c, STYLE_PLAIN);
}

static struct slice cell_at(const struct cells *c, unsigned i)
{
    size_t from = i ? c->end[i - 1] : 0;

    return slice_of(c->text.p + from, c->end[i] - from);
}

static void measure_cells(struct table *t)
{
    for (unsigned i = 0; i < t->n && i < t->cells.n; i++) {
        uint32_t n = cell_at(&t->cells, i).n;
        if (n && !t->used[i]) {
            t->used[i] = true;
            t->column[i].width = (uint32_t)strlen(t->column[i].title);
        }
        t->column[i].width = max_u32(t->column[i].width, n);
    }
}

void table_measure(struct table *t, struct rows r, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        cells_clear(&t->cells);
        r.fill(r.user, i, &t->cells);
        measure_cells(t);
    }
}

uint32_t table_width(const struct table *t)
{
    uint32_t width = t->indent, columns = 0;

    for (unsigned i = 0; i < t->n; i++) {
        if (!t->used[i])
            continue;
        width += t->column[i].width;
        columns++;
    }
    return width + (columns ? (columns - 1) * (t->tight ? 1 : 2) : 0);
}

void table_fit(struct table *t, uint32_t width)
{
    if (!width || table_width(t) <= width)
        return;
    t->tight = true;
    while (table_width(t) > width) {
        unsigned least = 0;
        for (unsigned i = 1; i < t->n; i++)
            if (t->used[i] && (!t->used[least] || t->drop[i] > t->drop[least]))
                least = i;
        if (!t->drop[least] || !t->used[least])
            return;
        t->used[least] = false;
    }
}

static void spaces(struct output *o, uint32_t n)
{
    while (n--)
        text_char(&o->text, ' ');
}

// The blanks that would stand at the end of a line are kept back in `owed`.
static void put_cell(const struct table *t, unsigned i, struct slice s, enum style style,
                     uint32_t *owed, struct output *o)
{
    const struct column *c = &t->column[i];
    uint32_t fill = c->width > s.n ? c->width - s.n : 0;

    if (c->side == TABLE_RIGHT)
        *owed += fill;
    if (s.n) {
        spaces(o, *owed);
        *owed = 0;
        style_begin(o, style);
        text_add(&o->text, s);
        style_end(o, style);
    }
    *owed += c->side == TABLE_LEFT ? fill : 0;
    *owed += t->tight ? 1 : 2;
}

void table_head(const struct table *t, struct output *o)
{
    uint32_t owed = t->indent;

    for (unsigned i = 0; i < t->n; i++)
        if (t->used[i])
            put_cell(t, i, slice_str(t->column[i].title), STYLE_HEAD, &owed, o);
    text_char(&o->text, '\n');
}

void table_rows(struct table *t, struct rows r, uint32_t from, uint32_t to, struct output *o)
{
    for (uint32_t i = from; i < to && !o->closed; i++) {
        uint32_t owed = t->indent;
        cells_clear(&t->cells);
        r.fill(r.user, i, &t->cells);
        for (unsigned k = 0; k < t->n && k < t->cells.n; k++)
            if (t->used[k])
                put_cell(t, k, cell_at(&t->cells, k), t->cells.style[k], &owed, o);
        text_char(&o->text, '\n');
        output_check(o);
    }
}

void table_free(struct table *t)
{
    text_free(&t->cells.text);
}

void table_print(struct table *t, struct rows r, uint32_t n, struct output *o)
{
    table_measure(t, r, 0, n);
    table_fit(t, o->width);
    table_head(t, o);
    table_rows(t, r, 0, n, o);
    table_free(t);
}
