// SPDX-License-Identifier: Apache-2.0
// The headers of ONC RPC messages, read strictly: RFC 5531, sections 8, 9 and 11.
#include "proto/onc_rpc/onc_rpc.h"

#include "base/text.h"

enum {
    RPC_VERSION = 2,
    PROGRAM_LEAST = 100000,
    PROGRAM_MOST = 0x5fffffff,
    VERSION_MOST = 64,
    AUTH_MOST = 400,
    FLAVOR_MOST = 8,
    PSEUDO_FLAVOR = 390000, // RPCSEC_GSS with a mechanism and a service
    PSEUDO_FLAVORS = 256,
    MACHINE_NAME_MOST = 255,
    GROUPS_MOST = 16
};

static uint32_t padded(uint32_t n)
{
    return (n + 3) & ~3u;
}

struct slice rpc_take_opaque(struct cur *c)
{
    uint32_t n = cur_be32(c);

    if (n > cur_left(c)) {
        c->bad = true;
        return (struct slice){0};
    }
    struct slice s = cur_take(c, n);
    cur_skip(c, padded(n) - n);
    return s;
}

// What is being read: a header in `s`, of a message of `length` bytes.
struct reading {
    struct cur c;
    struct slice s;
    uint32_t length;
};

static uint32_t place(const struct reading *r)
{
    return r->s.n - cur_left(&r->c);
}

// A number below 256 comes next, as far as its bytes are there: to wait for the rest of another
// would hold up what the model says.
static bool is_small(struct cur c)
{
    for (uint32_t n = min_u32(3, cur_left(&c)); n; n--)
        if (cur_u8(&c))
            return false;
    return true;
}

// Flavor, length, body.
static enum guess read_auth(struct reading *r, uint32_t *flavor, struct slice *body)
{
    *flavor = cur_be32(&r->c);
    uint32_t n = cur_be32(&r->c);

    if (r->c.bad)
        return MAYBE;
    if (*flavor > FLAVOR_MOST && *flavor - PSEUDO_FLAVOR >= PSEUDO_FLAVORS)
        return NO;
    if (n > AUTH_MOST || padded(n) > r->length - place(r))
        return NO;
    *body = cur_take(&r->c, n);
    cur_skip(&r->c, padded(n) - n);
    return r->c.bad ? MAYBE : YES;
}

static enum guess read_call(struct rpc_message *m, struct reading *r)
{
    struct slice verifier;
    uint32_t flavor;

    if (!is_small(r->c))
        return NO;
    uint32_t rpc = cur_be32(&r->c);
    if (r->c.bad)
        return MAYBE;
    m->program = cur_be32(&r->c);
    if (rpc != RPC_VERSION)
        return NO;
    if (r->c.bad)
        return MAYBE;
    if (m->program < PROGRAM_LEAST || m->program > PROGRAM_MOST)
        return NO;
    m->version = cur_be32(&r->c);
    if (r->c.bad)
        return MAYBE;
    if (m->version > VERSION_MOST && !rpc_program_name(m->program))
        return NO;
    m->procedure = cur_be32(&r->c);
    enum guess credential = read_auth(r, &m->flavor, &m->credential);
    return credential == YES ? read_auth(r, &flavor, &verifier) : credential;
}

// Nothing may follow but what was read.
static enum guess exactly(const struct reading *r)
{
    if (r->c.bad)
        return MAYBE;
    return r->length == RPC_LENGTH_OPEN ? MAYBE : place(r) == r->length ? YES : NO;
}

static enum guess read_versions(struct rpc_message *m, struct reading *r)
{
    m->low = cur_be32(&r->c);
    m->high = cur_be32(&r->c);
    return m->low > m->high && !r->c.bad ? NO : exactly(r);
}

static enum guess read_accepted(struct rpc_message *m, struct reading *r)
{
    struct slice verifier;
    uint32_t flavor;
    enum guess guess = read_auth(r, &flavor, &verifier);

    if (guess != YES)
        return guess;
    uint32_t status = cur_be32(&r->c);
    if (r->c.bad)
        return MAYBE;
    if (status > RPC_SYSTEM_ERROR)
        return NO;
    m->status = (uint8_t)status;
    if (status == RPC_SUCCESS)
        return YES;
    return status == RPC_NO_VERSION ? read_versions(m, r) : exactly(r);
}

static enum guess read_denied(struct rpc_message *m, struct reading *r)
{
    uint32_t why = cur_be32(&r->c);

    if (r->c.bad)
        return MAYBE;
    m->status = why ? RPC_AUTH_ERROR : RPC_WRONG_RPC;
    if (!why)
        return read_versions(m, r);
    m->low = cur_be32(&r->c);
    return why > 1 || (!r->c.bad && m->low >= RPC_AUTH_ERRORS) ? NO : exactly(r);
}

static enum guess read_answer(struct rpc_message *m, struct reading *r)
{
    m->is_answer = true;
    if (!is_small(r->c))
        return NO;
    uint32_t denied = cur_be32(&r->c);
    if (r->c.bad)
        return MAYBE;
    return denied > 1 ? NO : denied ? read_denied(m, r) : read_accepted(m, r);
}

enum guess rpc_read(struct rpc_message *m, struct slice s, uint32_t length)
{
    struct reading r = {.c = cur_of(s), .s = s, .length = length};

    *m = (struct rpc_message){.xid = cur_be32(&r.c)};
    if (!is_small(r.c))
        return NO;
    uint32_t type = cur_be32(&r.c);
    if (r.c.bad)
        return MAYBE;
    if (type > 1)
        return NO;
    enum guess guess = type ? read_answer(m, &r) : read_call(m, &r);
    m->body = r.c;
    m->body_n = guess == YES && length > place(&r) ? length - place(&r) : 0;
    return guess;
}

bool rpc_read_caller(struct rpc_caller *who, struct slice credential)
{
    struct cur c = cur_of(credential);

    cur_skip(&c, 4); // a stamp
    who->machine = rpc_take_opaque(&c);
    who->uid = cur_be32(&c);
    who->gid = cur_be32(&c);
    uint32_t groups = cur_be32(&c);
    return !c.bad && who->machine.n <= MACHINE_NAME_MOST && groups <= GROUPS_MOST &&
           cur_left(&c) == groups * 4;
}

// ---------------------------------------------------------------- at a glance

static void put_program(struct text *t, uint32_t program)
{
    const char *name = rpc_program_name(program);

    if (name)
        text_str(t, name);
    else
        text_printf(t, "program %u", program);
}

// Ports are what port mappers are asked for (RFC 1833): program, version, protocol, port.
static void put_mapping(struct text *t, const struct rpc_message *m)
{
    enum { SET = 1, GETPORT = 3, CALLIT = 5 };
    struct cur c = m->body;

    if (m->program != RPC_MAPPER || m->procedure < SET || m->procedure > CALLIT ||
        m->procedure == GETPORT + 1)
        return;
    uint32_t program = cur_be32(&c), version = cur_be32(&c);
    if (c.bad)
        return;
    text_str(t, " for ");
    put_program(t, program);
    text_printf(t, " version %u", version);
}

void rpc_glance(struct text *t, const struct packet *p)
{
    struct slice s = p->payload;
    struct rpc_message m;

    if (p->ip_proto == PROTO_TCP)
        s = slice_of(s.p + min_u32(s.n, RPC_MARK), s.n - min_u32(s.n, RPC_MARK));
    if (rpc_read(&m, s, p->ip_proto == PROTO_TCP ? RPC_LENGTH_OPEN : p->payload_len) == NO)
        return;
    if (m.is_answer) {
        text_printf(t, ": answer %u, %s", m.xid, rpc_status_name[m.status]);
        return;
    }
    const char *procedure = rpc_procedure_word(m.program, m.version, m.procedure);
    text_printf(t, ": call %u, ", m.xid);
    put_program(t, m.program);
    text_printf(t, " version %u, ", m.version);
    if (procedure)
        text_str(t, procedure);
    else
        text_printf(t, "procedure %u", m.procedure);
    put_mapping(t, &m);
    if (rpc_program_risk(m.program) == RISKY)
        text_str(t, ", a dangerous program");
}

// ---------------------------------------------------------------- recognising

// The first record's bytes without their marks; length: of the whole record, when it is known.
struct joined {
    uint8_t b[HEAD_MOST];
    uint32_t n, length;
};

static enum guess join(struct joined *j, struct slice s)
{
    struct cur c = cur_of(s);
    uint32_t sum = 0;

    j->n = 0;
    j->length = RPC_LENGTH_OPEN;
    for (int fragments = 0; j->length == RPC_LENGTH_OPEN; fragments++) {
        uint32_t mark = cur_be32(&c), n = rpc_fragment_length(mark);
        if (c.bad)
            return MAYBE;
        if (!rpc_mark_fits(mark) || fragments == RPC_FRAGMENTS_MOST)
            return NO;
        struct slice part = cur_take(&c, min_u32(n, cur_left(&c)));
        if (part.n)
            memcpy(j->b + j->n, part.p, part.n);
        j->n += part.n;
        sum += n;
        if (mark & RPC_LAST)
            j->length = sum;
        else if (part.n < n)
            return MAYBE;
    }
    return YES;
}

// An answer alone has too little of its own: as a datagram it confirms, and claims nothing.
enum guess rpc_probe(const struct head *h)
{
    struct rpc_message m;
    struct joined j;

    if (!h->stream) {
        enum guess guess = rpc_read(&m, h->bytes, h->length);
        return guess != YES ? NO : m.is_answer ? MAYBE : YES;
    }
    enum guess joins = join(&j, h->bytes);
    enum guess guess = rpc_read(&m, slice_of(j.b, j.n), j.length);
    return guess == MAYBE && (joins == NO || j.n == j.length) ? NO : guess;
}
