// SPDX-License-Identifier: Apache-2.0
// Meters of shape: transport, who speaks when, sizes, and delays in decades.
#include "model/walk.h"

// Small messages by their exact size, the others by its logarithm.
static uint32_t size_code(uint32_t size)
{
    return size < SIZE_EXACT ? size : SIZE_EXACT + 31 - (uint32_t)__builtin_clz(size);
}

static void turns(struct walk *w)
{
    static const uint8_t first[] = {2, 4, 6};
    uint32_t string = 0;

    for (uint32_t i = 0, k = 0; i < w->g->n && k < COUNT_OF(first); i++) {
        string |= (uint32_t)w->g->message[i].side << i;
        if (i + 1 == first[k])
            emit(w, KIND_TURNS, w->all[0], first[k++], string);
    }
}

// 0: below a millisecond; then a decade each, up to 10 s and more.
static uint32_t decade(nsec delay)
{
    uint32_t code = 0;

    for (nsec limit = MSEC; delay >= limit && code < 5; limit *= 10)
        code++;
    return code;
}

static void neighbours(struct walk *w)
{
    for (uint32_t i = 1; i < w->g->n; i++) {
        const struct message *a = &w->g->message[i - 1], *b = a + 1;
        uint32_t answered = a->side != b->side;
        uint64_t sizes = (uint64_t)size_code(a->size) << 32 | size_code(b->size);
        emit(w, KIND_SIZE_PAIR, w->all[a->side], answered, sizes);
        if (!w->g->no_delays)
            emit(w, KIND_DELAY, w->all[a->side], answered, decade(b->ts - a->ts));
    }
}

void walk_shape(struct walk *w)
{
    emit(w, KIND_ALWAYS, EITHER, 0, 0);
    emit(w, KIND_OPENING, EITHER, 0, w->g->whole);
    emit(w, KIND_TRANSPORT, EITHER, 0, w->g->ip_proto);
    if (w->g->whole && w->g->n)
        emit(w, KIND_SPEAKS_FIRST, w->all[w->g->message[0].side], 0, 0);
    turns(w);
    for (uint32_t i = 0; i < w->g->n; i++)
        emit(w, KIND_SIZE, w->where[i], 0, size_code(w->g->message[i].size));
    neighbours(w);
}
