// SPDX-License-Identifier: Apache-2.0
// Kafka: recognised by the request that asks for versions, with which clients begin; Kafka's
// protocol guide.
#include "proto/proto.h"

#include "proto/shape.h"

enum { VERSIONS = 18, FLEXIBLE = 3, VERSION_LAST = 4, CLIENT_MOST = 200 };

// A string of the flexible versions: one more than its length, then it.
static uint32_t take_compact(struct cur *c)
{
    uint8_t n = cur_u8(c);

    if (n > 0x7f || !shape_is_ascii(cur_take(c, n ? n - 1u : 0)))
        c->bad = true;
    return n;
}

// Who asks; then, in flexible versions, no tags, which software, which version, no tags.
static bool fits(struct cur *c, uint16_t version)
{
    uint16_t client = cur_be16(c);

    if (!shape_is_ascii(cur_take(c, client == UINT16_MAX ? 0 : client)))
        return false;
    if (version >= FLEXIBLE && (cur_u8(c) || !take_compact(c) || !take_compact(c) || cur_u8(c)))
        return false;
    return !c->bad && !cur_left(c);
}

static enum guess probe(const struct head *h)
{
    enum { LEAST = 10 };
    struct cur c = cur_of(h->bytes);
    uint32_t length = cur_be32(&c);
    uint16_t key = cur_be16(&c), version = cur_be16(&c);

    if (*h->bytes.p || (h->bytes.n >= 4 && (length < LEAST || length > HEAD_MOST - 4)))
        return NO;
    if ((h->bytes.n >= 6 && key != VERSIONS) || version > VERSION_LAST)
        return NO;
    if (h->bytes.n < 4 || h->bytes.n < 4 + length)
        return MAYBE;
    c = cur_of(slice_of(h->bytes.p + 12, length - 8));
    return fits(&c, version) ? YES : NO;
}

const struct analyser proto_kafka = {
    .name = "kafka",
    .title = "Kafka",
    .spec = "Kafka protocol guide",
    .why = "it begins by asking for versions, in a request whose length fits",
    .over = OVER_TCP,
    .hint = {9092},
    .patient = true,
    .probe = probe,
};
