// SPDX-License-Identifier: Apache-2.0
// entropy: how evenly the bytes of a buffer are spread, in bits per byte, 0 to 8.
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rule/match.h"
#include "rule/parse.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

struct entropy {
    uint32_t offset, bytes; // bytes 0: all
    double from, to;
    char op; // < > = l (at most) g (at least) - (between); with `negated`, the contrary
    bool negated, given;
};

static double entropy_of(struct slice b)
{
    uint32_t count[256] = {0};
    double sum = 0;

    for (uint32_t i = 0; i < b.n; i++)
        count[b.p[i]]++;
    for (unsigned i = 0; i < COUNT_OF(count); i++)
        if (count[i]) {
            double p = (double)count[i] / b.n;
            sum -= p * log2(p);
        }
    return sum;
}

static bool holds(const struct entropy *x, double v)
{
    switch (x->op) {
    case '<': return v < x->from;
    case '>': return v > x->from;
    case 'l': return v <= x->from;
    case 'g': return v >= x->from;
    case '-': return v > x->from && v < x->to;
    default: return fabs(v - x->from) < 1e-9;
    }
}

static bool entropy_test(struct match *m, const struct rule_option *o)
{
    const struct entropy *x = o->arg;
    struct slice b = match_buffer(m, o->buffer);

    if (x->offset >= b.n)
        return false;
    b = slice_of(b.p + x->offset, b.n - x->offset);
    if (x->bytes)
        b.n = min_u32(b.n, x->bytes);
    match_saw(m, o->buffer, x->offset + (uint64_t)b.n);
    return holds(x, entropy_of(b)) != x->negated;
}

// ---------------------------------------------------------------- reading

static bool read_decimal(struct slice s, double *v)
{
    char text[32], *end;

    if (!s.n || s.n >= sizeof(text) || !isdigit(s.p[0]))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    *v = strtod(text, &end);
    return !*end && *v <= 8;
}

// > 4, <=5.5, 4-5, !4-5, != 3
static bool read_value(struct entropy *x, struct slice s)
{
    static const struct {
        const char *word;
        char op;
    } ops[] = {{">=", 'g'}, {"<=", 'l'}, {">", '>'}, {"<", '<'}, {"=", '='}};

    x->given = true;
    x->negated = s.n && s.p[0] == '!';
    if (x->negated)
        s = slice_trim(slice_of(s.p + 1, s.n - 1));
    for (size_t i = 0; i < COUNT_OF(ops) && !x->op; i++) {
        uint32_t n = (uint32_t)strlen(ops[i].word);
        if (s.n < n || memcmp(s.p, ops[i].word, n) != 0)
            continue;
        x->op = ops[i].op;
        s = slice_trim(slice_of(s.p + n, s.n - n));
    }
    if (x->op)
        return read_decimal(s, &x->from);
    struct slice from = slice_cut(&s, '-');
    x->op = s.n ? '-' : '=';
    return read_decimal(from, &x->from) &&
           (!s.n || (read_decimal(slice_trim(s), &x->to) && x->from < x->to));
}

bool option_entropy(struct parse *p, struct slice arg, int which)
{
    struct entropy *x = parse_take(p, sizeof(*x));
    bool good = true;
    uint64_t v;

    while (good && arg.n) {
        struct slice value = slice_cut(&arg, ',');
        struct slice word = slice_cut(&value, ' ');
        value = slice_trim(value);
        if (slice_is(word, "bytes") && slice_u64(value, UINT16_MAX, &v))
            x->bytes = (uint32_t)v;
        else if (slice_is(word, "offset") && slice_u64(value, UINT16_MAX, &v))
            x->offset = (uint32_t)v;
        else
            good = slice_is(word, "value") && !x->given && read_value(x, value);
    }
    if (!good || !x->given)
        return parse_wrong(p,
                           "entropy is compared with a number of 0 to 8: entropy:value > 7.5, "
                           "with bytes N and offset N in front");
    parse_looks(p, p->buffer);
    struct rule_option *o = parse_add(p, entropy_test, x);
    if (o)
        o->fixed = true;
    return o;
}
