// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the input is a file of vectors, or what such a file packs, whose checksum nobody
// could guess. What is taken can be written and read again.
#include "learn/lessons.h"

#include <stdlib.h>
#include <zstd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct lessons *read_packed(const uint8_t *data, size_t n)
{
    static const uint8_t head[16] = {'p', 'i', 'p', 'i', 't',
                                     'v', 'e', 'c', 1,   [12] = METER_VERSION};
    size_t room = sizeof(head) + ZSTD_compressBound(n);
    uint8_t *file = malloc(room);
    struct fail fail;

    if (!file)
        return NULL;
    memcpy(file, head, sizeof(head));
    size_t packed = ZSTD_compress(file + sizeof(head), room - sizeof(head), data, n, 1);
    struct lessons *l = lessons_read(slice_of(file, sizeof(head) + packed), &fail);
    free(file);
    return l;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fail fail;
    struct text again = {0};
    struct slice file = slice_of(data, n);
    struct lessons *l = lessons_are(file) ? lessons_read(file, &fail) : read_packed(data, n);

    if (!l)
        return 0;
    if (!lessons_write(&again, l))
        abort();
    struct lessons *second = lessons_read(text_slice(&again), &fail);
    if (!second || lessons_count(second) != lessons_count(l))
        abort();
    lessons_free(second);
    lessons_free(l);
    text_free(&again);
    return 0;
}
