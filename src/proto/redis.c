// SPDX-License-Identifier: Apache-2.0
// Redis: recognised by its requests, arrays of strings that say how long they are (RESP).
#include "proto/proto.h"

#include "base/cur.h"

// A mark, a number of at most five digits that is not 0, the end of the line. Gives the bytes;
// 0: more are needed, UINT32_MAX: it is none.
static uint32_t counted(const uint8_t *p, uint32_t n, char mark)
{
    enum { DIGITS = 5 };
    uint32_t at = 1;

    if (n && p[0] != mark)
        return UINT32_MAX;
    while (at < n && at <= DIGITS && p[at] >= '0' && p[at] <= '9')
        at++;
    if (n > 1 && (at == 1 || p[1] == '0'))
        return UINT32_MAX;
    if ((at < n && p[at] != '\r') || (at + 1 < n && p[at + 1] != '\n'))
        return UINT32_MAX;
    return at + 2 <= n ? at + 2 : 0;
}

static enum guess probe(const struct head *h)
{
    uint32_t array = counted(h->bytes.p, h->bytes.n, '*');

    if (!array || array == UINT32_MAX)
        return array ? NO : MAYBE;
    uint32_t string = counted(h->bytes.p + array, h->bytes.n - array, '$');
    if (!string)
        return MAYBE;
    return string == UINT32_MAX ? NO : YES;
}

const struct analyser proto_redis = {
    .name = "redis",
    .title = "Redis",
    .spec = "Redis serialization protocol",
    .why = "it begins with an array of strings that tell their length",
    .over = OVER_TCP,
    .hint = {6379},
    .patient = true,
    .probe = probe,
};
