// SPDX-License-Identifier: Apache-2.0
// TCP: flags, numbers, window, options.
#include "print/tcp.h"

#include "packet/checksum.h"
#include "print/parts.h"

static const struct word flag_words[] = {
    {TCP_FIN, "F"}, {TCP_SYN, "S"}, {TCP_RST, "R"}, {TCP_PSH, "P"}, {TCP_ACK, "."},
    {TCP_URG, "U"}, {0x40, "E"},    {0x80, "W"},    {0, NULL},
};

static const struct word option_words[] = {
    {0, "eol"},     {1, "nop"},     {2, "mss"},       {3, "wscale"}, {4, "sackOK"},
    {5, "sack"},    {6, "echo"},    {7, "echoreply"}, {8, "TS"},     {11, "cc"},
    {12, "ccnew"},  {13, "ccecho"}, {19, "md5"},      {20, "scps"},  {28, "uto"},
    {29, "tcp-ao"}, {30, "mptcp"},  {34, "tfo"},      {254, "exp"},  {0, NULL},
};

// ---------------------------------------------------------------- options

static void put_bytes(struct pen *pen, struct slice s)
{
    text_hex(pen->t, s.p, s.n);
}

void tcp_put_sacks(struct pen *pen, struct slice data, uint32_t base)
{
    for (uint32_t at = 0; at + 8 <= data.n; at += 8) {
        put(pen, "{");
        put_number(pen, load_be32(data.p + at) - base);
        put(pen, ":");
        put_number(pen, load_be32(data.p + at + 4) - base);
        put(pen, "}");
    }
}

// RFC 7413: an empty one asks for a cookie.
static void put_fast_open(struct pen *pen, struct slice data)
{
    if (!data.n) {
        put(pen, " cookiereq");
    } else if (data.n < 4 || data.n > 16 || data.n & 1) {
        put(pen, " (invalid)");
    } else {
        put(pen, " cookie ");
        put_bytes(pen, data);
    }
}

// RFC 6994: the first two bytes say whose experiment it is.
static void put_experiment(struct pen *pen, struct slice data)
{
    enum { FAST_OPEN = 0xf989 };
    uint16_t whose = load_be16(data.p);

    data = slice_of(data.p + 2, data.n - 2);
    if (whose == FAST_OPEN) {
        put(pen, "-tfo");
        put_fast_open(pen, data);
        return;
    }
    put(pen, "-");
    put_hex_wide(pen, whose, 4);
}

// RFC 5925
static void put_authentication(struct pen *pen, struct slice data)
{
    if (data.n < 2) {
        put(pen, " (invalid)");
        return;
    }
    put(pen, " keyid ");
    put_number(pen, data.p[0]);
    put(pen, " rnextkeyid ");
    put_number(pen, data.p[1]);
    if (data.n == 2)
        return;
    put(pen, " mac 0x");
    put_bytes(pen, slice_of(data.p + 2, data.n - 2));
}

// RFC 5482; tcpdump takes the lowest bit for the unit, which is the highest.
static void put_timeout(struct pen *pen, uint32_t v)
{
    put(pen, " 0x");
    put_hex(pen, v);
    put(pen, " ");
    put_number(pen, (v >> 1) * (v & 1 ? 60 : 1));
}

// How many bytes an option of this kind has behind kind and length; the rest is not looked at.
static uint32_t usual_length(uint8_t kind, uint32_t n)
{
    switch (kind) {
    case 4: return 0;
    case 3: return 1;
    case 2:
    case 20:
    case 28: return 2;
    case 6:
    case 7:
    case 11:
    case 12:
    case 13: return 4;
    case 8: return 8;
    case 19: return 16;
    default: return n;
    }
}

static void put_data(struct pen *pen, uint8_t kind, struct slice data, uint32_t base)
{
    switch (kind) {
    case 2:
        put(pen, " ");
        put_number(pen, load_be16(data.p));
        return;
    case 3:
        put(pen, " ");
        put_number(pen, data.p[0]);
        return;
    case 4: return;
    case 5:
        if (data.n % 8) {
            put(pen, " invalid sack");
            return;
        }
        put(pen, " ");
        put_number(pen, data.n / 8);
        put(pen, " ");
        tcp_put_sacks(pen, data, base);
        return;
    case 6:
    case 7:
    case 11:
    case 12:
    case 13:
        put(pen, " ");
        put_number(pen, load_be32(data.p));
        return;
    case 8:
        put(pen, " val ");
        put_number(pen, load_be32(data.p));
        put(pen, " ecr ");
        put_number(pen, load_be32(data.p + 4));
        return;
    case 19:
        put(pen, " shared secret not supplied with -M, can't check - ");
        put_bytes(pen, data);
        return;
    case 20:
        put(pen, " cap ");
        put_hex_wide(pen, data.p[0], 2);
        put(pen, " id ");
        put_number(pen, data.p[1]);
        return;
    case 28: put_timeout(pen, load_be16(data.p)); return;
    case 29: put_authentication(pen, data); return;
    case 34:
        put(pen, " ");
        put_fast_open(pen, data);
        return;
    case 254: put_experiment(pen, data); return;
    default:
        if (data.n)
            put(pen, " 0x");
        put_bytes(pen, data);
    }
}

static void put_kind(struct pen *pen, uint8_t kind)
{
    const char *word = word_of(option_words, kind);

    if (word) {
        text_str(pen->t, word);
    } else {
        put(pen, "unknown-");
        put_number(pen, kind);
    }
}

enum options_end { OPTIONS_WHOLE, OPTIONS_BAD, OPTIONS_BAD_FIRST, OPTIONS_CUT };

// n bytes at p are options by the header, of which `here` are here.
static enum options_end put_options(struct pen *pen, const uint8_t *p, uint32_t n,
                                    uint32_t here, uint32_t base, uint8_t flags)
{
    for (uint32_t at = 0, length; at < n; at += length) {
        uint32_t left = at < here ? here - at : 0;
        enum options_end bad = at ? OPTIONS_BAD : OPTIONS_BAD_FIRST;
        if (at)
            put(pen, ",");
        if (!left || (p[at] > 1 && left < 2))
            return OPTIONS_CUT;
        uint8_t kind = p[at];
        length = kind <= 1 ? 1 : p[at + 1];
        if (length > n - at || (kind > 1 && length < 2))
            return bad;
        put_kind(pen, kind);
        if (kind == 0)
            break;
        if (kind == 1)
            continue;
        uint32_t size = usual_length(kind, length - 2);
        if (size > n - at - 2 || (kind == 254 && size < 2))
            return bad;
        if (left < 2 + size)
            return OPTIONS_CUT;
        struct slice data = slice_of(p + at + 2, size);
        if (kind != 30)
            put_data(pen, kind, data, base);
        else if (!put_multipath(pen, data, flags))
            return bad;
        if (size + 2 != length) {
            put(pen, "[len ");
            put_number(pen, length);
            put(pen, "]");
        }
        length = size + 2;
    }
    return OPTIONS_WHOLE;
}

void tcp_put_options(struct pen *pen, struct slice s, uint8_t flags)
{
    if (put_options(pen, s.p, s.n, s.n, 0, flags) != OPTIONS_WHOLE)
        put(pen, "[bad opt]");
}

// false: the line ends with them.
static bool put_bracketed(struct pen *pen, struct view v, uint32_t head, uint32_t base)
{
    put(pen, ", options [");
    switch (put_options(pen, v.p + 20, head - 20, v.n - 20, base, v.p[13])) {
    case OPTIONS_WHOLE: put(pen, "]"); return true;
    case OPTIONS_BAD: put(pen, "[bad opt]]"); return false;
    case OPTIONS_BAD_FIRST: put(pen, "[bad opt]"); return false;
    default: put_cut(pen, "tcp"); return false;
    }
}

// ---------------------------------------------------------------- the line

static void put_sum(struct pen *pen, const struct net *net, struct view v)
{
    uint16_t field = load_be16(v.p + 16);
    uint16_t sum = sum_transport(net, v, PROTO_TCP);

    put(pen, ", cksum 0x");
    put_hex_wide(pen, field, 4);
    if (sum == 0xffff) {
        put(pen, " (correct)");
    } else {
        put(pen, " (incorrect -> 0x");
        put_hex_wide(pen, sum_right(field, sum), 4);
        put(pen, ")");
    }
}

bool tcp_numbers(struct pen *pen, const struct net *net, const uint8_t *p, struct tcp_header *h,
                 struct bases *b)
{
    bool fresh = true;

    *h = (struct tcp_header){.seq = load_be32(p + 4),
                             .ack = load_be32(p + 8),
                             .flags = p[13],
                             .window = load_be16(p + 14)};
    *b = (struct bases){0};
    if (pen->o->absolute || !(h->flags & TCP_ACK))
        return false;
    *b = numbers_of(pen->numbers, net, load_be16(p), load_be16(p + 2), h, &fresh);
    if (!fresh) {
        h->seq -= b->src;
        h->ack -= b->dst;
    }
    return true;
}

static void put_too_long(struct pen *pen, uint32_t head, uint32_t length)
{
    put(pen, " [bad hdr length ");
    put_number(pen, head);
    put(pen, " - too long, > ");
    put_number(pen, length);
    put(pen, "]");
}

static void print_quiet(struct pen *pen, uint32_t head, uint32_t length)
{
    put(pen, "tcp ");
    put_number(pen, length - head);
    if (head > length)
        put_too_long(pen, head, length);
}

static void print_whole(struct pen *pen, const struct net *net, struct view v, uint32_t head)
{
    const uint8_t *p = v.p;
    uint32_t length = v.wire - head;
    struct tcp_header h;
    struct bases b;

    tcp_numbers(pen, net, p, &h, &b);
    if (pen->o->verbose && !net->fragment && v.n >= v.wire)
        put_sum(pen, net, v);
    if (pen->o->verbose > 1 || length || h.flags & (TCP_SYN | TCP_FIN | TCP_RST)) {
        put(pen, ", seq ");
        put_number(pen, h.seq);
        if (length) {
            put(pen, ":");
            put_number(pen, h.seq + length);
        }
    }
    if (h.flags & TCP_ACK) {
        put(pen, ", ack ");
        put_number(pen, h.ack);
    }
    put(pen, ", win ");
    put_number(pen, h.window);
    if (h.flags & TCP_URG) {
        put(pen, ", urg ");
        put_number(pen, load_be16(p + 18));
    }
    if (head > 20 && !put_bracketed(pen, v, head, b.dst))
        return;
    put(pen, ", length ");
    put_number(pen, length);
}

void print_tcp(struct pen *pen, const struct net *net, struct view v)
{
    if (v.n < 4) {
        if (net->direct)
            put_hosts(pen, net);
        put_cut(pen, "tcp");
        return;
    }
    put_ends(pen, net, load_be16(v.p), load_be16(v.p + 2));
    if (v.n < 20) {
        put_cut(pen, "tcp");
        return;
    }
    uint32_t head = (v.p[12] >> 4) * 4u;
    if (head < 20) {
        put(pen, " tcp ");
        put_number(pen, v.wire - head);
        put(pen, " [bad hdr length ");
        put_number(pen, head);
        put(pen, " - too short, < 20]");
        put_invalid(pen);
        return;
    }
    if (pen->o->quiet) {
        print_quiet(pen, head, v.wire);
        return;
    }
    put(pen, "Flags [");
    put_bits(pen, flag_words, v.p[13], "", "none");
    put(pen, "]");
    if (head > v.wire)
        put_too_long(pen, head, v.wire);
    else
        print_whole(pen, net, v, head);
}
