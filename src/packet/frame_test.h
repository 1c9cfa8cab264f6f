// SPDX-License-Identifier: Apache-2.0
// For this room's tests: frames built by hand, header by header, with checksums of its own.
#pragma once

#include "packet/decode.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

struct bytes {
    uint8_t b[4096];
    uint32_t n;
};

static inline void put(struct bytes *f, const void *p, uint32_t n)
{
    assert(f->n + n <= sizeof f->b);
    memcpy(f->b + f->n, p, n);
    f->n += n;
}
static inline void put8(struct bytes *f, unsigned v)
{
    f->b[f->n++] = (uint8_t)v;
}
static inline void put16(struct bytes *f, unsigned v)
{
    put8(f, v >> 8);
    put8(f, v & 255);
}
static inline void put32(struct bytes *f, uint32_t v)
{
    put16(f, v >> 16);
    put16(f, v & 0xffff);
}
static inline void set16(struct bytes *f, uint32_t at, unsigned v)
{
    f->b[at] = (uint8_t)(v >> 8);
    f->b[at + 1] = (uint8_t)v;
}
#define PUT(f, text) put(f, text, sizeof(text) - 1)

// One 16-bit word after the other, as RFC 1071 tells it.
static inline uint32_t naive_sum(const uint8_t *p, uint32_t n, uint32_t sum)
{
    for (uint32_t i = 0; i < n; i++)
        sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

#define MAC_A "\x02\x00\x00\x00\x00\x0a"
#define MAC_B "\x02\x00\x00\x00\x00\x0b"

// From A to B.
static inline void ether(struct bytes *f, unsigned type)
{
    PUT(f, MAC_B MAC_A);
    put16(f, type);
}

// From 10.0.0.1 to 10.0.0.2; returns its place for ip4_end.
static inline uint32_t ip4(struct bytes *f, unsigned proto)
{
    uint32_t at = f->n;

    put16(f, 0x4500);
    put16(f, 0);
    put32(f, 0x12340000);
    put8(f, 64);
    put8(f, proto);
    put16(f, 0);
    PUT(f, "\x0a\x00\x00\x01\x0a\x00\x00\x02");
    return at;
}

static inline void ip4_sum(struct bytes *f, uint32_t at)
{
    uint32_t head = (f->b[at] & 15) * 4u;

    set16(f, at + 10, 0);
    set16(f, at + 10, ~naive_sum(f->b + at, head, 0));
}

// From fd00::1 to fd00::2.
static inline uint32_t ip6(struct bytes *f, unsigned next)
{
    uint32_t at = f->n;

    put32(f, 0x60000000);
    put16(f, 0);
    put8(f, next);
    put8(f, 63);
    PUT(f, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01");
    PUT(f, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02");
    return at;
}

// Fills in the transport checksum of an IP packet at `at` whose transport is at `up`.
static inline void transport_sum(struct bytes *f, uint32_t at, uint32_t up, unsigned proto,
                                 uint32_t field)
{
    bool six = f->b[at] >> 4 == 6;
    uint32_t sum = six ? naive_sum(f->b + at + 8, 32, 0) : naive_sum(f->b + at + 12, 8, 0);

    if (proto == 1 && !six)
        sum = 0;
    else
        sum += proto + (f->n - up);
    set16(f, up + field, 0);
    set16(f, up + field, ~naive_sum(f->b + up, f->n - up, sum));
}

// Lengths and checksums of an IP packet that ends with the bytes; `up` as above, 0: none.
static inline void ip_end(struct bytes *f, uint32_t at, uint32_t up, unsigned proto)
{
    if (f->b[at] >> 4 == 6) {
        set16(f, at + 4, f->n - at - 40);
    } else {
        set16(f, at + 2, f->n - at);
        ip4_sum(f, at);
    }
    if (up && proto == 17)
        set16(f, up + 4, f->n - up);
    if (up)
        transport_sum(f, at, up, proto, proto == 6 ? 16 : proto == 17 ? 6 : 2);
}

static inline uint32_t udp(struct bytes *f, unsigned sport, unsigned dport)
{
    uint32_t at = f->n;

    put16(f, sport);
    put16(f, dport);
    put32(f, 0);
    return at;
}

static inline uint32_t tcp(struct bytes *f, unsigned flags)
{
    uint32_t at = f->n;

    put16(f, 40000);
    put16(f, 502);
    put32(f, 1000);
    put32(f, (flags & (TCP_SYN | TCP_ACK)) == TCP_SYN ? 0 : 2000);
    put16(f, 0x5000 | flags);
    put16(f, 8192);
    put32(f, 0);
    return at;
}

// A whole UDP packet over IPv4 or IPv6, 5000 to 6000, "payload".
static inline void udp_packet(struct bytes *f, unsigned version)
{
    uint32_t at = version == 6 ? ip6(f, 17) : ip4(f, 17), up = udp(f, 5000, 6000);

    PUT(f, "payload");
    ip_end(f, at, up, 17);
}
