// SPDX-License-Identifier: Apache-2.0
// Lines as tcpdump 3 wrote them: "a.1 > b.2: S 7:7(0) win 512 <mss 1460> (DF)".
#include "print/classic.h"

#include "print/icmp.h"
#include "print/tcp.h"

enum { HEAD4 = 20 };

static const struct word flag_words[] = {{TCP_SYN, "S"}, {TCP_FIN, "F"}, {TCP_RST, "R"},
                                         {TCP_PSH, "P"}, {0x80, "W"},    {0x40, "E"},
                                         {0, NULL}};

static void put_what(struct pen *pen, const char *text, uint32_t v)
{
    text_str(pen->t, text);
    put_number(pen, v);
}

void classic_link(struct pen *pen, const uint8_t *ether, uint32_t type, uint32_t length)
{
    put_mac(pen, ether + 6);
    put(pen, " ");
    put_mac(pen, ether);
    put(pen, " ");
    if (type == 0x0800)
        put(pen, "ip");
    else if (type == 0x0806)
        put(pen, "arp");
    else
        put_hex_wide(pen, type, 4);
    put_what(pen, " ", length);
    put(pen, ": ");
}

// ---------------------------------------------------------------- TCP

// Kinds of a fixed length behind kind and length: 0: as long as it says.
static const struct option {
    uint8_t kind, n;
    const char *word;
} options[] = {
    {2, 2, "mss"},    {3, 1, "wscale"},    {4, 0, "sackOK"},    {5, 0, "sack"},
    {6, 4, "echo"},   {7, 4, "echoreply"}, {8, 8, "timestamp"}, {11, 4, "cc"},
    {12, 4, "ccnew"}, {13, 4, "ccecho"},
};

static const struct option *option_of(uint8_t kind)
{
    for (size_t i = 0; i < COUNT_OF(options); i++)
        if (options[i].kind == kind)
            return &options[i];
    return NULL;
}

static void put_option(struct pen *pen, uint8_t kind, struct slice data, uint32_t base)
{
    const struct option *o = option_of(kind);

    if (!o) {
        put_what(pen, "opt-", kind);
        put(pen, ":");
        text_hex(pen->t, data.p, data.n);
        return;
    }
    text_str(pen->t, o->word);
    if (kind == 5) {
        put_what(pen, " ", data.n / 8);
        put(pen, " ");
        tcp_put_sacks(pen, data, base);
    } else if (o->n == 1) {
        put_what(pen, " ", data.p[0]);
    } else if (o->n == 2) {
        put_what(pen, " ", load_be16(data.p));
    } else if (o->n >= 4) {
        put_what(pen, " ", load_be32(data.p));
        if (o->n == 8)
            put_what(pen, " ", load_be32(data.p + 4));
    }
}

static void put_options(struct pen *pen, const uint8_t *p, uint32_t n, uint32_t here,
                        uint32_t base)
{
    put(pen, " <");
    for (uint32_t at = 0, length; at < n; at += length) {
        if (at)
            put(pen, ",");
        if (at >= here || (p[at] > 1 && at + 1 >= here)) {
            put(pen, "[|tcp]");
            break;
        }
        length = p[at] <= 1 ? 1 : p[at + 1];
        if (p[at] <= 1) {
            text_str(pen->t, p[at] ? "nop" : "eol");
            if (!p[at])
                break;
            continue;
        }
        const struct option *o = option_of(p[at]);
        if (length < 2 || length > n - at || (o && o->n && length < 2u + o->n)) {
            put(pen, "[bad opt]");
            break;
        }
        if (at + length > here) {
            text_str(pen->t, o ? o->word : "");
            put(pen, "[|tcp]");
            break;
        }
        put_option(pen, p[at], slice_of(p + at + 2, length - 2), base);
        if (o && o->kind != 5 && length != 2u + o->n) {
            put_what(pen, "[len ", length);
            put(pen, "]");
        }
    }
    put(pen, ">");
}

static void classic_tcp(struct pen *pen, const struct net *net, struct view v)
{
    struct tcp_header h;
    struct bases b;

    if (v.n < 20) {
        put(pen, "[|tcp]");
        return;
    }
    uint32_t head = (v.p[12] >> 4) * 4u, length = v.wire - head;
    if (head < 20 || head > v.wire) {
        put_what(pen, "[bad hdr length ", head);
        put(pen, "]");
        return;
    }
    if (pen->o->quiet) {
        put_what(pen, "tcp ", length);
        return;
    }
    put_bits(pen, flag_words, v.p[13], "", ".");
    tcp_numbers(pen, net, v.p, &h, &b);
    if (pen->o->verbose && !net->fragment && v.n >= v.wire) {
        uint16_t sum = sum_transport(net, v, PROTO_TCP);
        if (sum == 0xffff) {
            put(pen, " [tcp sum ok]");
        } else {
            put(pen, " [bad tcp cksum ");
            put_hex(pen, (uint16_t)~sum);
            put(pen, "!]");
        }
    }
    if (pen->o->verbose > 1 || length || h.flags & (TCP_SYN | TCP_FIN | TCP_RST)) {
        put_what(pen, " ", h.seq);
        put_what(pen, ":", h.seq + length);
        put_what(pen, "(", length);
        put(pen, ")");
    }
    if (h.flags & TCP_ACK)
        put_what(pen, " ack ", h.ack);
    put_what(pen, " win ", h.window);
    if (h.flags & TCP_URG)
        put_what(pen, " urg ", load_be16(v.p + 18));
    if (head > 20)
        put_options(pen, v.p + 20, head - 20, v.n - 20, b.dst);
}

// ---------------------------------------------------------------- UDP, ICMP

static void classic_udp(struct pen *pen, const struct net *net, struct view v)
{
    if (v.n < 8) {
        put(pen, "[|udp]");
        return;
    }
    uint32_t told = load_be16(v.p + 4);
    if (told < 8) {
        put_what(pen, "truncated-udplength ", told);
        return;
    }
    if (pen->o->verbose && !net->fragment && v.n >= v.wire && told <= v.wire) {
        struct view whole = {v.p, told, told};
        uint16_t sum = sum_transport(net, whole, PROTO_UDP);
        if (!load_be16(v.p + 6)) {
            put(pen, "[no cksum] ");
        } else if (sum == 0xffff) {
            put(pen, "[udp sum ok] ");
        } else {
            put(pen, "[bad udp cksum ");
            put_hex(pen, (uint16_t)~sum);
            put(pen, "!] ");
        }
    }
    put_what(pen, "udp ", told - 8);
}

static void classic_icmp(struct pen *pen, struct view v)
{
    size_t begin = pen->t->n;

    put(pen, "icmp: ");
    if (v.n < 2 || !icmp_words(pen, v)) {
        pen->t->n = begin;
        put(pen, "[|icmp]");
    }
}

// ---------------------------------------------------------------- IP

void classic_proto(struct pen *pen, const struct net *net, struct view v)
{
    bool ports = net->proto == PROTO_TCP || net->proto == PROTO_UDP;

    if (ports && v.n >= 4)
        put_ends(pen, net, load_be16(v.p), load_be16(v.p + 2));
    else
        put_hosts(pen, net);
    switch (net->proto) {
    case PROTO_TCP: classic_tcp(pen, net, v); return;
    case PROTO_UDP: classic_udp(pen, net, v); return;
    case PROTO_ICMP: classic_icmp(pen, v); return;
    case PROTO_IGMP: print_igmp(pen, v); return;
    default: put_what(pen, "ip-proto-", net->proto); put_what(pen, " ", v.wire);
    }
}

// What tcpdump 3 wrote behind the line: fragments, type of service, -v.
static void put_behind(struct pen *pen, const uint8_t *h, uint32_t carried, uint32_t total)
{
    uint16_t field = load_be16(h + 6);

    if (field & 0x3fff) {
        put_what(pen, " (frag ", load_be16(h + 4));
        put_what(pen, ":", carried);
        put_what(pen, "@", (field & 0x1fffu) * 8);
        text_str(pen->t, field & 0x2000 ? "+)" : ")");
    } else if (field & 0x4000) {
        put(pen, " (DF)");
    }
    if (h[1]) {
        put(pen, " [tos 0x");
        put_hex(pen, h[1]);
        text_str(pen->t, (h[1] & 3) == 3 ? ",ECT,CE" : h[1] & 2 ? ",ECT" : "");
        put(pen, "]");
    }
    if (h[8] <= 1)
        put_what(pen, " [ttl ", h[8]);
    if (h[8] <= 1)
        put(pen, "]");
    if (!pen->o->verbose)
        return;
    put(pen, " (");
    if (h[8] > 1) {
        put_what(pen, "ttl ", h[8]);
        put(pen, ", ");
    }
    put_what(pen, "id ", load_be16(h + 4));
    put_what(pen, ", len ", total);
    if ((h[0] & 15) > 5)
        put_what(pen, ", optlen=", (h[0] & 15) * 4u - HEAD4);
    put(pen, ")");
}

void classic_ip4(struct pen *pen, struct view v)
{
    const uint8_t *h = v.p;

    if (v.n < HEAD4) {
        put(pen, "[|ip]");
        return;
    }
    uint32_t head = (h[0] & 15) * 4u, total = load_be16(h + 2);
    if (head < HEAD4) {
        put_what(pen, "bad-hlen ", head);
        return;
    }
    if (total < head) {
        put_what(pen, "bad-len ", total);
        return;
    }
    if (total > v.wire) {
        put_what(pen, "truncated-ip - ", total - v.wire);
        put(pen, " bytes missing!");
    }
    struct net net = {.src = h + 12,
                      .dst = h + 16,
                      .last_dst = h + 16,
                      .version = 4,
                      .proto = h[9],
                      .direct = true,
                      .fragment = load_be16(h + 6) & 0x2000};
    v.n = min_u32(v.n, total);
    v.wire = total;
    v = view_skip(v, min_u32(head, v.n));
    v.wire = total - head;
    if (load_be16(h + 6) & 0x1fff) {
        put_hosts(pen, &net);
        pen->t->n--; // what follows begins with a blank
    } else {
        classic_proto(pen, &net, v);
    }
    put_behind(pen, h, total - head, total);
}
