// SPDX-License-Identifier: Apache-2.0
// AMQP: recognised by the header that sessions begin with (0-9-1 section 4.2.2, 1.0
// section 2.2), and by the method that a broker answers with.
#include "proto/proto.h"

#include "proto/shape.h"

// Behind "AMQP": what is spoken, and its version.
static bool is_version(uint32_t v)
{
    enum { V1 = 0x00010000, TLS = 0x02010000, SASL = 0x03010000 };
    enum { V0_8 = 0x01010800, V0_9 = 0x01010009, V0_9_1 = 0x00000901, V0_10 = 0x0101000a };

    return v == V1 || v == TLS || v == SASL || v == V0_8 || v == V0_9 || v == V0_9_1 ||
           v == V0_10;
}

// A frame of channel 0 with connection.start, and the version 0.8 or 0.9.
static enum guess is_start(struct slice s)
{
    enum { METHOD = 1, CONNECTION_START = 0x000a000a, LENGTH_MOST = 0xffff };
    struct cur c = cur_of(s);
    uint8_t type = cur_u8(&c);
    uint16_t channel = cur_be16(&c);
    uint32_t length = cur_be32(&c);

    if (type != METHOD || (s.n > 1 && s.p[1]) || channel || length > LENGTH_MOST)
        return NO;
    uint32_t method = cur_be32(&c);
    uint8_t major = cur_u8(&c), minor = cur_u8(&c);
    if (c.bad)
        return MAYBE;
    return method == CONNECTION_START && !major && (minor == 8 || minor == 9) ? YES : NO;
}

static enum guess probe(const struct head *h)
{
    enum { HEADER = 8 };
    struct slice s = h->bytes;

    if (*s.p == 1)
        return is_start(s);
    if (!shape_begins(s, "AMQP", 4))
        return NO;
    if (s.n < HEADER)
        return MAYBE;
    return is_version(load_be32(s.p + 4)) ? YES : NO;
}

const struct analyser proto_amqp = {
    .name = "amqp",
    .title = "AMQP",
    .spec = "AMQP 0-9-1, OASIS AMQP 1.0",
    .why = "it begins with AMQP and a version, or with a broker's connection.start",
    .over = OVER_TCP,
    .hint = {5672},
    .patient = true,
    .probe = probe,
};
