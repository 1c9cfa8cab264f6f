// SPDX-License-Identifier: Apache-2.0
// ARP and reverse ARP (RFC 826, RFC 903).
#include "print/pen.h"

enum {
    ARP_HEAD = 8,
    ARP_IP = 0x0800,
    ARP_TRAILERS = 0x1000,
    REQUEST = 1,
    REPLY,
    REVERSE_REQUEST,
    REVERSE_REPLY,
    INVERSE_REQUEST = 8,
    INVERSE_REPLY
};

static const struct word operation_words[] = {
    {REQUEST, "Request"},
    {REPLY, "Reply"},
    {REVERSE_REQUEST, "Reverse Request"},
    {REVERSE_REPLY, "Reverse Reply"},
    {INVERSE_REQUEST, "Inverse Request"},
    {INVERSE_REPLY, "Inverse Reply"},
    {10, "NACK Reply"},
    {0, NULL},
};
static const struct word hardware_words[] = {
    {1, "Ethernet"}, {6, "TokenRing"},  {7, "ArcNet"},      {15, "FrameRelay"}, {19, "ATM"},
    {23, "Strip"},   {24, "IEEE 1394"}, {32, "InfiniBand"}, {0, NULL},
};

struct arp {
    uint32_t hardware, proto, operation;
    bool is_ip;
    struct slice sender_mac, sender, target_mac, target;
};

static bool read_arp(struct arp *a, struct view v)
{
    struct cur c = cur_of(slice_of(v.p, v.n));
    uint32_t mac, address;

    a->hardware = cur_be16(&c);
    a->proto = cur_be16(&c);
    mac = cur_u8(&c);
    address = cur_u8(&c);
    a->operation = cur_be16(&c);
    a->sender_mac = cur_take(&c, mac);
    a->sender = cur_take(&c, address);
    a->target_mac = cur_take(&c, mac);
    a->target = cur_take(&c, address);
    a->is_ip = a->proto == ARP_IP || a->proto == ARP_TRAILERS;
    return !c.bad;
}

static void put_station(struct pen *pen, struct slice mac)
{
    if (!mac.n)
        put(pen, "<empty>");
    for (uint32_t i = 0; i < mac.n; i++) {
        if (i)
            put(pen, ":");
        text_hex(pen->t, mac.p + i, 1);
    }
}

static void put_host(struct pen *pen, const struct arp *a, struct slice address)
{
    if (!a->is_ip)
        put(pen, "<wrong proto type>");
    else if (address.n != 4)
        put(pen, "<wrong len>");
    else
        put_ip4(pen, address.p);
}

static bool is_zero(struct slice s)
{
    while (s.n && !s.p[s.n - 1])
        s.n--;
    return !s.n;
}

// Behind the operation's word. false: the operation is none that is known.
static bool put_question(struct pen *pen, const struct arp *a)
{
    switch (a->operation) {
    case REQUEST:
        put(pen, "who-has ");
        put_host(pen, a, a->target);
        if (!is_zero(a->target_mac)) {
            put(pen, " (");
            put_station(pen, a->target_mac);
            put(pen, ")");
        }
        put(pen, " tell ");
        put_host(pen, a, a->sender);
        return true;
    case REPLY:
        put_host(pen, a, a->sender);
        put(pen, " is-at ");
        put_station(pen, a->sender_mac);
        return true;
    case REVERSE_REQUEST:
    case INVERSE_REQUEST:
        put(pen, "who-is ");
        put_station(pen, a->target_mac);
        put(pen, " tell ");
        put_station(pen, a->sender_mac);
        return true;
    case REVERSE_REPLY:
        put_station(pen, a->target_mac);
        put(pen, " at ");
        put_host(pen, a, a->target);
        return true;
    case INVERSE_REPLY:
        put_station(pen, a->sender_mac);
        put(pen, " at ");
        put_host(pen, a, a->sender);
        return true;
    default: return false;
    }
}

static void put_number_word(struct pen *pen, const struct word *table, uint32_t v,
                            const char *otherwise)
{
    const char *word = word_of(table, v);

    text_str(pen->t, word ? word : otherwise);
    if (!word) {
        put(pen, " (");
        put_number(pen, v);
        put(pen, ")");
    }
}

static void put_kinds(struct pen *pen, const struct arp *a)
{
    put_number_word(pen, hardware_words, a->hardware, "Unknown Hardware");
    put(pen, " (len ");
    put_number(pen, a->sender_mac.n);
    put(pen, "), ");
    const char *word = type_word(a->proto);
    text_str(pen->t, word ? word : "Unknown Protocol (0x");
    if (!word) {
        put_hex_wide(pen, a->proto, 4);
        put(pen, ")");
    }
    put(pen, " (len ");
    put_number(pen, a->sender.n);
    put(pen, ")");
}

static void print_classic(struct pen *pen, const struct arp *a)
{
    put(pen, "arp ");
    if (a->operation == REPLY)
        put(pen, "reply ");
    if (!put_question(pen, a))
        put_number_word(pen, operation_words, a->operation, "unknown");
}

void print_arp(struct pen *pen, struct view v)
{
    struct arp a;

    if (!read_arp(&a, v)) {
        put_cut(pen, "arp");
        return;
    }
    if (pen->o->classic) {
        print_classic(pen, &a);
        return;
    }
    if (!pen->o->link)
        put(pen, "ARP, ");
    bool strange = !a.is_ip || a.sender.n != 4 || !a.sender_mac.n;
    if (strange || pen->o->verbose)
        put_kinds(pen, &a);
    if (!strange || pen->o->verbose) {
        if (pen->o->verbose)
            put(pen, ", ");
        put_number_word(pen, operation_words, a.operation, "Unknown");
        put(pen, " ");
        if (!put_question(pen, &a))
            return;
    }
    put(pen, ", length ");
    put_number(pen, v.wire);
}
