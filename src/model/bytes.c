// SPDX-License-Identifier: Apache-2.0
// Meters of raw bytes at fixed places: protocol constants live there.
#include "model/walk.h"

enum { HEAD = 16 }; // bytes looked at one by one

// A bit per byte of the head: it stands in a run of at least four printable ones.
static uint32_t text_bits(const struct message *m)
{
    uint32_t print = 0;

    for (uint32_t i = 0; i < min_u32(m->kept, HEAD + 3); i++)
        print |= (uint32_t)is_print(m->p[i]) << i;
    uint32_t run = print & print >> 1 & print >> 2 & print >> 3;
    return run | run << 1 | run << 2 | run << 3;
}

static uint64_t packed(const uint8_t *p, uint32_t n)
{
    uint64_t v = 0;

    for (uint32_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return v;
}

static void head(struct walk *w, const struct message *m, uint32_t where)
{
    uint32_t n = min_u32(m->kept, HEAD), text = text_bits(m);

    for (uint32_t i = 0; i < n; i++) {
        bool letter = text >> i & 1;
        emit_seen(w, letter ? KIND_LETTER : KIND_BYTE, where, i, m->p[i],
                  slice_of(m->p + i, 1));
        if (!letter)
            emit(w, KIND_NIBBLE, where, i, m->p[i] >> 4);
    }
    for (uint32_t i = 2; i + 2 <= n; i += 2)
        emit_seen(w, text >> i & 3 ? KIND_LETTER_WORD : KIND_WORD, where, i,
                  load_be16(m->p + i), slice_of(m->p + i, 2));
}

static void begins(struct walk *w, const struct message *m, uint32_t where)
{
    static const uint8_t lengths[] = {2, 3, 4, 8};

    for (uint32_t k = 0; k < COUNT_OF(lengths) && lengths[k] <= m->kept; k++) {
        uint64_t value = packed(m->p, lengths[k]);
        emit_seen(w, KIND_BEGINS, where, lengths[k], value, slice_of(m->p, lengths[k]));
        emit_seen(w, KIND_BEGINS, EITHER, lengths[k], value, slice_of(m->p, lengths[k]));
    }
}

// Only of messages that were kept to their end.
static void ends(struct walk *w, const struct message *m, uint32_t where)
{
    if (m->kept != m->size)
        return;
    for (uint32_t n = 1; n <= 2 && n <= m->kept; n++) {
        const uint8_t *p = m->p + m->kept - n;
        emit_seen(w, KIND_ENDS, where, n, packed(p, n), slice_of(p, n));
    }
}

// The beginnings of the first message and of the first that answers it, together.
static void joined(struct walk *w)
{
    const struct message *a = w->g->message, *b = a;
    const struct message *end = a + w->g->n;

    while (b < end && b->side == a->side)
        b++;
    if (b == end)
        return;
    for (uint32_t n = 2; n <= 3 && n <= a->kept && n <= b->kept; n++)
        emit(w, KIND_JOINED, w->all[a->side], n, packed(a->p, n) << 32 | packed(b->p, n));
}

void walk_bytes(struct walk *w)
{
    joined(w);
    for (uint32_t i = 0; i < w->g->n; i++) {
        begins(w, &w->g->message[i], w->where[i]);
        ends(w, &w->g->message[i], w->where[i]);
    }
    for (uint32_t i = 0; i < w->g->n; i++)
        head(w, &w->g->message[i], w->where[i]);
}
