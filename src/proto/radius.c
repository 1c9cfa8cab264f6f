// SPDX-License-Identifier: Apache-2.0
// RADIUS: recognised by its header and attributes that fill it, RFC 2865 sections 3 and 5.
#include "proto/proto.h"

#include "proto/shape.h"

enum { HEADER = 20, LENGTH_MOST = 4096, SURE_BYTES = 2 };

// RFC 2865, 2866, 5176 and 5997.
static bool is_code(uint8_t code)
{
    return (code >= 1 && code <= 5) || (code >= 11 && code <= 13) || (code >= 40 && code <= 45);
}

// What the length must be for some types that messages seldom lack; 0: anything.
static uint8_t length_of(uint8_t type)
{
    enum { PORT = 5, SERVICE = 6, STATUS_TYPE = 40, PORT_TYPE = 61 };
    enum { CHAP_PASSWORD = 3, ADDRESS = 4, AUTHENTICATOR = 80 };

    switch (type) {
    case ADDRESS:
    case PORT:
    case SERVICE:
    case STATUS_TYPE:
    case PORT_TYPE: return 2 + 4;
    case CHAP_PASSWORD: return 2 + 1 + 16;
    case AUTHENTICATOR: return 2 + 16;
    default: return 0;
    }
}

// How many bytes of structure were right.
static uint32_t weight_of(uint8_t type, struct slice value)
{
    enum { USER = 1, PASSWORD = 2, VENDOR = 26, CALLED = 30, CALLING = 31, LAST = 241 };

    if (!type || type > LAST || (length_of(type) && value.n + 2 != length_of(type)))
        return 0;
    if (type == PASSWORD && (value.n % 16 || !value.n || value.n > 128))
        return 0;
    if (type == VENDOR && (value.n < 5 || *value.p))
        return 0;
    if (type == USER || type == CALLED || type == CALLING)
        return shape_is_ascii(value) ? 2 : 1;
    return length_of(type) || type == PASSWORD || type == VENDOR ? 2 : 1;
}

static enum guess probe(const struct head *h)
{
    struct cur c = cur_of(h->bytes);
    uint8_t code = cur_u8(&c);
    uint32_t weight = 0;

    cur_skip(&c, 1);
    uint16_t length = cur_be16(&c);
    if (c.bad || !is_code(code) || length != h->length || length < HEADER ||
        length > LENGTH_MOST)
        return NO;
    cur_skip(&c, 16); // authenticator
    while (cur_left(&c)) {
        uint8_t type = cur_u8(&c), n = cur_u8(&c);
        struct slice value = cur_take(&c, n - 2u);
        if (c.bad && h->bytes.n < h->length) // the capture cut it
            break;
        uint32_t more = c.bad || n < 2 ? 0 : weight_of(type, value);
        if (!more)
            return NO;
        weight += more;
    }
    return weight >= SURE_BYTES ? YES : MAYBE; // an acknowledgement has no attributes
}

const struct analyser proto_radius = {
    .name = "radius",
    .title = "RADIUS",
    .spec = "RFC 2865, RFC 2866",
    .why = "its header has the datagram's length, and its attributes fill it",
    .over = OVER_UDP,
    .hint = {1812, 1813, 1645, 1646},
    .probe = probe,
};
