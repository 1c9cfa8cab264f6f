// SPDX-License-Identifier: Apache-2.0
// Lessons as a file. Behind a head of 16 bytes is one zstd frame with strings, flows, and for
// each token the flows that have it: flows that are alike stand together, so most gaps are 1.
#include "learn/lessons.h"

#include "base/cur.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

enum {
    VECTORS_VERSION = 1,
    HEAD = 16, // magic, version of the file, version of the meters
    BODY_MOST = 1 << 28,
    RATIO_MOST = 256, // a body is not larger than so many times the file
    LEVEL = 19
};
static const uint8_t magic[8] = "pipitvec";

// ---------------------------------------------------------------- writing

struct out { // sized for the worst case before
    uint8_t *p;
    size_t n;
};

static void put_byte(struct out *o, uint32_t v)
{
    o->p[o->n++] = (uint8_t)v;
}

static void put_number(struct out *o, uint32_t v)
{
    for (; v >= 0x80; v >>= 7)
        put_byte(o, v | 0x80);
    put_byte(o, v);
}

static void put_word(struct out *o, uint64_t v, uint32_t bytes)
{
    for (uint32_t i = 0; i < bytes; i++)
        put_byte(o, (uint32_t)(v >> 8 * i) & 0xff);
}

static void put_strings(struct out *o, const struct lessons *l)
{
    put_number(o, l->n_strings);
    for (uint32_t i = 0; i < l->n_strings; i++) {
        size_t n = strlen(l->string[i]);
        put_number(o, (uint32_t)n);
        memcpy(o->p + o->n, l->string[i], n);
        o->n += n;
    }
}

static void put_string(struct out *o, const struct lessons *l, const char *s)
{
    put_number(o, lessons_find(l, slice_str(s)));
}

static void put_lesson(struct out *o, const struct lessons *l, const struct lesson *e)
{
    put_string(o, l, e->label);
    put_string(o, l, e->source);
    put_string(o, l, e->capture);
    put_string(o, l, e->origin);
    for (uint32_t v = 0; v < VIEWS; v++)
        put_string(o, l, e->probe[v]);
    for (uint32_t v = 0; v < VIEWS; v++)
        put_number(o, e->total[v]);
    put_number(o, e->messages);
    put_word(o, e->same, 8);
}

struct use { // of a token by a flow
    uint32_t token, lesson;
    uint8_t views;
};

static int by_token(const void *a, const void *b)
{
    const struct use *x = a, *y = b;

    if (x->token != y->token)
        return x->token < y->token ? -1 : 1;
    return (x->lesson > y->lesson) - (x->lesson < y->lesson);
}

// Each kind of number in a column of its own, which packs better.
static void put_uses(struct out *o, const struct use *use, size_t n)
{
    uint32_t before = 0, tokens = 0;

    for (size_t i = 0; i < n; i++)
        tokens += !i || use[i].token != use[i - 1].token;
    put_number(o, tokens);
    for (size_t i = 0; i < n; before = use[i++].token) {
        if (!i || use[i].token != use[i - 1].token)
            put_number(o, use[i].token - before);
    }
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && use[end].token == use[i].token; end++)
            ;
        put_number(o, (uint32_t)(end - i));
    }
    for (size_t i = 0; i < n; i++) {
        bool first = !i || use[i].token != use[i - 1].token;
        put_number(o, use[i].lesson - (first ? 0 : use[i - 1].lesson));
    }
    for (size_t i = 0; i < n; i++)
        put_byte(o, use[i].views);
}

// The tokens that have a number in the corpus. A row shows several views at once.
static size_t collect_uses(struct use *use, const struct corpus *c)
{
    size_t n = 0;

    for (uint32_t i = 0; i < c->n_rows; i++) {
        const struct row *r = &c->row[i];
        for (uint32_t k = 0; k < r->n; k++)
            use[n++] = (struct use){c->hash[r->token[k]], r->lesson, r->views};
    }
    qsort(use, n, sizeof(*use), by_token);
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept && use[kept - 1].token == use[i].token &&
            use[kept - 1].lesson == use[i].lesson)
            use[kept - 1].views |= use[i].views;
        else
            use[kept++] = use[i];
    }
    return kept;
}

static size_t most_uses(const struct corpus *c)
{
    size_t n = 1;

    for (uint32_t i = 0; i < c->n_rows; i++)
        n += c->row[i].n;
    return n;
}

// The most that the body can be.
static size_t body_room(const struct lessons *l, const struct corpus *c)
{
    enum { NUMBER = 5, NUMBERS = 5 + 2 * VIEWS, SAME = 8, PER_USE = 3 * NUMBER + 1 };
    size_t room = 4 * NUMBER + c->n * (size_t)(NUMBERS * NUMBER + SAME);

    for (uint32_t i = 0; i < l->n_strings; i++)
        room += NUMBER + strlen(l->string[i]);
    return room + most_uses(c) * PER_USE;
}

static void put_body(struct out *o, const struct lessons *l, const struct corpus *c)
{
    size_t most = most_uses(c) * sizeof(struct use);
    struct use *use = mem_reserve(most);
    size_t n = collect_uses(use, c);

    put_strings(o, l);
    put_number(o, c->n);
    for (uint32_t i = 0; i < c->n; i++)
        put_lesson(o, l, c->lesson[i]);
    put_uses(o, use, n);
    mem_release(use, most);
}

static bool pack(struct text *t, const struct out *body)
{
    uint8_t head[HEAD] = {0};
    struct out o = {head, 0};
    size_t room = ZSTD_compressBound(body->n), at = t->n, n = 0;
    ZSTD_CCtx *z = ZSTD_createCCtx();

    for (uint32_t i = 0; i < sizeof(magic); i++)
        put_byte(&o, magic[i]);
    put_word(&o, VECTORS_VERSION, 4);
    put_word(&o, METER_VERSION, 4);
    bool good = z && text_need(t, HEAD + room) &&
                !ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, LEVEL)) &&
                !ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1));
    if (good) {
        text_bytes(t, head, HEAD);
        n = ZSTD_compress2(z, t->p + t->n, room, body->p, body->n);
        good = !ZSTD_isError(n);
        t->n = good ? t->n + n : at;
    }
    ZSTD_freeCCtx(z);
    return good;
}

bool lessons_write(struct text *t, const struct lessons *l)
{
    struct corpus c;

    corpus_make(&c, l);
    size_t room = body_room(l, &c);
    struct out body = {mem_reserve(room), 0};
    put_body(&body, l, &c);
    bool good = pack(t, &body);
    mem_release(body.p, room);
    corpus_free(&c);
    return good;
}

// ---------------------------------------------------------------- reading

static uint32_t take_number(struct cur *c)
{
    uint32_t v = 0;

    for (uint32_t shift = 0; shift < 32; shift += 7) {
        uint8_t b = cur_u8(c);
        v |= (uint32_t)(b & 0x7f) << shift;
        if (b < 0x80)
            return v;
    }
    c->bad = true;
    return 0;
}

// A count of things that take at least so many bytes each.
static uint32_t take_count(struct cur *c, uint32_t bytes, uint32_t most)
{
    uint32_t n = take_number(c);

    if (n > most || n > cur_left(c) / bytes)
        c->bad = true;
    return c->bad ? 0 : n;
}

static void take_strings(struct cur *c, struct lessons *l)
{
    uint32_t n = take_count(c, 1, STRINGS_MOST / 2);

    for (uint32_t i = 0; i < n && !c->bad; i++) {
        struct slice s = cur_take(c, take_number(c));
        if ((s.n && memchr(s.p, 0, s.n)) || lessons_find(l, s) != SLAB_NONE)
            c->bad = true; // each stands there once
        else
            lessons_string(l, s);
    }
    if (!l->n_strings)
        c->bad = true;
}

static const char *take_string(struct cur *c, const struct lessons *l)
{
    uint32_t index = take_number(c);

    if (index >= l->n_strings) {
        c->bad = true;
        index = 0;
    }
    return l->string[index];
}

static void take_lesson(struct cur *c, struct lessons *l)
{
    struct lesson e = {0};

    e.label = take_string(c, l);
    e.source = take_string(c, l);
    e.capture = take_string(c, l);
    e.origin = take_string(c, l);
    for (uint32_t v = 0; v < VIEWS; v++)
        e.probe[v] = take_string(c, l);
    for (uint32_t v = 0; v < VIEWS; v++) {
        e.total[v] = take_number(c);
        if (e.total[v] > TOKENS_MOST)
            c->bad = true;
    }
    uint32_t messages = take_number(c);
    if (messages > MESSAGES_MOST)
        c->bad = true;
    e.messages = (uint8_t)messages;
    e.same = (uint64_t)cur_le32(c);
    e.same |= (uint64_t)cur_le32(c) << 32;
    if (!c->bad)
        lessons_place(l, &e);
}

// The four columns of the uses, and what is being filled: lists whose sizes are known first.
struct columns {
    struct cur token, flows, gap, views;
    uint32_t n_tokens;
};

// Walks the columns. The first time lists are counted, the second time filled.
static bool walk_uses(struct lessons *l, struct columns k, uint32_t **token, uint8_t **views)
{
    uint32_t hash = 0;

    for (uint32_t i = 0; i < k.n_tokens; i++) {
        uint32_t step = take_number(&k.token), flows = take_number(&k.flows), at = 0;
        if ((i && !step) || step > UINT32_MAX - hash || !flows || flows > l->n)
            return false;
        hash += step;
        for (uint32_t f = 0; f < flows; f++) {
            uint32_t gap = take_number(&k.gap);
            uint8_t bits = cur_u8(&k.views);
            if (k.gap.bad || k.views.bad || (f && !gap) || gap >= l->n - at)
                return false;
            at += gap;
            struct lesson *e = &l->lesson[at];
            if (!bits || bits > VIEW_BITS)
                return false;
            if (token) {
                token[at][e->n] = hash;
                views[at][e->n] = bits;
            }
            e->n++;
        }
    }
    return true;
}

// Finds where each column begins.
static bool find_columns(struct cur *c, struct columns *k)
{
    size_t uses = 0;

    k->n_tokens = take_count(c, 2, UINT32_MAX);
    k->token = *c;
    for (uint32_t i = 0; i < k->n_tokens; i++)
        take_number(c);
    k->flows = *c;
    for (uint32_t i = 0; i < k->n_tokens; i++)
        uses += take_number(c);
    k->gap = *c;
    for (size_t i = 0; i < uses && !c->bad; i++)
        take_number(c);
    k->views = *c;
    return !c->bad && uses == cur_left(c); // it is what ends the file
}

static bool totals_hold(const struct lesson *e)
{
    uint32_t n[VIEWS] = {0};

    for (uint32_t i = 0; i < e->n; i++) {
        for (uint32_t v = 0; v < VIEWS; v++)
            n[v] += e->views[i] >> v & 1;
    }
    for (uint32_t v = 0; v < VIEWS; v++) {
        if (n[v] > e->total[v])
            return false;
    }
    return true;
}

static bool take_uses(struct cur *c, struct lessons *l)
{
    struct columns k;

    if (!find_columns(c, &k) || !walk_uses(l, k, NULL, NULL))
        return false;
    uint32_t **token = arena_take(&l->arena, l->n * sizeof(*token));
    uint8_t **views = arena_take(&l->arena, l->n * sizeof(*views));
    for (uint32_t i = 0; i < l->n; i++) {
        struct lesson *e = &l->lesson[i];
        e->token = token[i] = arena_take(&l->arena, e->n * sizeof(**token));
        e->views = views[i] = arena_take(&l->arena, e->n);
        e->n = 0;
    }
    walk_uses(l, k, token, views);
    for (uint32_t i = 0; i < l->n; i++) {
        if (!totals_hold(&l->lesson[i]))
            return false;
    }
    return true;
}

static struct lessons *take_body(struct slice body)
{
    struct cur c = cur_of(body);
    struct lessons *l = lessons_new();

    take_strings(&c, l);
    uint32_t n = take_count(&c, STRINGS_OF_ONE, LESSONS_MOST);
    for (uint32_t i = 0; i < n && !c.bad; i++)
        take_lesson(&c, l);
    if (!c.bad && take_uses(&c, l))
        return l;
    lessons_free(l);
    return NULL;
}

// What a frame says it holds, if that can be.
static size_t body_size(struct slice frame)
{
    unsigned long long n = ZSTD_getFrameContentSize(frame.p, frame.n);

    if (n == ZSTD_CONTENTSIZE_UNKNOWN || n == ZSTD_CONTENTSIZE_ERROR || n > BODY_MOST ||
        n / RATIO_MOST > frame.n)
        return 0;
    return (size_t)n;
}

bool lessons_are(struct slice file)
{
    return file.n >= sizeof(magic) && !memcmp(file.p, magic, sizeof(magic));
}

struct lessons *lessons_read(struct slice file, struct fail *fail)
{
    struct cur c = cur_of(file);
    struct slice head = cur_take(&c, sizeof(magic));
    struct lessons *l = NULL;

    if (!head.n || memcmp(head.p, magic, sizeof(magic)) != 0)
        failed(fail, "these are no vectors of pipit");
    else if (cur_le32(&c) != VECTORS_VERSION || cur_le32(&c) != METER_VERSION)
        failed(fail, "the vectors are of another version of pipit; make them again with 'pipit "
                     "train'");
    else {
        struct slice frame = cur_rest(&c);
        size_t n = body_size(frame);
        uint8_t *body = mem_reserve(n + 1);
        if (n && ZSTD_decompress(body, n, frame.p, frame.n) == n)
            l = take_body(slice_of(body, n));
        mem_release(body, n + 1);
        if (!l)
            failed(fail, "the vectors are damaged");
    }
    return l;
}
