// SPDX-License-Identifier: Apache-2.0
// Keeping the opening of an undecided talk.
#include "ident/opening.h"

struct slice opening_with(struct opening *k, struct slice bytes, enum side side)
{
    uint32_t have = k ? k->n[side] : 0;

    if (!have)
        return slice_of(bytes.p, min_u32(bytes.n, HEAD_MOST));
    uint32_t more = min_u32(bytes.n, HEAD_MOST - have);
    memcpy(k->bytes[side] + have, bytes.p, more); // not counted in k->n until it is added
    return slice_of(k->bytes[side], have + more);
}

void opening_break(struct opening *k)
{
    k->n[0] = k->n[1] = 0;
    k->n_runs = 0;
}

static bool goes_on(const struct opening *k, enum side side)
{
    return k->n_runs && k->run[k->n_runs - 1].side == side;
}

bool opening_fits(const struct opening *k, struct slice bytes, enum side side)
{
    return bytes.n <= (uint32_t)HEAD_MOST - k->n[side] &&
           (k->n_runs < RUNS_MOST || goes_on(k, side));
}

void opening_add(struct opening *k, struct slice bytes, enum side side)
{
    memcpy(k->bytes[side] + k->n[side], bytes.p, bytes.n);
    k->n[side] = (uint16_t)(k->n[side] + bytes.n);
    if (!goes_on(k, side)) {
        k->run[k->n_runs].side = (uint8_t)side;
        k->run[k->n_runs++].n = 0;
    }
    k->run[k->n_runs - 1].n = (uint16_t)(k->run[k->n_runs - 1].n + bytes.n);
}
