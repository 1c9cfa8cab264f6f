// SPDX-License-Identifier: Apache-2.0
// The user's cache folder. Only what this user alone can have written is read back.
#include "app/cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/files.h"

enum { KEPT_MOST = 8, PATH_ROOM = 1024 };

static bool is_ours(const char *path)
{
    struct stat is;

    return stat(path, &is) == 0 && is.st_uid == geteuid() &&
           !(is.st_mode & (S_IWGRP | S_IWOTH));
}

// The folder, made if whoever runs this has a home; false: there is none to use.
static bool find_folder(char *path, size_t room)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    const char *base = cache && cache[0] == '/' ? cache : home;

    if (!base || base[0] != '/' || !is_ours(base))
        return false;
    int n = snprintf(path, room, base == cache ? "%s" : "%s/.cache", base);
    if (n < 0 || (size_t)n + sizeof("/pipit") > room)
        return false;
    (void)mkdir(path, 0700);
    memcpy(path + n, "/pipit", sizeof("/pipit"));
    (void)mkdir(path, 0700);
    return is_ours(path);
}

static bool path_of(const char *name, char *path, size_t room)
{
    char folder[PATH_ROOM];

    return find_folder(folder, sizeof(folder)) &&
           (size_t)snprintf(path, room, "%s/%s", folder, name) < room;
}

bool cache_read(const char *name, struct text *t)
{
    char path[PATH_ROOM];
    struct fail ignored;

    if (!path_of(name, path, sizeof(path)) || !is_ours(path) || !file_read(t, path, &ignored))
        return false;
    (void)utimensat(AT_FDCWD, path, NULL, 0); // used just now
    return true;
}

// Removes the one that was used longest ago, if there are as many as may be.
static void make_room(void)
{
    char folder[PATH_ROOM], oldest[256] = "";
    unsigned n = 0;
    time_t least = 0;

    if (!find_folder(folder, sizeof(folder)))
        return;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        struct stat is;
        if (e->d_name[0] == '.' || fstatat(dirfd(d), e->d_name, &is, 0) != 0)
            continue;
        n++;
        if (oldest[0] && is.st_mtime >= least)
            continue;
        least = is.st_mtime;
        snprintf(oldest, sizeof(oldest), "%s", e->d_name);
    }
    if (d && n >= KEPT_MOST)
        (void)unlinkat(dirfd(d), oldest, 0);
    if (d)
        closedir(d);
}

void cache_write(const char *name, struct slice s)
{
    char path[PATH_ROOM];
    struct fail ignored;

    make_room();
    if (path_of(name, path, sizeof(path)))
        (void)file_write(path, s, &ignored);
}
