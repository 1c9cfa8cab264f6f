// SPDX-License-Identifier: Apache-2.0
// PROFINET frames: DCP, which names and addresses stations (IEC 61158-6-10), cyclic data and
// alarms.
#include "proto/profinet/dcp.h"

#include "base/cur.h"
#include "base/text.h"

struct state {
    struct dcp_pairs pairs;
    struct cyclic cyclic;
    struct alarms alarms;
};

// ---------------------------------------------------------------- the header

static bool is_group(const struct mac *m)
{
    return m->b[0] & 1;
}

static bool is_dcp_group(const struct mac *m, uint8_t last)
{
    const uint8_t group[6] = {0x01, 0x0e, 0xcf, 0, 0, last};

    return !memcmp(m, group, sizeof(group));
}

static bool service_fits(const struct dcp *d)
{
    switch (d->frame_id) {
    case DCP_HELLO_ID: return d->service == DCP_HELLO && d->type == DCP_REQUEST;
    case DCP_GET_SET_ID:
        return (d->service == DCP_GET || d->service == DCP_SET) &&
               (d->type == DCP_REQUEST || d->type == DCP_RESPONSE ||
                d->type == DCP_UNSUPPORTED);
    case DCP_IDENTIFY_ID: return d->service == DCP_IDENTIFY && d->type == DCP_REQUEST;
    default: return d->service == DCP_IDENTIFY && d->type == DCP_RESPONSE;
    }
}

static bool destination_fits(const struct dcp *d)
{
    switch (d->frame_id) {
    case DCP_HELLO_ID: return is_dcp_group(&d->dst, 1);
    case DCP_IDENTIFY_ID: return !is_group(&d->dst) || is_dcp_group(&d->dst, 0);
    default: return !is_group(&d->dst);
    }
}

static void check_head(struct dcp *d)
{
    if (!service_fits(d))
        dcp_fault(d, "service and type do not fit the FrameID");
    else if (is_group(&d->src) || !memcmp(&d->src, &d->dst, sizeof(d->src)))
        dcp_fault(d, "impossible sender");
    else if (!destination_fits(d))
        dcp_fault(d, "wrong kind of destination");
}

static bool asks_with_delay(const struct dcp *d)
{
    return d->service == DCP_IDENTIFY && d->type == DCP_REQUEST;
}

void dcp_read(struct dcp *d, const struct packet *p, struct text *t)
{
    struct cur c = cur_of(p->payload);

    *d = (struct dcp){.src = p->src_mac, .dst = p->dst_mac};
    d->vlan = p->n_vlan ? p->vlan[0] : 0;
    d->truncated = p->wire_len > p->frame.n;
    d->frame_id = cur_be16(&c);
    d->service = cur_u8(&c);
    d->type = cur_u8(&c);
    d->xid = cur_be32(&c);
    d->factor = cur_be16(&c);
    d->length = cur_be16(&c);
    if (c.bad) {
        dcp_fault(d, "shorter than its header");
        return;
    }
    d->truncated = d->truncated && d->length > cur_left(&c);
    check_head(d);
    if (d->length > cur_left(&c) && !d->truncated)
        dcp_fault(d, "its length is more than the frame holds");
    d->blocks = cur_take(&c, min_u32(d->length, cur_left(&c)));
    d->print = d->type;
    dcp_blocks(d, t);
}

// ---------------------------------------------------------------- telling

static const char *service_name(uint8_t service)
{
    static const char *const name[] = {[DCP_GET] = "get",
                                       [DCP_SET] = "set",
                                       [DCP_IDENTIFY] = "identify",
                                       [DCP_HELLO] = "hello"};

    return service < COUNT_OF(name) && name[service] ? name[service] : "reserved";
}

static const char *type_name(uint8_t type)
{
    return type == DCP_REQUEST       ? "request"
           : type == DCP_RESPONSE    ? "response"
           : type == DCP_UNSUPPORTED ? "unsupported"
                                     : "reserved";
}

static const char *pairing_name(enum dcp_match match)
{
    static const char *const name[] = {[DCP_ANSWER] = "answer",
                                       [DCP_EARLY] = "early",
                                       [DCP_LATE] = "late",
                                       [DCP_REPEATED] = "repeated",
                                       [DCP_CONFLICT] = "conflict",
                                       [DCP_WRONG_MAC] = "wrong_mac",
                                       [DCP_UNSOLICITED] = "unsolicited",
                                       [DCP_UNMATCHED] = NULL};

    return name[match];
}

static const char *tunnel_name(uint8_t kind)
{
    switch (kind) {
    case LAYER_VXLAN: return "vxlan";
    case LAYER_GENEVE: return "geneve";
    case LAYER_GRE: return "gre";
    default: return "other";
    }
}

static struct slice escaped(struct ctx *x, struct slice s)
{
    struct text *t = feed_text(x);

    dcp_escape(t, s);
    return t->n ? arena_copy(x->out->arena, text_slice(t)) : slice_str("");
}

static void put_told(struct ev_profinet_dcp *e, const struct dcp *d, struct ctx *x)
{
    if (d->name.p) {
        e->name_of_station = escaped(x, d->name);
        e->name_fault = d->name_why;
        e->name_fault_weight = d->name_fault;
    }
    if (d->ip.kind) {
        set(profinet_dcp, e, ip, d->ip);
        set(profinet_dcp, e, netmask, d->netmask);
        set(profinet_dcp, e, gateway, d->gateway);
    }
    if (d->has_id) {
        set(profinet_dcp, e, vendor_id, d->vendor);
        set(profinet_dcp, e, device_id, d->device);
        e->vendor = profinet_vendor(d->vendor);
    }
    if (d->has_role) {
        struct text *t = feed_text(x);
        dcp_role(t, d->role);
        e->role = arena_copy(x->out->arena, text_slice(t));
        set(profinet_dcp, e, role_bits, d->role);
    }
    if (d->station_type.p)
        e->type_of_station = escaped(x, d->station_type);
    if (d->has_ip_info)
        set(profinet_dcp, e, ip_info, d->ip_info);
    if (d->has_mac)
        set(profinet_dcp, e, told_mac, d->mac);
    if (d->error)
        e->error = profinet_error(d->error);
}

static void put_pairing(struct ev_profinet_dcp *e, const struct dcp_pairing *p)
{
    e->match = (uint8_t)p->match;
    e->pairing = pairing_name(p->match);
    if (!p->packet)
        return;
    set(profinet_dcp, e, paired_ts, p->asked);
    set(profinet_dcp, e, paired_packet, p->packet);
}

static void tell(struct ctx *x, const struct dcp *d, const struct dcp_pairing *pairing,
                 struct slice blocks)
{
    const struct packet *p = x->packet;
    struct ev_profinet_dcp *e = emit_profinet_dcp(x->out);

    e->src_mac = d->src;
    e->dst_mac = d->dst;
    if (p->n_vlan)
        set(profinet_dcp, e, vlan, p->vlan[0]);
    e->frame_id = d->frame_id;
    e->service = service_name(d->service);
    e->type = type_name(d->type);
    e->service_id = d->service;
    e->service_type = d->type;
    e->xid = d->xid;
    if (asks_with_delay(d))
        set(profinet_dcp, e, response_delay_ms, d->factor * 10u);
    put_told(e, d, x);
    e->blocks = blocks;
    put_pairing(e, pairing);
    e->malformed = d->malformed;
    e->asks = d->asks;
    e->actions = d->actions;
    if (d->truncated)
        set(profinet_dcp, e, truncated, true);
    if (p->copy)
        set(profinet_dcp, e, copy, true);
    if (p->tunnel)
        e->tunnel = tunnel_name(p->tunnel);
    e->mirrored = p->mirrored;
    e->packet = p->ordinal + 1;
}

// ---------------------------------------------------------------- frames

// A delay that is not allowed is told, but stations answer all the same: the longest is taken.
static bool mend_delay(struct dcp *d)
{
    if (d->malformed || !asks_with_delay(d) || (d->factor >= 1 && d->factor <= DCP_FACTOR_MOST))
        return false;
    dcp_fault(d, "response delay out of range");
    return true;
}

static struct dcp_pairing pair(struct state *s, struct dcp *d, struct ctx *x)
{
    bool mended = mend_delay(d);
    uint16_t factor = d->factor;

    if (d->malformed)
        odd_with(x->out, ODD_dcp_malformed, "%s", d->malformed);
    if (d->padded)
        odd(x->out, ODD_dcp_pad_nonzero);
    if (x->packet->copy || (d->malformed && !mended))
        return (struct dcp_pairing){.match = DCP_UNMATCHED};
    d->factor = mended ? DCP_FACTOR_MOST : factor;
    struct dcp_pairing p = dcp_pair(&s->pairs, d, x);
    d->factor = factor;
    return p;
}

static void read_dcp(struct state *s, struct ctx *x)
{
    struct text nothing = {.full = true}; // takes no text: nobody wants the blocks
    bool wanted = want(x->out, EV_profinet_dcp);
    struct text *t = wanted ? feed_text(x) : &nothing;
    struct slice blocks = {0};
    struct dcp d;

    text_char(t, '[');
    dcp_read(&d, x->packet, t);
    text_char(t, ']');
    if (wanted)
        blocks = arena_copy(x->out->arena, text_slice(t));
    struct dcp_pairing pairing = pair(s, &d, x);
    why(x->out, "PROFINET DCP: %s %s%s%s", service_name(d.service), type_name(d.type),
        d.malformed ? ": " : "", d.malformed ? d.malformed : "");
    if (wanted)
        tell(x, &d, &pairing, blocks);
}

static void frame(struct ctx *x, void *state)
{
    struct state *s = state;
    struct cur c = cur_of(x->packet->payload);
    uint16_t id = cur_be16(&c);

    if (c.bad)
        return;
    if (id >= DCP_HELLO_ID && id <= DCP_ANSWER_ID)
        read_dcp(s, x);
    else if (id == ALARM_HIGH || id == ALARM_LOW)
        alarm_read(&s->alarms, id, x);
    else
        cyclic_read(&s->cyclic, id, x);
}

static void tick(struct ctx *x, void *state, nsec now, bool jump)
{
    struct state *s = state;

    dcp_pairs_tick(&s->pairs, now, jump, x);
    cyclic_tick(&s->cyclic, x);
    alarms_tick(&s->alarms, now, jump, x);
}

static void end(void *state)
{
    dcp_pairs_close(&((struct state *)state)->pairs);
}

// ---------------------------------------------------------------- at a glance

static void glance_dcp(struct text *t, const struct packet *p)
{
    struct text nothing = {.full = true};
    struct dcp d;

    dcp_read(&d, p, &nothing);
    text_printf(t, ": DCP %s %s", service_name(d.service), type_name(d.type));
    if (d.name.p) {
        text_str(t, d.type == DCP_REQUEST ? " for \"" : " of \"");
        dcp_escape(t, d.name);
        text_char(t, '"');
    }
    if (d.ip.kind) {
        text_char(t, ' ');
        text_addr(t, &d.ip);
    }
    if (d.malformed)
        text_printf(t, " (%s)", d.malformed);
}

static void glance(struct text *t, const struct packet *p)
{
    struct cur c = cur_of(p->payload);
    uint16_t id = cur_be16(&c);

    if (c.bad)
        return;
    if (id >= DCP_HELLO_ID && id <= DCP_ANSWER_ID)
        glance_dcp(t, p);
    else if (id == ALARM_HIGH || id == ALARM_LOW)
        text_printf(t, ": alarm of %s priority", id == ALARM_HIGH ? "high" : "low");
    else
        text_printf(t, ": frame id 0x%04x%s", id, cyclic_is(id) ? ", cyclic data" : "");
}

const struct analyser proto_profinet = {
    .name = "profinet",
    .title = "PROFINET",
    .spec = "IEC 61158-6-10",
    .why = "by the EtherType",
    .over = OVER_ETHER,
    .ether_type = 0x8892,
    .lane_state_size = sizeof(struct state),
    .frame = frame,
    .glance = glance,
    .tick = tick,
    .close = end,
};
