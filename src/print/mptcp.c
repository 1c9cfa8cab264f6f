// SPDX-License-Identifier: Apache-2.0
// The option of multipath TCP (RFC 8684, and RFC 6824 before it).
#include "print/tcp.h"

#include "print/pen.h"

enum { HEAD = 2 }; // kind and length, which are not given here
enum subtype { CAPABLE, JOIN, DATA, ADD, REMOVE, PRIORITY, FAIL, CLOSE };

static const struct word subtype_words[] = {
    {CAPABLE, "capable"}, {JOIN, "join"},        {DATA, "dss"},
    {ADD, "add-addr"},    {REMOVE, "rem-addr"},  {PRIORITY, "prio"},
    {FAIL, "fail"},       {CLOSE, "fast-close"}, {0, NULL},
};

static void put_named(struct pen *pen, const char *name, uint64_t v)
{
    text_str(pen->t, name);
    put_number(pen, v);
}

// Without leading zeros.
static void put_key(struct pen *pen, const char *name, uint64_t v)
{
    text_str(pen->t, name);
    put(pen, "0x");
    if (v >> 32) {
        char digits[9];
        put_hex(pen, (uint32_t)(v >> 32));
        for (int i = 0; i < 8; i++)
            digits[i] = "0123456789abcdef"[v >> (28 - 4 * i) & 15];
        text_bytes(pen->t, digits, 8);
    } else {
        put_hex(pen, (uint32_t)v);
    }
}

// 3.1: the keys of both sides
static bool put_capable(struct pen *pen, struct cur *c, uint32_t n, uint8_t flags)
{
    bool first = flags & TCP_SYN;
    uint32_t version = cur_u8(c) & 15, bits = cur_u8(c);

    if (first ? n != 12 && n != 4 : (n != 20 && n != 22 && n != 24) || !(flags & TCP_ACK))
        return false;
    if (version > 1) {
        put_named(pen, " Unknown Version (", version);
        put(pen, ")");
        return true;
    }
    put_named(pen, " v", version);
    if (bits & 0x80)
        put(pen, " csum");
    if (n == 4)
        return true;
    put_key(pen, " {", cur_be64(c));
    if (n >= 20)
        put_key(pen, ",", cur_be64(c));
    put(pen, "}");
    return true;
}

// 3.2: another path
static bool put_join(struct pen *pen, struct cur *c, uint32_t n, uint8_t flags)
{
    bool syn = flags & TCP_SYN, ack = flags & TCP_ACK, backup = cur_u8(c) & 1;
    uint32_t id = cur_u8(c);

    if (!(n == 12 && syn) && !(n == 16 && syn && ack) && !(n == 24 && ack))
        return false;
    if (n == 24) {
        put(pen, " hmac 0x");
        text_hex(pen->t, c->p, 20);
        return true;
    }
    if (backup)
        put(pen, " backup");
    put_named(pen, " id ", id);
    if (n == 12)
        put_key(pen, " token ", cur_be32(c));
    else
        put_key(pen, " hmac ", cur_be64(c));
    put_key(pen, " nonce ", cur_be32(c));
    return true;
}

static bool put_wide(struct pen *pen, const char *name, struct cur *c, bool wide)
{
    text_str(pen->t, name);
    if (cur_left(c) < (wide ? 8u : 4u))
        return false;
    put_number(pen, wide ? cur_be64(c) : cur_be32(c));
    return true;
}

// 3.3: which bytes of the whole these are
static bool put_mapping(struct pen *pen, struct cur *c, uint32_t n, uint8_t tcp_flags)
{
    enum { ACK = 1, WIDE_ACK = 2, MAP = 4, WIDE_MAP = 8, FIN = 16 };

    if (n < 4 || tcp_flags & TCP_SYN)
        return false;
    cur_skip(c, 1);
    uint32_t flags = cur_u8(c);
    if (flags & FIN)
        put(pen, " fin");
    if (flags & ACK && !put_wide(pen, " ack ", c, flags & WIDE_ACK))
        return false;
    if (flags & MAP) {
        if (!put_wide(pen, " seq ", c, flags & WIDE_MAP) || cur_left(c) < 4)
            return false;
        put_named(pen, " subseq ", cur_be32(c));
        if (cur_left(c) < 2)
            return false;
        put_named(pen, " len ", cur_be16(c));
        if (cur_left(c) >= 2)
            put_key(pen, " csum ", cur_be16(c));
    }
    return !cur_left(c);
}

// 3.4.1: where else one is to be reached; behind it a port and a proof, where the length says
// so
static bool put_another(struct pen *pen, struct cur *c, uint32_t n)
{
    static const struct word versions[] = {
        {0, " v1"}, {1, " v1-echo"}, {4, " v0-ip4"}, {6, " v0-ip6"}, {0, NULL}};
    bool four = n == 8 || n == 10 || n == 16 || n == 18, proof = n == 16 || n == 18;

    if (!four && n != 20 && n != 22 && n != 28 && n != 30)
        return false;
    uint32_t version = cur_u8(c) & 15;
    const char *word = version ? word_of(versions, version) : versions[0].word;
    text_str(pen->t, word ? word : " [bad version/echo]");
    put_named(pen, " id ", cur_u8(c));
    put(pen, " ");
    if (four)
        put_ip4(pen, cur_take(c, 4).p);
    else
        put_ip6(pen, cur_take(c, 16).p);
    if (n % 4)
        put_named(pen, ":", cur_be16(c));
    if (proof || n >= 28)
        put_key(pen, " hmac ", cur_be64(c));
    return true;
}

static bool put_rest(struct pen *pen, struct cur *c, uint32_t n, uint8_t subtype)
{
    uint32_t backup = cur_u8(c) & 1;

    switch (subtype) {
    case REMOVE:
        if (n < 4)
            return false;
        put(pen, " id");
        while (cur_left(c))
            put_named(pen, " ", cur_u8(c));
        return true;
    case PRIORITY:
        if (n != 3 && n != 4)
            return false;
        text_str(pen->t, backup ? " backup" : " non-backup");
        if (n == 4)
            put_named(pen, " id ", cur_u8(c));
        return true;
    default:
        if (n != 12)
            return false;
        cur_skip(c, 1);
        if (subtype == FAIL)
            put_named(pen, " seq ", cur_be64(c));
        else
            put_key(pen, " key ", cur_be64(c));
        return true;
    }
}

bool put_multipath(struct pen *pen, struct slice data, uint8_t flags)
{
    struct cur c = cur_of(data);
    uint32_t n = data.n + HEAD;

    if (!data.n)
        return false;
    uint8_t subtype = data.p[0] >> 4;
    const char *word = word_of(subtype_words, subtype);
    put_named(pen, " ", n);
    put(pen, " ");
    text_str(pen->t, word ? word : "unknown");
    switch (subtype) {
    case CAPABLE: return put_capable(pen, &c, n, flags);
    case JOIN: return put_join(pen, &c, n, flags);
    case DATA: return put_mapping(pen, &c, n, flags);
    case ADD: return put_another(pen, &c, n);
    default: return !word || put_rest(pen, &c, n, subtype);
    }
}
