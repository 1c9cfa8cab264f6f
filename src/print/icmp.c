// SPDX-License-Identifier: Apache-2.0
// ICMP (RFC 792): what it says, in tcpdump's words.
#include "print/icmp.h"

#include <endian.h>

#include "packet/checksum.h"

enum { ICMP_HEAD = 8, INNER = ICMP_HEAD + 20 };

enum icmp_type {
    ECHO_REPLY = 0,
    UNREACHABLE = 3,
    QUENCH = 4,
    REDIRECT = 5,
    ECHO = 8,
    ADVERTISEMENT = 9,
    SOLICITATION = 10,
    EXCEEDED = 11,
    PROBLEM = 12,
    TIMES = 13,
    TIMES_REPLY = 14,
    INFORMATION = 15,
    INFORMATION_REPLY = 16,
    MASK = 17,
    MASK_REPLY = 18
};

static const struct word type_words[] = {
    {QUENCH, "source quench"},
    {SOLICITATION, "router solicitation"},
    {INFORMATION, "information request"},
    {INFORMATION_REPLY, "information reply"},
    {MASK, "address mask request"},
    {0, NULL},
};

// What stands before and behind the host that cannot be reached.
static const struct unreachable {
    uint8_t code;
    const char *before, *behind;
} unreachable[] = {
    {0, "net ", " unreachable"},
    {1, "host ", " unreachable"},
    {5, "", " unreachable - source route failed"},
    {6, "net ", " unreachable - unknown"},
    {7, "host ", " unreachable - unknown"},
    {8, "", " unreachable - source host isolated"},
    {9, "net ", " unreachable - admin prohibited"},
    {10, "host ", " unreachable - admin prohibited"},
    {11, "net ", " unreachable - tos prohibited"},
    {12, "host ", " unreachable - tos prohibited"},
    {13, "host ", " unreachable - admin prohibited filter"},
    {14, "host ", " unreachable - host precedence violation"},
    {15, "host ", " unreachable - precedence cutoff"},
};

static void put_what(struct pen *pen, const char *text, uint32_t v)
{
    text_str(pen->t, text);
    put_number(pen, v);
}

// The port of the packet that came back. false: it is not here.
static bool put_port(struct pen *pen, struct view v)
{
    const uint8_t *inner = v.p + ICMP_HEAD;
    uint32_t at = ICMP_HEAD + (inner[0] & 15) * 4u;

    if (v.n < at + 4)
        return false;
    put_ip4(pen, inner + 16);
    if (inner[9] == PROTO_TCP)
        put(pen, " tcp port ");
    else if (inner[9] == PROTO_UDP)
        put(pen, " udp port ");
    else {
        put_what(pen, " protocol ", inner[9]);
        put(pen, " port ");
    }
    put_number(pen, load_be16(v.p + at + 2));
    put(pen, " unreachable");
    return true;
}

static bool put_unreachable(struct pen *pen, struct view v)
{
    enum { PROTOCOL = 2, PORT = 3, TOO_LONG = 4 };
    const uint8_t *host = v.p + ICMP_HEAD + 16;
    uint8_t code = v.p[1];

    if (v.n < INNER)
        return false;
    if (code == PORT)
        return put_port(pen, v);
    for (size_t i = 0; i < COUNT_OF(unreachable); i++) {
        if (unreachable[i].code != code)
            continue;
        text_str(pen->t, unreachable[i].before);
        put_ip4(pen, host);
        text_str(pen->t, unreachable[i].behind);
        return true;
    }
    if (code != PROTOCOL && code != TOO_LONG) {
        put_what(pen, "#", code);
        put(pen, " ");
    }
    put_ip4(pen, host);
    if (code == PROTOCOL)
        put_what(pen, " protocol ", v.p[ICMP_HEAD + 9]);
    put(pen, " unreachable");
    if (code == TOO_LONG) {
        put(pen, " - need to frag");
        if (load_be16(v.p + 6)) {
            put_what(pen, " (mtu ", load_be16(v.p + 6));
            put(pen, ")");
        }
    }
    return true;
}

static bool put_redirect(struct pen *pen, struct view v)
{
    static const struct word before[] = {{0, "redirect "},
                                         {1, "redirect "},
                                         {2, "redirect-tos "},
                                         {3, "redirect-tos "},
                                         {0, NULL}};
    uint8_t code = v.p[1];

    if (v.n < INNER)
        return false;
    if (word_of(before, code)) {
        text_str(pen->t, word_of(before, code));
    } else {
        put_what(pen, "redirect-#", code);
        put(pen, " ");
    }
    put_ip4(pen, v.p + ICMP_HEAD + 16);
    text_str(pen->t, code > 3 ? " to " : code & 1 ? " to host " : " to net ");
    put_ip4(pen, v.p + 4);
    return true;
}

static void put_span(struct pen *pen, uint32_t seconds)
{
    if (seconds >= 3600) {
        put_number(pen, seconds / 3600);
        put(pen, ":");
        put_digits(pen, seconds / 60 % 60, 2);
        put(pen, ":");
        put_digits(pen, seconds % 60, 2);
    } else if (seconds >= 60) {
        put_number(pen, seconds / 60);
        put(pen, ":");
        put_digits(pen, seconds % 60, 2);
    } else {
        put_number(pen, seconds);
    }
}

// RFC 1256: addresses 1, words of each 1, lifetime 2, then address and preference
static bool put_advertisement(struct pen *pen, struct view v)
{
    uint32_t at = ICMP_HEAD;

    put(pen, "router advertisement lifetime ");
    put_span(pen, load_be16(v.p + 6));
    put_what(pen, " ", v.p[4]);
    put(pen, ":");
    if (v.p[5] != 2) {
        put_what(pen, " [size ", v.p[5]);
        put(pen, "]");
        return true;
    }
    for (unsigned i = 0; i < v.p[4]; i++, at += 8) {
        if (v.n < at + 8)
            return false;
        put(pen, " {");
        put_ip4(pen, v.p + at);
        put_what(pen, " ", load_be32(v.p + at + 4));
        put(pen, "}");
    }
    return true;
}

// Milliseconds since midnight.
static void put_moment(struct pen *pen, const char *before, uint32_t v)
{
    text_str(pen->t, before);
    put_digits(pen, v / 3600000, v < 360000000 ? 2 : v < 3600000000 ? 3 : 4);
    put(pen, ":");
    put_digits(pen, v / 60000 % 60, 2);
    put(pen, ":");
    put_digits(pen, v / 1000 % 60, 2);
    put(pen, ".");
    put_digits(pen, v % 1000, 3);
}

static bool put_times(struct pen *pen, struct view v)
{
    bool reply = v.p[0] == TIMES_REPLY;

    text_str(pen->t, reply ? "time stamp reply" : "time stamp query");
    put_what(pen, " id ", load_be16(v.p + 4));
    put_what(pen, " seq ", load_be16(v.p + 6));
    if (!reply)
        return true;
    if (v.n < 20)
        return false;
    put_moment(pen, ": org ", load_be32(v.p + 8));
    put_moment(pen, ", recv ", load_be32(v.p + 12));
    put_moment(pen, ", xmit ", load_be32(v.p + 16));
    return true;
}

static bool put_exceeded(struct pen *pen, struct view v)
{
    if (v.n < INNER)
        return false;
    if (v.p[1] == 0)
        put(pen, "time exceeded in-transit");
    else if (v.p[1] == 1)
        put(pen, "ip reassembly time exceeded");
    else
        put_what(pen, "time exceeded-#", v.p[1]);
    return true;
}

static void put_echo(struct pen *pen, struct view v)
{
    text_str(pen->t, v.p[0] == ECHO ? "echo request" : "echo reply");
    if (pen->o->classic)
        return;
    put_what(pen, ", id ", load_be16(v.p + 4));
    put_what(pen, ", seq ", load_be16(v.p + 6));
}

bool icmp_words(struct pen *pen, struct view v)
{
    uint8_t type = v.p[0];
    const char *word = word_of(type_words, type);

    if (word) {
        text_str(pen->t, word);
        return true;
    }
    if (v.n < ICMP_HEAD && (type <= ECHO || type <= MASK_REPLY))
        return false;
    switch (type) {
    case ECHO:
    case ECHO_REPLY: put_echo(pen, v); return true;
    case UNREACHABLE: return put_unreachable(pen, v);
    case REDIRECT: return put_redirect(pen, v);
    case ADVERTISEMENT: return put_advertisement(pen, v);
    case EXCEEDED: return put_exceeded(pen, v);
    case TIMES:
    case TIMES_REPLY: return put_times(pen, v);
    case PROBLEM:
        put_what(pen, v.p[1] ? "parameter problem - code " : "parameter problem - octet ",
                 v.p[1] ? v.p[1] : v.p[4]);
        return true;
    case MASK_REPLY:
        if (v.n < ICMP_HEAD + 4)
            return false;
        put(pen, "address mask is 0x");
        put_hex_wide(pen, load_be32(v.p + ICMP_HEAD), 8);
        return true;
    default: put_what(pen, "type-#", type); return true;
    }
}

static bool is_error(uint8_t type)
{
    return type == UNREACHABLE || type == QUENCH || type == REDIRECT || type == EXCEEDED ||
           type == PROBLEM;
}

static void put_sum(struct pen *pen, struct view v)
{
    uint16_t field = load_be16(v.p + 2), sum = be16toh(sum_fold(sum_bytes(v.p, v.wire)));

    if (sum == 0xffff)
        return;
    put(pen, " (wrong icmp cksum ");
    put_hex(pen, field);
    put(pen, " (->");
    put_hex(pen, sum_right(field, sum));
    put(pen, ")!)");
}

void print_icmp(struct pen *pen, const struct net *net, struct view v)
{
    size_t begin = pen->t->n;

    put(pen, "ICMP ");
    if (v.n < 2 || !icmp_words(pen, v)) {
        pen->t->n = begin; // what was written of it does not stand before the mark
        put_cut(pen, "icmp");
        return;
    }
    put(pen, ", length ");
    put_number(pen, v.wire);
    if (!pen->o->verbose)
        return;
    if (!net->fragment && v.n >= v.wire && v.wire >= 4)
        put_sum(pen, v);
    if (is_error(v.p[0]) && v.n > ICMP_HEAD && ++pen->depth <= DEPTH_MOST) {
        struct view inner = view_skip(v, ICMP_HEAD);
        if (inner.n >= 4) // errors quote the beginning of a packet, which is no damage
            inner.wire = load_be16(inner.p + 2);
        inner.n = min_u32(inner.n, inner.wire);
        put(pen, "\n\t");
        print_ip4(pen, inner);
    }
}
