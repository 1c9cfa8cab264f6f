// SPDX-License-Identifier: Apache-2.0
// TLS and SSL: recognised by record headers and the messages in them, RFC 8446 and RFC 5246.
#include "proto/proto.h"

#include "base/cur.h"

enum record { CHANGE_CIPHER = 20, ALERT, HANDSHAKE, APPLICATION };
enum { CLIENT_HELLO = 1, SERVER_HELLO = 2 };
enum { RANDOM = 32, SESSION_MOST = 32, RECORD_MOST = 16384 + 2048, CIPHERED_LEAST = 16 };

static bool version_fits(uint16_t version)
{
    return version >= 0x0300 && version <= 0x0304;
}

//  type 1 | length 3 | version 2 | random 32 | session n | then the ciphers on offer, or the
//  one
// chosen. A client's hello has its record to itself, but may go on in the next.
static enum guess hello(struct cur *c, uint8_t type, uint32_t n, uint16_t record_n)
{
    uint16_t version = cur_be16(c);
    if (c->bad)
        return MAYBE;
    if (!version_fits(version) || record_n < 4 + 2 + RANDOM + 1 ||
        (type == CLIENT_HELLO && record_n > n + 4))
        return NO;
    cur_skip(c, RANDOM);
    uint8_t session = cur_u8(c);
    if (c->bad)
        return MAYBE;
    if (session > SESSION_MOST)
        return NO;
    cur_skip(c, session);
    uint16_t ciphers = cur_be16(c);
    if (c->bad)
        return MAYBE;
    uint32_t least = 2u + RANDOM + 1 + session + 2 + 1;
    if (type == CLIENT_HELLO)
        return ciphers >= 2 && ciphers % 2 == 0 && least + ciphers + 1 <= n ? YES : NO;
    return least <= n ? YES : NO;
}

// What else a capture that begins in the middle may start with: certificate, key exchange, ...
static bool message_known(uint8_t type, uint32_t n, uint16_t record_n)
{
    enum { HELLO_REQUEST = 0, DONE = 14, CERTIFICATE = 11, STATUS = 22 };
    static const uint8_t others[] = {4, 8, 12, 13, 15, 16, 20, 24};

    if (type == HELLO_REQUEST || type == DONE)
        return n == 0;
    if (type == CERTIFICATE || type == STATUS)
        return n >= 4 && n < 1 << 18;
    return n >= 1 && n + 4 <= record_n && memchr(others, type, sizeof(others));
}

static enum guess handshake(struct cur *c, uint16_t record_n)
{
    uint8_t type = cur_u8(c);
    uint32_t n = cur_be24(c);

    if (c->bad)
        return MAYBE;
    if (type == CLIENT_HELLO || type == SERVER_HELLO)
        return hello(c, type, n, record_n);
    return message_known(type, n, record_n) ? YES : NO;
}

static enum guess alert(struct cur *c, uint16_t record_n)
{
    enum { WARNING = 1, FATAL = 2, DESCRIPTION_MOST = 121 };

    if (record_n != 2) // it is encrypted: no more can be said of it than its usual length
        return record_n >= CIPHERED_LEAST && record_n <= 64 ? YES : NO;
    uint8_t level = cur_u8(c), description = cur_u8(c);
    if (c->bad)
        return MAYBE;
    return (level == WARNING || level == FATAL) && description < DESCRIPTION_MOST ? YES : NO;
}

static enum guess record(struct cur *c)
{
    uint8_t type = cur_u8(c), one;
    uint16_t version = cur_be16(c), n = cur_be16(c);

    if (c->bad)
        return MAYBE;
    if (!version_fits(version) || n == 0 || n > RECORD_MOST)
        return NO;
    switch (type) {
    case HANDSHAKE: return handshake(c, n);
    case ALERT: return alert(c, n);
    case APPLICATION: return n >= CIPHERED_LEAST ? YES : NO;
    default: // a change of ciphers is one byte, 1
        one = cur_u8(c);
        return n != 1 ? NO : c->bad ? MAYBE : one == 1 ? YES : NO;
    }
}

// The hello of SSL 2, which offers newer versions, too: RFC 5246 appendix E.2. All its lengths
// must add up.
static enum guess hello_ssl2(struct cur *c)
{
    uint16_t n = cur_be16(c) & 0x7fff;
    uint8_t type = cur_u8(c);
    uint16_t version = cur_be16(c), ciphers = cur_be16(c), session = cur_be16(c);
    uint16_t challenge = cur_be16(c);

    if (c->bad)
        return MAYBE;
    return type == CLIENT_HELLO && (version == 0x0002 || version_fits(version)) && ciphers &&
                   ciphers % 3 == 0 && (session == 0 || session == 16) && challenge >= 16 &&
                   challenge <= 32 && 9u + ciphers + session + challenge == n
               ? YES
               : NO;
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);
    uint8_t first = h->bytes.p[0];

    if (first >= CHANGE_CIPHER && first <= APPLICATION)
        return record(&c);
    return first & 0x80 ? hello_ssl2(&c) : NO;
}

// ---- Tor: its own hello, and a server's name that nobody chose (Tor specification,
// tls-channel)

// "www." and ".com" around 4 to 25 letters and digits of base 32, drawn by lot: digits among
// them, or consonants that no language has in a row.
static bool name_is_drawn(struct slice name)
{
    enum { LABEL_LEAST = 4, LABEL_MOST = 25, AROUND = 8, ROW = 5 };
    uint32_t digits = 0, row = 0, longest = 0;

    if (name.n < LABEL_LEAST + AROUND || name.n > LABEL_MOST + AROUND ||
        memcmp(name.p, "www.", 4) != 0 || memcmp(name.p + name.n - 4, ".com", 4) != 0)
        return false;
    for (uint32_t i = 4; i < name.n - 4; i++) {
        uint8_t b = name.p[i];
        bool digit = b >= '2' && b <= '7';
        if (!digit && (b < 'a' || b > 'z'))
            return false;
        digits += digit;
        row = digit || memchr("aeiouy", b, 6) ? 0 : row + 1;
        longest = max_u32(longest, row);
    }
    return digits || longest >= ROW;
}

// The extensions up to where OpenSSL would have put ALPN, which Tor does not offer.
static bool extensions_of_tor(struct cur *c)
{
    enum { SERVER_NAME = 0, NAME_HEADER = 5, ALPN = 16, ENCRYPT_THEN_MAC = 22 };
    bool drawn = false;

    while (!c->bad) {
        uint16_t type = cur_be16(c), n = cur_be16(c);
        if (c->bad || type == ALPN)
            return false;
        if (type == ENCRYPT_THEN_MAC)
            return drawn;
        struct slice body = cur_take(c, n);
        if (!c->bad && type == SERVER_NAME && body.n > NAME_HEADER)
            drawn = name_is_drawn(slice_of(body.p + NAME_HEADER, body.n - NAME_HEADER));
    }
    return false;
}

static const char *refine(const struct head *h)
{
    enum { BEFORE_SESSION = 5 + 4 + 2 + RANDOM };
    struct cur c = cur_of(h->bytes);

    if (cur_u8(&c) != HANDSHAKE || h->bytes.n <= BEFORE_SESSION ||
        h->bytes.p[5] != CLIENT_HELLO)
        return NULL;
    cur_skip(&c, BEFORE_SESSION - 1);
    cur_skip(&c, cur_u8(&c));   // session
    cur_skip(&c, cur_be16(&c)); // ciphers
    cur_skip(&c, cur_u8(&c));   // compression
    cur_skip(&c, 2);
    return extensions_of_tor(&c) ? "tor" : NULL;
}

const struct analyser proto_tls = {
    .name = "ssl",
    .title = "TLS",
    .spec = "RFC 8446",
    .why = "it begins with a TLS record whose versions and lengths agree",
    .over = OVER_TCP,
    .hint = {443},
    .probe = probe,
    .refine = refine,
};
