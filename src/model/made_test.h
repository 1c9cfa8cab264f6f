// SPDX-License-Identifier: Apache-2.0
// For the tests: flows made of texts, and a small model of two names in one family.
#pragma once

#include "base/cur.h"
#include "model/parts.h"
#include "model/walk.h"

#include <string.h>

enum { TCP = 6, UDP = 17 };

static inline void say_message(struct glimpse *g, uint8_t side, const void *p, size_t n)
{
    struct message *m = &g->message[g->n];

    *m = (struct message){.p = p,
                          .kept = (uint16_t)min_u32((uint32_t)n, MESSAGE_BYTES),
                          .size = (uint32_t)n,
                          .ts = g->n * 5 * (nsec)MSEC,
                          .side = side};
    g->n++;
}
#define SAY(g, side, text) say_message(g, side, text, sizeof(text) - 1)

// A question and an answer of Modbus.
static inline struct glimpse made_modbus(void)
{
    struct glimpse g = {.ip_proto = TCP, .whole = true};

    SAY(&g, 0, "\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x01");
    SAY(&g, 1, "\x00\x01\x00\x00\x00\x05\x01\x03\x02\x00\x07");
    return g;
}

static inline struct glimpse made_http(void)
{
    struct glimpse g = {.ip_proto = TCP, .whole = true};

    SAY(&g, 0, "GET / HTTP/1.1\r\nHost: pump.example\r\n\r\n");
    SAY(&g, 1, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    return g;
}

// Bytes that are the same in every run and look random.
static inline void made_noise(uint8_t *p, size_t n, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        p[i] = (uint8_t)(seed >> 56);
    }
}

// ---- a model: `first` and `second` are siblings, `third` is none; `taught` has a rule only
enum { TWIN, OTHER_TWIN, STRANGER, TAUGHT, MADE_NAMES };
enum { TOKEN_A = 0x10, TOKEN_B = 0x1234560, TOKEN_C = 0x80000008, TOKEN_D = 0xfffffff8 };

struct made {
    struct model_name name[MADE_NAMES];
    float scale[MADE_NAMES];
    uint32_t rule_token[5];
    struct rule_part rule[2];
    struct weight_part weight[4];
    struct token_text text[2];
    struct model_parts parts;
};

static inline struct model_name made_name(const char *name, const char *family)
{
    return (struct model_name){.name = name,
                               .family = family,
                               .threshold = 0.5f,
                               .slope = 2,
                               .offset = 0.5f,
                               .flows = 20,
                               .captures = 3,
                               .sources = 2};
}

static inline void made_model(struct made *k)
{
    *k = (struct made){
        .name = {made_name("first", "twins"), made_name("second", "twins"),
                 made_name("third", ""), made_name("taught", "")},
        .scale = {0.01f, 0.01f, 0.02f, 0.01f},
        .rule_token = {TOKEN_A, TOKEN_B, TOKEN_D, TOKEN_B, TOKEN_C},
        .weight = {{TOKEN_A, TWIN, 100},
                   {TOKEN_A, OTHER_TWIN, -100},
                   {TOKEN_B, OTHER_TWIN, 90},
                   {TOKEN_C, STRANGER, 127}},
        .text = {{TOKEN_A, "bytes 0-1 of a message are 05 64"}, {TOKEN_D, "a fourth token"}},
    };
    k->rule[0] = (struct rule_part){TWIN, 2, k->rule_token, 3, 20, 31};
    k->rule[1] = (struct rule_part){TAUGHT, 3, k->rule_token + 2, 2, 4, 25.5f};
    k->parts = (struct model_parts){.name = k->name,
                                    .scale = k->scale,
                                    .rule = k->rule,
                                    .weight = k->weight,
                                    .text = k->text,
                                    .n_names = MADE_NAMES,
                                    .n_rules = COUNT_OF(k->rule),
                                    .n_weights = COUNT_OF(k->weight),
                                    .n_texts = COUNT_OF(k->text)};
}
