// SPDX-License-Identifier: Apache-2.0
// byte_test, byte_jump, byte_extract, byte_math: numbers in the buffer (rules.md section 5).
#include <ctype.h>
#include <string.h>

#include "rule/match.h"
#include "rule/parse.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

enum endian { BIG, LITTLE, DCE };

struct number_at { // where a number stands, and how it is written
    uint32_t n;    // bytes
    int32_t offset;
    int8_t offset_var;
    uint8_t endian, base; // base of a string: 0: binary
    bool relative;
    uint32_t mask; // 0: none
};
struct bytes {
    struct number_at at;
    char op; // byte_test: < > = { <= } >= & ^; byte_math: + - * / < >
    bool negated;
    int32_t value; // to compare or compute with
    int8_t value_var;
    uint32_t unsigned_value; // byte_test: all 32 bits of it
    int32_t multiplier, post;
    int8_t post_var;
    bool align, from_beginning, from_end;
    uint8_t result; // number of the variable that is set
};

// ---------------------------------------------------------------- reading numbers of the wire

// DCE/RPC says in its header how its integers are written.
static bool dce_is_little(struct slice b)
{
    return b.n > 4 && (b.p[0] == 5 || b.p[0] == 4) && b.p[4] >> 4 == 1;
}

static bool text_number(const uint8_t *p, uint32_t n, unsigned base, uint64_t *v)
{
    uint64_t sum = 0;
    uint32_t i = 0, digits = 0;

    while (i < n && isspace(p[i]))
        i++;
    if (base == 16 && n - i > 2 && p[i] == '0' && (p[i + 1] | 32) == 'x')
        i += 2;
    for (; i < n && isxdigit(p[i]); i++, digits++) {
        unsigned d = (unsigned)(isdigit(p[i]) ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
        if (d >= base)
            break;
        sum = sum * base + d;
        if (sum > UINT32_MAX)
            sum = UINT32_MAX;
    }
    *v = sum;
    return digits > 0;
}

// The number; false: it is not all in the buffer, or no number. *end: behind it.
static bool number_read(struct match *m, const struct rule_option *o, const struct number_at *a,
                        uint64_t *v, int64_t *end)
{
    struct slice b = match_buffer(m, o->buffer);
    int64_t at = match_value(m, a->offset, a->offset_var) +
                 (a->relative ? (int64_t)m->cursor[o->buffer] : 0);
    bool little = a->endian == LITTLE || (a->endian == DCE && dce_is_little(b));

    if (!b.p || at < 0 || at > b.n || a->n > b.n - at)
        return false;
    *end = at + a->n;
    *v = 0;
    if (a->base) {
        if (!text_number(b.p + at, a->n, a->base, v))
            return false;
    } else {
        for (uint32_t i = 0; i < a->n; i++)
            *v = *v << 8 | b.p[at + (little ? a->n - 1 - i : i)];
    }
    if (a->mask)
        *v = (*v & a->mask) >> __builtin_ctz(a->mask);
    match_saw(m, o->buffer, (uint64_t)*end);
    return true;
}

// ---------------------------------------------------------------- tests

static bool compare(char op, uint64_t a, uint64_t b)
{
    switch (op) {
    case '<': return a < b;
    case '>': return a > b;
    case '{': return a <= b;
    case '}': return a >= b;
    case '&': return (a & b) != 0;
    case '^': return (a ^ b) != 0;
    default: return a == b;
    }
}

static bool byte_test_test(struct match *m, const struct rule_option *o)
{
    const struct bytes *x = o->arg;
    uint64_t v;
    int64_t end;

    if (!number_read(m, o, &x->at, &v, &end))
        return false; // even when negated
    uint64_t with = x->value_var < 0 ? x->unsigned_value : m->value[x->value_var];
    return compare(x->op, v, with) != x->negated;
}

static bool byte_jump_test(struct match *m, const struct rule_option *o)
{
    const struct bytes *x = o->arg;
    struct slice b = match_buffer(m, o->buffer);
    uint64_t v = 0;
    int64_t end = x->at.relative ? (int64_t)m->cursor[o->buffer] : 0, jump, to;

    if (!b.p)
        return false;
    if (x->at.n && !number_read(m, o, &x->at, &v, &end))
        return false;
    if (!x->at.n)
        end += match_value(m, x->at.offset, x->at.offset_var);
    jump = (int64_t)v * x->multiplier;
    if (x->align)
        jump = (jump + 3) & ~(int64_t)3;
    to = (x->from_beginning ? 0
          : x->from_end     ? (int64_t)b.n
                            : end) +
         jump + match_value(m, x->post, x->post_var);
    if (to < 0 || to > b.n)
        return false;
    m->cursor[o->buffer] = (uint32_t)to;
    return true;
}

static bool byte_extract_test(struct match *m, const struct rule_option *o)
{
    const struct bytes *x = o->arg;
    uint64_t v;
    int64_t end;

    if (!number_read(m, o, &x->at, &v, &end))
        return false;
    v *= (uint32_t)x->multiplier;
    if (x->align)
        v = (v + 3) & ~UINT64_C(3);
    m->value[x->result] = (uint32_t)v;
    return true;
}

static bool byte_math_test(struct match *m, const struct rule_option *o)
{
    const struct bytes *x = o->arg;
    uint64_t v, with;
    int64_t end;

    if (!number_read(m, o, &x->at, &v, &end))
        return false;
    with = x->value_var < 0 ? x->unsigned_value : m->value[x->value_var];
    switch (x->op) {
    case '+': v += with; break;
    case '-': v -= with; break;
    case '*': v *= with; break;
    case '/':
        if (!with)
            return false;
        v /= with;
        break;
    case '<': v = with < 32 ? v << with : 0; break;
    default: v = with < 32 ? v >> with : 0; break;
    }
    m->value[x->result] = (uint32_t)v;
    return true;
}

// ---------------------------------------------------------------- reading the options

// One of the words that follow: relative, little, string, hex, ... *taken: it is one.
static bool common_word(struct parse *p, struct bytes *x, struct slice s, bool *taken)
{
    struct slice value = s;
    struct slice word = slice_cut(&value, ' ');
    uint64_t v;

    value = slice_trim(value);
    *taken = true;
    if (slice_is(word, "relative"))
        x->at.relative = true;
    else if (slice_is(word, "big"))
        x->at.endian = BIG;
    else if (slice_is(word, "little"))
        x->at.endian = LITTLE;
    else if (slice_is(word, "dce"))
        x->at.endian = DCE;
    else if (slice_is(word, "endian"))
        return common_word(p, x, value, taken);
    else if (slice_is(word, "string") && value.n)
        return (x->at.base = 10, common_word(p, x, value, taken));
    else if (slice_is(word, "string"))
        x->at.base = x->at.base ? x->at.base : 10;
    else if (slice_is(word, "dec"))
        x->at.base = 10;
    else if (slice_is(word, "hex"))
        x->at.base = 16;
    else if (slice_is(word, "oct"))
        x->at.base = 8;
    else if (slice_is(word, "bitmask")) {
        if (!slice_number(value, UINT32_MAX, &v) || !v)
            return parse_wrong(p, "bitmask needs a number that is not 0");
        x->at.mask = (uint32_t)v;
    } else
        *taken = false;
    return true;
}

static bool unknown_word(struct parse *p, struct slice s)
{
    return parse_wrong(p, "\"%.*s\" is not understood in %.*s", SLICE(s), SLICE(p->now->name));
}

static bool read_size(struct parse *p, struct bytes *x, struct slice s)
{
    uint64_t v;

    if (!slice_u64(s, 10, &v))
        return parse_wrong(
            p, "the number of bytes is 1 to 4, or to 10 of a string, not \"%.*s\"", SLICE(s));
    x->at.n = (uint32_t)v;
    return true;
}

// Binary numbers have at most 4 octets; 8 in Suricata.
static bool check_size(struct parse *p, const struct bytes *x, bool none_too)
{
    uint32_t most = x->at.base ? 10 : p->dialect == DIALECT_SURICATA ? 8 : 4;

    if (x->at.n > most || (!x->at.n && !none_too))
        return parse_wrong(p, "%u bytes cannot be read as a number; 1 to %u can", x->at.n,
                           most);
    return true;
}

static bool add(struct parse *p, struct bytes *x,
                bool (*test)(struct match *, const struct rule_option *))
{
    struct rule_option *o = parse_add(p, test, x);

    if (!o)
        return false;
    o->depends =
        x->at.relative || x->at.offset_var >= 0 || x->value_var >= 0 || x->post_var >= 0;
    o->fixed = !x->at.relative;
    p->rule->payload = true;
    p->content = NULL;
    return true;
}

static struct bytes *fresh(struct parse *p)
{
    struct bytes *x = parse_take(p, sizeof(*x));

    x->at.offset_var = x->value_var = x->post_var = -1;
    x->multiplier = 1;
    return x;
}

static bool read_operand(struct parse *p, struct bytes *x, struct slice s)
{
    uint64_t v;

    if (slice_number(s, UINT32_MAX, &v)) {
        x->unsigned_value = (uint32_t)v;
        return true;
    }
    return parse_value(p, s, &x->value, &x->value_var) &&
           (x->value_var >= 0 || parse_wrong(p, "the value is not negative"));
}

static bool read_test_op(struct parse *p, struct bytes *x, struct slice s)
{
    struct slice all = s;

    if (s.n && s.p[0] == '!') {
        x->negated = true;
        s = slice_trim(slice_of(s.p + 1, s.n - 1));
    }
    if (!s.n || slice_is(s, "="))
        x->op = '=';
    else if (s.n == 1 && strchr("<>&^", s.p[0]))
        x->op = (char)s.p[0];
    else if (slice_is(s, "<="))
        x->op = '{';
    else if (slice_is(s, ">="))
        x->op = '}';
    else
        return parse_wrong(p, "\"%.*s\" compares nothing; it is one of < > = <= >= ! & ^",
                           SLICE(all));
    return true;
}

bool option_byte_test(struct parse *p, struct slice arg, int which)
{
    struct bytes *x = fresh(p);
    bool taken;

    if (!read_size(p, x, slice_cut(&arg, ',')) || !read_test_op(p, x, slice_cut(&arg, ',')) ||
        !read_operand(p, x, slice_cut(&arg, ',')) ||
        !parse_value(p, slice_cut(&arg, ','), &x->at.offset, &x->at.offset_var))
        return false;
    while (arg.n) {
        struct slice word = slice_cut(&arg, ',');
        if (!common_word(p, x, word, &taken))
            return false;
        if (!taken)
            return unknown_word(p, word);
    }
    return check_size(p, x, false) && add(p, x, byte_test_test);
}

static bool jump_word(struct parse *p, struct bytes *x, struct slice s)
{
    struct slice value = s;
    struct slice word = slice_cut(&value, ' ');

    value = slice_trim(value);
    if (slice_is(word, "multiplier"))
        return slice_i32(value, &x->multiplier) ||
               parse_wrong(p, "multiplier needs a number, not \"%.*s\"", SLICE(value));
    if (slice_is(word, "post_offset"))
        return parse_value(p, value, &x->post, &x->post_var);
    if (slice_is(word, "align"))
        x->align = true;
    else if (slice_is(word, "from_beginning"))
        x->from_beginning = true;
    else if (slice_is(word, "from_end"))
        x->from_end = true;
    else
        return unknown_word(p, s);
    return true;
}

bool option_byte_jump(struct parse *p, struct slice arg, int which)
{
    struct bytes *x = fresh(p);
    bool taken;

    if (!read_size(p, x, slice_cut(&arg, ',')) ||
        !parse_value(p, slice_cut(&arg, ','), &x->at.offset, &x->at.offset_var))
        return false;
    while (arg.n) {
        struct slice word = slice_cut(&arg, ',');
        if (!common_word(p, x, word, &taken) || (!taken && !jump_word(p, x, word)))
            return false;
    }
    if (!check_size(p, x, true) || !add(p, x, byte_jump_test))
        return false;
    p->option[p->n_options - 1].sets = true;
    return true;
}

static bool set_result(struct parse *p, struct bytes *x, struct slice name)
{
    int n = name.n && (isalpha(name.p[0]) || name.p[0] == '_') ? parse_variable(p, name) : -1;

    if (n < 0)
        return parse_wrong(p, "\"%.*s\" is no name for a variable, or a rule has more than %d",
                           SLICE(name), VARIABLES_MOST);
    x->result = (uint8_t)n;
    return true;
}

bool option_byte_extract(struct parse *p, struct slice arg, int which)
{
    struct bytes *x = fresh(p);
    bool taken;

    if (!read_size(p, x, slice_cut(&arg, ',')) ||
        !parse_value(p, slice_cut(&arg, ','), &x->at.offset, &x->at.offset_var) ||
        !set_result(p, x, slice_cut(&arg, ',')))
        return false;
    while (arg.n) {
        struct slice word = slice_cut(&arg, ',');
        if (!common_word(p, x, word, &taken) || (!taken && !jump_word(p, x, word)))
            return false;
    }
    return check_size(p, x, false) && add(p, x, byte_extract_test);
}

// One of `bytes 2`, `oper +`, ...; *seen collects a bit for each that must be there.
static bool math_word(struct parse *p, struct bytes *x, struct slice s, unsigned *seen)
{
    struct slice value = s;
    struct slice word = slice_cut(&value, ' ');
    bool taken;

    value = slice_trim(value);
    if (slice_is(word, "bytes"))
        return *seen |= 1, read_size(p, x, value);
    if (slice_is(word, "offset"))
        return *seen |= 2, parse_value(p, value, &x->at.offset, &x->at.offset_var);
    if (slice_is(word, "rvalue"))
        return *seen |= 4, read_operand(p, x, value);
    if (slice_is(word, "result"))
        return *seen |= 8, set_result(p, x, value);
    if (slice_is(word, "oper")) {
        *seen |= 16;
        if (slice_is(value, "<<") || slice_is(value, ">>") ||
            (value.n == 1 && strchr("+-*/", value.p[0])))
            return x->op = (char)value.p[0], true;
        return parse_wrong(p, "oper is one of + - * / << >>, not \"%.*s\"", SLICE(value));
    }
    if (!common_word(p, x, s, &taken))
        return false;
    return taken || unknown_word(p, s);
}

bool option_byte_math(struct parse *p, struct slice arg, int which)
{
    struct bytes *x = fresh(p);
    unsigned seen = 0;

    while (arg.n)
        if (!math_word(p, x, slice_cut(&arg, ','), &seen))
            return false;
    if (seen != 31)
        return parse_wrong(p, "byte_math needs bytes, offset, oper, rvalue and result");
    return check_size(p, x, false) && add(p, x, byte_math_test);
}
