// SPDX-License-Identifier: Apache-2.0
// DCE/RPC: recognised by its headers, version 5 over TCP and 4 over UDP, C706 chapter 12; calls
// with their answers, and the endpoints that its endpoint mapper announces.
#include "proto/epm.h"

enum type {
    REQUEST = 0,
    RESPONSE = 2,
    FAULT = 3,
    BIND = 11,
    BIND_ACK = 12,
    BIND_NAK = 13,
    ALTER = 14,
    ALTER_ACK = 15,
    LAST_TYPE = 19
};
enum { HEADER = 16, BODY_LEAST = 8, FIRST_FRAGMENT = 1, UUID = 16 };
enum {
    WHOLE = 8192, // a fragment up to here is seen whole, of a longer one its beginning
    BEGINNING = 512,
    CONTEXTS = 24,
    CALLS = 24
};

// version 1 | minor 1 | type 1 | flags 1 | representation 4 | fragment length 2 | auth length 2
// | call 4; lengths in the order that the representation says
static enum guess probe_stream(struct slice s)
{
    const uint8_t *p = s.p;

    if (p[0] != 5)
        return NO;
    if (s.n < HEADER)
        return MAYBE;
    uint8_t type = p[2];
    bool little = p[4] == 0x10;
    uint16_t n = little ? load_le16(p + 8) : load_be16(p + 8);
    uint16_t auth = little ? load_le16(p + 10) : load_be16(p + 10);
    bool types_fit = type == REQUEST || type == RESPONSE || type == FAULT ||
                     (type >= BIND && type <= LAST_TYPE);
    if (p[1] > 1 || !types_fit || p[4] & 0xef || p[5] > 3 || p[6] || p[7])
        return NO;
    bool has_body = type <= FAULT || (type >= BIND && type <= ALTER_ACK && type != BIND_NAK);
    return n >= (has_body ? HEADER + BODY_LEAST : HEADER) && auth <= n - HEADER ? YES : NO;
}

// The connectionless header alone would fit PROFINET as well: its interfaces have another name.
static enum guess probe(const struct head *h)
{
    struct rpc4 rpc;

    if (h->stream)
        return probe_stream(h->bytes);
    if (h->bytes.p[0] != 4)
        return NO;
    memset(&rpc, 0, sizeof(rpc));
    return rpc4_read(&rpc, h->bytes, h->length) && !rpc4_is_pnio(&rpc) ? YES : NO;
}

// ---------------------------------------------------------------- what is remembered

struct context { // version 5: a number that stands for an interface
    struct uuid interface;
    uint16_t id;
    bool used;
};

struct call {
    struct uuid interface;
    nsec ts;
    uint64_t ordinal;
    uint32_t id;
    uint16_t opnum;
    bool used, known; // known: the interface
    uint8_t from;     // a side
};

struct memory {
    struct context context[CONTEXTS];
    struct call call[CALLS];
};
_Static_assert(sizeof(struct memory) <= FEED_BLOCK, "it lies in a block");

struct state {
    struct memory *memory; // NULL: nothing was said yet, or there is no room
    uint32_t skip[2];      // of a fragment
    bool lost[2];          // the next bytes may be inside a fragment
    uint8_t next;          // of the contexts
};

static struct memory *memory_of(struct ctx *x, struct state *s)
{
    if (!s->memory && (s->memory = feed_block(x)))
        memset(s->memory, 0, sizeof(*s->memory));
    return s->memory;
}

// Of contexts that are too many, the oldest is forgotten.
static void add_context(struct ctx *x, struct state *s, uint16_t id,
                        const struct uuid *interface)
{
    struct memory *m = memory_of(x, s);
    struct context *c = NULL;

    if (!m)
        return;
    for (int i = 0; i < CONTEXTS && !c; i++)
        if (m->context[i].used && m->context[i].id == id)
            c = &m->context[i];
    if (!c)
        c = &m->context[s->next++ % CONTEXTS];
    *c = (struct context){.interface = *interface, .id = id, .used = true};
}

static const struct context *find_context(const struct state *s, uint16_t id)
{
    for (int i = 0; s->memory && i < CONTEXTS; i++)
        if (s->memory->context[i].used && s->memory->context[i].id == id)
            return &s->memory->context[i];
    return NULL;
}

static struct call *find_call(const struct state *s, uint32_t id, enum side from)
{
    for (int i = 0; s->memory && i < CALLS; i++) {
        struct call *c = &s->memory->call[i];
        if (c->used && c->id == id && c->from == from)
            return c;
    }
    return NULL;
}

// ---------------------------------------------------------------- telling

static struct ev_dce_rpc *tell(struct ctx *x, const struct call *call, const char *status)
{
    if (!want(x->out, EV_dce_rpc))
        return NULL;
    struct ev_dce_rpc *e = emit_dce_rpc(x->out);
    e->head.ts = call->ts;
    e->opnum = call->opnum;
    e->call_id = call->id;
    e->status = status;
    e->is_orig = call->from == ORIG;
    e->packet = call->ordinal + 1;
    if (!call->known)
        return e;
    struct text *t = feed_text(x);
    text_uuid(t, &call->interface);
    e->interface_uuid = arena_copy(x->out->arena, text_slice(t));
    e->endpoint = dce_interface_name(&call->interface);
    e->operation = dce_operation_name(x->out, &call->interface, call->opnum);
    return e;
}

static void answered(struct ctx *x, struct call *call, const char *status)
{
    struct ev_dce_rpc *e = tell(x, call, status);

    if (e) {
        set(dce_rpc, e, rtt, x->out->ts - call->ts);
        set(dce_rpc, e, answer_packet, x->out->ordinal + 1);
    }
    call->used = false;
}

// The oldest makes room.
static struct call *place_for_call(struct ctx *x, struct state *s)
{
    struct memory *m = memory_of(x, s);
    struct call *best = NULL;

    for (int i = 0; m && i < CALLS; i++) {
        struct call *c = &m->call[i];
        if (!c->used)
            return c;
        if (!best || c->ordinal < best->ordinal)
            best = c;
    }
    if (best)
        (void)tell(x, best, "untracked");
    return best;
}

static void called(struct ctx *x, struct state *s, const struct call *made)
{
    struct call *call = find_call(s, made->id, (enum side)made->from);

    if (call && call->opnum == made->opnum)
        return; // sent again, or another fragment
    if (call)
        (void)tell(x, call, "unanswered");
    else
        call = place_for_call(x, s);
    if (!call)
        return;
    *call = *made;
    call->ts = x->out->ts;
    call->ordinal = x->out->ordinal;
    call->used = true;
}

static struct addr sender(const struct ctx *x, enum side side)
{
    return side == ORIG ? x->talk->who.src : x->talk->who.dst;
}

// ---------------------------------------------------------------- version 5

static void read_bind(struct ctx *x, struct state *s, struct cur c, bool little)
{
    cur_skip(&c, 8); // sizes, and the association's number
    uint8_t n = cur_u8(&c);

    cur_skip(&c, 3);
    for (int i = 0; i < n && i < CONTEXTS; i++) {
        uint16_t id = epm_u16(&c, little);
        uint8_t syntaxes = cur_u8(&c);
        cur_skip(&c, 1);
        struct uuid interface = epm_uuid(&c, little);
        cur_skip(&c, 4 + (uint32_t)syntaxes * (UUID + 4));
        if (c.bad)
            return;
        add_context(x, s, id, &interface);
        if (!x->talk->sub)
            x->talk->sub = dce_interface_name(&interface);
    }
}

static void read_request(struct ctx *x, struct state *s, struct cur c, const uint8_t *header,
                         uint32_t id, enum side side)
{
    bool little = header[4] == 0x10;

    cur_skip(&c, 4);
    const struct context *context = find_context(s, epm_u16(&c, little));
    struct call made = {.opnum = epm_u16(&c, little), .id = id, .from = (uint8_t)side};
    if (c.bad)
        return;
    if (context) {
        made.known = true;
        made.interface = context->interface;
    }
    called(x, s, &made);
}

static void read_answer(struct ctx *x, struct state *s, struct cur c, const uint8_t *header,
                        uint32_t id, enum side side)
{
    struct call *call = find_call(s, id, side == ORIG ? RESP : ORIG);

    if (!call)
        return;
    if (header[2] == RESPONSE && call->known && dce_is_mapper(&call->interface)) {
        struct addr host = sender(x, side);
        cur_skip(&c, 8);
        epm_told(x, cur_rest(&c), header[4] == 0x10, call->opnum, &host);
    }
    answered(x, call, header[2] == RESPONSE ? "success" : "fault");
}

// Only the first fragment of a message has what is told; its body begins behind the header.
static void read_fragment(struct ctx *x, struct state *s, struct cur c, const uint8_t *header,
                          enum side side)
{
    bool little = header[4] == 0x10;
    uint32_t id = little ? load_le32(header + 12) : load_be32(header + 12);

    if (!(header[3] & FIRST_FRAGMENT))
        return;
    switch (header[2]) {
    case BIND:
    case ALTER: read_bind(x, s, c, little); break;
    case REQUEST: read_request(x, s, c, header, id, side); break;
    case RESPONSE:
    case FAULT: read_answer(x, s, c, header, id, side); break;
    default: break;
    }
}

static struct progress stream(struct ctx *x, struct state *s, struct slice in, enum side side)
{
    struct cur c = cur_of(in);

    if (s->skip[side]) {
        uint32_t n = min_u32(s->skip[side], in.n);
        s->skip[side] -= n;
        return (struct progress){.used = n};
    }
    enum guess guess = probe_stream(in);
    if (guess != YES && s->lost[side])
        return (struct progress){.used = in.n};
    if (guess == MAYBE)
        return (struct progress){.want = HEADER};
    if (guess == NO)
        return (struct progress){0};
    struct slice header = cur_take(&c, HEADER);
    uint32_t n = header.p[4] == 0x10 ? load_le16(header.p + 8) : load_be16(header.p + 8);
    uint32_t seen = n <= WHOLE ? n : BEGINNING;
    struct cur body = cur_sub(&c, seen - HEADER);
    if (c.bad)
        return (struct progress){.want = seen};
    s->lost[side] = false;
    s->skip[side] = n - seen;
    read_fragment(x, s, body, header.p, side);
    return (struct progress){.used = seen};
}

// ---------------------------------------------------------------- version 4

static void datagram(struct ctx *x, struct state *s, struct slice in, enum side side)
{
    struct rpc4 rpc = {0};

    if (!rpc4_read(&rpc, in, x->packet->payload_len) || rpc.fragment)
        return;
    struct call made = {.interface = rpc.interface_uuid,
                        .known = true,
                        .opnum = rpc.opnum,
                        .id = rpc.sequence,
                        .from = (uint8_t)side};
    if (!x->talk->sub)
        x->talk->sub = dce_interface_name(&rpc.interface_uuid);
    if (rpc.type == RPC4_REQUEST) {
        called(x, s, &made);
        return;
    }
    struct call *call = find_call(s, rpc.sequence, side == ORIG ? RESP : ORIG);
    if (!call)
        return;
    if (rpc.type == RPC4_RESPONSE && rpc.interface == RPC4_EPM) {
        struct addr host = sender(x, side);
        epm_told(x, rpc.body, rpc.little, call->opnum, &host);
    }
    if (rpc.type == RPC4_RESPONSE || rpc.type == RPC4_FAULT || rpc.type == RPC4_REJECT)
        answered(x, call, rpc.type == RPC4_RESPONSE ? "success" : rpc4_type_name[rpc.type]);
}

static struct progress data(struct ctx *x, void *state, struct slice in, enum side side)
{
    if (x->talk->who.ip_proto == PROTO_TCP)
        return stream(x, state, in, side);
    datagram(x, state, in, side);
    return (struct progress){.used = in.n};
}

static void gap(struct ctx *x, void *state, uint64_t lost, enum side side)
{
    struct state *s = state;

    if (lost <= s->skip[side]) {
        s->skip[side] -= (uint32_t)lost;
        return;
    }
    s->skip[side] = 0;
    s->lost[side] = true;
}

static void end(struct ctx *x, void *state)
{
    struct state *s = state;

    for (int i = 0; s->memory && i < CALLS; i++)
        if (s->memory->call[i].used)
            (void)tell(x, &s->memory->call[i], "unanswered");
    if (s->memory)
        feed_block_back(x, s->memory);
}

const struct analyser proto_dce_rpc = {
    .name = "dce_rpc",
    .title = "DCE/RPC",
    .spec = "C706",
    .why = "it has a DCE/RPC header whose type, representation and lengths agree",
    .over = OVER_TCP | OVER_UDP,
    .hint = {135},
    .state_size = sizeof(struct state),
    .most = WHOLE,
    .probe = probe,
    .data = data,
    .gap = gap,
    .end = end,
};
