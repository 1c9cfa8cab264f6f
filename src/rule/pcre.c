// SPDX-License-Identifier: Apache-2.0
// pcre: PCRE2 with a limit on each search, so that no packet can make one slow (rules.md
// 5, 6.5).
#include "rule/pcre.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

enum {
    GENEROUS = 10, // with the flag O limits are so many times as high
    HEAP_KB = 4096
};

struct pcre {
    const struct pcre *next;
    pcre2_code *code;
    bool generous;
};
struct pcre_list {
    const struct pcre *first;
};
struct pcre_scratch {
    pcre2_match_data *data;
    pcre2_match_context *usual, *generous;
};
struct pcre_option {
    const struct pcre *pcre;
    bool relative, negated, anchored;
};

// ---------------------------------------------------------------- the library

const struct pcre *pcre_make(struct parse *p, struct slice pattern, uint32_t options,
                             bool generous)
{
    struct rules *set = p->load->set;
    int error;
    PCRE2_SIZE at;
    pcre2_code *code =
        pcre2_compile(pattern.p, pattern.n, options | PCRE2_NEVER_UTF, &error, &at, NULL);

    if (!code) {
        PCRE2_UCHAR why[128];
        pcre2_get_error_message(error, why, sizeof(why));
        parse_wrong(p, "the expression is wrong at its byte %zu: %s", at + 1,
                    (const char *)why);
        return NULL;
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); // where it cannot, the interpreter does
    if (!set->pcres)
        set->pcres = arena_zero(&set->arena, sizeof(*set->pcres));
    struct pcre *x = arena_take(&set->arena, sizeof(*x));
    *x = (struct pcre){set->pcres->first, code, generous};
    set->pcres->first = x;
    return x;
}

void pcre_free_all(struct rules *set)
{
    for (const struct pcre *x = set->pcres ? set->pcres->first : NULL; x; x = x->next)
        pcre2_code_free(x->code);
    set->pcres = NULL;
}

static pcre2_match_context *make_context(const struct rules *set, uint32_t times)
{
    pcre2_match_context *c = pcre2_match_context_create(NULL);

    assert(c);
    pcre2_set_match_limit(c, set->pcre_limit * times);
    pcre2_set_depth_limit(c, set->pcre_depth * times);
    pcre2_set_heap_limit(c, HEAP_KB);
    return c;
}

struct pcre_scratch *pcre_scratch_open(const struct rules *set)
{
    struct pcre_scratch *s = mem_reserve(sizeof(*s));

    s->data = pcre2_match_data_create(1, NULL);
    assert(s->data);
    s->usual = make_context(set, 1);
    s->generous = make_context(set, GENEROUS);
    return s;
}

void pcre_scratch_close(struct pcre_scratch *s)
{
    pcre2_match_data_free(s->data);
    pcre2_match_context_free(s->usual);
    pcre2_match_context_free(s->generous);
    mem_release(s, sizeof(*s));
}

bool pcre_find(const struct unit *u, const struct pcre *x, struct slice in, uint32_t from,
               uint32_t *begin, uint32_t *end)
{
    struct pcre_scratch *s = lane_pcre(u->lane);
    int found = pcre2_match(x->code, in.p ? in.p : (const uint8_t *)"", in.n, from, 0, s->data,
                            x->generous ? s->generous : s->usual);

    if (found < 0) {
        if (found != PCRE2_ERROR_NOMATCH)
            count(u->out, COUNT_rule_pcre_limit, 1);
        return false;
    }
    const PCRE2_SIZE *v = pcre2_get_ovector_pointer(s->data);
    *begin = (uint32_t)v[0];
    *end = (uint32_t)(v[1] > v[0] ? v[1] : v[0]); // \K may turn them round
    return true;
}

// ---------------------------------------------------------------- the option

static bool pcre_test(struct match *m, const struct rule_option *o)
{
    const struct pcre_option *x = o->arg;
    struct slice b = match_buffer(m, o->buffer);
    uint32_t base = x->relative ? min_u32(m->cursor[o->buffer], b.n) : 0, begin, end;

    if (!b.p)
        return false;
    uint32_t from = m->from > base ? m->from - base : 0;
    struct slice in = slice_of(b.p + base, b.n - base);
    bool found = from <= in.n && pcre_find(m->unit, x->pcre, in, from, &begin, &end);
    if (x->negated)
        return !found;
    if (!found)
        return false;
    if (!x->anchored && begin < in.n)
        m->next = base + begin + 1;
    m->cursor[o->buffer] = base + end;
    match_saw(m, o->buffer, (uint64_t)base + end);
    return true;
}

struct flags {
    uint32_t options;
    bool relative, generous;
    int buffer; // -1: the one at hand
};

static bool read_flags(struct parse *p, struct slice s, struct flags *f)
{
    static const struct {
        char flag;
        uint32_t option;
        int buffer;
    } flags[] = {
        {'i', PCRE2_CASELESS, -1},
        {'s', PCRE2_DOTALL, -1},
        {'m', PCRE2_MULTILINE, -1},
        {'x', PCRE2_EXTENDED, -1},
        {'A', PCRE2_ANCHORED, -1},
        {'E', PCRE2_DOLLAR_ENDONLY, -1},
        {'G', PCRE2_UNGREEDY, -1},
        {'R', 0, -1},
        {'O', 0, -1},
        {'B', 0, BUF_raw_data},
        {'U', 0, BUF_http_uri},
        {'I', 0, BUF_http_raw_uri},
        {'P', 0, BUF_http_client_body},
        {'H', 0, BUF_http_header},
        {'D', 0, BUF_http_raw_header},
        {'M', 0, BUF_http_method},
        {'C', 0, BUF_http_cookie},
        {'K', 0, BUF_http_cookie},
        {'S', 0, BUF_http_stat_code},
        {'Y', 0, BUF_http_stat_msg},
        {'V', 0, BUF_http_user_agent},
        {'W', 0, BUF_http_host},
        {'Z', 0, BUF_http_raw_host},
        {'Q', 0, BUF_file_data},
    };

    *f = (struct flags){.buffer = -1};
    for (uint32_t i = 0; i < s.n; i++) {
        size_t k = 0;
        while (k < COUNT_OF(flags) && flags[k].flag != s.p[i])
            k++;
        if (k == COUNT_OF(flags))
            return parse_wrong(p, "\"%.*s\" behind the expression is not understood", SLICE(s));
        f->options |= flags[k].option;
        f->relative = f->relative || s.p[i] == 'R';
        f->generous = f->generous || s.p[i] == 'O';
        if (flags[k].buffer >= 0)
            f->buffer = flags[k].buffer;
    }
    return true;
}

// Authors write \" and \; because quotes and semicolons end things; to PCRE they mean the same.
bool option_pcre(struct parse *p, struct slice arg, int which)
{
    bool negated = arg.n && arg.p[0] == '!';
    struct flags f;

    if (negated)
        arg = slice_trim(slice_of(arg.p + 1, arg.n - 1));
    struct slice text = slice_unquote(arg);
    if (text.n < 2)
        return parse_wrong(p, "pcre needs an expression: pcre:\"/re/flags\"");
    if (text.p[0] == 'm')
        text.p++, text.n--;
    const uint8_t *end = text.n > 1 ? memrchr(text.p + 1, text.p[0], text.n - 1) : NULL;
    if (!end)
        return parse_wrong(p, "the expression does not end with its delimiter");
    struct slice pattern = slice_of(text.p + 1, (size_t)(end - text.p) - 1);
    if (!read_flags(p, slice_of(end + 1, (size_t)(text.p + text.n - end) - 1), &f))
        return false;
    struct pcre_option *x = parse_take(p, sizeof(*x));
    x->relative = f.relative;
    x->negated = negated;
    x->anchored = f.options & PCRE2_ANCHORED;
    x->pcre = pcre_make(p, pattern, f.options, f.generous);
    struct rule_option *o = x->pcre ? parse_add(p, pcre_test, x) : NULL;
    if (!o)
        return false;
    if (f.buffer >= 0)
        o->buffer = (uint8_t)f.buffer;
    o->sets = !negated;
    o->depends = f.relative;
    o->fixed = !f.relative && (x->anchored || (pattern.n && pattern.p[0] == '^'));
    parse_looks(p, o->buffer);
    p->matched = o->buffer;
    p->content = NULL;
    return true;
}

// ---------------------------------------------------------------- sd_pattern

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
