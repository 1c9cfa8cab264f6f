// SPDX-License-Identifier: Apache-2.0
// preprocessor dnp3 and config binding (dnp3.md section 5, rules.md 2.3).
#include <string.h>

#include "base/nearest.h"
#include "rule/parse.h"

enum {
    SESSION = 4144, // octets of a session, by the arithmetic of Snort
    MEMCAP = 262144,
    MEMCAP_MOST = 104857600,
    DNP3_PORT = 20000,
    BINDING_MOST = 512 // addresses of one binding
};

struct pending_binding { // a file to be read when the main file is done
    struct pending_binding *next;
    const char *path;
    struct place at;
    uint8_t policy;
};

// ---------------------------------------------------------------- preprocessor dnp3

// The next word: a brace, or up to a blank, comma or brace. Backslashes between words were at
// the ends of lines when they were copied from a manual.
static struct slice next_word(struct slice *rest)
{
    uint32_t n = 0;

    while (rest->n && memchr(" \t,\\", rest->p[0], 4))
        rest->p++, rest->n--;
    if (rest->n && (rest->p[0] == '{' || rest->p[0] == '}'))
        n = 1;
    else
        while (n < rest->n && !memchr(" \t,{}", rest->p[n], 5))
            n++;
    struct slice word = slice_of(rest->p, n);
    rest->p += n;
    rest->n -= n;
    return word;
}

static bool take_port(struct load *l, struct dnp3_policy *p, struct slice word,
                      const struct place *at)
{
    uint64_t v;

    if (!slice_u64(word, 65535, &v))
        return load_fatal(l, at, "preprocessor dnp3: \"%.*s\" is no port from 0 to 65535",
                          SLICE(word));
    p->ports[v / 8] |= (uint8_t)(1u << v % 8);
    return true;
}

static bool take_ports(struct load *l, struct dnp3_policy *p, struct slice *rest,
                       const struct place *at)
{
    struct slice word = next_word(rest);
    uint32_t n = 0;

    memset(p->ports, 0, sizeof(p->ports));
    if (!word.n)
        return load_fatal(l, at,
                          "preprocessor dnp3: ports needs a number, or numbers in braces: "
                          "ports { 20000 }");
    if (!slice_is(word, "{"))
        return take_port(l, p, word, at);
    for (;;) {
        word = next_word(rest);
        if (!word.n)
            return load_fatal(l, at, "preprocessor dnp3: the brace of ports is not closed");
        if (slice_is(word, "}"))
            return n || load_fatal(l, at, "preprocessor dnp3: ports { } is empty");
        if (!take_port(l, p, word, at))
            return false;
        n++;
    }
}

// Of a policy that is not the default one it need not even be valid: the default's holds.
static bool take_memcap(struct load *l, struct slice *rest, const struct place *at)
{
    struct slice word = next_word(rest);
    uint64_t v;

    if (l->policy)
        return true;
    if (!slice_u64(word, UINT64_MAX, &v))
        return load_fatal(l, at,
                          "preprocessor dnp3: memcap needs a number of bytes, not \"%.*s\"",
                          SLICE(word));
    if (v < SESSION || v > MEMCAP_MOST)
        return load_fatal(l, at, "preprocessor dnp3: memcap %llu is not from %d to %d",
                          (unsigned long long)v, SESSION, MEMCAP_MOST);
    l->set->dnp3_sessions = (uint32_t)(v / SESSION);
    return true;
}

static bool unknown_word(struct load *l, struct slice word, const struct place *at)
{
    static const char *const words[] = {"ports", "memcap", "check_crc", "disabled"};
    const char *text = keep_text(&l->scratch, word);
    struct nearest n = {.word = text};

    for (size_t i = 0; i < COUNT_OF(words); i++)
        nearest_try(&n, words[i]);
    return load_fatal(l, at,
                      "preprocessor dnp3: \"%.60s\" is not understood%s; it takes ports, "
                      "memcap, check_crc, disabled",
                      text, nearest_hint(n.best));
}

bool dnp3_policy_read(struct load *l, struct slice args, const struct place *at)
{
    struct dnp3_policy *p = l->set->policy[l->policy]->dnp3;

    if (p->configured)
        return load_fatal(l, at, "preprocessor dnp3 stands twice in one policy");
    memset(p, 0, sizeof(*p));
    p->configured = true;
    p->ports[DNP3_PORT / 8] |= 1u << DNP3_PORT % 8;
    for (;;) {
        struct slice word = next_word(&args);
        if (!word.n)
            return true;
        if (slice_is(word, "check_crc"))
            p->check_crc = true;
        else if (slice_is(word, "disabled"))
            p->disabled = true;
        else if (slice_is(word, "ports")    ? !take_ports(l, p, &args, at)
                 : slice_is(word, "memcap") ? !take_memcap(l, &args, at)
                                            : !unknown_word(l, word, at))
            return false;
    }
}

// ---------------------------------------------------------------- bindings

static struct binding *add_binding(struct load *l, uint8_t policy)
{
    struct rules *set = l->set;

    set->binding = grow_array(&set->arena, set->binding, sizeof(*set->binding), set->n_bindings,
                              &set->room_bindings);
    struct binding *b = &set->binding[set->n_bindings++];
    *b = (struct binding){.policy = policy};
    return b;
}

static bool bind_vlans(struct load *l, struct slice list, uint8_t policy,
                       const struct place *at)
{
    while (list.n) {
        struct slice one = slice_cut(&list, ','), to = one;
        struct slice from = slice_cut(&to, '-');
        uint64_t lo, hi;
        if (!slice_u64(from, 4095, &lo) ||
            !slice_u64(to.n ? slice_trim(to) : from, 4095, &hi) || lo > hi)
            return load_fatal(l, at,
                              "config binding: \"%.*s\" is no VLAN from 0 to 4095, and no "
                              "range of them",
                              SLICE(one));
        struct binding *b = add_binding(l, policy);
        b->is_vlan = true;
        b->vlan_from = (uint32_t)lo;
        b->vlan_to = (uint32_t)hi;
    }
    return true;
}

// How narrow a network is: the bits that all of its addresses have in common.
static unsigned prefix_bits(const struct ranges *r)
{
    const struct range *x = r->at;
    uint64_t high = x->lo.high ^ x->hi.high, low = x->lo.low ^ x->hi.low;

    if (high)
        return (unsigned)__builtin_clzll(high);
    return low ? 64 + (unsigned)__builtin_clzll(low) : 128;
}

static bool bind_nets(struct load *l, struct slice list, uint8_t policy, const struct place *at)
{
    struct fail why;
    uint32_t n = 0;

    if (list.n && list.p[0] == '[' && list.p[list.n - 1] == ']')
        list = slice_of(list.p + 1, list.n - 2);
    while (list.n) {
        struct slice one = slice_cut(&list, ',');
        const struct ranges *r = list_read(&l->vars, LIST_ADDRESSES, one, NULL, &why);
        if (!r)
            return load_fatal(l, at, "config binding: %s", why.text);
        if (++n > BINDING_MOST)
            return load_fatal(l, at, "config binding: more than %d addresses", BINDING_MOST);
        struct binding *b = add_binding(l, policy);
        b->net = r;
        b->bits = prefix_bits(r);
    }
    return true;
}

static uint8_t new_policy(struct load *l)
{
    struct rules *set = l->set;
    struct policy *p = arena_zero(&set->arena, sizeof(*p));

    p->dnp3 = arena_zero(&set->arena, sizeof(*p->dnp3));
    p->dnp3->disabled = set->n_policies > 0;
    set->policy[set->n_policies] = p;
    return (uint8_t)set->n_policies++;
}

bool binding_read(struct load *l, struct slice args, const struct place *at)
{
    struct slice file = slice_cut(&args, ' ');
    args = slice_trim(args);
    struct slice kind = slice_cut(&args, ' ');
    struct slice list = slice_trim(args);
    char path[4096];
    struct fail why;

    if (l->policy)
        return load_fatal(l, at, "config binding stands in the main file only");
    if (!file.n ||
        (!slice_is(kind, "net") && !slice_is(kind, "vlan") && !slice_is(kind, "policy_id")))
        return load_fatal(l, at,
                          "config binding needs a file and what it is for: config binding: "
                          "FILE net 10.1.0.0/16, or vlan 1-10");
    if (!list.n)
        return load_fatal(l, at, "config binding: %.*s needs a list: %.*s %s", SLICE(kind),
                          SLICE(kind),
                          slice_is(kind, "net") ? "10.1.0.0/16,10.2.0.0/16" : "1-10");
    if (l->set->n_policies == RULE_POLICIES)
        return load_fatal(l, at, "there are more than %d policies", RULE_POLICIES);
    if (!load_path(l, file, path, sizeof(path), &why))
        return load_fatal(l, at, "config binding: %s", why.text);
    struct pending_binding *b = arena_take(&l->scratch, sizeof(*b)), **end = &l->binding;
    *b = (struct pending_binding){.path = keep_text(l->lasting, slice_str(path)), .at = *at};
    b->policy = new_policy(l);
    while (*end)
        end = &(*end)->next;
    *end = b;
    if (slice_is(kind, "net"))
        return bind_nets(l, list, b->policy, at);
    if (slice_is(kind, "vlan"))
        return bind_vlans(l, list, b->policy, at);
    load_problem(l, RULE_NOTE, at, NULL,
                 "config binding: a policy_id names no traffic by itself");
    return true;
}

// The files of the policies, each with variables of its own.
bool bindings_load(struct load *l)
{
    struct variables main_vars = l->vars;

    for (const struct pending_binding *b = l->binding; b; b = b->next) {
        variables_begin(&l->vars, &main_vars);
        l->policy = b->policy;
        if (!load_file(l, b->path, &b->at))
            return false;
        if (l->set->policy[b->policy]->dnp3->configured && !l->set->policy[0]->dnp3->configured)
            return load_fatal(l, &b->at,
                              "%s configures dnp3, which needs \"preprocessor dnp3\" in "
                              "the main file, too; there it may be disabled",
                              b->path);
    }
    l->policy = 0;
    l->vars = main_vars;
    return true;
}

void policies_begin(struct load *l)
{
    new_policy(l);
    l->set->dnp3_sessions = MEMCAP / SESSION;
}

// Without a configuration DNP3 is inspected, its CRCs checked.
void policies_default(struct load *l)
{
    struct dnp3_policy *p = l->set->policy[0]->dnp3;

    if (l->request->config)
        p->disabled = p->disabled || !p->configured;
    else
        p->check_crc = true;
    if (!p->configured)
        p->ports[DNP3_PORT / 8] |= 1u << DNP3_PORT % 8;
}

// ---------------------------------------------------------------- choosing

static int policy_by_net(const struct rules *r, const struct addr *a)
{
    int best = -1;
    unsigned bits = 0;

    for (uint32_t i = 0; i < r->n_bindings; i++) {
        const struct binding *b = &r->binding[i];
        if (!b->is_vlan && (best < 0 || b->bits > bits) && ranges_has(b->net, wide_of(a))) {
            best = b->policy;
            bits = b->bits;
        }
    }
    return best;
}

unsigned rules_policy(const struct rules *r, const struct packet *first)
{
    unsigned tags = first->n_vlan > 2 ? 2 : first->n_vlan;
    int p;

    if (r->n_policies == 1)
        return 0;
    for (uint32_t i = 0; tags && i < r->n_bindings; i++) {
        const struct binding *b = &r->binding[i];
        uint16_t vlan = first->vlan[tags - 1];
        if (b->is_vlan && vlan >= b->vlan_from && vlan <= b->vlan_to)
            return b->policy;
    }
    p = policy_by_net(r, &first->dst);
    if (p < 0)
        p = policy_by_net(r, &first->src);
    return p < 0 ? 0 : (unsigned)p;
}

const struct dnp3_policy *rules_dnp3(const struct rules *r, unsigned policy)
{
    return r->policy[policy < r->n_policies ? policy : 0]->dnp3;
}
uint32_t rules_dnp3_sessions(const struct rules *r)
{
    return r->dnp3_sessions;
}
bool rules_dnp3_shipped_numbers(const struct rules *r)
{
    return r->dnp3_shipped_numbers;
}
bool rules_is_home(const struct rules *r, const struct addr *a)
{
    return ranges_has(r->home, wide_of(a));
}

bool policies_have_streams(struct load *l)
{
    for (unsigned i = 0; l->no_streams.file && i < l->set->n_policies; i++)
        if (l->set->policy[i]->dnp3->configured && !l->set->policy[i]->dnp3->disabled)
            return load_fatal(
                l, &l->no_streams,
                "preprocessor dnp3 needs the streams of TCP: let track_tcp be yes, "
                "or write preprocessor dnp3: disabled");
    return true;
}
