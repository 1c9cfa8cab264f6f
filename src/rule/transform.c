// SPDX-License-Identifier: Apache-2.0
// Transforms of Suricata: a buffer is changed before the options behind look into it.
#include <ctype.h>
#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>

#include "rule/match.h"
#include "rule/parse.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

enum base64_mode { RFC4648, RFC2045, STRICT };

struct transform_option {
    uint8_t source, how;
    struct slice key;       // of xor; n 0: it stands in the buffer
    uint32_t offset, bytes; // of from_base64 and xor; bytes 0: all
    uint32_t key_at, key_n; // of a key in the buffer
    uint8_t mode;
    int32_t from, n; // of subslice; negative: counted from the end
    bool has_n, truncate;
};

// ---------------------------------------------------------------- one each

// Each writes what it makes of `in`, at most DERIVED_MOST bytes, and gives how many.

static uint32_t strip_whitespace(const struct transform_option *x, struct slice in, uint8_t *to)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < in.n; i++)
        if (!isspace(in.p[i]))
            to[n++] = in.p[i];
    return n;
}

static uint32_t compress_whitespace(const struct transform_option *x, struct slice in,
                                    uint8_t *to)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < in.n; i++)
        if (!isspace(in.p[i]) || !i || !isspace(in.p[i - 1]))
            to[n++] = in.p[i];
    return n;
}

static uint32_t to_lowercase(const struct transform_option *x, struct slice in, uint8_t *to)
{
    for (uint32_t i = 0; i < in.n; i++)
        to[i] = (uint8_t)tolower(in.p[i]);
    return in.n;
}

static uint32_t to_uppercase(const struct transform_option *x, struct slice in, uint8_t *to)
{
    for (uint32_t i = 0; i < in.n; i++)
        to[i] = (uint8_t)toupper(in.p[i]);
    return in.n;
}

// Of each line, what stands before the colon.
static uint32_t header_lowercase(const struct transform_option *x, struct slice in, uint8_t *to)
{
    bool name = true;

    for (uint32_t i = 0; i < in.n; i++) {
        name = (name && in.p[i] != ':') || in.p[i] == '\n';
        to[i] = (uint8_t)(name ? tolower(in.p[i]) : in.p[i]);
    }
    return in.n;
}

// Lines that begin with a colon are none of HTTP/1.
static uint32_t strip_pseudo_headers(const struct transform_option *x, struct slice in,
                                     uint8_t *to)
{
    uint32_t n = 0;
    bool pseudo = false;

    for (uint32_t i = 0; i < in.n; i++) {
        if (!i || in.p[i - 1] == '\n')
            pseudo = in.p[i] == ':';
        if (!pseudo)
            to[n++] = in.p[i];
    }
    return n;
}

static uint32_t dotprefix(const struct transform_option *x, struct slice in, uint8_t *to)
{
    uint32_t n = min_u32(in.n, DERIVED_MOST - 1);

    to[0] = '.';
    memcpy(to + 1, in.p, n);
    return n + 1;
}

static uint32_t url_decode(const struct transform_option *x, struct slice in, uint8_t *to)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < in.n; i++) {
        int high = in.p[i] == '%' && i + 2 < in.n ? hex_value(in.p[i + 1]) : -1;
        int low = high >= 0 ? hex_value(in.p[i + 2]) : -1;
        to[n++] = (uint8_t)(low >= 0 ? high << 4 | low : in.p[i] == '+' ? ' ' : in.p[i]);
        i += low >= 0 ? 2 : 0;
    }
    return n;
}

static uint32_t to_md5(const struct transform_option *x, struct slice in, uint8_t *to)
{
    struct md5_ctx c;

    md5_init(&c);
    md5_update(&c, in.n, in.p);
    md5_digest(&c, MD5_DIGEST_SIZE, to);
    return MD5_DIGEST_SIZE;
}

static uint32_t to_sha1(const struct transform_option *x, struct slice in, uint8_t *to)
{
    struct sha1_ctx c;

    sha1_init(&c);
    sha1_update(&c, in.n, in.p);
    sha1_digest(&c, SHA1_DIGEST_SIZE, to);
    return SHA1_DIGEST_SIZE;
}

static uint32_t to_sha256(const struct transform_option *x, struct slice in, uint8_t *to)
{
    struct sha256_ctx c;

    sha256_init(&c);
    sha256_update(&c, in.n, in.p);
    sha256_digest(&c, SHA256_DIGEST_SIZE, to);
    return SHA256_DIGEST_SIZE;
}

// A buffer too short for its own key stays as it is.
static uint32_t exclusive_or(const struct transform_option *x, struct slice in, uint8_t *to)
{
    struct slice key = x->key;

    if (x->key_n && x->key_at + x->key_n <= in.n)
        key = slice_of(in.p + x->key_at, x->key_n);
    for (uint32_t i = 0; i < in.n; i++)
        to[i] = i < x->offset || !key.n ? in.p[i] : in.p[i] ^ key.p[(i - x->offset) % key.n];
    return in.n;
}

static uint32_t subslice(const struct transform_option *x, struct slice in, uint8_t *to)
{
    int64_t n = in.n, from = x->from < 0 ? n + x->from : x->from;

    if ((from < 0 && !x->truncate) || from > n)
        return 0;
    from = from < 0 ? 0 : from;
    int64_t end = !x->has_n ? n : x->n < 0 ? n + x->n : from + x->n;
    if (end > n && x->truncate)
        end = n;
    if (end > n || end <= from)
        return 0;
    memcpy(to, in.p + from, (size_t)(end - from));
    return (uint32_t)(end - from);
}

// What cannot be decoded stays as it is.
static uint32_t from_base64(const struct transform_option *x, struct slice in, uint8_t *to)
{
    uint32_t end = x->bytes && x->offset + x->bytes < in.n ? x->offset + x->bytes : in.n;
    uint32_t n = 0, bits = 0, held = 0;
    bool stopped = false;

    for (uint32_t i = x->offset; i < end && in.p[i] != '=' && !stopped; i++) {
        int v = base64_value(in.p[i]);
        stopped = v < 0 && x->mode != RFC2045;
        if (v < 0)
            continue;
        held = (held << 6 | (uint32_t)v) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            to[n++] = (uint8_t)(held >> bits);
        }
    }
    if (n && !(stopped && x->mode == STRICT))
        return n;
    memcpy(to, in.p, in.n);
    return in.n;
}

// ---------------------------------------------------------------- in rules

// The result lies in the half of its buffer's place that its source does not.
static bool transform_test(struct match *m, const struct rule_option *o)
{
    static uint32_t (*const transforms[TRANSFORMS])(const struct transform_option *,
                                                    struct slice, uint8_t *) = {
#define TRANSFORM(name) name,
#include "rule/transform.def"
#undef TRANSFORM
    };
    const struct transform_option *x = o->arg;
    unsigned which = o->buffer - (unsigned)BUF_derived_1;
    struct slice in = match_buffer(m, x->source);
    uint8_t *to = lane_derived(m->unit->lane, which, 0);

    if (!in.p)
        return false;
    if (in.p == to)
        to = lane_derived(m->unit->lane, which, 1);
    in.n = min_u32(in.n, DERIVED_MOST);
    m->derived[which] = slice_of(to, transforms[x->how](x, in, to));
    m->cursor[o->buffer] = 0;
    return true;
}

// xor:"0d0ac8ff", or xor:offset 4,extract 4 0: behind 4 bytes, by the 4 bytes at 0.
static bool read_key(struct parse *p, struct transform_option *x, struct slice arg)
{
    struct slice hex = slice_unquote(arg);
    uint8_t *key = parse_take(p, hex.n / 2 + 1u);
    uint64_t v, at;

    while (arg.n && arg.p[0] != '"') {
        struct slice value = slice_cut(&arg, ',');
        struct slice word = slice_cut(&value, ' ');
        struct slice place = slice_trim(value);
        struct slice size = slice_cut(&place, ' ');
        if (slice_is(word, "offset") && slice_u64(slice_trim(value), UINT16_MAX, &v))
            x->offset = (uint32_t)v;
        else if (slice_is(word, "extract") && slice_u64(size, 255, &v) && v &&
                 slice_u64(slice_trim(place), UINT16_MAX, &at))
            x->key_n = (uint32_t)v, x->key_at = (uint32_t)at;
        else
            return parse_wrong(p, "xor takes a key in hex, or offset N, extract LENGTH PLACE");
        hex.n = 0;
    }
    x->key = slice_of(key, hex.n / 2);
    for (uint32_t i = 0; i < hex.n; i++) {
        int digit = hex_value(hex.p[i]);
        if (digit < 0 || hex.n % 2)
            return parse_wrong(p, "the key of xor is an even number of hex digits in quotes");
        key[i / 2] = (uint8_t)(key[i / 2] << 4 | digit);
    }
    return hex.n || x->key_n || parse_wrong(p, "xor needs a key: xor:\"0d0ac8ff\"");
}

// subslice:from[,n][,truncate]
static bool read_subslice(struct parse *p, struct transform_option *x, struct slice arg)
{
    bool good = slice_i32(slice_cut(&arg, ','), &x->from);

    while (good && arg.n) {
        struct slice word = slice_cut(&arg, ',');
        if (slice_is(word, "truncate"))
            good = !arg.n, x->truncate = true;
        else
            good = !x->has_n && slice_i32(word, &x->n), x->has_n = true;
    }
    return good || parse_wrong(p, "subslice takes an offset, a length and truncate: "
                                  "subslice:4,10,truncate");
}

static bool read_base64(struct parse *p, struct transform_option *x, struct slice arg)
{
    static const char *const modes[] = {"rfc4648", "rfc2045", "strict"};
    uint64_t v;

    while (arg.n) {
        struct slice value = slice_cut(&arg, ',');
        struct slice word = slice_cut(&value, ' ');
        unsigned mode = 0;
        value = slice_trim(value);
        while (mode < COUNT_OF(modes) && !slice_is_any_case(value, modes[mode]))
            mode++;
        if (slice_is(word, "offset") && slice_u64(value, UINT16_MAX, &v))
            x->offset = (uint32_t)v;
        else if (slice_is(word, "bytes") && slice_number(value, UINT16_MAX, &v) && v)
            x->bytes = (uint32_t)v;
        else if (slice_is(word, "mode") && mode < COUNT_OF(modes))
            x->mode = (uint8_t)mode;
        else
            return parse_wrong(p, "from_base64 takes bytes N, offset N and mode rfc4648, "
                                  "rfc2045 or strict");
    }
    return true;
}

bool parse_derive(struct parse *p, struct rule_option *o)
{
    if (p->n_derived == DERIVED)
        return parse_wrong(p, "a rule may make %d buffers of its own", DERIVED);
    p->buffer = p->matched = BUF_derived_1 + p->n_derived++;
    p->content = NULL;
    p->rule->derives = p->load->set->derives = true;
    o->buffer = (uint8_t)p->buffer;
    return true;
}

bool option_transform(struct parse *p, struct slice arg, int which)
{
    struct transform_option *x = parse_take(p, sizeof(*x));
    struct rule_option *o = parse_add(p, transform_test, x);

    if (!o)
        return false;
    x->source = (uint8_t)p->buffer;
    x->how = (uint8_t)which;
    parse_looks(p, p->buffer);
    if (!buffer_is_derived(p->buffer) && !parse_derive(p, o))
        return false;
    p->content = NULL;
    switch (which) {
    case TRANSFORM_exclusive_or: return read_key(p, x, arg);
    case TRANSFORM_subslice: return read_subslice(p, x, arg);
    case TRANSFORM_from_base64: return read_base64(p, x, arg);
    default: return parse_nothing(p, arg);
    }
}
