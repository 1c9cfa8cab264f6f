// SPDX-License-Identifier: Apache-2.0
// Tests of IP and transport headers: what is read, and that each odd is raised by what it
// names.
#include "packet/check_test.h"

static void ordinary_is_not_odd(void **state)
{
    static const uint8_t flags[] = {
        TCP_SYN,           TCP_SYN | TCP_ACK, TCP_ACK,
        TCP_PSH | TCP_ACK, TCP_FIN | TCP_ACK, TCP_RST,
        TCP_RST | TCP_ACK, TCP_URG | TCP_ACK, 0xc2 /* with congestion notification */};

    for (unsigned i = 0; i < COUNT_OF(flags); i++) {
        struct bytes f = {.n = 0};
        uint32_t at = i & 1 ? ip6(&f, 6) : ip4(&f, 6), up = tcp(&f, flags[i]);
        if (!(flags[i] & TCP_RST))
            PUT(&f, "data");
        ip_end(&f, at, up, 6);
        struct packet p = decode(101, &f);
        assert_int_equal(p.odds, 0);
        assert_int_equal(p.tcp.flags, flags[i] & 0x3f);
        assert_int_equal(p.tcp.seq, 1000);
        assert_int_equal(p.tcp.ack, flags[i] & TCP_ACK || flags[i] == TCP_RST ? 2000 : 0);
        assert_int_equal(p.tcp.window, 8192);
        assert_int_equal(p.tcp.window_scale, -1);
        assert_int_equal(p.sport, 40000);
        assert_int_equal(p.dport, 502);
        assert_int_equal(p.payload.n, flags[i] & TCP_RST ? 0 : 4);
        assert_int_equal(p.ttl, i & 1 ? 63 : 64);
        assert_int_equal(p.ip_len, f.n);
        check_cuts(101, &f);
    }
}

static struct bytes ip4_sample(void)
{
    struct bytes f = {.n = 0};

    udp_packet(&f, 4);
    return f;
}

// Changes one 16-bit word of a UDP packet's IP header, with the header checksum made right.
static struct packet ip4_with(uint32_t at, unsigned v)
{
    static struct bytes f;

    f = ip4_sample();
    set16(&f, at, v);
    ip4_sum(&f, 0);
    return decode(101, &f);
}

static void ip4_lengths(void **state)
{
    struct packet p = ip4_with(2, 19);
    assert_true(has(&p, ODD_ip_len_short));
    assert_int_equal(p.net, NET_IP4);
    assert_int_equal(p.payload.n, 0);
    assert_false(p.has_ports);

    p = ip4_with(2, 36);
    assert_true(has(&p, ODD_ip_len_long));
    assert_false(has(&p, ODD_udp_checksum));
    assert_int_equal(p.ip_len, 35);
    assert_int_equal(p.payload_len, 7);

    p = ip4_with(2, 0); // left to the network card
    assert_int_equal(p.odds, 0);
    assert_int_equal(p.payload.n, 7);
    assert_int_equal(p.ip_len, 35);

    p = ip4_with(0, 0x4400);
    assert_true(has(&p, ODD_ip_hdr_len));
    assert_int_equal(p.net, NET_IP4);
    assert_false(p.has_ports);
    p = ip4_with(0, 0x4f00);
    assert_true(has(&p, ODD_ip_len_short));
    p = ip4_with(0, 0x5500);
    assert_true(has(&p, ODD_ip_version));
    assert_int_equal(p.net, NET_NONE);
}

static void ip_version_against_link(void **state)
{
    struct bytes f = {.n = 0};

    ether(&f, 0x0800);
    udp_packet(&f, 6);
    struct packet p = decode(1, &f);
    assert_true(has(&p, ODD_ip_version));
    assert_int_equal(p.net, NET_IP6);
    assert_int_equal(p.sport, 5000);
    check_cuts(1, &f);
}

static void ip4_header_checksum(void **state)
{
    struct bytes f = ip4_sample();

    f.b[10] ^= 1;
    struct packet p = decode(101, &f);
    assert_true(has(&p, ODD_ip_checksum));
    assert_false(p.checksum_bad);
    set16(&f, 10, 0); // not filled in yet
    p = decode(101, &f);
    assert_int_equal(p.odds, 0);
}

static void ip4_flags(void **state)
{
    struct packet p = ip4_with(6, 0x8000);
    assert_true(has(&p, ODD_ip_reserved_flag));
    assert_true(p.has_transport);

    p = ip4_with(6, 0x4000);
    assert_int_equal(p.odds, 0);
    p = ip4_with(6, 0x6000);
    assert_true(has(&p, ODD_ip_df_fragment));

    p = ip4_with(6, 0x2003); // not the last, but no multiple of 8 bytes
    assert_int_equal(p.odds, UINT64_C(1) << ODD_frag_unaligned | UINT64_C(1) << ODD_frag_small);
    assert_true(p.fragment && p.more_fragments);
    assert_int_equal(p.frag_at, 24);
    assert_int_equal(p.frag_id, 0x1234);
    assert_int_equal(p.ip_proto, 17);
    assert_int_equal(p.payload.n, 15);
    assert_false(p.has_ports || p.has_transport);
    p = ip4_with(6, 0x0003);
    assert_true(p.fragment && !p.more_fragments);
}

static void odd_ip4_addresses(void **state)
{
    static const struct {
        const char *pair;
        enum odd odd; // ODDS: none
    } known[] = {{"\x0a\0\0\1\x0a\0\0\1", ODD_ip_land},
                 {"\x7f\0\0\1\x7f\0\0\1", ODDS},
                 {"\0\0\0\0\0\0\0\0", ODDS},
                 {"\0\0\0\0\xff\xff\xff\xff", ODDS},
                 {"\xe0\0\0\1\x0a\0\0\1", ODD_ip_src_multicast},
                 {"\xff\xff\xff\xff\x0a\0\0\1", ODD_ip_src_multicast},
                 {"\xf0\0\0\1\x0a\0\0\1", ODDS}};

    for (unsigned i = 0; i < COUNT_OF(known); i++) {
        struct bytes f = ip4_sample();
        memcpy(f.b + 12, known[i].pair, 8);
        ip_end(&f, 0, 20, 17);
        struct packet p = decode(101, &f);
        assert_int_equal(p.odds, known[i].odd == ODDS ? 0 : UINT64_C(1) << known[i].odd);
    }
    struct bytes f = {.n = 0}; // a loopback device has no MACs
    PUT(&f, "\0\0\0\0\0\0\0\0\0\0\0\0\x08\0");
    udp_packet(&f, 4);
    f.b[14 + 19] = 1;
    ip_end(&f, 14, 34, 17);
    assert_int_equal(decode(1, &f).odds, 0);
    f.b[11] = 1;
    assert_int_equal(decode(1, &f).odds, UINT64_C(1) << ODD_ip_land);
}

static void ip4_options(void **state)
{
    static const struct {
        const char *options;
        bool bad, rare, trail;
    } known[] = {{"\x94\x04\0\0\1\1\1\0", false, false, false},
                 {"\1\1\0\x44\xff\1\0\0", false, false, true},
                 {"\x44\x09\1\1\1\1\1\1", true, true, false},
                 {"\x44\1\1\1\1\1\1\1", true, true, false},
                 {"\1\1\1\1\1\1\1\x44", true, true, false},
                 {"\x44\x08\1\1\1\1\1\1", false, true, false}};

    for (unsigned i = 0; i < COUNT_OF(known); i++) {
        struct bytes f = {.n = 0};
        uint32_t at = ip4(&f, 17), up;
        put(&f, known[i].options, 8);
        f.b[0] = 0x47;
        up = udp(&f, 5000, 6000);
        ip_end(&f, at, up, 17);
        struct packet p = decode(101, &f);
        assert_int_equal(has(&p, ODD_ip_options_bad), known[i].bad);
        assert_int_equal(has(&p, ODD_ip_option_rare), known[i].rare);
        assert_int_equal(has(&p, ODD_ip_options_trail), known[i].trail);
        assert_int_equal(p.sport, 5000);
        check_cuts(101, &f);
    }
}

// Until a source route is travelled, the transport's checksum is over its last address.
static void ip4_source_route(void **state)
{
    for (unsigned pointer = 4; pointer <= 8; pointer += 4) {
        struct bytes f = {.n = 0};
        uint32_t at = ip4(&f, 17), up;
        PUT(&f, "\x83\x07\4\x0a\0\0\3\0");
        f.b[0] = 0x47;
        f.b[22] = (uint8_t)pointer;
        up = udp(&f, 5000, 6000);
        ip_end(&f, at, up, 17);
        f.b[up + 6] ^= 1;
        struct packet p = decode(101, &f);
        assert_int_equal(has(&p, ODD_udp_checksum), pointer == 8);
    }
}

// An IPv6 packet with extension headers, given as bytes; then UDP.
static struct bytes ip6_with(unsigned next, const void *extensions, uint32_t n)
{
    struct bytes f = {.n = 0};
    uint32_t at = ip6(&f, next), up;

    put(&f, extensions, n);
    up = udp(&f, 5000, 6000);
    PUT(&f, "payload");
    ip_end(&f, at, up, 17);
    return f;
}
#define IP6_WITH(next, text) ip6_with(next, text, sizeof(text) - 1)

#define EXT(next) next "\0\1\4\0\0\0\0"

static void ip6_extensions(void **state)
{
    static const struct {
        const char *name, *extensions;
        uint8_t next, n;
        enum odd odd; // ODDS: none
    } known[] = {
        {"hop-by-hop", EXT("\x11"), 0, 8, ODDS},
        {"destination", EXT("\x11"), 60, 8, ODDS},
        {"authentication", "\x11\4\0\0\0\0\0\1\0\0\0\2abcdefghijkl", 51, 24, ODDS},
        {"all in order", EXT("\x3c") EXT("\x2b") "\x3c\0\0\0\0\0\0\0" EXT("\x11"), 0, 32, ODDS},
        {"hop-by-hop late", EXT("\0") EXT("\x11"), 60, 16, ODD_ip6_ext_order},
        {"hop-by-hop twice", EXT("\0") EXT("\x11"), 0, 16, ODD_ip6_ext_order},
        {"destination twice", EXT("\x3c") EXT("\x11"), 60, 16, ODD_ip6_ext_order},
        {"atomic", "\x11\0\0\0\0\0\0\7", 44, 8, ODD_ip6_atomic_fragment},
        {"mobility", EXT("\x11"), 135, 8, ODDS},
    };

    for (unsigned i = 0; i < COUNT_OF(known); i++) {
        struct bytes f = ip6_with(known[i].next, known[i].extensions, known[i].n);
        struct packet p = decode(101, &f);
        assert_int_equal(p.odds, known[i].odd == ODDS ? 0 : UINT64_C(1) << known[i].odd);
        assert_int_equal(p.ip_proto, 17);
        assert_int_equal(p.dport, 6000);
        assert_int_equal(p.payload.n, 7);
        check_cuts(101, &f);
    }
}

static void ip6_extensions_end(void **state)
{
    struct bytes f = {.n = 0};
    uint32_t at = ip6(&f, 60);

    for (unsigned i = 0; i < 40; i++)
        PUT(&f, EXT("\x3c"));
    ip_end(&f, at, 0, 0);
    struct packet p = decode(101, &f);
    assert_true(has(&p, ODD_ip6_ext_deep));
    assert_false(p.has_ports);
    check_packet(&p);

    f = IP6_WITH(60, "\x11\x7f\0\0\0\0\0\0"); // longer than the packet
    p = decode(101, &f);
    assert_true(has(&p, ODD_ip_hdr_len));
    assert_false(p.has_ports);
    f = IP6_WITH(59, "");
    p = decode(101, &f);
    assert_int_equal(p.odds, 0);
    assert_int_equal(p.payload.n, 15);
}

static void ip6_lengths(void **state)
{
    struct bytes f = IP6_WITH(17, "");

    set16(&f, 4, f.n - 40 + 1);
    struct packet p = decode(101, &f);
    assert_true(has(&p, ODD_ip_len_long));
    assert_int_equal(p.payload_len, 7);
    set16(&f, 4, 0);
    p = decode(101, &f);
    assert_int_equal(p.odds, 0);
    assert_int_equal(p.payload_len, 7);
    assert_int_equal(p.ip_len, f.n);
}

static void ip6_fragments(void **state)
{
    struct bytes f = IP6_WITH(44, "\x11\0\x05\xa9\1\2\3\4");
    struct packet p = decode(101, &f);

    assert_int_equal(p.odds, 0);
    assert_true(p.fragment && p.more_fragments && !p.has_ports);
    assert_int_equal(p.frag_at, 0x5a8);
    assert_int_equal(p.frag_id, 0x01020304);
    assert_int_equal(p.ip_proto, 17);
    assert_int_equal(p.payload.n, 15);
    check_cuts(101, &f);
}

static struct packet tcp_with(unsigned flags, const char *options, uint32_t n)
{
    static struct bytes f;

    f.n = 0;
    uint32_t at = ip4(&f, 6), up = tcp(&f, flags & 0xfff);
    put(&f, options, n);
    f.b[up + 12] = (uint8_t)((20 + n) << 2 | flags >> 8);
    PUT(&f, "xy");
    ip_end(&f, at, up, 6);
    check_cuts(101, &f);
    return decode(101, &f);
}

static void tcp_flags(void **state)
{
    static const struct {
        unsigned flags;
        enum odd odd;
    } known[] = {{0, ODD_tcp_flags_none},
                 {TCP_SYN | TCP_FIN, ODD_tcp_flags_syn_fin},
                 {TCP_SYN | TCP_RST, ODD_tcp_flags_syn_rst},
                 {TCP_FIN | TCP_RST, ODD_tcp_flags_fin_rst},
                 {TCP_FIN | TCP_PSH | TCP_URG, ODD_tcp_flags_xmas},
                 {0x200 | TCP_ACK, ODD_tcp_reserved}};

    for (unsigned i = 0; i < COUNT_OF(known); i++)
        assert_int_equal(tcp_with(known[i].flags, "", 0).odds, UINT64_C(1) << known[i].odd);
    assert_int_equal(tcp_with(0x100 | TCP_ACK, "", 0).odds, 0); // accurate ECN
}

static void tcp_option_values(void **state)
{
    struct packet p = tcp_with(TCP_SYN, "\2\4\5\xb4\1\3\3\7\4\2\0\0", 12);
    assert_int_equal(p.odds, 0);
    assert_int_equal(p.tcp.mss, 1460);
    assert_int_equal(p.tcp.window_scale, 7);
    assert_int_equal(p.payload.n, 2);
    p = tcp_with(TCP_ACK, "\2\4\5\xb4\1\3\3\7", 8);
    assert_int_equal(p.tcp.mss, 0);
    assert_int_equal(p.tcp.window_scale, -1);
    p = tcp_with(TCP_ACK, "\1\1\x08\x0a\1\2\3\4\5\6\7\x08", 12);
    assert_int_equal(p.odds, 0);
    p = tcp_with(TCP_SYN, "\3\3\xff\0", 4);
    assert_int_equal(p.tcp.window_scale, 14);
    p = tcp_with(TCP_SYN, "\2\4\5\xb4\1\1\1\x08", 8);
    assert_true(has(&p, ODD_tcp_options_bad));
    p = tcp_with(TCP_ACK, "\x08\1\0\0", 4);
    assert_true(has(&p, ODD_tcp_options_bad));
    assert_true(p.has_transport);
}

static void tcp_broken(void **state)
{
    struct bytes f = {.n = 0};
    uint32_t at = ip4(&f, 6), up = tcp(&f, TCP_ACK);

    f.b[up + 12] = 0x40;
    ip_end(&f, at, up, 6);
    struct packet p = decode(101, &f);
    assert_true(has(&p, ODD_tcp_hdr_len));
    assert_true(p.has_ports && !p.has_transport);
    f.b[up + 12] = 0x60;
    p = decode(101, &f);
    assert_true(has(&p, ODD_tcp_hdr_len));
    f.b[up + 12] = 0x50;
    f.n = up + 19;
    ip_end(&f, at, 0, 0);
    p = decode(101, &f);
    assert_true(has(&p, ODD_tcp_short));
    assert_true(p.has_ports && !p.has_transport);
    f.n = up + 3;
    ip_end(&f, at, 0, 0);
    p = decode(101, &f);
    assert_false(p.has_ports);
    f.n = up + 20;
    set16(&f, up, 0);
    ip_end(&f, at, up, 6);
    p = decode(101, &f);
    assert_int_equal(p.odds, UINT64_C(1) << ODD_tcp_port_zero);
}

// The UDP length set to `length` in a packet that carries 15 bytes of UDP.
static struct packet udp_with(unsigned length)
{
    static struct bytes f;

    f = ip4_sample();
    set16(&f, 24, length);
    set16(&f, 26, 0);
    return decode(101, &f);
}

static void udp_lengths(void **state)
{
    struct packet p = udp_with(15);
    assert_int_equal(p.odds, 0); // also: no checksum is no wrong checksum
    p = udp_with(14);
    assert_int_equal(p.odds, UINT64_C(1) << ODD_udp_len_short);
    assert_int_equal(p.payload.n, 6);
    p = udp_with(16);
    assert_int_equal(p.odds, UINT64_C(1) << ODD_udp_len_long);
    assert_int_equal(p.payload.n, 7);
    assert_int_equal(p.payload_len, 7);
    p = udp_with(7);
    assert_int_equal(p.odds, UINT64_C(1) << ODD_udp_len_short);
    assert_true(p.has_ports && !p.has_transport);
    assert_int_equal(p.payload.n, 0);
    p = udp_with(0);
    assert_int_equal(p.odds, 0);
    assert_int_equal(p.payload.n, 7);
}

static void udp_broken(void **state)
{
    struct bytes f = ip4_sample();

    f.b[30] ^= 1;
    struct packet p = decode(101, &f);
    assert_int_equal(p.odds, UINT64_C(1) << ODD_udp_checksum);
    assert_true(p.checksum_bad);
    packet_decode(&p, 101, f.b, f.n - 1, f.n); // what is cut cannot be checked
    assert_int_equal(p.odds, UINT64_C(1) << ODD_frame_cut);
    assert_true(p.cut);
    assert_int_equal(p.payload.n, 6);
    assert_int_equal(p.payload_len, 7);
    f.n = 27;
    ip_end(&f, 0, 0, 0);
    p = decode(101, &f);
    assert_int_equal(p.odds, UINT64_C(1) << ODD_udp_short);
    assert_true(p.has_ports);
    f = ip4_sample();
    set16(&f, 22, 0);
    ip_end(&f, 0, 20, 17);
    assert_int_equal(decode(101, &f).odds, UINT64_C(1) << ODD_udp_port_zero);
}

static void other_transports(void **state)
{
    struct bytes f = {.n = 0};
    uint32_t at = ip4(&f, 132);

    PUT(&f, "\x0b\x80\x0b\x81tag.sum.chunk");
    ip_end(&f, at, 0, 0);
    struct packet p = decode(101, &f);
    assert_int_equal(p.odds, 0);
    assert_int_equal(p.sport, 0x0b80);
    assert_int_equal(p.dport, 0x0b81);
    assert_int_equal(p.payload.n, 5);
    check_cuts(101, &f);
    f.n = at + 31;
    ip_end(&f, at, 0, 0);
    p = decode(101, &f);
    assert_int_equal(p.odds, UINT64_C(1) << ODD_sctp_short);
    assert_true(p.has_ports);

    f.n = 0;
    at = ip4(&f, 89);
    PUT(&f, "routing news");
    ip_end(&f, at, 0, 0);
    p = decode(101, &f);
    assert_int_equal(p.odds, 0);
    assert_false(p.has_ports || p.has_transport);
    assert_int_equal(p.ip_proto, 89);
    assert_int_equal(p.payload.n, 12);
}

static void echoes(void **state)
{
    for (unsigned version = 4; version <= 6; version += 2) {
        struct bytes f = {.n = 0};
        unsigned proto = version == 6 ? 58 : 1;
        uint32_t at = version == 6 ? ip6(&f, proto) : ip4(&f, proto), up = f.n;
        put16(&f, version == 6 ? 0x8000 : 0x0800);
        PUT(&f, "\0\0\1\2\3\4ping");
        ip_end(&f, at, up, proto);
        struct packet p = decode(101, &f);
        assert_int_equal(p.odds, 0);
        assert_int_equal(p.icmp.type, version == 6 ? 128 : 8);
        assert_int_equal(p.icmp.id, 0x102);
        assert_int_equal(p.icmp.seq, 0x304);
        assert_int_equal(p.payload.n, 4);
        assert_false(p.has_ports);
        check_cuts(101, &f);
        f.b[f.n - 1] ^= 1;
        p = decode(101, &f);
        assert_int_equal(p.odds, UINT64_C(1) << ODD_icmp_checksum);
        f.n = up + 7;
        ip_end(&f, at, 0, 0);
        p = decode(101, &f);
        assert_int_equal(p.odds, UINT64_C(1) << ODD_icmp_short);
        assert_false(p.has_transport);
    }
}

static void joined_datagrams(void **state)
{
    struct bytes f = ip4_sample();
    struct packet p = ip4_with(6, 0x2000);

    assert_true(p.fragment);
    packet_transport(&p, slice_of(f.b + 20, f.n - 20));
    assert_false(p.fragment || p.more_fragments || p.cut);
    assert_true(p.has_ports && p.has_transport && !p.checksum_bad);
    assert_int_equal(p.sport, 5000);
    assert_ptr_equal(p.payload.p, f.b + 28);
    assert_int_equal(p.payload.n, 7);
    assert_null(p.frame.p);
    assert_int_equal(p.n_layers, 0);

    f = IP6_WITH(60, EXT("\x11")); // extension headers are joined, too
    p = decode(101, &f);
    p.ip_proto = 60;
    p.has_ports = false;
    packet_transport(&p, slice_of(f.b + 40, f.n - 40));
    assert_int_equal(p.dport, 6000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_is_not_odd),
        cmocka_unit_test(ip4_lengths),
        cmocka_unit_test(ip_version_against_link),
        cmocka_unit_test(ip4_header_checksum),
        cmocka_unit_test(ip4_flags),
        cmocka_unit_test(odd_ip4_addresses),
        cmocka_unit_test(ip4_options),
        cmocka_unit_test(ip4_source_route),
        cmocka_unit_test(ip6_extensions),
        cmocka_unit_test(ip6_extensions_end),
        cmocka_unit_test(ip6_lengths),
        cmocka_unit_test(ip6_fragments),
        cmocka_unit_test(tcp_flags),
        cmocka_unit_test(tcp_option_values),
        cmocka_unit_test(tcp_broken),
        cmocka_unit_test(udp_lengths),
        cmocka_unit_test(udp_broken),
        cmocka_unit_test(other_transports),
        cmocka_unit_test(echoes),
        cmocka_unit_test(joined_datagrams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
