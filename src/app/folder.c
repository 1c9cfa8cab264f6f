// SPDX-License-Identifier: Apache-2.0
// Folders that files are put into.
#include "app/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool folder_open(struct folder *d, const char *path, const char *option, struct fail *f)
{
    *d = (struct folder){.path = path, .option = option};
    d->made = mkdir(path, 0777) == 0;
    if (!d->made && errno != EEXIST)
        return failed(f, "%.300s: cannot make this folder: %s; choose another with %s", path,
                      strerror(errno), option);
    d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->fd < 0)
        return failed(f, "%.300s: %s; choose another folder with %s", path, strerror(errno),
                      option);
    if (faccessat(d->fd, ".", W_OK | X_OK, 0) == 0)
        return true;
    failed(f, "%.300s: cannot write into this folder: %s; choose another with %s", path,
           strerror(errno), option);
    folder_close(d);
    return false;
}

void folder_close(struct folder *d)
{
    close(d->fd);
}

int folder_create(const struct folder *d, const char *name)
{
    return openat(d->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}
