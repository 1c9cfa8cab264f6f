// SPDX-License-Identifier: Apache-2.0
// A model in memory, and where its parts stand in a file.
#pragma once

#include "base/mem.h"
#include "model/model.h"

// The file, little-endian, without gaps:
//   head      magic, format, meter version, counts of the parts, as below
//   names     text of the name, of the family; threshold, slope, offset, scale (IEEE 754);
//             flows, captures, sources; 1 if generated: ten words of 32 bits
//   rules     name, tokens (16 bits each), captures, flows, bits: 16 bytes
//   tokens    of all rules in turn, 32 bits
//   weights   token (32 bits), name, weight (8 bits each), by token and name
//   texts     token, text: 8 bytes, by token
//   strings   each with a zero behind; a text is an offset here
//   CRC-32    of all that stands before
#define MODEL_MAGIC "pipitmdl"
enum {
    MODEL_FORMAT = 1,
    MAGIC_BYTES = 8,
    HEAD_BYTES = MAGIC_BYTES + 8 * 4,
    NAME_BYTES = 40,
    RULE_BYTES = 16,
    TOKEN_BYTES = 4,
    WEIGHT_BYTES = 6,
    TEXT_BYTES = 8,
    CRC_BYTES = 4,
    RULES_MOST = 0xfffe // a judgement's 16 bits number them
};

struct counts { // of the parts, in the order of the head
    uint32_t names, rules, tokens, weights, texts, strings;
};

struct rule {
    const uint32_t *token;
    uint16_t name, n;
    uint32_t captures, flows;
    float bits;
    const char *why; // it names what it names: its first tokens in words
};
struct weight {
    uint8_t name;
    int8_t weight;
};

enum {
    SCALE_ONE = 1 << 20,
    SEEN_SHIFT = 13, // of ten tokens without weights, nine are known by `seen` alone
    SEEN_WORDS = 1 << (32 - SEEN_SHIFT - 6),
    BEGINS_SHIFT = 19, // likewise of tokens that no rule begins with
    BEGINS_WORDS = 1 << (32 - BEGINS_SHIFT - 6),
    WEIGHTS_MOST = 1 << 28,
    DENSE_LEAST = 12, // weights from which on adding those of all names is faster
    DENSE = 15,
    DENSE_BLOCK = 32, // names that are added at once
    DENSE_BIAS = 128  // what is added to a dense weight, so that none is negative
};

// What begins with a token stands in tables by its upper bits, or just behind. A token with
// many weights has them once more, for all names: a dense row.
struct slots {
    uint32_t shift, mask;
};
struct weighed {
    uint32_t token;
    uint32_t n : 4;   // its weights; DENSE: a dense row instead; 0: the slot is free
    uint32_t at : 28; // the first of them, or the row
};
struct ruled {
    uint32_t token;
    uint16_t at, n; // the first rule in `rule_order`, how many; 0: the slot is free
};
struct ordered { // a rule by its first token, and what it asks for next
    uint32_t second, number;
};

struct model {
    struct arena arena; // all below lives in it
    struct counts n;
    struct model_name *name;
    float *scale;
    int64_t *scale_q; // scale in 1/SCALE_ONE
    bool *scored;     // the name has weights
    uint8_t *kin;     // its family's number; 0: none
    struct rule *rule;
    struct ordered *rule_order;
    uint32_t *rule_token; // of all rules
    struct weight *weight;
    uint32_t *weight_token; // of each weight
    uint16_t *dense;        // rows of dense_width each: biased weights of two names in a word,
                            // the first in its low half
    uint32_t dense_width;   // words for all names, in whole blocks
    struct weighed *weighed;
    struct ruled *ruled;
    struct slots weighed_slots, ruled_slots;
    struct token_text *text;
    char *string;
    uint64_t seen[SEEN_WORDS];     // a bit for the upper bits of each token that has weights
    uint64_t begins[BEGINS_WORDS]; // and of each that rules begin with
};

// Whether a token may have weights; small enough to stay in the cache.
static inline bool model_may_weigh(const struct model *m, uint32_t token)
{
    return m->seen[token >> SEEN_SHIFT >> 6] >> (token >> SEEN_SHIFT & 63) & 1;
}

static inline bool model_may_begin(const struct model *m, uint32_t token)
{
    return m->begins[token >> BEGINS_SHIFT >> 6] >> (token >> BEGINS_SHIFT & 63) & 1;
}

// The slot of a token; a free one if it has no weights, or no rule begins with it.
static inline struct weighed *model_weighed(const struct model *m, uint32_t token)
{
    uint32_t at = token >> m->weighed_slots.shift;

    while ((m->weighed[at].token != token) & (m->weighed[at].n != 0))
        at = (at + 1) & m->weighed_slots.mask;
    return &m->weighed[at];
}
static inline struct ruled *model_ruled(const struct model *m, uint32_t token)
{
    uint32_t at = token >> m->ruled_slots.shift;

    while ((m->ruled[at].token != token) & (m->ruled[at].n != 0))
        at = (at + 1) & m->ruled_slots.mask;
    return &m->ruled[at];
}

void model_index(struct model *m); // makes the tables, when all parts are read
// What a token weighs for a name.
int8_t model_weight(const struct model *m, uint32_t token, uint32_t name);
// General words for a token; its number if the model has none.
void token_name(struct text *t, const struct model *m, uint32_t token);

// ---- tally.c: what a flow's tokens add up to
struct tally {
    int32_t sum[NAMES_MOST + DENSE_BLOCK]; // of each name's weights
    uint32_t rule[NAMES_MOST]; // the one with most bits that matched, plus 1; 0: none
};
void tally(struct tally *y, const struct model *m, const struct tokens *t);

// What tokens are normalised by: 4 / sqrt(tokens), in 1/65536.
uint32_t norm_of(uint32_t tokens);
// A share of a name's score, in millionths: weights times scale times the norm.
int64_t weight_share(const struct model *m, uint32_t name, int32_t sum, uint32_t norm);
