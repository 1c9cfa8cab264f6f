// SPDX-License-Identifier: Apache-2.0
// What -v tells of neighbour discovery (RFC 4861): a router's numbers, flags, and the options.
#include "print/parts.h"

#define DEEPER "\n\t    0x"

enum option {
    SOURCE = 1,
    TARGET = 2,
    PREFIX = 3,
    REDIRECTED = 4,
    MTU = 5,
    INTERVAL = 7,
    HOME_AGENT = 8,
    ROUTE = 24,
    SERVERS = 25,
    DOMAINS = 31
};

static const struct word option_words[] = {
    {SOURCE, "source link-address"},
    {TARGET, "destination link-address"},
    {PREFIX, "prefix info"},
    {REDIRECTED, "redirected header"},
    {MTU, "mtu"},
    {INTERVAL, "advertisement interval"},
    {HOME_AGENT, "homeagent information"},
    {ROUTE, "route info"},
    {SERVERS, "rdnss"},
    {DOMAINS, "dnssl"},
    {0, NULL},
};

static const char *const preference[] = {"medium", "high", "rsv", "low"};

static void put_what(struct pen *pen, const char *text, uint32_t v)
{
    text_str(pen->t, text);
    put_number(pen, v);
}

static void put_seconds_of(struct pen *pen, const char *text, uint32_t v)
{
    text_str(pen->t, text);
    if (v == UINT32_MAX) {
        put(pen, "infinity");
        return;
    }
    put_number(pen, v);
    put(pen, "s");
}

static void put_flags(struct pen *pen, const struct word *words, uint32_t flags)
{
    put(pen, ", Flags [");
    put_bits(pen, words, flags, ", ", "none");
    put(pen, "]");
}

// ---------------------------------------------------------------- options, behind their length

static void put_link_address(struct pen *pen, struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++) {
        text_str(pen->t, i ? ":" : "");
        text_hex(pen->t, s.p + i, 1);
    }
}

static void put_prefix(struct pen *pen, struct cur *c)
{
    static const struct word flags[] = {
        {0x80, "onlink"}, {0x40, "auto"}, {0x20, "router"}, {0, NULL}};
    uint32_t bits = cur_u8(c), set = cur_u8(c), valid = cur_be32(c), preferred = cur_be32(c);
    struct slice prefix = (cur_skip(c, 4), cur_take(c, 16));

    if (c->bad)
        return;
    put_ip6(pen, prefix.p);
    put_what(pen, "/", bits);
    put_flags(pen, flags, set);
    put_seconds_of(pen, ", valid time ", valid);
    put_seconds_of(pen, ", pref. time ", preferred);
}

// RFC 4191: as much of the prefix as is given
static void put_route(struct pen *pen, struct cur *c)
{
    uint32_t bits = cur_u8(c), flags = cur_u8(c), lifetime = cur_be32(c);
    uint8_t prefix[16] = {0};
    struct slice given = cur_rest(c);

    memcpy(prefix, given.p, min_u32(given.n, sizeof(prefix)));
    put(pen, " ");
    if (given.n)
        put_ip6(pen, prefix);
    else
        put(pen, "::");
    put_what(pen, "/", bits);
    put(pen, ", pref=");
    text_str(pen->t, preference[flags >> 3 & 3]);
    put_seconds_of(pen, ", lifetime=", lifetime);
}

static void put_servers(struct pen *pen, struct cur *c)
{
    cur_skip(c, 2);
    put_seconds_of(pen, " lifetime ", cur_be32(c));
    put(pen, ",");
    while (cur_left(c) >= 16) {
        put(pen, " addr: ");
        put_ip6(pen, cur_take(c, 16).p);
    }
}

// RFC 8106 5.2: names as in DNS, one behind the other, filled up with zeros
static void put_domains(struct pen *pen, struct cur *c)
{
    cur_skip(c, 2);
    put_seconds_of(pen, " lifetime ", cur_be32(c));
    put(pen, ", domain(s):");
    for (uint32_t label = cur_u8(c); label && !c->bad; label = cur_u8(c)) {
        put(pen, " ");
        for (; label && !c->bad; label = cur_u8(c)) {
            struct slice s = cur_take(c, label);
            for (uint32_t i = 0; i < s.n; i++)
                text_char(pen->t, visible(s.p[i]));
            put(pen, ".");
        }
    }
}

static void put_lines(struct pen *pen, const char *begin, struct slice s)
{
    enum { ROW = 16 };

    for (uint32_t i = 0; i < s.n; i++) {
        if (i % ROW == 0) {
            const uint8_t at[2] = {(uint8_t)(i >> 8), (uint8_t)i};
            text_str(pen->t, begin);
            text_hex(pen->t, at, 2);
            put(pen, ": ");
        }
        text_str(pen->t, i % 2 ? "" : " ");
        text_hex(pen->t, s.p + i, 1);
    }
}

static void put_data(struct pen *pen, uint8_t kind, struct slice s)
{
    struct cur c = cur_of(s);

    switch (kind) {
    case SOURCE:
    case TARGET: put_link_address(pen, s); break;
    case PREFIX: put_prefix(pen, &c); break;
    case MTU:
        cur_skip(&c, 2);
        put_what(pen, " ", cur_be32(&c));
        break;
    case INTERVAL:
        cur_skip(&c, 2);
        put_what(pen, " ", cur_be32(&c));
        put(pen, "ms");
        break;
    case HOME_AGENT:
        cur_skip(&c, 2);
        put_what(pen, " preference ", cur_be16(&c));
        put_what(pen, ", lifetime ", cur_be16(&c));
        break;
    case ROUTE: put_route(pen, &c); break;
    case SERVERS: put_servers(pen, &c); break;
    case DOMAINS: put_domains(pen, &c); break;
    case REDIRECTED: put_lines(pen, DEEPER, slice_of(s.p - 2, s.n + 2)); break; // all of it
    default:
        if (pen->o->verbose == 1)
            put_lines(pen, "\n\t  0x", s);
    }
}

bool put_neighbor_options(struct pen *pen, struct view v)
{
    while (v.wire) {
        uint32_t length = v.n >= 2 ? v.p[1] * 8u : 0;
        if (v.n < 2 || !length || length > v.n)
            return false;
        put(pen, "\n\t  ");
        put_word(pen, option_words, v.p[0], "unknown");
        put_what(pen, " option (", v.p[0]);
        put_what(pen, "), length ", length);
        put_what(pen, " (", length / 8);
        put(pen, "): ");
        put_data(pen, v.p[0], slice_of(v.p + 2, length - 2));
        if (pen->o->verbose > 1)
            put_lines(pen, DEEPER, slice_of(v.p + 2, length - 2));
        v = view_skip(v, length);
    }
    return true;
}

void put_router(struct pen *pen, const uint8_t *p)
{
    static const struct word flags[] = {
        {0x80, "managed"}, {0x40, "other stateful"}, {0x20, "home agent"}, {0, NULL}};

    put_what(pen, "\n\thop limit ", p[4]);
    put_flags(pen, flags, p[5] & 0xe0);
    put(pen, ", pref ");
    text_str(pen->t, preference[p[5] >> 3 & 3]);
    put_seconds_of(pen, ", router lifetime ", load_be16(p + 6));
    put_what(pen, ", reachable time ", load_be32(p + 8));
    put_what(pen, "ms, retrans timer ", load_be32(p + 12));
    put(pen, "ms");
}

void put_neighbor_flags(struct pen *pen, uint8_t set)
{
    static const struct word flags[] = {
        {0x80, "router"}, {0x40, "solicited"}, {0x20, "override"}, {0, NULL}};

    put_flags(pen, flags, set & 0xe0);
}
