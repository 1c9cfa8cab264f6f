// SPDX-License-Identifier: Apache-2.0
// pipit scans: who scanned what, and what came of it.
#include "app/session.h"
#include "app/table.h"

struct scans_view {
    struct output out;
    struct scans *scans;
    const struct scan *scan;
    uint32_t n;
    bool dates; // of different days
};

struct scans *scans_of(const struct choice *c)
{
    struct scan_limits l = settings_scans(&c->settings, c->device != NULL);

    l.sorted = c->command == &command[COMMAND_scans] && !c->device;
    return scans_open(&l);
}

static void cell_count(struct cells *c, uint32_t n)
{
    if (n)
        text_thousands(&c->text, n);
    cell(c, STYLE_PLAIN);
}

static void scan_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct scans_view *v = user;
    const struct scan *s = &v->scan[i];

    text_str(&c->text, scan_severity_name[s->severity]);
    cell(c, s->severity >= 3   ? STYLE_ALARM
            : s->severity == 2 ? STYLE_NOTE
            : s->severity      ? STYLE_PLAIN
                               : STYLE_FAINT);
    cell_text(c, scan_kind_name[s->kind]);
    text_addr(&c->text, &s->src);
    if (s->sources > 1)
        text_printf(&c->text, " and %u", s->sources - 1);
    cell(c, STYLE_PLAIN);
    cell_count(c, s->targets);
    cell_count(c, s->answered);
    cell_count(c, s->refused);
    cell_count(c, s->silent);
    cell_count(c, s->blocked);
    cell_count(c, s->data_after);
    text_moment(&c->text, s->first, v->dates);
    cell(c, STYLE_FAINT);
    text_span(&c->text, s->last - s->first);
    cell(c, STYLE_FAINT);
    cell_text(c, s->verdict);
}

static bool of_different_days(const struct scans_view *v)
{
    const nsec day = 86400 * SECOND;

    for (uint32_t i = 1; i < v->n; i++)
        if (v->scan[i].first / day != v->scan[0].first / day)
            return true;
    return false;
}

// What does not fit into a line of the table.
static void print_evidence(struct scans_view *v)
{
    enum { MOST = 20 };
    struct text *t = &v->out.text;
    bool titled = false;

    for (uint32_t i = 0; i < v->n && i < MOST; i++) {
        if (!v->scan[i].evidence[0])
            continue;
        if (!titled) {
            text_char(t, '\n');
            output_title(&v->out, "What else speaks for it");
        }
        titled = true;
        text_str(t, "  ");
        text_addr(t, &v->scan[i].src);
        text_printf(t, ", %s: %s\n", scan_kind_name[v->scan[i].kind], v->scan[i].evidence);
    }
}

static void print(struct scans_view *v)
{
    struct table t = {
        .column = {{"SEVERITY", TABLE_LEFT, 0},
                   {"KIND", TABLE_LEFT, 0},
                   {"SOURCE", TABLE_LEFT, 0},
                   {"TARGETS", TABLE_RIGHT, 0},
                   {"ANSWERED", TABLE_RIGHT, 0},
                   {"REFUSED", TABLE_RIGHT, 0},
                   {"SILENT", TABLE_RIGHT, 0},
                   {"BLOCKED", TABLE_RIGHT, 0},
                   {"DATA", TABLE_RIGHT, 0},
                   {"BEGAN", TABLE_LEFT, 0},
                   {"TOOK", TABLE_RIGHT, 0},
                   {"VERDICT", TABLE_LEFT, 0}},
        .n = 12,
        .drop = {[3] = 3, [4] = 4, [5] = 5, [6] = 6, [7] = 7, [8] = 8, [9] = 2, [10] = 1},
    };

    v->scan = scans_list(v->scans, &v->n);
    if (!v->n) {
        text_str(&v->out.text, "no scans\n");
        return;
    }
    v->dates = of_different_days(v);
    table_print(&t, (struct rows){scan_cells, v}, v->n, &v->out);
    print_evidence(v);
}

int command_scans(const struct choice *c)
{
    struct scans_view v = {.out = {.color = color_wanted(c), .width = output_width()},
                           .scans = scans_of(c)};
    struct choice chosen = *c;
    struct job j = {.choice = &chosen, .watch.scans = v.scans};
    int status = 2;

    if (c->json) {
        chosen.log = EV_scan;
        j.sink = JOB_STDOUT;
        j.written = WANT(scan);
    }
    if (session_run(&j)) {
        if (!c->json)
            print(&v);
        if (scans_sums(v.scans).scans_lost)
            say(SAY_WARNING, "%llu more scans found no room here; pipit log scan has them",
                (unsigned long long)scans_sums(v.scans).scans_lost);
        status = session_end(&j, output_close(&v.out));
    }
    text_free(&v.out.text);
    scans_close(v.scans);
    return status;
}
