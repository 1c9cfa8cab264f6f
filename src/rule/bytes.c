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
enum { BINARY = 0, BY_PREFIX = 1, OCTAL = 8, DECIMAL = 10, HEXADECIMAL = 16 }; // bases
enum { BYTES_MOST = 4, LONG_BYTES_MOST = 8, DIGITS_MOST = 10, LONG_DIGITS_MOST = 23 };

struct number_at { // where a number stands, and how it is written
    int32_t n;     // bytes
    int32_t offset;
    int8_t n_var, offset_var;
    uint8_t endian, base;
    bool relative, string;
    bool wide;     // Suricata: numbers have 64 bits, in Snort 32
    uint32_t mask; // 0: none
};
struct bytes {
    struct number_at at;
    char op; // byte_test: < > = { <= } >= & ^; byte_math: + - * / < >
    bool negated;
    uint64_t value; // to compare or compute with
    int8_t value_var;
    int32_t multiplier, post;
    int8_t post_var;
    uint8_t align; // to a multiple of it; 0: none
    bool from_beginning, from_end;
    uint8_t result; // number of the variable that is set
};

// ---------------------------------------------------------------- reading numbers of the wire

// DCE/RPC says in its header how its integers are written.
static bool dce_is_little(struct match *m)
{
    struct slice b = match_buffer(m, BUF_pkt_data);

    return b.n > 4 && (b.p[0] == 5 || b.p[0] == 4) && b.p[4] >> 4 == 1;
}

static int digit_of(uint8_t c)
{
    return isdigit(c) ? c - '0' : isxdigit(c) ? (c | 32) - 'a' + 10 : HEXADECIMAL;
}

// A number as strtoul reads it. Gives how many of its n bytes it takes; 0: there is none, or it
// is larger than `most`.
static uint32_t text_number(const uint8_t *p, uint32_t n, unsigned base, uint64_t most,
                            uint64_t *v)
{
    uint64_t sum = 0;
    uint32_t i = 0, first;

    while (i < n && isspace(p[i]))
        i++;
    bool hex = n - i > 2 && p[i] == '0' && (p[i + 1] | 32) == 'x' && isxdigit(p[i + 2]);
    if (base == BY_PREFIX)
        base = hex ? HEXADECIMAL : i < n && p[i] == '0' ? OCTAL : DECIMAL;
    if (base == HEXADECIMAL && hex)
        i += 2;
    for (first = i; i < n && digit_of(p[i]) < (int)base; i++) {
        uint64_t d = (uint64_t)digit_of(p[i]);
        if (sum > (most - d) / base)
            return 0;
        sum = sum * base + d;
    }
    *v = sum;
    return i > first ? i : 0;
}

// The number; false: it is not all in the buffer, or no number. *end: behind it.
static bool number_read(struct match *m, const struct rule_option *o, const struct number_at *a,
                        uint64_t *v, int64_t *end)
{
    struct slice b = match_buffer(m, o->buffer);
    int64_t at = match_value(m, a->offset, a->offset_var) +
                 (a->relative ? (int64_t)m->cursor[o->buffer] : 0);
    int64_t n = match_value(m, a->n, a->n_var);

    if (!b.p || at < 0 || at > b.n || n <= 0 || n > b.n - at ||
        n > (a->base ? LONG_DIGITS_MOST : LONG_BYTES_MOST))
        return false;
    *end = at + n;
    *v = 0;
    if (a->base) {
        uint64_t most = a->wide ? UINT64_MAX : UINT32_MAX;
        uint32_t taken = text_number(b.p + at, (uint32_t)n, a->base, most, v);
        if (!taken)
            return false;
        *end = at + taken;
    } else {
        bool little = a->endian == LITTLE || (a->endian == DCE && dce_is_little(m));
        for (int64_t i = 0; i < n; i++)
            *v = *v << 8 | b.p[at + (little ? n - 1 - i : i)];
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
    uint64_t with = x->value_var < 0 ? x->value : m->value[x->value_var];
    return compare(x->op, v, with) != x->negated;
}

static uint64_t aligned(uint64_t v, uint8_t to)
{
    return to && v % to ? v + to - v % to : v;
}

static uint64_t kept(const struct bytes *x, uint64_t v)
{
    return x->at.wide ? v : (uint32_t)v;
}

static bool byte_jump_test(struct match *m, const struct rule_option *o)
{
    const struct bytes *x = o->arg;
    struct slice b = match_buffer(m, o->buffer);
    uint64_t v = 0;
    int64_t end = x->at.relative ? (int64_t)m->cursor[o->buffer] : 0, to;
    bool reads = match_value(m, x->at.n, x->at.n_var) != 0;

    if (!b.p)
        return false;
    if (reads && !number_read(m, o, &x->at, &v, &end))
        return false;
    if (!reads)
        end += match_value(m, x->at.offset, x->at.offset_var);
    v = kept(x, aligned(kept(x, v * (uint32_t)x->multiplier), x->align));
    if (v > INT32_MAX)
        return false;
    to = (x->from_beginning ? 0
          : x->from_end     ? (int64_t)b.n
                            : end) +
         (int64_t)v + match_value(m, x->post, x->post_var);
    if (to < 0 && x->at.wide) // Suricata stops at the beginning
        to = 0;
    if (to < 0 || to > b.n)
        return false;
    m->cursor[o->buffer] = (uint32_t)to;
    return true;
}

// In Suricata what follows counts from behind the number, in Snort from where it did before.
static void step_behind(struct match *m, const struct rule_option *o, int64_t end)
{
    const struct bytes *x = o->arg;

    if (x->at.wide)
        m->cursor[o->buffer] = (uint32_t)end;
}

static bool byte_extract_test(struct match *m, const struct rule_option *o)
{
    const struct bytes *x = o->arg;
    uint64_t v;
    int64_t end;

    if (!number_read(m, o, &x->at, &v, &end))
        return false;
    step_behind(m, o, end);
    m->value[x->result] = kept(x, aligned(kept(x, v * (uint32_t)x->multiplier), x->align));
    return true;
}

static bool byte_math_test(struct match *m, const struct rule_option *o)
{
    const struct bytes *x = o->arg;
    uint64_t v, with;
    int64_t end;

    if (!number_read(m, o, &x->at, &v, &end))
        return false;
    with = x->value_var < 0 ? x->value : m->value[x->value_var];
    switch (x->op) {
    case '+': v += with; break;
    case '-': v -= with; break;
    case '*': v *= with; break;
    case '/':
        if (!with)
            return false;
        v /= with;
        break;
    case '<': v = with < 64 ? v << with : 0; break;
    default: v = with < 64 ? v >> with : 0; break;
    }
    step_behind(m, o, end);
    m->value[x->result] = kept(x, v);
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
    if (slice_is(word, "string")) {
        x->at.string = true;
        word = value; // string hex
    } else if (slice_is(word, "endian")) {
        word = value;
    }
    if (slice_is(word, "relative"))
        x->at.relative = true;
    else if (slice_is(word, "big"))
        x->at.endian = BIG;
    else if (slice_is(word, "little"))
        x->at.endian = LITTLE;
    else if (slice_is(word, "dce"))
        x->at.endian = DCE;
    else if (slice_is(word, "dec"))
        x->at.base = DECIMAL;
    else if (slice_is(word, "hex"))
        x->at.base = HEXADECIMAL;
    else if (slice_is(word, "oct"))
        x->at.base = OCTAL;
    else if (slice_is(word, "bitmask")) {
        if (!slice_number(value, UINT32_MAX, &v) || !v)
            return parse_wrong(p, "bitmask needs a number that is not 0");
        x->at.mask = (uint32_t)v;
    } else
        *taken = word.n == 0 && x->at.string;
    return true;
}

static bool unknown_word(struct parse *p, struct slice s)
{
    return parse_wrong(p, "\"%.*s\" is not understood in %.*s", SLICE(s), SLICE(p->now->name));
}

// How many bytes; in Suricata it may be a variable.
static bool read_size(struct parse *p, struct bytes *x, struct slice s)
{
    if (!parse_value(p, s, &x->at.n, &x->at.n_var) || x->at.n < 0 ||
        (x->at.n_var >= 0 && !x->at.wide))
        return parse_wrong(
            p, "the number of bytes is 1 to 4, or to 10 of a string, not \"%.*s\"", SLICE(s));
    return true;
}

// When all words are known. none_too: no bytes may be read at all.
static bool check_number(struct parse *p, struct bytes *x, bool none_too)
{
    struct number_at *a = &x->at;
    int32_t most = a->wide ? LONG_BYTES_MOST : BYTES_MOST;

    if (a->base && !a->string)
        return parse_wrong(p, "dec, hex and oct say how a string is read: write string, too");
    if (a->string)
        most = a->wide ? LONG_DIGITS_MOST : DIGITS_MOST;
    if (a->string && !a->base)
        a->base = a->wide ? BY_PREFIX : DECIMAL;
    if (a->n > most || (!a->n && a->n_var < 0 && !none_too))
        return parse_wrong(p, "%d bytes cannot be read as a number; 1 to %d can", a->n, most);
    return true;
}

static bool add(struct parse *p, struct bytes *x,
                bool (*test)(struct match *, const struct rule_option *))
{
    struct rule_option *o = parse_add(p, test, x);

    if (!o)
        return false;
    parse_at(p, o, x->at.relative);
    o->depends |=
        x->at.n_var >= 0 || x->at.offset_var >= 0 || x->value_var >= 0 || x->post_var >= 0;
    p->content = NULL;
    return true;
}

static struct bytes *fresh(struct parse *p)
{
    struct bytes *x = parse_take(p, sizeof(*x));

    x->at.n_var = x->at.offset_var = x->value_var = x->post_var = -1;
    x->at.wide = p->dialect == DIALECT_SURICATA;
    x->multiplier = 1;
    return x;
}

static bool read_operand(struct parse *p, struct bytes *x, struct slice s)
{
    int32_t v;

    if (slice_number(s, x->at.wide ? UINT64_MAX : UINT32_MAX, &x->value))
        return true;
    return parse_value(p, s, &v, &x->value_var) &&
           (x->value_var >= 0 ||
            parse_wrong(p, "\"%.*s\" is not a number from 0 on", SLICE(s)));
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
    return check_number(p, x, false) && add(p, x, byte_test_test);
}

// align, or align 2
static bool read_align(struct parse *p, struct bytes *x, struct slice value)
{
    uint64_t v = 4;

    if (value.n && (!slice_u64(value, 4, &v) || v % 2))
        return parse_wrong(p, "align is to 2 or 4 bytes, not \"%.*s\"", SLICE(value));
    x->align = (uint8_t)v;
    return true;
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
        return read_align(p, x, value);
    if (slice_is(word, "from_beginning"))
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
    if (!check_number(p, x, true) || !add(p, x, byte_jump_test))
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
    return check_number(p, x, false) && add(p, x, byte_extract_test);
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
    return check_number(p, x, false) && add(p, x, byte_math_test);
}
