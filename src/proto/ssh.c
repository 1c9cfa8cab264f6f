// SPDX-License-Identifier: Apache-2.0
// SSH: recognised by its identification string, RFC 4253 section 4.2.
#include "proto/proto.h"

#include "base/cur.h"

// SSH-2.0-software, SSH-1.99-software, SSH-1.5-software
static enum guess probe(const struct head *h)
{
    static const char *const begins[] = {"SSH-2.0-", "SSH-1.99-", "SSH-1.5-"};
    enum guess best = NO;

    for (size_t i = 0; i < COUNT_OF(begins); i++) {
        struct slice s = slice_str(begins[i]);
        uint32_t n = min_u32(s.n, h->bytes.n);
        if (!memcmp(h->bytes.p, s.p, n))
            best = n == s.n ? YES : MAYBE;
        if (best != NO)
            break;
    }
    return best;
}

const struct analyser proto_ssh = {
    .name = "ssh",
    .title = "SSH",
    .spec = "RFC 4253",
    .why = "it begins with the SSH identification string",
    .over = OVER_TCP,
    .hint = {22},
    .patient = true,
    .probe = probe,
};
