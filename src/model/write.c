// SPDX-License-Identifier: Apache-2.0
// A model in parts as a file (parts.h draws it).
#include "model/parts.h"

#include <string.h>
#include <zlib.h>

static void put_u16(struct text *t, uint32_t v)
{
    text_char(t, (char)(v & 0xff));
    text_char(t, (char)(v >> 8 & 0xff));
}

static void put_u32(struct text *t, uint32_t v)
{
    put_u16(t, v & 0xffff);
    put_u16(t, v >> 16);
}

static void put_float(struct text *t, float v)
{
    uint32_t bits;

    memcpy(&bits, &v, sizeof(bits));
    put_u32(t, bits);
}

// The string's offset; the zero behind it is kept.
static uint32_t keep(struct text *strings, const char *s)
{
    uint32_t at = (uint32_t)strings->n;

    text_bytes(strings, s, strlen(s) + 1);
    return at;
}

static uint32_t count_tokens(const struct model_parts *p)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < p->n_rules; i++)
        n += p->rule[i].n;
    return n;
}

static void put_name(struct text *t, struct text *strings, const struct model_name *n,
                     float scale)
{
    put_u32(t, keep(strings, n->name));
    put_u32(t, keep(strings, n->family));
    put_float(t, n->threshold);
    put_float(t, n->slope);
    put_float(t, n->offset);
    put_float(t, scale);
    put_u32(t, n->flows);
    put_u32(t, n->captures);
    put_u32(t, n->sources);
    put_u32(t, n->generated);
}

static void put_rules(struct text *t, const struct model_parts *p)
{
    for (uint32_t i = 0; i < p->n_rules; i++) {
        const struct rule_part *r = &p->rule[i];
        put_u16(t, r->name);
        put_u16(t, r->n);
        put_u32(t, r->captures);
        put_u32(t, r->flows);
        put_float(t, r->bits);
    }
    for (uint32_t i = 0; i < p->n_rules; i++)
        for (uint32_t k = 0; k < p->rule[i].n; k++)
            put_u32(t, p->rule[i].token[k]);
}

static void put_weights(struct text *t, const struct model_parts *p)
{
    for (uint32_t i = 0; i < p->n_weights; i++) {
        put_u32(t, p->weight[i].token);
        text_char(t, (char)p->weight[i].name);
        text_char(t, (char)p->weight[i].weight);
    }
}

void model_write(struct text *t, const struct model_parts *p)
{
    struct text body = {0}, strings = {0};
    size_t start = t->n;

    for (uint32_t i = 0; i < p->n_names; i++)
        put_name(&body, &strings, &p->name[i], p->scale[i]);
    put_rules(&body, p);
    put_weights(&body, p);
    for (uint32_t i = 0; i < p->n_texts; i++) {
        put_u32(&body, p->text[i].token);
        put_u32(&body, keep(&strings, p->text[i].text));
    }
    text_bytes(t, MODEL_MAGIC, MAGIC_BYTES);
    put_u32(t, MODEL_FORMAT);
    put_u32(t, METER_VERSION);
    put_u32(t, p->n_names);
    put_u32(t, p->n_rules);
    put_u32(t, count_tokens(p));
    put_u32(t, p->n_weights);
    put_u32(t, p->n_texts);
    put_u32(t, (uint32_t)strings.n);
    text_add(t, text_slice(&body));
    text_add(t, text_slice(&strings));
    put_u32(t, (uint32_t)crc32(0, (const uint8_t *)t->p + start, (uint32_t)(t->n - start)));
    text_free(&body);
    text_free(&strings);
}
