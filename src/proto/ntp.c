// SPDX-License-Identifier: Apache-2.0
// NTP: recognised by times that belong together, or by the nothing that a question holds; RFC
// 5905 section 7.3, control messages as in RFC 9327, and the private ones of ntpd.
#include "proto/proto.h"

#include "proto/shape.h"

enum { ACTIVE = 1, PASSIVE, CLIENT, SERVER, BROADCAST, CONTROL, PRIVATE };
enum { HEADER = 48, VERSION_LAST = 4, STRATUM_LAST = 16, ANSWER = 0x80 };

// What may stand behind the header: nothing, a key's number alone or with a digest of MD5 or
// SHA-1, or extension fields (RFC 7822).
static bool tail_fits(struct slice s)
{
    enum { KEY = 4, MD5 = KEY + 16, SHA_1 = KEY + 20, FIELD_LEAST = 16 };

    while (s.n > SHA_1 + 4) {
        uint16_t n = load_be16(s.p + 2);
        if (n < FIELD_LEAST || n % 4 || n > s.n)
            return false;
        s = slice_of(s.p + n, s.n - n);
    }
    if (s.n >= FIELD_LEAST && load_be16(s.p + 2) == s.n)
        return true;
    return !s.n || s.n == KEY || s.n == MD5 || s.n == SHA_1;
}

// When it was sent: nothing, a time after 1968, or drawn.
static bool is_sent(struct slice s)
{
    return shape_is_zero(s) || *s.p & 0x80 || shape_is_random(s);
}

// Times in seconds. Of a question the two from the other side are 0, or the second soon follows
// the first; of an answer it was received right before it was sent.
static bool times_fit(const uint8_t *p, uint8_t mode)
{
    enum {
        DELAYS = 4,
        REFERENCE = 16,
        ORIGIN = 24,
        RECEIVED = 32,
        SENT = 40,
        SOON = 4,
        LONG = 1 << 22
    };
    uint32_t reference = load_be32(p + REFERENCE), origin = load_be32(p + ORIGIN);
    uint32_t received = load_be32(p + RECEIVED), sent = load_be32(p + SENT);

    if (mode == CLIENT && shape_is_zero(slice_of(p + DELAYS, ORIGIN - DELAYS)))
        return !p[1] &&
               is_sent(slice_of(p + SENT, HEADER - SENT)); // a question that tells nothing of
                                                           // who asks; its times may be drawn
    if (mode == SERVER)
        return received && sent - received <= SOON &&
               (!reference || sent - reference < LONG || reference - sent < SOON);
    if (!origin && !received)
        return shape_is_zero(slice_of(p + ORIGIN, SENT - ORIGIN)) &&
               is_sent(slice_of(p + SENT, HEADER - SENT)) &&
               (!reference || sent - reference < LONG);
    return origin && received && received - origin + SOON <= 2 * SOON &&
           sent - received < LONG && (!reference || sent - reference < LONG);
}

// The logarithms of an interval and of a clock's precision; the latter is below a second, if
// told.
static bool is_time(const struct head *h, uint8_t version, uint8_t mode)
{
    enum { POLL_LAST = 17, COARSEST = 0xe0, UNTOLD = 0x20 };
    const uint8_t *p = h->bytes.p;

    if (h->bytes.n != h->length || h->length < HEADER || h->length % 4)
        return false;
    if (p[1] > STRATUM_LAST || p[2] > POLL_LAST || (p[3] > UNTOLD && p[3] < COARSEST))
        return false;
    if (p[4] || p[8]) // a second's fractions: nobody is hours away
        return false;
    return version && times_fit(p, mode) &&
           tail_fits(slice_of(p + HEADER, h->bytes.n - HEADER));
}

// Control: the count of bytes that follow, filled up to 4. A question has neither status nor
// offset.
static bool is_control(const struct head *h)
{
    enum {
        BEGIN = 12,
        STATUS = 4,
        OFFSET = 8,
        COUNT = 10,
        OPCODES = 0x1f,
        LAST = 12,
        SAVE = 31
    };
    const uint8_t *p = h->bytes.p;

    if (h->length < BEGIN || h->bytes.n < BEGIN)
        return false;
    uint32_t count = load_be16(p + COUNT), left = h->length - BEGIN;
    uint8_t opcode = p[1] & OPCODES;
    if (left < count || left > ((count + 3) & ~3u) || !opcode ||
        (opcode > LAST && opcode != SAVE))
        return false;
    if (!(p[1] & ANSWER))
        return p[1] == opcode && !load_be16(p + STATUS) && !load_be16(p + OFFSET);
    uint32_t seen = min_u32(h->bytes.n - BEGIN, count);
    for (uint32_t i = 0; i < seen; i++)
        if ((p[BEGIN + i] < ' ' && p[BEGIN + i] != '\r' && p[BEGIN + i] != '\n') ||
            p[BEGIN + i] > '~')
            return false;
    return seen >= 8;
}

// Private: who is meant, what is asked; of an answer the items' number and size.
static bool is_private(const struct head *h)
{
    enum { BEGIN = 8, OLD = 2, XNTPD = 3, REQUEST_LAST = 45, FILLED_LEAST = 8 };
    const uint8_t *p = h->bytes.p;

    if (h->bytes.n < BEGIN || (p[2] != OLD && p[2] != XNTPD) || p[3] > REQUEST_LAST)
        return false;
    uint16_t items = load_be16(p + 4), size = load_be16(p + 6);
    if (*p & ANSWER)
        return items && size && h->length == BEGIN + (uint32_t)items * size;
    return !items && !size && !p[1] && p[3] && h->length >= FILLED_LEAST &&
           h->length % 4 == 0 && shape_is_zero(slice_of(p + BEGIN, h->bytes.n - BEGIN));
}

static enum guess probe(const struct head *h)
{
    enum { MODES = 7, VERSION_SHIFT = 3 };

    if (h->bytes.n < 4)
        return NO;
    uint8_t mode = *h->bytes.p & MODES, version = *h->bytes.p >> VERSION_SHIFT & MODES;
    if (!version || version > VERSION_LAST || !mode)
        return NO;
    if (mode < CONTROL)
        return is_time(h, version, mode) ? YES : NO;
    if (mode == PRIVATE)
        return is_private(h) ? YES : NO;
    return is_control(h) ? YES : NO;
}

const struct analyser proto_ntp = {
    .name = "ntp",
    .title = "NTP",
    .spec = "RFC 5905, RFC 9327",
    .why = "its times belong together, or its lengths fit what it asks",
    .over = OVER_UDP,
    .hint = {123},
    .probe = probe,
};
