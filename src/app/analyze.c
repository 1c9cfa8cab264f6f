// SPDX-License-Identifier: Apache-2.0
// pipit analyze: all logs into a folder, and the overview.
#include "app/analyze.h"

#include "app/promises.h"

// All that the format shows, but what is wanted only by name: the story of explain, and what
// the content itself was.
static uint64_t logs_of(enum write_format format)
{
    uint64_t logs = 0;

    for (int i = 0; i < EVENTS; i++)
        if (write_shows(format, (enum event_id)i))
            logs |= UINT64_C(1) << i;
    return logs & ~(WANT(why) | WANT(message));
}

static bool on_event(void *user, const struct event *e)
{
    overview_event(user, e);
    return true;
}

int command_analyze(const struct choice *c)
{
    const uint64_t logs = logs_of(c->format);
    struct overview *v = overview_open();
    struct output o = {.color = color_wanted(c), .width = output_width()};
    struct job j = {
        .choice = c,
        .sink = c->folder ? JOB_FOLDER : JOB_NO_LOGS,
        .wanted = c->folder ? logs : OVERVIEW_WANTED,
        .written = logs,
        .user = v,
        .event = on_event,
        .watch = {.hunt = promises_hunt(c),
                  .plant = plant_open(c->device != NULL),
                  .scans = scans_of(c),
                  .rpcs = rpcs_open(),
                  .crafts = crafts_open(c->device != NULL)},
    };
    int status = 2;

    if (session_run(&j)) {
        overview_sort(v);
        if (c->json)
            overview_json(v, &o.text);
        else if (!(c->quiet && c->folder))
            overview_print(v, j.watch.hunt, c, &o);
        status = session_end(&j, output_close(&o));
    }
    overview_close(v);
    watchers_close(&j.watch);
    return status;
}
