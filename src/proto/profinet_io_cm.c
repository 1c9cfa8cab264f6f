// SPDX-License-Identifier: Apache-2.0
// PROFINET IO context manager: DCE/RPC calls between controllers and devices, IEC 61158-6-10.
// After a Connect the device calls the controller back, from a new port: that is announced.
#include "base/cur.h"
#include "base/hash.h"
#include "base/text.h"
#include "proto/profinet/cm.h"

enum { MANAGER_PORT = 34964 };
#define CALL_BACK (300 * SECOND) // for ApplicationReady, from the last step before it
#define CALL_OPEN (30 * SECOND)  // what comes later belongs to another call with its number

// The call at hand. A conversation has one activity, whose calls come one after the other.
struct call {
    struct uuid activity, ar;
    uint32_t sequence;
    uint16_t opnum, command;
    bool known, has_ar, answered;
    nsec asked;
    uint64_t packet, body; // body: hash of the answer's
};

struct state {
    struct call call;
    struct cm_join join[2]; // calls, answers
};
_Static_assert(sizeof(struct state) <= 256, "as small as a conversation's state must be");

static enum guess probe(const struct head *h)
{
    struct rpc4 rpc;

    if (h->bytes.p[0] != 4)
        return NO;
    memset(&rpc, 0, sizeof(rpc));
    return rpc4_read(&rpc, h->bytes, h->length) == RPC4_HIGH && rpc4_is_pnio(&rpc) ? YES : NO;
}

// ---------------------------------------------------------------- calls and answers

static bool is_answer(const struct rpc4 *rpc)
{
    return rpc->type == RPC4_RESPONSE || rpc->type == RPC4_FAULT || rpc->type == RPC4_REJECT;
}

static bool belongs(const struct call *c, const struct rpc4 *rpc, nsec now)
{
    return c->known && rpc->sequence == c->sequence && now - c->asked <= CALL_OPEN &&
           now >= c->asked && !memcmp(&rpc->activity, &c->activity, sizeof(c->activity));
}

static enum pnio_message note_call(struct call *c, const struct rpc4 *rpc, const struct ctx *x)
{
    if (belongs(c, rpc, x->out->ts))
        return PNIO_AGAIN;
    *c = (struct call){.activity = rpc->activity,
                       .sequence = rpc->sequence,
                       .opnum = rpc->opnum,
                       .known = true,
                       .asked = x->out->ts,
                       .packet = x->out->ordinal + 1};
    return PNIO_CALL;
}

static enum pnio_message note_answer(struct call *c, const struct rpc4 *rpc, struct slice body,
                                     nsec now)
{
    uint64_t hash = hash_bytes(body.p, body.n, rpc->type);

    if (!belongs(c, rpc, now))
        return PNIO_STRANGE;
    if (c->answered)
        return hash == c->body ? PNIO_AGAIN : PNIO_CONFLICT;
    c->answered = true;
    c->body = hash;
    return PNIO_ANSWER;
}

static enum pnio_message note(struct state *s, const struct rpc4 *rpc, struct slice body,
                              const struct ctx *x)
{
    if (rpc->type == RPC4_REQUEST)
        return note_call(&s->call, rpc, x);
    return is_answer(rpc) ? note_answer(&s->call, rpc, body, x->out->ts) : PNIO_OTHER;
}

// Connect, and the end of parameters, which begins the same wait anew.
static void announce(struct ctx *x, const struct call *c)
{
    const struct expectation e = {
        .client = x->packet->src,
        .server = x->packet->dst,
        .port = MANAGER_PORT,
        .ip_proto = PROTO_UDP,
        .service = "profinet_io_cm",
        .until = x->out->ts + CALL_BACK,
    };

    if (c->opnum != PNIO_CONNECT && !(c->opnum == PNIO_CONTROL && c->command == PNIO_PRM_END))
        return;
    expect(x, &e);
    why(x->out, "the device may now call the controller's port %u", MANAGER_PORT);
}

// ---------------------------------------------------------------- telling

static const char *packet_type(uint8_t type)
{
    static const char *const name[RPC4_TYPES] = {"Request",
                                                 "Ping",
                                                 "Response",
                                                 "Fault",
                                                 "Working",
                                                 "No call Response to Ping",
                                                 "Reject",
                                                 "Acknowledge",
                                                 "Connectionless Cancel",
                                                 "Fragment Acknowledge",
                                                 "Cancel Acknowledge"};

    return name[type];
}

static const char *pairing_name(enum pnio_message match)
{
    static const char *const name[] = {[PNIO_CALL] = NULL,
                                       [PNIO_ANSWER] = "answer",
                                       [PNIO_OTHER] = NULL,
                                       [PNIO_AGAIN] = "repeated",
                                       [PNIO_STRANGE] = "unsolicited",
                                       [PNIO_CONFLICT] = "conflict"};

    return name[match];
}

static struct slice uuid_words(struct ctx *x, const struct uuid *u)
{
    struct text *t = feed_text(x);

    text_uuid(t, u);
    return arena_copy(x->out->arena, text_slice(t));
}

static void put_header(struct ev_profinet_io_cm *e, const struct rpc4 *rpc, struct ctx *x)
{
    static const char *const floats[] = {"IEEE", "VAX", "CRAY", "IBM"};
    const char *operation = pnio_word(PNIO_operation, rpc->opnum);

    e->rpc_version = 4;
    e->packet_type = packet_type(rpc->type);
    e->reserved_for_impl_1 = rpc->flags1 & 0x01;
    e->last_fragment = rpc->flags1 & RPC4_LAST;
    e->fragment = rpc->flags1 & RPC4_FRAGMENT;
    e->no_fragment_requested = rpc->flags1 & RPC4_NO_FACK;
    e->maybe = rpc->flags1 & RPC4_MAYBE;
    e->idempotent = rpc->flags1 & 0x20;
    e->broadcast = rpc->flags1 & RPC4_BROADCAST;
    e->reserved_for_impl_2 = rpc->flags1 & 0x80;
    e->cancel_was_pending_at_call_end = rpc->flags2 & 0x02;
    e->integer_encoding = rpc->little ? "Little Endian" : "Big Endian";
    e->character_encoding = rpc->characters ? "EBCDIC" : "ASCII";
    e->floating_point_encoding =
        rpc->floats < COUNT_OF(floats) ? floats[rpc->floats] : "unknown";
    e->serial_high = (uint8_t)(rpc->serial >> 8);
    e->serial_low = (uint8_t)rpc->serial;
    e->object_uuid = uuid_words(x, &rpc->object);
    e->interface_uuid = uuid_words(x, &rpc->interface_uuid);
    e->activity_uuid = uuid_words(x, &rpc->activity);
    e->server_boot_time = rpc->boot_time;
    e->interface_vers_major = (uint16_t)rpc->version;
    e->interface_vers_minor = (uint16_t)(rpc->version >> 16);
    e->sequence_num = rpc->sequence;
    e->operation_num = e->operation = operation ? operation : "unknown";
    e->interface_hint = rpc->interface_hint;
    e->activity_hint = rpc->activity_hint;
    e->len_of_body = rpc->body_n;
    e->fragment_num = rpc->fragment;
    e->auth_protocol = rpc->auth;
    e->type = rpc->type;
    e->interface = rpc->interface;
    e->opnum = rpc->opnum;
}

// Which fragments came, and how many may follow.
static void put_fack(struct ev_profinet_io_cm *e, const struct rpc4 *rpc, struct ctx *x)
{
    enum { MASKS_MOST = 16 };
    struct cur c = cur_of(rpc->body);
    struct text *t = feed_text(x);
    uint8_t version = cur_u8(&c);

    cur_skip(&c, 1);
    e->vers_fack = version == 0   ? "Initial version"
                   : version == 1 ? "Default version"
                                  : "unknown";
    set(profinet_io_cm, e, window_size, rpc->little ? cur_le16(&c) : cur_be16(&c));
    set(profinet_io_cm, e, max_tsdu, rpc->little ? cur_le32(&c) : cur_be32(&c));
    set(profinet_io_cm, e, max_frag_size, rpc->little ? cur_le32(&c) : cur_be32(&c));
    set(profinet_io_cm, e, serial_number, rpc->little ? cur_le16(&c) : cur_be16(&c));
    set(profinet_io_cm, e, sel_ack_len, rpc->little ? cur_le16(&c) : cur_be16(&c));
    text_char(t, '[');
    for (uint32_t i = 0; i < e->sel_ack_len && i < MASKS_MOST && cur_left(&c) >= 4; i++) {
        text_str(t, i ? "," : "");
        text_u64(t, rpc->little ? cur_le32(&c) : cur_be32(&c));
    }
    text_char(t, ']');
    if (e->sel_ack_len)
        e->array_of_sel_ack = arena_copy(x->out->arena, text_slice(t));
}

static void put_status(struct ev_profinet_io_cm *e, uint32_t status, struct ctx *x)
{
    struct text *t = feed_text(x);
    const char *rpc = pnio_word(PNIO_rpc, status);

    set(profinet_io_cm, e, status, status);
    if (e->type == RPC4_RESPONSE)
        pnio_status(t, status);
    else
        text_str(t, rpc ? rpc : "unknown reason");
    e->status_text = arena_copy(x->out->arena, text_slice(t));
}

static void put_pairing(struct ev_profinet_io_cm *e, const struct call *c,
                        enum pnio_message match)
{
    e->match = (uint8_t)match;
    e->pairing = pairing_name(match);
    if (e->type == RPC4_REQUEST || match == PNIO_STRANGE || match == PNIO_OTHER)
        return;
    set(profinet_io_cm, e, paired_ts, c->asked);
    set(profinet_io_cm, e, paired_packet, c->packet);
}

static void put_ends(struct ev_profinet_io_cm *e, const struct ctx *x)
{
    const struct packet *p = x->packet;

    e->source_h = p->src;
    e->source_p = p->sport;
    e->destination_h = p->dst;
    e->destination_p = p->dport;
    e->proto = "udp";
    e->src_mac = p->src_mac;
    e->dst_mac = p->dst_mac;
    e->packet = p->ordinal + 1;
}

// What a datagram tells: its header, and the body where it is complete.
struct told {
    const struct rpc4 *rpc;
    struct cm cm;
    struct slice body, blocks; // body: empty where fragments miss
    enum pnio_message match;
    uint16_t fragments; // that the body was joined of; 0: it was whole
    bool read;
};

static void put_body(struct ev_profinet_io_cm *e, const struct told *m, const struct call *c,
                     struct ctx *x)
{
    if (m->fragments)
        set(profinet_io_cm, e, fragments, m->fragments);
    e->malformed = m->cm.malformed;
    if (m->cm.has_ar)
        e->ar_uuid = uuid_words(x, &m->cm.ar);
    else if (c->has_ar && is_answer(m->rpc) && m->match != PNIO_STRANGE)
        e->ar_uuid = uuid_words(x, &c->ar);
    if (!m->read)
        return;
    e->blocks = m->blocks;
    e->command = pnio_command(m->cm.command);
    e->command_bits = m->cm.command;
    if (m->cm.has_index) {
        set(profinet_io_cm, e, index, m->cm.index);
        e->where = (uint32_t)m->cm.slot << 16 | m->cm.subslot;
    }
    if (m->rpc->type == RPC4_RESPONSE)
        put_status(e, m->cm.status, x);
}

static void tell(struct ctx *x, const struct told *m, const struct call *c)
{
    struct ev_profinet_io_cm *e = emit_profinet_io_cm(x->out);
    const struct rpc4 *rpc = m->rpc;
    struct cur body = cur_of(rpc->body);

    put_ends(e, x);
    put_header(e, rpc, x);
    put_pairing(e, c, m->match);
    put_body(e, m, c, x);
    if (rpc->type == RPC4_FACK)
        put_fack(e, rpc, x);
    if (rpc->type == RPC4_FAULT || rpc->type == RPC4_REJECT)
        put_status(e, rpc->little ? cur_le32(&body) : cur_be32(&body), x);
}

// ---------------------------------------------------------------- datagrams

// Does anybody want to know what bodies hold?
static bool is_wanted(const struct ctx *x)
{
    return want(x->out, EV_profinet_io_cm) || want(x->out, EV_profinet_connect);
}

static struct slice body_of(struct state *s, struct told *m, struct ctx *x)
{
    const struct rpc4 *rpc = m->rpc;

    if (!(rpc->flags1 & RPC4_FRAGMENT))
        return rpc->body;
    if (x->packet->cut)
        return (struct slice){0};
    struct cm_join *join = &s->join[rpc->type == RPC4_RESPONSE];
    struct slice body = cm_join_add(join, x, rpc);
    m->fragments = body.n ? join->joined : 0;
    return body;
}

static void read_body(struct told *m, struct ctx *x)
{
    struct text nothing = {.full = true}; // takes no text: nobody wants the blocks
    bool wanted = is_wanted(x);
    struct text *t = wanted ? feed_text(x) : &nothing;

    m->cm = (struct cm){.x = x,
                        .t = t,
                        .answer = m->rpc->type == RPC4_RESPONSE,
                        .tells = wanted && m->match <= PNIO_ANSWER,
                        .object = m->rpc->object};
    text_char(t, '[');
    cm_read(&m->cm, m->body, m->rpc->little, x->packet->cut);
    text_char(t, ']');
    if (wanted)
        m->blocks = arena_copy(x->out->arena, text_slice(t));
    m->read = true;
}

static void keep(struct call *c, const struct told *m)
{
    if (m->match != PNIO_CALL)
        return;
    c->has_ar = m->cm.has_ar;
    c->ar = m->cm.ar;
    c->command = m->cm.command;
}

static struct progress data(struct ctx *x, void *state, struct slice in, enum side side)
{
    struct state *s = state;
    struct rpc4 rpc = {0};
    struct told m = {.rpc = &rpc, .match = PNIO_OTHER};

    (void)side; // the packet's type says who asks, whatever the ports are
    if (rpc4_read(&rpc, in, x->packet->payload_len) != RPC4_HIGH || !rpc4_is_pnio(&rpc))
        return (struct progress){.used = in.n};
    bool has_body = rpc.type == RPC4_REQUEST || rpc.type == RPC4_RESPONSE;
    m.body = has_body ? body_of(s, &m, x) : rpc.body;
    bool whole = !has_body || m.body.n || !(rpc.flags1 & RPC4_FRAGMENT);
    if (whole)
        m.match = note(s, &rpc, m.body, x);
    if (whole && has_body)
        read_body(&m, x);
    if (m.cm.malformed)
        odd_with(x->out, ODD_pnio_malformed, "%s", m.cm.malformed);
    keep(&s->call, &m);
    if (m.match == PNIO_ANSWER && rpc.type == RPC4_RESPONSE && !m.cm.status &&
        !m.cm.malformed && rpc.interface == RPC4_PNIO_DEVICE)
        announce(x, &s->call);
    if (want(x->out, EV_profinet_io_cm))
        tell(x, &m, &s->call);
    return (struct progress){.used = in.n};
}

static void end(struct ctx *x, void *state)
{
    struct state *s = state;

    cm_join_end(&s->join[0], x);
    cm_join_end(&s->join[1], x);
}

static void glance(struct text *t, const struct packet *p)
{
    struct rpc4 rpc = {0};

    if (!rpc4_read(&rpc, p->payload, p->payload_len))
        return;
    const char *operation = pnio_word(PNIO_operation, rpc.opnum);
    text_printf(t, ": %s, operation %s, sequence %u", rpc4_type_name[rpc.type],
                operation ? operation : "unknown", rpc.sequence);
}

const struct analyser proto_profinet_io_cm = {
    .name = "profinet_io_cm",
    .title = "PROFINET IO context manager",
    .spec = "IEC 61158-6-10",
    .why = "it has a DCE/RPC header that holds in every field, with a PROFINET interface",
    .over = OVER_UDP,
    .hint = {MANAGER_PORT},
    .state_size = sizeof(struct state),
    .probe = probe,
    .glance = glance,
    .data = data,
    .end = end,
};
