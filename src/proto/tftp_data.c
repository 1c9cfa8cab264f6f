// SPDX-License-Identifier: Apache-2.0
// TFTP data without the request, which another port was asked: the first block, if it is a full
// one, RFC 1350 section 5. With the request it is the same conversation, and TFTP.
#include "proto/proto.h"

#include "base/cur.h"

static enum guess probe(const struct head *h)
{
    enum { DATA = 3, HEADER = 4, BLOCK = 512 };
    struct cur c = cur_of(h->bytes);
    uint16_t opcode = cur_be16(&c), block = cur_be16(&c);

    return !c.bad && opcode == DATA && block == 1 && h->length == HEADER + BLOCK ? YES : NO;
}

const struct analyser proto_tftp_data = {
    .name = "tftp_data",
    .title = "TFTP data",
    .spec = "RFC 1350",
    .why = "it begins with the first block of a file, and that is a full one",
    .over = OVER_UDP,
    .probe = probe,
};
