// SPDX-License-Identifier: Apache-2.0
// GRE (RFC 2784, RFC 2890, RFC 2637) and the heads of ESP.
#include "print/pen.h"

void print_esp(struct pen *pen, struct view v)
{
    if (v.n < 8) {
        put_cut(pen, "esp");
        return;
    }
    put(pen, "ESP(spi=0x");
    put_hex_wide(pen, load_be32(v.p), 8);
    put(pen, ",seq=0x");
    put_hex(pen, load_be32(v.p + 4));
    put(pen, "), length ");
    put_number(pen, v.wire);
}

enum { TYPE_BRIDGED = 0x6558, TYPE_PPP = 0x880b, TYPE_ARP = 0x0806 };
enum gre_flag {
    GRE_SUM = 0x8000,
    GRE_ROUTE = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACK = 0x0080
};

static const struct word flag_words[] = {
    {GRE_SUM, "checksum present"},
    {GRE_ROUTE, "routing present"},
    {GRE_KEY, "key present"},
    {GRE_SEQUENCE, "sequence# present"},
    {0x0800, "source routing present"},
    {GRE_ACK, "ack present"},
    {0, NULL},
};

static void put_named(struct pen *pen, const char *name, uint32_t v)
{
    text_str(pen->t, name);
    put_number(pen, v);
}

static void put_numbers(struct pen *pen, struct cur *c, uint32_t flags, bool second)
{
    if (flags & (GRE_SUM | GRE_ROUTE) && !second) {
        uint32_t sum = cur_be16(c);
        if (flags & GRE_SUM && pen->o->verbose) {
            put(pen, ", sum 0x");
            put_hex(pen, sum);
        }
        put(pen, ", off 0x");
        put_hex(pen, cur_be16(c));
    }
    if (flags & GRE_KEY) {
        uint32_t key = cur_be32(c);
        if (second) {
            put_named(pen, ", call ", key & 0xffff);
        } else {
            put(pen, ", key=0x");
            put_hex(pen, key);
        }
    }
    if (flags & GRE_SEQUENCE)
        put_named(pen, ", seq ", cur_be32(c));
    if (second && flags & GRE_ACK)
        put_named(pen, ", ack ", cur_be32(c));
}

//  0 flags and version | 2 type | 4 checksum, key, sequence, acknowledgement, where flagged
void print_gre(struct pen *pen, struct view v)
{
    struct cur c = cur_of(slice_of(v.p, v.n));
    uint32_t flags = cur_be16(&c), type = cur_be16(&c), version = flags & 7;

    put_named(pen, "GREv", version);
    if (version > 1) {
        put(pen, " ERROR: unknown-version");
        return;
    }
    if (pen->o->verbose) {
        put(pen, ", Flags [");
        put_bits(pen, flag_words, flags, ", ", "none");
        put(pen, "]");
    }
    put_numbers(pen, &c, flags, version == 1);
    if (c.bad) {
        put_cut(pen, "gre");
        return;
    }
    struct view inner = view_skip(v, (uint32_t)(c.p - v.p));
    if (version == 1 && !(flags & GRE_SEQUENCE)) { // an acknowledgement (RFC 2637 4.1)
        put_named(pen, ", no-payload, length ", v.wire);
        return;
    }
    if (pen->o->link && version == 0) {
        put(pen, ", proto ");
        put_type_word(pen, type);
    }
    put_named(pen, ", length ", v.wire);
    text_str(pen->t, pen->o->verbose ? "\n\t" : ": ");
    bool deep = ++pen->depth > DEPTH_MOST;
    if (!deep && type == TYPE_BRIDGED) {
        print_ether(pen, inner);
    } else if (!deep && type == TYPE_PPP && version == 1) {
        print_ppp(pen, inner);
    } else if (deep || version == 1 || type == TYPE_ARP || !print_type(pen, type, inner)) {
        put(pen, "gre-proto-0x");
        put_hex(pen, type);
    }
}
