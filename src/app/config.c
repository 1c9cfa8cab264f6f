// SPDX-License-Identifier: Apache-2.0
// The configuration file, in Snort's syntax: lines `config name: value`, comments, empty lines.
#include "app/setting.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/nearest.h"

enum { LINE_MOST = 4096 };

static char *skip_blanks(char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

// A # begins a comment at the start of a line and behind a blank.
static void strip(char *line)
{
    size_t n;

    for (char *p = line; *p; p++) {
        if (*p == '#' && (p == line || isspace((unsigned char)p[-1]))) {
            *p = 0;
            break;
        }
    }
    for (n = strlen(line); n && isspace((unsigned char)line[n - 1]); n--)
        line[n - 1] = 0;
}

// Cuts the first word off, at a blank or a colon; gives what is behind it.
static char *cut_word(char *p)
{
    char *end = p + strcspn(p, " \t:");

    if (*end == ':') {
        *end = 0;
        return end + 1;
    }
    if (*end)
        *end++ = 0;
    end = skip_blanks(end);
    return *end == ':' ? end + 1 : end;
}

static bool take_config(struct settings *to, char *rest, struct fail *f)
{
    char *name = skip_blanks(rest), *value;
    const struct setting *s;
    struct fail why;

    if (!*name)
        return failed(f, "config needs a name and a value: config flow_idle_udp: 60s");
    value = skip_blanks(cut_word(name));
    s = setting_find(name);
    if (!s)
        return failed(f, "there is no setting \"%.60s\"%s", name,
                      nearest_hint(setting_nearest(name)));
    if (!*value)
        return failed(f, "config %s needs a value: config %s: %s", s->name, s->name, s->usual);
    return setting_give(to, s, value, &why) || failed(f, "config %s: %s", s->name, why.text);
}

static bool take_line(struct settings *to, char *line, struct fail *f)
{
    char *word, *rest;

    strip(line);
    word = skip_blanks(line);
    if (!*word)
        return true;
    rest = cut_word(word);
    if (strcmp(word, "config") != 0)
        return failed(f,
                      "\"%.40s\" is not understood; lines are \"config NAME: VALUE\", comments "
                      "after #, or empty",
                      word);
    return take_config(to, rest, f);
}

static bool read_lines(FILE *file, struct settings *to, const char *path, struct fail *f)
{
    char line[LINE_MOST + 2]; // a byte of each line must stay 0 for the end to be found
    struct fail why;
    unsigned number = 0;

    for (;;) {
        memset(line, 1, sizeof(line));
        if (!fgets(line, sizeof(line), file))
            break;
        number++;
        size_t n = strlen(line);
        if (n && line[n - 1] != '\n' && !feof(file))
            return failed(f, "%.200s:%u: %s", path, number,
                          n == sizeof(line) - 1 ? "the line is longer than 4096 bytes"
                                                : "there is a zero byte; is this a text file?");
        if (!n)
            return failed(f, "%.200s:%u: there is a zero byte; is this a text file?", path,
                          number);
        if (!take_line(to, line, &why))
            return failed(f, "%.200s:%u: %s", path, number, why.text);
    }
    return !ferror(file) || failed(f, "%.200s: cannot be read: %s", path, strerror(errno));
}

bool settings_read(struct settings *to, const char *path, struct fail *f)
{
    struct settings now = *to;
    FILE *file = fopen(path, "re");
    struct stat st;
    bool good;

    if (!file)
        return failed(f, "%.200s: cannot be opened: %s", path, strerror(errno));
    if (!fstat(fileno(file), &st) && S_ISDIR(st.st_mode))
        good = failed(f, "%.200s: is a folder; -c takes a file", path);
    else
        good = read_lines(file, &now, path, f);
    fclose(file);
    if (good)
        *to = now;
    return good;
}
