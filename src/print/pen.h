// SPDX-License-Identifier: Apache-2.0
// Private to the print room: what a line is written with, and the printers of the protocols.
#pragma once

#include "base/cur.h"
#include "packet/packet.h"
#include "print/print.h"

struct numbers;

// The bytes a printer is given: n are here, the headers say that `wire` belong here.
struct view {
    const uint8_t *p;
    uint32_t n, wire;
};

// One line while it is written.
struct pen {
    struct text *t;
    const struct print_options *o;
    struct numbers *numbers;
    uint32_t head;  // bytes of the link's header, which -x leaves out
    unsigned depth; // packets inside of packets so far
};

enum { DEPTH_MOST = 8 };

// The IP header that carries a transport.
struct net {
    const uint8_t *src, *dst; // 4 or 16 bytes
    const uint8_t *last_dst;  // the last stop, which checksums are over
    uint8_t version, proto;
    bool direct;   // nothing stands between: the addresses were not printed yet
    bool fragment; // the first of several: sums and lengths cannot be compared
};

// ---- writing
#define put(pen, literal) text_bytes((pen)->t, "" literal, sizeof(literal) - 1)
static inline void put_number(struct pen *pen, uint64_t v)
{
    text_u64(pen->t, v);
}
void put_hex(struct pen *pen, uint32_t v);                  // 7f
void put_hex_wide(struct pen *pen, uint32_t v, int digits); // 0x007f
void put_digits(struct pen *pen, uint32_t v, int digits);   // 007, decimal
void put_ip4(struct pen *pen, const uint8_t *p);
void put_ip6(struct pen *pen, const uint8_t *p);
void put_mac(struct pen *pen, const uint8_t *p);
void put_address(struct pen *pen, const struct net *net, const uint8_t *p);
void put_hosts(struct pen *pen, const struct net *net); // "a > b: "
// "a.1 > b.2: "; with an extension header between, only the ports.
void put_ends(struct pen *pen, const struct net *net, uint16_t sport, uint16_t dport);
void put_cut(struct pen *pen, const char *part); // " [|tcp]"
void put_invalid(struct pen *pen);               // " (invalid)"

// "17 bytes of padding are not zero: remains of text, not part of the datagram"; there is some.
void put_padding_verdict(struct pen *pen, const struct packet *p);

// A word for a number, in tables that end with a word of NULL.
struct word {
    uint32_t number;
    const char *word;
};
const char *word_of(const struct word *table, uint32_t number); // NULL: none
void put_word(struct pen *pen, const struct word *table, uint32_t number,
              const char *otherwise);
// The words of all bits that are set, `between` them; or `none`.
void put_bits(struct pen *pen, const struct word *table, uint32_t bits, const char *between,
              const char *none);
extern const struct word proto_words[]; // of IP's protocol numbers, as -v prints them

static inline struct view view_skip(struct view v, uint32_t n) // n <= v.n
{
    return (struct view){v.p + n, v.n - n, v.wire > n ? v.wire - n : 0};
}

// What a wrong checksum should be; 0xffff of `sum` means that it holds.
uint16_t sum_right(uint16_t field, uint16_t sum);
// "[udp sum ok] ", or what stands there and what should.
void put_sum_mark(struct pen *pen, const char *name, uint16_t field, uint16_t sum);
// Over v.wire bytes, all of which are here, with the pseudo header of `net`.
uint16_t sum_transport(const struct net *net, struct view v, uint8_t proto);

// ---- link layers
void print_link(struct pen *pen, uint16_t link, struct view v);
void print_ether(struct pen *pen, struct view v);
void print_ppp(struct pen *pen, struct view v);
// What an EtherType says; false: it is none that is printed.
bool print_type(struct pen *pen, uint32_t type, struct view v);
const char *type_word(uint32_t type);               // NULL: none
void put_type_word(struct pen *pen, uint32_t type); // "IPv4 (0x0800)"

// ---- what they carry
void print_ip(struct pen *pen, struct view v); // version 4 or 6, as the first byte says
void print_ip4(struct pen *pen, struct view v);
void print_ip6(struct pen *pen, struct view v);
void print_ip6_headers(struct pen *pen, struct net *net, struct view v);
void print_arp(struct pen *pen, struct view v);
void print_stp(struct pen *pen, struct view v);

// What an IP header carries, by its protocol.
void print_proto(struct pen *pen, const struct net *net, struct view v);
void print_tcp(struct pen *pen, const struct net *net, struct view v);
void print_udp(struct pen *pen, const struct net *net, struct view v);
void print_sctp(struct pen *pen, const struct net *net, struct view v);
void print_icmp(struct pen *pen, const struct net *net, struct view v);
void print_icmp6(struct pen *pen, const struct net *net, struct view v);
// Neighbour discovery with -v: a router's numbers (16 bytes), a neighbour's flags, the options.
// false: bytes are missing.
void put_router(struct pen *pen, const uint8_t *p);
void put_neighbor_flags(struct pen *pen, uint8_t set);
bool put_neighbor_options(struct pen *pen, struct view v);
void print_igmp(struct pen *pen, struct view v);
void print_gre(struct pen *pen, struct view v);
void print_esp(struct pen *pen, struct view v);
