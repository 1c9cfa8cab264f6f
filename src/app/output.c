// SPDX-License-Identifier: Apache-2.0
// Standard output: buffered, with colours where wanted; what happens when it is full or closed.
#include "app/output.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MUCH = 64 * 1024 };

static const char *const begin[] = {"",         "\033[1m",    "\033[1;36m", "\033[2m",
                                    "\033[33m", "\033[1;31m", "\033[36m",   "\033[32m"};

void output_flush(struct output *o)
{
    size_t at = 0;

    while (at < o->text.n && !o->closed) {
        ssize_t n = write(STDOUT_FILENO, o->text.p + at, o->text.n - at);
        if (n > 0) {
            at += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            struct pollfd ready = {.fd = STDOUT_FILENO, .events = POLLOUT};
            poll(&ready, 1, -1);
        } else if (n == 0 || errno != EINTR) {
            o->closed = true;
            if (n == 0 || errno != EPIPE)
                failed(&o->fail, "standard output: %s; what was printed ends early",
                       strerror(n == 0 ? EIO : errno));
        }
    }
    text_clear(&o->text);
}

void output_check(struct output *o)
{
    if (o->text.n > MUCH)
        output_flush(o);
}

uint32_t output_width(void)
{
    struct winsize w;

    return isatty(STDOUT_FILENO) && !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) ? w.ws_col : 0;
}

int output_close(struct output *o)
{
    output_flush(o);
    text_free(&o->text);
    if (!o->fail.text[0])
        return 0;
    say(SAY_ERROR, "%s", o->fail.text);
    return 2;
}

void style_begin(struct output *o, enum style s)
{
    if (o->color)
        text_str(&o->text, begin[s]);
}

void style_end(struct output *o, enum style s)
{
    if (o->color && s != STYLE_PLAIN)
        text_str(&o->text, "\033[0m");
}

void output_title(struct output *o, const char *fmt, ...)
{
    char line[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(line, sizeof(line), fmt, ap);
    va_end(ap);
    style_begin(o, STYLE_TITLE);
    text_str(&o->text, line);
    style_end(o, STYLE_TITLE);
    text_char(&o->text, '\n');
}

void output_date(struct output *o, nsec v)
{
    struct date d = date_of(v);

    style_begin(o, STYLE_FAINT);
    text_printf(&o->text, "%04u-%02u-%02u, UTC", d.year, d.month, d.day);
    style_end(o, STYLE_FAINT);
    text_char(&o->text, '\n');
}
