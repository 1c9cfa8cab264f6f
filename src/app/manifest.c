// SPDX-License-Identifier: Apache-2.0
// Reading a manifest: all or nothing.
#include "app/manifest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "app/files.h"

enum column {
    PATH,
    PROTO,
    A_IP,
    A_PORT,
    B_IP,
    B_PORT,
    FIRST_TS,
    LABEL,
    SOURCE,
    ORIGIN,
    SET,
    COLUMNS_KNOWN,
    COLUMNS_MOST = 32
};
static const char *const column_name[COLUMNS_KNOWN] = {"path",   "proto",  "a_ip",     "a_port",
                                                       "b_ip",   "b_port", "first_ts", "label",
                                                       "source", "origin", "set"};

struct reading {
    const char *path;
    unsigned line;
    int column[COLUMNS_MOST]; // which of the known, -1: none
    unsigned n_columns;
    struct fail *f;
};

// Cuts the line at its tabs; gives the number of cells.
static unsigned cut(char *line, char **cell, unsigned most)
{
    unsigned n = 0;

    for (char *at = line; at && n < most; n++) {
        cell[n] = at;
        at = strchr(at, '\t');
        if (at)
            *at++ = 0;
    }
    return n;
}

static bool read_head(struct reading *r, char *line)
{
    char *cell[COLUMNS_MOST];
    bool seen[COLUMNS_KNOWN] = {false};

    r->n_columns = cut(line, cell, COLUMNS_MOST);
    for (unsigned i = 0; i < r->n_columns; i++) {
        r->column[i] = -1;
        for (int k = 0; k < COLUMNS_KNOWN; k++)
            if (!strcmp(cell[i], column_name[k]))
                seen[k] = true, r->column[i] = k;
    }
    for (int k = 0; k < COLUMNS_KNOWN; k++)
        if (!seen[k])
            return failed(r->f, "%s:1: the header line has no column \"%s\"", r->path,
                          column_name[k]);
    return true;
}

static bool read_port(struct reading *r, const char *text, uint16_t *port)
{
    char *end;
    unsigned long v = strtoul(text, &end, 10);

    if (*end || !*text || v > UINT16_MAX)
        return failed(r->f, "%s:%u: \"%.40s\" is no port", r->path, r->line, text);
    *port = (uint16_t)v;
    return true;
}

static bool read_time(struct reading *r, const char *text, nsec *ts)
{
    enum { NSEC_DIGITS = 9 };
    char *end;
    bool before_1970 = text[0] == '-';
    long long seconds = strtoll(text + before_1970, &end, 10);
    nsec part = 0;

    if (*end == '.') {
        unsigned digits = 0;
        for (end++; *end >= '0' && *end <= '9' && digits < NSEC_DIGITS; end++, digits++)
            part = part * 10 + (*end - '0');
        for (; digits < NSEC_DIGITS; digits++)
            part *= 10;
    }
    if (*end || !*text || seconds < 0 || seconds > INT64_MAX / SECOND - 1)
        return failed(r->f, "%s:%u: \"%.40s\" is no time in seconds", r->path, r->line, text);
    *ts = (seconds * SECOND + part) * (before_1970 ? -1 : 1);
    return true;
}

static bool read_row(struct reading *r, char *line, struct labelled *to)
{
    char *cell[COLUMNS_MOST];
    char *known[COLUMNS_KNOWN] = {NULL};
    unsigned n = cut(line, cell, COLUMNS_MOST);

    if (n != r->n_columns)
        return failed(r->f, "%s:%u: %u columns instead of %u", r->path, r->line, n,
                      r->n_columns);
    for (unsigned i = 0; i < n; i++)
        if (r->column[i] >= 0)
            known[r->column[i]] = cell[i];
    *to = (struct labelled){.path = known[PATH],
                            .proto = known[PROTO],
                            .a_ip = known[A_IP],
                            .b_ip = known[B_IP],
                            .label = known[LABEL],
                            .source = known[SOURCE],
                            .origin = known[ORIGIN],
                            .set = known[SET]};
    return read_port(r, known[A_PORT], &to->a_port) &&
           read_port(r, known[B_PORT], &to->b_port) &&
           read_time(r, known[FIRST_TS], &to->first);
}

static uint32_t count_lines(const struct text *t)
{
    uint32_t n = 0;

    for (size_t i = 0; i < t->n; i++)
        n += t->p[i] == '\n';
    return n;
}

bool manifest_read(struct manifest *m, const char *path, struct fail *f)
{
    struct reading r = {.path = path, .f = f};

    *m = (struct manifest){.n = 0};
    if (!file_read(&m->text, path, f))
        return false;
    if (m->text.n && memchr(m->text.p, 0, m->text.n))
        return failed(f, "%s: this is neither a manifest nor vectors", path);
    text_char(&m->text, '\n');
    text_char(&m->text, 0);
    m->row = calloc((size_t)count_lines(&m->text) + 1, sizeof(*m->row));
    if (!m->row)
        return failed(f, "no memory for %s", path);
    for (char *at = m->text.p, *end; (end = strchr(at, '\n')); at = end + 1) {
        *end = 0;
        r.line++;
        if (r.line == 1 ? !read_head(&r, at) : *at && !read_row(&r, at, &m->row[m->n]))
            return false;
        m->n += r.line > 1 && *at;
    }
    return true;
}

void manifest_free(struct manifest *m)
{
    text_free(&m->text);
    free(m->row);
}
