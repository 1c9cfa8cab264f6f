// SPDX-License-Identifier: Apache-2.0
// Tests of tunnels: each kind is entered, offsets count in the whole frame, and nesting ends.
#include "packet/check_test.h"

static void expect_inner(const struct bytes *f, uint8_t kind, unsigned version)
{
    struct packet outer = decode(1, f), inner;

    memset(&inner, 0xa5, sizeof inner);
    outer.ordinal = 77;
    outer.ts = 5 * SECOND;
    assert_int_equal(outer.odds, 0);
    assert_true(packet_inner(&inner, &outer, 0));
    assert_int_equal(inner.tunnel, kind);
    assert_int_equal(inner.net, version == 6 ? NET_IP6 : NET_IP4);
    assert_int_equal(inner.odds, 0);
    assert_int_equal(inner.ordinal, 77);
    assert_true(inner.ts == 5 * SECOND);
    assert_int_equal(inner.sport, 5000);
    assert_int_equal(inner.dport, 6000);
    assert_int_equal(inner.payload.n, 7);
    assert_memory_equal(inner.payload.p, "payload", 7);
    assert_ptr_equal(inner.frame.p, f->b);
    if (kind != LAYER_IP4 && kind != LAYER_IP6) {
        assert_int_equal(inner.layer[0].kind, kind);
        assert_int_equal(inner.layer[0].at, outer.payload.p - f->b);
    }
    check_packet(&inner);
    check_cuts(1, f);

    struct packet next; // what was inside is no tunnel, nor is a fragment
    assert_false(packet_inner(&next, &inner, 1));
    outer.fragment = true;
    assert_false(packet_inner(&next, &outer, 0));
}

// Ethernet and the outer IP of a tunnel; the rest is put between this and ip_end.
static uint32_t outer_ip(struct bytes *f, unsigned version, unsigned proto)
{
    f->n = 0;
    ether(f, version == 6 ? 0x86dd : 0x0800);
    return version == 6 ? ip6(f, proto) : ip4(f, proto);
}

static void ip_in_ip(void **state)
{
    for (unsigned i = 0; i < 4; i++) {
        unsigned out = i & 1 ? 6 : 4, in = i & 2 ? 6 : 4;
        struct bytes f;
        uint32_t at = outer_ip(&f, out, in == 6 ? 41 : 4);
        udp_packet(&f, in);
        ip_end(&f, at, 0, 0);
        expect_inner(&f, out == 6 ? LAYER_IP6 : LAYER_IP4, in);
        f.b[at + (out == 6 ? 40 : 20)] ^= 0x70;
        struct packet outer = decode(1, &f), inner;
        assert_false(packet_inner(&inner, &outer, 0));
        assert_true(has(&outer, ODD_tunnel_bad));
    }
}

static void gre_kinds(void **state)
{
    static const struct {
        const char *head;
        uint8_t n, inner; // 4, 6, or 0: Ethernet with IPv4
    } known[] = {{"\0\0\x08\0", 4, 4},
                 {"\0\0\x86\xdd", 4, 6},
                 {"\0\0\x88\x3e", 4, 4},
                 {"\0\0\x88\x3e\0\1\0\0", 8, 4},
                 {"\0\0\x65\x58", 4, 0},
                 {"\xb0\0\x08\0sumsKEY.SEQ.", 16, 4},
                 {"\x20\0\x86\xddKEY.", 8, 6},
                 {"\0\0\x88\xbe", 4, 0},
                 {"\x10\0\x88\xbeSEQ.erspan 2", 16, 0},
                 {"\x10\0\x22\xebSEQ.erspan head\0", 20, 0},
                 {"\x10\0\x22\xebSEQ.erspan head\1platform", 28, 0},
                 {"\0\0\x88\x47\x12\x34\x51\x40", 8, 4},
                 {"\x30\x81\x88\x0b\0\x27\0\7SEQ.ACK.\xff\3\0\x21", 20, 4}};

    for (unsigned i = 0; i < COUNT_OF(known); i++) {
        struct bytes f;
        uint32_t at = outer_ip(&f, 4, 47);
        put(&f, known[i].head, known[i].n);
        if (!known[i].inner)
            ether(&f, 0x0800);
        udp_packet(&f, known[i].inner == 6 ? 6 : 4);
        ip_end(&f, at, 0, 0);
        expect_inner(&f, LAYER_GRE, known[i].inner == 6 ? 6 : 4);
    }
}

static void gre_without_packet(void **state)
{
    static const struct {
        const char *head;
        uint8_t n;
        bool bad;
    } known[] = {{"\0\0\0\0", 4, false},
                 {"\x20\x81\x88\x0b\0\0\0\7ACK.", 12, false},
                 {"\0\2\x08\0\x45", 5, false},
                 {"\xb0\0\x08\0sums", 8, true},
                 {"\0\0\x08", 3, true}};

    for (unsigned i = 0; i < COUNT_OF(known); i++) {
        struct bytes f;
        uint32_t at = outer_ip(&f, 4, 47);
        put(&f, known[i].head, known[i].n);
        ip_end(&f, at, 0, 0);
        struct packet outer = decode(1, &f), inner;
        assert_false(packet_inner(&inner, &outer, 0));
        assert_int_equal(has(&outer, ODD_tunnel_bad), known[i].bad);
        check_cuts(1, &f);
    }
}

// A tunnel over UDP: its header, then Ethernet or not, then a UDP packet.
static struct bytes udp_tunnel(unsigned port, const char *head, uint32_t n, bool bridged,
                               unsigned version)
{
    struct bytes f;
    uint32_t at = outer_ip(&f, 4, 17), up = udp(&f, 50000, port);

    put(&f, head, n);
    if (bridged)
        ether(&f, version == 6 ? 0x86dd : 0x0800);
    udp_packet(&f, version);
    ip_end(&f, at, up, 17);
    return f;
}

static void over_udp(void **state)
{
    static const struct {
        const char *head;
        uint16_t port;
        uint8_t kind, n, bridged, version;
    } known[] = {
        {"\x08\0\0\0\0\0\1\0", 4789, LAYER_VXLAN, 8, true, 4},
        {"\0\0\x65\x58\0\0\1\0", 6081, LAYER_GENEVE, 8, true, 6},
        {"\2\0\x08\0\0\0\1\0options!", 6081, LAYER_GENEVE, 16, false, 4},
        {"", 3544, LAYER_TEREDO, 0, false, 6},
        {"\0\0\x12\x34\1\2\3\4", 3544, LAYER_TEREDO, 8, false, 6},
        {"\0\1\2\3idkeynonce!!!\0\0\0\x12\x34\1\2\3\4", 3544, LAYER_TEREDO, 26, false, 6},
        {"\x30\xff\0\x23\0\0\0\1", 2152, LAYER_GTP, 8, false, 4},
        {"\x32\xff\0\x27\0\0\0\1\0\1\0\0", 2152, LAYER_GTP, 12, false, 4},
        {"\x34\xff\0\x2f\0\0\0\1\0\1\0\x85\1\0\0\x85\1\0\0\0", 2152, LAYER_GTP, 20, false, 4},
    };

    for (unsigned i = 0; i < COUNT_OF(known); i++) {
        struct bytes f = udp_tunnel(known[i].port, known[i].head, known[i].n, known[i].bridged,
                                    known[i].version);
        struct packet outer = decode(1, &f), inner;
        if (known[i].n) {
            expect_inner(&f, known[i].kind, known[i].version);
        } else { // Teredo without indications has no header
            assert_true(packet_inner(&inner, &outer, 0));
            assert_int_equal(inner.sport, 5000);
        }
        f = udp_tunnel(known[i].port + 1u, known[i].head, known[i].n, known[i].bridged,
                       known[i].version);
        outer = decode(1, &f);
        assert_false(packet_inner(&inner, &outer, 0));
    }
}

static void lookalikes(void **state)
{
    static const struct {
        const char *head;
        uint16_t port;
        uint8_t n;
    } known[] = {
        {"\x08\0\0\0\0\0\1\1", 4789, 8},
        {"\x0c\0\0\0\0\0\1\0", 4789, 8},
        {"\0\0\0\0\0\0\1\0", 4789, 8},
        {"\x40\0\x08\0\0\0\1\0", 6081, 8},
        {"\x3f\0\x08\0\0\0\1\0", 6081, 8},
        {"\0\0\x12\x34\0\0\1\0", 6081, 8},
        {"\0", 3544, 1},
        {"\x30\xff\1\0\0\0\0\1", 2152, 8},
        {"\x30\1\0\x23\0\0\0\1", 2152, 8},
        {"\x34\xff\0\x2f\0\0\0\1\0\1\0\x85\0\0\0\0", 2152, 16},
    };

    for (unsigned i = 0; i < COUNT_OF(known); i++) {
        struct bytes f = udp_tunnel(known[i].port, known[i].head, known[i].n, false, 4);
        struct packet outer = decode(1, &f), inner;
        assert_false(packet_inner(&inner, &outer, 0));
        assert_int_equal(outer.odds, 0);
        check_cuts(1, &f);
    }
}

static void nesting_ends(void **state)
{
    struct bytes f = {.n = 0};
    struct packet p[TUNNELS_MOST + 3];
    unsigned n = 0;

    for (unsigned i = 0; i < 8; i++)
        ip4(&f, i < 7 ? 4 : 17);
    udp(&f, 1, 2);
    for (uint32_t at = 0; at < 160; at += 20) {
        set16(&f, at + 2, f.n - at);
        ip4_sum(&f, at);
    }
    p[0] = decode(101, &f);
    while (packet_inner(&p[n + 1], &p[n], n))
        n++;
    assert_int_equal(n, TUNNELS_MOST);
    assert_true(has(&p[n], ODD_tunnel_deep));
    check_cuts(101, &f);
}

// A joined datagram lies in no frame: the tunnel's payload takes its place.
static void in_joined_datagram(void **state)
{
    struct bytes f;
    uint32_t at = outer_ip(&f, 4, 47);

    PUT(&f, "\0\0\x08\0");
    udp_packet(&f, 4);
    ip_end(&f, at, 0, 0);
    struct packet outer = decode(1, &f), inner;
    packet_transport(&outer, slice_of(f.b + at + 20, f.n - at - 20));
    assert_true(packet_inner(&inner, &outer, 0));
    assert_ptr_equal(inner.frame.p, f.b + at + 20);
    assert_int_equal(inner.layer[0].at, 0);
    assert_int_equal(inner.layer[1].at, 4);
    assert_int_equal(inner.sport, 5000);
    check_packet(&inner);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ip_in_ip),           cmocka_unit_test(gre_kinds),
        cmocka_unit_test(gre_without_packet), cmocka_unit_test(over_udp),
        cmocka_unit_test(lookalikes),         cmocka_unit_test(nesting_ends),
        cmocka_unit_test(in_joined_datagram),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
