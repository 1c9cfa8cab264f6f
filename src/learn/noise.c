// SPDX-License-Identifier: Apache-2.0
// Flows without a protocol. Captures hold few of these, and would teach that a text that is all
// letters, say, is the mark of a protocol. And rules are tried on random bytes.
#include "learn/lessons.h"
#include "learn/train.h"

#include "base/hash.h"

#include <stdio.h>

enum {
    TCP = 6,
    UDP = 17,
    CUT_LEAST = 10,
    CUT_SPAN = 45,
    SYLLABLES_MOST = 4,
    LINE_LEAST = 8,
    CAPTURES = 20, // of a content: what is kept back by capture leaves most of it to learn from
    SIEVE_BYTES = 40 // kept of their messages: what rules look at
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
    const char *origin;
    uint32_t flows;
} contents[] = {{"random", fill_random, "chance", 800}, {"prose", fill_prose, "noise", 80}};

// Sizes of all magnitudes; one in three flows is of one side, one in four is cut.
static struct glimpse make_flow(struct maker *m, const struct content *of, uint32_t number)
{
    struct glimpse g = {.ip_proto = number % 2 ? TCP : UDP, .no_delays = true, .whole = true};
    enum { MAGNITUDES = 10 };
    bool one_side = !below(m, 3), cut = !below(m, 4);
    uint32_t side = below(m, 2);
    uint32_t most = cut ? CUT_LEAST + below(m, CUT_SPAN) : MESSAGE_BYTES;

    g.n = (uint8_t)(1 + below(m, MESSAGES_MOST));
    for (uint32_t i = 0; i < g.n; i++) {
        uint32_t size = 1u + below(m, 2u << below(m, MAGNITUDES));
        g.message[i] = (struct message){.p = m->bytes[i],
                                        .kept = (uint16_t)min_u32(size, most),
                                        .size = size,
                                        .side = (uint8_t)(one_side ? side : below(m, 2))};
        of->fill(m, m->bytes[i], g.message[i].kept);
    }
    return g;
}

static void add_flow(struct lessons *l, const struct glimpse *g, const struct content *of,
                     uint32_t number)
{
    struct tokens view[VIEWS];
    char capture[40];
    struct example e = {.label = "",
                        .source = g->ip_proto == TCP ? "noise over TCP" : "noise over UDP",
                        .capture = capture,
                        .origin = of->origin,
                        .messages = g->n,
                        .same = hash_mix(hash_bytes(of->name, strlen(of->name), 0), number)};

    snprintf(capture, sizeof(capture), "%s %u", of->name, number % CAPTURES);
    for (uint32_t v = 0; v < VIEWS; v++) {
        struct glimpse seen;
        view[v].n = 0;
        if (view_of(&seen, g, (enum view)v)) {
            meter(&view[v], &seen);
            tokens_sort(&view[v]);
        }
        e.view[v] = &view[v];
    }
    (void)lessons_add(l, &e);
}

void noise_add(struct lessons *l)
{
    struct maker m = {.random = 1};

    for (const struct content *of = contents; of < contents + COUNT_OF(contents); of++)
        for (uint32_t n = 0; n < of->flows; n++) {
            struct glimpse g = make_flow(&m, of, n);
            add_flow(l, &g, of, n);
        }
}

// ---------------------------------------------------------------- rules that chance satisfies

static bool matches(const struct rule_part *r, const struct tokens *t)
{
    for (uint32_t i = 0; i < r->n; i++)
        if (!tokens_have(t, r->token[i]))
            return false;
    return true;
}

// As many messages as there may be: each is a chance.
static struct glimpse sieve_flow(struct maker *m, uint32_t number)
{
    struct glimpse g = {.n = MESSAGES_MOST,
                        .ip_proto = number % 2 ? TCP : UDP,
                        .no_delays = true,
                        .whole = number % 4 < 2};

    for (uint32_t i = 0; i < g.n; i++) {
        g.message[i] = (struct message){.p = m->bytes[i],
                                        .kept = SIEVE_BYTES,
                                        .size = SIEVE_BYTES,
                                        .side = (uint8_t)below(m, 2)};
        fill_random(m, m->bytes[i], SIEVE_BYTES);
    }
    return g;
}

void noise_sieve(struct rules *rules, uint32_t flows)
{
    bool matched[RULES_MOST] = {false};
    struct maker m = {.random = 2}; // other flows than those that were learnt from
    uint32_t kept = 0;

    for (uint32_t n = 0; n < flows; n++) {
        struct glimpse g = sieve_flow(&m, n);
        struct tokens t;
        meter(&t, &g);
        for (uint32_t i = 0; i < rules->n; i++)
            matched[i] = matched[i] || matches(&rules->rule[i], &t);
    }
    for (uint32_t i = 0; i < rules->n; i++)
        if (!matched[i])
            rules->rule[kept++] = rules->rule[i];
    rules->n = kept;
}
