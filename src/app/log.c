// SPDX-License-Identifier: Apache-2.0
// pipit log: one event log on standard output. The way with the least work: events are rendered
// where they are made, and only appended here.
#include "app/session.h"

int command_log(const struct choice *c)
{
    struct job j = {
        .choice = c,
        .sink = JOB_STDOUT,
        .wanted = UINT64_C(1) << c->log,
        .written = UINT64_C(1) << c->log,
    };

    if (!session_run(&j))
        return 2;
    return session_end(&j, 0);
}
