// SPDX-License-Identifier: Apache-2.0
// One line on standard error that is written over and over, and wiped at the end.
#include "app/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "app/output.h"

enum { SILENT_MSEC = 500, EACH_MSEC = 200 };

static nsec now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

struct progress_line progress_begin(bool may, bool live)
{
    struct progress_line p = {.wanted = may && isatty(STDERR_FILENO), .live = live};

    if (p.wanted)
        p.begin = p.last = now();
    return p;
}

static void tell_rest(struct text *t, const struct run_so_far *so_far, double seconds)
{
    double part = (double)so_far->file_bytes / (double)so_far->file_size;

    text_printf(t, ", %.0f %%", part < 1 ? part * 100 : 100);
    if (part > 0.01 && part < 1) {
        text_str(t, ", about ");
        text_span(t, (nsec)(seconds / part * (1 - part)) * SECOND);
        text_str(t, " to go");
    }
}

void progress_tell(struct progress_line *p, const struct run_so_far *so_far)
{
    struct text t = {0};
    nsec time;

    if (!p->wanted)
        return;
    time = now();
    if (time - p->begin < (nsec)SILENT_MSEC * MSEC || time - p->last < (nsec)EACH_MSEC * MSEC)
        return;
    p->last = time;
    double seconds = (double)(time - p->begin) / (double)SECOND;
    text_str(&t, "\r");
    text_plural(&t, so_far->packets, "packet", "packets");
    text_str(&t, ", ");
    text_short(&t, (uint64_t)((double)so_far->packets / seconds));
    text_str(&t, " a second");
    if (so_far->file_size && !p->live)
        tell_rest(&t, so_far, seconds);
    if (p->live && so_far->dropped) {
        text_str(&t, ", ");
        text_thousands(&t, so_far->dropped);
        text_str(&t, " dropped");
    }
    text_str(&t, "\033[K");
    p->shown = true;
    fwrite(t.p, 1, t.n, stderr);
    fflush(stderr);
    text_free(&t);
}

void progress_end(struct progress_line *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = p->wanted = false;
}
