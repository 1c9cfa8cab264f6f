// SPDX-License-Identifier: Apache-2.0
// BitTorrent: recognised by the handshake of peers (BEP 3), also within uTP (BEP 29), messages
// of the hash table (BEP 5), questions to trackers (BEP 15), and local discovery (BEP 14).
#include "proto/proto.h"

#include "proto/shape.h"

#define HANDSHAKE                                                                              \
    "\x13"                                                                                     \
    "BitTorrent protocol"
#define DISCOVERY "BT-SEARCH * HTTP/1.1\r\n"

enum { UTP_DATA = 0x01, UTP_SYN = 0x41, UTP_HEADER = 20, UTP_BITS = 2, TRACKER = 16 };

static bool has(struct slice s, const char *text)
{
    uint32_t n = (uint32_t)strlen(text);

    return s.n >= n && !memcmp(s.p, text, n);
}

// Dictionaries are sorted: it begins with what is asked or answered, or with an address.
static bool is_hash_table(struct slice s)
{
    static const char *const begin[] = {
        "d1:ad2:id20:", "d1:rd2:id20:", "d2:ip4:", "d2:ip6:", "d1:eli20"};
    static const char *const ip_then[] = {"1:rd2:id20:", "1:ad2:id20:"};

    if (!s.n || *s.p != 'd')
        return false;
    for (size_t i = 0; i < COUNT_OF(begin); i++) {
        if (!has(s, begin[i]))
            continue;
        if (s.p[1] == '1')
            return true;
        uint32_t at = (uint32_t)strlen(begin[i]) + s.p[5] - '0';
        struct slice rest = slice_of(s.p + at, s.n > at ? s.n - at : 0);
        return has(rest, ip_then[0]) || has(rest, ip_then[1]);
    }
    return false;
}

// A packet that opens a connection, or carries the handshake.
static bool is_utp(struct slice s)
{
    enum { TIME = 4, DIFFERENCE = 8, WINDOW = 12, ACKNOWLEDGED = 18, BITS = 8 };

    if (s.n < UTP_HEADER || (s.p[0] != UTP_DATA && s.p[0] != UTP_SYN) || s.p[1] > UTP_BITS)
        return false;
    if (s.p[0] == UTP_DATA)
        return has(slice_of(s.p + UTP_HEADER, s.n - UTP_HEADER), HANDSHAKE);
    bool bits = s.p[1] == UTP_BITS && s.n == UTP_HEADER + 2 + BITS && !s.p[UTP_HEADER] &&
                s.p[UTP_HEADER + 1] == BITS;
    return ((s.n == UTP_HEADER && !s.p[1]) || bits) && load_be32(s.p + TIME) &&
           !load_be32(s.p + DIFFERENCE) && load_be32(s.p + WINDOW) &&
           !load_be16(s.p + ACKNOWLEDGED);
}

// A question that opens, which has a number known to all; the answer has only its size.
static enum guess is_tracker(struct slice s)
{
    static const uint8_t connect[] = {0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0};

    if (s.n != TRACKER)
        return NO;
    if (!memcmp(s.p, connect, sizeof(connect)))
        return YES;
    return load_be32(s.p) ? NO : MAYBE;
}

static enum guess probe(const struct head *h)
{
    struct slice s = h->bytes;

    if (h->stream) {
        uint32_t n = sizeof(HANDSHAKE) - 1;
        return !shape_begins(s, HANDSHAKE, n) ? NO : s.n < n ? MAYBE : YES;
    }
    if (is_hash_table(s) || is_utp(s) || has(s, DISCOVERY))
        return YES;
    return h->length == s.n ? is_tracker(s) : NO;
}

const struct analyser proto_bittorrent = {
    .name = "bittorrent",
    .title = "BitTorrent",
    .spec = "BEP 3, 5, 14, 15, 29",
    .why = "it begins as peers, the hash table's nodes, or a tracker's clients do",
    .over = OVER_TCP | OVER_UDP,
    .hint = {6881, 51413, 6969},
    .patient = true,
    .probe = probe,
};
