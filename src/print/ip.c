// SPDX-License-Identifier: Apache-2.0
// IPv4 and what IP carries, by its protocol number.
#include "print/classic.h"
#include "print/pen.h"

#include <endian.h>

#include "packet/checksum.h"

enum { HEAD4 = 20 };

static const struct word tos_words[] = {{1, ",ECT(1)"}, {2, ",ECT(0)"}, {3, ",CE"}, {0, NULL}};
static const struct word flag_words[] = {
    {0x2000, "+"}, {0x4000, "DF"}, {0x8000, "rsvd"}, {0, NULL}};
static const struct word option_words[] = {
    {0, "EOL"},        {1, "NOP"},    {7, "RR"},     {68, "timestamp"}, {82, "traceroute"},
    {130, "security"}, {131, "LSRR"}, {137, "SSRR"}, {148, "RA"},       {0, NULL},
};

// ---------------------------------------------------------------- options (RFC 791 3.1)

static void bad_length(struct pen *pen, uint32_t n)
{
    put(pen, " [bad length ");
    put_number(pen, n);
    put(pen, "]");
}

// o: kind, length, pointer, addresses; the pointer says where the next is taken or written
static void put_route(struct pen *pen, struct slice o)
{
    if (o.n < 3) {
        bad_length(pen, o.n);
        return;
    }
    uint32_t pointer = o.p[2] - 1u;
    if ((o.n + 1) & 3)
        bad_length(pen, o.n);
    if (pointer < 3 || (pointer + 1) & 3 || pointer > o.n + 1) {
        put(pen, " [bad ptr ");
        put_number(pen, o.p[2]);
        put(pen, "]");
    }
    for (uint32_t at = 3; at + 4 <= o.n; at += 4) {
        put(pen, " ");
        put_ip4(pen, o.p + at);
        if (pointer > at)
            put(pen, ",");
    }
}

// o: kind, length, pointer, overflow 4 and form 4, then times with or without addresses
static void put_times(struct pen *pen, struct slice o)
{
    static const struct word forms[] = {
        {0, "TSONLY"}, {1, "TS+ADDR"}, {3, "PRESPEC"}, {0, NULL}};

    if (o.n < 4) {
        bad_length(pen, o.n);
        return;
    }
    uint32_t form = o.p[3] & 15, hop = form ? 8 : 4, pointer = o.p[2] - 1u, at = 4;
    put(pen, " TS{");
    put_word(pen, forms, form, "[bad ts type]");
    for (; word_of(forms, form) && at + hop <= o.n; at += hop) {
        text_str(pen->t, pointer == at ? " ^ " : " ");
        put_number(pen, load_be32(o.p + at + hop - 4));
        put(pen, "@");
        if (hop == 8)
            put_ip4(pen, o.p + at);
    }
    if (pointer == at)
        put(pen, " ^ ");
    if (o.p[3] >> 4) {
        put(pen, " [");
        put_number(pen, o.p[3] >> 4);
        put(pen, " hops not recorded]} ");
    } else {
        put(pen, "}");
    }
}

static void put_option(struct pen *pen, struct slice o)
{
    switch (o.p[0]) {
    case 7:
    case 131:
    case 137: put_route(pen, o); return;
    case 68: put_times(pen, o); return;
    case 148:
        if (o.n < 4) {
            bad_length(pen, o.n);
        } else if (load_be16(o.p + 2)) {
            put(pen, " value ");
            put_number(pen, load_be16(o.p + 2));
        }
        return;
    default: return;
    }
}

static void put_options(struct pen *pen, struct slice s)
{
    for (uint32_t at = 0, n; at < s.n; at += n) {
        uint8_t kind = s.p[at];
        if (at)
            put(pen, ",");
        const char *word = word_of(option_words, kind);
        if (word) {
            text_str(pen->t, word);
        } else {
            put(pen, "unknown ");
            put_number(pen, kind);
        }
        n = kind <= 1 ? 1 : at + 1 < s.n ? s.p[at + 1] : 0;
        if (n < (kind <= 1 ? 1 : 2) || n > s.n - at) {
            bad_length(pen, n);
            return;
        }
        if (kind == 0)
            return;
        put_option(pen, slice_of(s.p + at, n));
    }
}

// The last stop of a source route, which is what checksums are over.
static const uint8_t *last_stop(const uint8_t *h, uint32_t head)
{
    for (uint32_t at = HEAD4, n; at + 1 < head && h[at]; at += n) {
        n = h[at] == 1 ? 1 : h[at + 1];
        if (h[at] != 1 && (n < 2 || n > head - at))
            break;
        if ((h[at] == 131 || h[at] == 137) && n >= 7)
            return h + at + n - 4;
    }
    return h + 16;
}

// ---------------------------------------------------------------- the header

// -v: "(tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto TCP (6), length 60)", and a new line
static void put_header(struct pen *pen, const uint8_t *h, uint32_t head, uint32_t n)
{
    uint16_t field = load_be16(h + 6);

    put(pen, "(tos 0x");
    put_hex(pen, h[1]);
    put_word(pen, tos_words, h[1] & 3, "");
    if (h[8]) {
        put(pen, ", ttl ");
        put_number(pen, h[8]);
    }
    put(pen, ", id ");
    put_number(pen, load_be16(h + 4));
    put(pen, ", offset ");
    put_number(pen, (field & 0x1fffu) * 8);
    put(pen, ", flags [");
    put_bits(pen, flag_words, field, ", ", "none");
    put(pen, "], proto ");
    put_word(pen, proto_words, h[9], "unknown");
    put(pen, " (");
    put_number(pen, h[9]);
    put(pen, "), length ");
    put_number(pen, load_be16(h + 2));
    if (head > HEAD4) {
        put(pen, ", options (");
        put_options(pen, slice_of(h + HEAD4, min_u32(head, n) - HEAD4));
        put(pen, ")");
    }
    uint16_t sum = head <= n ? be16toh(sum_fold(sum_bytes(h, head))) : 0xffff;
    if (sum != 0xffff) {
        put(pen, ", bad cksum ");
        put_hex(pen, load_be16(h + 10));
        put(pen, " (->");
        put_hex(pen, sum_right(load_be16(h + 10), sum));
        put(pen, ")!");
    }
    put(pen, ")\n    ");
}

static bool has_ports(uint8_t proto)
{
    enum { PROTO_DCCP = 33 };

    return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP ||
           proto == PROTO_DCCP;
}

static void put_missing(struct pen *pen, uint32_t n)
{
    put(pen, "truncated-ip - ");
    put_number(pen, n);
    put(pen, " bytes missing! ");
}

static void put_wrong(struct pen *pen, const char *what, uint32_t n)
{
    text_str(pen->t, what);
    put_number(pen, n);
}

// What the header says of its length is checked, and cuts the view. false: the line is done.
static bool limit(struct pen *pen, struct view *v, uint32_t *head)
{
    if (v->n < HEAD4) {
        put_cut(pen, "ip");
        return false;
    }
    uint32_t total = load_be16(v->p + 2);
    *head = (v->p[0] & 15) * 4u;
    if (*head < HEAD4) {
        put_wrong(pen, "bad-hlen ", *head);
        return false;
    }
    if (v->wire < total)
        put_missing(pen, total - v->wire);
    if (total < *head && total) {
        put_wrong(pen, "bad-len ", total);
        return false;
    }
    if (total < *head) // 0: a segment that the network card was to cut
        total = v->wire;
    v->n = min_u32(v->n, total);
    v->wire = total;
    return true;
}

static void print_later_fragment(struct pen *pen, const struct net *net)
{
    put_address(pen, net, net->src);
    put(pen, " > ");
    put_address(pen, net, net->dst);
    put_wrong(pen, ": ip-proto-", net->proto);
}

void print_ip4(struct pen *pen, struct view v)
{
    uint32_t head = 0;

    if (!v.n) {
        put_cut(pen, "ip");
        return;
    }
    if (v.p[0] >> 4 != 4) {
        put_wrong(pen, "IP", v.p[0] >> 4);
        if (v.p[0] >> 4 == 6)
            put(pen, ", wrong link-layer encapsulation");
        put_invalid(pen);
        return;
    }
    if (pen->o->classic) {
        classic_ip4(pen, v);
        return;
    }
    if (!pen->o->link)
        put(pen, "IP ");
    if (!limit(pen, &v, &head))
        return;
    const uint8_t *h = v.p;
    uint16_t field = load_be16(h + 6);
    struct net net = {.src = h + 12,
                      .dst = h + 16,
                      .last_dst = h + 16,
                      .version = 4,
                      .proto = h[9],
                      .direct = true,
                      .fragment = field & 0x2000};
    if (head > HEAD4 && head <= v.n)
        net.last_dst = last_stop(h, head);
    if (pen->o->verbose)
        put_header(pen, h, head, v.n);
    if (field & 0x1fff) {
        print_later_fragment(pen, &net);
        return;
    }
    if (!has_ports(net.proto))
        put_hosts(pen, &net);
    if (head > v.n) {
        put(pen, " [remaining caplen(");
        put_number(pen, v.n);
        put(pen, ") < header length(");
        put_number(pen, head);
        put(pen, ")]");
        put_cut(pen, "ip");
        return;
    }
    print_proto(pen, &net, view_skip(v, head));
}

void print_ip(struct pen *pen, struct view v)
{
    if (!v.n)
        put(pen, "truncated-ip 0");
    else if (v.p[0] >> 4 == 4)
        print_ip4(pen, v);
    else if (v.p[0] >> 4 == 6)
        print_ip6(pen, v);
    else
        put_wrong(pen, "unknown ip ", v.p[0] >> 4);
}

// ---------------------------------------------------------------- by protocol

// An IP packet inside of another.
static void print_inner(struct pen *pen, struct view v, unsigned version)
{
    if (++pen->depth > DEPTH_MOST)
        put(pen, " [nested too deeply]");
    else if (version == 4)
        print_ip4(pen, v);
    else
        print_ip6(pen, v);
}

void print_proto(struct pen *pen, const struct net *net, struct view v)
{
    if (pen->o->classic && (net->proto == PROTO_TCP || net->proto == PROTO_UDP)) {
        classic_proto(pen, net, v);
        return;
    }
    if (net->proto == PROTO_ICMP && net->version != 4) {
        put(pen, "[ICMP requires IPv4]");
        put_invalid(pen);
        return;
    }
    if (net->proto == PROTO_ICMP6 && net->version != 6) {
        put(pen, "[ICMPv6 requires IPv6]");
        put_invalid(pen);
        return;
    }
    switch (net->proto) {
    case PROTO_TCP: print_tcp(pen, net, v); return;
    case PROTO_UDP: print_udp(pen, net, v); return;
    case PROTO_SCTP: print_sctp(pen, net, v); return;
    case PROTO_ICMP: print_icmp(pen, net, v); return;
    case PROTO_ICMP6: print_icmp6(pen, net, v); return;
    case PROTO_IGMP: print_igmp(pen, v); return;
    case PROTO_IP4: print_inner(pen, v, 4); return;
    case PROTO_IP6: print_inner(pen, v, 6); return;
    case PROTO_GRE: print_gre(pen, v); return;
    case 50: print_esp(pen, v); return;
    case PROTO_NO_NEXT: put(pen, "no next header"); return;
    default:
        put(pen, " ip-proto-");
        put_number(pen, net->proto);
        put(pen, " ");
        put_number(pen, v.wire);
    }
}
