// SPDX-License-Identifier: Apache-2.0
// pcre and regex: PCRE2 with a limit on each search, so that no packet can make one slow
// (rules.md 5, 6.5).
#include "rule/pcre.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <string.h>

#include "rule/content.h"
#include "rule/number.h"

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

// Compiles the expression and appends its search.
static bool add_search(struct parse *p, struct slice pattern, const struct flags *f,
                       bool negated)
{
    struct pcre_option *x = parse_take(p, sizeof(*x));
    x->relative = f->relative;
    x->negated = negated;
    x->anchored = f->options & PCRE2_ANCHORED;
    x->pcre = pcre_make(p, pattern, f->options, f->generous);
    struct rule_option *o = x->pcre ? parse_add(p, pcre_test, x) : NULL;
    if (!o)
        return false;
    if (f->buffer >= 0)
        o->buffer = (uint8_t)f->buffer;
    o->sets = !negated;
    o->depends = f->relative;
    bool from_start = pattern.n && pattern.p[0] == '^' && !(f->options & PCRE2_MULTILINE);
    o->fixed = !f->relative && (x->anchored || from_start);
    parse_looks(p, o->buffer);
    p->matched = o->buffer;
    p->content = NULL;
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
    return add_search(p, pattern, &f, negated);
}

// regex of Snort 3: regex:"expression", nocase, dotall, multiline, relative
bool option_regex(struct parse *p, struct slice arg, int which)
{
    static const struct word_value words[] = {{"nocase", PCRE2_CASELESS},
                                              {"dotall", PCRE2_DOTALL},
                                              {"multiline", PCRE2_MULTILINE},
                                              {"relative", 0},
                                              {"fast_pattern", 0},
                                              {NULL, 0}};
    bool negated = arg.n && arg.p[0] == '!';
    struct flags f = {.buffer = -1};
    uint32_t option;

    if (negated)
        arg = slice_trim(slice_of(arg.p + 1, arg.n - 1));
    const uint8_t *end = arg.n > 1 && arg.p[0] == '"' ? content_quote(arg) : NULL;
    if (!end)
        return parse_wrong(p, "regex needs its expression in quotes");
    struct slice pattern = slice_of(arg.p + 1, (size_t)(end - arg.p) - 1);
    struct slice rest = slice_of(end + 1, arg.n - pattern.n - 2);
    if (slice_cut(&rest, ',').n)
        return parse_wrong(p, "behind the expression a comma stands first");
    while (rest.n) {
        struct slice word = slice_cut(&rest, ',');
        if (!word_value(words, word, &option))
            return parse_wrong(p, "\"%.*s\" behind the expression is not understood%s",
                               SLICE(word), word_nearest(words, word));
        f.options |= option;
        f.relative = f.relative || slice_is_any_case(word, "relative");
    }
    return add_search(p, pattern, &f, negated);
}
