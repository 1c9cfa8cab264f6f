// SPDX-License-Identifier: Apache-2.0
// asn1, ber_data, ber_skip: elements in the basic encoding of ASN.1 (X.690 section 8).
#include "base/cur.h"
#include "rule/match.h"
#include "rule/parse.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

enum {
    CONSTRUCTED = 0x20,
    TAG_BIT_STRING = 0x03,
    TAG_REAL = 0x09,
    ELEMENTS_MOST = 1024, // that one option walks over
    ELEMENTS_A_STEP = 16, // as a rule may try it many times
};

struct element {
    uint8_t type;    // the identifier octet
    uint64_t length; // as it is told, which may be more than there is
    bool open;       // of indefinite length
};

// Takes an identifier and a length off; what follows is the content. False: none is there.
static bool take_head(struct cur *c, struct element *e)
{
    uint8_t more, first;

    e->type = cur_u8(c);
    if ((e->type & 0x1f) == 0x1f) // the tag's number follows
        do
            more = cur_u8(c);
        while (more & 0x80 && !c->bad);
    first = cur_u8(c);
    e->open = first == 0x80;
    e->length = first < 0x80 ? first : 0;
    if (first > 0x80) {
        if ((first & 0x7f) > 8)
            return false;
        for (unsigned i = first & 0x7f; i > 0; i--)
            e->length = e->length << 8 | cur_u8(c);
    }
    return !c->bad;
}

// ---------------------------------------------------------------- asn1

struct asn1_option {
    int32_t offset;
    uint64_t oversize; // 0: not asked
    bool relative, bit_string, doubled;
};

// A bit string says in its first octet how many bits of its last are unused: more than there
// are is how old decoders were broken. So were texts of real numbers longer than any buffer for
// them.
static bool is_odd(const struct asn1_option *x, const struct element *e,
                   const struct cur *content)
{
    enum { REAL_MOST = 256 };
    uint8_t first = cur_left(content) && e->length ? content->p[0] : 0;
    bool primitive = !(e->type & CONSTRUCTED) && e->length;

    if (x->oversize && e->length >= x->oversize)
        return true;
    if (x->bit_string && primitive && e->type == TAG_BIT_STRING && e->length <= 32)
        return first > (e->length - 1) * 8;
    return x->doubled && primitive && e->type == TAG_REAL && !(first & 0xc0) &&
           e->length > REAL_MOST;
}

// All elements, whatever they are nested in, one after the other.
static bool asn1_test(struct match *m, const struct rule_option *o)
{
    const struct asn1_option *x = o->arg;
    struct slice b = match_buffer(m, o->buffer);
    int64_t at = (x->relative ? (int64_t)m->cursor[o->buffer] : 0) + x->offset;
    struct element e;

    if (!b.p || at < 0 || at >= b.n)
        return false;
    struct cur c = cur_of(slice_of(b.p + at, (size_t)(b.n - at)));
    for (unsigned i = 0; i < ELEMENTS_MOST && cur_left(&c); i++) {
        m->steps += i % ELEMENTS_A_STEP == ELEMENTS_A_STEP - 1;
        if (!take_head(&c, &e))
            return false;
        if (is_odd(x, &e, &c)) {
            match_saw(m, o->buffer, b.n - cur_left(&c));
            return true;
        }
        if (e.type & CONSTRUCTED || e.open)
            continue;
        if (e.length > cur_left(&c))
            return false;
        cur_skip(&c, (uint32_t)e.length);
    }
    return false;
}

static bool asn1_word(struct parse *p, struct asn1_option *x, struct slice word,
                      struct slice value)
{
    if (slice_is(word, "bitstring_overflow"))
        return x->bit_string = true;
    if (slice_is(word, "double_overflow"))
        return x->doubled = true;
    if (slice_is(word, "print"))
        return true; // nothing is printed
    if (slice_is(word, "oversize_length"))
        return (slice_number(value, UINT32_MAX, &x->oversize) && x->oversize) ||
               parse_wrong(p, "oversize_length needs a number from 1");
    if (slice_is(word, "absolute_offset") || slice_is(word, "relative_offset")) {
        x->relative = slice_is(word, "relative_offset");
        return slice_i32(value, &x->offset) ||
               parse_wrong(p, "%.*s needs a number", SLICE(word));
    }
    return parse_wrong(p,
                       "\"%.*s\" is not understood; asn1 takes bitstring_overflow, "
                       "double_overflow, oversize_length, absolute_offset, relative_offset",
                       SLICE(word));
}

bool option_asn1(struct parse *p, struct slice arg, int which)
{
    struct asn1_option *x = parse_take(p, sizeof(*x));

    while (arg.n) {
        struct slice value = slice_cut(&arg, ',');
        struct slice word = slice_cut(&value, ' ');
        if (!asn1_word(p, x, word, slice_trim(value)))
            return false;
    }
    if (!x->bit_string && !x->doubled && !x->oversize)
        return parse_wrong(p, "asn1 needs what is looked for: bitstring_overflow, "
                              "double_overflow or oversize_length");
    struct rule_option *o = parse_add(p, asn1_test, x);
    if (!o)
        return false;
    parse_at(p, o, x->relative);
    return true;
}

// ---------------------------------------------------------------- ber_data, ber_skip

struct ber_option {
    uint8_t type;
    bool over, optional; // over: the content is left out, too
};

// At the cursor stands an element of this type: the cursor goes to its content, or behind it.
static bool ber_test(struct match *m, const struct rule_option *o)
{
    const struct ber_option *x = o->arg;
    struct slice b = match_buffer(m, o->buffer);
    uint32_t at = min_u32(m->cursor[o->buffer], b.n);
    struct element e;

    if (!b.p)
        return false;
    struct cur c = cur_of(slice_of(b.p + at, b.n - at));
    if (!take_head(&c, &e) || e.type != x->type)
        return x->optional;
    if (x->over && (e.open || e.length > cur_left(&c)))
        return false;
    uint32_t end = b.n - cur_left(&c) + (x->over ? (uint32_t)e.length : 0);
    m->cursor[o->buffer] = end;
    match_saw(m, o->buffer, end);
    return true;
}

bool option_ber(struct parse *p, struct slice arg, int which)
{
    struct ber_option *x = parse_take(p, sizeof(*x));
    struct slice type = slice_cut(&arg, ',');
    uint64_t v;

    arg = slice_trim(arg);
    x->over = which;
    x->optional = x->over && slice_is(arg, "optional");
    if (!slice_number(type, 255, &v) || (arg.n && !x->optional))
        return parse_wrong(p, "%.*s needs the type of an element: %.*s:0x30",
                           SLICE(p->now->name), SLICE(p->now->name));
    x->type = (uint8_t)v;
    struct rule_option *o = parse_add(p, ber_test, x);
    if (!o)
        return false;
    parse_at(p, o, true);
    return true;
}
