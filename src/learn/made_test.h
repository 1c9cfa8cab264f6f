// SPDX-License-Identifier: Apache-2.0
// Made-up lessons for the tests: each name has tokens of its own among random ones.
#pragma once

#include "learn/lessons.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

enum { MADE_NAMES = 5, MADE_FLOWS = 24, MADE_CAPTURES = 4, MADE_OWN = 6, MADE_NOISE = 40 };

struct made {
    struct example example;
    struct tokens view[VIEWS];
    char label[16], capture[32];
};

static inline uint32_t made_random(uint64_t *x)
{
    *x = *x * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*x >> 32);
}

// Flow `flow` of the name's number: constant tokens of the name, one that all flows have, and
// noise, some of it shared with other names. A later view has more noise.
static inline void made_flow(struct made *m, uint32_t name, uint32_t flow)
{
    uint64_t own = name * 7919u + 1, noise = name * 1000u + flow + 77;

    memset(m, 0, sizeof(*m));
    snprintf(m->label, sizeof(m->label), "name%u", name);
    snprintf(m->capture, sizeof(m->capture), "%u/%u.pcap", name, flow % MADE_CAPTURES);
    m->example = (struct example){.label = m->label,
                                  .source = flow % 2 ? "one" : "other",
                                  .capture = m->capture,
                                  .origin = "capture",
                                  .messages = MESSAGES_MOST,
                                  .same = (uint64_t)name << 32 | flow};
    uint32_t constant[MADE_OWN];
    for (uint32_t i = 0; i < MADE_OWN; i++)
        constant[i] = (made_random(&own) & ~(uint32_t)FAMILY_MASK) | BYTES;
    for (uint32_t v = 0; v < VIEWS; v++) {
        struct tokens *t = &m->view[v];
        m->example.view[v] = t;
        tokens_add(t, 8 | SHAPE);
        for (uint32_t i = 0; i < MADE_OWN; i++)
            tokens_add(t, constant[i]);
        for (uint32_t i = 0; i < MADE_NOISE + v; i++)
            tokens_add(t, (made_random(&noise) % 3000 + 2) << 3 | i % RANDOM);
        tokens_sort(t);
    }
}

static inline struct lessons *made_lessons(uint32_t names)
{
    static struct made m;
    struct lessons *l = lessons_new();

    for (uint32_t name = 0; name < names; name++) {
        for (uint32_t flow = 0; flow < MADE_FLOWS; flow++) {
            made_flow(&m, name, flow);
            assert_true(lessons_add(l, &m.example));
        }
    }
    return l;
}
