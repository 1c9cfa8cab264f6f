// SPDX-License-Identifier: Apache-2.0
// dnp3_func, dnp3_ind, dnp3_obj: on complete fragments (dnp3.md section 8).
#include <string.h>

#include "base/cur.h"
#include "rule/number.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

static struct rule_option *
add(struct parse *p, bool (*test)(struct match *, const struct rule_option *), const void *arg)
{
    struct rule_option *o = parse_add(p, test, arg);

    p->rule->dnp3 = true;
    if (o)
        o->quick = true;
    return o;
}

static bool is_suricata(const struct parse *p)
{
    return p->dialect == DIALECT_SURICATA;
}

// ---------------------------------------------------------------- dnp3_func

static bool func_test(struct match *m, const struct rule_option *o)
{
    return m->unit->has_dnp3 && interval_has(o->arg, m->unit->dnp3.function);
}

bool option_dnp3_func(struct parse *p, struct slice arg, int which)
{
    struct interval *x = parse_take(p, sizeof(*x));
    uint64_t v;

    if (!is_suricata(p) && !slice_u64(arg, 255, &v)) {
        uint32_t named;
        if (!word_value(rule_dnp3_functions, arg, &named))
            return parse_wrong(
                p, "\"%.*s\" is neither a code from 0 to 255 nor a function's name%s",
                SLICE(arg), word_nearest(rule_dnp3_functions, arg));
    }
    return interval_read(p, arg, 255, rule_dnp3_functions, true, x) && add(p, func_test, x);
}

// ---------------------------------------------------------------- dnp3_ind

struct indications {
    uint16_t set, clear; // any of `set`, or as the mode says; all of `clear` must be clear
    char mode;           // 0 any, & all, - not all, = exactly, ! none
};

static bool ind_test(struct match *m, const struct rule_option *o)
{
    const struct indications *x = o->arg;
    uint16_t v = m->unit->dnp3.indications;

    if (!m->unit->has_dnp3 || !m->unit->dnp3.response || v & x->clear)
        return false;
    switch (x->mode) {
    case '&': return (v & x->set) == x->set;
    case '-': return (v & x->set) != x->set;
    case '=': return v == x->set;
    default: return (v & x->set) != 0;
    }
}

static bool ind_word(struct parse *p, struct indications *x, struct slice word)
{
    bool negated = is_suricata(p) && word.n > 1 && word.p[0] == '!';
    uint32_t bit;
    uint64_t v;

    if (negated)
        word = slice_trim(slice_of(word.p + 1, word.n - 1));
    if (!word.n)
        return parse_wrong(p, "an element of the list is empty");
    if (word_value(dnp3_indications, word, &bit))
        v = bit;
    else if (!is_suricata(p) || !slice_number(word, 65535, &v))
        return parse_wrong(p, "\"%.*s\" is no internal indication%s", SLICE(word),
                           word_nearest(dnp3_indications, word));
    if (negated && !v)
        x->set = 0xffff; // !0: any bit
    else if (negated)
        x->clear |= (uint16_t)v, x->mode = '&';
    else
        x->set |= (uint16_t)v;
    return true;
}

bool option_dnp3_ind(struct parse *p, struct slice arg, int which)
{
    struct indications *x = parse_take(p, sizeof(*x));

    arg = slice_trim(slice_unquote(arg));
    if (is_suricata(p) && arg.n && strchr("+-=*", arg.p[0]) && arg.p[0]) {
        x->mode = arg.p[0] == '+' ? '&' : arg.p[0] == '*' ? 0 : (char)arg.p[0];
        arg = slice_trim(slice_of(arg.p + 1, arg.n - 1));
    }
    if (!arg.n || arg.p[arg.n - 1] == ',')
        return parse_wrong(p, "dnp3_ind needs the names of indications, with commas between");
    while (arg.n)
        if (!ind_word(p, x, slice_cut(&arg, ',')))
            return false;
    return add(p, ind_test, x);
}

// ---------------------------------------------------------------- dnp3_obj

struct object {
    uint8_t group, variation;
    bool any_variation;
};

static bool obj_test(struct match *m, const struct rule_option *o)
{
    const struct object *x = o->arg;
    struct cur c = cur_of(m->unit->dnp3.objects);

    if (!m->unit->has_dnp3)
        return false;
    while (cur_left(&c) >= 2) {
        uint8_t group = cur_u8(&c), variation = cur_u8(&c);
        if (group == x->group && (x->any_variation || variation == x->variation))
            return true;
    }
    return false;
}

// A number, with its name in front of it as Snort 3 writes it.
static bool obj_number(struct slice s, const char *name, uint8_t *to)
{
    struct slice value = s;
    uint64_t v;

    if (slice_is(slice_cut(&value, ' '), name))
        s = slice_trim(value);
    if (!slice_u64(s, 255, &v))
        return false;
    *to = (uint8_t)v;
    return true;
}

bool option_dnp3_obj(struct parse *p, struct slice arg, int which)
{
    struct object *x = parse_take(p, sizeof(*x));
    struct slice rest = arg;
    struct slice group = slice_cut(&rest, ',');

    x->any_variation = which;
    if (!obj_number(group, "group", &x->group) ||
        (!which && !obj_number(slice_trim(rest), "var", &x->variation)) || (which && rest.n))
        return parse_wrong(p,
                           "dnp3_obj needs a group and a variation, 0 to 255 each: "
                           "dnp3_obj:50,1; not \"%.*s\"",
                           SLICE(arg));
    return add(p, obj_test, x);
}
