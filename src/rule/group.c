// SPDX-License-Identifier: Apache-2.0
// Grouping of rules: by when they are asked, protocol, ports or service; one database of fast
// patterns for each buffer of a group.
#include "rule/group.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "rule/compile.h"
#include "rule/content.h"

enum {
    PORTS_MOST = 64,   // a rule with more ports is asked for all of them
    PATTERN_MOST = 48, // bytes of a fast pattern that are searched for
    PATTERN_LEAST = 2, // shorter ones are found too often to be worth it
    POLICY_SHIFT = 26
};

struct scan {
    hs_database_t *database;
    const uint32_t *rule;  // of all patterns, one after the other
    const uint32_t *first; // of each pattern; one more at the end
    uint32_t n;            // patterns
    uint8_t buffer;
    bool matters; // a rule of it does (rule_matters)
};

struct group_list {
    const struct group *first;
    hs_scratch_t *scratch; // large enough for all
};

// ---------------------------------------------------------------- fast patterns

struct fast {
    uint8_t bytes[PATTERN_MOST];
    uint32_t n, rule;
    uint8_t buffer;
};

static const struct content *fast_content(const struct rule *r)
{
    const struct content *c = r->fast >= 0 ? r->option[r->fast].arg : NULL;

    return c && (c->fast_n ? c->fast_n : c->pattern.n) >= PATTERN_LEAST ? c : NULL;
}

static struct fast fast_of(const struct rule *r)
{
    const struct content *c = fast_content(r);
    struct fast f = {.rule = r->number, .buffer = r->option[r->fast].buffer};

    f.n = min_u32(c->fast_n ? c->fast_n : c->pattern.n, PATTERN_MOST);
    for (uint32_t i = 0; i < f.n; i++)
        f.bytes[i] = (uint8_t)tolower(c->pattern.p[c->fast_from + i]);
    return f;
}

static int by_pattern(const void *a, const void *b)
{
    const struct fast *x = a, *y = b;

    if (x->buffer != y->buffer)
        return x->buffer < y->buffer ? -1 : 1;
    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    int d = memcmp(x->bytes, y->bytes, x->n);
    return d ? d : x->rule < y->rule ? -1 : x->rule > y->rule;
}

static bool same_pattern(const struct fast *x, const struct fast *y)
{
    return x->n == y->n && !memcmp(x->bytes, y->bytes, x->n);
}

// What one database is to be compiled from: the patterns f[0..n), which are all of one buffer,
// sorted.
static void make_scan(struct load *l, const struct fast *f, uint32_t n, struct scan *to)
{
    uint32_t *rule = arena_take(l->lasting, n * sizeof(*rule));
    uint32_t *first = arena_take(l->lasting, (n + 1) * sizeof(*first));
    struct patterns *p = arena_take(&l->scratch, sizeof(*p));

    *p = (struct patterns){.next = l->patterns, .to = &to->database};
    p->text = arena_take(&l->scratch, n * sizeof(*p->text));
    p->size = arena_take(&l->scratch, n * sizeof(*p->size));
    for (uint32_t i = 0; i < n; i++) {
        rule[i] = f[i].rule;
        to->matters |= rule_matters(l->set->rule[rule[i]]);
        if (i && same_pattern(&f[i], &f[i - 1]))
            continue;
        first[p->n] = i;
        p->text[p->n] = (const char *)f[i].bytes;
        p->size[p->n++] = f[i].n;
    }
    first[p->n] = n;
    to->rule = rule;
    to->first = first;
    to->n = p->n;
    to->buffer = f->buffer;
    l->patterns = p;
}

// ---------------------------------------------------------------- groups

static void make_scans(struct load *l, struct group *g, struct fast *f, uint32_t n)
{
    struct scan *scan;
    uint32_t buffers = 0, from = 0;

    qsort(f, n, sizeof(*f), by_pattern);
    for (uint32_t i = 0; i < n; i++)
        buffers += !i || f[i].buffer != f[i - 1].buffer;
    scan = arena_zero(l->lasting, buffers * sizeof(*scan));
    g->scan = scan;
    for (uint32_t i = 1; i <= n; i++) {
        if (i < n && f[i].buffer == f[from].buffer)
            continue;
        make_scan(l, f + from, i - from, &scan[g->n_scans++]);
        from = i;
    }
}

// The group of these rules, made unless another key has just the same.
static const struct group *make_group(struct load *l, const uint32_t *rule, uint32_t n)
{
    struct rules *set = l->set;
    uint64_t hash = hash_bytes(rule, n * sizeof(*rule), 0);
    struct rule_bits *always;
    uint32_t patterns = 0;
    struct fast *f;

    for (const struct group *g = set->groups->first; g; g = g->next)
        if (g->hash == hash && g->n_rules == n && !memcmp(g->rule, rule, n * sizeof(*rule)))
            return g;
    struct group *g = arena_zero(l->lasting, sizeof(*g));
    f = arena_take(&l->scratch, n * sizeof(*f));
    g->hash = hash;
    g->next = set->groups->first;
    set->groups->first = g;
    g->rule = (const void *)arena_copy(l->lasting, slice_of(rule, n * sizeof(*rule))).p;
    g->n_rules = n;
    always = arena_take(l->lasting, n * sizeof(*always));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t word = rule[i] / 64;
        if (fast_content(set->rule[rule[i]])) {
            f[patterns++] = fast_of(set->rule[rule[i]]);
            continue;
        }
        if (!g->n_always || always[g->n_always - 1].word != word)
            always[g->n_always++] = (struct rule_bits){.word = word};
        always[g->n_always - 1].bits |= UINT64_C(1) << rule[i] % 64;
    }
    g->always = always;
    if (patterns)
        make_scans(l, g, f, patterns);
    return g;
}

// ---------------------------------------------------------------- which rule goes where

enum slot { SLOT_ANY, SLOT_DST, SLOT_SRC, SLOT_SERVICE, SLOT_LABELS };

// Sorted, these bring the rules of a group together, in their order.
struct entry {
    uint32_t key, rule;
};
struct entries {
    struct entry *at;
    uint32_t n, room;
};

static void add(struct load *l, struct entries *e, const struct rule *r, enum unit_kind kind,
                enum ip_class class, enum slot slot, uint32_t value)
{
    l->set->kinds |= slot == SLOT_LABELS ? 0 : UINT64_C(1) << kind;
    e->at = grow_array(&l->scratch, e->at, sizeof(*e->at), e->n, &e->room);
    e->at[e->n++] = (struct entry){(uint32_t)r->policy << POLICY_SHIFT | (uint32_t)kind << 23 |
                                       (uint32_t) class << 20 | (uint32_t)slot << 17 | value,
                                   r->number};
}

static uint32_t count_ports(const struct ranges *r)
{
    uint32_t n = 0;

    for (uint32_t i = 0; r && i < r->n && n <= PORTS_MOST; i++)
        n += (uint32_t)(r->at[i].hi.low - r->at[i].lo.low) + 1;
    return r ? n : UINT32_MAX;
}

static void add_ports(struct load *l, struct entries *e, const struct rule *r,
                      enum unit_kind kind, enum ip_class class, enum slot slot,
                      const struct ranges *ports)
{
    for (uint32_t i = 0; i < ports->n; i++)
        for (uint64_t p = ports->at[i].lo.low; p <= ports->at[i].hi.low; p++)
            add(l, e, r, kind, class, slot, (uint32_t)p);
}

static void add_oriented(struct load *l, struct entries *e, const struct rule *r,
                         enum unit_kind kind, enum ip_class class, const struct ranges *sport,
                         const struct ranges *dport)
{
    if (count_ports(dport) <= PORTS_MOST)
        add_ports(l, e, r, kind, class, SLOT_DST, dport);
    else if (count_ports(sport) <= PORTS_MOST)
        add_ports(l, e, r, kind, class, SLOT_SRC, sport);
    else
        add(l, e, r, kind, class, SLOT_ANY, 0);
}

static void place(struct load *l, struct entries *e, const struct rule *r, enum unit_kind kind,
                  enum ip_class class)
{
    if (r->service) {
        add(l, e, r, kind, class, SLOT_SERVICE, r->service);
        return;
    }
    for (unsigned s = 1; r->services >> s; s++)
        if (r->services >> s & 1)
            add(l, e, r, kind, class, SLOT_SERVICE, s);
    if (r->services && !r->sport && !r->dport)
        return; // what its services are is all it says
    add_oriented(l, e, r, kind, class, r->sport, r->dport);
    if (r->both_ways)
        add_oriented(l, e, r, kind, class, r->dport, r->sport);
}

static void place_rule(struct load *l, struct entries *e, const struct rule *r)
{
    if (r->action == ACTION_file_id) {
        add(l, e, r, UNIT_STREAM, CLASS_TCP, SLOT_LABELS, 0);
        return;
    }
    for (unsigned c = 0; c < IP_CLASSES; c++) {
        if (!(r->classes >> c & 1))
            continue;
        if (r->kinds >> UNIT_DNP3 & 1)
            place(l, e, r, UNIT_DNP3, c);
        if (r->kinds >> UNIT_STREAM & 1 && (c == CLASS_TCP || !(r->flow & FLOW_ONLY_STREAM)))
            place(l, e, r, c == CLASS_TCP ? UNIT_STREAM : UNIT_PACKET, c);
        if (r->kinds >> UNIT_PACKET & 1)
            place(l, e, r, UNIT_PACKET, c);
    }
}

static void put_port(struct load *l, struct port_groups **to, unsigned port,
                     const struct group *g)
{
    if (!*to)
        *to = arena_zero(l->lasting, sizeof(**to));
    (*to)->has[port / 64] |= UINT64_C(1) << port % 64;
    (*to)->at[port] = g;
}

static const struct group *port_group(const struct port_groups *g, uint16_t port)
{
    return g && g->has[port / 64] >> port % 64 & 1 ? g->at[port] : NULL;
}

static void put_group(struct load *l, uint32_t key, const struct group *g)
{
    struct policy *p = l->set->policy[key >> POLICY_SHIFT];
    unsigned kind = key >> 23 & 7, class = key >> 20 & 7, value = key & 0xffff;

    switch ((enum slot)(key >> 17 & 7)) {
    case SLOT_ANY: p->any[kind][class] = g; break;
    case SLOT_DST: put_port(l, &p->dst[kind][class], value, g); break;
    case SLOT_SRC: put_port(l, &p->src[kind][class], value, g); break;
    case SLOT_SERVICE: p->service[kind][class][value] = g; break;
    case SLOT_LABELS: p->labels = g; break;
    }
}

static int by_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->rule < y->rule ? -1 : x->rule > y->rule;
}

static void make_groups(struct load *l, struct entries *e)
{
    uint32_t *rule = arena_take(&l->scratch, (e->n + 1) * sizeof(*rule)), n = 0;

    if (e->n)
        qsort(e->at, e->n, sizeof(*e->at), by_key);
    for (uint32_t i = 0; i < e->n; i++) {
        if (!n || rule[n - 1] != e->at[i].rule) // both ways may lead to one place
            rule[n++] = e->at[i].rule;
        if (i + 1 < e->n && e->at[i + 1].key == e->at[i].key)
            continue;
        put_group(l, e->at[i].key, make_group(l, rule, n));
        n = 0;
    }
}

// Rules that wait for an oddity: a list for each.
static void list_odds(struct load *l)
{
    struct rules *set = l->set;

    for (uint32_t i = 0; i < set->n_rules; i++) {
        const struct rule *r = set->rule[i];
        if (!(r->kinds >> UNIT_ODD & 1))
            continue;
        for (unsigned k = 0; k < COUNT_OF(r->odd) && r->odd[k]; k++) {
            struct odd_rules *list = arena_take(l->lasting, sizeof(*list)), **at;
            at = &set->policy[r->policy]->odd[r->odd[k] - 1];
            while (*at)
                at = &(*at)->next;
            *list = (struct odd_rules){.rule = r};
            *at = list;
        }
        set->wanted |= UINT64_C(1) << EV_weird;
    }
}

static bool reserve_scratch(const struct rules *set, struct fail *f)
{
    for (const struct group *g = set->groups->first; g; g = g->next)
        for (uint32_t i = 0; i < g->n_scans; i++)
            if (hs_alloc_scratch(g->scan[i].database, &set->groups->scratch) != HS_SUCCESS)
                return failed(f, "no memory for matching rules");
    return true;
}

bool groups_build(struct load *l, struct fail *f)
{
    struct entries e = {0};

    l->set->groups = arena_zero(l->lasting, sizeof(*l->set->groups));
    if (hs_valid_platform() != HS_SUCCESS)
        l->set->plain = true;
    for (uint32_t i = 0; i < l->set->n_rules; i++) {
        if (!l->set->rule[i]->idle)
            place_rule(l, &e, l->set->rule[i]);
        if (l->set->rule[i]->kinds >> UNIT_DNP3 & 1)
            l->set->wanted |= UINT64_C(1) << EV_dnp3_fragment;
        if (l->set->policy[0]->dnp3->configured)
            l->set->wanted |= UINT64_C(1) << EV_dnp3_session;
    }
    list_odds(l);
    make_groups(l, &e);
    return l->set->plain || (patterns_compile(l, l->patterns, f) && reserve_scratch(l->set, f));
}

void groups_free(struct rules *set)
{
    for (const struct group *g = set->groups ? set->groups->first : NULL; g; g = g->next)
        for (uint32_t i = 0; i < g->n_scans; i++)
            hs_free_database(g->scan[i].database);
    if (set->groups)
        hs_free_scratch(set->groups->scratch);
}

// ---------------------------------------------------------------- finding

unsigned groups_of(const struct rules *set, unsigned policy, enum unit_kind kind,
                   enum ip_class class, uint16_t sport, uint16_t dport, uint8_t service,
                   const struct group *to[GROUPS_OF_UNIT])
{
    const struct policy *p = set->policy[policy];
    const struct group *all[GROUPS_OF_UNIT] = {
        p->any[kind][class], port_group(p->dst[kind][class], dport),
        port_group(p->src[kind][class], sport),
        service ? p->service[kind][class][service] : NULL};
    unsigned n = 0;

    for (unsigned i = 0; i < GROUPS_OF_UNIT; i++)
        if (all[i])
            to[n++] = all[i];
    return n;
}

void *group_scratch(const struct rules *set)
{
    hs_scratch_t *own = NULL;

    if (set->groups->scratch && hs_clone_scratch(set->groups->scratch, &own) != HS_SUCCESS)
        assert(false && "no memory for matching rules");
    return own;
}

void group_scratch_free(void *scratch)
{
    hs_free_scratch(scratch);
}

struct scanning {
    const struct scan *scan;
    struct finding *found;
};

static int on_pattern(unsigned id, unsigned long long from, unsigned long long to,
                      unsigned flags, void *context)
{
    const struct scanning *s = context;

    for (uint32_t i = s->scan->first[id]; i < s->scan->first[id + 1]; i++)
        finding_add(s->found, s->scan->rule[i]);
    return 0;
}

static void scan_buffer(const struct scan *s, struct unit *in, struct finding *f)
{
    struct slice b = unit_buffer(in, s->buffer);
    struct scanning now = {s, f};

    if (b.n && s->database)
        hs_scan(s->database, (const char *)b.p, b.n, 0, f->scratch, on_pattern, &now);
    else if (b.n) // plain: all of them are asked
        for (uint32_t k = 0; k < s->first[s->n]; k++)
            finding_add(f, s->rule[k]);
}

void group_search(const struct group *g, struct unit *u, struct unit *joined, bool passed,
                  struct finding *f)
{
    for (uint32_t i = 0; i < g->n_scans; i++) {
        const struct scan *s = &g->scan[i];
        if (passed && !s->matters)
            continue;
        bool field = buffer_is_field(s->buffer);
        if (joined && (field || s->buffer == BUF_pkt_data))
            scan_buffer(s, joined, f);
        if (!joined || s->buffer != BUF_pkt_data)
            scan_buffer(s, u, f);
    }
}
