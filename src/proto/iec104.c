// SPDX-License-Identifier: Apache-2.0
// IEC 60870-5-104: recognised by its control fields and, where data follow, by their type and
// cause of transmission; IEC 60870-5-104 section 5, IEC 60870-5-101 section 7.2.
#include "proto/proto.h"

enum {
    START = 0x68,
    HEAD = 6, // start, length, four octets of control
    LENGTH_LEAST = 4,
    LENGTH_MOST = 253,
    DATA_LEAST = 6, // type, qualifier, cause 2, common address 2
};

// Exactly one of the six functions: STARTDT, STOPDT, TESTFR, each asked for or confirmed.
static bool is_function(uint8_t control)
{
    uint8_t bits = control & 0xfc;

    return bits && !(bits & (bits - 1));
}

// Types and causes that the standard gives a meaning.
static bool is_type(uint8_t t)
{
    return t &&
           (t <= 21 || (t >= 30 && t <= 41) || (t >= 45 && t <= 51) || (t >= 58 && t <= 64) ||
            t == 70 || (t >= 100 && t <= 113) || (t >= 120 && t <= 127));
}
static bool is_cause(uint8_t c)
{
    return c && (c <= 13 || (c >= 20 && c <= 41) || (c >= 44 && c <= 47));
}

static bool data_fits(struct slice data)
{
    enum { TYPE, OBJECTS, CAUSE };

    return (data.n <= TYPE || is_type(data.p[TYPE])) &&
           (data.n <= OBJECTS || data.p[OBJECTS] & 0x7f) &&
           (data.n <= CAUSE || is_cause(data.p[CAUSE] & 0x3f));
}

// One frame, as far as it is there; its length.
static bool frame_fits(struct slice s, uint32_t *length)
{
    uint32_t n = s.n > 1 ? s.p[1] : LENGTH_LEAST;
    const uint8_t *control = s.p + 2;

    *length = n + 2;
    if (s.p[0] != START || n < LENGTH_LEAST || n > LENGTH_MOST)
        return false;
    if (s.n < HEAD)
        return true; // no reason against it yet
    if ((control[0] & 3) == 3)
        return n == LENGTH_LEAST && is_function(control[0]) && !control[1] && !control[2] &&
               !control[3];
    if (control[2] & 1)
        return false;
    if (control[0] & 1)
        return n == LENGTH_LEAST && control[0] == 1 && !control[1];
    struct slice data = slice_of(s.p + HEAD, s.n - HEAD);
    return n >= LENGTH_LEAST + DATA_LEAST && data_fits(data);
}

// The first frame must be right; what follows it in the segment must begin like one.
static enum guess probe(const struct head *h)
{
    struct slice s = h->bytes;
    uint32_t length;

    if (!frame_fits(s, &length))
        return NO;
    if (length > s.n)
        return MAYBE;
    return length == s.n || s.p[length] == START ? YES : NO;
}

const struct analyser proto_iec104 = {
    .name = "iec104",
    .title = "IEC 60870-5-104",
    .spec = "IEC 60870-5-104",
    .why = "its frames begin with 68, their length and a control field of this protocol",
    .over = OVER_TCP,
    .hint = {2404},
    .probe = probe,
};
