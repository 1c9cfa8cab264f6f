// SPDX-License-Identifier: Apache-2.0
// Meters of text: classes of characters, words, lines, shingles; and what shares of a message
// are text, zeros, information.
#include "model/walk.h"

const uint8_t class_of[256] = {
    [0] = ZERO,
    [1 ... 8] = CONTROL,
    ['\t'] = BLANK,
    ['\n'] = NEWLINE,
    [11 ... 12] = CONTROL,
    ['\r'] = NEWLINE,
    [14 ... 31] = CONTROL,
    [' '] = BLANK,
    ['!' ... '/'] = PUNCTUATION,
    ['0' ... '9'] = DIGIT,
    [':' ... '@'] = PUNCTUATION,
    ['A' ... 'Z'] = UPPER,
    ['[' ... '`'] = PUNCTUATION,
    ['a' ... 'z'] = LOWER,
    ['{' ... '~'] = PUNCTUATION,
    [127] = CONTROL,
    [128 ... 255] = HIGH,
};

static void classes(struct walk *w, const struct message *m, uint32_t where)
{
    uint32_t string = 0;

    for (uint32_t i = 0; i < min_u32(m->kept, 8); i++) {
        string = string << 4 | class_of[m->p[i]];
        if (i + 1 == 4 || i + 1 == 8) {
            emit(w, KIND_CLASSES, where, i + 1, string);
            emit(w, KIND_CLASSES, EITHER, i + 1, string);
        }
    }
}

// Letters of either case are one: commands are typed in both.
static uint8_t folded(uint8_t b)
{
    return class_of[b] == UPPER ? (uint8_t)(b | 0x20) : b;
}

static uint64_t word_hash(struct slice word)
{
    uint64_t h = word.n;

    for (uint32_t i = 0; i < word.n; i++)
        h = (h ^ folded(word.p[i])) * 0x100000001B3u + 1;
    return h;
}

static bool in_word(uint8_t b)
{
    return b > ' ' && b < 0x7f && b != ':' && b != ';' && b != ',' && b != '=' && b != '"' &&
           b != '(';
}

// The word at p, empty if there is none or it is longer than words of protocols are.
static struct slice word_at(const uint8_t *p, const uint8_t *end)
{
    enum { WORD_MOST = 24 };
    const uint8_t *at = p;

    while (at < end && at - p <= WORD_MOST && in_word(*at))
        at++;
    return slice_of(p, at - p <= WORD_MOST ? (size_t)(at - p) : 0);
}

static void first_line(struct walk *w, struct slice line, uint32_t where, uint32_t all)
{
    enum { LINE_WORDS = 6 };
    const uint8_t *p = line.p, *end = p + line.n;
    struct slice word = word_at(p, end);

    if (word.n) {
        emit_seen(w, KIND_FIRST_WORD, where, 0, word_hash(word), word);
        emit_seen(w, KIND_FIRST_WORD, EITHER, 0, word_hash(word), word);
    }
    for (uint32_t k = 0; k < LINE_WORDS && p < end; k++) {
        while (p < end && in_word(*p))
            p++;
        while (p < end && !in_word(*p))
            p++;
        word = word_at(p, end);
        if (word.n > 1)
            emit_seen(w, KIND_LINE_WORD, all, 0, word_hash(word), word);
    }
}

// Up to where the line, or what is text of it, ends.
static struct slice line_at(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *at = p;

    while (at < end && (is_print(*at) || *at == '\t'))
        at++;
    return slice_of(p, (size_t)(at - p));
}

enum line_end { NO_END, LF_ONLY, CR_ONLY, CR_LF };

static enum line_end line_end(const uint8_t **p, const uint8_t *end)
{
    enum line_end found = NO_END;

    if (*p < end && **p == '\r') {
        found = CR_ONLY;
        (*p)++;
    }
    if (*p < end && **p == '\n') {
        found = found == CR_ONLY ? CR_LF : LF_ONLY;
        (*p)++;
    }
    return found;
}

// The lines of a message that begins as text.
static void lines(struct walk *w, const struct message *m, uint32_t where, uint32_t all)
{
    enum { LINES_MOST = 16, TEXT_LEAST = 3 };
    const uint8_t *p = m->p, *end = p + m->kept;
    struct slice line = line_at(p, end);
    uint32_t n = 0;

    if (line.n < TEXT_LEAST)
        return;
    first_line(w, line, where, all);
    p += line.n;
    for (enum line_end style; n < LINES_MOST && (style = line_end(&p, end)) != NO_END; n++) {
        emit(w, KIND_NEWLINE, all, 0, style);
        line = line_at(p, end);
        struct slice word = word_at(p, p + line.n);
        if (word.n > 1)
            emit_seen(w, KIND_LINE_BEGINS, all, 0, word_hash(word), word);
        p += line.n;
    }
    emit(w, KIND_LINES, where, 0, n);
}

static void shingle(struct walk *w, const uint8_t *p)
{
    uint64_t three = (uint64_t)folded(p[0]) << 16 | (uint64_t)folded(p[1]) << 8 | folded(p[2]);

    emit_seen(w, KIND_SHINGLE, EITHER, 0, three, slice_of(p, 3));
}

// Three letters each, of runs of at least four printable bytes, early in the message.
static void shingles(struct walk *w, const struct message *m)
{
    enum { LOOKED_AT = 128, SHINGLES_MOST = 48, RUN = 4 };
    uint32_t n = min_u32(m->kept, LOOKED_AT), emitted = 0;

    for (uint32_t i = 0, end; i + RUN <= n && emitted < SHINGLES_MOST; i = end) {
        end = i + RUN; // no run begins before what is not printable
        while (end > i && is_print(m->p[end - 1]))
            end--;
        if (end > i)
            continue;
        shingle(w, m->p + i);
        shingle(w, m->p + i + 1);
        emitted += 2;
        for (end = i + RUN; end < n && is_print(m->p[end]) && emitted < SHINGLES_MOST; end++) {
            shingle(w, m->p + end - 2);
            emitted++;
        }
    }
}

static void shares(struct walk *w, uint32_t number)
{
    enum { LEAST = 8 }; // bytes that shares are told of
    const struct share *s = &w->share[number];

    if (w->g->message[number].kept < LEAST)
        return;
    emit(w, KIND_TEXT_SHARE, w->where[number], 0, s->text);
    emit(w, KIND_ZERO_SHARE, w->where[number], 0, s->zero);
    emit(w, KIND_ENTROPY, w->where[number], 0, s->entropy);
}

void walk_text(struct walk *w)
{
    const struct glimpse *g = w->g;

    for (uint32_t i = 0; i < g->n; i++) {
        const struct message *m = &g->message[i];
        classes(w, m, w->where[i]);
        lines(w, m, w->where[i], w->all[m->side]);
        shares(w, i);
    }
    for (uint32_t i = 0; i < g->n; i++)
        shingles(w, &g->message[i]);
}
