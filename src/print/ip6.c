// SPDX-License-Identifier: Apache-2.0
// IPv6 (RFC 8200) with its extension headers.
#include "print/pen.h"

enum { HEAD6 = 40, HEADERS_MOST = 16 };

// -v: "(class 0x20, flowlabel 0x12345, hlim 64, next-header TCP (6) payload length: 40) "
static void put_header(struct pen *pen, const uint8_t *h)
{
    uint32_t flow = load_be32(h);

    put(pen, "(");
    if (flow & 0x0ff00000) {
        put(pen, "class 0x");
        put_hex_wide(pen, flow >> 20 & 0xff, 2);
        put(pen, ", ");
    }
    if (flow & 0x000fffff) {
        put(pen, "flowlabel 0x");
        put_hex_wide(pen, flow & 0xfffff, 5);
        put(pen, ", ");
    }
    put(pen, "hlim ");
    put_number(pen, h[7]);
    put(pen, ", next-header ");
    put_word(pen, proto_words, h[6], "unknown");
    put(pen, " (");
    put_number(pen, h[6]);
    put(pen, ") payload length: ");
    put_number(pen, load_be16(h + 4));
    put(pen, ") ");
}

// RFC 8200 4.5. false: the line ends here.
static bool put_fragment(struct pen *pen, struct net *net, struct view v)
{
    uint16_t field = load_be16(v.p + 2);

    put(pen, "frag (");
    if (pen->o->verbose) {
        put(pen, "0x");
        put_hex_wide(pen, load_be32(v.p + 4), 8);
        put(pen, ":");
    }
    put_number(pen, field & 0xfff8);
    put(pen, "|");
    put_number(pen, v.wire > 8 ? v.wire - 8 : 0);
    put(pen, ")");
    net->fragment = true;
    if (field & 0xfff8)
        return false;
    put(pen, " ");
    return true;
}

// RFC 8754: the last segment stands first
static void put_segments(struct pen *pen, struct view v)
{
    put(pen, ", last-entry=");
    put_number(pen, v.p[4]);
    if (v.p[5] || pen->o->verbose) {
        put(pen, ", flags=0x");
        put_hex(pen, v.p[5]);
    }
    put(pen, ", tag=");
    put_hex(pen, load_be16(v.p + 6));
}

// RFC 8200 4.4, RFC 6554, RFC 8754
static bool put_routing(struct pen *pen, struct net *net, struct view v, uint32_t n)
{
    uint8_t kind = v.p[2], left = v.p[3];

    put(pen, "RT6 (len=");
    put_number(pen, v.p[1]);
    put(pen, ", type=");
    put_number(pen, kind);
    if (kind == 0)
        put(pen, " [Deprecated]");
    put(pen, ", segleft=");
    put_number(pen, left);
    if (kind != 0 && kind != 2 && kind != 4) {
        put(pen, " (unknown type)");
        put_invalid(pen);
        return false;
    }
    if (kind == 4) {
        put_segments(pen, v);
    } else if (load_be32(v.p + 4)) {
        put(pen, ", rsv=0x");
        put_hex(pen, load_be32(v.p + 4));
    }
    for (uint32_t i = 0; 8 + 16 * i + 16 <= n; i++) {
        put(pen, ", [");
        put_number(pen, i);
        put(pen, "]");
        put_ip6(pen, v.p + 8 + 16 * i);
        if (kind != 4 || !i)
            net->last_dst = v.p + 8 + 16 * i;
    }
    put(pen, ") ");
    return true;
}

// RFC 8200 4.2: kind, length, data; 0 is a byte alone
static void put_options(struct pen *pen, struct slice s)
{
    struct cur c = cur_of(s);

    while (cur_left(&c)) {
        uint8_t kind = cur_u8(&c);
        if (kind == 0) {
            put(pen, "(pad1)");
            continue;
        }
        struct slice data = cur_take(&c, cur_u8(&c));
        if (c.bad) {
            put(pen, "(trunc)");
            return;
        }
        if (kind == 1) {
            put(pen, "(padn)");
        } else if (kind == 5 && data.n == 2) {
            put(pen, "(rtalert: 0x");
            put_hex_wide(pen, load_be16(data.p), 4);
            put(pen, ") ");
        } else {
            put(pen, "(opt_type 0x");
            put_hex_wide(pen, kind, 2);
            put(pen, ": len=");
            put_number(pen, data.n);
            put(pen, ")");
        }
    }
    put(pen, " ");
}

static bool is_extension(uint8_t proto)
{
    return proto == PROTO_HOP_BY_HOP || proto == PROTO_DESTINATION || proto == PROTO_FRAGMENT ||
           proto == PROTO_ROUTING || proto == PROTO_AH;
}

// One header, which is whole. false: the line ends with it.
static bool put_extension(struct pen *pen, struct net *net, struct view v, uint32_t n)
{
    switch (net->proto) {
    case PROTO_HOP_BY_HOP:
    case PROTO_DESTINATION:
        text_str(pen->t, net->proto == PROTO_HOP_BY_HOP ? "HBH " : "DSTOPT ");
        if (pen->o->verbose)
            put_options(pen, slice_of(v.p + 2, n - 2));
        return true;
    case PROTO_FRAGMENT: return put_fragment(pen, net, v);
    case PROTO_ROUTING: return put_routing(pen, net, v, n);
    default:
        put(pen, "AH(spi=0x");
        put_hex_wide(pen, load_be32(v.p + 4), 8);
        put(pen, "): ");
        return true;
    }
}

static const char *extension_name(uint8_t proto)
{
    switch (proto) {
    case PROTO_HOP_BY_HOP: return "hbhopt";
    case PROTO_DESTINATION: return "dstopt";
    case PROTO_FRAGMENT: return "frag6";
    case PROTO_ROUTING: return "rt6";
    default: return "ah";
    }
}

void print_ip6_headers(struct pen *pen, struct net *net, struct view v)
{
    for (unsigned i = 0; is_extension(net->proto) && i < HEADERS_MOST; i++) {
        uint32_t n = v.n < 8                        ? 8
                     : net->proto == PROTO_FRAGMENT ? 8
                     : net->proto == PROTO_AH       ? (v.p[1] + 2u) * 4
                                                    : (v.p[1] + 1u) * 8;
        if (v.n < n) {
            put_cut(pen, extension_name(net->proto));
            return;
        }
        if (!put_extension(pen, net, v, n))
            return;
        net->proto = v.p[0];
        v = view_skip(v, n);
        net->direct = false;
    }
    print_proto(pen, net, v);
}

void print_ip6(struct pen *pen, struct view v)
{
    if (v.n < HEAD6) {
        put_cut(pen, "ip6");
        return;
    }
    if (!pen->o->link && !pen->o->classic)
        put(pen, "IP6 ");
    if (v.p[0] >> 4 != 6) {
        put(pen, "version error: ");
        put_number(pen, v.p[0] >> 4);
        put(pen, " != 6");
        return;
    }
    uint32_t carried = load_be16(v.p + 4);
    if (v.wire < HEAD6 + carried) {
        put(pen, "truncated-ip6 - ");
        put_number(pen, HEAD6 + carried - v.wire);
        put(pen, " bytes missing!");
    }
    struct net net = {.src = v.p + 8,
                      .dst = v.p + 24,
                      .last_dst = v.p + 24,
                      .version = 6,
                      .proto = v.p[6],
                      .direct = true};
    if (pen->o->verbose)
        put_header(pen, v.p);
    v = view_skip(v, HEAD6);
    if (carried) { // 0: a jumbogram (RFC 2675), or left to the network card
        v.n = min_u32(v.n, carried);
        v.wire = carried;
    }
    if (net.proto != PROTO_TCP && net.proto != PROTO_UDP && net.proto != PROTO_SCTP)
        put_hosts(pen, &net);
    print_ip6_headers(pen, &net, v);
}
