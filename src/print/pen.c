// SPDX-License-Identifier: Apache-2.0
// Words, numbers and addresses as tcpdump writes them; checksums and what they should be.
#include "print/pen.h"

#include <endian.h>

#include "packet/checksum.h"
#include "packet/crafted.h"

void put_hex_wide(struct pen *pen, uint32_t v, int digits)
{
    static const char digit[] = "0123456789abcdef";

    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        text_char(pen->t, digit[v >> shift & 15]);
}

void put_hex(struct pen *pen, uint32_t v)
{
    int digits = 1;

    while (digits < 8 && v >> (4 * digits))
        digits++;
    put_hex_wide(pen, v, digits);
}

void put_digits(struct pen *pen, uint32_t v, int digits)
{
    char s[10];

    for (int i = digits; i > 0; v /= 10)
        s[--i] = (char)('0' + v % 10);
    text_bytes(pen->t, s, (size_t)digits);
}

void put_ip4(struct pen *pen, const uint8_t *p)
{
    struct addr a = addr_of(ADDR_IP4, p);

    text_addr(pen->t, &a);
}

// As inet_ntop writes them: also ::1.2.3.4, the old form of IPv4 in IPv6.
void put_ip6(struct pen *pen, const uint8_t *p)
{
    static const uint8_t zero[12];
    struct addr a = addr_of(ADDR_IP6, p);

    if (!memcmp(p, zero, 12) && load_be16(p + 12)) {
        put(pen, "::");
        put_ip4(pen, p + 12);
    } else {
        text_addr(pen->t, &a);
    }
}

void put_mac(struct pen *pen, const uint8_t *p)
{
    struct addr a = addr_of(ADDR_MAC, p);

    text_addr(pen->t, &a);
}

void put_address(struct pen *pen, const struct net *net, const uint8_t *p)
{
    if (net->version == 4)
        put_ip4(pen, p);
    else
        put_ip6(pen, p);
}

void put_hosts(struct pen *pen, const struct net *net)
{
    put_address(pen, net, net->src);
    put(pen, " > ");
    put_address(pen, net, net->dst);
    put(pen, ": ");
}

void put_ends(struct pen *pen, const struct net *net, uint16_t sport, uint16_t dport)
{
    if (net->direct) {
        put_address(pen, net, net->src);
        put(pen, ".");
    }
    put_number(pen, sport);
    put(pen, " > ");
    if (net->direct) {
        put_address(pen, net, net->dst);
        put(pen, ".");
    }
    put_number(pen, dport);
    put(pen, ": ");
}

void put_cut(struct pen *pen, const char *part)
{
    put(pen, " [|");
    text_str(pen->t, part);
    put(pen, "]");
}

void put_invalid(struct pen *pen)
{
    put(pen, " (invalid)");
}

// ---------------------------------------------------------------- words

const char *word_of(const struct word *table, uint32_t number)
{
    while (table->word && table->number != number)
        table++;
    return table->word;
}

void put_word(struct pen *pen, const struct word *table, uint32_t number, const char *otherwise)
{
    const char *word = word_of(table, number);

    text_str(pen->t, word ? word : otherwise);
}

void put_bits(struct pen *pen, const struct word *table, uint32_t bits, const char *between,
              const char *none)
{
    bool any = false;

    for (; table->word; table++) {
        if (!(bits & table->number))
            continue;
        if (any)
            text_str(pen->t, between);
        text_str(pen->t, table->word);
        any = true;
    }
    if (!any)
        text_str(pen->t, none);
}

const struct word proto_words[] = {
    {PROTO_TCP, "TCP"},
    {PROTO_UDP, "UDP"},
    {PROTO_HOP_BY_HOP, "Options"},
    {PROTO_ICMP, "ICMP"},
    {PROTO_IGMP, "IGMP"},
    {PROTO_IP4, "IPIP"},
    {8, "EGP"},
    {9, "IGRP"},
    {33, "DCCP"},
    {PROTO_IP6, "IPv6"},
    {PROTO_ROUTING, "Routing"},
    {PROTO_FRAGMENT, "Fragment"},
    {46, "RSVP"},
    {PROTO_GRE, "GRE"},
    {50, "ESP"},
    {PROTO_AH, "AH"},
    {55, "Mobile IP"},
    {PROTO_ICMP6, "ICMPv6"},
    {PROTO_NO_NEXT, "none"},
    {62, "Mobility (old)"},
    {77, "Mobile IP (old)"},
    {88, "EIGRP"},
    {89, "OSPF"},
    {103, "PIM"},
    {108, "Compressed IP"},
    {112, "VRRP"},
    {113, "PGM"},
    {PROTO_SCTP, "SCTP"},
    {PROTO_MOBILITY, "Mobility"},
    {0, NULL},
};

void put_padding_verdict(struct pen *pen, const struct packet *p)
{
    uint32_t n = p->frame.n - packet_padding(p);

    put_number(pen, n);
    text_str(pen->t, n == 1 ? " byte of padding is " : " bytes of padding are ");
    text_str(pen->t, packet_padding_words(p));
}

// ---------------------------------------------------------------- checksums

uint16_t sum_right(uint16_t field, uint16_t sum)
{
    // In one's complement: what the sum lacks of 0xffff is added to the field.
    uint32_t right = (uint32_t)field + (uint16_t)~sum;

    right = (right & 0xffff) + (right >> 16);
    return (uint16_t)((right & 0xffff) + (right >> 16));
}

void put_sum_mark(struct pen *pen, const char *name, uint16_t field, uint16_t sum)
{
    if (sum == 0xffff) {
        text_printf(pen->t, "[%s sum ok] ", name);
        return;
    }
    text_printf(pen->t, "[bad %s cksum 0x", name);
    put_hex_wide(pen, field, 4);
    put(pen, " -> 0x");
    put_hex_wide(pen, sum_right(field, sum), 4);
    put(pen, "!] ");
}

uint16_t sum_transport(const struct net *net, struct view v, uint8_t proto)
{
    uint32_t address = net->version == 4 ? 4 : 16;
    uint64_t sum = sum_bytes(v.p, v.wire) + htobe32(proto) + htobe32(v.wire);

    sum += sum_bytes(net->src, address) + sum_bytes(net->last_dst, address);
    return be16toh(sum_fold(sum));
}
