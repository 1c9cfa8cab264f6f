// SPDX-License-Identifier: Apache-2.0
// What clients tell old servers: ftpbounce, cvs, rpc.
#include <ctype.h>
#include <string.h>

#include "base/cur.h"
#include "rule/command.h"
#include "rule/match.h"
#include "rule/number.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

// ---------------------------------------------------------------- ftpbounce

// Four numbers with commas between, as PORT has them (RFC 959 section 4.1.2). False: no
// address.
static bool port_address(struct slice s, uint8_t ip[4])
{
    uint32_t i = 0;

    while (i < s.n && isspace(s.p[i]))
        i++;
    for (unsigned k = 0; k < 4; k++) {
        uint32_t v = 0, from = i;
        while (i < s.n && isdigit(s.p[i]) && v <= 255)
            v = v * 10 + s.p[i++] - '0';
        if (i == from || v > 255 || i == s.n || s.p[i++] != ',')
            return 0;
        ip[k] = (uint8_t)v;
    }
    return i;
}

uint32_t command_bounces(const struct unit *u, struct slice s)
{
    uint8_t ip[4];
    uint32_t end = u->packet->net == NET_IP4 ? port_address(s, ip) : 0;

    if (!end)
        return 0;
    struct addr told = addr_of(ADDR_IP4, ip);
    return addr_equal(&told, &u->packet->src) ? 0 : end;
}

// The address at the cursor is not the client's own.
static bool bounce_test(struct match *m, const struct rule_option *o)
{
    struct slice b = match_buffer(m, o->buffer);
    uint32_t at = min_u32(m->cursor[o->buffer], b.n);
    uint32_t end = b.p ? command_bounces(m->unit, slice_of(b.p + at, b.n - at)) : 0;

    match_saw(m, o->buffer, (uint64_t)at + end);
    return end;
}

bool option_ftpbounce(struct parse *p, struct slice arg, int which)
{
    struct rule_option *o = parse_add(p, bounce_test, NULL);

    if (!o)
        return false;
    parse_at(p, o, true);
    return parse_nothing(p, arg);
}

// ---------------------------------------------------------------- cvs

// A line "Entry /name/version/conflict/options/tag" of CVS needs all five slashes.
static bool cvs_test(struct match *m, const struct rule_option *o)
{
    enum { WORD = 6, SLASHES = 5 };
    struct slice rest = match_buffer(m, o->buffer);

    uint32_t all = rest.n;

    while (rest.n) {
        const uint8_t *end = memchr(rest.p, '\n', rest.n);
        struct slice line = slice_of(rest.p, end ? (size_t)(end - rest.p) : rest.n);
        unsigned slashes = 0;
        if (line.n >= WORD && !memcmp(line.p, "Entry ", WORD)) {
            for (uint32_t i = WORD; i < line.n; i++)
                slashes += line.p[i] == '/';
            if (slashes < SLASHES && end) {
                match_saw(m, o->buffer, all - rest.n + line.n);
                return true;
            }
        }
        uint32_t used = line.n + (end ? 1 : 0);
        rest = slice_of(rest.p + used, rest.n - used);
    }
    return false;
}

bool option_cvs(struct parse *p, struct slice arg, int which)
{
    if (!slice_is(arg, "invalid-entry"))
        return parse_wrong(p, "cvs takes invalid-entry, not \"%.*s\"", SLICE(arg));
    parse_looks(p, p->buffer);
    return parse_add(p, cvs_test, NULL);
}

// ---------------------------------------------------------------- rpc

struct rpc_option {
    uint32_t program, version, procedure;
    bool any_version, any_procedure;
};

// The head of a call (RFC 5531 section 9); over TCP its record mark stands in front.
static bool rpc_test(struct match *m, const struct rule_option *o)
{
    const struct rpc_option *x = o->arg;
    struct cur c = cur_of(unit_buffer(m->unit, BUF_pkt_data));

    if (m->unit->class == CLASS_TCP)
        cur_skip(&c, 4);
    cur_skip(&c, 4); // transaction
    uint32_t type = cur_be32(&c), rpc_version = cur_be32(&c), program = cur_be32(&c),
             version = cur_be32(&c), procedure = cur_be32(&c);
    if (c.bad || type != 0 || rpc_version != 2)
        return false;
    match_saw(m, BUF_pkt_data, m->unit->buffer[BUF_pkt_data].n);
    return program == x->program && (x->any_version || version == x->version) &&
           (x->any_procedure || procedure == x->procedure);
}

static bool rpc_number(struct parse *p, struct slice s, uint32_t *to, bool *any)
{
    uint64_t v = 0;

    s = slice_trim(s);
    *any = slice_is(s, "*") || !s.n;
    if (!*any && !slice_u64(s, UINT32_MAX, &v))
        return parse_wrong(p, "\"%.*s\" is neither a number nor *", SLICE(s));
    *to = (uint32_t)v;
    return true;
}

// rpc:100000,*,3: program, version, procedure
bool option_rpc(struct parse *p, struct slice arg, int which)
{
    struct rpc_option *x = parse_take(p, sizeof(*x));
    struct slice program = slice_cut(&arg, ','), version = slice_cut(&arg, ',');
    bool any;

    if (!rpc_number(p, program, &x->program, &any) ||
        !rpc_number(p, version, &x->version, &x->any_version) ||
        !rpc_number(p, arg, &x->procedure, &x->any_procedure))
        return false;
    if (any)
        return parse_wrong(p, "rpc needs the number of a program: rpc:100000,*,3");
    parse_looks(p, BUF_pkt_data);
    return parse_add(p, rpc_test, x);
}
