// SPDX-License-Identifier: Apache-2.0
// A model file into memory: every count, index and order is checked before it is used.
#include "base/cur.h"
#include "model/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static bool read_head(struct cur *c, struct counts *n, struct fail *fail)
{
    struct slice magic = cur_take(c, MAGIC_BYTES);

    if (magic.n != MAGIC_BYTES || memcmp(magic.p, MODEL_MAGIC, MAGIC_BYTES) != 0)
        return failed(fail, "this is no model of pipit");
    uint32_t format = cur_le32(c), meters = cur_le32(c);
    if (c->bad)
        return failed(fail, "the model is cut off in its head; take a whole copy");
    if (format != MODEL_FORMAT)
        return failed(fail, "the model has format %u, this program reads %d; train it again",
                      format, MODEL_FORMAT);
    if (meters != METER_VERSION)
        return failed(fail,
                      "the model was learnt with meters of version %u, this program has %d; "
                      "train it again",
                      meters, METER_VERSION);
    *n = (struct counts){cur_le32(c), cur_le32(c), cur_le32(c),
                         cur_le32(c), cur_le32(c), cur_le32(c)};
    return !c->bad || failed(fail, "the model is cut off in its head; take a whole copy");
}

// All counts are below what a file can hold, as its size must be the sum of them.
static bool check_size(struct slice file, const struct counts *n, struct fail *fail)
{
    uint64_t size = HEAD_BYTES + (uint64_t)n->names * NAME_BYTES +
                    (uint64_t)n->rules * RULE_BYTES + (uint64_t)n->tokens * TOKEN_BYTES +
                    (uint64_t)n->weights * WEIGHT_BYTES + (uint64_t)n->texts * TEXT_BYTES +
                    n->strings + CRC_BYTES;

    if (size != file.n)
        return failed(fail, "the model has %u bytes but tells of %llu; take a whole copy",
                      file.n, (unsigned long long)size);
    uint32_t crc = load_le32(file.p + file.n - CRC_BYTES);
    if (crc != crc32(0, file.p, file.n - CRC_BYTES))
        return failed(fail, "the model is damaged: its checksum is wrong; take another copy");
    if (!n->names || n->names > NAMES_MOST || n->rules > RULES_MOST ||
        n->weights > WEIGHTS_MOST)
        return failed(fail,
                      "the model has %u names, %u rules and %u weights; 1 to %d, up to %d and "
                      "up to %d can be",
                      n->names, n->rules, n->weights, NAMES_MOST, RULES_MOST, WEIGHTS_MOST);
    return true;
}

static float cur_float(struct cur *c)
{
    uint32_t bits = cur_le32(c);
    float v;

    memcpy(&v, &bits, sizeof(v));
    return v;
}

static bool between(float v, float least, float most)
{
    return v >= least && v <= most; // not a number is neither
}

// The text at an offset; the strings are known to end with a zero.
static const char *string_at(const struct model *m, uint32_t offset)
{
    return offset < m->n.strings ? m->string + offset : NULL;
}

// Read ahead of all others, which point there.
static bool read_strings(struct model *m, struct slice file, struct fail *fail)
{
    uint32_t n = m->n.strings;

    m->string = arena_take(&m->arena, n);
    if (n)
        memcpy(m->string, file.p + file.n - CRC_BYTES - n, n);
    if (!n || m->string[n - 1])
        return failed(fail, "the model is damaged: its texts have no end");
    return true;
}

static bool read_names(struct model *m, struct cur *c, struct fail *fail)
{
    enum { LIMIT = 1000, SCALE_MOST = 16 };

    m->name = arena_zero(&m->arena, m->n.names * sizeof(*m->name));
    m->scale = arena_zero(&m->arena, m->n.names * sizeof(*m->scale));
    m->scale_q = arena_zero(&m->arena, m->n.names * sizeof(*m->scale_q));
    m->scored = arena_zero(&m->arena, m->n.names * sizeof(*m->scored));
    for (uint32_t i = 0; i < m->n.names; i++) {
        struct model_name *n = &m->name[i];
        n->name = string_at(m, cur_le32(c));
        n->family = string_at(m, cur_le32(c));
        n->threshold = cur_float(c);
        n->slope = cur_float(c);
        n->offset = cur_float(c);
        m->scale[i] = cur_float(c);
        n->flows = cur_le32(c);
        n->captures = cur_le32(c);
        n->sources = cur_le32(c);
        n->generated = cur_le32(c);
        if (!n->name || !*n->name || !n->family)
            return failed(fail, "the model is damaged: its name %u has no text", i);
        if (!between(n->threshold, -LIMIT, LIMIT) || !between(n->slope, -LIMIT, LIMIT) ||
            !between(n->offset, -LIMIT, LIMIT) || !between(m->scale[i], 0, SCALE_MOST))
            return failed(fail, "the model is damaged: a number of %s is out of bounds",
                          n->name);
        m->scale_q[i] = lroundf(m->scale[i] * SCALE_ONE);
    }
    return true;
}

static void number_families(struct model *m)
{
    uint8_t families = 0;

    m->kin = arena_zero(&m->arena, m->n.names);
    for (uint32_t i = 0; i < m->n.names; i++) {
        uint32_t same = 0;
        while (same < i && strcmp(m->name[same].family, m->name[i].family) != 0)
            same++;
        if (*m->name[i].family)
            m->kin[i] = same < i ? m->kin[same] : ++families;
    }
}

static bool read_rules(struct model *m, struct cur *c, struct fail *fail)
{
    uint32_t used = 0;

    m->rule = arena_zero(&m->arena, m->n.rules * sizeof(*m->rule));
    m->rule_token = arena_zero(&m->arena, m->n.tokens * sizeof(*m->rule_token));
    for (uint32_t i = 0; i < m->n.rules; i++) {
        struct rule *r = &m->rule[i];
        r->name = cur_le16(c);
        r->n = cur_le16(c);
        r->captures = cur_le32(c);
        r->flows = cur_le32(c);
        r->bits = cur_float(c);
        r->token = m->rule_token + used;
        if (r->name >= m->n.names || r->n < 2 || r->n > RULE_TOKENS ||
            r->n > m->n.tokens - used || !between(r->bits, 0, 10000))
            return failed(fail, "the model is damaged: its rule %u is out of bounds", i);
        used += r->n;
    }
    if (used != m->n.tokens)
        return failed(fail, "the model is damaged: tokens are left over from its rules");
    for (uint32_t i = 0; i < m->n.tokens; i++)
        m->rule_token[i] = cur_le32(c);
    return true;
}

static bool read_weights(struct model *m, struct cur *c, struct fail *fail)
{
    uint32_t n = m->n.weights;
    const uint8_t *p = cur_take(c, n * WEIGHT_BYTES).p; // there are so many: check_size

    m->weight = arena_take(&m->arena, n * sizeof(*m->weight));
    m->weight_token = arena_take(&m->arena, n * sizeof(*m->weight_token));
    for (uint32_t i = 0; i < n; i++, p += WEIGHT_BYTES) {
        uint32_t token = load_le32(p);
        struct weight w = {p[TOKEN_BYTES], (int8_t)p[TOKEN_BYTES + 1]};
        m->weight_token[i] = token;
        m->weight[i] = w;
        if (w.name >= m->n.names)
            return failed(fail, "the model is damaged: a weight is of name %u", w.name);
        m->scored[w.name] = true;
        if (i && (token < m->weight_token[i - 1] ||
                  (token == m->weight_token[i - 1] && w.name <= m->weight[i - 1].name)))
            return failed(fail, "the model is damaged: its weights are not in order");
    }
    return true;
}

static bool read_texts(struct model *m, struct cur *c, struct fail *fail)
{
    m->text = arena_zero(&m->arena, m->n.texts * sizeof(*m->text));
    for (uint32_t i = 0; i < m->n.texts; i++) {
        struct token_text *x = &m->text[i];
        x->token = cur_le32(c);
        x->text = string_at(m, cur_le32(c));
        if (!x->text || (i && x->token <= x[-1].token))
            return failed(fail, "the model is damaged: its texts are not in order");
    }
    return true;
}

// The grounds of each rule in a few words.
static void make_whys(struct model *m)
{
    enum { WORDED = 3 };
    struct text t = {0};

    for (uint32_t i = 0; i < m->n.rules; i++) {
        struct rule *r = &m->rule[i];
        text_clear(&t);
        for (uint32_t k = 0; k < min_u32(r->n, WORDED); k++) {
            text_str(&t, k ? "; " : "");
            token_name(&t, m, r->token[k]);
        }
        if (r->n > WORDED)
            text_printf(&t, "; and %d more", r->n - WORDED);
        text_char(&t, 0);
        r->why = (const char *)arena_copy(&m->arena, text_slice(&t)).p;
    }
    text_free(&t);
}

struct model *model_read(struct slice file, struct fail *fail)
{
    struct cur c = cur_of(file);
    struct counts n;
    struct arena arena = {0};

    if (!read_head(&c, &n, fail) || !check_size(file, &n, fail))
        return NULL;
    struct model *m = arena_zero(&arena, sizeof(*m));
    m->arena = arena;
    m->n = n;
    if (!read_strings(m, file, fail) || !read_names(m, &c, fail) || !read_rules(m, &c, fail) ||
        !read_weights(m, &c, fail) || !read_texts(m, &c, fail)) {
        model_free(m);
        return NULL;
    }
    number_families(m);
    model_index(m);
    make_whys(m);
    return m;
}

void model_free(struct model *m)
{
    if (!m)
        return;
    struct arena arena = m->arena; // holds the model, too
    arena_free(&arena);
}

uint32_t model_names(const struct model *m)
{
    return m->n.names;
}

const struct model_name *model_name(const struct model *m, uint32_t index)
{
    return index < m->n.names ? &m->name[index] : NULL;
}
