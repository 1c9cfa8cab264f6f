// SPDX-License-Identifier: Apache-2.0
// md5, sha256, sha512: contents that a rule knows by their digest only.
#include <ctype.h>
#include <nettle/md5.h>
#include <nettle/sha2.h>
#include <string.h>

#include "rule/content.h"
#include "rule/match.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

enum { BYTES_A_STEP = 64 }; // digesting is work that counts, as a rule may try it many times

struct digest_option {
    uint8_t wanted[SHA512_DIGEST_SIZE];
    int32_t offset;
    uint32_t length; // of what is digested
    int8_t offset_var;
    uint8_t kind; // enum digest
    bool relative, negated;
};

static const uint8_t sizes[] = {[DIGEST_MD5] = MD5_DIGEST_SIZE,
                                [DIGEST_SHA256] = SHA256_DIGEST_SIZE,
                                [DIGEST_SHA512] = SHA512_DIGEST_SIZE};

static void digest(enum digest kind, struct slice s, uint8_t *to)
{
    union {
        struct md5_ctx md5;
        struct sha256_ctx sha256;
        struct sha512_ctx sha512;
    } x;

    switch (kind) {
    case DIGEST_MD5:
        md5_init(&x.md5);
        md5_update(&x.md5, s.n, s.p);
        md5_digest(&x.md5, MD5_DIGEST_SIZE, to);
        break;
    case DIGEST_SHA256:
        sha256_init(&x.sha256);
        sha256_update(&x.sha256, s.n, s.p);
        sha256_digest(&x.sha256, SHA256_DIGEST_SIZE, to);
        break;
    case DIGEST_SHA512:
        sha512_init(&x.sha512);
        sha512_update(&x.sha512, s.n, s.p);
        sha512_digest(&x.sha512, SHA512_DIGEST_SIZE, to);
        break;
    }
}

// Bytes that are not all there have no digest: no match, even when negated.
static bool digest_test(struct match *m, const struct rule_option *o)
{
    const struct digest_option *x = o->arg;
    struct slice b = match_buffer(m, o->buffer);
    int64_t at = match_value(m, x->offset, x->offset_var) +
                 (x->relative ? (int64_t)m->cursor[o->buffer] : 0);
    uint8_t is[SHA512_DIGEST_SIZE];

    if (!b.p || at < 0 || at > b.n || x->length > b.n - at)
        return false;
    m->steps += x->length / BYTES_A_STEP;
    digest(x->kind, slice_of(b.p + at, x->length), is);
    if (memcmp(is, x->wanted, sizes[x->kind]))
        return x->negated;
    if (x->negated)
        return false;
    m->cursor[o->buffer] = (uint32_t)at + x->length;
    match_saw(m, o->buffer, (uint64_t)at + x->length);
    return true;
}

// The digest as bytes between bars, or as hex digits alone.
static bool read_digest(struct parse *p, struct slice text, struct digest_option *x)
{
    uint32_t size = sizes[x->kind], n;
    uint8_t *bytes = parse_take(p, text.n + 3u);
    bool bare = text.n == 2 * size;

    for (uint32_t i = 0; i < text.n; i++)
        bare = bare && isxdigit(text.p[i]);
    if (bare) {
        uint8_t *barred = parse_take(p, text.n + 2u);
        barred[0] = barred[text.n + 1] = '|';
        memcpy(barred + 1, text.p, text.n);
        text = slice_of(barred, text.n + 2u);
    }
    if (!content_text(p, text, bytes, &n))
        return false;
    if (n != size)
        return parse_wrong(p, "%.*s needs a digest of %u bytes, not %u", SLICE(p->now->name),
                           size, n);
    memcpy(x->wanted, bytes, size);
    return true;
}

static bool digest_word(struct parse *p, struct digest_option *x, struct slice word,
                        struct slice value)
{
    uint64_t v;

    if (slice_is(word, "relative"))
        return x->relative = true;
    if (slice_is(word, "offset"))
        return parse_value(p, value, &x->offset, &x->offset_var);
    if (!slice_is(word, "length"))
        return parse_wrong(p,
                           "\"%.*s\" is not understood; behind a digest stand length, "
                           "offset, relative",
                           SLICE(word));
    if (!slice_u64(value, 65535, &v) || !v)
        return parse_wrong(p, "length needs a number from 1 to 65535");
    x->length = (uint32_t)v;
    return true;
}

bool option_digest(struct parse *p, struct slice arg, int which)
{
    struct digest_option *x = parse_take(p, sizeof(*x));

    *x = (struct digest_option){.kind = (uint8_t)which, .offset_var = -1};
    if (arg.n && arg.p[0] == '!') {
        x->negated = true;
        arg = slice_trim(slice_of(arg.p + 1, arg.n - 1));
    }
    struct slice text = slice_cut(&arg, ',');
    if (text.n < 2 || text.p[0] != '"' || !read_digest(p, slice_unquote(text), x))
        return p->why.text[0]
                   ? false
                   : parse_wrong(p, "%.*s needs its digest in quotes", SLICE(p->now->name));
    while (arg.n) {
        struct slice value = slice_cut(&arg, ',');
        struct slice word = slice_cut(&value, ' ');
        if (!digest_word(p, x, word, slice_trim(value)))
            return false;
    }
    if (!x->length)
        return parse_wrong(p, "%.*s needs the length of what has this digest: length 32",
                           SLICE(p->now->name));
    struct rule_option *o = parse_add(p, digest_test, x);
    if (!o)
        return false;
    parse_at(p, o, x->relative);
    o->sets = !x->negated;
    o->depends |= x->offset_var >= 0;
    p->content = NULL;
    return true;
}
