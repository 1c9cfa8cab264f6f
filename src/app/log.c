// SPDX-License-Identifier: Apache-2.0
// pipit log: one event log on standard output. The way with the least work: events are rendered
// where they are made, and only appended here.
#include "app/promises.h"
#include "app/session.h"

int command_log(const struct choice *c)
{
    struct job j = {
        .choice = c,
        .sink = JOB_STDOUT,
        .wanted = UINT64_C(1) << c->log,
        .written = UINT64_C(1) << c->log,
        .watch = {.hunt = c->log == EV_notice ? promises_hunt(c) : NULL,
                  .plant = PLANT_TOLD >> c->log & 1 ? plant_open(c->device != NULL) : NULL,
                  .scans = c->log == EV_notice || c->log == EV_scan ? scans_of(c) : NULL,
                  .rpcs = c->log == EV_notice ? rpcs_open() : NULL,
                  .crafts = c->log == EV_notice ? crafts_open(c->device != NULL) : NULL},
    };
    int status = session_run(&j) ? session_end(&j, 0) : 2;

    watchers_close(&j.watch);
    return status;
}
