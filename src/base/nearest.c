// SPDX-License-Identifier: Apache-2.0
// How far words are apart: letters changed, put in, left out, swapped with a neighbour.
#include "base/nearest.h"

#include <stdio.h>
#include <string.h>

enum { WORD_MOST = 48 };

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
                min_u32(min_u32(last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = min_u32(row[j], before[j - 2] + 1);
            nearest = min_u32(nearest, row[j]);
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

// A bit for each kind of letter in it.
static uint32_t letters(const char *s)
{
    uint32_t bits = 0;

    for (; *s; s++)
        bits |= UINT32_C(1) << (*s & 31);
    return bits;
}

// One change brings in one kind of letter and takes one away, at most.
static unsigned letters_apart(uint32_t a, uint32_t b)
{
    return max_u32((uint32_t)__builtin_popcount(b & ~a), (uint32_t)__builtin_popcount(a & ~b));
}

void nearest_try(struct nearest *n, const char *candidate)
{
    size_t length = n->letters ? n->length : strlen(n->word), other = strlen(candidate);
    unsigned d, near;

    if (!length || length > WORD_MOST || other > WORD_MOST)
        return;
    if (!n->letters) {
        n->letters = letters(n->word);
        n->length = (uint8_t)length;
    }
    near = length <= 2 ? 1 : length <= 4 ? 2 : (unsigned)length / 3 + 1;
    if (n->best) // only what is nearer counts
        near = min_u32(near, n->distance ? n->distance - 1 : 0);
    // The beginning of a long word was meant as that word.
    if (length >= 3 && other > length && !strncmp(n->word, candidate, length))
        d = 1;
    else if ((length > other ? length - other : other - length) > near ||
             letters_apart(n->letters, letters(candidate)) > near)
        return;
    else
        d = distance(n->word, length, candidate, other, near);
    if (d < other && d <= near) {
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
