// SPDX-License-Identifier: Apache-2.0
// ONC RPC: calls and their answers, over datagrams and over streams with record marking. RFC
// 5531.
#include "proto/onc_rpc/onc_rpc.h"

enum {
    WHOLE = 8192, // a fragment up to here is seen whole; of a longer one the header's room
    HEADER_ROOM = 1024,
    PAGES = 8, // of open calls
    TLS_HANDSHAKE = 22
};

struct page {
    struct rpc_call call[FEED_BLOCK / sizeof(struct rpc_call)];
};
enum { PAGE_CALLS = COUNT_OF(((struct page *)0)->call) };
_Static_assert(sizeof(struct page) <= FEED_BLOCK, "a page is a block");

// One side of a stream: its place in a record.
struct half {
    uint32_t skip;   // bytes of the fragment that are not looked at
    uint32_t length; // of the record so far
    uint8_t *joined; // the beginning of a record of several fragments; a block
    uint16_t joined_n, fragments;
    bool lost; // the next bytes may be inside a record
};

struct state {
    struct page *page[PAGES];
    struct half side[2];
    bool named;
};

// ---------------------------------------------------------------- telling

static void put_caller(struct ctx *x, struct ev_rpc *e, const struct rpc_call *call)
{
    e->auth = rpc_flavor_name(call->flavor);
    if (!call->has_caller)
        return;
    e->machine = arena_copy(x->out->arena, slice_of(call->machine, call->machine_n));
    set(rpc, e, auth_uid, call->uid);
    set(rpc, e, auth_gid, call->gid);
}

static void put_asked(struct ev_rpc *e, const struct rpc_call *call)
{
    if (call->asked == ASKED_NOTHING || call->asked == ASKED_LIST)
        return;
    e->asked_name = rpc_program_name(call->asked_program);
    e->asked_risk = (uint8_t)rpc_program_risk(call->asked_program);
    set(rpc, e, asked_program, call->asked_program);
    set(rpc, e, asked_version, call->asked_version);
    e->asked_proto = rpc_proto_name[call->asked_proto];
    if (call->asked == ASKED_CALL)
        set(rpc, e, asked_procedure, call->asked_value);
    else if (call->asked != ASKED_PORT)
        set(rpc, e, port, call->asked_value);
}

static void put_answer(struct ctx *x, struct ev_rpc *e, const struct rpc_call *call,
                       const struct rpc_message *m)
{
    set(rpc, e, latency_ms, (double)(x->out->ts - call->ts) / MSEC);
    set(rpc, e, answer_packet, x->out->ordinal + 1);
    if (m->status == RPC_SUCCESS)
        set(rpc, e, result_bytes, m->body_n);
    if (m->status == RPC_NO_VERSION || m->status == RPC_WRONG_RPC) {
        set(rpc, e, low, m->low);
        set(rpc, e, high, m->high);
    }
    if (m->status == RPC_AUTH_ERROR)
        e->auth_error = rpc_auth_error_name[m->low];
}

// `m`: the answer, NULL: there is none.
static struct ev_rpc *tell(struct ctx *x, const struct rpc_call *call,
                           const struct rpc_message *m, enum rpc_status status)
{
    const char *name = rpc_program_name(call->program);

    if (!want(x->out, EV_rpc))
        return NULL;
    struct ev_rpc *e = emit_rpc(x->out);
    e->head.ts = call->ts;
    e->program = call->program;
    e->program_name = name ? name : "unknown";
    e->risk = (uint8_t)rpc_program_risk(call->program);
    e->version = call->version;
    e->procedure = call->procedure;
    e->procedure_name =
        rpc_procedure_name(x->out, call->program, call->version, call->procedure);
    e->status = rpc_status_name[status];
    e->xid = call->xid;
    e->is_orig = call->from == ORIG;
    e->args_bytes = call->args_n;
    e->packet = call->ordinal + 1;
    e->asked = call->asked;
    put_caller(x, e, call);
    put_asked(e, call);
    if (e->risk || e->asked_risk)
        set(rpc, e, dangerous, true);
    if (call->retries)
        set(rpc, e, retries, call->retries);
    if (m)
        put_answer(x, e, call, m);
    return e;
}

// ---------------------------------------------------------------- open calls

static struct rpc_call *call_at(const struct state *s, uint32_t i)
{
    struct page *p = s->page[i / PAGE_CALLS];

    return p && p->call[i % PAGE_CALLS].used ? &p->call[i % PAGE_CALLS] : NULL;
}

static struct rpc_call *find(const struct state *s, uint32_t xid, enum side from)
{
    for (uint32_t i = 0; i < PAGES * PAGE_CALLS; i++) {
        struct rpc_call *c = call_at(s, i);
        if (c && c->xid == xid && c->from == from)
            return c;
    }
    return NULL;
}

static struct rpc_call *oldest(const struct state *s)
{
    struct rpc_call *best = NULL;

    for (uint32_t i = 0; i < PAGES * PAGE_CALLS; i++) {
        struct rpc_call *c = call_at(s, i);
        if (c && (!best || c->ordinal < best->ordinal))
            best = c;
    }
    return best;
}

static struct page *new_page(struct ctx *x)
{
    struct page *p = feed_block(x);

    for (uint32_t i = 0; p && i < PAGE_CALLS; i++)
        p->call[i].used = 0;
    return p;
}

// When all places are taken, or there is no memory for more, the oldest makes room; NULL: there
// is none.
static struct rpc_call *place_for_call(struct ctx *x, struct state *s)
{
    for (uint32_t p = 0; p < PAGES; p++) {
        if (!s->page[p] && !(s->page[p] = new_page(x)))
            break;
        for (uint32_t i = 0; i < PAGE_CALLS; i++)
            if (!s->page[p]->call[i].used)
                return &s->page[p]->call[i];
    }
    struct rpc_call *c = oldest(s);
    if (c)
        (void)tell(x, c, NULL, RPC_UNTRACKED);
    return c;
}

// ---------------------------------------------------------------- messages

static void note_caller(struct rpc_call *call, const struct rpc_message *m)
{
    struct rpc_caller who;

    call->flavor = m->flavor;
    if (m->flavor != RPC_FLAVOR_SYS || !rpc_read_caller(&who, m->credential))
        return;
    call->has_caller = true;
    call->uid = who.uid;
    call->gid = who.gid;
    call->machine_n = (uint8_t)min_u32(who.machine.n, MACHINE_MOST);
    if (call->machine_n)
        memcpy(call->machine, who.machine.p, call->machine_n);
}

// The first call names what the conversation is for.
static void name_program(struct ctx *x, struct state *s, const struct rpc_message *m)
{
    if (s->named)
        return;
    s->named = true;
    x->talk->sub = rpc_program_name(m->program);
}

static void called(struct ctx *x, struct state *s, struct rpc_message *m, enum side side)
{
    struct rpc_call *call = find(s, m->xid, side);

    name_program(x, s, m);
    if (call && call->program == m->program && call->procedure == m->procedure) {
        if (call->retries < UINT8_MAX)
            call->retries++;
        return;
    }
    if (call) // the number was taken for another call
        (void)tell(x, call, NULL, RPC_UNANSWERED);
    else
        call = place_for_call(x, s);
    if (!call)
        return;
    *call = (struct rpc_call){.ts = x->out->ts,
                              .ordinal = x->out->ordinal,
                              .xid = m->xid,
                              .program = m->program,
                              .version = m->version,
                              .procedure = m->procedure,
                              .args_n = m->body_n,
                              .used = 1,
                              .from = (uint8_t)side};
    note_caller(call, m);
    if (m->program == RPC_MAPPER)
        mapper_ask(x, call, m);
}

static void answered(struct ctx *x, struct state *s, struct rpc_message *m, enum side side)
{
    struct rpc_call *call = find(s, m->xid, side == ORIG ? RESP : ORIG);

    if (!call) // the capture began in between, or it was answered before
        return;
    struct ev_rpc *e = tell(x, call, m, m->status);
    if (m->status == RPC_SUCCESS && call->asked)
        mapper_told(x, call, m, e);
    call->used = 0;
}

// A call of version 2, or an answer: anything else is no damaged message, but none. Scanners
// send probes of many protocols from one port to another, and but one of them is RPC.
static bool is_meant(struct slice bytes)
{
    struct cur c = cur_of(bytes);

    cur_skip(&c, 4);
    uint32_t type = cur_be32(&c), version = cur_be32(&c);
    return !c.bad && (type == 1 || (type == 0 && version == 2));
}

// `length`: on the wire; `bytes` may be only its beginning.
static void message(struct ctx *x, struct state *s, struct slice bytes, uint32_t length,
                    enum side side)
{
    struct rpc_message m;

    if (rpc_read(&m, bytes, length) != YES) {
        if (bytes.n == length && is_meant(bytes))
            odd(x->out, ODD_onc_rpc_malformed);
    } else if (m.is_answer) {
        answered(x, s, &m, side);
    } else {
        called(x, s, &m, side);
    }
}

// ---------------------------------------------------------------- records of a stream

static void end_record(struct ctx *x, struct half *h)
{
    if (h->joined)
        feed_block_back(x, h->joined);
    h->joined = NULL;
    h->joined_n = h->fragments = 0;
    h->length = 0;
}

// A fragment of n bytes, of which `seen` are there.
static void fragment(struct ctx *x, struct state *s, struct slice seen, uint32_t n, bool last,
                     enum side side)
{
    struct half *h = &s->side[side];

    if (last && !h->fragments) {
        message(x, s, seen, n, side);
        return;
    }
    h->fragments++;
    h->length += n;
    if (!h->joined)
        h->joined = feed_block(x);
    uint32_t more = h->joined ? min_u32(seen.n, FEED_BLOCK - h->joined_n) : 0;
    if (more) {
        memcpy(h->joined + h->joined_n, seen.p, more);
        h->joined_n = (uint16_t)(h->joined_n + more);
    }
    if (!last)
        return;
    if (h->joined)
        message(x, s, slice_of(h->joined, h->joined_n), h->length, side);
    end_record(x, h);
}

static struct progress stream(struct ctx *x, struct state *s, struct slice in, enum side side)
{
    struct half *h = &s->side[side];
    struct cur c = cur_of(in);

    if (h->skip) {
        uint32_t n = min_u32(h->skip, in.n);
        h->skip -= n;
        return (struct progress){.used = n};
    }
    if (h->lost && rpc_probe(&(struct head){.bytes = slice_of(in.p, min_u32(in.n, HEAD_MOST)),
                                            .stream = true}) != YES)
        return (struct progress){.used = in.n};
    uint32_t mark = cur_be32(&c), n = rpc_fragment_length(mark);
    if (c.bad)
        return (struct progress){.want = RPC_MARK};
    if (!rpc_mark_fits(mark) || h->fragments == RPC_FRAGMENTS_MOST) {
        if (in.p[0] != TLS_HANDSHAKE) // which may follow a call that asks for it, RFC 9289
            odd_with(x->out, ODD_rpc_bad_record, "%u bytes", n);
        return (struct progress){0};
    }
    uint32_t want = n <= WHOLE ? n : HEADER_ROOM;
    struct slice seen = cur_take(&c, want);
    if (c.bad)
        return (struct progress){.want = RPC_MARK + want};
    h->lost = false;
    h->skip = n - want;
    fragment(x, s, seen, n, mark & RPC_LAST, side);
    return (struct progress){.used = RPC_MARK + want};
}

static struct progress data(struct ctx *x, void *state, struct slice in, enum side side)
{
    if (x->talk->who.ip_proto == PROTO_TCP)
        return stream(x, state, in, side);
    message(x, state, in, x->packet->payload_len, side);
    return (struct progress){.used = in.n};
}

static void gap(struct ctx *x, void *state, uint64_t lost, enum side side)
{
    struct half *h = &((struct state *)state)->side[side];

    if (lost <= h->skip) {
        h->skip -= (uint32_t)lost;
        return;
    }
    h->skip = 0;
    h->lost = true;
    end_record(x, h);
}

static void end(struct ctx *x, void *state)
{
    struct state *s = state;

    for (struct rpc_call *c; (c = oldest(s)); c->used = 0)
        (void)tell(x, c, NULL, RPC_UNANSWERED);
    for (int i = 0; i < PAGES; i++)
        if (s->page[i])
            feed_block_back(x, s->page[i]);
    end_record(x, &s->side[ORIG]);
    end_record(x, &s->side[RESP]);
}

const struct analyser proto_onc_rpc = {
    .name = "onc_rpc",
    .title = "ONC RPC",
    .spec = "RFC 5531",
    .why = "it has the header of an ONC RPC version 2 message, whose lengths fit",
    .over = OVER_TCP | OVER_UDP,
    .hint = {111, 2049},
    .patient = false,
    .state_size = sizeof(struct state),
    .most = RPC_MARK + WHOLE,
    .probe = rpc_probe,
    .glance = rpc_glance,
    .data = data,
    .gap = gap,
    .end = end,
};
