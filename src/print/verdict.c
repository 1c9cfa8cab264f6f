// SPDX-License-Identifier: Apache-2.0
// Explanations of one packet by itself: padding that is not zero, checksums that are wrong.
#include "print/verdict.h"

#include <endian.h>
#include <zlib.h>

#include "packet/checksum.h"

// ---------------------------------------------------------------- padding

static bool is_fill(struct slice s, uint8_t with)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i] != with)
            return false;
    return true;
}

// The last four bytes are the frame's check sequence (IEEE 802.3 3.2.9), all before it zero.
static bool is_check_sequence(struct slice frame, struct slice padding)
{
    if (padding.n < 4 || !is_fill(slice_of(padding.p, padding.n - 4), 0))
        return false;
    uint32_t n = (uint32_t)(padding.p - frame.p) + padding.n - 4;
    return (uint32_t)crc32(0, frame.p, n) == load_le32(frame.p + n);
}

// IEC 62439-3: number 2, network 4 and size 12 bits, 88fb; the size is from the EtherType on.
static bool is_redundancy(struct slice frame, struct slice padding)
{
    enum { ETHER_HEAD = 14, TRAILER = 6 };

    if (padding.n < TRAILER || frame.n < ETHER_HEAD + TRAILER)
        return false;
    const uint8_t *t = padding.p + padding.n - TRAILER;
    uint32_t size = load_be16(t + 2) & 0xfff, end = (uint32_t)(t + TRAILER - frame.p);
    return load_be16(t + 4) == 0x88fb && size <= end - ETHER_HEAD && size + 22 >= end;
}

// A transmit buffer that was not cleared shows the packet before, at the place of the payload:
// number 2, flags 2, four counts, then a name.
static bool is_dns(struct slice s)
{
    struct cur c = cur_of(s);

    cur_skip(&c, 2);
    uint32_t flags = cur_be16(&c), questions = cur_be16(&c);
    uint32_t answers = cur_be16(&c), servers = cur_be16(&c), more = cur_be16(&c);
    uint32_t label = cur_u8(&c), letters = 0;
    if (c.bad || questions != 1 || answers > 20 || servers > 20 || more > 20 ||
        (flags >> 11 & 15) > 5 || flags & 0x0070 || !label || label > 63)
        return false;
    for (struct slice name = cur_rest(&c); letters < name.n && letters < label; letters++)
        if (name.p[letters] <= ' ' || name.p[letters] >= 0x7f)
            return false;
    return letters > 0;
}

static bool has_text(struct slice s)
{
    enum { LEAST = 6 };
    uint32_t run = 0;

    for (uint32_t i = 0; i < s.n && run < LEAST; i++)
        run = s.p[i] >= ' ' && s.p[i] < 0x7f ? run + 1 : 0;
    return run >= LEAST;
}

uint32_t padding_begins(const struct packet *p)
{
    uint8_t first = p->n_layers ? p->layer[0].kind : LAYER_OTHER;
    bool padded = (first == LAYER_ETHER || first == LAYER_IP4) && p->frame.n >= p->wire_len;

    for (unsigned i = 0; padded && i < p->n_layers; i++) {
        const struct layer *l = &p->layer[i];
        if (l->kind == LAYER_IP4 || l->kind == LAYER_IP6)
            return l->at + min_u32(p->ip_len, p->frame.n - l->at);
        if (l->kind == LAYER_ARP)
            return l->at + l->n;
    }
    return p->frame.n;
}

static struct slice padding_of(const struct packet *p)
{
    uint32_t from = padding_begins(p);

    return slice_of(p->frame.p + from, p->frame.n - from);
}

bool padding_is_zero(const struct packet *p)
{
    return is_fill(padding_of(p), 0);
}

static const char *padding_verdict(const struct packet *p, struct slice padding)
{
    enum { SHORTEST = 60 };
    const uint8_t *end = p->frame.p + p->frame.n;

    if (is_fill(padding, 0))
        return "all zero";
    if (is_check_sequence(p->frame, padding))
        return "not zero: the check sequence of the frame was captured";
    if (is_redundancy(p->frame, padding))
        return "not zero: the trailer of a redundant network (PRP)";
    if (is_fill(padding, padding.p[0]))
        return "not zero: a constant";
    if (p->ip_proto == PROTO_UDP && p->has_transport && p->payload.p &&
        is_dns(slice_of(p->payload.p, (size_t)(end - p->payload.p))))
        return "not zero: remains of a DNS message, not part of the datagram";
    if (has_text(padding))
        return "not zero: remains of text, not part of the datagram";
    if (p->frame.n > SHORTEST + 4u * p->n_vlan && padding.n <= 18)
        return "not zero: a trailer of the link";
    return "not zero: unexplained, not part of the datagram";
}

void put_padding_verdict(struct pen *pen, const struct packet *p)
{
    struct slice padding = padding_of(p);

    put_number(pen, padding.n);
    text_str(pen->t, padding.n == 1 ? " byte of padding is " : " bytes of padding are ");
    text_str(pen->t, padding_verdict(p, padding));
}

// ---------------------------------------------------------------- probes

static bool is_trojan_probe(const struct packet *p)
{
    return p->ip_proto == PROTO_UDP && p->sport == 31790 && p->dport == 31789 &&
           p->payload.n == 1 && p->payload.p[0] == 'A';
}

// A call of a version of the port mapper that does not exist, under a fixed number.
static bool is_rpc_probe(const struct packet *p)
{
    static const uint8_t call[] = {0x72, 0xfe, 0x1d, 0x13, 0,    0,    0, 0, 0,    0,
                                   0,    2,    0,    1,    0x86, 0xa0, 0, 1, 0x97, 0x7c};

    return p->ip_proto == PROTO_UDP && p->payload.n >= sizeof(call) &&
           !memcmp(p->payload.p, call, sizeof(call));
}

const char *probe_name(const struct packet *p)
{
    bool syn = p->has_transport && p->ip_proto == PROTO_TCP && p->tcp.flags == TCP_SYN;

    if (p->has_transport && is_trojan_probe(p))
        return "the probe of the trojan Hack'a'Tack: one byte A from port 31790 to 31789";
    if (p->has_transport && is_rpc_probe(p))
        return "the RPC probe of nmap: version 104316 of the port mapper";
    if (syn && p->net == NET_IP4 && p->tcp.seq == load_be32(p->dst.b))
        return "a SYN whose sequence number is the address of its target, as the worm Mirai "
               "sends";
    if (syn && p->tcp.window == 55808)
        return "a SYN with a window of 55808, the mark of an old worm";
    return NULL;
}

// ---------------------------------------------------------------- checksums

static const struct layer *layer_of(const struct packet *p, uint8_t kind)
{
    for (unsigned i = 0; i < p->n_layers; i++)
        if (p->layer[i].kind == kind)
            return &p->layer[i];
    return NULL;
}

// The transport's header and all it carries, which must be here.
static bool transport_view(const struct packet *p, struct view *v, uint32_t *field)
{
    uint8_t kind = p->ip_proto == PROTO_TCP ? LAYER_TCP : LAYER_UDP;
    const struct layer *l = layer_of(p, kind);

    if (!l || !p->has_transport || p->cut || p->fragment)
        return false;
    *v = (struct view){p->frame.p + l->at, l->n + p->payload.n, l->n + p->payload_len};
    *field = kind == LAYER_TCP ? 16 : 6;
    return v->n == v->wire;
}

struct sums sums_of(const struct packet *p)
{
    const struct layer *ip = layer_of(p, LAYER_IP4);
    struct net net = {.src = p->src.b,
                      .dst = p->dst.b,
                      .last_dst = p->dst.b,
                      .version = p->net == NET_IP4 ? 4 : 6};
    struct sums s = {0};
    struct view v;
    uint32_t field;

    if (ip && ip->n >= 20) {
        uint16_t sum = be16toh(sum_fold(sum_bytes(p->frame.p + ip->at, ip->n)));
        s.header_field = load_be16(p->frame.p + ip->at + 10);
        s.header_right = sum_right(s.header_field, sum);
        s.header_bad = sum != 0xffff;
    }
    if (transport_view(p, &v, &field)) {
        uint16_t sum = sum_transport(&net, v, p->ip_proto);
        s.transport_field = load_be16(v.p + field);
        s.transport_right = sum_right(s.transport_field, sum);
        s.transport_bad = sum != 0xffff && (s.transport_field || p->ip_proto == PROTO_TCP);
        s.offloaded = s.transport_bad && !p->checksum_bad;
    }
    return s;
}

// Both lack the same: then it is the addresses that are not those of the sender (they are in
// both sums, and nothing else is).
static bool addresses_rewritten(const struct sums *s)
{
    int32_t header = (int32_t)s->header_right - s->header_field;
    int32_t transport = (int32_t)s->transport_right - s->transport_field;

    return s->header_bad && s->transport_bad && (header - transport) % 0xffff == 0;
}

const char *verdict_sum(const struct sums *s, bool header)
{
    if (addresses_rewritten(s))
        return ", the addresses were rewritten: both checksums lack the same";
    if (header ? !s->header_field : s->offloaded)
        return ", left to the network card";
    return "";
}
