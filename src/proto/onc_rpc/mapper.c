// SPDX-License-Identifier: Apache-2.0
// The port mapper of ONC RPC: what it is asked, and the endpoints that it tells of. RFC 1833.
#include "proto/onc_rpc/onc_rpc.h"

#include "proto/lines.h"

#include <arpa/inet.h>

enum {
    V2_SET = 1,
    V2_UNSET,
    GETPORT, // GETADDR from version 3 on
    DUMP,
    CALLIT, // BCAST in version 4
    GETVERSADDR = 9,
    INDIRECT = 10
};
enum { LIST_MOST = 256, ADDRESS_MOST = 64 };
#define STAYS      (600 * SECOND) // an endpoint that was told of
#define CALL_COMES (10 * SECOND)  // the answer to CALLIT, from whatever port

// A program at an endpoint, as an answer or a question has it.
struct mapping {
    uint32_t program, version, port;
    struct addr host; // kind ADDR_NONE: the port mapper's
    uint8_t proto;    // enum rpc_proto
};

static enum rpc_asked meaning(const struct rpc_call *call)
{
    switch (call->procedure) {
    case V2_SET: return ASKED_SET;
    case V2_UNSET: return ASKED_UNSET;
    case GETPORT: return ASKED_PORT;
    case DUMP: return ASKED_LIST;
    case CALLIT: return ASKED_CALL;
    case GETVERSADDR: return call->version == 4 ? ASKED_PORT : ASKED_NOTHING;
    case INDIRECT: return call->version == 4 ? ASKED_CALL : ASKED_NOTHING;
    default: return ASKED_NOTHING;
    }
}

// ---------------------------------------------------------------- endpoints on the wire

static uint8_t proto_of_number(uint32_t ip_proto)
{
    return ip_proto == PROTO_UDP ? RPC_UDP : ip_proto == PROTO_TCP ? RPC_TCP : RPC_OTHER;
}

static uint8_t proto_of_netid(struct slice s)
{
    if (s.n >= 6 && !memcmp(s.p, "ticots", 6))
        return RPC_LOCAL;
    for (int i = RPC_UDP; i <= RPC_LOCAL; i++)
        if (s.n == strlen(rpc_proto_name[i]) && !memcmp(s.p, rpc_proto_name[i], s.n))
            return (uint8_t)i;
    return s.n == 7 && !memcmp(s.p, "ticlts", 7) ? RPC_LOCAL : RPC_OTHER;
}

static uint8_t ip_proto_of(uint8_t proto)
{
    return proto == RPC_UDP || proto == RPC_UDP6   ? PROTO_UDP
           : proto == RPC_TCP || proto == RPC_TCP6 ? PROTO_TCP
                                                   : 0;
}

// The number behind the last dot, which is cut off; false: there is none up to 255.
static bool last_number(char *s, uint32_t *number)
{
    char *dot = strrchr(s, '.');

    if (!dot || !dot[1] || strlen(dot) > 4)
        return false;
    *number = 0;
    for (const char *p = dot + 1; *p; p++) {
        if (*p < '0' || *p > '9')
            return false;
        *number = *number * 10 + (uint32_t)(*p - '0');
    }
    *dot = 0;
    return *number <= UINT8_MAX;
}

// A universal address: the host's, then the port's two bytes: 10.0.0.1.4.24, fe80::1.4.24.
static void read_universal(struct slice s, struct mapping *m)
{
    static const uint8_t zero[16];
    char text[ADDRESS_MOST];
    uint8_t b[16];
    uint32_t low, high;

    m->port = 0;
    if (!s.n || s.n >= sizeof(text))
        return;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    if (!last_number(text, &low) || !last_number(text, &high))
        return;
    m->port = high << 8 | low;
    if (inet_pton(AF_INET, text, b) == 1 && memcmp(b, zero, 4) != 0)
        m->host = addr_of(ADDR_IP4, b);
    else if (inet_pton(AF_INET6, text, b) == 1 && memcmp(b, zero, 16) != 0)
        m->host = addr_of(ADDR_IP6, b);
}

// As SET, GETPORT and DUMP have it; version 2 in numbers, later ones in texts.
static struct mapping read_mapping(struct cur *c, uint32_t version)
{
    struct mapping m = {.program = cur_be32(c), .version = cur_be32(c)};

    if (version == 2) {
        m.proto = proto_of_number(cur_be32(c));
        m.port = cur_be32(c);
    } else {
        m.proto = proto_of_netid(rpc_take_opaque(c));
        read_universal(rpc_take_opaque(c), &m);
        (void)rpc_take_opaque(c); // the owner
    }
    return m;
}

// ---------------------------------------------------------------- questions

// Its answer may come from the port of the process that makes the call.
static void await_from_anywhere(struct ctx *x)
{
    const struct subject *who = &x->talk->who;

    if (who->ip_proto != PROTO_UDP || !x->packet || addr_is_multicast(&who->dst))
        return;
    const struct expectation e = {.client = who->dst,
                                  .server = who->src,
                                  .port = who->sport,
                                  .ip_proto = PROTO_UDP,
                                  .once = true,
                                  .join = true,
                                  .service = "onc_rpc",
                                  .parent = x->talk,
                                  .until = x->out->ts + CALL_COMES};
    expect(x, &e);
    why(x->out, "the port mapper may answer from another port");
}

void mapper_ask(struct ctx *x, struct rpc_call *call, struct rpc_message *m)
{
    struct mapping asked;

    call->asked = (uint8_t)meaning(call);
    switch (call->asked) {
    case ASKED_NOTHING:
    case ASKED_LIST: return;
    case ASKED_CALL:
        call->asked_program = cur_be32(&m->body);
        call->asked_version = cur_be32(&m->body);
        call->asked_value = cur_be32(&m->body);
        call->asked_proto = RPC_UDP;
        if (call->from == ORIG && !m->body.bad)
            await_from_anywhere(x);
        break;
    default:
        asked = read_mapping(&m->body, call->version);
        call->asked_program = asked.program;
        call->asked_version = asked.version;
        call->asked_value = asked.port;
        call->asked_proto = asked.proto;
        if (call->asked == ASKED_PORT && call->version > 2 && asked.proto == RPC_OTHER)
            call->asked_proto = proto_of_number(x->talk->who.ip_proto); // that of the question
    }
    if (m->body.bad)
        call->asked = ASKED_NOTHING;
}

// ---------------------------------------------------------------- answers

static struct addr mapper_host(const struct ctx *x, const struct rpc_call *call)
{
    return host_of(x, call->from == ORIG ? RESP : ORIG);
}

static void tell_service(struct ctx *x, const struct rpc_call *call, const struct mapping *m)
{
    struct ev_rpc_service *e;

    if (!want(x->out, EV_rpc_service))
        return;
    e = emit_rpc_service(x->out);
    e->client = host_of(x, call->from);
    e->server = m->host.kind ? m->host : mapper_host(x, call);
    e->program = m->program;
    e->name = rpc_program_name(m->program);
    e->version = m->version;
    e->proto = rpc_proto_name[m->proto];
    e->port = (uint16_t)min_u32(m->port, UINT16_MAX);
    e->asked = call->asked;
    e->risk = (uint8_t)rpc_program_risk(m->program);
}

static void announce_service(struct ctx *x, const struct rpc_call *call,
                             const struct mapping *m)
{
    const struct announced a = {.host = m->host.kind ? m->host : mapper_host(x, call),
                                .port = m->port,
                                .service = "onc_rpc",
                                .sub = rpc_program_name(m->program),
                                .ip_proto = ip_proto_of(m->proto),
                                .lasts = STAYS};

    if (a.ip_proto && x->packet)
        announce(x, &a);
}

static void put_service(struct text *t, const struct mapping *m)
{
    const char *name = rpc_program_name(m->program);

    text_printf(t, "%s{\"program\":%u", t->n > 1 ? "," : "", m->program);
    if (name)
        text_printf(t, ",\"name\":\"%s\"", name);
    text_printf(t, ",\"version\":%u,\"proto\":\"%s\",\"port\":%u}", m->version,
                rpc_proto_name[m->proto], m->port);
}

// A one before each, and a zero at the end. A port of a stranger's choice is neither told nor
// announced twice.
static void told_list(struct ctx *x, const struct rpc_call *call, struct rpc_message *m,
                      struct ev_rpc *e)
{
    struct text *t = feed_text(x);

    text_char(t, '[');
    for (int n = 0; n < LIST_MOST && cur_be32(&m->body) == 1; n++) {
        struct mapping entry = read_mapping(&m->body, call->version);
        if (m->body.bad)
            break;
        if (entry.proto == RPC_LOCAL || entry.port > UINT16_MAX)
            entry.port = 0;
        if (entry.port && entry.program != RPC_MAPPER)
            announce_service(x, call, &entry);
        if (entry.port)
            tell_service(x, call, &entry);
        put_service(t, &entry);
    }
    text_char(t, ']');
    if (e)
        e->services = arena_copy(x->out->arena, text_slice(t));
}

static void told_port(struct ctx *x, const struct rpc_call *call, struct rpc_message *m,
                      struct ev_rpc *e)
{
    struct mapping told = {.program = call->asked_program,
                           .version = call->asked_version,
                           .proto = call->asked_proto};

    if (call->version == 2)
        told.port = cur_be32(&m->body);
    else
        read_universal(rpc_take_opaque(&m->body), &told);
    if (m->body.bad || told.port > UINT16_MAX)
        return;
    if (e)
        set(rpc, e, port, told.port);
    if (told.port)
        announce_service(x, call, &told);
    tell_service(x, call, &told);
}

static void told_done(struct ctx *x, const struct rpc_call *call, struct rpc_message *m,
                      struct ev_rpc *e)
{
    bool done = cur_be32(&m->body) == 1;
    struct mapping asked = {.program = call->asked_program,
                            .version = call->asked_version,
                            .proto = call->asked_proto,
                            .port = call->asked == ASKED_SET ? call->asked_value : 0};

    if (m->body.bad)
        return;
    if (e)
        set(rpc, e, result, done);
    if (done)
        tell_service(x, call, &asked);
}

void mapper_told(struct ctx *x, const struct rpc_call *call, struct rpc_message *m,
                 struct ev_rpc *e)
{
    switch (call->asked) {
    case ASKED_PORT:
    case ASKED_CALL: told_port(x, call, m, e); break;
    case ASKED_LIST: told_list(x, call, m, e); break;
    case ASKED_SET:
    case ASKED_UNSET: told_done(x, call, m, e); break;
    default: break;
    }
}
