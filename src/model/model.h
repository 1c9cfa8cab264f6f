// SPDX-License-Identifier: Apache-2.0
// What a flow looks like, and a learnt model that names it: meters turn the first messages of a
// flow into tokens; a model judges a set of tokens. Ports, addresses, TTL and times of day are
// no part of what goes in. Pure: no state, no allocation but the model itself.
#pragma once

#include "base/base.h"
#include "base/text.h"

#include <string.h>

enum {
    MESSAGES_MOST = 8,   // of a flow, with payload
    MESSAGE_BYTES = 384, // kept of each
    TOKENS_MOST = 1024,  // distinct ones of a flow
    NAMES_MOST = 255,
    RULE_TOKENS = 12,
    REASONS = 5 // contributions that are told
};

// ---- what is looked at
// Whole: the opening was seen, and side 0 is who began. Else side 0 is who was seen first, and
// what came before the first message is not known.
struct message {
    const uint8_t *p; // borrowed
    uint16_t kept;    // bytes at p, at most MESSAGE_BYTES
    uint32_t size;    // of the message as it was sent
    nsec ts;
    uint8_t side; // 0 or 1
};

struct glimpse {
    struct message message[MESSAGES_MOST];
    uint8_t n;
    uint8_t ip_proto; // TCP 6, UDP 17, SCTP 132
    bool whole;
    bool no_delays; // times mean nothing: generated, or taken on loopback
};

// ---- meters
enum { TOKEN_SLOTS = 2 * TOKENS_MOST };
struct tokens { // distinct, in the order they were found
    uint32_t n;
    uint32_t hash[TOKENS_MOST];
    uint32_t slot[TOKEN_SLOTS]; // the same as a set; 0 is free
};
void meter(struct tokens *t, const struct glimpse *g);
static inline void tokens_clear(struct tokens *t)
{
    t->n = 0;
    memset(t->slot, 0, sizeof(t->slot));
}
// The slot of a hash, or the free one where it would be.
static inline uint32_t tokens_slot(const struct tokens *t, uint32_t hash)
{
    uint32_t i = hash >> 5 & (TOKEN_SLOTS - 1);

    while (t->slot[i] && t->slot[i] != hash)
        i = (i + 1) & (TOKEN_SLOTS - 1);
    return i;
}
static inline bool tokens_have(const struct tokens *t, uint32_t hash)
{
    return t->slot[tokens_slot(t, hash)];
}
// Not when it is there already, or there are too many.
static inline void tokens_add(struct tokens *t, uint32_t hash)
{
    uint32_t i = tokens_slot(t, hash);

    if (!t->slot[i] && t->n < TOKENS_MOST)
        t->slot[i] = t->hash[t->n++] = hash;
}
void tokens_sort(struct tokens *t); // ascending: learning compares lists
// In words what the token means: "bytes 0-1 of the first client message are 05 64". With
// meter_words followed by what was seen in this flow: "(here 00 06)". False: the flow has no
// such token, and nothing is written.
bool meter_text(struct text *t, const struct glimpse *g, uint32_t hash);
bool meter_words(struct text *t, const struct glimpse *g, uint32_t hash);
// What a token is about, readable from its hash: rules are made of BYTES, TEXT and STRUCTURE;
// LETTERS are bytes inside a text or name, SHAPE sizes, directions and delays.
enum meter_family { SHAPE, BYTES, LETTERS, TEXT, STRUCTURE, RANDOM, FAMILY_MASK = 7 };
static inline enum meter_family meter_family(uint32_t hash)
{
    return (enum meter_family)(hash & FAMILY_MASK);
}
// A change of any token's meaning changes this; models of another version are refused.
enum { METER_VERSION = 2 };

// ---- a model
struct model; // immutable once read

// Reads a model file's bytes, which it does not keep. NULL with `fail` filled: truncated, of
// another version, damaged, or with an index out of bounds.
struct model *model_read(struct slice file, struct fail *fail);
void model_free(struct model *m);

struct model_name {
    const char *name;    // as in `service`; lives as long as the model
    const char *family;  // "" none
    float threshold;     // a score below is not asserted
    float slope, offset; // chance that it is right = 1 / (1 + exp(-(slope * score + offset)))
    uint32_t flows, captures, sources; // it was learnt from
    bool generated;                    // from generated flows only
};
uint32_t model_names(const struct model *m);
const struct model_name *model_name(const struct model *m, uint32_t index);

enum grade { GRADE_NONE, GRADE_POSSIBLE, GRADE_LIKELY, GRADE_CERTAIN };
enum { NO_NAME = 0xffff };

struct judgement {
    uint16_t name;               // best candidate, NO_NAME: there is none
    uint16_t second;             // the runner-up by score
    uint16_t by_rule;            // what a rule says, NO_NAME: none matched
    uint16_t rule;               // its number, with by_rule
    int32_t score, second_score; // thousandths
    uint8_t grade;               // of `name`; asserted only when LIKELY or CERTAIN
    const char *family;          // two siblings are close, or the bytes look random; NULL: none
    uint8_t sure;                // percent, calibrated
    bool random;                 // looks_random, whatever its name
};
void model_judge(const struct model *m, const struct tokens *t, struct judgement *j);
// Whether a rule matches; if none does, a judgement is not CERTAIN. Much faster than judging.
bool model_rule_fits(const struct model *m, const struct tokens *t);

// The grounds of a judgement that asserts a name, in a few words; lives as long as the model.
const char *model_why(const struct model *m, const struct judgement *j);

// What the flow looks like in words, for those that have no name: "binary, client first, the
// 16-bit number at 2 is the length", "looks random from its first byte, both ways".
void model_describe(struct text *t, const struct glimpse *g);
// From its first byte, as far as both sides show: ciphers without any frame. The family of such
// flows is FAMILY_RANDOM. Never what begins with a head, as TLS, SSH and QUIC do.
bool looks_random(const struct glimpse *g);
#define FAMILY_RANDOM "random_looking"
// The name of an obfuscated protocol that sizes betray ("bittorrent_mse"), or NULL. It is
// likely, not certain, and needs no model.
const char *hidden_name(const struct glimpse *g);
bool hidden_tells(const char *name); // whether a name is one of these

// General words for a token. False: the model has none, and nothing is written.
bool model_words(struct text *t, const struct model *m, uint32_t token);
// Why, for a flow: what the rule says with the bytes seen; the strongest contributions for the
// winner against the runner-up; what the name's rules expected and did not find. A line each.
void model_explain(struct text *t, const struct model *m, const struct glimpse *g,
                   const struct judgement *j);

// 0 to 1: cosine of two sets of tokens (identification: flows like this one).
double tokens_alike(const struct tokens *a, const struct tokens *b);

// ---- a model in parts, as learning makes it and the file holds it
struct rule_part {
    uint16_t name;
    uint16_t n;
    const uint32_t *token;    // 2 to 12
    uint32_t captures, flows; // it covers
    float bits;               // against the background
};
struct weight_part {
    uint32_t token;
    uint16_t name;
    int8_t weight; // times the name's scale
};
struct token_text {
    uint32_t token;
    const char *text; // general words, without the bytes of one flow
};
struct model_parts {
    const struct model_name *name;
    const float *scale; // per name: a weight of 127 is 127 * scale
    const struct rule_part *rule;
    const struct weight_part *weight; // sorted by token, name
    const struct token_text *text;    // sorted by token
    uint32_t n_names, n_rules, n_weights, n_texts;
};
void model_write(struct text *t, const struct model_parts *p);
// The model as text, sorted, a line a fact: made to be compared by diff.
void model_dump(struct text *t, const struct model *m);
