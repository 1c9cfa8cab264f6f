// SPDX-License-Identifier: Apache-2.0
// How far words are apart: letters changed, put in, left out, swapped with a neighbour.
#include "base/nearest.h"

#include <stdio.h>
#include <string.h>

enum { WORD_MOST = 48 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

// The distance of optimal string alignment; letters, dashes and underscores as they are. More
// than `near` is enough to know.
static unsigned distance(const char *a, size_t n, const char *b, size_t m, unsigned near)
{
    unsigned rows[3][WORD_MOST + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= m; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned nearest = row[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            row[j] =
                least(least(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
            nearest = least(nearest, row[j]);
        }
        if (nearest > near) // a swap would begin in the row before, which is as far less one
            return nearest;
        unsigned *free = before;
        before = last;
        last = row;
        row = free;
    }
    return last[m];
}

void nearest_try(struct nearest *n, const char *candidate)
{
    size_t length = strlen(n->word), other = strlen(candidate);
    unsigned d, near;

    if (!length || length > WORD_MOST || other > WORD_MOST)
        return;
    near = length <= 2 ? 1 : length <= 4 ? 2 : (unsigned)length / 3 + 1;
    // The beginning of a long word was meant as that word.
    if (length >= 3 && other > length && !strncmp(n->word, candidate, length))
        d = 1;
    else if (other > length + near || length > other + near)
        return; // as many letters are left out at least
    else
        d = distance(n->word, length, candidate, other, near);
    if (d < other && d <= near && (!n->best || d < n->distance)) {
        n->best = candidate;
        n->distance = d;
    }
}

const char *nearest_hint(const char *best)
{
    static char hint[80];

    hint[0] = 0;
    if (best)
        snprintf(hint, sizeof(hint), " (did you mean %s?)", best);
    return hint;
}
