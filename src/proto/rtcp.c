// SPDX-License-Identifier: Apache-2.0
// RTCP: recognised by packets that fill the datagram, the first of them a report: RFC 3550
// section 6.
#include "proto/proto.h"

#include "proto/shape.h"

enum { REPORT = 200, REPORT_RECEIVED = 201, DESCRIPTION = 202, LAST = 207 };
enum { VERSION = 2, PADDED = 0x20, COUNT = 0x1f, WORD = 4 };

// A report's words behind its header: who sends, what was sent, and what was received of each.
static bool is_report(uint8_t first, uint8_t type, uint16_t words)
{
    enum { SENDER = 1, SENT = 5, RECEIVED = 6 };
    uint32_t least =
        SENDER + (type == REPORT ? SENT : 0u) + RECEIVED * (uint32_t)(first & COUNT);

    return (type == REPORT || type == REPORT_RECEIVED) && words == least;
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);
    uint32_t packets = 0;

    if (h->length % WORD || h->bytes.n != h->length || h->length < 2 * WORD)
        return NO;
    for (; cur_left(&c); packets++) {
        uint8_t first = cur_u8(&c), type = cur_u8(&c);
        uint16_t words = cur_be16(&c);
        if (first >> 6 != VERSION || type < REPORT || type > LAST)
            return NO;
        if (!packets && (first & PADDED || !is_report(first, type, words)))
            return NO;
        cur_skip(&c, (uint32_t)words * WORD);
        if (c.bad || (first & PADDED && cur_left(&c))) // only the last one is padded
            return NO;
    }
    return YES;
}

const struct analyser proto_rtcp = {
    .name = "rtcp",
    .title = "RTCP",
    .spec = "RFC 3550",
    .why = "it is made of packets whose lengths fill the datagram, first a report",
    .over = OVER_UDP,
    .hint = {5005},
    .probe = probe,
};
