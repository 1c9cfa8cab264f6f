// SPDX-License-Identifier: Apache-2.0
// pipit analyze: all logs into a folder, and the overview.
#include "app/analyze.h"

static bool on_event(void *user, const struct event *e)
{
    overview_event(user, e);
    return true;
}

int command_analyze(const struct choice *c)
{
    const uint64_t logs = ((UINT64_C(1) << EVENTS) - 1) & ~WANT(why);
    struct overview *v = overview_open();
    struct output o = {.color = color_wanted(c), .width = output_width()};
    struct job j = {
        .choice = c,
        .sink = c->folder ? JOB_FOLDER : JOB_NO_LOGS,
        .wanted = c->folder ? logs : OVERVIEW_WANTED,
        .written = logs,
        .user = v,
        .event = on_event,
    };
    int status = 2;

    if (session_run(&j)) {
        overview_sort(v);
        if (c->json)
            overview_json(v, &o.text);
        else if (!(c->quiet && c->folder))
            overview_print(v, c, &o);
        status = session_end(&j, output_close(&o));
    }
    overview_close(v);
    return status;
}
