// SPDX-License-Identifier: Apache-2.0
// Buffers: choosing one in a rule, and filling it from the unit when it is first asked for.
#include "base/cur.h"
#include "rule/body.h"
#include "rule/field.h"
#include "rule/http.h"
#include "rule/message.h"
#include "rule/number.h"
#include "rule/sip.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

// ---------------------------------------------------------------- in rules

static bool select_test(struct match *m, const struct rule_option *o)
{
    m->cursor[o->buffer] = 0;
    return match_buffer(m, o->buffer).p != NULL;
}

enum view {
    VIEW_payload,
    VIEW_field,
    VIEW_decoded,
    VIEW_http,
    VIEW_body,
    VIEW_names,
    VIEW_sip,
    VIEW_header,
    VIEW_derived,
    VIEW_parts
};
static const uint8_t view[BUFFERS] = {
#define BUFFER(name, view, doc) VIEW_##view,
#include "rule/buffer.def"
#undef BUFFER
};

void parse_looks(struct parse *p, unsigned buffer)
{
    p->rule->payload =
        p->rule->payload || (view[buffer] != VIEW_header && view[buffer] != VIEW_derived);
}

bool buffer_is_field(unsigned buffer)
{
    return view[buffer] == VIEW_field;
}

enum buffer parse_relative(const struct parse *p, bool relative)
{
    bool behind = p->buffer == BUF_pkt_data && p->dialect != DIALECT_SNORT3;

    return relative && behind ? p->matched : p->buffer;
}

void parse_at(struct parse *p, struct rule_option *o, bool relative)
{
    o->depends = relative;
    o->fixed = !relative;
    o->buffer = (uint8_t)parse_relative(p, relative);
    parse_looks(p, o->buffer);
}

static bool select_again_test(struct match *m, const struct rule_option *o)
{
    return match_buffer(m, o->buffer).p != NULL;
}

static bool looked_into(const struct parse *p, enum buffer b)
{
    for (unsigned i = 0; i < p->n_options; i++)
        if (p->option[i].buffer == b && b != BUF_pkt_data)
            return true;
    return false;
}

// In Suricata a buffer that is chosen again goes on where it was left.
static bool select_buffer(struct parse *p, enum buffer b)
{
    bool again = p->dialect == DIALECT_SURICATA && looked_into(p, b);
    struct rule_option *o;

    p->buffer = p->matched = b;
    p->content = NULL;
    p->or_absent = false;
    parse_looks(p, b);
    p->rule->dnp3 = p->rule->dnp3 || b == BUF_dnp3_data;
    o = parse_add(p, again ? select_again_test : select_test, NULL);
    if (o)
        o->sets = !again;
    return o;
}

// Only a message can lack something; of HTTP, one that begins here.
static bool absent_test(struct match *m, const struct rule_option *o)
{
    struct unit *u = m->unit;

    if (view[o->buffer] == VIEW_http && !unit_buffer(u, BUF_http_request_line).p &&
        !unit_buffer(u, BUF_http_response_line).p)
        return false;
    return !match_buffer(m, o->buffer).p;
}

static bool select_or_absent_test(struct match *m, const struct rule_option *o)
{
    m->cursor[o->buffer] = 0;
    return match_buffer(m, o->buffer).p || absent_test(m, o);
}

// Behind a buffer: there is none, or, with or_else, what follows holds where there is one.
bool option_absent(struct parse *p, struct slice arg, int which)
{
    struct rule_option *o = p->n_options ? &p->option[p->n_options - 1] : NULL;

    if (o && many_absent(o, arg))
        return p->or_absent = arg.n, true;
    if (!o || (o->test != select_test && o->test != select_again_test) || !o->buffer)
        return parse_wrong(p, "absent stands right behind a buffer");
    if (arg.n && !slice_is(arg, "or_else"))
        return parse_wrong(p, "absent takes nothing, or or_else");
    o->test = arg.n ? select_or_absent_test : absent_test;
    p->or_absent = arg.n;
    return true;
}

// http_header: field host
static bool select_field(struct parse *p, struct slice arg)
{
    static const struct word_value fields[] = {{"host", BUF_http_host},
                                               {"user-agent", BUF_http_user_agent},
                                               {"referer", BUF_http_referer},
                                               {"cookie", BUF_http_cookie},
                                               {"accept", BUF_http_accept},
                                               {"content-type", BUF_http_content_type},
                                               {"content-length", BUF_http_content_len},
                                               {"connection", BUF_http_connection},
                                               {"location", BUF_http_location},
                                               {"server", BUF_http_server},
                                               {NULL, 0}};
    struct slice name = arg;
    uint32_t b;

    if (!slice_is(slice_cut(&name, ' '), "field") || !word_value(fields, slice_trim(name), &b))
        return parse_wrong(p, "the argument \"%.*s\" is not supported", SLICE(arg));
    return select_buffer(p, b);
}

// http_uri:query and http_uri:path
static bool select_part(struct parse *p, struct slice arg)
{
    static const struct word_value parts[] = {
        {"path", BUF_http_uri_path}, {"query", BUF_http_uri_query}, {NULL, 0}};
    uint32_t b;

    if (!word_value(parts, arg, &b))
        return parse_wrong(p, "the part \"%.*s\" is not supported; it is path or query%s",
                           SLICE(arg), word_nearest(parts, arg));
    return select_buffer(p, b);
}

bool option_buffer(struct parse *p, struct slice arg, int which)
{
    if (arg.n && (which == BUF_http_header || which == BUF_http_raw_header))
        return select_field(p, arg);
    if (arg.n && which == BUF_http_uri)
        return select_part(p, arg);
    return parse_nothing(p, arg) && select_buffer(p, (enum buffer)which);
}

// frame:enip.hdr of Suricata: a part of a message.
bool option_frame(struct parse *p, struct slice arg, int which)
{
    static const struct word_value frames[] = {{"hdr", BUF_enip_header},
                                               {"data", BUF_enip_payload},
                                               {"pdu", BUF_enip_pdu},
                                               {"cip", BUF_cip},
                                               {"enip.item", BUF_enip_item},
                                               {"item", BUF_enip_item},
                                               {NULL, 0}};
    struct slice rest = arg;
    struct slice proto = slice_cut(&rest, '.');
    uint32_t b;

    if (!slice_is(proto, "enip") || !word_value(frames, rest, &b))
        return parse_wrong(p, "the frame \"%.*s\" is not supported", SLICE(arg));
    if (b == BUF_cip)
        return option_many(p, (struct slice){0}, MANY_cip);
    p->uses_service = true;
    return select_buffer(p, b);
}

// cip_req and the like: an EtherNet/IP or CIP message of this kind.
static bool message_kind_test(struct match *m, const struct rule_option *o)
{
    struct unit *u = m->unit;
    const int8_t *answer = o->arg;

    if (!unit_buffer(u, o->buffer).p)
        return false;
    return (o->buffer == BUF_cip ? cip_is_response(u) : u->side == RESP) == *answer;
}

bool option_message_kind(struct parse *p, struct slice arg, int which)
{
    int8_t *answer = parse_take(p, sizeof(*answer));
    struct rule_option *o = parse_add(p, message_kind_test, answer);

    if (!o)
        return false;
    *answer = which < 0;
    o->buffer = (uint8_t)(which < 0 ? -which : which);
    p->uses_service = true;
    parse_looks(p, o->buffer);
    return parse_nothing(p, arg);
}

// ---------------------------------------------------------------- in units

struct slice packet_header(const struct packet *k, enum layer_kind kind)
{
    for (unsigned i = k->n_layers; i-- > 0;)
        if (k->layer[i].kind == kind && k->layer[i].at + k->layer[i].n <= k->frame.n)
            return slice_of(k->frame.p + k->layer[i].at, k->layer[i].n);
    return (struct slice){0};
}

// With the extension headers behind it.
static struct slice ip6_headers(const struct packet *k)
{
    struct slice h = packet_header(k, LAYER_IP6);

    for (unsigned i = 0; h.n && i < k->n_layers; i++) {
        const struct layer *x = &k->layer[i];
        if (x->kind == LAYER_IP6_EXT && k->frame.p + x->at == h.p + h.n &&
            x->at + x->n <= k->frame.n)
            h.n += x->n;
    }
    return h;
}

static struct slice address(const struct packet *k, bool destination)
{
    struct slice h = packet_header(k, k->net == NET_IP6 ? LAYER_IP6 : LAYER_IP4);
    uint32_t n = k->net == NET_IP6 ? 16 : 4, at = k->net == NET_IP6 ? 8 : 12;

    at += destination ? n : 0;
    return at + n <= h.n ? slice_of(h.p + at, n) : (struct slice){0};
}

static struct slice fill_header(const struct packet *k, enum buffer b)
{
    switch ((int)b) {
    case BUF_ether_header: return packet_header(k, LAYER_ETHER);
    case BUF_igmp_header: return packet_header(k, LAYER_IGMP);
    case BUF_ip_source: return address(k, false);
    case BUF_ip_destination: return address(k, true);
    case BUF_ip4_header: return packet_header(k, LAYER_IP4);
    case BUF_ip6_header: return ip6_headers(k);
    case BUF_tcp_header: return packet_header(k, LAYER_TCP);
    case BUF_udp_header: return packet_header(k, LAYER_UDP);
    case BUF_icmp4_header: return packet_header(k, LAYER_ICMP);
    default: return packet_header(k, LAYER_ICMP6);
    }
}

struct slice unit_buffer(struct unit *u, enum buffer b)
{
    if (u->filled >> b & 1)
        return u->buffer[b];
    u->filled |= UINT64_C(1) << b;
    switch ((enum view)view[b]) {
    case VIEW_field: u->buffer[b] = field_buffer(u, b); break;
    case VIEW_http: http_fill(u); break;
    case VIEW_body: body_fill(u); break;
    case VIEW_names: u->buffer[b] = b == BUF_dns_query ? dns_name(u) : tls_name(u); break;
    case VIEW_sip: u->buffer[b] = sip_buffer(u, b); break;
    case VIEW_parts: u->buffer[b] = message_part(u, b); break;
    case VIEW_header: u->buffer[b] = fill_header(u->packet, b); break;
    case VIEW_payload:
    case VIEW_derived:
    case VIEW_decoded: u->buffer[b] = (struct slice){0}; break; // given with the unit
    }
    return u->buffer[b];
}

struct slice match_buffer(struct match *m, enum buffer b)
{
    if (b == BUF_base64_data)
        return m->decoded;
    if (buffer_is_derived(b))
        return m->derived[b - BUF_derived_1];
    struct slice s = unit_buffer(m->unit, b);
    if (m->unit->looked && view[b] == VIEW_body && s.p)
        m->reach = UINT32_MAX; // it was not there when the rest was looked at
    return s;
}
_Static_assert(BUFFERS <= 64, "a bit each in `filled`");

// ---------------------------------------------------------------- numbers of units

// Echo and its reply, and what else RFC 792 gives a number.
static bool icmp_has_number(const struct packet *k)
{
    uint8_t type = k->icmp.type;

    if (k->net == NET_IP6)
        return type == 128 || type == 129;
    return type == 0 || type == 8 || (type >= 13 && type <= 18);
}

// Type of service, or traffic class.
static bool type_of_service(const struct packet *k, uint64_t *v)
{
    struct slice ip = packet_header(k, k->net == NET_IP6 ? LAYER_IP6 : LAYER_IP4);

    if (ip.n < 20)
        return false;
    return *v = k->net == NET_IP6 ? load_be16(ip.p) >> 4 & 0xff : ip.p[1], true;
}

static bool tcp_urgent(const struct packet *k, uint64_t *v)
{
    struct slice h = packet_header(k, LAYER_TCP);

    return h.n >= 20 ? *v = load_be16(h.p + 18), true : false;
}

static bool packet_number(const struct unit *u, enum number n, uint64_t *v)
{
    const struct packet *k = u->packet;
    struct slice ip = packet_header(k, LAYER_IP4);
    bool tcp = k->has_transport && k->ip_proto == PROTO_TCP;
    bool icmp = k->has_transport && (k->ip_proto == PROTO_ICMP || k->ip_proto == PROTO_ICMP6);

    switch ((int)n) {
    case NUM_vlan_layers: return *v = k->n_vlan, true;
    case NUM_ttl: return *v = k->ttl, true;
    case NUM_ip_proto: return *v = k->ip_proto, true;
    case NUM_tos: return type_of_service(k, v);
    case NUM_ip_id: return ip.n >= 20 ? *v = load_be16(ip.p + 4), true : false;
    case NUM_frag_offset: return ip.n >= 20 ? *v = load_be16(ip.p + 6) & 0x1fffu, true : false;
    case NUM_frag_bytes:
        return ip.n >= 20 ? *v = (load_be16(ip.p + 6) & 0x1fffu) * 8, true : false;
    case NUM_tcp_seq: return *v = k->tcp.seq, tcp;
    case NUM_tcp_ack: return *v = k->tcp.ack, tcp;
    case NUM_tcp_window: return *v = k->tcp.window, tcp;
    case NUM_tcp_mss: return *v = k->tcp.mss, tcp && k->tcp.mss;
    case NUM_tcp_urgent: return tcp_urgent(k, v);
    case NUM_tcp_scale:
        return *v = (uint64_t)k->tcp.window_scale, tcp && k->tcp.window_scale >= 0;
    case NUM_igmp_type: ip = packet_header(k, LAYER_IGMP); return ip.n && (*v = ip.p[0], true);
    case NUM_icmp_type: return *v = k->icmp.type, icmp;
    case NUM_icmp_code: return *v = k->icmp.code, icmp;
    case NUM_icmp_id: return *v = k->icmp.id, icmp && icmp_has_number(k);
    default: return *v = k->icmp.seq, icmp && icmp_has_number(k);
    }
}

bool unit_number(struct match *m, enum number n, enum buffer b, uint64_t *v)
{
    struct unit *u = m->unit;
    struct slice s;

    if (n >= NUM_modbus_func)
        return field_number(u, n, v);
    switch ((int)n) {
    case NUM_dsize:
        return *v = u->kind == UNIT_STREAM ? u->buffer[BUF_pkt_data].n - u->fresh
                                           : u->packet->payload_len,
               true;
    case NUM_bsize:
    case NUM_urilen: s = match_buffer(m, b); return *v = s.n, s.p != NULL;
    case NUM_dnp3_func: return *v = u->dnp3.function, u->has_dnp3;
    default: return packet_number(u, n, v);
    }
}
