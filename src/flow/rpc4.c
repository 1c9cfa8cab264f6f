// SPDX-License-Identifier: Apache-2.0
// Reading and disbelieving DCE/RPC version 4 headers.
#include "flow/rpc4.h"

#include "base/cur.h"

const char *const rpc4_type_name[RPC4_TYPES] = {"request", "ping",   "response",  "fault",
                                                "working", "nocall", "reject",    "ack",
                                                "cancel",  "fack",   "cancel ack"};

enum { VERSION_MOST = 20, FRAGMENT_NONE = 0xffff, FACK_LEAST = 16 };

static const struct {
    uint8_t uuid[16];
    uint8_t interface, version;
} known[] = {
    {{0xde, 0xa0, 0, 1, 0x6c, 0x97, 0x11, 0xd1, 0x82, 0x71, 0, 0xa0, 0x24, 0x42, 0xdf, 0x7d},
     RPC4_PNIO_DEVICE,
     1},
    {{0xde, 0xa0, 0, 2, 0x6c, 0x97, 0x11, 0xd1, 0x82, 0x71, 0, 0xa0, 0x24, 0x42, 0xdf, 0x7d},
     RPC4_PNIO_CONTROLLER,
     1},
    {{0xde, 0xa0, 0, 3, 0x6c, 0x97, 0x11, 0xd1, 0x82, 0x71, 0, 0xa0, 0x24, 0x42, 0xdf, 0x7d},
     RPC4_PNIO_SUPERVISOR,
     1},
    {{0xde, 0xa0, 0, 4, 0x6c, 0x97, 0x11, 0xd1, 0x82, 0x71, 0, 0xa0, 0x24, 0x42, 0xdf, 0x7d},
     RPC4_PNIO_PARAMETER,
     1},
    {{0xe1, 0xaf, 0x83, 0x08, 0x5d, 0x1f, 0x11, 0xc9, 0x91, 0xa4, 0x08, 0, 0x2b, 0x14, 0xa0,
      0xfa},
     RPC4_EPM,
     3},
};

// The first three groups of a UUID follow the packet's integer order; here it is undone.
static struct uuid read_uuid(struct cur *c, bool little)
{
    struct uuid u = {{0}};
    struct slice s = cur_take(c, 16);

    if (s.n < 16)
        return u;
    memcpy(u.b, s.p, 16);
    if (little) {
        static const uint8_t place[8] = {3, 2, 1, 0, 5, 4, 7, 6};
        for (int i = 0; i < 8; i++)
            u.b[i] = s.p[place[i]];
    }
    return u;
}

static uint16_t read16(struct cur *c, bool little)
{
    return little ? cur_le16(c) : cur_be16(c);
}

static uint32_t read32(struct cur *c, bool little)
{
    return little ? cur_le32(c) : cur_be32(c);
}

static void read_header(struct rpc4 *h, struct cur *c)
{
    cur_skip(c, 1); // the version, seen already
    h->type = cur_u8(c);
    h->flags1 = cur_u8(c);
    h->flags2 = cur_u8(c);
    uint8_t representation = cur_u8(c);
    h->little = representation >> 4 == 1;
    h->characters = representation & 15;
    h->floats = cur_u8(c);
    cur_skip(c, 1);
    uint8_t serial_high = cur_u8(c);
    h->object = read_uuid(c, h->little);
    h->interface_uuid = read_uuid(c, h->little);
    h->activity = read_uuid(c, h->little);
    h->boot_time = read32(c, h->little);
    h->version = read32(c, h->little);
    h->sequence = read32(c, h->little);
    h->opnum = read16(c, h->little);
    h->interface_hint = read16(c, h->little);
    h->activity_hint = read16(c, h->little);
    h->body_n = read16(c, h->little);
    h->fragment = read16(c, h->little);
    h->auth = cur_u8(c);
    h->serial = (uint16_t)(serial_high << 8 | cur_u8(c));
    h->body = cur_rest(c);
}

// What the type says of the body's length.
static bool body_fits(const struct rpc4 *h)
{
    switch (h->type) {
    case RPC4_PING:
    case RPC4_WORKING:
    case RPC4_ACK: return h->body_n == 0;
    case RPC4_FAULT:
    case RPC4_REJECT: return h->body_n >= 4;
    case RPC4_NOCALL: return h->body_n == 0 || h->body_n >= FACK_LEAST;
    case RPC4_CANCEL: return h->body_n == 0 || h->body_n == 8;
    case RPC4_FACK: return h->body_n >= FACK_LEAST;
    case RPC4_CANCEL_ACK: return h->body_n == 0 || h->body_n == 12;
    default: return true;
    }
}

static bool is_dce(const struct uuid *u)
{
    return (u->b[8] & 0xc0) == 0x80;
}

static bool fragment_fits(const struct rpc4 *h)
{
    return h->fragment == 0 || h->flags1 & RPC4_FRAGMENT || h->type == RPC4_FACK ||
           (h->type == RPC4_NOCALL && h->fragment == FRAGMENT_NONE);
}

static enum rpc4_belief judge_interface(struct rpc4 *h)
{
    uint32_t major = h->version & 0xffff, minor = h->version >> 16;

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (memcmp(h->interface_uuid.b, known[i].uuid, 16))
            continue;
        h->interface = known[i].interface;
        if (major != known[i].version || minor || h->auth || h->flags1 & 0x81)
            return RPC4_NO;
        return RPC4_HIGH;
    }
    h->interface = RPC4_OTHER;
    return major <= VERSION_MOST && minor <= VERSION_MOST ? RPC4_LOW : RPC4_NO;
}

static __attribute__((noinline)) enum rpc4_belief judge(struct rpc4 *h, struct slice payload,
                                                        uint32_t wire_n)
{
    struct cur c = cur_of(payload);

    read_header(h, &c);
    if (h->body_n != wire_n - RPC4_HEADER || !is_dce(&h->interface_uuid) ||
        !is_dce(&h->activity) || !fragment_fits(h) || !body_fits(h))
        return RPC4_NO;
    return judge_interface(h);
}

// Every datagram is asked, and few have these first bytes.
enum rpc4_belief rpc4_read(struct rpc4 *h, struct slice payload, uint32_t wire_n)
{
    const uint8_t *p = payload.p;

    if (payload.n < RPC4_HEADER || p[0] != 4 || p[1] >= RPC4_TYPES || p[3] & 0xfc ||
        p[4] & 0xef || p[5] || p[6])
        return RPC4_NO;
    return judge(h, payload, wire_n);
}

int rpc4_direction(const struct rpc4 *h)
{
    switch (h->type) {
    case RPC4_REQUEST:
    case RPC4_PING:
    case RPC4_ACK:
    case RPC4_CANCEL: return 1;
    case RPC4_FACK: return 0;
    default: return -1;
    }
}
