// SPDX-License-Identifier: Apache-2.0
// --fields: every header field by name, its value, and what is wrong with it; the form is
// tcpshow's.
#include "packet/crafted.h"
#include "print/parts.h"

static void begin(struct pen *pen, const char *title)
{
    text_str(pen->t, title);
    put(pen, "\n");
}

static void name(struct pen *pen, const char *what)
{
    put(pen, "    ");
    text_str(pen->t, what);
    put(pen, ":  ");
}

static void end(struct pen *pen)
{
    put(pen, "\n");
}

static void number(struct pen *pen, const char *what, uint64_t v, const char *unit)
{
    name(pen, what);
    put_number(pen, v);
    text_str(pen->t, unit);
    end(pen);
}

// As tcpshow wrote them: 0xA932
static void put_upper(struct pen *pen, uint32_t v, int digits)
{
    put(pen, "0x");
    size_t from = pen->t->n;
    put_hex_wide(pen, v, digits);
    for (size_t i = from; i < pen->t->n; i++)
        if (pen->t->p[i] >= 'a')
            pen->t->p[i] = (char)(pen->t->p[i] - 'a' + 'A');
}

static void hex(struct pen *pen, const char *what, uint32_t v, int digits)
{
    name(pen, what);
    put_upper(pen, v, digits);
}

static void address(struct pen *pen, const char *what, const struct addr *a)
{
    name(pen, what);
    text_addr(pen->t, a);
    end(pen);
}

static void station(struct pen *pen, const char *what, const uint8_t *p)
{
    name(pen, what);
    put_mac(pen, p);
    end(pen);
}

// "URG=off, ACK=on"
static void switches(struct pen *pen, const struct word *table, uint32_t bits)
{
    name(pen, "Flags");
    for (const struct word *w = table; w->word; w++) {
        if (w != table)
            put(pen, ", ");
        text_str(pen->t, w->word);
        text_str(pen->t, bits & w->number ? "=on" : "=off");
    }
    end(pen);
}

static void checksum(struct pen *pen, const char *what, uint16_t field, bool bad,
                     uint16_t right, const char *why)
{
    hex(pen, what, field, 4);
    if (bad) {
        put(pen, " (wrong, ");
        put_upper(pen, right, 4);
        put(pen, " would be right");
        text_str(pen->t, why);
        put(pen, ")");
    }
    end(pen);
}

// ---------------------------------------------------------------- headers

static void ether(struct pen *pen, const uint8_t *p, uint32_t n)
{
    begin(pen, "Ethernet Header");
    if (n < 14)
        return;
    station(pen, "Destination Address", p);
    station(pen, "Source Address", p + 6);
    hex(pen, "Type", load_be16(p + 12), 4);
    const char *word = type_word(load_be16(p + 12));
    if (word) {
        put(pen, " (");
        text_str(pen->t, word);
        put(pen, ")");
    }
    end(pen);
}

static void vlan(struct pen *pen, const uint8_t *p, uint32_t n)
{
    begin(pen, "VLAN Tag");
    if (n < 4)
        return;
    number(pen, "Priority", load_be16(p) >> 13, "");
    number(pen, "Drop Eligible", load_be16(p) >> 12 & 1, "");
    number(pen, "VLAN", load_be16(p) & 0xfff, "");
    hex(pen, "Type", load_be16(p + 2), 4);
    end(pen);
}

static void protocol(struct pen *pen, const char *what, uint8_t v)
{
    const char *word = word_of(proto_words, v);

    name(pen, what);
    if (word)
        text_str(pen->t, word);
    else
        put_number(pen, v);
    end(pen);
}

static void ip4(struct pen *pen, const struct packet *q, const uint8_t *p, uint32_t n)
{
    static const struct word flags[] = {{0x2000, "MF"}, {0x4000, "DF"}, {0, NULL}};
    struct sums s = packet_sums(q);

    begin(pen, "IP Header");
    if (n < 20)
        return;
    number(pen, "Version", p[0] >> 4, "");
    number(pen, "Header Length", (p[0] & 15) * 4u, " bytes");
    hex(pen, "Service Type", p[1], 2);
    end(pen);
    number(pen, "Datagram Length", load_be16(p + 2), " bytes");
    hex(pen, "Identification", load_be16(p + 4), 4);
    end(pen);
    switches(pen, flags, load_be16(p + 6));
    if (load_be16(p + 6) & 0x8000)
        number(pen, "Reserved Flag", 1, "");
    number(pen, "Fragment Offset", (load_be16(p + 6) & 0x1fffu) * 8, "");
    number(pen, "TTL", p[8], "");
    protocol(pen, "Encapsulated Protocol", p[9]);
    checksum(pen, "Header Checksum", s.header_field, s.header_bad, s.header_right,
             packet_sum_words(&s, true));
    address(pen, "Source IP Address", &q->src);
    address(pen, "Destination IP Address", &q->dst);
    if (n > 20) {
        name(pen, "Options");
        text_hex(pen->t, p + 20, n - 20);
        end(pen);
    }
}

static void ip6(struct pen *pen, const struct packet *q, const uint8_t *p, uint32_t n)
{
    begin(pen, "IPv6 Header");
    if (n < 40)
        return;
    number(pen, "Version", p[0] >> 4, "");
    hex(pen, "Traffic Class", load_be16(p) >> 4 & 0xff, 2);
    end(pen);
    hex(pen, "Flow Label", load_be32(p) & 0xfffff, 5);
    end(pen);
    number(pen, "Payload Length", load_be16(p + 4), " bytes");
    protocol(pen, "Next Header", p[6]);
    number(pen, "Hop Limit", p[7], "");
    address(pen, "Source IP Address", &q->src);
    address(pen, "Destination IP Address", &q->dst);
}

static void ip6_extension(struct pen *pen, const uint8_t *p, uint32_t n)
{
    begin(pen, "IPv6 Extension Header");
    if (n < 8)
        return;
    protocol(pen, "Next Header", p[0]);
    number(pen, "Length", n, " bytes");
    name(pen, "Content");
    text_hex(pen->t, p + 2, n - 2);
    end(pen);
}

static void udp(struct pen *pen, const struct packet *q, const uint8_t *p, uint32_t n)
{
    struct sums s = packet_sums(q);

    begin(pen, "UDP Header");
    if (n < 8)
        return;
    uint32_t length = load_be16(p + 4);
    number(pen, "Source Port", load_be16(p), "");
    number(pen, "Destination Port", load_be16(p + 2), "");
    name(pen, "Datagram Length");
    put_number(pen, length);
    put(pen, " bytes (Header: 8, Data: ");
    put_number(pen, length > 8 ? length - 8 : 0);
    put(pen, ")\n");
    if (!load_be16(p + 6)) {
        hex(pen, "Checksum", 0, 4);
        put(pen, " (none)\n");
    } else {
        checksum(pen, "Checksum", load_be16(p + 6), s.transport_bad, s.transport_right,
                 packet_sum_words(&s, false));
    }
}

static void tcp(struct pen *pen, const struct packet *q, const uint8_t *p, uint32_t n)
{
    static const struct word flags[] = {{TCP_URG, "URG"}, {TCP_ACK, "ACK"}, {TCP_PSH, "PSH"},
                                        {TCP_RST, "RST"}, {TCP_SYN, "SYN"}, {TCP_FIN, "FIN"},
                                        {0, NULL}};
    static const struct word congestion[] = {{0x40, "ECE"}, {0x80, "CWR"}, {0, NULL}};
    struct sums s = packet_sums(q);

    begin(pen, "TCP Header");
    if (n < 20)
        return;
    number(pen, "Source Port", load_be16(p), "");
    number(pen, "Destination Port", load_be16(p + 2), "");
    number(pen, "Sequence Number", load_be32(p + 4), "");
    number(pen, "Acknowledgement Number", load_be32(p + 8), "");
    number(pen, "Header Length", (p[12] >> 4) * 4u, " bytes");
    switches(pen, flags, p[13]);
    if (p[13] & 0xc0)
        switches(pen, congestion, p[13]);
    if (p[12] & 15) {
        hex(pen, "Reserved Bits", p[12] & 15, 1);
        end(pen);
    }
    number(pen, "Window Advertisement", load_be16(p + 14), " bytes");
    checksum(pen, "Checksum", load_be16(p + 16), s.transport_bad, s.transport_right,
             packet_sum_words(&s, false));
    number(pen, "Urgent Pointer", load_be16(p + 18), "");
    if (n > 20) {
        name(pen, "Options");
        tcp_put_options(pen, slice_of(p + 20, n - 20), p[13]);
        end(pen);
    }
}

static void icmp(struct pen *pen, const uint8_t *p, uint32_t n, const char *title)
{
    begin(pen, title);
    if (n < 8)
        return;
    number(pen, "Type", p[0], "");
    number(pen, "Code", p[1], "");
    hex(pen, "Checksum", load_be16(p + 2), 4);
    end(pen);
    hex(pen, "Rest of Header", load_be32(p + 4), 8);
    end(pen);
}

static void arp(struct pen *pen, const uint8_t *p, uint32_t n)
{
    begin(pen, "ARP Packet");
    if (n < 28)
        return;
    number(pen, "Hardware Type", load_be16(p), "");
    hex(pen, "Protocol Type", load_be16(p + 2), 4);
    end(pen);
    number(pen, "Operation", load_be16(p + 6), "");
    if (p[4] != 6 || p[5] != 4)
        return;
    station(pen, "Sender Hardware Address", p + 8);
    name(pen, "Sender IP Address");
    put_ip4(pen, p + 14);
    end(pen);
    station(pen, "Target Hardware Address", p + 18);
    name(pen, "Target IP Address");
    put_ip4(pen, p + 24);
    end(pen);
}

static void other(struct pen *pen, const struct layer *l, const uint8_t *p)
{
    text_str(pen->t, layer_name[l->kind]);
    put(pen, " Header\n");
    if (!l->n)
        return;
    name(pen, "Bytes");
    text_hex(pen->t, p, l->n);
    end(pen);
}

static void header(struct pen *pen, const struct packet *q, const struct layer *l)
{
    const uint8_t *p = q->frame.p + l->at;

    switch (l->kind) {
    case LAYER_ETHER: ether(pen, p, l->n); return;
    case LAYER_VLAN: vlan(pen, p, l->n); return;
    case LAYER_IP4: ip4(pen, q, p, l->n); return;
    case LAYER_IP6: ip6(pen, q, p, l->n); return;
    case LAYER_IP6_EXT: ip6_extension(pen, p, l->n); return;
    case LAYER_UDP: udp(pen, q, p, l->n); return;
    case LAYER_TCP: tcp(pen, q, p, l->n); return;
    case LAYER_ICMP: icmp(pen, p, l->n, "ICMP Header"); return;
    case LAYER_ICMP6: icmp(pen, p, l->n, "ICMPv6 Header"); return;
    case LAYER_ARP: arp(pen, p, l->n); return;
    default: other(pen, l, p); return;
    }
}

// ---------------------------------------------------------------- what is behind them

static void bytes(struct pen *pen, struct slice s)
{
    struct text *t = pen->t;
    enum { ROW = 16 };

    for (uint32_t at = 0; at < s.n; at += ROW) {
        uint32_t n = min_u32(ROW, s.n - at);
        put(pen, "    ");
        for (uint32_t i = 0; i < n; i++)
            text_char(t, visible(s.p[at + i]));
        for (uint32_t i = n; i < ROW; i++)
            text_char(t, ' ');
        put(pen, "  ");
        text_hex(t, s.p + at, n);
        end(pen);
    }
}

static void data(struct pen *pen, const struct packet *p)
{
    if (!p->payload.n)
        return;
    switch (p->has_transport ? p->ip_proto : 0) {
    case PROTO_UDP: begin(pen, "UDP Data"); break;
    case PROTO_TCP: begin(pen, "TCP Data"); break;
    case PROTO_ICMP:
    case PROTO_ICMP6: begin(pen, "ICMP Data"); break;
    default: begin(pen, p->fragment ? "Fragment Data" : "Data"); break;
    }
    bytes(pen, p->payload);
}

static void padding(struct pen *pen, const struct packet *p)
{
    uint32_t from = packet_padding(p), n = p->frame.n - from;

    if (!n)
        return;
    begin(pen, "Ethernet Padding");
    number(pen, "Length", n, n == 1 ? " byte" : " bytes");
    name(pen, "Verdict");
    put_padding_verdict(pen, p);
    end(pen);
    bytes(pen, slice_of(p->frame.p + from, n));
}

static void oddities(struct pen *pen, const struct packet *p)
{
    const char *probe = packet_probe(p);
    const uint64_t apart = UINT64_C(1) << ODD_pad_nonzero | UINT64_C(1) << ODD_known_probe;

    if (!(p->odds & ~apart) && !probe)
        return;
    begin(pen, "Oddities");
    for (unsigned i = 0; i < 64; i++) {
        if (!(p->odds >> i & 1 & ~(apart >> i)))
            continue;
        put(pen, "    ");
        text_str(pen->t, odd_type[i].sentence);
        end(pen);
    }
    if (probe) {
        put(pen, "    ");
        text_str(pen->t, probe);
        end(pen);
    }
}

static void one_packet(struct pen *pen, const struct packet *p, bool last)
{
    for (unsigned i = 0; i < p->n_layers; i++)
        if (p->layer[i].kind != LAYER_ARP || p->net == NET_ETHER)
            header(pen, p, &p->layer[i]);
    if (last && !(p->n_layers && p->layer[p->n_layers - 1].kind == LAYER_ARP))
        data(pen, p);
}

void print_fields(struct pen *pen, const struct frame *f, uint64_t count)
{
    struct packet p[TUNNELS_MOST + 2];
    unsigned n = 0;

    packet_decode(&p[0], f->link, f->data, f->n, f->wire_len);
    while (n <= TUNNELS_MOST && packet_inner(&p[n + 1], &p[n], n))
        n++;
    put(pen, "Packet ");
    put_number(pen, count);
    end(pen);
    number(pen, "Frame Length", f->wire_len, " bytes");
    if (f->n < f->wire_len)
        number(pen, "Captured", f->n, " bytes");
    for (unsigned i = 0; i <= n; i++)
        one_packet(pen, &p[i], i == n);
    padding(pen, &p[0]);
    for (unsigned i = 0; i <= n; i++)
        oddities(pen, &p[i]);
    end(pen);
}
