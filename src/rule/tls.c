// SPDX-License-Identifier: Apache-2.0
// ssl_version, ssl_state: what the records of a unit say of TLS (RFC 5246 sections 6 and 7).
#include <string.h>

#include "base/cur.h"
#include "rule/match.h"
#include "rule/number.h"
#include "rule/service.h"

#define OPTION(word, reader, which) option_reader option_##reader;
#include "rule/option.def"
#undef OPTION

enum { SSL2 = 1, SSL3 = 2, TLS1_0 = 4, TLS1_1 = 8, TLS1_2 = 16 };
enum {
    CLIENT_HELLO = 1,
    SERVER_HELLO = 2,
    CLIENT_KEY = 4,
    SERVER_KEY = 8,
    NO_HANDSHAKE = 16, // records of which none is a handshake's
};
enum { RECORD_CHANGE = 20, RECORD_HANDSHAKE = 22, RECORD_LAST = 24, RECORDS_MOST = 64 };

struct tls_view {
    uint32_t versions, states;
};

static uint32_t version_of(uint16_t v)
{
    return v >= 0x0300 && v <= 0x0303 ? (uint32_t)SSL3 << (v - 0x0300) : 0;
}

// The messages of one record; a hello's own version counts, not its record's.
static void handshake(struct cur c, uint16_t version, struct tls_view *v)
{
    uint32_t told = version_of(version);

    while (cur_left(&c) > 4) {
        uint8_t type = cur_u8(&c);
        uint32_t n = (uint32_t)cur_u8(&c) << 16;
        n |= cur_be16(&c);
        struct cur body = c;
        switch (type) {
        case 1: v->states |= CLIENT_HELLO; break;
        case 2: v->states |= SERVER_HELLO; break;
        case 12: v->states |= SERVER_KEY; break;
        case 16: v->states |= CLIENT_KEY; break;
        default: break; // what is encrypted looks like any type
        }
        if (type == 1 || type == 2)
            told = version_of(cur_be16(&body));
        cur_skip(&c, n);
    }
    v->versions |= told;
}

// The hello of SSL 2, which later versions could begin with, too.
static bool old_hello(struct slice b, struct tls_view *v)
{
    if (b.n < 5 || !(b.p[0] & 0x80) || b.p[2] != 1)
        return false;
    uint16_t version = load_be16(b.p + 3);
    v->versions = version == 0x0002 ? (uint32_t)SSL2 : version_of(version);
    v->states = CLIENT_HELLO;
    return v->versions != 0;
}

static bool tls_read(struct unit *u, struct tls_view *v)
{
    struct slice b = unit_buffer(u, BUF_pkt_data);
    struct cur c = cur_of(b);

    *v = (struct tls_view){0};
    if (u->service && u->service != SERVICE_TLS)
        return false;
    if (old_hello(b, v))
        return true;
    for (unsigned i = 0; i < RECORDS_MOST && cur_left(&c) >= 5; i++) {
        uint8_t type = cur_u8(&c);
        uint16_t version = cur_be16(&c), n = cur_be16(&c);
        if (type < RECORD_CHANGE || type > RECORD_LAST || !version_of(version))
            break;
        struct cur record = cur_sub(&c, min_u32(n, cur_left(&c)));
        if (type == RECORD_HANDSHAKE)
            handshake(record, version, v);
        else
            v->versions |= version_of(version);
    }
    if (v->versions && !v->states)
        v->states = NO_HANDSHAKE;
    return v->versions;
}

// ---------------------------------------------------------------- the options

struct tls_option {
    uint32_t bits;
    bool state;
};

static bool tls_test(struct match *m, const struct rule_option *o)
{
    const struct tls_option *x = o->arg;
    struct tls_view v;

    if (!tls_read(m->unit, &v))
        return false;
    match_saw(m, BUF_pkt_data, m->unit->buffer[BUF_pkt_data].n);
    return ((x->state ? v.states : v.versions) & x->bits) != 0;
}

// ssl_state:client_hello,server_hello or ssl_version:!sslv2; commas and bars separate.
bool option_tls(struct parse *p, struct slice arg, int which)
{
    static const struct word_value versions[] = {{"sslv2", SSL2},    {"sslv3", SSL3},
                                                 {"tls1.0", TLS1_0}, {"tls1.1", TLS1_1},
                                                 {"tls1.2", TLS1_2}, {NULL, 0}},
                                   states[] = {{"client_hello", CLIENT_HELLO},
                                               {"server_hello", SERVER_HELLO},
                                               {"client_keyx", CLIENT_KEY},
                                               {"server_keyx", SERVER_KEY},
                                               {"unknown", NO_HANDSHAKE},
                                               {NULL, 0}};
    const struct word_value *words = which ? states : versions;
    struct tls_option *x = parse_take(p, sizeof(*x));
    uint32_t bit, without = 0, all = 0;

    x->state = which;
    for (const struct word_value *w = words; w->word; w++)
        all |= w->value;
    while (arg.n) {
        struct slice word = slice_cut(&arg, memchr(arg.p, ',', arg.n) ? ',' : '|');
        bool negated = word.n && word.p[0] == '!';
        if (negated)
            word = slice_trim(slice_of(word.p + 1, word.n - 1));
        if (!word_value(words, word, &bit))
            return parse_wrong(p, "\"%.*s\" is not known to %.*s%s", SLICE(word),
                               SLICE(p->now->name), word_nearest(words, word));
        *(negated ? &without : &x->bits) |= bit;
    }
    if (!x->bits)
        x->bits = all;
    x->bits &= ~without;
    if (!x->bits)
        return parse_wrong(p, "nothing is left that could match");
    parse_looks(p, BUF_pkt_data);
    p->uses_service = true;
    return parse_add(p, tls_test, x);
}
