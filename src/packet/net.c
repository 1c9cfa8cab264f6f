// SPDX-License-Identifier: Apache-2.0
// IPv4 (RFC 791) and IPv6 (RFC 8200) headers, with options, extension headers and fragments.
#include "packet/checksum.h"
#include "packet/decode.h"

enum {
    HEAD4 = 20,
    HEAD6 = 40,
    EXT_USUAL = 6, // more IPv6 extension headers are odd
    EXT_MOST = 16  // and the walk ends here
};

// The end of what can be read: the rest is payload, or nothing if a header is broken.
static void net_end(struct packet *p, const struct view *v)
{
    p->payload = slice_of(v->p, v->n);
    p->payload_len = v->wire;
    p->cut = v->n < v->wire;
}

// A header which is not whole. Cut by the capture: its length still tells what it carries.
static void net_broken(struct packet *p, const struct view *v, uint32_t head)
{
    p->payload = slice_of(v->p + v->n, 0);
    p->cut = v->n < v->wire;
    p->payload_len = p->cut && v->wire > head ? v->wire - head : 0;
    if (!p->cut || head > v->wire)
        mark(p, ODD_ip_hdr_len);
}

// Loopback devices show a host that talks to itself; there are no MACs on them.
static bool on_loopback(const struct packet *p)
{
    static const struct mac none;

    if (!p->n_layers)
        return false;
    if (p->layer[0].kind != LAYER_ETHER && p->layer[0].kind != LAYER_COOKED)
        return p->layer[0].kind == LAYER_NULL;
    return !memcmp(&p->src_mac, &none, sizeof none) && !memcmp(&p->dst_mac, &none, sizeof none);
}

static void odd_same(struct packet *p)
{
    static const uint8_t zero[16], one[16] = {[15] = 1};
    const uint8_t *b = p->src.b;
    bool local = p->net == NET_IP4 ? b[0] == 127 : !memcmp(b, one, 16);

    if (!local && memcmp(b, zero, 16) && !on_loopback(p))
        mark(p, ODD_ip_land);
}

// Asked of the header's bytes: reading back what was just written in pieces would wait for it.
static inline void odd_addresses(struct packet *p, bool same, uint8_t first)
{
    if (same)
        odd_same(p);
    if (first >= 224 && addr_is_multicast(&p->src))
        mark(p, ODD_ip_src_multicast);
}

static void options_end(struct packet *p, struct slice rest)
{
    for (uint32_t i = 0; i < rest.n; i++)
        if (rest.p[i]) {
            mark(p, ODD_ip_options_trail);
            return;
        }
}

// RFC 791 3.1: options of one byte (0 ends them, 1 fills), or kind, length and data. A source
// route with stops left has the packet's last destination, which the transport's sum is over.
static unsigned options4(struct packet *p, struct slice options)
{
    enum { END = 0, FILL = 1, LOOSE_ROUTE = 131, STRICT_ROUTE = 137, ROUTER_ALERT = 148 };
    struct cur c = cur_of(options);
    unsigned doubt = 0;

    while (cur_left(&c)) {
        uint8_t kind = cur_u8(&c);
        if (kind == END) {
            options_end(p, cur_rest(&c));
            break;
        }
        if (kind == FILL)
            continue;
        uint8_t n = cur_u8(&c);
        struct slice data = cur_take(&c, n < 2 ? UINT32_MAX : n - 2u);
        if (kind == LOOSE_ROUTE || kind == STRICT_ROUTE)
            mark(p, ODD_ip_source_route);
        else if (kind != ROUTER_ALERT) // IGMP and RSVP have it
            mark(p, ODD_ip_option_rare);
        if (c.bad) {
            mark(p, ODD_ip_options_bad);
            break;
        }
        if ((kind == LOOSE_ROUTE || kind == STRICT_ROUTE) && data.n && data.p[0] < n)
            doubt |= DOUBT_SUM;
    }
    return doubt;
}

static void fragment4(struct packet *p, const struct view *v, uint16_t field)
{
    enum { NARROW = 256 };

    p->fragment = true;
    p->more_fragments = field & 0x2000;
    p->frag_at = (field & 0x1fffu) * 8;
    if (field & 0x4000)
        mark(p, ODD_ip_df_fragment);
    if (p->more_fragments && v->wire % 8)
        mark(p, ODD_frag_unaligned);
    if (p->more_fragments && v->wire < NARROW)
        mark(p, ODD_frag_small);
    net_end(p, v);
}

// Servers that share the work (NLB) have group addresses of their own. Whose last two bits are
// set may be the broadcast address of a small network.
static bool to_many(const struct packet *p, const uint8_t *h)
{
    enum { ICMP = 1, TCP = 6, GROUPS = 224 };
    const uint8_t *m = p->dst_mac.b;

    return m[0] & 1 && !(m[0] == 3 && m[1] == 0xbf) && (h[9] == TCP || h[9] == ICMP) &&
           h[16] < GROUPS && (h[19] & 3) != 3;
}

// Where the frame has MACs. Servers of DHCP answer so who has no address yet.
static bool to_one(const struct packet *p, const struct view *v)
{
    enum { TCP = 6, UDP = 17, DHCP_CLIENT = 68 };
    static const struct mac none;
    const uint8_t *h = v->p;
    uint32_t head = (h[0] & 15) * 4u;
    bool dhcp = h[9] == UDP && v->n >= head + 4 && load_be16(h + head + 2) == DHCP_CLIENT;

    return load_be32(h + 16) == UINT32_MAX && h[9] != TCP && !(p->dst_mac.b[0] & 1) && !dhcp &&
           !p->tunnel && memcmp(&p->dst_mac, &none, sizeof none) != 0;
}

// 127.0.0.0/8 belongs on a loopback; only who has no address yet sends from 0.0.0.0.
static void odd_header4(struct packet *p, const struct view *v)
{
    enum { IGMP = 2, UDP = 17, UNASSIGNED = 143, TRIAL = 253, TRIAL_END = 254 };
    const uint8_t *h = v->p;
    uint32_t src = load_be32(h + 12);

    if (!h[8])
        mark(p, ODD_ip_ttl_zero);
    if (!h[9] || (h[9] > UNASSIGNED && h[9] != TRIAL && h[9] != TRIAL_END))
        mark(p, ODD_ip_proto_odd);
    if ((h[12] == 127 && !on_loopback(p) && h[16] != 127) ||
        (!src && h[9] != IGMP && h[9] != UDP))
        mark(p, ODD_ip_src_odd);
    if (to_many(p, h))
        mark(p, ODD_ip_to_many);
    if (to_one(p, v))
        mark(p, ODD_ip_to_one);
}

//  0 version, header length/4 | 2 total length | 4 identification | 6 flags, offset/8
//  8 time to live | 9 protocol | 10 checksum | 12 source | 16 destination | 20 options
static void net_ip4(struct packet *p, struct view *v)
{
    const uint8_t *h = v->p;
    uint32_t head = (h[0] & 15) * 4u, total = load_be16(h + 2);
    uint16_t field = load_be16(h + 6);
    unsigned doubt = 0;

    p->net = NET_IP4;
    p->src.kind = p->dst.kind = ADDR_IP4;
    memcpy(p->src.b, h + 12, 4);
    memcpy(p->dst.b, h + 16, 4);
    p->ttl = h[8];
    p->frag_id = load_be16(h + 4);
    p->ip_proto = h[9];
    odd_addresses(p, load_be32(h + 12) == load_be32(h + 16), h[12]);
    if (field & 0x8000)
        mark(p, ODD_ip_reserved_flag);
    odd_header4(p, v);

    if (total == 0 || total > v->wire) {
        if (total)
            mark(p, ODD_ip_len_long);
        total = v->wire; // 0: a segment that the network card was to cut
        doubt = DOUBT_SUM | DOUBT_LENGTH;
    } else if (total < head && head >= HEAD4) {
        mark(p, ODD_ip_len_short);
        layer_add(p, LAYER_IP4, h, min_u32(head, v->n));
        p->ip_len = total;
        p->payload = slice_of(h + min_u32(head, v->n), 0);
        return;
    }
    view_limit(v, total);
    p->ip_len = total;
    layer_add(p, LAYER_IP4, h, min_u32(max_u32(head, HEAD4), v->n));
    if (head < HEAD4 || head > v->n) {
        net_broken(p, v, head);
        if (head < HEAD4)
            mark(p, ODD_ip_hdr_len);
        return;
    }
    uint64_t sum = head == HEAD4 ? sum_20(h) : sum_bytes(h, head);
    if (sum_fold(sum) != 0xffff && load_be16(h + 10)) // 0: left to the network card
        mark(p, ODD_ip_checksum);
    if (head > HEAD4)
        doubt |= options4(p, slice_of(h + HEAD4, head - HEAD4));
    view_skip(v, head);
    if (field & 0x3fff)
        fragment4(p, v, field);
    else
        transport_read(p, v, doubt);
}

// ---- IPv6

static bool is_extension(uint8_t proto)
{
    switch (proto) {
    case PROTO_HOP_BY_HOP:
    case PROTO_ROUTING:
    case PROTO_FRAGMENT:
    case PROTO_AH:
    case PROTO_DESTINATION:
    case PROTO_MOBILITY:
    case PROTO_HIP:
    case PROTO_SHIM6: return true;
    default: return false;
    }
}

// RFC 8200 4.1: each at most once and in this order, but the destination options, which may
// come twice: anywhere, as mobile IP puts them behind a routing header.
static unsigned extension_rank(uint8_t proto)
{
    switch (proto) {
    case PROTO_HOP_BY_HOP: return 1;
    case PROTO_ROUTING: return 2;
    case PROTO_FRAGMENT: return 3;
    case PROTO_AH: return 4;
    default: return 5;
    }
}

struct extensions { // what was seen of the chain so far
    unsigned n, rank, destinations;
    uint8_t last;
};

static void extension_order(struct packet *p, struct extensions *e, uint8_t proto)
{
    unsigned rank = extension_rank(proto);
    bool wrong;

    if (proto == PROTO_DESTINATION) {
        wrong = ++e->destinations > 2 || (e->n && e->last == PROTO_DESTINATION);
    } else {
        wrong = rank <= e->rank || (proto == PROTO_HOP_BY_HOP && e->n);
        e->rank = max_u32(rank, e->rank);
    }
    if (wrong)
        mark(p, ODD_ip6_ext_order);
    if (++e->n > EXT_USUAL)
        mark(p, ODD_ip6_ext_deep);
    e->last = proto;
}

static uint32_t extension_len(uint8_t proto, const uint8_t *h)
{
    switch (proto) {
    case PROTO_FRAGMENT: return 8;
    case PROTO_AH: return (h[1] + 2u) * 4;
    default: return (h[1] + 1u) * 8;
    }
}

// RFC 8200 4.5. False: a whole packet, for which the header was not needed (RFC 6946).
static bool fragment6(struct packet *p, const uint8_t *h)
{
    uint16_t field = load_be16(h + 2);

    if (!(field & 0xfff9)) {
        mark(p, ODD_ip6_atomic_fragment);
        return false;
    }
    p->fragment = true;
    p->more_fragments = field & 1;
    p->frag_at = field & 0xfff8;
    p->frag_id = load_be32(h + 4);
    return true;
}

void net_ip6_upper(struct packet *p, struct view *v, uint8_t proto, unsigned doubt)
{
    struct extensions e = {0};

    while (is_extension(proto) && e.n < EXT_MOST) {
        const uint8_t *h = v->p;

        p->ip_proto = proto;
        uint32_t n = v->n < 8 ? 8 : extension_len(proto, h);
        if (v->n < n) {
            net_broken(p, v, n);
            return;
        }
        extension_order(p, &e, proto);
        layer_add(p, LAYER_IP6_EXT, h, n);
        view_skip(v, n);
        // The checksum is over the last of the addresses to visit, or over the home address.
        if ((proto == PROTO_ROUTING && h[3]) || proto == PROTO_DESTINATION)
            doubt |= DOUBT_SUM;
        proto = h[0];
        if (h[0] == PROTO_NO_NEXT)
            break;
        if (e.last == PROTO_FRAGMENT && fragment6(p, h)) {
            p->ip_proto = proto;
            net_end(p, v);
            return;
        }
    }
    p->ip_proto = proto;
    transport_read(p, v, doubt);
}

//  0 version, class, flow | 4 payload length | 6 next header | 7 hop limit | 8 source
//  24 destination
static void net_ip6(struct packet *p, struct view *v)
{
    const uint8_t *h = v->p;
    uint32_t carried = load_be16(h + 4);
    unsigned doubt = 0;

    p->net = NET_IP6;
    p->src.kind = p->dst.kind = ADDR_IP6;
    memcpy(p->src.b, h + 8, 16);
    memcpy(p->dst.b, h + 24, 16);
    p->ttl = h[7];
    p->ip_proto = h[6];
    odd_addresses(p, !memcmp(h + 8, h + 24, 16), h[8]);
    layer_add(p, LAYER_IP6, h, HEAD6);
    view_skip(v, HEAD6);
    if (carried > v->wire || (carried == 0 && h[6] != PROTO_NO_NEXT)) {
        if (carried)
            mark(p, ODD_ip_len_long);
        carried = v->wire; // 0: a jumbogram (RFC 2675), or left to the network card
        doubt = DOUBT_SUM | DOUBT_LENGTH;
    }
    p->ip_len = HEAD6 + carried;
    view_limit(v, carried);
    net_ip6_upper(p, v, h[6], doubt);
}

void net_ip(struct packet *p, struct view *v, unsigned version)
{
    if (!v->n) {
        if (!v->wire)
            mark(p, ODD_ip_hdr_len);
        return;
    }
    unsigned found = v->p[0] >> 4;
    uint32_t head = found == 6 ? HEAD6 : HEAD4;
    if (found != 4 && found != 6) {
        mark(p, ODD_ip_version);
        return;
    }
    if (version && found != version)
        mark(p, ODD_ip_version);
    if (v->n < head) {
        if (v->wire < head)
            mark(p, ODD_ip_hdr_len);
        return;
    }
    if (found == 4)
        net_ip4(p, v);
    else
        net_ip6(p, v);
}
