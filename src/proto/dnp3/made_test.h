// SPDX-License-Identifier: Apache-2.0
// For DNP3's tests: frames out of their fields, octets out of their text, a talk that gets
// them.
#pragma once

#include "proto/dnp3/dnp3.h"
#include "proto/lab.h"

struct made {
    uint8_t p[8192];
    uint32_t n;
};

static inline void made_byte(struct made *m, unsigned b)
{
    assert_true(m->n < sizeof(m->p));
    m->p[m->n++] = (uint8_t)b;
}

// "05 64 0B": what is no hexadecimal digit is passed over.
static inline void made_hex(struct made *m, const char *hex)
{
    unsigned value = 0, digits = 0;

    for (; *hex; hex++) {
        const char *at = strchr("0123456789ABCDEF0123456789abcdef", *hex);
        if (!at)
            continue;
        value = value << 4 | ((unsigned)(at - "0123456789ABCDEF0123456789abcdef") & 15);
        if (++digits % 2 == 0)
            made_byte(m, value & 0xff);
    }
}

// Bit by bit, as the standard defines it.
static inline void made_crc(struct made *m, uint32_t from)
{
    unsigned crc = 0;

    for (uint32_t i = from; i < m->n; i++) {
        crc ^= m->p[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xa6bc : crc >> 1;
    }
    crc = ~crc;
    made_byte(m, crc & 0xff);
    made_byte(m, crc >> 8 & 0xff);
}

static inline void made_frame(struct made *m, unsigned ctrl, unsigned dst, unsigned src,
                              const uint8_t *user, uint32_t n)
{
    uint32_t from = m->n;

    made_byte(m, 0x05);
    made_byte(m, 0x64);
    made_byte(m, n + 5);
    made_byte(m, ctrl);
    made_byte(m, dst & 0xff);
    made_byte(m, dst >> 8);
    made_byte(m, src & 0xff);
    made_byte(m, src >> 8);
    made_crc(m, from);
    for (uint32_t at = 0; at < n; at += 16) {
        from = m->n;
        for (uint32_t i = at; i < n && i < at + 16; i++)
            made_byte(m, user[i]);
        made_crc(m, from);
    }
}

// A fragment in one frame, of master 3 or outstation 4: requests are the master's.
static inline void made_fragment(struct made *m, const char *hex)
{
    struct made user = {0};

    made_byte(&user, 0xc0);
    made_hex(&user, hex);
    bool answer = user.n > 2 && user.p[2] >= 0x80;
    made_frame(m, answer ? 0x44 : 0xc4, answer ? 3 : 4, answer ? 4 : 3, user.p, user.n);
}

extern const struct analyser proto_dnp3;

static inline void talk_open(struct lab *l, uint8_t ip_proto)
{
    lab_open(l, ip_proto);
    l->out.ts = 1600000000 * SECOND;
    assert_true(feed_begin(l->feeds, &l->x, &proto_dnp3));
}

static inline void talk_say(struct lab *l, enum side side, const struct made *m)
{
    feed_data(l->feeds, &l->x, slice_of(m->p, m->n), side);
}

static inline void talk_fragment(struct lab *l, const char *hex)
{
    struct made m = {0};

    made_fragment(&m, hex);
    talk_say(l, m.p[3] & 0x80 ? ORIG : RESP, &m);
}
