// SPDX-License-Identifier: Apache-2.0
// OpenFlow: recognised by the greeting both sides begin with, OpenFlow 1.3.5 section 7.5.1.
#include "proto/proto.h"

#include "base/cur.h"

enum { VERSION_LAST = 6, HELLO = 0, HEADER = 8, ELEMENT_BITMAP = 1, LENGTH_MOST = 64 };
enum { COTP_DATA = 0x02f080 }; // what looks like a greeting of version 3 but is TPKT's

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);
    uint8_t version = cur_u8(&c), type = cur_u8(&c);
    uint16_t length = cur_be16(&c);
    enum guess so_far = c.bad ? MAYBE : YES;

    if (!version || version > VERSION_LAST || (h->bytes.n > 1 && type != HELLO))
        return NO;
    if (h->bytes.n > 2 && h->bytes.p[2]) // no greeting is that long
        return NO;
    if (so_far == MAYBE)
        return MAYBE;
    if (length < HEADER || length > LENGTH_MOST || length % 8)
        return NO;
    uint32_t transaction = cur_be32(&c);
    if (length == HEADER)
        return c.bad ? MAYBE : transaction >> 8 == COTP_DATA ? NO : YES;
    bool bitmap = cur_be16(&c) == ELEMENT_BITMAP;
    if (!c.bad && !bitmap)
        return NO;
    uint16_t element = cur_be16(&c);
    if (c.bad)
        return MAYBE;
    return element >= 4 && element <= length - HEADER ? YES : NO;
}

const struct analyser proto_openflow = {
    .name = "openflow",
    .title = "OpenFlow",
    .spec = "OpenFlow 1.3.5",
    .why = "it begins with a greeting: a version, and a length that fits",
    .over = OVER_TCP,
    .hint = {6653, 6633},
    .patient = true,
    .probe = probe,
};
