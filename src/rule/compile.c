// SPDX-License-Identifier: Apache-2.0
// Compiling of fast patterns. Many of them take longer to compile than to read back, so the
// databases are offered to whoever can keep them, by a name that stands for all that they
// depend on.
#include "rule/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

enum { KEEP_LEAST = 500, ALIGN = 8 }; // fewer patterns are compiled in a few milliseconds

// ---------------------------------------------------------------- kept from an earlier run

struct key {
    uint64_t half[2];
};

static void mix(struct key *k, const void *p, size_t n)
{
    k->half[0] = hash_bytes(p, n, k->half[0]);
    k->half[1] = hash_bytes(p, n, ~k->half[1]);
}

// Of the patterns, of the library that compiles them, and of the processor it compiles for.
static void name_of(const struct patterns *first, char *name, size_t room)
{
    hs_platform_info_t here = {0};
    struct key k = {0};

    hs_populate_platform(&here);
    mix(&k, &here.cpu_features, sizeof(here.cpu_features));
    mix(&k, &here.tune, sizeof(here.tune));
    mix(&k, hs_version(), strlen(hs_version()));
    for (const struct patterns *p = first; p; p = p->next) {
        mix(&k, p->size, p->n * sizeof(*p->size));
        for (unsigned i = 0; i < p->n; i++)
            mix(&k, p->text[i], p->size[i]);
    }
    snprintf(name, room, "rules-%016llx%016llx", (unsigned long long)k.half[0],
             (unsigned long long)k.half[1]);
}

static uint32_t padded(uint32_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

// Its size, and the database as the library writes it, whose sums the library checks.
static bool take_database(struct slice *s, hs_database_t **to)
{
    uint64_t n;

    if (s->n < sizeof(n))
        return false;
    memcpy(&n, s->p, sizeof(n));
    *s = slice_of(s->p + sizeof(n), s->n - sizeof(n));
    if (n > s->n || padded((uint32_t)n) > s->n ||
        hs_deserialize_database((const char *)s->p, n, to) != HS_SUCCESS)
        return false;
    *s = slice_of(s->p + padded((uint32_t)n), s->n - padded((uint32_t)n));
    return true;
}

static bool recall(const struct rule_reader *r, const struct patterns *first, const char *name)
{
    struct slice s = {0};
    bool good = r->recall && r->recall(r->user, name, &s);

    if (!good)
        return false;
    for (const struct patterns *p = first; p && good; p = p->next)
        good = take_database(&s, p->to);
    if (good && !s.n)
        return true;
    for (const struct patterns *p = first; p; p = p->next) {
        hs_free_database(*p->to);
        *p->to = NULL;
    }
    return false;
}

static bool put_database(struct text *t, const hs_database_t *d)
{
    static const uint8_t zeros[ALIGN];
    char *bytes = NULL;
    size_t n = 0;

    if (hs_serialize_database(d, &bytes, &n) != HS_SUCCESS)
        return false;
    uint64_t size = n;
    text_bytes(t, &size, sizeof(size));
    text_bytes(t, bytes, n);
    text_bytes(t, zeros, padded((uint32_t)n) - n);
    free(bytes);
    return !t->full;
}

static void retain(const struct rule_reader *r, const struct patterns *first, const char *name)
{
    struct text t = {0};
    bool good = r->retain;

    for (const struct patterns *p = first; p && good; p = p->next)
        good = put_database(&t, *p->to);
    if (good)
        r->retain(r->user, name, text_slice(&t));
    text_free(&t);
}

// ---------------------------------------------------------------- compiled

static bool compile_one(struct load *l, const struct patterns *p, struct fail *f)
{
    unsigned *flags = arena_take(&l->scratch, p->n * sizeof(*flags));
    unsigned *id = arena_take(&l->scratch, p->n * sizeof(*id));
    hs_compile_error_t *error = NULL;

    for (unsigned i = 0; i < p->n; i++) {
        flags[i] = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
        id[i] = i;
    }
    if (hs_compile_lit_multi(p->text, flags, id, p->size, p->n, HS_MODE_BLOCK, NULL, p->to,
                             &error) == HS_SUCCESS)
        return true;
    failed(f, "the patterns of the rules cannot be compiled: %s",
           error ? error->message : "no memory");
    hs_free_compile_error(error);
    return false;
}

bool patterns_compile(struct load *l, const struct patterns *first, struct fail *f)
{
    const struct rule_reader *r = &l->request->reader;
    struct rules_totals *totals = &l->set->totals;
    char name[64];

    for (const struct patterns *p = first; p; p = p->next) {
        totals->databases++;
        totals->patterns += p->n;
    }
    bool many = totals->patterns >= KEEP_LEAST;
    if (many)
        name_of(first, name, sizeof(name));
    if (many && recall(r, first, name))
        return true;
    for (const struct patterns *p = first; p; p = p->next)
        if (!compile_one(l, p, f))
            return false;
    if (many)
        retain(r, first, name);
    return true;
}
