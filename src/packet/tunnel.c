// SPDX-License-Identifier: Apache-2.0
// What is inside of tunnels: IP in IP, GRE, VXLAN, GENEVE, Teredo, GTP-U. Those over UDP have
// only a port to show for themselves, so that their headers must fit exactly and are never odd.
#include "packet/decode.h"

enum {
    TYPE_BRIDGED = 0x6558,
    TYPE_PPP = 0x880b,
    TYPE_ERSPAN = 0x88be,
    TYPE_WCCP = 0x883e,
    TYPE_ERSPAN3 = 0x22eb
};

// A tunnel that was recognised: its kind, and what follows its header.
struct tunnel {
    uint8_t kind;
    uint32_t next;
    uint32_t head;    // bytes of the tunnel's header
    uint32_t limit;   // bytes that follow it, as it says; UINT32_MAX: it does not
    uint32_t network; // 0: the tunnel has no such thing
};

// Room for `n` bytes as IP at `at` of the tunnel: a version nibble and a header.
static uint32_t ip_at(const struct view *v, uint32_t at)
{
    if (v->n <= at)
        return NEXT_NONE;
    switch (v->p[at] >> 4) {
    case 4: return v->wire - at >= 20 ? NEXT_IP4 : NEXT_NONE;
    case 6: return v->wire - at >= 40 ? NEXT_IP6 : NEXT_NONE;
    default: return NEXT_NONE;
    }
}

// RFC 7348 5: flags (only I), 24 bits of zero, network, a byte of zero; then Ethernet.
static bool vxlan(struct tunnel *t, const struct view *v)
{
    const uint8_t *h = v->p;

    if (v->n < 8 + 14 || load_be32(h) != 0x08000000 || h[7])
        return false;
    *t = (struct tunnel){LAYER_VXLAN, NEXT_ETHER, 8, UINT32_MAX, load_be32(h + 4) >> 8};
    return true;
}

// RFC 8926 3.4: version and length of options/4, flags, protocol, network; options.
static bool geneve(struct tunnel *t, const struct view *v)
{
    const uint8_t *h = v->p;

    if (v->n < 8 || h[0] >> 6 || h[1] & 0x3f || h[7])
        return false;
    uint32_t head = 8 + (h[0] & 63u) * 4, type = load_be16(h + 2);
    if (head > v->n)
        return false;
    if (type == TYPE_BRIDGED)
        type = NEXT_ETHER;
    else if (type != TYPE_IP4 && type != TYPE_IP6)
        return false;
    *t = (struct tunnel){LAYER_GENEVE, type, head, UINT32_MAX, load_be32(h + 4) >> 8};
    return true;
}

// RFC 4380 5.1.1: an authentication and an origin indication may precede the IPv6 header.
static bool teredo(struct tunnel *t, const struct view *v)
{
    const uint8_t *h = v->p;
    uint32_t head = 0;

    if (v->n >= 4 && load_be16(h) == 1)
        head = 4u + h[2] + h[3] + 9;
    if (v->n >= head + 8 && load_be16(h + head) == 0)
        head += 8;
    if (v->n < head + 40 || h[head] >> 4 != 6 || load_be16(h + head + 4) + head + 40 != v->wire)
        return false;
    *t = (struct tunnel){LAYER_TEREDO, NEXT_IP6, head, UINT32_MAX, 0};
    return true;
}

// 3GPP TS 29.281 5.1: flags, type, length, tunnel; with any of E, S, PN four bytes more, the
// last of which begins a chain of extension headers of n * 4 bytes.
static bool gtp(struct tunnel *t, const struct view *v)
{
    enum { EXTENSION = 4, OPTIONAL = 7, USER_DATA = 255, EXTENSIONS_MOST = 8 };
    const uint8_t *h = v->p;
    uint32_t head = 8;

    if (v->n < 12 || (h[0] & 0xf8) != 0x30 || h[1] != USER_DATA)
        return false;
    uint32_t total = 8u + load_be16(h + 2);
    if (total > v->wire)
        return false;
    if (h[0] & OPTIONAL)
        head = 12;
    uint8_t type = h[0] & EXTENSION ? h[11] : 0;
    for (unsigned i = 0; type && i < EXTENSIONS_MOST; i++) {
        if (v->n <= head || !h[head])
            return false;
        head += h[head] * 4u;
        if (head > v->n)
            return false;
        type = h[head - 1];
    }
    uint32_t next = ip_at(v, head);
    if (type || next == NEXT_NONE || head > total)
        return false;
    *t = (struct tunnel){LAYER_GTP, next, head, total - head, 0};
    return true;
}

static bool over_udp(struct tunnel *t, const struct packet *p, const struct view *v)
{
    if (p->dport == PORT_VXLAN)
        return vxlan(t, v);
    if (p->dport == PORT_GENEVE)
        return geneve(t, v);
    if (p->dport == PORT_GTP || p->sport == PORT_GTP)
        return gtp(t, v);
    if (p->dport == PORT_TEREDO || p->sport == PORT_TEREDO)
        return teredo(t, v);
    return false;
}

// What a GRE protocol type stands for; ERSPAN has a header of its own, but
// in its type I.
static bool gre_type(struct tunnel *t, const struct view *v, uint16_t type, bool sequence)
{
    switch (type) {
    case TYPE_IP4:
    case TYPE_IP6:
    case TYPE_MPLS:
    case TYPE_MPLS_MULTICAST: t->next = type; return true;
    case TYPE_PPP: t->next = NEXT_PPP; return true;
    case TYPE_BRIDGED: t->next = NEXT_ETHER; return true;
    case TYPE_WCCP: // version 2 has a header of its own, version 1 has not
        t->next = NEXT_IP4;
        t->head += v->n > t->head && v->p[t->head] >> 4 != 4 ? 4 : 0;
        return true;
    case TYPE_ERSPAN:
        t->next = NEXT_ETHER;
        t->head += sequence ? 8 : 0;
        return true;
    case TYPE_ERSPAN3:
        t->next = NEXT_ETHER;
        t->head += 12;
        if (v->n >= t->head && v->p[t->head - 1] & 1) // a platform's header follows
            t->head += 8;
        return true;
    default: return false;
    }
}

// RFC 2784, 2890 and 2637 4.1: flags, version, protocol; checksum, key, sequence,
// acknowledgement as the flags say. False without an odd: nothing in it that can be read.
static bool gre(struct tunnel *t, struct packet *outer, const struct view *v)
{
    enum { SUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACK = 0x80 };
    const uint8_t *h = v->p;

    if (v->n < 4) {
        if (v->wire < 4)
            mark(outer, ODD_tunnel_bad);
        return false;
    }
    uint16_t flags = load_be16(h);
    bool point_to_point = (flags & 7) == 1;
    *t = (struct tunnel){LAYER_GRE, NEXT_NONE, 4, UINT32_MAX, 0};
    if ((flags & 7) > 1 || flags & ROUTING)
        return false;
    t->head += (flags & SUM ? 4u : 0u) + (flags & KEY ? 4u : 0u) + (flags & SEQUENCE ? 4u : 0u);
    if (point_to_point) {
        t->head += flags & ACK ? 4 : 0;
        if (!(flags & SEQUENCE) || !(flags & KEY) || v->n < 8)
            return false; // only an acknowledgement
        t->limit = load_be16(h + 4);
    }
    if (!gre_type(t, v, load_be16(h + 2), flags & SEQUENCE))
        return false;
    if (t->head > v->wire)
        mark(outer, ODD_tunnel_bad);
    return t->head <= v->n;
}

static bool ip_in_ip(struct tunnel *t, struct packet *outer, const struct view *v)
{
    uint32_t next = ip_at(v, 0);

    if (next != (outer->ip_proto == PROTO_IP4 ? NEXT_IP4 : NEXT_IP6)) {
        if (v->n || !v->wire)
            mark(outer, ODD_tunnel_bad);
        return false;
    }
    *t = (struct tunnel){outer->net == NET_IP4 ? LAYER_IP4 : LAYER_IP6, next, 0, UINT32_MAX, 0};
    return true;
}

static bool tunnel_find(struct tunnel *t, struct packet *outer, const struct view *v)
{
    if (outer->fragment || (outer->net != NET_IP4 && outer->net != NET_IP6))
        return false;
    switch (outer->ip_proto) {
    case PROTO_UDP: return outer->has_transport && over_udp(t, outer, v);
    case PROTO_GRE: return gre(t, outer, v);
    case PROTO_IP4:
    case PROTO_IP6: return ip_in_ip(t, outer, v);
    default: return false;
    }
}

// Offsets of the inner layers count in the whole frame, unless the bytes were joined elsewhere.
static bool inside(struct slice whole, struct slice part)
{
    return whole.p && part.p >= whole.p && part.p + part.n <= whole.p + whole.n;
}

// What carries Ethernet in GRE and is no bridge is ERSPAN: frames that a switch mirrored.
static bool is_mirror(const struct tunnel *t, const struct view *v)
{
    return t->kind == LAYER_GRE && t->next == NEXT_ETHER && load_be16(v->p + 2) != TYPE_BRIDGED;
}

bool packet_inner(struct packet *inner, struct packet *outer, unsigned depth)
{
    struct view v = {.p = outer->payload.p, .n = outer->payload.n, .wire = outer->payload_len};
    struct tunnel t = {0};

    v.wire = max_u32(v.n, v.wire);
    if (!tunnel_find(&t, outer, &v))
        return false;
    if (depth >= TUNNELS_MOST) {
        mark(outer, ODD_tunnel_deep);
        return false;
    }
    packet_reset(inner);
    inner->ordinal = outer->ordinal;
    inner->ts = outer->ts;
    inner->tunnel = t.kind;
    inner->network = t.network;
    inner->mirrored = outer->mirrored || is_mirror(&t, &v);
    bool shared = inside(outer->frame, outer->payload);
    inner->frame = shared ? outer->frame : outer->payload;
    inner->wire_len = shared ? outer->wire_len : v.wire;
    if (t.head)
        layer_add(inner, t.kind, v.p, t.head);
    view_skip(&v, t.head);
    view_limit(&v, t.limit);
    packet_walk(inner, &v, t.next);
    return inner->net != NET_NONE;
}
