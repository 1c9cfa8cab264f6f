// SPDX-License-Identifier: Apache-2.0
// OpenVPN: recognised by how its sessions begin, in clear, signed (tls-auth) or enciphered
// (tls-crypt), and by acknowledgements and TLS within its control packets.
#include "proto/proto.h"

#include "proto/shape.h"

enum { CONTROL = 4, ACK = 5, RESET_CLIENT = 7, RESET_SERVER = 8, RESET_CLIENT_3 = 10 };
enum { SESSION = 8, IDS_MOST = 8, HEADER = 1 + SESSION, REPLAY = 4 + 4, TAG = 32 };

// What is acknowledged, with the session of who sent it.
static bool take_acks(struct cur *c)
{
    uint8_t n = cur_u8(c);

    if (n > IDS_MOST)
        return false;
    for (uint8_t i = 0; i < n; i++)
        if (cur_be32(c) > UINT16_MAX)
            return false;
    return !n || shape_is_random(cur_take(c, SESSION));
}

// The rest of a reset that tells itself: acknowledgements, the number 0, the end.
static bool is_reset_tail(struct cur c, bool server)
{
    if (cur_left(&c) && *c.p != (server ? 1 : 0))
        return false;
    return take_acks(&c) && !cur_be32(&c) && !c.bad && !cur_left(&c);
}

// The first packet that one side sends, and when.
static bool is_first(struct cur *c)
{
    enum { FIRST = 1, FIRST_WITH_KEY = 0x0f000001, YEAR_2001 = 1000000000 };
    uint32_t number = cur_be32(c), when = cur_be32(c);

    return !c->bad && (number == FIRST || number == FIRST_WITH_KEY) && when > YEAR_2001;
}

static bool is_signed(struct cur c, uint32_t digest, bool server)
{
    struct slice s = cur_take(&c, digest);

    return shape_is_random(s) && is_first(&c) && is_reset_tail(c, server);
}

static bool is_reset(struct cur c, bool server)
{
    enum { TAIL_CLIENT = 1 + 4, TAIL_SERVER = TAIL_CLIENT + 4 + SESSION };
    enum { AGREED = 16 }; // what servers may add to it: how to go on
    static const uint8_t digests[] = {16, 20, 28, 32, 48, 64}; // MD5, SHA-1, SHA-2
    uint32_t tail = server ? TAIL_SERVER : TAIL_CLIENT, left = cur_left(&c);
    struct cur crypt = c;

    if (left == tail)
        return is_reset_tail(c, server);
    if (left >= REPLAY + TAG + tail && left <= REPLAY + TAG + tail + AGREED && is_first(&crypt))
        return shape_is_random(cur_rest(&crypt));
    for (size_t i = 0; i < COUNT_OF(digests); i++)
        if (left == digests[i] + REPLAY + tail)
            return is_signed(c, digests[i], server);
    return false;
}

// A record of TLS's handshake behind what is acknowledged and a number.
static bool carries_tls(struct cur c)
{
    enum { HANDSHAKE = 0x1603 };

    return take_acks(&c) && cur_be32(&c) <= UINT16_MAX && cur_be16(&c) == HANDSHAKE &&
           cur_u8(&c) <= 4 && !c.bad;
}

static bool is_packet(struct slice s)
{
    struct cur c = cur_of(s);
    uint8_t first = cur_u8(&c), opcode = first >> 3, key = first & 7;

    if (opcode < CONTROL || opcode > RESET_CLIENT_3 || s.n < HEADER + 1 + 4 ||
        !shape_is_random(cur_take(&c, SESSION)))
        return false;
    switch (opcode) {
    case CONTROL: return carries_tls(c);
    case ACK: return *c.p && take_acks(&c) && !c.bad && !cur_left(&c);
    case RESET_CLIENT: return !key && is_reset(c, false);
    case RESET_SERVER: return !key && is_reset(c, true);
    case RESET_CLIENT_3: return !key && is_first(&c) && shape_is_random(cur_rest(&c));
    default: return false;
    }
}

// Over TCP each packet has its length in front; a session begins with a reset.
static enum guess probe_stream(struct slice s)
{
    enum { LENGTH_MOST = 128 };

    if (*s.p)
        return NO;
    if (s.n < 3)
        return s.n == 2 && (s.p[1] < HEADER + 5 || s.p[1] > LENGTH_MOST) ? NO : MAYBE;
    uint32_t length = s.p[1];
    if (length < HEADER + 5 || length > LENGTH_MOST ||
        (s.p[2] != RESET_CLIENT << 3 && s.p[2] != RESET_SERVER << 3))
        return NO;
    if (s.n < 2 + length)
        return MAYBE;
    return is_packet(slice_of(s.p + 2, length)) ? YES : NO;
}

static enum guess probe(const struct head *h)
{
    if (!h->bytes.n)
        return NO;
    if (h->stream)
        return probe_stream(h->bytes);
    return h->bytes.n == h->length && is_packet(h->bytes) ? YES : NO;
}

const struct analyser proto_openvpn = {
    .name = "openvpn",
    .title = "OpenVPN",
    .spec = "OpenVPN's network protocol",
    .why = "a packet of its control channel: a session, what it acknowledges, its size",
    .over = OVER_TCP | OVER_UDP,
    .hint = {1194},
    .patient = true,
    .probe = probe,
};
