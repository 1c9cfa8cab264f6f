// SPDX-License-Identifier: Apache-2.0
// The table of events as Markdown, for docs/events.md.
#include "write/line.h"

static const char intro[] = "# Events\n"
                            "\n"
                            "Every log and its columns, made from `src/event/event.def` and "
                            "`odd.def`. In JSON a column is\n"
                            "a key of the line's one object; in Zeek's format a column of "
                            "`<log>.log` with the type given\n"
                            "here; in EVE a field stands under its path, which names nested "
                            "objects, and a path that ends\n"
                            "in `[]` is a list. What stands in (`brackets`) is only for rules. "
                            "\"Maybe\" means: left out where it says "
                            "nothing (`-` in Zeek's format).\n"
                            "Numbers that JSON writes without quotes are bool, count, double, "
                            "interval, port and time.\n";

// A cell of a table: a bar would end it.
static void cell(struct text *t, const char *s)
{
    for (; *s; s++) {
        if (*s == '|')
            text_char(t, '\\');
        text_char(t, *s);
    }
}

static void code(struct text *t, const char *s)
{
    text_char(t, '`');
    cell(t, s);
    text_char(t, '`');
}

static void head_rows(struct text *t, enum event_head head)
{
    static const char *const eve[HEAD_COLUMNS] = {"timestamp", "flow_id", "src_ip",
                                                  "src_port",  "dest_ip", "dest_port"};

    for (int i = 0; i < head_columns(head); i++) {
        const struct head_column *h = &head_column[i];

        text_str(t, "| ");
        code(t, h->name);
        text_str(t, " | ");
        text_str(t, h->type);
        text_str(t, i ? " | maybe | " : " | always | ");
        code(t, eve[i]);
        text_str(t, " | ");
        cell(t, h->doc);
        text_str(t, " |\n");
    }
}

static void field_row(struct text *t, const struct field *f)
{
    text_str(t, "| ");
    if (f->column[0])
        code(t, f->column);
    else if (f->eve[0])
        text_str(t, "(only EVE)");
    else
        text_printf(t, "(`%s`)", f->name);
    text_str(t, " | ");
    text_str(t, zeek_type(f->type));
    text_str(t, f->presence == FIELD_ALWAYS ? " | always | " : " | maybe | ");
    if (f->eve[0])
        code(t, f->eve);
    text_str(t, " | ");
    cell(t, f->doc);
    text_str(t, " |\n");
}

static void event_section(struct text *t, const struct event_type *type)
{
    text_str(t, "\n## ");
    text_str(t, type->name);
    text_str(t, "\n\nA record for each: ");
    text_str(t, type->doc);
    if (type->eve[0]) {
        text_str(t, ". EVE: `event_type` ");
        code(t, type->eve);
    }
    text_str(t, ".\n\n| column | type | presence | EVE path | what it says |\n"
                "|---|---|---|---|---|\n");
    head_rows(t, type->head);
    for (uint16_t i = 0; i < type->n_fields; i++)
        field_row(t, &type->field[i]);
}

void write_schema(struct text *t)
{
    text_str(t, intro);
    for (int i = 0; i < EVENTS; i++)
        event_section(t, &event_type[i]);
    text_str(t, "\n# Oddities\n\n"
                "The names in `weird`. Weight: from 1, curious, to 5, forged.\n\n"
                "| name | weight | room | what it says |\n|---|---|---|---|\n");
    for (int i = 0; i < ODDS; i++) {
        text_str(t, "| ");
        code(t, odd_type[i].name);
        text_str(t, " | ");
        text_i64(t, odd_type[i].weight);
        text_str(t, " | ");
        text_str(t, odd_type[i].room);
        text_str(t, " | ");
        cell(t, odd_type[i].sentence);
        text_str(t, " |\n");
    }
}
