// SPDX-License-Identifier: Apache-2.0
// Inside the watch room: what an overview says an analyst should look at.
#pragma once

#include "watch/watch.h"

void findings_notice(struct overview *v, const struct ev_notice *e);
void findings_alert(struct overview *v, const struct ev_alert *e);
void findings_sort(struct overview *v); // at the end; the odds are ranked already
