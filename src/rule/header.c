// SPDX-License-Identifier: Apache-2.0
// Options about the headers of packets, and about the place of a packet in its connection.
#include <ctype.h>
#include <string.h>

#include "base/cur.h"
#include "rule/number.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

// ---------------------------------------------------------------- flow

bool option_flow(struct parse *p, struct slice arg, int which)
{
    static const struct word_value words[] = {{"to_server", FLOW_TO_SERVER},
                                              {"from_client", FLOW_TO_SERVER},
                                              {"to_client", FLOW_TO_CLIENT},
                                              {"from_server", FLOW_TO_CLIENT},
                                              {"established", FLOW_ESTABLISHED},
                                              {"not_established", FLOW_NOT_ESTABLISHED},
                                              {"stateless", 0},
                                              {"no_stream", FLOW_NO_STREAM},
                                              {"only_stream", FLOW_ONLY_STREAM},
                                              {"no_frag", FLOW_NO_FRAG},
                                              {"only_frag", FLOW_ONLY_FRAG},
                                              {NULL, 0}};
    uint32_t bits;

    if (!arg.n)
        return parse_wrong(p, "flow needs a word: to_server, to_client, established, ...");
    p->asks_flow = true;
    while (arg.n) {
        struct slice word = slice_cut(&arg, ',');
        if (!word_value(words, word, &bits))
            return parse_wrong(p, "\"%.*s\" is no word of flow%s", SLICE(word),
                               word_nearest(words, word));
        p->rule->flow |= (uint8_t)bits;
    }
    if ((p->rule->flow & (FLOW_TO_SERVER | FLOW_TO_CLIENT)) ==
        (FLOW_TO_SERVER | FLOW_TO_CLIENT))
        return parse_wrong(p, "flow is to the server or to the client, not both");
    if ((p->rule->flow & (FLOW_NO_STREAM | FLOW_ONLY_STREAM)) ==
        (FLOW_NO_STREAM | FLOW_ONLY_STREAM))
        return parse_wrong(p, "flow is no_stream or only_stream, not both");
    return true;
}

// ---------------------------------------------------------------- flags

struct flags_option {
    uint8_t flags, mask;
    char mode; // 0 exactly, + all, * any, ! none, ~ not all
};

static bool flags_test(struct match *m, const struct rule_option *o)
{
    const struct flags_option *x = o->arg;
    const struct packet *k = m->unit->packet;
    uint8_t f;

    struct slice h = packet_header(k, LAYER_TCP);
    if (!k->has_transport || k->ip_proto != PROTO_TCP)
        return false;
    f = (h.n >= 20 ? h.p[13] : k->tcp.flags) & (uint8_t)~x->mask; // all eight
    switch (x->mode) {
    case '+': return (f & x->flags) == x->flags;
    case '*': return (f & x->flags) != 0;
    case '!': return (f & x->flags) == 0;
    case '~': return x->flags ? (f & x->flags) != x->flags : f != 0;
    default: return f == x->flags;
    }
}

static bool flag_letters(struct parse *p, struct slice s, uint8_t *flags)
{
    static const char letters[] = "FSRPAUEC";

    for (uint32_t i = 0; i < s.n; i++) {
        char c = (char)toupper(s.p[i]);
        const char *at = c ? strchr(letters, c) : NULL;
        if (c == '1' || c == '2') // the old names of CWR and ECE
            at = letters + (c == '1' ? 7 : 6);
        if (!at && c != '0')
            return parse_wrong(p, "\"%c\" is no TCP flag; they are F S R P A U C E, 0 is none",
                               isprint(s.p[i]) ? s.p[i] : '?');
        if (at)
            *flags |= (uint8_t)(1u << (at - letters));
    }
    return true;
}

bool option_flags(struct parse *p, struct slice arg, int which)
{
    struct flags_option *x = parse_take(p, sizeof(*x));
    struct slice first = slice_cut(&arg, ',');

    if (first.n && strchr("+*!", first.p[0]) && first.p[0]) {
        x->mode = (char)first.p[0];
        first = slice_trim(slice_of(first.p + 1, first.n - 1));
    } else if (first.n && strchr("+*!", first.p[first.n - 1]) && first.p[first.n - 1]) {
        x->mode = (char)first.p[first.n - 1];
        first.n--;
    }
    if (x->mode == '!' && p->dialect == DIALECT_SURICATA)
        x->mode = '~';
    if (!first.n)
        return parse_wrong(p, "flags needs letters: flags:S, flags:SA,CE");
    return flag_letters(p, first, &x->flags) && flag_letters(p, slice_trim(arg), &x->mask) &&
           parse_add(p, flags_test, x);
}

// ---------------------------------------------------------------- the IP header

struct frag_bits {
    uint8_t bits; // reserved 4, do not fragment 2, more 1
    char mode;
};

static bool fragbits_test(struct match *m, const struct rule_option *o)
{
    const struct frag_bits *x = o->arg;
    struct slice h = packet_header(m->unit->packet, LAYER_IP4);

    if (h.n < 20)
        return false;
    uint8_t f = h.p[6] >> 5;
    switch (x->mode) {
    case '+': return (f & x->bits) == x->bits;
    case '*': return (f & x->bits) != 0;
    case '!': return (f & x->bits) == 0;
    default: return f == x->bits;
    }
}

bool option_fragbits(struct parse *p, struct slice arg, int which)
{
    struct frag_bits *x = parse_take(p, sizeof(*x));

    for (uint32_t i = 0; i < arg.n; i++) {
        switch (arg.p[i]) {
        case 'M': x->bits |= 1; break;
        case 'D': x->bits |= 2; break;
        case 'R': x->bits |= 4; break;
        case '+':
        case '*':
        case '!': x->mode = (char)arg.p[i]; break;
        case ' ': break;
        default: return parse_wrong(p, "fragbits is made of M, D, R and one of + * !");
        }
    }
    if (!x->bits)
        return parse_wrong(p, "fragbits needs M, D or R");
    p->rule->fragments = true;
    return parse_add(p, fragbits_test, x);
}

struct ip_option {
    int32_t type; // -1: any
};

static bool ipopts_test(struct match *m, const struct rule_option *o)
{
    const struct ip_option *x = o->arg;
    struct slice h = packet_header(m->unit->packet, LAYER_IP4);

    if (h.n <= 20)
        return false;
    if (x->type < 0)
        return true;
    struct cur c = cur_of(slice_of(h.p + 20, h.n - 20));
    while (cur_left(&c)) {
        uint8_t type = cur_u8(&c);
        if (type == x->type)
            return true;
        if (type == 0)
            return false;
        if (type == 1)
            continue;
        uint8_t n = cur_u8(&c);
        if (n < 2)
            return false;
        cur_skip(&c, n - 2u);
    }
    return false;
}

bool option_ipopts(struct parse *p, struct slice arg, int which)
{
    static const struct word_value words[] = {
        {"eol", 0},    {"nop", 1},      {"rr", 7},           {"ts", 68},     {"sec", 130},
        {"lsrr", 131}, {"lsrre", 131},  {"esec", 133},       {"cipso", 134}, {"satid", 136},
        {"ssrr", 137}, {"rtralt", 148}, {"any", UINT32_MAX}, {NULL, 0}};
    struct ip_option *x = parse_take(p, sizeof(*x));
    uint32_t v;

    if (!word_value(words, arg, &v))
        return parse_wrong(p, "\"%.*s\" is no IP option%s", SLICE(arg),
                           word_nearest(words, arg));
    x->type = (int32_t)v;
    return parse_add(p, ipopts_test, x);
}

static bool sameip_test(struct match *m, const struct rule_option *o)
{
    return addr_equal(&m->unit->packet->src, &m->unit->packet->dst);
}

bool option_sameip(struct parse *p, struct slice arg, int which)
{
    return parse_nothing(p, arg) && parse_add(p, sameip_test, NULL);
}

// ---------------------------------------------------------------- checksums

struct checksum_option {
    uint8_t odd;
    bool invalid;
};

static bool checksum_test(struct match *m, const struct rule_option *o)
{
    const struct checksum_option *x = o->arg;

    return (m->unit->packet->odds >> x->odd & 1) == x->invalid;
}

bool option_checksum(struct parse *p, struct slice arg, int which)
{
    struct checksum_option *x = parse_take(p, sizeof(*x));
    struct slice word = slice_unquote(arg);

    x->odd = (uint8_t)which;
    x->invalid = slice_is(word, "invalid");
    if (!x->invalid && !slice_is(word, "valid"))
        return parse_wrong(p, "a checksum is valid or invalid");
    return parse_add(p, checksum_test, x);
}

// ---------------------------------------------------------------- stream_size

struct size_option {
    uint8_t sides; // 1: the client's, 2: the server's
    bool both;     // both must hold
    struct interval interval;
};

static bool stream_size_test(struct match *m, const struct rule_option *o)
{
    const struct size_option *x = o->arg;
    const struct talk_rules *t = m->unit->state;

    if (!t)
        return false;
    bool client = interval_has(&x->interval, t->bytes[ORIG]);
    bool server = interval_has(&x->interval, t->bytes[RESP]);
    if (x->both)
        return client && server;
    return (x->sides & 1 && client) || (x->sides & 2 && server);
}

bool option_stream_size(struct parse *p, struct slice arg, int which)
{
    static const struct word_value sides[] = {
        {"client", 1}, {"server", 2}, {"either", 3}, {"both", 4}, {NULL, 0}};
    struct size_option *x = parse_take(p, sizeof(*x));
    struct slice side = slice_cut(&arg, ','), op = slice_cut(&arg, ',');
    struct slice number = slice_cut(&arg, ',');
    char text[64];
    uint32_t v;

    if (!word_value(sides, side, &v))
        return parse_wrong(p, "stream_size is of client, server, either or both, not \"%.*s\"",
                           SLICE(side));
    if (op.n + number.n >= sizeof(text))
        return parse_wrong(p, "stream_size needs a comparison and a number");
    x->sides = v & 3;
    x->both = v == 4;
    p->load->set->remembers = true;
    memcpy(text, op.p, op.n);
    memcpy(text + op.n, number.p, number.n);
    return interval_read(p, slice_of(text, op.n + number.n), UINT32_MAX, NULL, false,
                         &x->interval) &&
           parse_add(p, stream_size_test, x);
}
