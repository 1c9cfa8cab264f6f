// SPDX-License-Identifier: Apache-2.0
// The one walk over a flow that makes its tokens: to collect their hashes, or to find what one
// hash stands for. Each family of meters is a function that emits.
#pragma once

#include "base/cur.h"
#include "model/model.h"

enum kind {
#define KIND(name, family, words) KIND_##name,
#include "model/kind.def"
#undef KIND
    KINDS
};

// Which message, or whose messages, a token is about. Whole flows number the messages of each
// side; others pool them. What holds for either side is one token in both.
enum where {
    CLIENT_FIRST,     // and second, third, later
    SERVER_FIRST = 4, // likewise
    CLIENT = 8,
    SERVER,
    SIDE_A,
    SIDE_B,
    EITHER,
    WHERES
};

struct token {
    uint8_t kind, where;
    uint16_t at;
    uint64_t value;
    struct slice seen; // the bytes that it was made of, borrowed; may be empty
};

// A field of a message: its offset, and of what numbers it is one.
enum number { U8, BE16, LE16, BE24, LE24, BE32, LE32, NUMBERS };
enum {
    FIELD_OFFSETS = 13,
    FIELD_SHIFT = 4, // a field in `at` of a token: offset, then the number
    LENGTH_LEAST = -2,
    LENGTH_MOST = 28, // what a message may be longer than its length field says
    SIZE_EXACT = 400, // sizes below are told exactly
    CHANCE_FINE = 16  // quarters of a coincidence that are told one by one
};
extern const uint8_t number_width[NUMBERS];

// ---- how bytes are spread over the 256 values
enum { SPREAD_MOST = 256 };
struct spread {
    uint16_t count[256];
    uint32_t n, text;
    uint32_t information; // sum of count * log2(count), in 1/4096 bit
    uint32_t pairs;       // ordered pairs of equal bytes
};
// What it tells of a message, in eighths.
struct share {
    uint8_t text, zero, entropy;
};
// Of at most SPREAD_MOST bytes in all.
void spread_add(struct spread *s, const uint8_t *p, uint32_t n);
uint32_t spread_entropy(const struct spread *s); // eighths of what n bytes can have
// Index of coincidence: chance that two bytes are equal, times 256, in 1/100. Uniform: 100.
uint32_t spread_coincidence(const struct spread *s);

struct walk {
    const struct glimpse *g;
    struct spread pool[2]; // the first bytes of each side
    struct share share[MESSAGES_MOST];
    uint8_t where[MESSAGES_MOST]; // of the message
    uint8_t all[2];               // of the messages of a side
    bool searching;               // for a token, else collecting
    bool found;
    uint32_t wanted;    // its hash, 0: the first of
    enum kind kind;     // this kind
    struct token token; // found
    struct tokens *to;
};

extern const uint8_t kind_family[KINDS];

static inline uint32_t token_hash(enum kind kind, uint32_t where, uint32_t at, uint64_t value)
{
    uint64_t key = (uint64_t)kind << 40 | (uint64_t)where << 32 | at;
    uint64_t x = (value + 1) * 0x9E3779B97F4A7C15u ^ (key * 0xC2B2AE3D27D4EB4Fu);

    x = (x ^ x >> 32) * 0xD6E8FEB86659FD93u;
    x = (x ^ x >> 32) * 0xD6E8FEB86659FD93u;
    uint32_t hash = (uint32_t)(x >> 32) & ~(uint32_t)FAMILY_MASK;
    return hash | kind_family[kind] | (hash ? 0 : FAMILY_MASK + 1);
}

static inline void emit_seen(struct walk *w, enum kind kind, uint32_t where, uint32_t at,
                             uint64_t value, struct slice seen)
{
    uint32_t hash = token_hash(kind, where, at, value);

    if (!w->searching) {
        tokens_add(w->to, hash);
    } else if (!w->found && (w->wanted ? hash == w->wanted : kind == w->kind)) {
        w->found = true;
        w->token = (struct token){(uint8_t)kind, (uint8_t)where, (uint16_t)at, value, seen};
    }
}

static inline void emit(struct walk *w, enum kind kind, uint32_t where, uint32_t at,
                        uint64_t value)
{
    emit_seen(w, kind, where, at, value, (struct slice){0});
}

// The first token of a kind that a flow has.
bool walk_find_kind(struct token *token, const struct glimpse *g, enum kind kind);

// Counts once what is told of messages and of sides.
void walk_spread(struct walk *w);

// ---- the families
void walk_shape(struct walk *w);
void walk_bytes(struct walk *w);
void walk_text(struct walk *w);
void walk_structure(struct walk *w);
void walk_random(struct walk *w);

// ---- characters
enum class { UPPER, LOWER, DIGIT, BLANK, NEWLINE, ZERO, CONTROL, PUNCTUATION, HIGH, CLASSES };
extern const uint8_t class_of[256]; // of enum class
static inline bool is_print(uint8_t b)
{
    return b >= 0x20 && b < 0x7f;
}

// ---- words of a found token
void token_words(struct text *t, const struct token *k);
