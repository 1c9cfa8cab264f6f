// SPDX-License-Identifier: Apache-2.0
// Reading and writing of whole files.
#include "app/files.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

bool file_write(const char *path, struct slice s, struct fail *f)
{
    char beside[4096];

    if ((size_t)snprintf(beside, sizeof(beside), "%s.part", path) >= sizeof(beside))
        return failed(f, "%.100s...: the name is too long", path);
    FILE *to = fopen(beside, "wb");
    if (!to)
        return failed(f, "%s: %s", beside, strerror(errno));
    bool good = fwrite(s.p, 1, s.n, to) == s.n;
    good = fclose(to) == 0 && good;
    if (good && rename(beside, path) == 0)
        return true;
    int number = errno;
    remove(beside);
    return failed(f, "%s: %s", path, strerror(number));
}
