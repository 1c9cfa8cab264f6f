// SPDX-License-Identifier: Apache-2.0
// Inside the app room: a folder that files are put into one by one. What is done in it goes by
// its descriptor, so that nothing outside is reached.
#pragma once

#include "base/base.h"

struct folder {
    const char *path;
    const char *option; // that named it, for messages
    int fd;
    bool made; // by us: it was not there
};

// Made if it is missing, its parent not. false: f says why it can't be used.
bool folder_open(struct folder *d, const char *path, const char *option, struct fail *f);
void folder_close(struct folder *d);
// A new file in it: never one that is there, never through a link. -1: errno says why.
int folder_create(const struct folder *d, const char *name);
