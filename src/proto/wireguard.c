// SPDX-License-Identifier: Apache-2.0
// WireGuard: recognised by its four types of message, their exact sizes, and what is enciphered
// in them; the protocol's white paper, section 5.4.
#include "proto/proto.h"

#include "proto/shape.h"

enum { INITIATION = 1, RESPONSE, COOKIE, DATA };
enum { HEADER = 16, BLOCK = 16 };

// The part of a message that is drawn or enciphered; empty: the sizes do not fit.
static struct slice cipher_of(uint8_t type, const struct head *h)
{
    static const struct {
        uint32_t size, from, to;
    } fixed[] = {
        [INITIATION] = {148, 8, 132}, [RESPONSE] = {92, 12, 76}, [COOKIE] = {64, 8, 64}};
    const uint8_t *p = h->bytes.p;

    if (type < DATA && h->length == fixed[type].size)
        return slice_of(p + fixed[type].from,
                        min_u32(fixed[type].to, h->bytes.n) - fixed[type].from);
    if (type == DATA && h->length >= HEADER + BLOCK && h->length % BLOCK == 0)
        return slice_of(p + HEADER, h->bytes.n - HEADER);
    return (struct slice){0};
}

static enum guess probe(const struct head *h)
{
    enum { COUNTER_HIGH = 12 };
    const uint8_t *p = h->bytes.p;

    if (h->bytes.n < HEADER + BLOCK || !*p || *p > DATA || p[1] || p[2] || p[3])
        return NO;
    struct slice cipher = cipher_of(*p, h);
    if (cipher.n < BLOCK || !shape_is_random(cipher) || !load_le32(p + 4))
        return NO;
    return *p != DATA || !load_le32(p + COUNTER_HIGH) ? YES : NO;
}

const struct analyser proto_wireguard = {
    .name = "wireguard",
    .title = "WireGuard",
    .spec = "WireGuard: Next Generation Kernel Network Tunnel",
    .why = "its type has the size that belongs to it, and the rest is enciphered",
    .over = OVER_UDP,
    .hint = {51820},
    .probe = probe,
};
