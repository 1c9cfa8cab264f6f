// SPDX-License-Identifier: Apache-2.0
// Usual frames in one go: Ethernet with at most one tag, IPv4 without options or IPv6 without
// extensions, TCP or UDP; whole, with right checksums, nothing odd. Most frames are so. All
// others are left to the walk, which finds the same in usual ones (check_test.h,
// packet_fuzz.c).
#include "packet/checksum.h"
#include "packet/crafted.h"
#include "packet/decode.h"

enum { ETHER = 14, TAG = 4, HEAD4 = 20, HEAD6 = 40, TCP = 20, UDP = 8 };

// Where things are: offsets in the frame, and the length of what the IP header carries.
struct usual {
    uint32_t net, up, n;
    uint8_t version, proto;
};

// Nothing may be odd about the header but its addresses' scope: not a group's, not the same.
static inline bool usual_ip4(const uint8_t *h, uint32_t left, struct usual *u)
{
    uint32_t total = load_be16(h + 2);

    if (h[0] != 0x45 || total < HEAD4 || total > left || load_be16(h + 6) & 0xbfff ||
        h[12] >= 224 || h[12] == 127 || !h[12] || !h[8] || !memcmp(h + 12, h + 16, 4) ||
        sum_fold(sum_20(h)) != 0xffff)
        return false;
    u->version = 4;
    u->proto = h[9];
    u->up = u->net + HEAD4;
    u->n = total - HEAD4;
    return true;
}

static inline bool usual_ip6(const uint8_t *h, uint32_t left, struct usual *u)
{
    uint32_t carried = load_be16(h + 4);

    if (h[0] >> 4 != 6 || left < HEAD6 || !carried || carried > left - HEAD6 || h[8] == 0xff ||
        !memcmp(h + 8, h + 24, 16))
        return false;
    u->version = 6;
    u->proto = h[6];
    u->up = u->net + HEAD6;
    u->n = carried;
    return true;
}

static inline bool odd_syn(const uint8_t *h)
{
    return !load_be32(h + 4) || load_be32(h + 8) || !load_be16(h + 14) ||
           load_be16(h) == load_be16(h + 2);
}

// At most one of SYN, FIN and RST, and ACK on all but the first segment and a reset.
static inline bool usual_tcp(const uint8_t *h, uint32_t n)
{
    uint32_t head = (h[12] >> 4) * 4u, flags = h[13] & 0x3f;
    uint32_t ends = flags & (TCP_SYN | TCP_FIN | TCP_RST);

    return head >= TCP && head <= n && !(h[12] & 0x0e) && !(ends & (ends - 1)) &&
           (flags & TCP_ACK || (flags == TCP_SYN && !odd_syn(h)) || flags == TCP_RST) &&
           !(flags & TCP_SYN && flags & (TCP_PSH | TCP_URG)) &&
           !(flags & TCP_RST && n > head) && (flags & TCP_URG || !load_be16(h + 18));
}

// The sum over the addresses, which stand just before the transport header, and all behind:
// with the headers before the addresses it is more than SUM_BLOCK bytes.
static inline bool usual_sum(const uint8_t *up, const struct usual *u)
{
    uint32_t addresses = u->version == 4 ? 8 : 32;
    uint64_t sum = sum_behind(up - addresses, addresses + u->n);

    return sum_fold(sum + sum_number(u->proto) + sum_number(u->n)) == 0xffff;
}

static inline bool usual_transport(const uint8_t *h, const struct usual *u)
{
    if (u->n < UDP || !load_be16(h) || !load_be16(h + 2))
        return false;
    if (u->proto == PROTO_TCP)
        return u->n >= TCP && usual_tcp(h, u->n) && usual_sum(h, u);
    return u->proto == PROTO_UDP && load_be16(h + 4) == u->n && load_be16(h + 6) &&
           usual_sum(h, u);
}

static inline bool all_zero(const uint8_t *p, const uint8_t *end)
{
    uint8_t any = 0;

    while (p < end)
        any |= *p++;
    return !any;
}

static inline bool usual_find(const uint8_t *data, uint32_t n, struct usual *u)
{
    if (n < ETHER + TAG + HEAD4 || data[6] & 1 || load_be32(data + 2) == load_be32(data + 8))
        return false;
    u->net = load_be16(data + 12) == TYPE_VLAN ? ETHER + TAG : ETHER;
    uint32_t type = load_be16(data + u->net - 2), left = n - u->net;
    const uint8_t *h = data + u->net;

    return ((type == TYPE_IP4 && usual_ip4(h, left, u)) ||
            (type == TYPE_IP6 && usual_ip6(h, left, u))) &&
           (u->proto == PROTO_TCP ? !(data[0] & 1) : h[16] != 255) &&
           usual_transport(data + u->up, u) && all_zero(data + u->up + u->n, data + n);
}

static inline void link_fill(struct packet *p, const uint8_t *data, const struct usual *u)
{
    memcpy(p->dst_mac.b, data, 6);
    memcpy(p->src_mac.b, data + 6, 6);
    p->ether_type = u->version == 4 ? TYPE_IP4 : TYPE_IP6;
    if (u->net == ETHER)
        return;
    p->vlan[0] = load_be16(data + ETHER) & 0xfff;
    p->n_vlan = 1;
}

// All 16 bytes at once, as they are soon read: a load that spans two stores waits for both.
static inline void address4(struct addr *a, const uint8_t *at)
{
    uint32_t first;
    memcpy(&first, at, sizeof first);
    const uint32_t words __attribute__((vector_size(16))) = {first};
    memcpy(a->b, &words, sizeof words);
}

static inline void net_fill(struct packet *p, const uint8_t *h, const struct usual *u)
{
    p->ip_proto = u->proto;
    p->ip_len = u->up - u->net + u->n;
    if (u->version == 4) {
        p->net = NET_IP4;
        p->src.kind = p->dst.kind = ADDR_IP4;
        address4(&p->src, h + 12);
        address4(&p->dst, h + 16);
        p->ttl = h[8];
        p->frag_id = load_be16(h + 4);
    } else {
        p->net = NET_IP6;
        p->src.kind = p->dst.kind = ADDR_IP6;
        memcpy(p->src.b, h + 8, 16);
        memcpy(p->dst.b, h + 24, 16);
        p->ttl = h[7];
    }
}

static inline void layers_fill(struct packet *p, const struct usual *u, uint32_t head)
{
    struct layer *l = p->layer;

    *l++ = (struct layer){LAYER_ETHER, 0, ETHER};
    if (u->net > ETHER)
        *l++ = (struct layer){LAYER_VLAN, ETHER, TAG};
    l[0] = (struct layer){u->version == 4 ? LAYER_IP4 : LAYER_IP6, u->net, u->up - u->net};
    l[1] = (struct layer){u->proto == PROTO_TCP ? LAYER_TCP : LAYER_UDP, u->up, head};
    p->n_layers = u->net > ETHER ? 4 : 3;
}

bool usual_decode(struct packet *p)
{
    const uint8_t *data = p->frame.p;
    struct usual u;

    if (!usual_find(data, p->frame.n, &u))
        return false;
    link_fill(p, data, &u);
    net_fill(p, data + u.net, &u);
    const uint8_t *h = data + u.up;
    uint32_t head = u.proto == PROTO_TCP ? (h[12] >> 4) * 4u : UDP;
    p->padding = p->frame.n - u.up - u.n;
    p->has_ports = p->has_transport = true;
    p->sport = load_be16(h);
    p->dport = load_be16(h + 2);
    p->payload = slice_of(h + head, u.n - head);
    p->payload_len = u.n - head;
    layers_fill(p, &u, head);
    if (u.proto == PROTO_TCP)
        tcp_fill(p, h, head);
    if ((u.proto == PROTO_UDP || p->tcp.flags == TCP_SYN) && packet_probe(p))
        mark(p, ODD_known_probe);
    return true;
}
