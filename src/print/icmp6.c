// SPDX-License-Identifier: Apache-2.0
// ICMP for IPv6 (RFC 4443), neighbours (RFC 4861), groups (RFC 2710, RFC 3810).
#include "print/pen.h"

enum { ICMP_HEAD = 8, HEAD6 = 40 };

enum icmp6_type {
    UNREACHABLE = 1,
    TOO_BIG = 2,
    EXCEEDED = 3,
    PROBLEM = 4,
    ECHO = 128,
    ECHO_REPLY = 129,
    QUERY = 130,
    REPORT = 131,
    DONE = 132,
    ROUTER_SOLICITATION = 133,
    ROUTER_ADVERTISEMENT = 134,
    NEIGHBOR_SOLICITATION = 135,
    NEIGHBOR_ADVERTISEMENT = 136,
    REDIRECT = 137,
    REPORT_2 = 143
};

static const struct word type_words[] = {
    {UNREACHABLE, "destination unreachable"},
    {TOO_BIG, "packet too big"},
    {EXCEEDED, "time exceeded in-transit"},
    {PROBLEM, "parameter problem"},
    {ECHO, "echo request"},
    {ECHO_REPLY, "echo reply"},
    {QUERY, "multicast listener query"},
    {REPORT, "multicast listener report"},
    {DONE, "multicast listener done"},
    {ROUTER_SOLICITATION, "router solicitation"},
    {ROUTER_ADVERTISEMENT, "router advertisement"},
    {NEIGHBOR_SOLICITATION, "neighbor solicitation"},
    {NEIGHBOR_ADVERTISEMENT, "neighbor advertisement"},
    {REDIRECT, "redirect"},
    {138, "router renumbering"},
    {139, "who-are-you request"},
    {140, "who-are-you reply"},
    {141, "inverse neighbor solicitation"},
    {142, "inverse neighbor advertisement"},
    {REPORT_2, "multicast listener report v2"},
    {144, "ha discovery request"},
    {145, "ha discovery reply"},
    {146, "mobile router solicitation"},
    {147, "mobile router advertisement"},
    {155, "RPL"},
    {200, "mtrace message"},
    {201, "mtrace response"},
    {0, NULL},
};

static const struct word unreachable_words[] = {
    {0, "unreachable route"},   {1, " unreachable prohibited"}, {2, "beyond scope"},
    {3, "unreachable address"}, {4, "unreachable port"},        {0, NULL},
};

static void put_what(struct pen *pen, const char *text, uint32_t v)
{
    text_str(pen->t, text);
    put_number(pen, v);
}

static bool put_unreachable(struct pen *pen, struct view v)
{
    const uint8_t *inner = v.p + ICMP_HEAD;
    enum { NO_PORT = 4, PORTS = ICMP_HEAD + HEAD6 };

    put(pen, ", ");
    put_word(pen, unreachable_words, v.p[1], "unknown unreach code");
    if (v.n < PORTS + (v.p[1] == NO_PORT ? 4 : 0))
        return false;
    if (v.p[1] == 0 || v.p[1] == 1 || v.p[1] == 3) {
        put(pen, " ");
        put_ip6(pen, inner + 24);
    } else if (v.p[1] == NO_PORT) {
        uint32_t port = load_be16(v.p + PORTS + 2);
        put(pen, ", ");
        put_ip6(pen, inner + 24);
        if (inner[6] == PROTO_TCP)
            put_what(pen, " tcp port ", port);
        else if (inner[6] == PROTO_UDP)
            put_what(pen, " udp port ", port);
        else {
            put_what(pen, " protocol ", inner[6]);
            put_what(pen, " port ", port);
            put(pen, " unreachable");
        }
    }
    return true;
}

static bool put_exceeded(struct pen *pen, struct view v)
{
    if (v.p[1] > 1) {
        put_what(pen, ", unknown code (", v.p[1]);
        put(pen, ")");
        return true;
    }
    if (v.n < ICMP_HEAD + HEAD6)
        return false;
    text_str(pen->t, v.p[1] ? " (reassembly)" : " for ");
    put_ip6(pen, v.p + ICMP_HEAD + 24);
    return true;
}

static bool put_problem(struct pen *pen, struct view v)
{
    static const struct word problems[] = {{0, ", erroneous - octet "},
                                           {1, ", next header - octet "},
                                           {2, ", option - octet "},
                                           {3, ", incomplete header chain - octet "},
                                           {0, NULL}};
    const char *word = word_of(problems, v.p[1]);

    if (v.n < ICMP_HEAD + HEAD6)
        return false;
    if (!word) {
        put_what(pen, ", code-#", v.p[1]);
        return true;
    }
    put_what(pen, word, load_be32(v.p + 4));
    return true;
}

// RFC 2710 3: a delay and a group
static bool put_listener(struct pen *pen, struct view v)
{
    if (v.n < 24)
        return false;
    put_what(pen, "max resp delay: ", load_be16(v.p + 4));
    put(pen, " addr: ");
    put_ip6(pen, v.p + 8);
    return true;
}

static void put_sources(struct pen *pen, uint32_t n, uint32_t bytes)
{
    if (n * 16 > bytes) {
        put(pen, " [invalid number of sources]");
        return;
    }
    put_what(pen, ", ", n);
    put(pen, " source(s)");
}

static bool put_query(struct pen *pen, struct view v)
{
    enum { VERSION_2 = 28 }; // the length from which it is one of version 2

    if (v.wire < VERSION_2)
        return put_listener(pen, v);
    if (v.n < 24)
        return false;
    put(pen, " v2 [gaddr ");
    put_ip6(pen, v.p + 8);
    if (v.n >= VERSION_2 && load_be16(v.p + 26))
        put_sources(pen, load_be16(v.p + 26), v.wire - VERSION_2);
    put(pen, "]");
    return true;
}

// What follows `fixed` bytes is options, which -v tells.
static bool put_options(struct pen *pen, struct view v, uint32_t fixed)
{
    if (!pen->o->verbose)
        return true;
    return v.n >= fixed && put_neighbor_options(pen, view_skip(v, fixed));
}

static bool put_neighbor(struct pen *pen, struct view v)
{
    if (v.n < 24)
        return false;
    text_str(pen->t, v.p[0] == NEIGHBOR_SOLICITATION ? ", who has " : ", tgt is ");
    put_ip6(pen, v.p + 8);
    if (pen->o->verbose && v.p[0] == NEIGHBOR_ADVERTISEMENT)
        put_neighbor_flags(pen, v.p[4]);
    return put_options(pen, v, 24);
}

static bool put_router_of(struct pen *pen, struct view v)
{
    if (pen->o->verbose && v.n >= 16)
        put_router(pen, v.p);
    return put_options(pen, v, 16);
}

static bool put_redirect(struct pen *pen, struct view v)
{
    if (v.n < 40)
        return false;
    put(pen, ", ");
    put_ip6(pen, v.p + 24);
    put(pen, " to ");
    put_ip6(pen, v.p + 8);
    return put_options(pen, v, 40);
}

static bool has_details(uint8_t type)
{
    return type <= PROBLEM || (type >= ECHO && type <= DONE) || type == REPORT_2 ||
           (type >= NEIGHBOR_SOLICITATION && type <= REDIRECT);
}

// false: bytes are missing.
static bool put_details(struct pen *pen, struct view v)
{
    if (v.n < ICMP_HEAD)
        return v.n > 1 && !has_details(v.p[0]);
    switch (v.p[0]) {
    case UNREACHABLE: return put_unreachable(pen, v);
    case EXCEEDED: return put_exceeded(pen, v);
    case PROBLEM: return put_problem(pen, v);
    case TOO_BIG: put_what(pen, ", mtu ", load_be32(v.p + 4)); return true;
    case ECHO:
    case ECHO_REPLY:
        put_what(pen, ", id ", load_be16(v.p + 4));
        put_what(pen, ", seq ", load_be16(v.p + 6));
        return true;
    case QUERY: return put_query(pen, v);
    case REPORT:
    case DONE: return put_listener(pen, v);
    case 144:
    case 145:
    case 146:
    case 147:
        put(pen, ", id 0x");
        put_hex_wide(pen, load_be16(v.p + 4), 4);
        return true;
    case REPORT_2:
        put_what(pen, ", ", load_be16(v.p + 6));
        put(pen, " group record(s)");
        return true;
    case ROUTER_SOLICITATION: return put_options(pen, v, ICMP_HEAD);
    case ROUTER_ADVERTISEMENT: return put_router_of(pen, v);
    case NEIGHBOR_SOLICITATION:
    case NEIGHBOR_ADVERTISEMENT: return put_neighbor(pen, v);
    case REDIRECT: return put_redirect(pen, v);
    default: return true;
    }
}

static void put_sum(struct pen *pen, const struct net *net, struct view v)
{
    uint16_t field = load_be16(v.p + 2), sum = sum_transport(net, v, PROTO_ICMP6);

    put_sum_mark(pen, "icmp6", field, sum);
}

static bool length_first(uint8_t type)
{
    return type >= ROUTER_SOLICITATION && type <= REDIRECT;
}

void print_icmp6(struct pen *pen, const struct net *net, struct view v)
{
    if (!v.n) {
        put_cut(pen, "icmp6");
        return;
    }
    if (pen->o->verbose && !net->fragment && v.n >= v.wire && v.n >= 4)
        put_sum(pen, net, v);
    put(pen, "ICMP6, ");
    const char *word = word_of(type_words, v.p[0]);
    if (word) {
        text_str(pen->t, word);
    } else {
        put_what(pen, "unknown icmp6 type (", v.p[0]);
        put(pen, ")");
    }
    bool first = pen->o->verbose && length_first(v.p[0]);
    if (first)
        put_what(pen, ", length ", v.wire);
    if (!put_details(pen, v))
        put_cut(pen, "icmp6");
    else if (!first)
        put_what(pen, ", length ", v.wire);
}
