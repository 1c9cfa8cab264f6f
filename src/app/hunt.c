// SPDX-License-Identifier: Apache-2.0
// pipit hunt: conversations that are not what their server port promises, the strangest first.
// What somebody has explained is left out, and can be kept in a file, so that the list shrinks
// run by run.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/explained.h"
#include "app/files.h"
#include "app/promises.h"
#include "app/session.h"
#include "app/table.h"

enum { ROWS_ON_SCREEN = 40 };

struct hunt_view {
    const struct choice *c;
    struct output out;
    struct hunt *hunt;
    struct explained *explained;
    const struct hunt_group *all;
    const struct hunt_group **left; // of all: what nobody has explained
    uint32_t n_all, n_left;
    uint64_t flows_explained;
    struct hunt_sums sums;
    struct text file;      // of --known, as it was
    struct text new_lines; // for it
    uint32_t n_new;
    struct table table;
};

// ---------------------------------------------------------------- explaining away

// A file that is not there yet will be made, if there is something to write.
static bool read_known(struct hunt_view *v, struct fail *f)
{
    const char *path = v->c->known;

    if (!path)
        return true;
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        if (v->c->away[0])
            return true;
        return failed(f, "%.300s: there is no such file; --explain-away GROUP makes it", path);
    }
    return file_read(&v->file, path, f) &&
           explained_read(v->explained, text_slice(&v->file), path, f);
}

static bool explain_group(struct hunt_view *v, const struct hunt_group *g, struct fail *f)
{
    struct text line = {0};

    if (explained_has(v->explained, g))
        return true;
    explained_line(&line, g);
    bool good = explained_read(v->explained, text_slice(&line), "--explain-away", f);
    text_add(&v->new_lines, text_slice(&line));
    text_free(&line);
    v->n_new++;
    return good;
}

// One group by its id, or all of them.
static bool explain_word(struct hunt_view *v, struct slice word, struct fail *f)
{
    bool all = word.n == 3 && !memcmp(word.p, "all", 3), found = all;

    for (uint32_t i = 0; i < v->n_all; i++) {
        char id[HUNT_ID];
        hunt_id(&v->all[i], id);
        if (!all && (word.n != HUNT_ID - 1 || memcmp(word.p, id, word.n) != 0))
            continue;
        found = true;
        if (!explain_group(v, &v->all[i], f))
            return false;
    }
    return found ||
           failed(f,
                  "--explain-away: there is no group \"%.*s\" here; without this option the "
                  "groups are listed",
                  (int)min_u32(word.n, 60), (const char *)word.p);
}

static bool explain_away(struct hunt_view *v, struct fail *f)
{
    for (const char *const *word = v->c->away; *word; word++)
        for (const char *at = *word, *end;; at = end + 1) {
            end = at + strcspn(at, ",");
            if (!explain_word(v, slice_of(at, (size_t)(end - at)), f))
                return false;
            if (!*end)
                break;
        }
    return true;
}

static bool write_known(struct hunt_view *v, struct fail *f)
{
    static const char head[] =
        "# What pipit hunt leaves out: server port transport verdict; * is any.\n";

    if (!v->c->known || !v->n_new)
        return true;
    if (!v->file.n)
        text_str(&v->file, head);
    else if (v->file.p[v->file.n - 1] != '\n')
        text_char(&v->file, '\n');
    text_add(&v->file, text_slice(&v->new_lines));
    if (v->file.full)
        return failed(f, "%.300s: larger than %d MB", v->c->known, TEXT_MOST >> 20);
    return file_write(v->c->known, text_slice(&v->file), f);
}

static bool sort_out(struct hunt_view *v, struct fail *f)
{
    v->all = hunt_list(v->hunt, &v->n_all, &v->sums);
    if (!explain_away(v, f) || !write_known(v, f))
        return false;
    v->left = mem_reserve(HUNT_GROUPS * sizeof(*v->left));
    for (uint32_t i = 0; i < v->n_all; i++) {
        if (explained_has(v->explained, &v->all[i]))
            v->flows_explained += v->all[i].flows;
        else
            v->left[v->n_left++] = &v->all[i];
    }
    return true;
}

// ---------------------------------------------------------------- the table

static void put_promised(struct cells *c, const struct hunt_group *g)
{
    for (uint32_t i = 0; i < g->n_promised; i++) {
        text_str(&c->text, i ? "," : "");
        text_str(&c->text, g->promised[i]);
    }
    cell(c, STYLE_PLAIN);
}

static void group_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct hunt_view *v = user;
    const struct hunt_group *g = v->left[i];
    char id[HUNT_ID];

    hunt_id(g, id);
    cell_text(c, id);
    text_printf(&c->text, "%u %%", g->strange);
    cell(c, g->strange >= HUNT_STRANGE ? STYLE_ALARM : STYLE_PLAIN);
    text_endpoint(&c->text, &g->server, g->port);
    text_printf(&c->text, "/%s", g->proto);
    cell(c, STYLE_PLAIN);
    cell_text(c, hunt_direction_name[g->direction]);
    put_promised(c, g);
    cell_text(c, g->verdict);
    if (g->sure)
        text_printf(&c->text, "%u %%", g->sure);
    cell(c, STYLE_PLAIN);
    text_short(&c->text, g->clients);
    cell(c, STYLE_PLAIN);
    text_short(&c->text, g->flows);
    cell(c, STYLE_PLAIN);
    text_size(&c->text, g->bytes);
    cell(c, STYLE_PLAIN);
    text_uid(&c->text, g->uid);
    cell(c, STYLE_FAINT);
}

static void prepare_table(struct table *t)
{
    *t = (struct table){
        .column = {{"GROUP", TABLE_LEFT, 0},
                   {"STRANGE", TABLE_RIGHT, 0},
                   {"SERVER", TABLE_LEFT, 0},
                   {"DIRECTION", TABLE_LEFT, 0},
                   {"PROMISED", TABLE_LEFT, 0},
                   {"FOUND", TABLE_LEFT, 0},
                   {"SURE", TABLE_RIGHT, 0},
                   {"CLIENTS", TABLE_RIGHT, 0},
                   {"FLOWS", TABLE_RIGHT, 0},
                   {"BYTES", TABLE_RIGHT, 0},
                   {"EXAMPLE", TABLE_LEFT, 0}},
        .n = 11,
        .drop = {[3] = 2, [6] = 4, [7] = 5, [8] = 3, [9] = 6, [10] = 1},
    };
}

// Below its row, the grounds of a group.
static void put_grounds(struct output *o, const struct hunt_group *g)
{
    text_str(&o->text, "    ");
    style_begin(o, g->kind == HUNT_KNOCKING ? STYLE_NOTE : STYLE_FAINT);
    if (g->kind == HUNT_KNOCKING)
        hunt_words(&o->text, g);
    else
        text_bytes(&o->text, g->why, g->why_n);
    style_end(o, g->kind == HUNT_KNOCKING ? STYLE_NOTE : STYLE_FAINT);
    text_char(&o->text, '\n');
}

static void put_section(struct hunt_view *v, uint32_t from, uint32_t to, const char *title)
{
    struct rows rows = {group_cells, v};

    if (from >= to)
        return;
    if (from)
        text_char(&v->out.text, '\n');
    output_title(&v->out, "%s", title);
    table_head(&v->table, &v->out);
    for (uint32_t i = from; i < to; i++) {
        table_rows(&v->table, rows, i, i + 1, &v->out);
        put_grounds(&v->out, v->left[i]);
    }
}

static void print_groups(struct hunt_view *v)
{
    uint32_t shown = v->out.width ? min_u32(v->n_left, ROWS_ON_SCREEN) : v->n_left;
    uint32_t strange = 0;

    while (strange < shown && v->left[strange]->strange >= HUNT_STRANGE)
        strange++;
    prepare_table(&v->table);
    table_measure(&v->table, (struct rows){group_cells, v}, 0, shown);
    table_fit(&v->table, v->out.width);
    put_section(v, 0, strange, "Not what the port promises");
    put_section(v, strange, shown, "Unusual, or only hard to tell");
    table_free(&v->table);
    if (shown < v->n_left) {
        text_str(&v->out.text, "and ");
        text_plural(&v->out.text, v->n_left - shown, "group", "groups");
        text_str(&v->out.text, " more; a file or a pipe gets all\n");
    }
}

// ---------------------------------------------------------------- the foot

static void put_sums(struct hunt_view *v)
{
    struct text *t = &v->out.text;
    uint32_t explained = v->n_all - v->n_left;

    text_plural(t, v->sums.fine, "conversation is", "conversations are");
    text_str(t, " what the port promises");
    if (v->sums.unjudged) {
        text_str(t, "; ");
        text_thousands(t, v->sums.unjudged);
        text_str(t, " showed too little to be judged");
    }
    text_char(t, '\n');
    if (explained) {
        text_plural(t, explained, "group", "groups");
        text_str(t, " of ");
        text_plural(t, v->flows_explained, "conversation", "conversations");
        text_str(t, explained == 1 ? " was explained away\n" : " were explained away\n");
    }
    if (v->n_new && v->c->known) {
        text_plural(t, v->n_new, "line", "lines");
        text_printf(t, " added to %s\n", v->c->known);
    }
    if (v->sums.lost) {
        text_plural(t, v->sums.lost, "conversation", "conversations");
        text_str(t, " found no room; a filter (-f) makes groups fewer\n");
    }
    if (v->sums.many_clients)
        text_str(t, "too many clients to be counted: CLIENTS is too small\n");
}

// Only for somebody at a terminal, and of files that can be read again.
static void put_advice(struct hunt_view *v)
{
    struct text *t = &v->out.text;
    char id[HUNT_ID];

    if (!isatty(STDOUT_FILENO) || !v->n_left || v->c->quiet || v->c->device ||
        !strcmp(v->c->file[0], "-"))
        return;
    hunt_id(v->left[0], id);
    text_str(t, "\nNext: see why, and when you know what it is, explain it away\n");
    text_str(t, "  pipit explain ");
    capture_words(t, v->c);
    text_char(t, ' ');
    text_uid(t, v->left[0]->uid);
    text_str(t, "\n  pipit hunt ");
    capture_words(t, v->c);
    text_printf(t, " --known %s --explain-away %s\n", v->c->known ? v->c->known : "known.txt",
                id);
}

// ---------------------------------------------------------------- JSON

static void put_group_json(struct text *t, const struct hunt_group *g)
{
    struct text word = {0};
    char id[HUNT_ID];

    hunt_id(g, id);
    text_char(t, '{');
    json_text(t, "group", id);
    json_number(t, "strange", g->strange);
    text_addr(&word, &g->server);
    text_char(&word, 0);
    json_text(t, "server", word.p);
    json_number(t, "port", g->port);
    json_text(t, "proto", g->proto);
    json_text(t, "direction", hunt_direction_name[g->direction]);
    json_key(t, "promised");
    text_char(t, '[');
    for (uint32_t i = 0; i < g->n_promised; i++) {
        text_str(t, i ? "," : "");
        json_word(t, g->promised[i]);
    }
    text_char(t, ']');
    json_text(t, "verdict", g->verdict);
    json_number(t, "sure", g->sure);
    json_number(t, "clients", g->clients);
    json_number(t, "flows", g->flows);
    json_number(t, "bytes", g->bytes);
    text_clear(&word);
    text_uid(&word, g->uid);
    text_char(&word, 0);
    json_text(t, "uid", word.p);
    json_key(t, "first");
    text_seconds(t, g->first);
    json_key(t, "last");
    text_seconds(t, g->last);
    text_clear(&word);
    hunt_words(&word, g);
    text_char(&word, 0);
    json_text(t, "msg", word.p);
    text_clear(&word);
    text_bytes(&word, g->why, g->why_n);
    text_char(&word, 0);
    json_text(t, "why", word.p);
    text_str(t, "}\n");
    text_free(&word);
}

// ---------------------------------------------------------------- the command

static void print(struct hunt_view *v)
{
    if (v->c->json) {
        for (uint32_t i = 0; i < v->n_left && !v->out.closed; i++) {
            put_group_json(&v->out.text, v->left[i]);
            output_check(&v->out);
        }
        return;
    }
    print_groups(v);
    if (v->n_left)
        text_char(&v->out.text, '\n');
    put_sums(v);
    put_advice(v);
}

static int hunt(struct hunt_view *v)
{
    struct job j = {.choice = v->c, .watch.hunt = v->hunt};
    struct fail f;

    if (!read_known(v, &f)) {
        say(SAY_ERROR, "%s", f.text);
        return 2;
    }
    if (!session_run(&j))
        return 2;
    if (!sort_out(v, &f)) {
        session_end(&j, 0);
        say(SAY_ERROR, "%s", f.text);
        return 2;
    }
    print(v);
    return session_end(&j, output_close(&v->out));
}

int command_hunt(const struct choice *c)
{
    struct hunt_view *v = mem_reserve(sizeof(*v));

    v->c = c;
    v->out.color = color_wanted(c);
    v->out.width = output_width();
    v->hunt = promises_hunt(c);
    v->explained = explained_new();
    int status = hunt(v);
    hunt_close(v->hunt);
    explained_free(v->explained);
    if (v->left)
        mem_release(v->left, HUNT_GROUPS * sizeof(*v->left));
    text_free(&v->file);
    text_free(&v->new_lines);
    text_free(&v->out.text);
    mem_release(v, sizeof(*v));
    return status;
}
