// SPDX-License-Identifier: Apache-2.0
// Variables and lists: `[10.0.0.0/8,!$DMZ]`, `!80`, `1024:` as sets (rules.md sections 2.2 and
// 3).
#include "rule/variable.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/cur.h"
#include "base/hash.h"
#include "base/nearest.h"
#include "rule/parse.h"

enum { DEPTH_MOST = 16, CACHE_SLOTS = 1024, ELEMENTS_MOST = 100000, VALUE_MOST = 8192 };

struct list_cache {
    struct {
        struct slice text;
        enum list_kind kind;
        const struct ranges *set;
    } slot[CACHE_SLOTS];
};

struct reading { // of one list
    struct variables *v;
    enum list_kind kind;
    const struct ranges *all;
    struct variable **missing;
    struct fail *f;
    uint32_t elements; // so far: variables of variables could multiply
};

static const struct ranges *read_element(struct reading *r, struct slice s, unsigned depth);

static const struct ranges *wrong(struct reading *r, const char *what, struct slice s)
{
    failed(r->f, "\"%.*s\" is no %s", (int)min_u32(s.n, 60), (const char *)s.p, what);
    return NULL;
}

// ---------------------------------------------------------------- elements

static bool number_of(struct slice s, uint32_t most, uint32_t *v)
{
    uint64_t n = 0;

    if (!s.n || s.n > 10)
        return false;
    for (uint32_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        n = n * 10 + (s.p[i] - '0');
    }
    *v = (uint32_t)n;
    return n <= most;
}

static const struct ranges *read_ports(struct reading *r, struct slice s)
{
    const uint8_t *colon = memchr(s.p, ':', s.n);
    uint32_t lo = 0, hi = 65535;

    if (!colon) {
        if (!number_of(s, 65535, &lo))
            return wrong(r, "port", s);
        return ranges_one(r->v->arena, wide_small(lo), wide_small(lo));
    }
    struct slice from = slice_trim(slice_of(s.p, (size_t)(colon - s.p)));
    struct slice to = slice_trim(slice_of(colon + 1, s.n - from.n - 1));
    if (s.n == 1 || (from.n && !number_of(from, 65535, &lo)) ||
        (to.n && !number_of(to, 65535, &hi)) || lo > hi)
        return wrong(r, "range of ports", s);
    return ranges_one(r->v->arena, wide_small(lo), wide_small(hi));
}

static bool address_of(struct slice s, struct addr *a)
{
    char text[64];
    uint8_t b[16];

    if (!s.n || s.n >= sizeof(text))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    *a = (struct addr){0};
    if (inet_pton(AF_INET, text, b) == 1)
        *a = addr_of(ADDR_IP4, b);
    else if (inet_pton(AF_INET6, text, b) == 1)
        *a = addr_of(ADDR_IP6, b);
    return a->kind != ADDR_NONE;
}

// The number of one-bits of a mask as "24" or "255.255.255.0"; -1: it is none.
static int prefix_of(struct slice s, const struct addr *a)
{
    unsigned width = a->kind == ADDR_IP4 ? 32 : 128;
    struct addr mask;
    uint32_t n;

    if (number_of(s, width, &n))
        return (int)n;
    if (a->kind != ADDR_IP4 || !address_of(s, &mask) || mask.kind != ADDR_IP4)
        return -1;
    uint32_t bits = load_be32(mask.b), ones = (uint32_t)__builtin_popcount(bits);
    return ones == 0 || bits == UINT32_MAX << (32 - ones) ? (int)ones : -1;
}

static const struct ranges *read_address(struct reading *r, struct slice s)
{
    const uint8_t *slash = memchr(s.p, '/', s.n), *dash = memchr(s.p, '-', s.n);
    const uint8_t *cut = slash ? slash : dash;
    struct slice from = cut ? slice_of(s.p, (size_t)(cut - s.p)) : s;
    struct slice behind = cut ? slice_of(cut + 1, s.n - from.n - 1) : (struct slice){0};
    struct addr a, b;

    if (!address_of(slice_trim(from), &a))
        return wrong(r, "address", s);
    struct wide lo = wide_of(&a), hi = lo;
    if (slash) {
        int bits = prefix_of(slice_trim(behind), &a);
        if (bits < 0)
            return wrong(r, "network", s);
        unsigned open = (a.kind == ADDR_IP4 ? 32u : 128u) - (unsigned)bits;
        uint64_t low = open >= 64 ? UINT64_MAX : (UINT64_C(1) << open) - 1;
        uint64_t high = open < 65     ? 0
                        : open == 128 ? UINT64_MAX
                                      : (UINT64_C(1) << (open - 64)) - 1;
        lo = (struct wide){lo.high & ~high, lo.low & ~low};
        hi = (struct wide){lo.high | high, lo.low | low};
    } else if (dash) {
        if (!address_of(slice_trim(behind), &b) || b.kind != a.kind ||
            wide_less(wide_of(&b), lo))
            return wrong(r, "range of addresses", s);
        hi = wide_of(&b);
    }
    return ranges_one(r->v->arena, lo, hi);
}

// ---------------------------------------------------------------- lists

// The element up to the next comma outside of brackets; moves s behind it.
static struct slice cut_element(struct slice *s)
{
    int depth = 0;
    uint32_t n = 0;

    while (n < s->n && (depth || s->p[n] != ',')) {
        depth += (s->p[n] == '[') - (s->p[n] == ']');
        n++;
    }
    struct slice e = slice_of(s->p, n);
    s->p += min_u32(n + 1, s->n);
    s->n -= min_u32(n + 1, s->n);
    return slice_trim(e);
}

// OR of the positive elements, and not any of the negated; only negated ones: all but those.
static const struct ranges *read_list(struct reading *r, struct slice s, unsigned depth)
{
    const struct ranges *in = &ranges_none, *out = &ranges_none;
    bool positive = false;

    if (!slice_trim(s).n) {
        failed(r->f, "the list is empty");
        return NULL;
    }
    while (s.n) {
        struct slice e = cut_element(&s);
        bool negated = e.n && e.p[0] == '!';
        if (negated)
            e = slice_trim(slice_of(e.p + 1, e.n - 1));
        const struct ranges *one = read_element(r, e, depth + 1);
        if (!one)
            return NULL;
        if (negated)
            out = ranges_or(r->v->arena, out, one);
        else
            in = ranges_or(r->v->arena, in, one), positive = true;
    }
    return ranges_without(r->v->arena, positive ? in : r->all, out, r->all);
}

static const struct ranges *read_variable(struct reading *r, struct slice s, unsigned depth)
{
    struct slice name = slice_of(s.p + 1, s.n - 1);
    char text[VALUE_MOST];
    struct variable *v;

    if (name.n && name.p[0] == '(') {
        if (!variables_expand(r->v, s, text, sizeof(text), r->f))
            return NULL;
        return read_element(r, slice_trim(slice_str(text)), depth + 1);
    }
    v = variable_find(r->v, name);
    if (v && !v->missing)
        return read_element(r, slice_trim(slice_str(v->value)), depth + 1);
    if (!v) {
        struct fail ignored;
        variable_set(r->v, LIST_EITHER, name, (struct slice){0}, false, &ignored);
        v = variable_find(r->v, name);
        if (v)
            v->missing = true;
    }
    if (r->missing)
        *r->missing = v;
    failed(r->f, "the variable %.*s is not defined", (int)min_u32(name.n, 60),
           (const char *)name.p);
    return NULL;
}

static const struct ranges *read_element(struct reading *r, struct slice s, unsigned depth)
{
    if (depth > DEPTH_MOST || ++r->elements > ELEMENTS_MOST) {
        failed(r->f, "the list is nested too deep, or a variable stands in itself");
        return NULL;
    }
    if (!s.n) {
        failed(r->f, "an element of the list is empty");
        return NULL;
    }
    if (s.p[0] == '!') {
        const struct ranges *x =
            read_element(r, slice_trim(slice_of(s.p + 1, s.n - 1)), depth + 1);
        return x ? ranges_without(r->v->arena, r->all, x, r->all) : NULL;
    }
    if (s.p[0] == '[') {
        if (s.p[s.n - 1] != ']' || s.n < 2)
            return wrong(r, "list: the bracket is not closed", s);
        return read_list(r, slice_of(s.p + 1, s.n - 2), depth);
    }
    if (s.p[0] == '$')
        return read_variable(r, s, depth);
    if (slice_is(s, "any"))
        return r->all;
    if (memchr(s.p, ',', s.n)) // the value of an old `var` without brackets
        return read_list(r, s, depth);
    return r->kind == LIST_PORTS ? read_ports(r, s) : read_address(r, s);
}

const struct ranges *list_read(struct variables *v, enum list_kind kind, struct slice text,
                               struct variable **missing, struct fail *f)
{
    const struct ranges *all = kind == LIST_PORTS ? &ranges_all_ports : &ranges_all_addresses;
    uint32_t at = (uint32_t)hash_bytes(text.p, text.n, kind) % CACHE_SLOTS;
    struct reading r = {v, kind, all, missing, f, 0};

    if (v->cache->slot[at].set && v->cache->slot[at].kind == kind &&
        v->cache->slot[at].text.n == text.n &&
        !memcmp(v->cache->slot[at].text.p, text.p, text.n))
        return v->cache->slot[at].set;
    const struct ranges *set = read_element(&r, slice_trim(text), 0);
    if (set && !set->n) {
        failed(f, "\"%.*s\" leaves nothing: it becomes !any", (int)min_u32(text.n, 60),
               (const char *)text.p);
        return NULL;
    }
    if (set) {
        v->cache->slot[at].text = arena_copy(v->arena, text);
        v->cache->slot[at].kind = kind;
        v->cache->slot[at].set = set;
    }
    return set;
}

// ---------------------------------------------------------------- variables

void variables_init(struct variables *v, struct arena *a)
{
    static const struct {
        enum list_kind kind;
        const char *name, *value;
    } standard[] = {
#define VARIABLE(kind, name, value) {LIST_##kind, #name, value},
#include "rule/variable.def"
#undef VARIABLE
    };
    struct fail f;

    *v = (struct variables){.arena = a};
    v->cache = arena_zero(a, sizeof(*v->cache));
    for (size_t i = 0; i < COUNT_OF(standard); i++) {
        variable_set(v, standard[i].kind, slice_str(standard[i].name),
                     slice_str(standard[i].value), false, &f);
        v->at[v->n - 1].standard = true;
    }
}

void variables_begin(struct variables *v, const struct variables *from)
{
    struct fail f;

    variables_init(v, from->arena);
    for (uint32_t i = 0; i < from->n; i++)
        if (from->at[i].given)
            variable_set(v, from->at[i].kind, slice_str(from->at[i].name),
                         slice_str(from->at[i].value), true, &f);
}

struct variable *variable_find(const struct variables *v, struct slice name)
{
    for (uint32_t i = 0; i < v->n; i++)
        if (slice_is(name, v->at[i].name))
            return &v->at[i];
    return NULL;
}

static bool is_name(struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++) {
        uint8_t c = s.p[i];
        if (!(c == '_' || c == '.' || c == '-' || (c >= '0' && c <= '9') ||
              (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return false;
    }
    return s.n > 0;
}

bool variable_set(struct variables *v, enum list_kind kind, struct slice name,
                  struct slice value, bool given, struct fail *f)
{
    struct variable *x;

    if (!is_name(name))
        return failed(f, "\"%.*s\" is no name for a variable", (int)min_u32(name.n, 60),
                      (const char *)name.p);
    x = variable_find(v, name);
    if (x && x->given && !given)
        return true;
    if (!x) {
        v->at = grow_array(v->arena, v->at, sizeof(*v->at), v->n, &v->room);
        x = &v->at[v->n++];
        *x = (struct variable){.name = keep_text(v->arena, name)};
    }
    x->value = keep_text(v->arena, value);
    x->kind = (uint8_t)kind;
    x->given = given;
    x->missing = x->standard = false;
    memset(v->cache, 0, sizeof(*v->cache)); // sets that were made of the old value
    return true;
}

// ---------------------------------------------------------------- texts

struct putting { // a text with variables put in
    char *to;
    size_t n, room;
};

static void put(struct putting *p, struct slice s)
{
    size_t n = s.n < p->room - p->n - 1 ? s.n : p->room - p->n - 1;

    if (n)
        memcpy(p->to + p->n, s.p, n);
    p->n += n;
    p->to[p->n] = 0;
}

// $(NAME), $(NAME:-default), $(NAME:?message): what is between the parentheses.
static bool put_long(struct variables *v, struct slice s, struct putting *to, struct fail *f)
{
    const uint8_t *colon = memchr(s.p, ':', s.n);
    struct slice name = colon ? slice_of(s.p, (size_t)(colon - s.p)) : s;
    struct slice rest = colon ? slice_of(colon + 1, s.n - name.n - 1) : (struct slice){0};
    const struct variable *x = variable_find(v, name);

    if (x && !x->missing)
        put(to, slice_str(x->value));
    else if (rest.n && rest.p[0] == '-')
        put(to, slice_of(rest.p + 1, rest.n - 1));
    else if (rest.n && rest.p[0] == '?')
        return failed(f, "%.*s", (int)min_u32(rest.n - 1, 200), (const char *)rest.p + 1);
    else
        return failed(f, "the variable %.*s is not defined", (int)min_u32(name.n, 60),
                      (const char *)name.p);
    return true;
}

bool variables_expand(struct variables *v, struct slice text, char *to, size_t room,
                      struct fail *f)
{
    struct putting out = {to, 0, room};

    to[0] = 0;
    for (uint32_t i = 0; i < text.n;) {
        uint32_t from = i + 1, n = 0;
        if (text.p[i] != '$') {
            put(&out, slice_of(text.p + i++, 1));
            continue;
        }
        if (from < text.n && text.p[from] == '(') {
            const uint8_t *end = memchr(text.p + from, ')', text.n - from);
            if (!end)
                return failed(f, "$( is not closed");
            n = (uint32_t)(end - text.p) - from - 1;
            if (!put_long(v, slice_of(text.p + from + 1, n), &out, f))
                return false;
            i = from + n + 2;
            continue;
        }
        while (from + n < text.n && is_name(slice_of(text.p + from + n, 1)) &&
               text.p[from + n] != '.' && text.p[from + n] != '-')
            n++;
        if (!put_long(v, slice_of(text.p + from, n), &out, f))
            return false;
        i = from + n;
    }
    return true;
}
