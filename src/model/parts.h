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
// All that begins with one token; the next row's numbers end it.
struct row {
    uint32_t token, weight;
    uint16_t rule;
};
// A token with many weights, found without a row: `dense` holds them once more, for all names.
struct frequent {
    uint32_t token;
    uint16_t dense; // number of its weights, from 1; 0: this slot is free
    bool ruled;     // rules begin with it, too
};

enum {
    BUCKET_SHIFT = 16, // so that a bucket has a row or none
    BUCKETS = 1 << (32 - BUCKET_SHIFT),
    SCALE_ONE = 1 << 20,
    SEEN_SHIFT = 13, // of ten tokens that no row has, nine are known by `seen` alone
    SEEN_WORDS = 1 << (32 - SEEN_SHIFT - 6),
    DENSE_LEAST = 12, // weights from which on adding those of all names is faster
    DENSE_BLOCK = 32, // names that are added at once
    DENSE_BIAS = 128  // what is added to a dense weight, so that none is negative
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
    uint32_t *rule_order; // rules by their first token
    uint32_t *rule_token; // of all rules
    struct weight *weight;
    uint32_t *weight_token; // of each weight
    uint16_t *dense;        // rows of dense_width each: biased weights of two names in a word,
                            // the first in its low half
    uint32_t dense_width;   // words for all names, in whole blocks
    struct frequent *frequent; // by the upper bits of their tokens, or just behind
    uint32_t frequent_shift;   // which bits those are
    uint32_t frequent_mask;
    struct token_text *text;
    char *string;
    struct row *row; // by token, and one behind the last
    uint32_t rows;
    uint64_t seen[SEEN_WORDS];    // a bit for the upper bits of each row's token
    uint32_t bucket[BUCKETS + 1]; // the first row whose token has these upper bits, or more
};

// Whether there may be a row; small enough to stay in the cache.
static inline bool model_may_have(const struct model *m, uint32_t token)
{
    return m->seen[token >> SEEN_SHIFT >> 6] >> (token >> SEEN_SHIFT & 63) & 1;
}

// The slot of a token with many weights; a free one if it has few.
static inline const struct frequent *model_frequent(const struct model *m, uint32_t token)
{
    uint32_t at = token >> m->frequent_shift;

    while ((m->frequent[at].token != token) & (m->frequent[at].dense != 0))
        at = (at + 1) & m->frequent_mask;
    return &m->frequent[at];
}

// The row of a token, NULL if nothing begins with it.
const struct row *model_row(const struct model *m, uint32_t token);
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
