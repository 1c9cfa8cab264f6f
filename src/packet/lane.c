// SPDX-License-Identifier: Apache-2.0
// The lane of a frame, by its outermost host pair. Common frames are read here in a few steps;
// whatever is not common is decoded, so that both ways agree.
#include "base/hash.h"
#include "packet/decode.h"

enum { LANE_SEED = 0x7061, DCP_FIRST = 0xfefc };

static inline uint32_t lane_of_words(uint64_t a, uint64_t b, uint32_t lanes)
{
    uint64_t low = a < b ? a : b, high = a < b ? b : a;

    return (uint32_t)hash_mix(hash_mix(low, high), LANE_SEED) & (lanes - 1);
}

static inline uint32_t lane_of_ip4(const uint8_t *a, const uint8_t *b, uint32_t lanes)
{
    return lane_of_words(load_be32(a), load_be32(b), lanes);
}

static inline uint64_t load_mac(const uint8_t *p)
{
    return (uint64_t)load_be16(p) << 32 | load_be32(p + 2);
}

static inline uint32_t lane_of_mac(const uint8_t *a, const uint8_t *b, uint32_t lanes)
{
    return lane_of_words(load_mac(a), load_mac(b), lanes);
}

static inline uint32_t lane_of_ip6(const uint8_t *a, const uint8_t *b, uint32_t lanes)
{
    return lane_of_words(hash_bytes(a, 16, LANE_SEED), hash_bytes(b, 16, LANE_SEED), lanes);
}

// A question to all and its answer from one have different pairs: such protocols share a lane.
static uint32_t shared_lane(uint16_t ether_type, uint32_t lanes)
{
    return (uint32_t)hash_mix(ether_type, LANE_SEED) & (lanes - 1);
}

static bool shares_lane(uint16_t ether_type, const uint8_t *payload, uint32_t n)
{
    return ether_type == TYPE_ARP ||
           (ether_type == TYPE_PROFINET && n >= 2 && load_be16(payload) >= DCP_FIRST &&
            load_be16(payload) <= DCP_FIRST + 3);
}

uint32_t packet_lane_of(const struct packet *p, uint32_t lanes)
{
    switch (p->net) {
    case NET_IP4: return lane_of_ip4(p->src.b, p->dst.b, lanes);
    case NET_IP6: return lane_of_ip6(p->src.b, p->dst.b, lanes);
    case NET_ETHER: break;
    default: return 0;
    }
    if (shares_lane(p->ether_type, p->payload.p, p->payload.n))
        return shared_lane(p->ether_type, lanes);
    return lane_of_mac(p->src.b, p->dst.b, lanes);
}

static inline void udp_fill(struct udp_ends *udp, enum addr_kind kind, const uint8_t *src,
                            const uint8_t *dst, const uint8_t *ports)
{
    udp->src = addr_of(kind, src);
    udp->dst = addr_of(kind, dst);
    udp->sport = load_be16(ports);
    udp->dport = load_be16(ports + 2);
    udp->has_ports = true;
}

static uint32_t lane_slow(uint16_t link, const uint8_t *data, uint32_t n, uint32_t lanes,
                          struct udp_ends *udp)
{
    struct packet p;

    packet_decode(&p, link, data, n, n);
    if (p.ip_proto == PROTO_UDP && p.has_ports)
        *udp = (struct udp_ends){p.src, p.dst, p.sport, p.dport, true};
    return packet_lane_of(&p, lanes);
}

static inline uint32_t lane_ip4(const uint8_t *h, uint32_t n, uint32_t lanes,
                                struct udp_ends *udp)
{
    uint32_t head = (h[0] & 15) * 4u, total = load_be16(h + 2);

    if (h[9] == PROTO_UDP && head >= 20 && !(load_be16(h + 6) & 0x3fff)) {
        if (total && total < n)
            n = total;
        if (n >= head + 4)
            udp_fill(udp, ADDR_IP4, h + 12, h + 16, h + head);
    }
    return lane_of_ip4(h + 12, h + 16, lanes);
}

static inline uint32_t lane_ip6(const uint8_t *h, uint32_t n, uint32_t lanes,
                                struct udp_ends *udp)
{
    uint32_t carried = load_be16(h + 4);

    if (h[6] == PROTO_UDP) {
        n -= 40;
        if (carried && carried < n)
            n = carried;
        if (n >= 4)
            udp_fill(udp, ADDR_IP6, h + 8, h + 24, h + 40);
    }
    return lane_of_ip6(h + 8, h + 24, lanes);
}

// True if h begins an IP header that can be read here: not one whose extension headers may hide
// the ports of UDP.
static inline bool ip_is_plain(const uint8_t *h, uint32_t n)
{
    if (n >= 20 && h[0] >> 4 == 4)
        return true;
    return n >= 40 && h[0] >> 4 == 6 &&
           (h[6] == PROTO_UDP || h[6] == PROTO_TCP || h[6] == PROTO_ICMP6);
}

// Where the network header of a common frame is, 0 for any other frame; its EtherType in *type.
static inline uint32_t net_at(uint16_t link, const uint8_t *data, uint32_t n, uint32_t *type)
{
    uint32_t at;

    *type = TYPE_IP4;
    switch (link) {
    case 1: at = 14; break;
    case 113: at = 16; break;
    case 276: at = 20; break;
    case 0:
    case 108: return n >= 4 && (load_le32(data) == 2 || load_be32(data) == 2) ? 4 : 0;
    default: return 0;
    }
    if (n < at)
        return 0;
    *type = load_be16(data + (link == 276 ? 0 : at - 2));
    while (type_is_vlan(*type) && n - at >= 4) {
        *type = load_be16(data + at + 2);
        at += 4;
    }
    return at;
}

uint32_t packet_lane(uint16_t link, const uint8_t *data, uint32_t n, uint32_t lanes,
                     struct udp_ends *udp)
{
    uint32_t type, at = net_at(link, data, n, &type);

    udp->has_ports = false;
    if (!at && link != 101 && link != 12)
        return lane_slow(link, data, n, lanes, udp);
    if ((type == TYPE_IP4 || type == TYPE_IP6) && ip_is_plain(data + at, n - at)) {
        if (data[at] >> 4 == 4)
            return lane_ip4(data + at, n - at, lanes, udp);
        return lane_ip6(data + at, n - at, lanes, udp);
    }
    if (type == TYPE_PROFINET && link == 1 && !shares_lane(TYPE_PROFINET, data + at, n - at))
        return lane_of_mac(data + 6, data, lanes); // cyclic data, most of what a plant sends
    return lane_slow(link, data, n, lanes, udp);
}
