// SPDX-License-Identifier: Apache-2.0
// flowbits and flowint: what rules remember of a conversation. Changes are made only when the
// whole rule matched.
#include <string.h>

#include "rule/number.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

enum bits_how { BIT_SET, BIT_UNSET, BIT_TOGGLE, INT_ADD, INT_SUBTRACT, INT_PUT };

enum { NAMES_MOST = 32 };

struct bit_group { // of Snort 2: the bits that rules put into it; complete when all are read
    struct bit_group *next;
    const char *name;
    uint64_t bits[FLOWBITS_MOST / 64];
};

struct bits_test { // some of these bits, or of a group
    const uint64_t *group;
    uint16_t n;
    uint16_t bit[NAMES_MOST];
    bool all, negated;
};

// A counter is a word behind the bits: 32 bits of value, and one that says that it was set.
#define INT_IS_SET (UINT64_C(1) << 32)

static size_t bit_words(const struct rules *set)
{
    return (set->n_flowbits + 63) / 64;
}

static uint64_t *counter(const struct unit *u, struct talk_rules *t, uint32_t n);

bool bits_are(const struct unit *u, uint32_t bit)
{
    return u->state && u->state->bit[bit / 64] >> bit % 64 & 1;
}

static bool flowbits_test(struct match *m, const struct rule_option *o)
{
    const struct bits_test *x = o->arg;
    const struct unit *u = m->unit;
    uint32_t n = x->n, set = 0;

    for (uint16_t i = 0; i < x->n; i++)
        set += bits_are(u, x->bit[i]);
    for (size_t i = 0; x->group && i < bit_words(lane_rules(u->lane)); i++) {
        n += (uint32_t)__builtin_popcountll(x->group[i]);
        set += u->state ? (uint32_t)__builtin_popcountll(x->group[i] & u->state->bit[i]) : 0;
    }
    if (x->negated)
        return x->all ? set < n : set == 0;
    return x->all ? set == n : set > 0;
}

struct int_test {
    uint16_t number, other; // other: a counter to compare with
    bool has_other;
    char op; // < > { } = !, s: is set, n: is not set
    uint32_t value;
};

static bool flowint_test(struct match *m, const struct rule_option *o)
{
    const struct int_test *x = o->arg;
    const struct unit *u = m->unit;
    uint64_t v = u->state ? *counter(u, u->state, x->number) : 0;
    uint64_t w = x->has_other && u->state ? *counter(u, u->state, x->other) : 0;

    if (x->op == 's' || x->op == 'n')
        return (v & INT_IS_SET) == (x->op == 's' ? INT_IS_SET : 0);
    if (!(v & INT_IS_SET) || (x->has_other && !(w & INT_IS_SET)))
        return false;
    uint32_t a = (uint32_t)v, b = x->has_other ? (uint32_t)w : x->value;
    switch (x->op) {
    case '<': return a < b;
    case '>': return a > b;
    case '{': return a <= b;
    case '}': return a >= b;
    case '!': return a != b;
    default: return a == b;
    }
}

static uint64_t *counter(const struct unit *u, struct talk_rules *t, uint32_t n)
{
    return &t->bit[bit_words(lane_rules(u->lane)) + n];
}

static void change_words(struct talk_rules *t, const struct bits_change *c, size_t words)
{
    for (size_t i = 0; i < words; i++) {
        if (c->how == BIT_SET)
            t->bit[i] |= c->group[i];
        else if (c->how == BIT_UNSET)
            t->bit[i] &= ~c->group[i];
        else
            t->bit[i] ^= c->group[i];
    }
}

void bits_change(struct unit *u, const struct bits_change *c)
{
    struct talk_rules *t = u->state;
    const struct rules *set = lane_rules(u->lane);

    for (; t && c; c = c->next) {
        if (c->group) {
            change_words(t, c, bit_words(set));
            continue;
        }
        uint64_t mask = UINT64_C(1) << c->bit % 64, *word = &t->bit[c->bit / 64];
        uint64_t *n = c->how >= INT_ADD ? counter(u, t, c->bit) : NULL;
        switch ((enum bits_how)c->how) {
        case BIT_SET: *word |= mask; break;
        case BIT_UNSET: *word &= ~mask; break;
        case BIT_TOGGLE: *word ^= mask; break;
        case INT_ADD: *n = INT_IS_SET | (uint32_t)(*n + c->value); break;
        case INT_SUBTRACT:
            *n = INT_IS_SET | ((uint32_t)*n > c->value ? (uint32_t)*n - c->value : 0);
            break;
        case INT_PUT: *n = INT_IS_SET | c->value; break;
        }
    }
}

// ---------------------------------------------------------------- reading

static struct bits_change *add_change(struct parse *p, uint8_t how, uint16_t bit,
                                      uint32_t value)
{
    struct bits_change **at = &p->rule->change;

    while (*at)
        at = &(*at)->next;
    *at = parse_take(p, sizeof(**at));
    **at = (struct bits_change){.bit = bit, .how = how, .value = value};
    p->rule->sets_bits = true;
    return *at;
}

// The one without a name holds all bits.
static struct bit_group *find_group(struct parse *p, struct slice name)
{
    struct bit_group *g = p->load->bit_group;

    while (g && !(name.n ? slice_is(name, g->name) : !g->name[0]))
        g = g->next;
    if (g)
        return g;
    g = parse_take(p, sizeof(*g));
    g->name = keep_text(p->load->lasting, name);
    g->next = p->load->bit_group;
    return p->load->bit_group = g;
}

static int find_bit(struct parse *p, struct slice name)
{
    struct load *l = p->load;
    int n =
        load_name(l, &l->flowbit, &l->set->n_flowbits, &l->room_flowbits, FLOWBITS_MOST, name);

    if (n < 0)
        parse_wrong(p, "more than %d different flowbits", FLOWBITS_MOST);
    else
        find_group(p, (struct slice){0})->bits[n / 64] |= UINT64_C(1) << n % 64;
    return n;
}

static bool change_group(struct parse *p, uint8_t how, const uint64_t *bits)
{
    add_change(p, how, 0, 0)->group = bits;
    return true;
}

// set,a&b; set,a,GROUP puts them into a group, and setx clears the others of it.
static bool change_bits(struct parse *p, uint8_t how, struct slice names, struct slice group)
{
    struct bit_group *g = group.n ? find_group(p, group) : NULL;

    while (names.n) {
        struct slice one = slice_cut(&names, '&');
        int bit = one.n ? find_bit(p, one) : -1;
        if (bit < 0)
            return one.n ? false : parse_wrong(p, "flowbits needs a name");
        if (g && how == BIT_SET)
            g->bits[bit / 64] |= UINT64_C(1) << bit % 64;
        add_change(p, how, (uint16_t)bit, 0);
    }
    return true;
}

static bool test_bits(struct parse *p, struct slice names, struct slice group, bool negated)
{
    struct bits_test *x = parse_take(p, sizeof(*x));
    char between = memchr(names.p, '|', names.n) ? '|' : '&';

    x->negated = negated;
    p->rule->tests_bits = true;
    if (group.n && (slice_is(names, "any") || slice_is(names, "all"))) {
        x->group = find_group(p, group)->bits;
        x->all = slice_is(names, "all");
        return parse_add(p, flowbits_test, x);
    }
    x->all = between == '&' && memchr(names.p, '&', names.n);
    if (negated && between == '|') // in Suricata one of them must not be set
        x->all = p->dialect == DIALECT_SURICATA;
    while (names.n) {
        struct slice one = slice_cut(&names, between);
        int bit = one.n ? find_bit(p, one) : -1;
        if (!one.n || x->n == NAMES_MOST)
            return parse_wrong(p, "flowbits needs 1 to %d names", NAMES_MOST);
        if (bit < 0)
            return false;
        x->bit[x->n++] = (uint16_t)bit;
    }
    return parse_add(p, flowbits_test, x);
}

bool option_flowbits(struct parse *p, struct slice arg, int which)
{
    struct slice word = slice_cut(&arg, ',');
    struct slice names = slice_cut(&arg, ','), group = slice_trim(arg);
    bool all = slice_is(names, "all") && group.n;

    if (slice_is(word, "noalert"))
        return p->rule->noalert = true;
    if (slice_is(word, "reset"))
        return change_group(p, BIT_UNSET, find_group(p, names)->bits);
    if (!names.n)
        return parse_wrong(p, "flowbits needs a word and a name: flowbits:set,seen.login;");
    if (slice_is(word, "set"))
        return change_bits(p, BIT_SET, names, group);
    if (slice_is(word, "setx"))
        return group.n ? change_group(p, BIT_UNSET, find_group(p, group)->bits) &&
                             change_bits(p, BIT_SET, names, group)
                       : parse_wrong(p, "setx needs a group: flowbits:setx,NAME,GROUP;");
    if (slice_is(word, "unset") || slice_is(word, "toggle")) {
        uint8_t how = slice_is(word, "unset") ? BIT_UNSET : BIT_TOGGLE;
        return all ? change_group(p, how, find_group(p, group)->bits)
                   : change_bits(p, how, names, group);
    }
    if (slice_is(word, "isset") || slice_is(word, "isnotset"))
        return test_bits(p, names, group, slice_is(word, "isnotset"));
    return parse_wrong(p,
                       "\"%.*s\" is no word of flowbits; they are set, unset, toggle, isset, "
                       "isnotset, reset, noalert",
                       SLICE(word));
}

bool option_noalert(struct parse *p, struct slice arg, int which)
{
    p->rule->noalert = true;
    return parse_nothing(p, arg);
}

static int find_int(struct parse *p, struct slice name)
{
    struct load *l = p->load;
    int n =
        load_name(l, &l->flowint, &l->set->n_flowints, &l->room_flowints, FLOWINTS_MOST, name);

    if (n < 0)
        parse_wrong(p, "more than %d different counters", FLOWINTS_MOST);
    return n;
}

bool option_flowint(struct parse *p, struct slice arg, int which)
{
    static const struct {
        const char *word;
        char op;
    } ops[] = {{"<", '<'},        {">", '>'},      {"<=", '{'}, {">=", '}'},
               {"==", '='},       {"=", '0'},      {"!=", '!'}, {"isset", 's'},
               {"isnotset", 'n'}, {"notset", 'n'}, {"+", '+'},  {"-", '-'}};
    struct slice name = slice_cut(&arg, ','), word = slice_cut(&arg, ',');
    struct slice operand = slice_trim(arg);
    int n = name.n ? find_int(p, name) : -1, other;
    uint64_t v = 0;
    char op = 0;

    for (size_t i = 0; i < COUNT_OF(ops); i++)
        if (slice_is(word, ops[i].word))
            op = ops[i].op;
    if (n < 0 || !op)
        return parse_wrong(p, "flowint is written: name, comparison or + - =, number");
    bool plain = op == 's' || op == 'n', number = slice_u64(operand, UINT32_MAX, &v);
    if (!plain && !number && (!operand.n || strchr("+-0", op)))
        return parse_wrong(p, "\"%.*s\" is no number", SLICE(operand));
    if (op == '+' || op == '-' || op == '0')
        return add_change(p,
                          op == '+'   ? INT_ADD
                          : op == '-' ? INT_SUBTRACT
                                      : INT_PUT,
                          (uint16_t)n, (uint32_t)v) != NULL;
    struct int_test *x = parse_take(p, sizeof(*x));
    other = plain || number ? 0 : find_int(p, operand);
    if (other < 0)
        return false;
    *x = (struct int_test){.number = (uint16_t)n,
                           .other = (uint16_t)other,
                           .has_other = !plain && !number,
                           .op = op,
                           .value = (uint32_t)v};
    p->rule->tests_bits = true;
    return parse_add(p, flowint_test, x);
}

// ---------------------------------------------------------------- xbits, hostbits

// Adds set,NAME or another word and name, which `arg` begins with; NULL: they do not fit.
static struct host_bit *add_host_bit(struct parse *p, struct slice *arg, uint32_t expire)
{
    static const struct word_value words[] = {
        {"set", HOST_SET},      {"unset", HOST_UNSET},         {"toggle", HOST_TOGGLE},
        {"isset", HOST_IS_SET}, {"isnotset", HOST_IS_NOT_SET}, {NULL, 0}};
    struct load *l = p->load;
    struct slice word = slice_cut(arg, ','), name = slice_cut(arg, ',');
    struct host_bit **at = &p->rule->host, *x = parse_take(p, sizeof(*x));
    uint32_t how;
    int bit;

    if (!word_value(words, word, &how) || !name.n) {
        parse_wrong(p, "%.*s needs a word and a name: set,seen", SLICE(p->now->name));
        return NULL;
    }
    bit =
        load_name(l, &l->hostbit, &l->set->n_hostbits, &l->room_hostbits, FLOWBITS_MOST, name);
    if (bit < 0) {
        parse_wrong(p, "more than %d different bits of hosts", FLOWBITS_MOST);
        return NULL;
    }
    *x = (struct host_bit){.bit = (uint16_t)bit, .how = (uint8_t)how, .expire = expire};
    while (*at)
        at = &(*at)->next;
    return *at = x;
}

static bool host_word(struct parse *p, struct host_bit *x, struct slice s, bool *tracked)
{
    static const struct word_value tracks[] = {
        {"ip_src", TRACK_SRC}, {"ip_dst", TRACK_DST}, {"ip_pair", TRACK_BOTH}, {NULL, 0}};
    struct slice word = slice_cut(&s, ' ');
    uint32_t track;
    uint64_t v;

    s = slice_trim(s);
    if (slice_is(word, "expire") && slice_u64(s, UINT32_MAX, &v) && v) {
        x->expire = (uint32_t)v;
        return true;
    }
    if (!slice_is(word, "track") || !word_value(tracks, s, &track))
        return parse_wrong(p,
                           "\"%.*s %.*s\" is not supported; it is track ip_src, ip_dst or "
                           "ip_pair, or expire and seconds",
                           SLICE(word), SLICE(s));
    x->track = (uint8_t)track;
    return *tracked = true;
}

bool option_xbits(struct parse *p, struct slice arg, int which)
{
    enum { USUAL = 30 }; // seconds, as in Suricata
    struct host_bit *x = add_host_bit(p, &arg, USUAL);
    bool tracked = false;

    if (!x)
        return false;
    while (arg.n)
        if (!host_word(p, x, slice_cut(&arg, ','), &tracked))
            return false;
    return tracked ||
           parse_wrong(p, "xbits needs what it is kept for: track ip_src, ip_dst or ip_pair");
}

// hostbits:set,NAME[,src|dst], the older way to say it.
bool option_hostbits(struct parse *p, struct slice arg, int which)
{
    enum { USUAL = 300 };
    bool only_noalert = slice_is(arg, "noalert");
    struct host_bit *x = only_noalert ? NULL : add_host_bit(p, &arg, USUAL);

    p->rule->noalert |= only_noalert;
    if (!x)
        return only_noalert;
    if (arg.n && !slice_is(arg, "src") && !slice_is(arg, "dst"))
        return parse_wrong(p, "\"%.*s\" is not supported; it is src or dst", SLICE(arg));
    x->track = slice_is(arg, "dst") ? TRACK_DST : TRACK_SRC;
    return true;
}
