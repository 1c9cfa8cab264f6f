// SPDX-License-Identifier: Apache-2.0
// The manual page, made from the tables of commands, options and settings.
#include "app/option.h"

#include <string.h>

static const char head[] =
    ".\\\" Made by: pipit schema --as man\n"
    ".TH PIPIT 1 \"\" \"pipit " PIPIT_VERSION "\" \"User Commands\"\n"
    ".SH NAME\n"
    "pipit \\- show who speaks with whom in a network, in which protocol\n"
    ".SH SYNOPSIS\n"
    ".B pipit\n"
    "[\\fICOMMAND\\fR] [\\fIOPTION\\fR]... \\fICAPTURE\\fR...\n"
    ".SH DESCRIPTION\n"
    "Reads network captures or live traffic, follows conversations and tells what they hold.\n"
    "The protocol of a conversation is what its content shows; a port is never evidence for "
    "it.\n"
    "A UDP conversation that is answered from another port than was asked is one "
    "conversation.\n"
    ".PP\n"
    "A capture is a pcap or pcapng file of either byte order, also packed with gzip, zstd or "
    "lz4;\n"
    ".B \\-\n"
    "is standard input. Several files are one stream in the order given.\n"
    "With\n"
    ".B \\-r\n"
    "or\n"
    ".B \\-i\n"
    "words that remain are a filter in the language of\n"
    ".BR pcap-filter (7).\n"
    "Times are UTC.\n";

static const char tail[] =
    ".SH FILES\n"
    "The file of\n"
    ".B \\-c\n"
    "holds lines \"config NAME: VALUE\" for the settings above, with underscores for dashes,\n"
    "comments after # and empty lines. What the command line says wins.\n"
    ".PP\n"
    "Where many rules are loaded, their compiled patterns are kept for the next start:\n"
    ".IR ~/.cache/pipit/rules\\-* ,\n"
    "the eight sets used last; they may be deleted at any time.\n"
    ".SH LIVE CAPTURE\n"
    "Started by root, pipit opens the device and the folder of logs, becomes the user nobody "
    "and\n"
    "gives up opening sockets and starting programs before it looks at the first packet. A "
    "folder\n"
    "that it makes belongs to nobody; one that exists must be writable for nobody. It never "
    "sends a\n"
    "packet. Ctrl-C ends it, and all conversations are written; a second Ctrl-C ends it at "
    "once.\n"
    ".SH EXIT STATUS\n"
    ".TP\n"
    ".B 0\n"
    "done; also when the reader of standard output went away\n"
    ".TP\n"
    ".B 1\n"
    "done, but some input was damaged, cut, or left early by Ctrl-C: what was read was "
    "analysed\n"
    ".TP\n"
    ".B 2\n"
    "wrong use, or a file, configuration or device that cannot be used, or output that cannot "
    "be\n"
    "written\n"
    ".SH ENVIRONMENT\n"
    ".TP\n"
    ".B NO_COLOR\n"
    "if set and not empty, no colours unless\n"
    ".B \\-\\-color=always\n"
    "is given\n"
    ".TP\n"
    ".B XDG_CACHE_HOME\n"
    "holds the folder pipit with compiled patterns, instead of\n"
    ".I ~/.cache\n"
    ".SH EXAMPLES\n"
    ".nf\n"
    "pipit plant.pcap\n"
    "pipit analyze plant.pcap \\-o logs\n"
    "pipit flows plant.pcap \\-f 'port 34964'\n"
    "pipit log conn \\-i eth0\n"
    "pipit explain plant.pcap 17\n"
    ".fi\n"
    ".SH SEE ALSO\n"
    ".BR tcpdump (8),\n"
    ".BR pcap-filter (7)\n";

// Text in which nothing may be taken for a command of the formatter.
static void plain(struct text *t, const char *s)
{
    if (*s == '.' || *s == '\'')
        text_str(t, "\\&");
    for (; *s; s++) {
        if (*s == '\\')
            text_str(t, "\\e");
        else if (*s == '-')
            text_str(t, "\\-");
        else if (*s == '\n' && (s[1] == '.' || s[1] == '\''))
            text_str(t, "\n\\&");
        else
            text_char(t, *s);
    }
}

static void tag(struct text *t, const char *name, const char *value)
{
    text_str(t, "\\fB");
    plain(t, name);
    text_str(t, "\\fR");
    if (value[0]) {
        text_str(t, " \\fI");
        plain(t, value);
        text_str(t, "\\fR");
    }
}

static void commands(struct text *t)
{
    text_str(t, ".SH COMMANDS\nWithout a command, analyze.\n");
    for (int i = 0; i < COMMANDS; i++) {
        text_str(t, ".TP\n");
        tag(t, command[i].name, command[i].words);
        text_char(t, '\n');
        plain(t, command[i].more);
        text_char(t, '\n');
    }
    text_str(t, ".PP\nThe logs are ");
    for (int i = 0, n = 0; i < EVENTS; i++) {
        if (i == EV_why)
            continue;
        text_printf(t, "%s%s (", n++ ? ", " : "", event_type[i].name);
        plain(t, event_type[i].doc);
        text_char(t, ')');
    }
    text_str(t, ".\n");
}

static void options(struct text *t)
{
    text_str(t, ".SH OPTIONS\n");
    for (int i = 0; i < SWITCHES; i++) {
        const struct known *s = &known[i];
        char letter[3] = {'-', s->letter, 0}, name[40] = "--";
        if (!s->doc[0])
            continue;
        strncat(name, s->name, sizeof(name) - 3);
        text_str(t, ".TP\n");
        if (s->letter)
            tag(t, letter, s->name[0] ? "" : s->value);
        if (s->letter && s->name[0])
            text_str(t, ", ");
        if (s->name[0])
            tag(t, name, s->value);
        text_char(t, '\n');
        plain(t, s->doc);
        if (s->where != ON_ALL && s->where != ON_CAPTURES) {
            const char *between = " (for ";
            for (int k = 0; k < COMMANDS; k++) {
                if (!(s->where & 1u << k))
                    continue;
                text_printf(t, "%s%s", between, command[k].name);
                between = ", ";
            }
            text_char(t, ')');
        }
        text_char(t, '\n');
    }
}

static void settings(struct text *t)
{
    text_str(t, ".SH SETTINGS\nTimes are written as 500ms, 60s, 5m, 1h, 1d.\n");
    for (int i = 0; i < SETTINGS; i++) {
        char name[80] = "--";
        strncat(name, setting_option(&setting[i]), sizeof(name) - 3);
        text_str(t, ".TP\n");
        tag(t, name, setting_value_name(&setting[i]));
        text_char(t, '\n');
        plain(t, setting[i].doc);
        text_printf(t, " (default %s)\n", setting[i].usual);
    }
}

void help_manual(struct text *t)
{
    text_str(t, head);
    commands(t);
    options(t);
    settings(t);
    text_str(t, tail);
}
