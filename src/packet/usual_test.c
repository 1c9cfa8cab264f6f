// SPDX-License-Identifier: Apache-2.0
// Tests of usual frames: which take the short way, and that each bit of them that could make
// them odd is seen, so that both ways agree.
#include "packet/check_test.h"

enum { KINDS = 12 };

// IPv4 or IPv6, TCP, TCP with options, or UDP, with a tag or none.
static struct bytes usual(unsigned kind)
{
    struct bytes f = {.n = 0};
    unsigned version = kind & 1 ? 6 : 4, proto = kind % 3 ? 6 : 17;

    ether(&f, kind >= 6 ? 0x8100 : version == 6 ? 0x86dd : 0x0800);
    if (kind >= 6) {
        put16(&f, 0x2007);
        put16(&f, version == 6 ? 0x86dd : 0x0800);
    }
    uint32_t at = version == 6 ? ip6(&f, proto) : ip4(&f, proto);
    uint32_t up = proto == 6 ? tcp(&f, TCP_ACK | TCP_PSH) : udp(&f, 5000, 6000);
    if (kind % 3 == 2) {
        f.b[up + 12] = 0x60;
        f.b[up + 13] = TCP_SYN;
        memset(f.b + up + 8, 0, 4); // it acknowledges nothing
        PUT(&f, "\x02\x04\x05\xb4");
    }
    PUT(&f, "odd payload");
    ip_end(&f, at, up, proto);
    return f;
}

static bool is_usual(const struct bytes *f)
{
    struct packet p;

    packet_reset(&p);
    p.frame = slice_of(f->b, f->n);
    return usual_decode(&p);
}

static void take_the_short_way(void **state)
{
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct bytes f = usual(kind);
        assert_true(is_usual(&f));
        decode(1, &f);
        put32(&f, 0); // filled up by the sender's card
        assert_true(is_usual(&f));
        decode(1, &f);
    }
}

// Puts the checksums right again; the frame is still one of IP's versions, and long enough.
static void mend(struct bytes *f, uint32_t at)
{
    bool six = f->b[at] >> 4 == 6;
    uint32_t up = at + (six ? 40 : 20);
    uint8_t proto = f->b[at + (six ? 6 : 9)];

    if (!six)
        ip4_sum(f, at);
    if (proto == 6 || proto == 17)
        transport_sum(f, at, up, proto, proto == 6 ? 16 : 6);
}

// Each byte is changed in some ways, its checksums mended or not.
static void changed_bytes(void **state)
{
    static const uint8_t change[] = {1, 2, 4, 8, 16, 32, 64, 128, 0xff, 0x0f, 0xf0};

    for (unsigned kind = 0; kind < KINDS; kind++) {
        const struct bytes f = usual(kind);
        uint32_t at = kind >= 6 ? 18 : 14;
        for (uint32_t i = 0; i < f.n * COUNT_OF(change); i++) {
            struct bytes g = f;
            g.b[i / COUNT_OF(change)] ^= change[i % COUNT_OF(change)];
            decode(1, &g);
            if (g.b[at] == f.b[at])
                mend(&g, at);
            decode(1, &g);
        }
    }
}

static void all_flags(void **state)
{
    for (unsigned flags = 0; flags < 4096; flags++) {
        struct bytes f = {.n = 0};
        ether(&f, 0x0800);
        uint32_t at = ip4(&f, 6), up = tcp(&f, flags);
        ip_end(&f, at, up, 6);
        if (decode(1, &f).odds)
            assert_false(is_usual(&f));
    }
}

static void odd_addresses(void **state)
{
    static const uint8_t byte[] = {0, 1, 127, 223, 224, 239, 240, 255};

    for (unsigned i = 0; i < COUNT_OF(byte) * 2; i++) {
        struct bytes f = usual(i / COUNT_OF(byte));
        uint32_t from = i < COUNT_OF(byte) ? 26 : 22, n = i < COUNT_OF(byte) ? 4 : 16;
        f.b[from] = byte[i % COUNT_OF(byte)];
        mend(&f, 14);
        decode(1, &f);
        memcpy(f.b + from + n, f.b + from, n);
        mend(&f, 14);
        decode(1, &f);
        assert_false(is_usual(&f));
    }
}

static void beginnings(void **state)
{
    for (unsigned kind = 0; kind < KINDS; kind++) {
        struct bytes f = usual(kind);
        check_cuts(1, &f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(take_the_short_way), cmocka_unit_test(changed_bytes),
        cmocka_unit_test(all_flags),          cmocka_unit_test(odd_addresses),
        cmocka_unit_test(beginnings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
