// SPDX-License-Identifier: Apache-2.0
// Flows without a protocol. Captures hold few of these, so what only they lack (a text that is
// all letters, a field that is zero) would be learnt as the mark of whoever has it.
#include "app/noise.h"

#include <string.h>

#include "app/manifest.h"

enum {
    TCP = 6,
    UDP = 17,
    CUT_LEAST = 10,
    CUT_SPAN = 45,
    SYLLABLES_MOST = 4,
    LINE_LEAST = 8,
    FLOWS = 56
};

static const char *const syllable[] = {"ba",  "den", "ger", "hal", "in",  "ko",  "lun", "mer",
                                       "nis", "or",  "pet", "qui", "rat", "sil", "ten", "u",
                                       "var", "wen", "yl",  "zo",  "a",   "the", "st",  "ing"};

struct maker {
    uint64_t random;
    uint8_t bytes[MESSAGES_MOST][MESSAGE_BYTES];
};

static uint32_t below(struct maker *m, uint32_t n)
{
    m->random = m->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((m->random >> 33) % n);
}

static void fill_random(struct maker *m, uint8_t *p, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        p[i] = (uint8_t)below(m, 256);
}

static void fill_constant(struct maker *m, uint8_t *p, uint32_t n)
{
    static const uint8_t often[] = {0, 0, 0xff, ' ', 'A'};
    uint32_t k = below(m, COUNT_OF(often) + 1);

    memset(p, k < COUNT_OF(often) ? often[k] : (int)below(m, 256), n);
}

// Words of syllables; a line now and then, a capital or a stop here and there.
static void fill_prose(struct maker *m, uint8_t *p, uint32_t n)
{
    for (uint32_t at = 0; at < n;) {
        for (uint32_t k = 1 + below(m, SYLLABLES_MOST); k && at < n; k--) {
            const char *s = syllable[below(m, COUNT_OF(syllable))];
            for (; *s && at < n; s++)
                p[at++] = (uint8_t)*s;
        }
        if (at < n && !below(m, LINE_LEAST))
            p[at++] = '.';
        if (at < n)
            p[at++] = below(m, LINE_LEAST) ? ' ' : '\n';
    }
    p[n - 1] = '\n';
}

static const struct content {
    const char *name;
    void (*fill)(struct maker *m, uint8_t *p, uint32_t n);
} contents[] = {
    {"random", fill_random}, {"one byte repeated", fill_constant}, {"prose", fill_prose}};

// Sizes of all magnitudes; one in three flows is of one side, one in four is cut.
static void make_flow(struct maker *m, struct glimpse *g, const struct content *of)
{
    enum { MAGNITUDES = 10 };
    bool one_side = !below(m, 3), cut = !below(m, 4);
    uint32_t side = below(m, 2);
    uint32_t most = cut ? CUT_LEAST + below(m, CUT_SPAN) : MESSAGE_BYTES;

    g->n = (uint8_t)(1 + below(m, MESSAGES_MOST));
    g->whole = true;
    for (uint32_t i = 0; i < g->n; i++) {
        uint32_t size = 1u + below(m, 2u << below(m, MAGNITUDES));
        g->message[i] = (struct message){.p = m->bytes[i],
                                         .kept = (uint16_t)min_u32(size, most),
                                         .size = size,
                                         .side = (uint8_t)(one_side ? side : below(m, 2))};
        of->fill(m, m->bytes[i], g->message[i].kept);
    }
}

void noise_add(struct examples *e)
{
    struct maker m = {.random = 1};

    for (uint32_t k = 0; k < COUNT_OF(contents); k++)
        for (uint32_t n = 0; n < FLOWS; n++) {
            struct glimpse g = {.ip_proto = n % 2 ? TCP : UDP};
            struct labelled r = {.label = "?",
                                 .source = n % 2 ? "noise over TCP" : "noise over UDP",
                                 .path = contents[k].name,
                                 .origin = "noise"};
            make_flow(&m, &g, &contents[k]);
            (void)examples_add(e, &r, g);
        }
}
