// SPDX-License-Identifier: Apache-2.0
// sd_pattern: numbers of cards and people, phone numbers, addresses of mail.
#include <string.h>

#include "rule/pcre.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

enum { DIGITS_LEAST = 3 };

struct sensitive {
    const struct pcre *pcre;
    uint64_t least; // matches
    uint8_t digits; // that stand together in each, DIGITS_LEAST or more; 0: an @ does
    bool luhn;
    bool own; // an expression of the rule's author
};

// The check digit of card numbers (ISO/IEC 7812).
static bool luhn_fits(struct slice s)
{
    unsigned sum = 0, digits = 0;

    for (uint32_t i = s.n; i-- > 0;) {
        unsigned d = (unsigned)s.p[i] - '0';
        if (d > 9)
            continue;
        if (digits++ % 2)
            d = d * 2 > 9 ? d * 2 - 9 : d * 2;
        sum += d;
    }
    return sum % 10 == 0;
}

static bool is_digit(uint8_t c)
{
    return (unsigned)c - '0' <= 9;
}

// The longest run of digits, DIGITS_LEAST - 1 if there is none of DIGITS_LEAST. A longer one
// than those before would reach so far that most bytes need not be looked at.
static uint32_t longest_run(struct slice b)
{
    uint32_t longest = DIGITS_LEAST - 1, from = 0;

    while (b.n > longest && from < b.n - longest) {
        uint32_t at = from + longest + 1;
        while (at > from && is_digit(b.p[at - 1]))
            at--;
        if (at > from) {
            from = at;
            continue;
        }
        while (from + longest < b.n && is_digit(b.p[from + longest]))
            longest++;
        from += longest;
    }
    return longest;
}

// Counted once for all rules that ask.
static uint32_t digits_in(struct unit *u, enum buffer buffer, struct slice b)
{
    uint64_t bit = UINT64_C(1) << buffer;

    if (!(u->counted & bit))
        u->digits[buffer] = longest_run(b);
    u->counted |= bit;
    return u->digits[buffer];
}

// Most bytes hold nothing that could be one: no expression is tried then.
static bool may_hold(const struct sensitive *x, struct unit *u, enum buffer buffer,
                     struct slice b)
{
    if (x->own)
        return true;
    if (!x->digits)
        return b.n && memchr(b.p, '@', b.n);
    return digits_in(u, buffer, b) >= x->digits;
}

static bool sensitive_test(struct match *m, const struct rule_option *o)
{
    const struct sensitive *x = o->arg;
    struct slice b = match_buffer(m, o->buffer);
    uint32_t begin, end, from = 0;
    uint64_t n = 0;

    if (!may_hold(x, m->unit, o->buffer, b))
        return false;
    while (b.p && n < x->least && from < b.n && m->steps < STEPS_MOST &&
           pcre_find(m->unit, x->pcre, b, from, &begin, &end)) {
        n += !x->luhn || luhn_fits(slice_of(b.p + begin, end - begin));
        match_saw(m, o->buffer, end);
        from = end > begin ? end : begin + 1;
        m->steps++;
    }
    return n >= x->least;
}

bool option_sd_pattern(struct parse *p, struct slice arg, int which)
{
    static const struct {
        const char *name;
        uint8_t digits;
        const char *pattern;
    } known[] = {
        {"credit_card", 4, "(?<!\\d)\\d{4}[ -]?\\d{4}[ -]?\\d{4}[ -]?\\d{4}(?!\\d)"},
        {"us_social", 3, "(?<!\\d)\\d{3}-\\d{2}-\\d{4}(?!\\d)"},
        {"us_social_nodashes", 9, "(?<!\\d)\\d{9}(?!\\d)"},
        {"us_phone", 3, "(?<!\\d)(?:\\+?1[ -]?)?\\(?\\d{3}\\)?[ -]?\\d{3}[ -]\\d{4}(?!\\d)"},
        {"email", 0, "[\\w.+-]{1,64}@[\\w-]{1,64}(?:\\.[\\w-]{1,64}){1,8}"},
    };
    const uint8_t *end = arg.n ? memrchr(arg.p, '"', arg.n) : NULL;
    struct sensitive *x = parse_take(p, sizeof(*x));

    if (!end || arg.p[0] != '"' || end == arg.p)
        return parse_wrong(p, "sd_pattern needs a pattern in quotes");
    struct slice name = slice_of(arg.p + 1, (size_t)(end - arg.p) - 1), pattern = name;
    struct slice rest = slice_of(end + 1, arg.n - name.n - 2);
    x->least = 1;
    slice_cut(&rest, ',');
    struct slice word = slice_cut(&rest, ' ');
    if (word.n && !slice_is(word, "threshold")) // ", threshold 2": the blank comes first
        word = slice_trim(word);
    rest = slice_trim(rest);
    if (!word.n)
        word = slice_cut(&rest, ' ');
    if (word.n &&
        (!slice_is(word, "threshold") || !slice_u64(slice_trim(rest), 10000, &x->least)))
        return parse_wrong(p, "behind the pattern stands: threshold and a number");
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (slice_is(name, known[i].name)) {
            pattern = slice_str(known[i].pattern);
            x->digits = known[i].digits;
        }
    x->own = pattern.p == name.p;
    x->luhn = slice_is(name, "credit_card");
    x->pcre = pcre_make(p, pattern, 0, false);
    struct rule_option *o = x->pcre ? parse_add(p, sensitive_test, x) : NULL;
    if (!o)
        return false;
    parse_looks(p, o->buffer);
    p->content = NULL;
    return true;
}
