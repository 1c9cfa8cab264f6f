// SPDX-License-Identifier: Apache-2.0
// Inside the app room: groups of the hunt that somebody has explained, kept in a text file.
#pragma once

#include "watch/watch.h"

struct explained;
struct explained *explained_new(void);
void explained_free(struct explained *x);
// Lines of the file: server, port, transport, verdict; * stands for any; # begins a comment.
// False: f names file and line.
bool explained_read(struct explained *x, struct slice file, const char *path, struct fail *f);
bool explained_has(const struct explained *x, const struct hunt_group *g);
// The line for a group, with a comment for people.
void explained_line(struct text *t, const struct hunt_group *g);
