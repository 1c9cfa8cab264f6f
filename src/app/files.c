// SPDX-License-Identifier: Apache-2.0
// Reading and writing of whole files.
#include "app/files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

bool file_read(struct text *t, const char *path, struct fail *f)
{
    FILE *from = fopen(path, "rb");
    char part[65536];
    size_t n;

    if (!from)
        return failed(f, "%s: %s", path, strerror(errno));
    errno = 0;
    while ((n = fread(part, 1, sizeof(part), from)) > 0)
        text_bytes(t, part, n);
    bool good = !ferror(from);
    int number = errno;
    fclose(from);
    if (!good)
        return failed(f, "%s: %s", path, strerror(number));
    return !t->full || failed(f, "%s: larger than %d MB", path, TEXT_MOST >> 20);
}

bool file_failed(const char *path, struct fail *f)
{
    struct fail said = *f;

    return failed(f, "%s: %s", path, said.text);
}

static bool write_to(const char *path, struct slice s)
{
    FILE *to = fopen(path, "wb");
    bool good = to && fwrite(s.p, 1, s.n, to) == s.n;

    return to && fclose(to) == 0 && good;
}

// A device or a pipe is written to; a file is replaced when all of the new one is there.
bool file_write(const char *path, struct slice s, struct fail *f)
{
    char beside[4096];
    struct stat is;

    if (stat(path, &is) == 0 && !S_ISREG(is.st_mode))
        return write_to(path, s) || failed(f, "%s: %s", path, strerror(errno));
    if ((size_t)snprintf(beside, sizeof(beside), "%s.part", path) >= sizeof(beside))
        return failed(f, "%.100s...: the name is too long", path);
    if (write_to(beside, s) && rename(beside, path) == 0)
        return true;
    int number = errno;
    remove(beside);
    return failed(f, "%s: %s", path, strerror(number));
}

bool file_spares(const char *path, const char *const *input, const char *option, struct fail *f)
{
    struct stat to, from;

    if (stat(path, &to) != 0 || !S_ISREG(to.st_mode))
        return true;
    for (; *input; input++)
        if (stat(*input, &from) == 0 && from.st_dev == to.st_dev && from.st_ino == to.st_ino)
            return failed(f, "%s: this is what is read; choose another file with %s", path,
                          option);
    return true;
}
