// SPDX-License-Identifier: Apache-2.0
// Headers made of what a line says: whoever prints them gets the line again.
#include <endian.h>

#include "packet/checksum.h"
#include "print/read.h"

static void put_be16(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put_be32(uint8_t *p, uint32_t v)
{
    put_be16(p, v >> 16);
    put_be16(p + 2, v);
}

// Printed numbers count from the bases that the handshake showed, but in a line with SYN. Where
// none was seen, small numbers stay as they are, and become a connection that begins at 0.
static void absolute_numbers(struct line *l, struct numbers *n, const struct net *net)
{
    enum { SMALL = 1 << 24 };
    struct tcp_header zero = {.seq = 0, .ack = 1, .flags = TCP_ACK};
    struct tcp_header told = {.seq = l->seq, .ack = l->ack, .flags = l->flags};
    struct bases b;
    bool fresh;

    if (!(l->flags & TCP_ACK))
        return;
    bool small = l->ack < SMALL && (!l->has_numbers || l->seq < SMALL);
    bool is_new = l->flags & TCP_SYN || !small;
    b = numbers_of(n, net, l->src.port, l->dst.port, is_new ? &told : &zero, &fresh);
    if (is_new || fresh)
        return;
    l->seq = b.src + (l->has_numbers ? l->seq : 1);
    l->ack += b.dst;
    for (uint32_t at = 0; at + 1 < l->options; at += l->option[at] <= 1 ? 1 : l->option[at + 1])
        if (l->option[at] == 5)
            for (uint32_t k = at + 2; k < at + l->option[at + 1]; k += 4)
                put_be32(l->option + k, load_be32(l->option + k) + b.dst);
}

static uint32_t build_tcp(const struct line *l, uint8_t *p)
{
    uint32_t n = 20 + (l->options + 3) / 4 * 4;

    memset(p, 0, n);
    put_be16(p, l->src.port);
    put_be16(p + 2, l->dst.port);
    put_be32(p + 4, l->seq);
    put_be32(p + 8, l->flags & TCP_ACK ? l->ack : 0);
    p[12] = (uint8_t)(n / 4 << 4);
    p[13] = l->flags;
    put_be16(p + 14, l->window);
    put_be16(p + 18, l->urgent);
    memcpy(p + 20, l->option, l->options);
    return n;
}

static uint32_t build_transport(const struct line *l, uint8_t *p)
{
    bool ports = l->src.has_port && l->dst.has_port;

    memset(p, 0, 8);
    switch (l->proto) {
    case PROTO_TCP: return ports ? build_tcp(l, p) : 0;
    case PROTO_UDP:
        put_be16(p, l->src.port);
        put_be16(p + 2, l->dst.port);
        put_be16(p + 4, l->length + 8);
        return ports ? 8 : 0;
    case PROTO_ICMP:
        p[0] = l->icmp_type;
        put_be16(p + 4, l->icmp_id);
        put_be16(p + 6, l->icmp_seq);
        return l->icmp_type == 0xff ? 0 : 8;
    default: return 0;
    }
}

static uint32_t build_ip(const struct line *l, uint8_t *p, uint32_t carried)
{
    uint32_t field =
        l->frag_at / 8 | (l->dont_fragment ? 0x4000u : 0) | (l->more_fragments ? 0x2000u : 0);

    if (l->src.version == 6) {
        memset(p, 0, 40);
        p[0] = 0x60;
        put_be16(p + 4, carried);
        p[6] = l->proto;
        p[7] = l->ttl ? l->ttl : 64;
        memcpy(p + 8, l->src.b, 16);
        memcpy(p + 24, l->dst.b, 16);
        return 40;
    }
    memset(p, 0, 20);
    p[0] = 0x45;
    p[1] = l->tos;
    put_be16(p + 2, 20 + carried);
    put_be16(p + 4, l->id);
    put_be16(p + 6, field);
    p[8] = l->ttl ? l->ttl : 64;
    p[9] = l->proto;
    memcpy(p + 12, l->src.b, 4);
    memcpy(p + 16, l->dst.b, 4);
    put_be16(p + 10, (uint16_t)~be16toh(sum_fold(sum_20(p))));
    return 20;
}

uint32_t line_build(const struct line *told, struct numbers *numbers, uint8_t *to,
                    uint32_t *wire)
{
    struct line l = *told;
    uint32_t head = l.src.version == 6 ? 40 : 20, n = 0, carried;
    struct net net = {.src = l.src.b,
                      .dst = l.dst.b,
                      .last_dst = l.dst.b,
                      .version = l.src.version,
                      .proto = l.proto};

    if (!l.src.version || l.src.version != l.dst.version)
        return 0;
    if (l.is_fragment && !l.proto)
        l.proto = PROTO_UDP;
    if (l.proto == PROTO_TCP)
        absolute_numbers(&l, numbers, &net);
    if (!l.frag_at && !(n = build_transport(&l, to + head)))
        return 0;
    carried = l.is_fragment           ? l.frag_length
              : l.proto == PROTO_ICMP ? max_u32(l.length, 8)
                                      : n + l.length;
    if (carried < n || carried > UINT16_MAX - head)
        return 0;
    if (l.proto == PROTO_TCP && carried == n) {
        uint16_t sum = sum_transport(&net, (struct view){to + head, n, n}, PROTO_TCP);
        put_be16(to + head + 16, (uint16_t)~sum);
    }
    build_ip(&l, to, carried);
    *wire = head + carried;
    return head + n;
}
