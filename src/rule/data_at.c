// SPDX-License-Identifier: Apache-2.0
// isdataat: whether bytes are there; base64_decode: what they stand for (rules.md 5, 6.1).
#include "rule/match.h"
#include "rule/parse.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

// ---------------------------------------------------------------- isdataat

struct data_at {
    int32_t n;
    int8_t n_var;
    bool relative, negated, suricata;
};

// Snort: there is an octet n behind the cursor. Suricata, relative only: n octets follow.
static bool data_at_test(struct match *m, const struct rule_option *o)
{
    const struct data_at *x = o->arg;
    struct slice b = match_buffer(m, o->buffer);
    int64_t at = match_value(m, x->n, x->n_var);

    if (!b.p)
        return false;
    if (x->relative)
        at += m->cursor[o->buffer];
    return (x->relative && x->suricata ? at <= b.n : at < b.n) != x->negated;
}

bool option_isdataat(struct parse *p, struct slice arg, int which)
{
    struct data_at *x = parse_take(p, sizeof(*x));
    struct slice first = slice_cut(&arg, ',');
    bool raw = false;

    x->suricata = p->dialect == DIALECT_SURICATA;
    if (first.n && first.p[0] == '!') {
        x->negated = true;
        first = slice_trim(slice_of(first.p + 1, first.n - 1));
    }
    if (!parse_value(p, first, &x->n, &x->n_var))
        return false;
    while (arg.n) {
        struct slice word = slice_cut(&arg, ',');
        if (slice_is(word, "relative"))
            x->relative = true;
        else if (slice_is(word, "rawbytes"))
            raw = p->dialect != DIALECT_SURICATA;
        else
            return parse_wrong(p, "\"%.*s\" is not understood in %.*s", SLICE(word),
                               SLICE(p->now->name));
    }
    struct rule_option *o = parse_add(p, data_at_test, x);
    if (!o)
        return false;
    parse_at(p, o, x->relative);
    o->depends |= x->n_var >= 0;
    if (raw)
        o->buffer = BUF_raw_data;
    return true;
}

// ---------------------------------------------------------------- base64

struct base64 {
    uint32_t bytes; // of the text, at most; 0: all
    uint32_t offset;
    bool relative;
};

// Decodes up to what is no base64; line breaks that begin a folded line are left out.
static bool base64_test(struct match *m, const struct rule_option *o)
{
    const struct base64 *x = o->arg;
    struct slice b = match_buffer(m, o->buffer);
    uint64_t at = x->offset + (x->relative ? (uint64_t)m->cursor[o->buffer] : 0);
    uint8_t *to = lane_decoded(m->unit->lane);
    uint32_t n = 0, bits = 0, held = 0;

    if (!b.p || at >= b.n)
        return false;
    uint32_t end = x->bytes && x->bytes < b.n - at ? (uint32_t)at + x->bytes : b.n;
    for (uint32_t i = (uint32_t)at; i < end && n < DECODED_MOST; i++) {
        int v = base64_value(b.p[i]);
        if (v < 0 && (b.p[i] == '\r' || b.p[i] == '\n' || b.p[i] == ' ' || b.p[i] == '\t'))
            continue;
        if (v < 0)
            break;
        held = (held << 6 | (uint32_t)v) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            to[n++] = (uint8_t)(held >> bits);
        }
    }
    m->decoded = slice_of(to, n);
    return n > 0;
}

bool option_base64(struct parse *p, struct slice arg, int which)
{
    struct base64 *x = parse_take(p, sizeof(*x));
    uint64_t v;

    while (arg.n) {
        struct slice value = slice_cut(&arg, ',');
        struct slice word = slice_cut(&value, ' ');
        value = slice_trim(value);
        if (slice_is(word, "relative"))
            x->relative = true;
        else if (slice_is(word, "bytes") && slice_u64(value, UINT32_MAX, &v) && v)
            x->bytes = (uint32_t)v;
        else if (slice_is(word, "offset") && slice_u64(value, 65535, &v))
            x->offset = (uint32_t)v;
        else
            return parse_wrong(p, "\"%.*s\" is not understood in %.*s", SLICE(word),
                               SLICE(p->now->name));
    }
    struct rule_option *o = parse_add(p, base64_test, x);
    if (!o)
        return false;
    parse_at(p, o, x->relative);
    p->content = NULL;
    return true;
}
