// SPDX-License-Identifier: Apache-2.0
// Meters of structure: length fields, chains, BER, constant bytes, counters, echoes
// (identification, section 4).
#include "model/walk.h"

#include <string.h>

// A word for each of the first offsets of a message; four are worked on at once.
enum { PLACES = 16, QUADS = PLACES / 4 };
#define FOUR __attribute__((vector_size(16)))
union words {
    uint32_t at[PLACES];
    uint32_t FOUR four[QUADS];
};

// The numbers there. Those that do not fit are what their first bytes and zeros make.
struct numbers {
    union words v[NUMBERS];
};

static void read_numbers(struct numbers *n, const struct message *m)
{
    uint8_t head[PLACES + 4] = {0};
    union words *v = n->v;

    memcpy(head, m->p, min_u32(m->kept, sizeof(head)));
    for (uint32_t i = 0; i < PLACES; i++) {
        v[BE32].at[i] = load_be32(head + i);
        v[LE32].at[i] = load_le32(head + i);
    }
    for (uint32_t q = 0; q < QUADS; q++) {
        v[U8].four[q] = v[BE32].four[q] >> 24;
        v[BE16].four[q] = v[BE32].four[q] >> 16;
        v[BE24].four[q] = v[BE32].four[q] >> 8;
        v[LE16].four[q] = v[LE32].four[q] & 0xffff;
        v[LE24].four[q] = v[LE32].four[q] & 0xffffff;
    }
}

// In `to`, a bit more where the number v is from `least` to `least` + span.
static inline void mark_within(union words *to, const union words *v, uint32_t least,
                               uint32_t span, uint32_t bit)
{
    for (uint32_t q = 0; q < QUADS; q++)
        to->four[q] |= (uint32_t FOUR)(v->four[q] - least <= span) & bit;
}

// Those that fit into so many bytes: a bit each.
static uint32_t fitting(uint32_t bytes)
{
    static const uint8_t fit[] = {U8, BE16, BE24, BE32, NUMBERS};

    return (1u << fit[min_u32(bytes, 4)]) - 1;
}

static bool number_at(const uint8_t *p, uint32_t left, enum number number, uint32_t *v)
{
    if (left < number_width[number])
        return false;
    switch (number) {
    case U8: *v = p[0]; break;
    case BE16: *v = load_be16(p); break;
    case LE16: *v = load_le16(p); break;
    case BE24: *v = (uint32_t)load_be16(p) << 8 | p[2]; break;
    case LE24: *v = load_le16(p) | (uint32_t)p[2] << 16; break;
    case BE32: *v = load_be32(p); break;
    default: *v = load_le32(p); break;
    }
    return true;
}

static uint32_t field_of(uint32_t offset, enum number number)
{
    return (uint32_t)number << FIELD_SHIFT | offset;
}

// ---- lengths
// What each field lacks to be the length of all messages of a side, from LENGTH_LEAST.
struct lengths {
    uint8_t extra[FIELD_OFFSETS][NUMBERS];
    uint8_t always[FIELD_OFFSETS]; // a bit for each number that still is one
    uint32_t messages, least, most;
};

// Parts of which the first counts v, and `extra` more.
static void chain(struct walk *w, const struct message *m, uint32_t where, uint32_t field,
                  uint32_t v, uint32_t extra)
{
    enum { PARTS_MOST = 32 };
    uint32_t offset = field & ((1 << FIELD_SHIFT) - 1), at = 0, parts = 0;

    while (parts < PARTS_MOST && v && v < m->kept && v + extra <= m->kept - at) {
        at += v + extra;
        parts++;
        if (at + offset >= m->kept ||
            !number_at(m->p + at + offset, m->kept - at - offset, field >> FIELD_SHIFT, &v))
            break;
    }
    if (at == m->size && parts > 1)
        emit(w, KIND_CHAIN, where, field, extra);
}

// A part may be counted whole, from behind its length field, or with one byte more between.
static void chains(struct walk *w, const struct message *m, uint32_t where, uint32_t offset,
                   enum number number, uint32_t v)
{
    uint32_t behind = offset + number_width[number];
    const uint32_t extra[] = {0, behind, behind + 1};

    for (uint32_t i = 0; i < COUNT_OF(extra); i++)
        if (v + extra[i] + behind <= m->kept) // there is room for a second part's number
            chain(w, m, where, field_of(offset, number), v, extra[i]);
}

static void told(struct walk *w, const uint8_t *p, uint32_t where, uint32_t field,
                 uint64_t extra)
{
    uint32_t number = field >> FIELD_SHIFT;

    emit_seen(w, KIND_LENGTH, where, field, extra, slice_of(p, number_width[number]));
    if (number != U8) // one byte fits by chance too often to mean something anywhere
        emit_seen(w, KIND_LENGTH, EITHER, field, extra, slice_of(p, number_width[number]));
}

// Small numbers that leave out more than what stands before them, and a little behind, are
// lengths by chance only; whether they always fit is another token.
static bool is_length(uint32_t offset, enum number number, uint32_t v, uint32_t extra)
{
    enum { SMALL = 16, LEFT_OUT = 4 - LENGTH_LEAST };

    return v >= SMALL || (v && extra <= offset + number_width[number] + LEFT_OUT);
}

// The numbers at an offset as lengths of the message; `near` is not empty.
static void tell_lengths(struct walk *w, const struct message *m, uint32_t where,
                         uint32_t offset, const struct numbers *n, uint32_t near,
                         struct lengths *l)
{
    for (uint32_t left = near; left; left &= left - 1) {
        enum number number = (enum number)__builtin_ctz(left);
        uint32_t v = n->v[number].at[offset], extra = m->size - v - (uint32_t)LENGTH_LEAST;
        if (is_length(offset, number, v, extra))
            told(w, m->p + offset, where, field_of(offset, number), extra);
        if (!l->messages)
            l->extra[offset][number] = (uint8_t)extra;
        else if (l->extra[offset][number] != extra)
            l->always[offset] &= (uint8_t) ~(1u << number);
    }
}

// Which numbers may be the length of the message, and which that of a part: a bit each.
struct fields {
    union words near, part;
};

static void find_fields(struct fields *f, const struct numbers *n, const struct message *m)
{
    *f = (struct fields){0};
    for (uint32_t k = 0; k < NUMBERS; k++)
        mark_within(&f->near, &n->v[k], m->size - LENGTH_MOST, LENGTH_MOST - LENGTH_LEAST,
                    1u << k);
    for (uint32_t k = BE16; k < NUMBERS && m->kept == m->size && m->size > 1; k++)
        mark_within(&f->part, &n->v[k], 1, m->size - 2, 1u << k);
}

static void lengths_of(struct walk *w, const struct message *m, uint32_t where,
                       const struct numbers *n, struct lengths *l)
{
    enum { CHAIN_OFFSETS = 9 };
    struct fields f;

    find_fields(&f, n, m);
    for (uint32_t offset = 0; offset < FIELD_OFFSETS; offset++) {
        uint32_t fit = fitting(offset < m->kept ? m->kept - offset : 0);
        uint32_t near = f.near.at[offset] & fit;
        uint32_t part = offset < CHAIN_OFFSETS ? f.part.at[offset] & fit : 0;
        for (; part; part &= part - 1) {
            enum number number = (enum number)__builtin_ctz(part);
            chains(w, m, where, offset, number, n->v[number].at[offset]);
        }
        l->always[offset] &= (uint8_t)near;
        if (near)
            tell_lengths(w, m, where, offset, n, near, l);
    }
    l->messages++;
    l->least = min_u32(l->least, m->size);
    l->most = max_u32(l->most, m->size);
}

static void lengths_always(struct walk *w, const struct lengths *l, uint32_t where)
{
    if (l->messages < 2 || l->least == l->most)
        return;
    for (uint32_t offset = 0; offset < FIELD_OFFSETS; offset++)
        for (uint32_t left = l->always[offset]; left; left &= left - 1) {
            enum number number = (enum number)__builtin_ctz(left);
            emit(w, KIND_LENGTH_ALWAYS, where, field_of(offset, number),
                 l->extra[offset][number]);
        }
}

static void lengths(struct walk *w, const struct numbers *n)
{
    struct lengths side[2], both;

    for (int s = 0; s < 2; s++) {
        memset(side[s].always, (1 << NUMBERS) - 1, sizeof(side[s].always));
        side[s].messages = side[s].most = 0;
        side[s].least = UINT32_MAX;
    }
    for (uint32_t i = 0; i < w->g->n; i++)
        lengths_of(w, &w->g->message[i], w->where[i], &n[i], &side[w->g->message[i].side]);
    lengths_always(w, &side[0], w->all[0]);
    lengths_always(w, &side[1], w->all[1]);
    if (!side[0].messages || !side[1].messages)
        return;
    both = side[0];
    both.messages += side[1].messages;
    both.least = min_u32(both.least, side[1].least);
    both.most = max_u32(both.most, side[1].most);
    for (uint32_t i = 0; i < FIELD_OFFSETS; i++) {
        both.always[i] &= side[1].always[i];
        for (uint32_t left = both.always[i]; left; left &= left - 1) {
            uint32_t k = (uint32_t)__builtin_ctz(left);
            if (side[0].extra[i][k] != side[1].extra[i][k])
                both.always[i] &= (uint8_t) ~(1u << k);
        }
    }
    lengths_always(w, &both, EITHER);
}

// A tag and a length (X.690, 8.1) that take the message to its end.
static void ber(struct walk *w, const struct message *m, uint32_t where)
{
    struct cur c = cur_of(slice_of(m->p, m->kept));
    uint8_t tag = cur_u8(&c), form = cur_u8(&c);
    uint32_t length = form < 0x80 ? form : 0, bytes = form < 0x80 ? 0 : form & 0x7f;

    if (!(tag & 0x20) || bytes > 4 || form == 0x80)
        return;
    for (uint32_t i = 0; i < bytes; i++)
        length = length << 8 | cur_u8(&c);
    if (c.bad || length != (uint64_t)m->size - 2 - bytes)
        return;
    emit_seen(w, KIND_BER, where, 0, bytes, slice_of(m->p, 2 + bytes));
    emit_seen(w, KIND_BER, EITHER, 0, bytes, slice_of(m->p, 2 + bytes));
}

// ---- what stays and what rises, among the messages of a side
struct row {
    const struct message *message[MESSAGES_MOST];
    const struct numbers *numbers[MESSAGES_MOST];
    uint32_t n, kept; // bytes that all of them have
};

static struct row row_of(const struct glimpse *g, const struct numbers *n, uint32_t side)
{
    struct row r = {.kept = MESSAGE_BYTES};

    for (uint32_t i = 0; i < g->n; i++)
        if (g->message[i].side == side) {
            r.numbers[r.n] = &n[i];
            r.message[r.n++] = &g->message[i];
            r.kept = min_u32(r.kept, g->message[i].kept);
        }
    return r;
}

static void constants(struct walk *w, const struct row *r, uint32_t where)
{
    enum { CONSTANTS = 16 };

    for (uint32_t at = 0; r->n > 1 && at < min_u32(r->kept, CONSTANTS); at++) {
        const uint8_t *p = r->message[0]->p + at;
        uint32_t i = 1;
        while (i < r->n && r->message[i]->p[at] == *p)
            i++;
        if (i < r->n)
            continue;
        emit_seen(w, KIND_CONSTANT, where, at, 0, slice_of(p, 1));
        emit_seen(w, KIND_CONSTANT_IS, where, at, *p, slice_of(p, 1));
    }
}

static bool counts(const struct row *r, uint32_t at, enum number number)
{
    for (uint32_t i = 1; i < r->n; i++)
        if (r->numbers[i]->v[number].at[at] != r->numbers[i - 1]->v[number].at[at] + 1)
            return false;
    return true;
}

// Which numbers are one more in the second message: few are worth a look at all messages.
static void find_rising(union words *rise, const struct row *r)
{
    const union words *v = r->numbers[0]->v, *next = r->numbers[1]->v;

    *rise = (union words){{0}};
    for (uint32_t k = 0; k < NUMBERS; k++)
        for (uint32_t q = 0; q < QUADS; q++)
            rise->four[q] |= (uint32_t FOUR)(next[k].four[q] == v[k].four[q] + 1) & (1u << k);
}

static void counters(struct walk *w, const struct row *r, uint32_t where)
{
    const uint32_t kinds = 1 << U8 | 1 << BE16 | 1 << LE16 | 1 << BE32 | 1 << LE32;
    // two bytes rise by chance
    uint32_t asked = r->n == 2 ? kinds & ~(1u << U8) : kinds;
    union words rise;

    if (r->n < 2)
        return;
    find_rising(&rise, r);
    for (uint32_t at = 0; at < min_u32(r->kept, FIELD_OFFSETS); at++)
        for (uint32_t left = rise.at[at] & fitting(r->kept - at) & asked; left;
             left &= left - 1) {
            enum number number = (enum number)__builtin_ctz(left);
            struct slice seen = slice_of(r->message[0]->p + at, number_width[number]);
            if (!counts(r, at, number))
                continue;
            emit_seen(w, KIND_COUNTER, where, field_of(at, number), 0, seen);
            emit_seen(w, KIND_COUNTER, EITHER, field_of(at, number), 0, seen);
        }
}

// ---- echoes
static void echo_in_place(struct walk *w, const struct message *a, const struct message *b)
{
    enum { ECHOED = 16 };
    uint32_t n = min_u32(min_u32(a->kept, b->kept), ECHOED);

    for (uint32_t at = 0; at + 2 <= n; at++) {
        uint32_t two = load_be16(a->p + at);
        if (two && two != 0xffff && two == load_be16(b->p + at))
            emit_seen(w, KIND_ECHO, w->all[a->side], at, 0, slice_of(a->p + at, 2));
    }
    if (n == ECHOED && !memcmp(a->p, b->p, ECHOED))
        emit_seen(w, KIND_ECHO_HEAD, w->all[a->side], 0, 0, slice_of(a->p, ECHOED));
}

// Numbers that say something: not mostly zeros, not one byte repeated.
static bool telling(const uint8_t *p)
{
    return !p[0] + !p[1] + !p[2] + !p[3] < 2 && (p[0] != p[1] || p[1] != p[2] || p[2] != p[3]);
}

static bool has_word(const union words *words, uint32_t v)
{
    uint32_t FOUR same = {0};

    for (uint32_t q = 0; q < QUADS; q++)
        same |= (uint32_t FOUR)(words->four[q] == v);
    return same[0] | same[1] | same[2] | same[3];
}

static void echo_elsewhere(struct walk *w, const struct message *a, const struct message *b)
{
    static const uint8_t places[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10,
                                     11, 12, 16, 20, 24, 28, 32, 36, 40, 44};

    union words there[2] = {{{0}}}; // in b; zeros are not looked for
    uint32_t n = 0;

    for (; n < COUNT_OF(places) && places[n] + 4 <= b->kept; n++)
        there[n / PLACES].at[n % PLACES] = load_be32(b->p + places[n]);
    for (uint32_t i = 0; i < COUNT_OF(places) && places[i] + 4 <= a->kept; i++) {
        const uint8_t *p = a->p + places[i];
        uint32_t four = load_be32(p);
        if (!telling(p) || !(has_word(&there[0], four) || has_word(&there[1], four)))
            continue;
        for (uint32_t k = 0; k < n; k++)
            if (k != i && there[k / PLACES].at[k % PLACES] == four)
                emit_seen(w, KIND_ECHO_MOVED, w->all[a->side], places[i], places[k],
                          slice_of(p, 4));
    }
}

// Of neighbours that answer one another; what moved only of the first of each side.
static void echoes(struct walk *w)
{
    bool seen[2] = {false};

    for (uint32_t i = 1; i < w->g->n; i++) {
        const struct message *a = &w->g->message[i - 1], *b = a + 1;
        if (a->side == b->side)
            continue;
        echo_in_place(w, a, b);
        if (!seen[a->side])
            echo_elsewhere(w, a, b);
        seen[a->side] = true;
    }
}

void walk_structure(struct walk *w)
{
    struct numbers numbers[MESSAGES_MOST];

    for (uint32_t i = 0; i < w->g->n; i++)
        read_numbers(&numbers[i], &w->g->message[i]);
    lengths(w, numbers);
    for (uint32_t i = 0; i < w->g->n; i++)
        ber(w, &w->g->message[i], w->where[i]);
    echoes(w);
    for (uint32_t side = 0; side < 2; side++) {
        struct row r = row_of(w->g, numbers, side);
        counters(w, &r, w->all[side]);
        constants(w, &r, w->all[side]);
    }
}
