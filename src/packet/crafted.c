// SPDX-License-Identifier: Apache-2.0
// Explanations of one packet by itself: padding that is not zero, checksums that are wrong,
// packets that certain tools send.
#include "packet/crafted.h"

#include <endian.h>
#include <stdio.h>
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

uint32_t packet_padding(const struct packet *p)
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
    uint32_t from = packet_padding(p);

    return slice_of(p->frame.p + from, p->frame.n - from);
}

bool packet_padding_is_zero(const struct packet *p)
{
    return is_fill(padding_of(p), 0);
}

enum padding_kind packet_padding_kind(const struct packet *p)
{
    enum { SHORTEST = 60 };
    struct slice padding = padding_of(p);
    const uint8_t *end = p->frame.p + p->frame.n;

    if (is_fill(padding, 0))
        return PADDING_ZERO;
    if (is_check_sequence(p->frame, padding))
        return PADDING_CHECK_SEQUENCE;
    if (is_redundancy(p->frame, padding))
        return PADDING_REDUNDANCY;
    if (is_fill(padding, padding.p[0]))
        return PADDING_CONSTANT;
    if (p->ip_proto == PROTO_UDP && p->has_transport && p->payload.p &&
        is_dns(slice_of(p->payload.p, (size_t)(end - p->payload.p))))
        return PADDING_DNS;
    if (has_text(padding))
        return PADDING_TEXT;
    if (p->frame.n > SHORTEST + 4u * p->n_vlan && padding.n <= 18)
        return PADDING_TRAILER;
    return PADDING_UNEXPLAINED;
}

// What belongs to the link, not to the sender's buffer, is not odd.
bool packet_padding_is_odd(const struct packet *p)
{
    return padding_of(p).n && packet_padding_kind(p) > PADDING_REDUNDANCY;
}

static const char *words_of_padding(enum padding_kind kind)
{
    static const char *const words[] = {
        [PADDING_ZERO] = "all zero",
        [PADDING_CHECK_SEQUENCE] = "not zero: the check sequence of the frame was captured",
        [PADDING_REDUNDANCY] = "not zero: the trailer of a redundant network (PRP)",
        [PADDING_TRAILER] = "not zero: a trailer of the link",
        [PADDING_REPEAT] = "not zero: remains of an earlier frame of this sender",
        [PADDING_CONSTANT] = "not zero: a constant",
        [PADDING_DNS] = "not zero: remains of a DNS message, not part of the datagram",
        [PADDING_TEXT] = "not zero: remains of text, not part of the datagram",
        [PADDING_UNEXPLAINED] = "not zero: unexplained, not part of the datagram"};

    return words[kind];
}

const char *packet_padding_words(const struct packet *p)
{
    return words_of_padding(packet_padding_kind(p));
}

void packet_padding_say(const struct packet *p, enum padding_kind kind, char *words, size_t n)
{
    const uint8_t *m = p->src_mac.b;
    uint32_t padding = p->frame.n - packet_padding(p);

    snprintf(words, n, "%u byte%s of padding %s %s; sent by %02x:%02x:%02x:%02x:%02x:%02x",
             padding, padding == 1 ? "" : "s", padding == 1 ? "is" : "are",
             words_of_padding(kind), m[0], m[1], m[2], m[3], m[4], m[5]);
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

const char *packet_probe(const struct packet *p)
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
    if (syn && p->net == NET_IP4 && p->frag_id == 54321 && p->tcp.window == 65535 &&
        !p->tcp.mss)
        return "a SYN with the IP id 54321 and window 65535, as the scanner ZMap sends";
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

// What the sum over bytes that contain the field lacks of 0xffff, added to the field.
static uint16_t sum_right(uint16_t field, uint16_t sum)
{
    uint32_t right = (uint32_t)field + (uint16_t)~sum;

    right = (right & 0xffff) + (right >> 16);
    return (uint16_t)((right & 0xffff) + (right >> 16));
}

// Of a TCP segment or a datagram that is here as a whole.
static bool sum_of_transport(const struct packet *p, uint16_t *sum, uint16_t *field)
{
    bool tcp = p->ip_proto == PROTO_TCP;
    const struct layer *l = layer_of(p, tcp ? LAYER_TCP : LAYER_UDP);
    uint32_t address = p->net == NET_IP4 ? 4 : 16;

    if (!l || !p->has_transport || p->cut || p->fragment || p->payload.n != p->payload_len)
        return false;
    const uint8_t *at = p->frame.p + l->at;
    uint32_t n = l->n + p->payload.n;
    uint64_t all = sum_bytes(at, n) + htobe32(p->ip_proto) + htobe32(n);
    all += sum_bytes(p->src.b, address) + sum_bytes(p->dst.b, address);
    *sum = be16toh(sum_fold(all));
    *field = load_be16(at + (tcp ? 16 : 6));
    return true;
}

struct sums packet_sums(const struct packet *p)
{
    const struct layer *ip = layer_of(p, LAYER_IP4);
    struct sums s = {0};
    uint16_t sum;

    if (ip && ip->n >= 20) {
        sum = be16toh(sum_fold(sum_bytes(p->frame.p + ip->at, ip->n)));
        s.header_field = load_be16(p->frame.p + ip->at + 10);
        s.header_right = sum_right(s.header_field, sum);
        s.header_bad = sum != 0xffff;
    }
    if (sum_of_transport(p, &sum, &s.transport_field)) {
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

const char *packet_sum_words(const struct sums *s, bool header)
{
    if (addresses_rewritten(s))
        return ", the addresses were rewritten: both checksums lack the same";
    if (header ? !s->header_field : s->offloaded)
        return ", left to the network card";
    return "";
}

// ---------------------------------------------------------------- oddities in words

static void say_checksum(const struct packet *p, bool header, char *words, size_t n)
{
    struct sums s = packet_sums(p);
    const char *why = packet_sum_words(&s, header);
    uint16_t field = header ? s.header_field : s.transport_field;
    uint16_t right = header ? s.header_right : s.transport_right;

    if (header ? s.header_bad : s.transport_bad)
        snprintf(words, n, "0x%04x, 0x%04x would be right%s", field, right, why);
}

// What follows the datagram by its own length, up to the end of the IP packet.
static void say_hidden(const struct packet *p, char *words, size_t n)
{
    const struct layer *l = layer_of(p, LAYER_UDP);
    uint32_t end = l ? l->at + l->n + p->payload_len : 0, ip_end = packet_padding(p);

    if (!l || end >= ip_end || ip_end > p->frame.n)
        return;
    bool zero = is_fill(slice_of(p->frame.p + end, ip_end - end), 0);
    snprintf(words, n, "%u bytes behind the datagram%s", ip_end - end,
             zero ? ", all zero" : " are not part of it");
}

bool packet_odd_words(const struct packet *p, enum odd which, char *words, size_t n)
{
    const char *probe;

    words[0] = 0;
    if (!p->n_layers)
        return false;
    switch (which) {
    case ODD_pad_nonzero: packet_padding_say(p, packet_padding_kind(p), words, n); break;
    case ODD_ip_checksum: say_checksum(p, true, words, n); break;
    case ODD_tcp_checksum:
    case ODD_udp_checksum: say_checksum(p, false, words, n); break;
    case ODD_udp_len_short: say_hidden(p, words, n); break;
    case ODD_syn_ack_number: snprintf(words, n, "number %u", p->tcp.ack); break;
    case ODD_tcp_reset_data: snprintf(words, n, "%u bytes", p->payload_len); break;
    case ODD_known_probe:
        probe = packet_probe(p);
        snprintf(words, n, "%s", probe ? probe : "");
        break;
    default: break;
    }
    return words[0];
}
