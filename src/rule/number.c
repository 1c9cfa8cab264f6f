// SPDX-License-Identifier: Apache-2.0
// Options that compare one number of the unit at hand (number.def).
#include "rule/number.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "rule/field.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

#define LIST(name)        const struct word_value name[] = {
#define NAME(word, value) {word, value},
#define END                                                                                    \
    {                                                                                          \
        NULL, 0                                                                                \
    }                                                                                          \
    }                                                                                          \
    ;
#include "rule/names.def"
#undef LIST
#undef NAME
#undef END

#define none NULL
static const struct {
    uint64_t most;
    const struct word_value *names;
} kinds[NUMBERS] = {
#define NUMBER(name, most, names) [NUM_##name] = {most, names},
#include "rule/number.def"
#undef NUMBER
};
#undef none

bool word_value(const struct word_value *list, struct slice word, uint32_t *value)
{
    for (; list && list->word; list++)
        if (slice_is_any_case(word, list->word))
            return *value = list->value, true;
    return false;
}

const char *word_nearest(const struct word_value *list, struct slice word)
{
    char text[64];
    struct nearest n = {.word = text};

    snprintf(text, sizeof(text), "%.*s", SLICE(word));
    for (; list && list->word; list++)
        nearest_try(&n, list->word);
    return nearest_hint(n.best);
}

// ---------------------------------------------------------------- intervals

static bool read_one(struct parse *p, struct slice s, uint64_t most,
                     const struct word_value *list, uint64_t *v)
{
    uint32_t named;

    if (slice_number(s, most, v))
        return true;
    if (word_value(list, s, &named))
        return *v = named, true;
    return list ? parse_wrong(p, "\"%.*s\" is neither a number up to %llu nor a known name%s",
                              SLICE(s), (unsigned long long)most, word_nearest(list, s))
                : parse_wrong(p, "\"%.*s\" is no number from 0 to %llu", SLICE(s),
                              (unsigned long long)most);
}

// `word` in s, outside of its first character; NULL: it is not there.
static const uint8_t *find_between(struct slice s, const char *word)
{
    return s.n > 1 ? memmem(s.p + 1, s.n - 1, word, strlen(word)) : NULL;
}

static bool read_range(struct parse *p, struct slice s, const uint8_t *at, size_t op,
                       uint64_t most, const struct word_value *list, bool inclusive,
                       struct interval *i)
{
    struct slice from = slice_trim(slice_of(s.p, (size_t)(at - s.p)));
    struct slice to = slice_trim(slice_of(at + op, (size_t)(s.p + s.n - at) - op));

    if (!read_one(p, from, most, list, &i->lo) || !read_one(p, to, most, list, &i->hi))
        return false;
    if (i->lo > i->hi)
        return parse_wrong(p, "the range \"%.*s\" is the wrong way round", SLICE(s));
    if (!inclusive) {
        if (i->hi - i->lo < 2)
            return parse_wrong(p, "there is no number between the ends of \"%.*s\"", SLICE(s));
        i->lo++;
        i->hi--;
    }
    return true;
}

bool interval_read(struct parse *p, struct slice s, uint64_t most,
                   const struct word_value *list, bool inclusive, struct interval *i)
{
    const uint8_t *at;
    char op = 0;
    uint64_t v;

    *i = (struct interval){.hi = UINT64_MAX};
    s = slice_trim(s);
    if (!s.n)
        return parse_wrong(p, "%.*s needs a number", SLICE(p->now->name));
    if (s.p[0] == '!' && find_between(s, "-")) {
        if (!interval_read(p, slice_of(s.p + 1, s.n - 1), most, list, inclusive, i))
            return false;
        i->negated = !i->negated;
        return true;
    }
    if ((at = find_between(s, "<=>")))
        return read_range(p, s, at, 3, most, list, true, i);
    if ((at = find_between(s, "<>")))
        return read_range(p, s, at, 2, most, list, inclusive, i);
    if (s.p[0] >= '0' && s.p[0] <= '9' && (at = find_between(s, "-")))
        return read_range(p, s, at, 1, most, list, p->dialect != DIALECT_SURICATA, i);
    if (strchr("<>=!", s.p[0]) && s.p[0]) {
        op = (char)s.p[0];
        s = slice_trim(slice_of(s.p + 1, s.n - 1));
    }
    bool equal = op && s.n && s.p[0] == '=';
    if (equal)
        s = slice_trim(slice_of(s.p + 1, s.n - 1));
    if (!read_one(p, s, most, list, &v))
        return false;
    i->negated = op == '!';
    if (op == '<' && !equal && !v)
        return parse_wrong(p, "nothing is less than 0");
    if (op == '<')
        i->hi = equal ? v : v - 1;
    else if (op == '>')
        i->lo = equal ? v : v + 1;
    else
        i->lo = i->hi = v;
    return true;
}

// ---------------------------------------------------------------- the option

struct number_option {
    struct interval interval;
    uint8_t number;
    bool relative; // of a size: what is left behind the cursor
    bool filled;   // of a size: 0 never fits
};

// Fields of protocols: their messages must be whole.
static bool is_field(int which)
{
    return which >= NUM_modbus_func;
}

static bool number_test(struct match *m, const struct rule_option *o)
{
    const struct number_option *x = o->arg;
    uint64_t v;

    if (x->number >= NUM_cip_service && x->number <= NUM_cip_conn_class) {
        match_saw(m, BUF_pkt_data, m->unit->buffer[BUF_pkt_data].n);
        return cip_fits(m->unit, x->number, &x->interval);
    }
    if (!unit_number(m, x->number, o->buffer, &v))
        return false;
    if (is_field(x->number)) // of a whole message
        match_saw(m, BUF_pkt_data, m->unit->buffer[BUF_pkt_data].n);
    if (x->relative)
        v -= m->cursor[o->buffer] < v ? m->cursor[o->buffer] : v;
    return interval_has(&x->interval, v) && (v || !x->filled);
}

// What stands behind a comma: urilen:5,norm or bufferlen:5,relative. *b: what is measured.
static bool size_word(struct parse *p, struct number_option *x, struct slice word, int which,
                      enum buffer *b)
{
    bool uri = which == NUM_urilen, norm = uri && slice_is(word, "norm");

    x->relative = which == NUM_bsize && slice_is(word, "relative");
    if (word.n && !norm && !x->relative && !(uri && slice_is(word, "raw")))
        return parse_wrong(p, "\"%.*s\" is not understood here", SLICE(word));
    if (uri)
        *b = norm || (!word.n && p->dialect == DIALECT_SURICATA) ? BUF_http_uri
                                                                 : BUF_http_raw_uri;
    return true;
}

// Snort's ttl:-5 is up to 5, and ttl:5- from 5 on. `to` is the room for what is meant.
static struct slice open_range(struct slice s, char *to, size_t room)
{
    bool up_to = s.n > 1 && s.p[0] == '-', from = s.n > 1 && s.p[s.n - 1] == '-';

    if (up_to == from || s.n >= room - 2)
        return s;
    snprintf(to, room, "%s%.*s", from ? ">=" : "<=", (int)s.n - 1,
             (const char *)s.p + (up_to ? 1 : 0));
    return slice_str(to);
}

bool option_number(struct parse *p, struct slice arg, int which)
{
    struct number_option *x = parse_take(p, sizeof(*x));
    bool inclusive =
        p->dialect == DIALECT_SNORT2 && (which == NUM_dsize || which == NUM_urilen);
    struct slice word = arg;
    enum buffer b = p->buffer;
    char text[32];

    if (which == NUM_frag_offset && p->dialect != DIALECT_SURICATA)
        which = NUM_frag_bytes;
    arg = slice_cut(&word, ',');
    if (which == NUM_ttl && p->dialect != DIALECT_SURICATA)
        arg = open_range(arg, text, sizeof(text));
    if (!size_word(p, x, slice_trim(word), which, &b) ||
        !interval_read(p, arg, kinds[which].most, kinds[which].names, inclusive, &x->interval))
        return false;
    struct rule_option *o = parse_add(p, number_test, x);
    if (!o)
        return false;
    if (which == NUM_frag_offset || which == NUM_frag_bytes)
        p->rule->fragments = true;
    x->number = (uint8_t)which;
    x->filled = which == NUM_dsize && x->interval.negated && p->dialect == DIALECT_SURICATA;
    o->buffer = (uint8_t)b;
    o->depends = x->relative;
    p->uses_service = p->uses_service || is_field(which);
    if (is_field(which) || which == NUM_urilen || which == NUM_bsize)
        parse_looks(p, b);
    return true;
}
