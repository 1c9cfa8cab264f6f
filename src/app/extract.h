// SPDX-License-Identifier: Apache-2.0
// Inside the app room: --extract, files that conversations carried, written into a folder.
#pragma once

#include "app/folder.h"
#include "event/event.h"

struct extract;

struct extract_limits {
    uint64_t file, all; // bytes, of one and of all together
    uint64_t uid;       // only what this conversation carried or named; 0: all
};

// NULL: f says why the folder can't be used.
struct extract *extract_open(const char *path, const struct extract_limits *l, struct fail *f);
const struct folder *extract_folder(const struct extract *x);
// Bytes go to their file, which is made when its first ones come: never over another, never
// outside of the folder, never beyond the limits. Trouble is told once.
void extract_part(struct extract *x, const struct ev_file_part *e);
// It has ended: where it was written stands in the event from now on.
void extract_end(struct extract *x, struct ev_file *e);
// Says what was written, and what was not.
void extract_close(struct extract *x);

enum { EXTRACT_NAME = 128 };
// What a file is called, made of what somebody else calls it: the last part of a path, in
// letters, digits and -_.+=@ of ASCII, beginning with neither a point nor a dash.
void extract_name(char name[EXTRACT_NAME], struct slice s);
