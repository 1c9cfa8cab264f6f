// SPDX-License-Identifier: Apache-2.0
// dce_iface, dce_opnum, dce_stub_data: DCE/RPC over UDP (version 4) and TCP (version 5), C706
// chapter 12. Inside SMB it is not looked for.
#include "rule/dce.h"

#include <ctype.h>
#include <string.h>

#include "base/cur.h"
#include "rule/number.h"
#include "rule/service.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

enum { REQUEST = 0, RESPONSE = 2, BIND = 11, ALTER_CONTEXT = 14 };
enum { HEAD4 = 80, HEAD5 = 16, OBJECT_GIVEN = 0x80, OPNUMS_MOST = 16 };

// ---------------------------------------------------------------- messages

static uint16_t get16(struct cur *c, bool little)
{
    return little ? cur_le16(c) : cur_be16(c);
}

// As it is written in text, whatever the order of its octets on the wire.
static void get_uuid(struct cur *c, bool little, uint8_t to[16])
{
    static const uint8_t order[] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    struct slice s = cur_take(c, 16);

    for (int i = 0; i < 16 && s.n == 16; i++)
        to[i] = s.p[little ? order[i] : i];
}

static bool read4(struct slice b, struct dce_call *v)
{
    struct cur c = cur_of(b);

    cur_skip(&c, 1);
    v->type = cur_u8(&c);
    cur_skip(&c, 2);
    bool little = cur_u8(&c) >> 4 == 1;
    cur_skip(&c, 3 + 16); // representation, serial; object
    get_uuid(&c, little, v->iface);
    cur_skip(&c, 16 + 4); // activity, boot time
    v->version = little ? cur_le32(&c) : cur_be32(&c);
    cur_skip(&c, 4); // number
    v->opnum = get16(&c, little);
    cur_skip(&c, 4); // hints
    uint16_t n = get16(&c, little);
    cur_skip(&c, 4); // fragment, authentication
    v->stub = cur_take(&c, min_u32(n, cur_left(&c)));
    v->known = v->numbered = !c.bad;
    return !c.bad && (v->type == REQUEST || v->type == RESPONSE);
}

static const struct dce_context *find_context(const struct talk_rules *t, uint16_t id)
{
    for (unsigned i = 0; t && i < DCE_CONTEXTS; i++)
        if (t->dce[i].bound && t->dce[i].id == id)
            return &t->dce[i];
    return NULL;
}

static uint32_t get32(struct cur *c, bool little)
{
    return little ? cur_le32(c) : cur_be32(c);
}

// The place of a call among those that are remembered.
static struct dce_asked *asked_at(struct talk_rules *t, uint32_t call)
{
    return &t->asked[call % DCE_CALLS];
}

static bool read5(const struct unit *u, struct slice b, struct dce_call *v)
{
    struct cur c = cur_of(b);

    cur_skip(&c, 2);
    v->type = cur_u8(&c);
    uint8_t flags = cur_u8(&c);
    bool little = cur_u8(&c) >> 4 == 1;
    cur_skip(&c, 3 + 2 + 2); // representation, length; authentication
    uint32_t call = get32(&c, little);
    bool request = v->type == REQUEST;
    cur_skip(&c, 4); // hint
    const struct dce_context *bound = find_context(u->state, get16(&c, little));
    v->opnum = get16(&c, little); // of an answer: cancel count and padding
    const struct dce_asked *asked = u->state ? asked_at(u->state, call) : NULL;
    v->numbered = request || (asked && asked->open && asked->call == call);
    if (!request && v->numbered)
        v->opnum = asked->opnum;
    cur_skip(&c, request && flags & OBJECT_GIVEN ? 16 : 0);
    v->stub = cur_rest(&c);
    v->known = bound;
    if (bound) {
        memcpy(v->iface, bound->iface, sizeof(v->iface));
        v->version = bound->version;
    }
    return !c.bad && (request || v->type == RESPONSE);
}

static bool dce_read(struct unit *u, struct dce_call *v)
{
    struct slice b = unit_buffer(u, BUF_pkt_data);

    *v = (struct dce_call){0};
    if (!b.n || (u->service && u->service != SERVICE_DCE))
        return false;
    if (b.p[0] == 4 && u->class == CLASS_UDP) // PROFINET's calls are such, too
        return read4(b, v);
    return b.p[0] == 5 && u->service == SERVICE_DCE && read5(u, b, v);
}

// Contexts have small numbers, mostly from 0 on.
static void follow_contexts(struct talk_rules *t, struct cur c, bool little)
{
    enum { SYNTAX = 20 };

    cur_skip(&c, 8); // sizes and group
    uint8_t contexts = cur_u8(&c);
    cur_skip(&c, 3);
    for (; contexts && !c.bad; contexts--) {
        struct dce_context x = {.id = get16(&c, little), .bound = true};
        uint8_t syntaxes = cur_u8(&c);
        cur_skip(&c, 1);
        get_uuid(&c, little, x.iface);
        x.version = get16(&c, little);
        cur_skip(&c, 2u + syntaxes * (uint32_t)SYNTAX);
        if (!c.bad)
            t->dce[x.id % DCE_CONTEXTS] = x;
    }
}

void dce_follow(struct unit *u, struct slice b)
{
    struct cur c = cur_of(b);
    struct talk_rules *t = u->state;

    cur_skip(&c, 2);
    uint8_t type = cur_u8(&c);
    cur_skip(&c, 1);
    bool little = cur_u8(&c) >> 4 == 1;
    if (!t || b.p[0] != 5)
        return;
    cur_skip(&c, 3 + 2 + 2); // representation, length; authentication
    uint32_t call = get32(&c, little);
    if (type == BIND || type == ALTER_CONTEXT)
        follow_contexts(t, c, little);
    if (type != REQUEST)
        return;
    cur_skip(&c, 4 + 2); // hint, context
    struct dce_asked asked = {.call = call, .opnum = get16(&c, little), .open = true};
    if (!c.bad)
        *asked_at(t, call) = asked;
}

struct slice dce_stub(struct unit *u)
{
    struct dce_call v;

    return dce_read(u, &v) ? v.stub : (struct slice){0};
}

// ---------------------------------------------------------------- options

struct iface {
    uint8_t uuid[16];
    struct interval version;
    bool has_version;
};

static bool iface_test(struct match *m, const struct rule_option *o)
{
    const struct iface *x = o->arg;
    struct dce_call v;

    return dce_read(m->unit, &v) && v.known && !memcmp(v.iface, x->uuid, sizeof(x->uuid)) &&
           (!x->has_version || interval_has(&x->version, v.version));
}

// Whether a rule with this header can see calls.
static bool uses_dce(struct parse *p)
{
    if (p->rule->service && p->rule->service != SERVICE_DCE)
        return parse_wrong(p, "DCE/RPC is not looked for inside of other protocols");
    p->load->set->dce = p->uses_service = true;
    parse_looks(p, BUF_dce_stub);
    return true;
}

static bool add(struct parse *p, bool (*test)(struct match *, const struct rule_option *),
                const void *arg)
{
    return uses_dce(p) && parse_add(p, test, arg);
}

static bool read_uuid(struct slice s, uint8_t to[16])
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < s.n; i++) {
        if (s.p[i] == '-')
            continue;
        if (!isxdigit(s.p[i]) || n == 32)
            return false;
        int digit = isdigit(s.p[i]) ? s.p[i] - '0' : (s.p[i] | 32) - 'a' + 10;
        to[n / 2] = (uint8_t)(to[n / 2] << 4 | digit);
        n++;
    }
    return n == 32;
}

// `name VALUE`, as Snort 3 writes it, or VALUE alone.
static struct slice without_name(struct slice s, const char *name)
{
    struct slice value = s;

    return slice_is(slice_cut(&value, ' '), name) ? slice_trim(value) : s;
}

// dce_iface:UUID[,>1][,any_frag]
bool option_dce_iface(struct parse *p, struct slice arg, int which)
{
    struct iface *x = parse_take(p, sizeof(*x));
    struct slice uuid = without_name(slice_cut(&arg, ','), "uuid");

    if (!read_uuid(uuid, x->uuid))
        return parse_wrong(p, "\"%.*s\" is no UUID", SLICE(uuid));
    while (arg.n) {
        struct slice word = without_name(slice_cut(&arg, ','), "version");
        if (slice_is(word, "any_frag"))
            continue;
        x->has_version = true;
        if (!interval_read(p, word, UINT32_MAX, NULL, false, &x->version))
            return false;
    }
    return add(p, iface_test, x);
}

struct opnums {
    struct interval at[OPNUMS_MOST];
    unsigned n;
};

static bool opnum_test(struct match *m, const struct rule_option *o)
{
    const struct opnums *x = o->arg;
    struct dce_call v;
    bool found = false;

    if (!dce_read(m->unit, &v) || !v.numbered)
        return false;
    for (unsigned i = 0; i < x->n; i++)
        found = found || interval_has(&x->at[i], v.opnum);
    return found;
}

// dce_opnum:15, 17-20
bool option_dce_opnum(struct parse *p, struct slice arg, int which)
{
    struct opnums *x = parse_take(p, sizeof(*x));
    uint64_t lo, hi;

    arg = slice_unquote(arg);
    while (arg.n) {
        struct slice to = slice_cut(&arg, ','), from = slice_cut(&to, '-');
        if (x->n == OPNUMS_MOST || !slice_u64(from, 65535, &lo) ||
            !slice_u64(to.n ? slice_trim(to) : from, 65535, &hi) || lo > hi)
            return parse_wrong(p, "it is a list of up to %d numbers and ranges: 1, 15-18",
                               OPNUMS_MOST);
        x->at[x->n++] = (struct interval){.lo = lo, .hi = hi};
    }
    if (!x->n)
        return parse_wrong(p, "%.*s needs a number", SLICE(p->now->name));
    return add(p, opnum_test, x);
}

bool option_dce_stub(struct parse *p, struct slice arg, int which)
{
    return uses_dce(p) && option_buffer(p, arg, BUF_dce_stub);
}
