// SPDX-License-Identifier: Apache-2.0
// Setup failures and messages to the operator.
#include "base/base.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool be_quiet;

struct slice slice_str(const char *s)
{
    return slice_of(s, strlen(s));
}

bool slice_has_word(struct slice s, const char *word)
{
    size_t n = strlen(word);

    for (uint32_t i = 0; i + n <= s.n; i++)
        if (!strncasecmp((const char *)s.p + i, word, n))
            return true;
    return false;
}

bool failed(struct fail *f, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(f->text, sizeof(f->text), fmt, ap);
    va_end(ap);
    return false;
}

void say_quiet(bool quiet)
{
    be_quiet = quiet;
}

void say(enum say_level level, const char *fmt, ...)
{
    static const char *const word[] = {"", "warning: ", ""};
    char line[1024];
    va_list ap;

    if (be_quiet && level == SAY_NOTE)
        return;
    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    fprintf(stderr, "pipit: %s%s\n", word[level], line);
}
