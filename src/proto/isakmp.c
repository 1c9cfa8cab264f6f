// SPDX-License-Identifier: Apache-2.0
// ISAKMP and IKE: recognised by their header, RFC 2408 section 3.1 and RFC 7296 section 3.1.
#include "proto/proto.h"

#include "base/cur.h"

enum { MARKER = 4, SPI = 8, VERSION_1 = 0x10, VERSION_2 = 0x20, HEADER = 28 };

static bool is_exchange(uint8_t version, uint8_t exchange)
{
    if (version == VERSION_1)
        return exchange <= 6 || exchange == 32 || exchange == 33; // quick mode, new group
    return version == VERSION_2 && exchange >= 34 && exchange <= 44;
}

static bool is_empty(struct slice s)
{
    for (uint32_t i = 0; i < s.n; i++)
        if (s.p[i])
            return false;
    return true;
}

static enum guess probe(const struct head *h)
{
    struct slice s = h->bytes;
    uint32_t before =
        s.n > MARKER && is_empty(slice_of(s.p, MARKER)) ? MARKER : 0; // RFC 3948, 2.2

    if (s.n < before + HEADER || is_empty(slice_of(s.p + before, SPI)))
        return NO;
    struct cur c = cur_of(slice_of(s.p + before + 2 * SPI, HEADER - 2 * SPI));
    uint8_t payload = cur_u8(&c), version = cur_u8(&c), exchange = cur_u8(&c);
    cur_skip(&c, 1 + 4); // flags, message
    uint32_t length = cur_be32(&c);
    if (!payload || !is_exchange(version, exchange))
        return NO;
    return length >= HEADER && length + before == h->length ? YES : NO;
}

const struct analyser proto_isakmp = {
    .name = "isakmp",
    .title = "ISAKMP",
    .spec = "RFC 2408, RFC 7296",
    .why = "its header has a version, an exchange of it, and the datagram's length",
    .over = OVER_UDP,
    .hint = {500, 4500},
    .probe = probe,
};
