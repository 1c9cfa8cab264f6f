// SPDX-License-Identifier: Apache-2.0
// --help, made from the tables of commands, options and settings.
#include "app/option.h"

#include <string.h>

#include "app/table.h"

static const char head[] = "pipit shows who speaks with whom in a network, in which protocol, "
                           "whatever the ports say.\n"
                           "\n"
                           "Usage: pipit [COMMAND] [OPTION]... CAPTURE...\n"
                           "\n"
                           "A capture is a pcap or pcapng file, also packed with gzip, zstd or "
                           "lz4; - is standard input.\n"
                           "Several files are one stream in the order given. With -r or -i, "
                           "words that remain are a filter.\n"
                           "\n";

static const char examples[] =
    "  pipit plant.pcap                         an overview\n"
    "  pipit analyze plant.pcap -o logs         all logs into a folder\n"
    "  pipit flows plant.pcap -f 'port 34964'   some conversations\n"
    "  pipit log conn -i eth0                   live, a line each\n"
    "  pipit explain plant.pcap 17              why packet 17 counts where it does\n";

static void command_cells(const void *user, uint32_t i, struct cells *c)
{
    cell_text(c, command[i].name);
    cell_text(c, command[i].summary);
}

// "-o DIR", "-c, --config FILE", "--json"
static void spell_all(struct text *t, const struct known *s)
{
    if (s->letter)
        text_printf(t, "-%c%s", s->letter, s->name[0] ? ", " : "");
    else
        text_str(t, "    ");
    if (s->name[0])
        text_printf(t, "--%s", s->name);
    if (s->value[0])
        text_printf(t, " %s", s->value);
}

struct listed {
    int number[SWITCHES];
    uint32_t n;
};

static struct listed options_for(unsigned commands)
{
    struct listed l = {.n = 0};

    for (int i = 0; i < SWITCHES; i++)
        if (known[i].where & commands && known[i].doc[0])
            l.number[l.n++] = i;
    return l;
}

static void option_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct listed *l = user;
    const struct known *s = &known[l->number[i]];

    spell_all(&c->text, s);
    cell(c, STYLE_PLAIN);
    cell_text(c, s->doc);
}

struct settings_listed {
    const struct setting *setting[SETTINGS];
    uint32_t n;
};

// Those of other commands are accepted, too, as a configuration is for all, but change nothing.
static bool concerns(const struct setting *s, unsigned commands)
{
    enum { ON_SCANS = ON_analyze | ON_log | ON_scans };

    if (!strncmp(s->name, "keep_", 5))
        return commands & known[SWITCH_keep].where;
    if (!strncmp(s->name, "extract_", 8))
        return commands & known[SWITCH_extract].where;
    if (!strncmp(s->name, "scan_", 5) || !strcmp(s->name, "syn_flood"))
        return commands & ON_SCANS;
    return commands & ON_ANALYSIS;
}

static void setting_cells(const void *user, uint32_t i, struct cells *c)
{
    const struct settings_listed *l = user;
    const struct setting *s = l->setting[i];

    text_printf(&c->text, "--%s %s", setting_option(s), setting_value_name(s));
    cell(c, STYLE_PLAIN);
    text_printf(&c->text, "%s (%s)", s->doc, s->usual);
    cell(c, STYLE_PLAIN);
}

static void print_list(struct output *o, struct rows r, uint32_t n)
{
    struct table t = {.n = 2, .indent = 2};

    t.column[0].title = t.column[1].title = "";
    table_measure(&t, r, 0, n);
    table_rows(&t, r, 0, n, o);
    table_free(&t);
}

static void print_all(struct output *o)
{
    struct listed options = options_for(ON_ALL & ~ON_schema);

    text_str(&o->text, head);
    output_title(o, "Commands (analyze, if none is named)");
    print_list(o, (struct rows){command_cells, NULL}, COMMANDS);
    text_char(&o->text, '\n');
    output_title(o, "Options");
    print_list(o, (struct rows){option_cells, &options}, options.n);
    text_char(&o->text, '\n');
    output_title(o, "Examples");
    text_str(&o->text, examples);
    text_str(&o->text,
             "\npipit COMMAND --help tells more of a command, and lists the settings. "
             "Exit status: 0 done,\n"
             "1 done, but input was damaged or cut, 2 wrong use or nothing could be done.\n");
}

static void print_command(struct output *o, const struct command *c)
{
    unsigned bit = 1u << (c - command);
    struct listed options = options_for(bit);
    struct settings_listed settings = {.n = 0};

    text_printf(&o->text, "Usage: pipit %s [OPTION]... %s\n\n%s\n\n", c->name, c->words,
                c->more);
    if (bit == ON_log) {
        output_title(o, "Logs");
        for (int i = 0; i < EVENTS; i++)
            if (i != EV_why)
                text_printf(&o->text, "  %-10s %s\n", event_type[i].name, event_type[i].doc);
        text_char(&o->text, '\n');
    }
    output_title(o, "Options");
    print_list(o, (struct rows){option_cells, &options}, options.n);
    for (int i = 0; i < SETTINGS; i++)
        if (concerns(&setting[i], bit))
            settings.setting[settings.n++] = &setting[i];
    if (!settings.n)
        return;
    text_char(&o->text, '\n');
    output_title(o,
                 "Settings (also as \"config NAME: VALUE\" in the file of -c, with _ for -)");
    print_list(o, (struct rows){setting_cells, &settings}, settings.n);
}

int help_print(const struct choice *c)
{
    struct output o = {.color = false};

    if (c->named)
        print_command(&o, c->command);
    else
        print_all(&o);
    return output_close(&o);
}
