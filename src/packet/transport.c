// SPDX-License-Identifier: Apache-2.0
// Transport headers: TCP (RFC 9293), UDP (RFC 768), SCTP (RFC 9260), ICMP for both IPs.
#include "packet/checksum.h"
#include "packet/decode.h"

// All that v shows is payload.
static void payload_is(struct packet *p, const struct view *v)
{
    p->payload = slice_of(v->p, v->n);
    p->payload_len = v->wire;
    p->cut = v->n < v->wire;
}

// A header of `head` bytes is not whole or cannot be believed: there is no payload to be seen.
static void header_broken(struct packet *p, const struct view *v, enum layer_kind kind,
                          uint32_t head)
{
    layer_add(p, kind, v->p, min_u32(head, v->n));
    p->payload = slice_of(v->p + v->n, 0);
    p->cut = v->n < v->wire;
    p->payload_len = p->cut && v->wire > head ? v->wire - head : 0;
}

// The first four bytes of TCP, UDP and SCTP.
static void ports_read(struct packet *p, const struct view *v)
{
    if (v->n < 4)
        return;
    p->has_ports = true;
    p->sport = load_be16(v->p);
    p->dport = load_be16(v->p + 2);
}

// The network card cuts it into segments, and computes their sums.
static bool is_to_be_cut(const struct packet *p)
{
    enum { CARRIED_MOST = 1500 }; // by an Ethernet frame

    return p->ip_proto == PROTO_TCP && p->frame.p && p->ip_len > CARRIED_MOST;
}

static void sum_check(struct packet *p, const struct view *v, unsigned doubt, uint32_t proto,
                      uint32_t field, enum odd which)
{
    if (doubt & DOUBT_SUM || v->n < v->wire || sum_holds(p, proto, v->p, v->n, field) ||
        is_to_be_cut(p))
        return;
    p->checksum_bad = true;
    mark(p, which);
}

// ---- TCP

// RFC 9293 3.2 and RFC 7323 2: as IP's options; a SYN's are read.
static void tcp_options(struct packet *p, struct slice options)
{
    enum { END = 0, FILL = 1, SEGMENT_SIZE = 2, WINDOW_SCALE = 3, SCALE_MOST = 14 };
    bool syn = p->tcp.flags & TCP_SYN;
    struct cur c = cur_of(options);

    while (cur_left(&c)) {
        uint8_t kind = cur_u8(&c);
        if (kind == END)
            return;
        if (kind == FILL)
            continue;
        uint8_t n = cur_u8(&c);
        struct slice data = cur_take(&c, n < 2 ? UINT32_MAX : n - 2u);
        if (c.bad) {
            mark(p, ODD_tcp_options_bad);
            return;
        }
        if (syn && kind == SEGMENT_SIZE && data.n == 2)
            p->tcp.mss = load_be16(data.p);
        else if (syn && kind == WINDOW_SCALE && data.n == 1)
            p->tcp.window_scale = (int8_t)min_u32(data.p[0], SCALE_MOST);
    }
}

// Nearly every segment after the SYN has two fillers and a timestamp, if it has options.
static bool only_timestamp(const uint8_t *h, uint32_t head)
{
    return head == 32 && load_be32(h + 20) == 0x0101080a;
}

static void tcp_odd_flags(struct packet *p, unsigned flags)
{
    if (!flags)
        mark(p, ODD_tcp_flags_none);
    if (flags & TCP_SYN && flags & TCP_FIN)
        mark(p, ODD_tcp_flags_syn_fin);
    if (flags & TCP_SYN && flags & TCP_RST)
        mark(p, ODD_tcp_flags_syn_rst);
    if (flags & TCP_FIN && flags & TCP_RST)
        mark(p, ODD_tcp_flags_fin_rst);
    if ((flags & (TCP_FIN | TCP_PSH | TCP_URG | TCP_ACK)) == (TCP_FIN | TCP_PSH | TCP_URG))
        mark(p, ODD_tcp_flags_xmas);
    else if ((flags & (TCP_FIN | TCP_ACK | TCP_RST | TCP_SYN)) == TCP_FIN)
        mark(p, ODD_tcp_flags_fin);
    if (flags & TCP_SYN && flags & (TCP_PSH | TCP_URG))
        mark(p, ODD_tcp_flags_syn_push);
}

static void syn_odds(struct packet *p)
{
    enum { SERVICES = 1024 };

    if (!p->tcp.seq)
        mark(p, ODD_syn_seq_zero);
    if (!p->tcp.window)
        mark(p, ODD_syn_window_zero);
    if (p->tcp.ack)
        mark(p, ODD_syn_ack_number);
    if (p->sport == p->dport && p->odds >> ODD_ip_land & 1)
        mark(p, ODD_tcp_land);
    else if (p->sport == p->dport && p->dport < SERVICES)
        mark(p, ODD_syn_same_ports);
}

static void tcp_odds(struct packet *p, const uint8_t *h)
{
    tcp_odd_flags(p, p->tcp.flags);
    if ((p->tcp.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
        syn_odds(p);
    if (h[12] & 0x0e) // the lowest of the four is in use for explicit congestion notification
        mark(p, ODD_tcp_reserved);
    if (!p->sport || !p->dport)
        mark(p, ODD_tcp_port_zero);
    if (!(p->tcp.flags & TCP_URG) && load_be16(h + 18))
        mark(p, ODD_tcp_urgent_stray);
}

void tcp_fill(struct packet *p, const uint8_t *h, uint32_t head)
{
    p->tcp.seq = load_be32(h + 4);
    p->tcp.ack = load_be32(h + 8);
    p->tcp.flags = h[13] & 0x3f;
    p->tcp.window = load_be16(h + 14);
    if (head > 20 && !only_timestamp(h, head))
        tcp_options(p, slice_of(h + 20, head - 20));
}

//  0 source | 2 destination | 4 sequence | 8 acknowledgement | 12 header length/4, reserved
//  13 flags | 14 window | 16 checksum | 18 urgent | 20 options
static void tcp_read(struct packet *p, struct view *v, unsigned doubt)
{
    const uint8_t *h = v->p;
    uint32_t head = v->n > 12 ? (h[12] >> 4) * 4u : 20;

    ports_read(p, v);
    if (head < 20 || v->n < 20 || head > v->n) {
        bool impossible = v->n > 12 && v->wire >= 20 && (head < 20 || head > v->wire);
        if (impossible)
            mark(p, ODD_tcp_hdr_len);
        else if (v->wire < 20)
            mark(p, ODD_tcp_short);
        header_broken(p, v, LAYER_TCP, max_u32(head, 20));
        return;
    }
    p->has_transport = true;
    tcp_fill(p, h, head);
    tcp_odds(p, h);
    sum_check(p, v, doubt, PROTO_TCP, 16, ODD_tcp_checksum);
    layer_add(p, LAYER_TCP, h, head);
    view_skip(v, head);
    if ((p->tcp.flags & (TCP_RST | TCP_SYN | TCP_FIN)) == TCP_RST && v->wire)
        mark(p, ODD_tcp_reset_data);
    payload_is(p, v);
}

// ---- UDP

// The datagram by its own length; whether that can be believed.
static bool udp_limit(struct packet *p, struct view *v, unsigned *doubt)
{
    uint32_t n = load_be16(v->p + 4);

    if (n == 0) { // a jumbogram (RFC 2675 4), or left to the network card
        *doubt |= DOUBT_SUM;
        return true;
    }
    if (n < v->wire && !(*doubt & DOUBT_LENGTH))
        mark(p, ODD_udp_len_short);
    if (n > v->wire) {
        if (!(*doubt & DOUBT_LENGTH))
            mark(p, ODD_udp_len_long);
        *doubt |= DOUBT_SUM;
    }
    if (n < 8)
        return false;
    view_limit(v, n);
    return true;
}

//  0 source | 2 destination | 4 length | 6 checksum
static void udp_read(struct packet *p, struct view *v, unsigned doubt)
{
    const uint8_t *h = v->p;

    ports_read(p, v);
    if (v->n < 8) {
        if (v->wire < 8)
            mark(p, ODD_udp_short);
        header_broken(p, v, LAYER_UDP, 8);
        return;
    }
    if (!p->sport || !p->dport)
        mark(p, ODD_udp_port_zero);
    if (!udp_limit(p, v, &doubt)) {
        view_limit(v, 8);
        header_broken(p, v, LAYER_UDP, 8);
        return;
    }
    p->has_transport = true;
    if (load_be16(h + 6)) // 0: none, over IPv6 for tunnels (RFC 6935)
        sum_check(p, v, doubt, PROTO_UDP, 6, ODD_udp_checksum);
    layer_add(p, LAYER_UDP, h, 8);
    view_skip(v, 8);
    payload_is(p, v);
}

// ---- others

static void sctp_read(struct packet *p, struct view *v)
{
    ports_read(p, v);
    if (v->n < 12) {
        if (v->wire < 12)
            mark(p, ODD_sctp_short);
        header_broken(p, v, LAYER_SCTP, 12);
        return;
    }
    p->has_transport = true;
    layer_add(p, LAYER_SCTP, v->p, 12);
    view_skip(v, 12);
    payload_is(p, v);
}

// RFC 792: 8 echo, 0 its reply, 13 to 18 timestamp, information and mask, all with id and
// number.
static bool icmp_has_id(const struct packet *p, uint8_t type)
{
    if (p->net == NET_IP6)
        return type == 128 || type == 129;
    return type == 0 || type == 8 || (type >= 13 && type <= 18);
}

//  0 type | 1 code | 2 checksum | 4 depends on the type
static void icmp_read(struct packet *p, struct view *v, unsigned doubt)
{
    const uint8_t *h = v->p;
    enum layer_kind kind = p->net == NET_IP6 ? LAYER_ICMP6 : LAYER_ICMP;

    if (v->n < 8) {
        if (v->wire < 8)
            mark(p, ODD_icmp_short);
        header_broken(p, v, kind, 8);
        return;
    }
    p->has_transport = true;
    p->icmp.type = h[0];
    p->icmp.code = h[1];
    if (icmp_has_id(p, h[0])) {
        p->icmp.id = load_be16(h + 4);
        p->icmp.seq = load_be16(h + 6);
    }
    sum_check(p, v, doubt, p->net == NET_IP6 ? PROTO_ICMP6 : 0, 2, ODD_icmp_checksum);
    layer_add(p, kind, h, 8);
    view_skip(v, 8);
    payload_is(p, v);
}

void transport_read(struct packet *p, struct view *v, unsigned doubt)
{
    switch (p->ip_proto) {
    case PROTO_TCP: tcp_read(p, v, doubt); return;
    case PROTO_UDP: udp_read(p, v, doubt); return;
    case PROTO_SCTP: sctp_read(p, v); return;
    default: break;
    }
    if (p->ip_proto == (p->net == NET_IP6 ? PROTO_ICMP6 : PROTO_ICMP)) {
        icmp_read(p, v, doubt);
        return;
    }
    if (p->ip_proto == PROTO_IGMP)
        layer_add(p, LAYER_IGMP, v->p, min_u32(8, v->n));
    payload_is(p, v);
}

void packet_transport(struct packet *p, struct slice bytes)
{
    struct view v = {.p = bytes.p, .n = bytes.n, .wire = bytes.n};

    p->frame = (struct slice){0};
    p->n_layers = 0;
    p->fragment = p->more_fragments = p->cut = false;
    p->frag_at = 0;
    if (p->net == NET_IP6)
        net_ip6_upper(p, &v, p->ip_proto, 0);
    else
        transport_read(p, &v, 0);
}
