// SPDX-License-Identifier: Apache-2.0
// content and its modifiers: reading them, and the search in its window
// (rules.md 4.2, 6.3-6.10).
#include "rule/content.h"

#include <ctype.h>
#include <string.h>

#include "rule/match.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

enum { PATTERN_MOST = 8192 };

// ---------------------------------------------------------------- reading

// From behind the opening bar; moves *at behind the closing one. In Snort 3 a digit may stand
// alone: |d a| is |0d 0a|.
static bool hex_bytes(struct parse *p, struct slice s, uint32_t *at, uint8_t *to, uint32_t *n)
{
    bool lone = p->dialect == DIALECT_SNORT3;
    int high = -1;

    for (uint32_t i = *at; i < s.n; i++) {
        int digit = hex_value(s.p[i]);
        bool bar = s.p[i] == '|';
        if (high >= 0 && lone && (bar || isspace(s.p[i]))) {
            to[(*n)++] = (uint8_t)high;
            high = -1;
        }
        if (bar) {
            *at = i + 1;
            return high < 0 || parse_wrong(p, "an odd number of hex digits");
        }
        if (isspace(s.p[i]))
            continue;
        if (digit < 0)
            return parse_wrong(p, "\"%c\" between bars is no hex digit",
                               isprint(s.p[i]) ? s.p[i] : '?');
        if (high >= 0)
            to[(*n)++] = (uint8_t)(high << 4 | digit);
        high = high >= 0 ? -1 : digit;
    }
    return parse_wrong(p, "the bar of hex digits is not closed");
}

bool content_text(struct parse *p, struct slice s, uint8_t *to, uint32_t *n)
{
    *n = 0;
    for (uint32_t i = 0; i < s.n;) {
        if (s.p[i] == '|') {
            i++;
            if (!hex_bytes(p, s, &i, to, n))
                return false;
            continue;
        }
        if (s.p[i] == '\\' && i + 1 < s.n && strchr("\";:\\|", s.p[i + 1]) && s.p[i + 1])
            i++;
        to[(*n)++] = s.p[i++];
    }
    return *n > 0 || parse_wrong(p, "the content is empty");
}

static bool content_test(struct match *m, const struct rule_option *o)
{
    return content_matches(m, o);
}

static void make_lower(struct parse *p, struct content *c)
{
    uint8_t *lower = parse_take(p, c->pattern.n);

    for (uint32_t i = 0; i < c->pattern.n; i++)
        lower[i] = (uint8_t)tolower(c->pattern.p[i]);
    c->lower = slice_of(lower, c->pattern.n);
}

const uint8_t *content_quote(struct slice s)
{
    for (uint32_t i = 1; i < s.n; i++) {
        if (s.p[i] == '\\')
            i++;
        else if (s.p[i] == '"')
            return s.p + i;
    }
    return NULL;
}

static bool inner_modifiers(struct parse *p, struct slice rest);

bool option_content(struct parse *p, struct slice arg, int which)
{
    bool negated = arg.n && arg.p[0] == '!';
    struct content *c = parse_take(p, sizeof(*c));
    const uint8_t *end;
    uint32_t n;

    if (negated)
        arg = slice_trim(slice_of(arg.p + 1, arg.n - 1));
    if (!arg.n || arg.p[0] != '"' || !(end = content_quote(arg)))
        return parse_wrong(p, "content needs its text in quotes");
    struct slice text = slice_of(arg.p + 1, (size_t)(end - arg.p) - 1);
    struct slice rest = slice_of(end + 1, arg.n - text.n - 2);
    if (text.n > PATTERN_MOST)
        return parse_wrong(p, "the content is longer than %d bytes", PATTERN_MOST);
    uint8_t *bytes = parse_take(p, text.n + 1u);
    if (!content_text(p, text, bytes, &n))
        return false;
    *c = (struct content){
        .pattern = slice_of(bytes, n), .negated = negated, .offset_var = -1, .depth_var = -1};
    struct rule_option *o = parse_add(p, content_test, c);
    if (!o)
        return false;
    if (which != BUF_pkt_data)
        o->buffer = (uint8_t)which;
    o->sets = !negated;
    parse_looks(p, o->buffer);
    p->matched = o->buffer;
    p->content = c;
    p->content_option = p->n_options - 1;
    return inner_modifiers(p, slice_trim(rest));
}

// Snort 3: content:"x", depth 4, nocase
static bool inner_modifiers(struct parse *p, struct slice rest)
{
    if (!rest.n)
        return true;
    if (rest.p[0] != ',')
        return parse_wrong(p, "\"%.*s\" behind the content is not understood", SLICE(rest));
    rest = slice_of(rest.p + 1, rest.n - 1);
    while (rest.n) {
        struct slice value = slice_cut(&rest, ',');
        struct slice name = slice_cut(&value, ' ');
        const struct option_word *w = option_find(name);
        if (!w || w->read != option_modifier)
            return parse_wrong(p, "\"%.*s\" is no modifier of content%s", SLICE(name),
                               option_nearest(p->load, name));
        if (!w->read(p, slice_trim(value), w->which))
            return false;
    }
    return true;
}

// ---------------------------------------------------------------- modifiers

static bool set_place(struct parse *p, struct content *c, struct slice arg, int which)
{
    bool relative = which == MODIFIER_DISTANCE || which == MODIFIER_WITHIN;
    bool size = which == MODIFIER_DEPTH || which == MODIFIER_WITHIN;
    struct rule_option *o = &p->option[p->content_option];
    int32_t v;
    int8_t var;

    if (!parse_value(p, arg, &v, &var))
        return false;
    if (size && var < 0 && v < (int32_t)c->pattern.n)
        return parse_wrong(p, "%.*s %d is less than the content's length, %u",
                           SLICE(p->now->name), v, c->pattern.n);
    if (c->anchored && c->relative != relative)
        return parse_wrong(p, "offset and depth do not go with distance and within");
    if (!relative && !size && var < 0 && v < 0 && p->dialect == DIALECT_SURICATA)
        return parse_wrong(p, "an offset is not negative");
    if (c->starts)
        return parse_wrong(p, "startswith goes with no other place");
    c->anchored = true;
    c->relative = relative;
    o->fixed = !relative;
    if (size)
        c->depth = v, c->depth_var = var;
    else
        c->offset = v, c->offset_var = var;
    o->depends = o->depends || relative || var >= 0;
    return true;
}

// fast_pattern, fast_pattern:only, fast_pattern:4,8
static bool set_fast(struct parse *p, struct content *c, struct slice arg)
{
    uint64_t from, n;

    c->fast = true;
    if (!arg.n)
        return true;
    if (slice_is(arg, "only")) {
        c->bare = p->dialect != DIALECT_SURICATA;
        if (c->bare)
            p->option[p->content_option].sets = false;
        return true;
    }
    struct slice first = slice_cut(&arg, ',');
    if (!slice_u64(first, c->pattern.n, &from) ||
        !slice_u64(slice_trim(arg), c->pattern.n - from, &n) || !n)
        return parse_wrong(p, "fast_pattern takes nothing, only, or an offset and a length "
                              "within the content");
    c->fast_from = (uint16_t)from;
    c->fast_n = (uint16_t)n;
    return true;
}

static bool set_fast_part(struct parse *p, struct content *c, struct slice arg, int which)
{
    uint64_t v;

    if (!slice_u64(arg, c->pattern.n, &v))
        return parse_wrong(p, "%.*s is not within the content", SLICE(p->now->name));
    c->fast = true;
    if (which == MODIFIER_FAST_OFFSET) {
        c->fast_from = (uint16_t)v;
        c->fast_n = (uint16_t)(c->pattern.n - v);
    } else {
        c->fast_n = (uint16_t)(v < (uint64_t)(c->pattern.n - c->fast_from)
                                   ? v
                                   : c->pattern.n - c->fast_from);
    }
    return true;
}

bool option_modifier(struct parse *p, struct slice arg, int which)
{
    struct content *c = p->content;

    if (!c && which == MODIFIER_RAW)
        return true;
    if (!c && which == MODIFIER_FAST && p->dialect == DIALECT_SURICATA)
        return true; // a hint about what is no content
    if (!c)
        return parse_wrong(p, "%.*s stands behind a content", SLICE(p->now->name));
    switch (which) {
    case MODIFIER_NOCASE:
        c->nocase = true;
        make_lower(p, c);
        return parse_nothing(p, arg);
    case MODIFIER_STARTSWITH:
        if (c->anchored)
            return parse_wrong(p, "startswith goes with no other place");
        c->anchored = c->starts = true;
        p->option[p->content_option].fixed = true;
        c->offset = 0;
        c->depth = (int32_t)c->pattern.n;
        return parse_nothing(p, arg);
    case MODIFIER_ENDSWITH: c->end = true; return parse_nothing(p, arg);
    case MODIFIER_FAST: return set_fast(p, c, arg);
    case MODIFIER_FAST_OFFSET:
    case MODIFIER_FAST_LENGTH: return set_fast_part(p, c, arg, which);
    case MODIFIER_RAW:
        if (p->dialect != DIALECT_SURICATA)
            p->option[p->content_option].buffer = BUF_raw_data;
        return true;
    default: return set_place(p, c, arg, which);
    }
}

// http_header and the like: of the content before it, or of those behind it.
bool option_http_word(struct parse *p, struct slice arg, int which)
{
    if (p->dialect == DIALECT_SNORT3 || !p->content)
        return option_buffer(p, arg, which);
    p->option[p->content_option].buffer = (uint8_t)which;
    p->matched = (enum buffer)which;
    return parse_nothing(p, arg);
}

// ---------------------------------------------------------------- searching

static const uint8_t *find_exact(struct slice in, struct slice what)
{
    return memmem(in.p, in.n, what.p, what.n);
}

// `lower` is in lower case.
static const uint8_t *find_no_case(struct slice in, struct slice lower)
{
    uint8_t first = lower.p[0];

    for (uint32_t i = 0; i + lower.n <= in.n; i++) {
        uint32_t k = 1;
        if (tolower(in.p[i]) != first)
            continue;
        while (k < lower.n && tolower(in.p[i + k]) == lower.p[k])
            k++;
        if (k == lower.n)
            return in.p + i;
    }
    return NULL;
}

struct window {
    int64_t from, to;
};

// Where the whole pattern must lie; from > to: nowhere.
static struct window find_window(const struct match *m, const struct rule_option *o, uint32_t n)
{
    const struct content *c = o->arg;
    int64_t base = c->relative ? (int64_t)m->cursor[o->buffer] : 0;
    int64_t from = base + match_value(m, c->offset, c->offset_var), to = n;

    if (c->depth || c->depth_var >= 0)
        to = from + match_value(m, c->depth, c->depth_var);
    if (to > n)
        to = n;
    if (c->end && n >= c->pattern.n && from < (int64_t)n - c->pattern.n)
        from = (int64_t)n - c->pattern.n;
    return (struct window){from < 0 ? 0 : from, to};
}

bool content_matches(struct match *m, const struct rule_option *o)
{
    const struct content *c = o->arg;
    struct slice b = match_buffer(m, o->buffer);
    struct window w;
    const uint8_t *at = NULL;

    if (!b.p)
        return false;
    w = find_window(m, o, b.n);
    if (w.from < m->from)
        w.from = m->from;
    if (w.to - w.from >= (int64_t)c->pattern.n) {
        struct slice in = slice_of(b.p + w.from, (size_t)(w.to - w.from));
        at = c->nocase ? find_no_case(in, c->lower) : find_exact(in, c->pattern);
    }
    if (at && c->end && at + c->pattern.n != b.p + b.n)
        at = NULL;
    if (c->negated)
        return !at;
    if (!at)
        return false;
    uint32_t place = (uint32_t)(at - b.p);
    m->next = place + 1;
    if (!c->bare)
        m->cursor[o->buffer] = place + c->pattern.n;
    match_saw(m, o->buffer, (uint64_t)place + c->pattern.n);
    return true;
}

// ---------------------------------------------------------------- the fast pattern

static uint32_t fast_length(const struct content *c)
{
    return c->fast_n ? c->fast_n : c->pattern.n;
}

// What only an option fills while it is tried cannot be searched ahead.
static bool searchable(uint8_t buffer)
{
    return buffer != BUF_base64_data && !buffer_is_derived(buffer);
}

void fast_choose(struct rule *r)
{
    uint32_t best = 0;
    bool asked = false;

    r->fast = -1;
    for (unsigned i = 0; i < r->n_options; i++) {
        const struct content *c = r->option[i].arg;
        if (r->option[i].test != content_test)
            continue;
        if (c->pattern.n > r->longest)
            r->longest = (uint16_t)c->pattern.n;
        if (c->negated || r->option[i].or_absent || !searchable(r->option[i].buffer) ||
            (asked && !c->fast))
            continue;
        if (fast_length(c) > best || (c->fast && !asked)) {
            best = fast_length(c);
            r->fast = (int16_t)i;
        }
        asked = asked || c->fast;
    }
}
