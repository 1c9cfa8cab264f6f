// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the input is a file of vectors. What is taken can be written and read again.
#include "learn/lessons.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fail fail;
    struct text again = {0};
    struct lessons *l = lessons_read(slice_of(data, n), &fail);

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
