// SPDX-License-Identifier: Apache-2.0
// Fuzz target: two bytes choose the link type and how much was cut, the rest is the frame.
#include "packet/decode.h"

#include <stdlib.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check(const struct packet *p)
{
    const uint8_t *end = p->frame.p ? p->frame.p + p->frame.n : NULL;

    if (p->payload.n)
        require(p->payload.p >= p->frame.p && p->payload.p + p->payload.n <= end);
    require(p->payload.n <= p->payload_len);
    require(p->n_layers <= LAYERS_MOST);
    for (unsigned i = 0; i < p->n_layers; i++) {
        const struct layer *l = &p->layer[i];
        require(l->kind < LAYERS && l->at <= p->frame.n && l->n <= p->frame.n - l->at);
    }
    require(p->has_ports || (!p->sport && !p->dport));
    require(!p->fragment || !p->has_transport);
    require(p->net != NET_NONE || !p->payload.n);
    require(p->frames == 1);
}

static void check_lane(uint16_t link, const uint8_t *data, uint32_t n, const struct packet *p)
{
    struct udp_ends udp;
    uint32_t lane = packet_lane(link, data, n, 64, &udp);

    require(lane == packet_lane_of(p, 64));
    require(udp.has_ports == (p->has_ports && p->ip_proto == PROTO_UDP));
    if (udp.has_ports)
        require(udp.sport == p->sport && udp.dport == p->dport &&
                addr_equal(&udp.src, &p->src) && addr_equal(&udp.dst, &p->dst));
}

// The short way for usual frames finds what the walk finds.
static void check_ways(uint16_t link, const struct packet *p)
{
    enum { FROM = offsetof(struct packet, frame), TO = offsetof(struct packet, layer) };
    struct packet q;

    memset(&q, 0xa5, sizeof q);
    packet_reset(&q);
    q.frame = p->frame;
    q.wire_len = p->wire_len;
    q.odds = p->odds & UINT64_C(1) << ODD_frame_cut;
    packet_decode_any(&q, link);
    require(!memcmp((const char *)p + FROM, (char *)&q + FROM, TO - FROM));
    for (unsigned i = 0; i < q.n_layers; i++) {
        const struct layer *a = &p->layer[i], *b = &q.layer[i];
        require(a->kind == b->kind && a->at == b->at && a->n == b->n);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t links[] = {1,   0,   9,   12,  14,  50,  101, 104,
                                     105, 108, 113, 127, 228, 229, 276, 4711};
    struct packet p[TUNNELS_MOST + 2];
    unsigned depth = 0;

    if (size < 2)
        return 0;
    uint16_t link = links[data[0] % COUNT_OF(links)];
    uint32_t n = (uint32_t)size - 2;
    memset(p, 0xa5, sizeof p);
    packet_decode(&p[0], link, data + 2, n, n + (data[1] & 0x7fu));
    check(&p[0]);
    check_ways(link, &p[0]);
    check_lane(link, data + 2, n, &p[0]);
    while (packet_inner(&p[depth + 1], &p[depth], depth)) {
        depth++;
        require(depth <= TUNNELS_MOST);
        check(&p[depth]);
    }
    if (p[0].fragment)
        packet_transport(&p[0], p[0].payload);
    return 0;
}
