// SPDX-License-Identifier: Apache-2.0
// Tests of each link type: what is found behind it, its addresses, its odds, all its
// beginnings.
#include "packet/check_test.h"

// What stands behind the packet in these frames need not be zero.
static const uint64_t filled = UINT64_C(1) << ODD_pad_nonzero;

static void expect_udp(uint16_t link, const struct bytes *f, unsigned version)
{
    struct packet p = decode(link, f);

    assert_int_equal(p.odds & ~filled, 0);
    assert_int_equal(p.net, version == 6 ? NET_IP6 : NET_IP4);
    assert_int_equal(p.src.kind, version == 6 ? ADDR_IP6 : ADDR_IP4);
    assert_int_equal(p.src.b[version == 6 ? 15 : 3], 1);
    assert_int_equal(p.dst.b[version == 6 ? 15 : 3], 2);
    assert_true(p.has_ports && p.has_transport && !p.cut && !p.fragment);
    assert_int_equal(p.sport, 5000);
    assert_int_equal(p.dport, 6000);
    assert_int_equal(p.payload.n, 7);
    assert_int_equal(p.payload_len, 7);
    assert_memory_equal(p.payload.p, "payload", 7);
    assert_int_equal(p.layer[p.n_layers - 1].kind, LAYER_UDP);
    check_packet(&p);
    check_cuts(link, f);
}

static struct packet expect_ether(uint16_t link, const struct bytes *f, unsigned type,
                                  const char *service)
{
    struct packet p = decode(link, f);

    assert_int_equal(p.net, NET_ETHER);
    assert_int_equal(p.ether_type, type);
    assert_string_equal(packet_ether_service(p.ether_type, p.dlt_service), service);
    assert_false(p.has_ports);
    check_packet(&p);
    check_cuts(link, f);
    return p;
}

static void ethernet(void **state)
{
    for (unsigned version = 4; version <= 6; version += 2) {
        struct bytes f = {.n = 0};
        ether(&f, version == 6 ? 0x86dd : 0x0800);
        udp_packet(&f, version);
        expect_udp(1, &f, version);
        PUT(&f, "padding that is not payload"); // an Ethernet frame's filling
        struct packet p = decode(1, &f);
        assert_int_equal(p.odds, filled);
        assert_int_equal(p.payload.n, 7);
        assert_memory_equal(p.src_mac.b, MAC_A, 6);
        assert_memory_equal(p.dst_mac.b, MAC_B, 6);
        assert_int_equal(p.ether_type, version == 6 ? 0x86dd : 0x0800);
    }
}

static void vlan_stacks(void **state)
{
    static const uint16_t tag[] = {0x8100, 0x88a8, 0x9100, 0x9200};

    for (unsigned n = 1; n <= 6; n++) {
        struct bytes f = {.n = 0};
        ether(&f, tag[0]);
        for (unsigned i = 0; i < n; i++) {
            put16(&f, 0xe000 | (100 + i)); // with priority bits
            put16(&f, i + 1 < n ? tag[(i + 1) % 4] : 0x0800);
        }
        udp_packet(&f, 4);
        struct packet p = decode(1, &f);
        assert_int_equal(has(&p, ODD_vlan_deep), n > 3);
        if (n <= 3)
            expect_udp(1, &f, 4);
        assert_int_equal(p.sport, 5000);
        assert_int_equal(p.n_vlan, n);
        assert_int_equal(p.vlan[0], 100);
        assert_int_equal(p.vlan[1], n > 1 ? 101 : 0);
    }
}

// The tags of redundant rings and of port extenders, alone and around a VLAN's.
static void other_tags(void **state)
{
    static const struct {
        uint16_t type;
        const char *tag;
        uint32_t n;
    } known[] = {{0x892f, "\x10\x34\x00\x07", 4}, {0x893f, "\x00\x00\x00\x01\x00\x00", 6}};

    for (unsigned i = 0; i < COUNT_OF(known); i++) {
        for (unsigned vlan = 0; vlan < 2; vlan++) {
            struct bytes f = {.n = 0};
            ether(&f, known[i].type);
            put(&f, known[i].tag, known[i].n);
            if (vlan)
                put32(&f, 0x81000064);
            put16(&f, 0x0800);
            udp_packet(&f, 4);
            struct packet p = decode(1, &f);
            expect_udp(1, &f, 4);
            assert_int_equal(p.sport, 5000);
            assert_int_equal(p.n_vlan, vlan);
        }
        struct bytes cut = {.n = 0};
        ether(&cut, known[i].type);
        put(&cut, known[i].tag, known[i].n);
        struct packet p = decode(1, &cut);
        assert_int_equal(p.net, NET_ETHER);
        assert_int_equal(p.ether_type, known[i].type);
        assert_true(has(&p, ODD_frame_short));
    }
}

static void endless_tags_end(void **state)
{
    struct bytes f = {.n = 0};

    ether(&f, 0x8100);
    while (f.n + 4 <= sizeof f.b)
        put32(&f, 0x00018100);
    struct packet p = decode(1, &f);
    assert_int_equal(p.net, NET_ETHER);
    assert_int_equal(p.n_vlan, 255);
    check_packet(&p);
}

static void ethernet_without_ip(void **state)
{
    static const struct {
        uint16_t type;
        const char *service;
        uint8_t layer;
    } known[] = {{0x0806, "arp", LAYER_ARP},           {0x88cc, "lldp", LAYER_LLDP},
                 {0x8892, "profinet", LAYER_PROFINET}, {0x888e, "eapol", LAYER_ETHER},
                 {0x88b8, "goose", LAYER_ETHER},       {0x8863, "pppoe", LAYER_ETHER},
                 {0x1234, "unknown", LAYER_ETHER}};

    for (unsigned i = 0; i < COUNT_OF(known); i++) {
        struct bytes f = {.n = 0};
        ether(&f, known[i].type);
        PUT(&f, "\xfe\xfe and forty-four more bytes that need no sense");
        struct packet p = expect_ether(1, &f, known[i].type, known[i].service);
        assert_int_equal(p.odds & ~filled, 0);
        assert_int_equal(p.src.kind, ADDR_MAC);
        assert_memory_equal(p.src.b, MAC_A, 6);
        assert_memory_equal(p.dst.b, MAC_B, 6);
        assert_int_equal(p.layer[p.n_layers - 1].kind, known[i].layer);
        assert_ptr_equal(p.payload.p, f.b + 14);
        assert_int_equal(p.payload.n, f.n - 14);
    }
}

static void llc_services(void **state)
{
    static const struct {
        const char *head;
        const char *service;
    } known[] = {{"\x42\x42\x03.....", "stp"},     {"\xfe\xfe\x03.....", "isis"},
                 {"\xe0\xe0\x03.....", "ipx"},     {"\xff\xff\x01.....", "ipx"},
                 {"\xf0\xf0\x2c.....", "netbeui"}, {"\xaa\xaa\x03\x01\x00\x0c\x20\x00", "llc"},
                 {"\x10\x10\x03.....", "llc"}};

    for (unsigned i = 0; i < COUNT_OF(known); i++) {
        struct bytes f = {.n = 0};
        ether(&f, 8 + 12);
        put(&f, known[i].head, 8);
        PUT(&f, "bridge data.");
        PUT(&f, "padding");
        struct packet p = expect_ether(1, &f, 0, known[i].service);
        assert_int_equal(p.odds & ~filled, 0);
        assert_memory_equal(p.src.b, MAC_A, 6);
        assert_ptr_equal(p.payload.p + p.payload.n, f.b + 14 + 20);
    }
    struct bytes f = {.n = 0};
    ether(&f, 12);
    PUT(&f, "\xaa\xaa\x03\x00\x00\x0c\x20\x00"
            "cdp.");
    expect_ether(1, &f, 0, "cdp");
    set16(&f, 12, 200);
    struct packet p = decode(1, &f);
    assert_true(has(&p, ODD_llc_len_long));
}

static void snap_carries_ip(void **state)
{
    for (unsigned oui = 0; oui <= 0xf8; oui += 0xf8) {
        struct bytes f = {.n = 0};
        ether(&f, 8 + 35);
        PUT(&f, "\xaa\xaa\x03");
        put8(&f, 0);
        put16(&f, oui);
        put16(&f, 0x0800);
        udp_packet(&f, 4);
        PUT(&f, "pad");
        expect_udp(1, &f, 4);
        assert_int_equal(decode(1, &f).ether_type, 0x0800);
    }
}

static void cooked_links(void **state)
{
    struct bytes f = {.n = 0}, g = {.n = 0};

    PUT(&f, "\0\0\0\x01\0\x06" MAC_A "\0\0\x08\0");
    udp_packet(&f, 4);
    expect_udp(113, &f, 4);
    assert_memory_equal(decode(113, &f).src_mac.b, MAC_A, 6);
    set16(&f, 14, 0x0806);
    struct packet p = expect_ether(113, &f, 0x0806, "arp");
    assert_int_equal(p.src.kind, ADDR_MAC);
    assert_int_equal(p.dst.kind, ADDR_NONE);
    set16(&f, 14, 4); // LLC
    f.n = 16;
    PUT(&f, "\x42\x42\x03...");
    expect_ether(113, &f, 0, "stp");

    PUT(&g, "\x86\xdd\0\0\0\0\0\x07\0\x01\0\x06" MAC_A "\0\0");
    udp_packet(&g, 6);
    expect_udp(276, &g, 6);
    set16(&g, 0, 4);
    set16(&g, 8, 824); // netlink
    assert_int_equal(decode(276, &g).net, NET_NONE);
}

static void raw_and_loopback(void **state)
{
    static const struct {
        uint16_t link;
        const char *family; // NULL: none
        uint8_t version;
    } known[] = {{101, NULL, 4},       {101, NULL, 6},       {12, NULL, 4},
                 {14, NULL, 6},        {228, NULL, 4},       {229, NULL, 6},
                 {0, "\2\0\0\0", 4},   {0, "\0\0\0\2", 4},   {108, "\0\0\0\2", 4},
                 {0, "\x1e\0\0\0", 6}, {0, "\0\0\0\x18", 6}, {108, "\0\0\0\x1c", 6},
                 {0, "\x0a\0\0\0", 6}};

    for (unsigned i = 0; i < COUNT_OF(known); i++) {
        struct bytes f = {.n = 0};
        if (known[i].family)
            put(&f, known[i].family, 4);
        udp_packet(&f, known[i].version);
        expect_udp(known[i].link, &f, known[i].version);
        assert_int_equal(decode(known[i].link, &f).ether_type, 0);
    }
    struct bytes f = {.n = 0};
    PUT(&f, "\2\0\0\2");
    udp_packet(&f, 4);
    assert_int_equal(decode(0, &f).net, NET_NONE);
    check_cuts(0, &f);
    assert_int_equal(decode(4711, &f).net, NET_NONE);
    check_cuts(4711, &f);
}

static void ppp_links(void **state)
{
    static const char *const head[] = {"\xff\x03\x00\x21", "\xff\x03\x21", "\x21"};
    static const uint8_t n[] = {4, 3, 1};

    for (unsigned i = 0; i < 3; i++) {
        struct bytes f = {.n = 0};
        put(&f, head[i], n[i]);
        udp_packet(&f, 4);
        expect_udp(9, &f, 4);
        expect_udp(50, &f, 4);
    }
    struct bytes f = {.n = 0}, g = {.n = 0};
    PUT(&f, "\xff\x03\xc0\x21\x01\x01\x00\x04");
    struct packet p = expect_ether(9, &f, 0, "ppp_control");
    assert_int_equal(p.src.kind, ADDR_NONE);
    assert_int_equal(p.payload.n, 4);
    PUT(&g, "\x0f\x00\x08\x00");
    udp_packet(&g, 4);
    expect_udp(50, &g, 4);
    expect_udp(104, &g, 4);
}

static void pppoe_sessions(void **state)
{
    struct bytes f = {.n = 0};

    ether(&f, 0x8864);
    PUT(&f, "\x11\x00\x00\x07\x00\x25\x00\x21");
    udp_packet(&f, 4);
    PUT(&f, "padding");
    expect_udp(1, &f, 4);
    set16(&f, 20, 0xc021);
    struct packet p = expect_ether(1, &f, 0x8864, "ppp_control");
    assert_memory_equal(p.src.b, MAC_A, 6);
}

static void mpls_labels(void **state)
{
    for (unsigned labels = 1; labels < 10; labels++) {
        struct bytes f = {.n = 0};
        ether(&f, 0x8847);
        for (unsigned i = 0; i < labels; i++)
            put32(&f, 0x12345040 | (i + 1 == labels ? 0x100u : 0));
        udp_packet(&f, labels & 1 ? 4 : 6);
        struct packet p = decode(1, &f);
        assert_int_equal(has(&p, ODD_mpls_deep), labels > 8);
        if (labels <= 8)
            expect_udp(1, &f, labels & 1 ? 4 : 6);
    }
    for (unsigned control = 0; control < 2; control++) { // a pseudowire
        struct bytes f = {.n = 0};
        PUT(&f, "\2\2\2\2\2\3\2\2\2\2\2\2");
        put16(&f, 0x8848);
        put32(&f, 0x12345140);
        if (control)
            put32(&f, 0);
        ether(&f, 0x0800);
        udp_packet(&f, 4);
        expect_udp(1, &f, 4);
        assert_memory_equal(decode(1, &f).src_mac.b, MAC_A, 6);
    }
    struct bytes f = {.n = 0};
    ether(&f, 0x8847);
    put32(&f, 0x00001140);
    PUT(&f, "\x10\0\0\x21who knows what this is");
    expect_ether(1, &f, 0x8847, "mpls");
}

static void short_headers(void **state)
{
    struct bytes f = {.n = 0};
    struct packet p;

    ether(&f, 0x8100);
    f.n = 13;
    p = decode(1, &f);
    assert_int_equal(p.net, NET_NONE);
    assert_true(has(&p, ODD_frame_short));
    packet_decode(&p, 1, f.b, f.n, 60);
    assert_false(has(&p, ODD_frame_short));
    assert_true(has(&p, ODD_frame_cut));
    f.n = 16;
    p = decode(1, &f);
    assert_int_equal(p.net, NET_ETHER);
    assert_true(has(&p, ODD_frame_short));
    check_cuts(1, &f);
}

#define MAC_C "\x02\x00\x00\x00\x00\x0c"
#define MAC_D "\x02\x00\x00\x00\x00\x0d"

static void wlan_data_frames(void **state)
{
    static const struct {
        uint8_t bits;
        const char *address;
    } way[] = {{0, MAC_B MAC_A MAC_C},
               {2, MAC_B MAC_C MAC_A},
               {1, MAC_C MAC_A MAC_B},
               {3, MAC_C MAC_D MAC_B}};

    for (unsigned i = 0; i < 8; i++) {
        bool qos = i & 4;
        struct bytes f = {.n = 0};
        put8(&f, qos ? 0x88 : 0x08);
        put8(&f, way[i & 3].bits);
        put16(&f, 0);
        put(&f, way[i & 3].address, 18);
        put16(&f, 0x1000);
        if ((i & 3) == 3)
            PUT(&f, MAC_A);
        if (qos)
            put16(&f, 0);
        PUT(&f, "\xaa\xaa\x03\0\0\0\x08\0");
        udp_packet(&f, 4);
        PUT(&f, "FCS.");
        expect_udp(105, &f, 4);
        struct packet p = decode(105, &f);
        assert_memory_equal(p.src_mac.b, MAC_A, 6);
        assert_memory_equal(p.dst_mac.b, MAC_B, 6);
        f.b[1] |= 0x40; // protected
        expect_ether(105, &f, 0, "wlan");
        assert_memory_equal(decode(105, &f).src.b, MAC_A, 6);
    }
}

static void wlan_bundles(void **state)
{
    struct bytes f = {.n = 0};

    PUT(&f, "\x88\x01\0\0" MAC_C MAC_D MAC_C "\0\x10\x80\0");
    PUT(&f, MAC_B MAC_A "\0\x2b\xaa\xaa\x03\0\0\0\x08\0");
    udp_packet(&f, 4);
    PUT(&f, "another subframe");
    expect_udp(105, &f, 4);
    assert_memory_equal(decode(105, &f).src_mac.b, MAC_A, 6);
}

static void wlan_other_frames(void **state)
{
    struct bytes f = {.n = 0}, g = {.n = 0};

    PUT(&f, "\x80\0\0\0" MAC_B MAC_A MAC_A "\0\0beacon");
    struct packet p = expect_ether(105, &f, 0, "wlan");
    assert_memory_equal(p.src.b, MAC_A, 6);
    PUT(&g, "\xd4\0\0\0" MAC_B); // an acknowledgement says only to whom
    p = expect_ether(105, &g, 0, "wlan");
    assert_int_equal(p.src.kind, ADDR_NONE);
    assert_memory_equal(p.dst.b, MAC_B, 6);
    g.b[0] = 0xb4; // a request to send also who
    PUT(&g, MAC_A);
    p = expect_ether(105, &g, 0, "wlan");
    assert_memory_equal(p.src.b, MAC_A, 6);
}

// Two words of fields, an aligned timestamp, then the flags: FCS, and padding of the MAC
// header.
static void radiotap_flags_count(void **state)
{
    struct bytes f = {.n = 0};

    PUT(&f, "\0\0\x1a\0\x03\0\0\x80\0\0\0\0....");
    PUT(&f, "TTTTTTTT\x30.");
    PUT(&f, "\x88\x01\0\0" MAC_C MAC_A MAC_B "\0\0\0\0");
    PUT(&f, "\0\0\xaa\xaa\x03\0\0\0\x08\x06"); // 26 bytes of header, 2 of padding
    PUT(&f, "question FCS.");
    struct packet p = expect_ether(127, &f, 0x0806, "arp");
    assert_int_equal(p.payload.n, 9);
    assert_int_equal(p.odds, 0);
    f.b[2] = 0xff;
    p = decode(127, &f);
    assert_int_equal(p.net, NET_NONE);
    assert_true(has(&p, ODD_radiotap_bad));
    f.b[2] = 9; // its fields do not fit
    p = decode(127, &f);
    assert_true(has(&p, ODD_radiotap_bad));
    check_cuts(127, &f);
}

static void names_are_there(void **state)
{
    for (unsigned i = 0; i < LAYERS; i++)
        assert_non_null(layer_name[i]);
    for (unsigned i = 0; i < 256; i++)
        assert_non_null(packet_ether_service(0, (uint8_t)i));
    assert_string_equal(packet_ether_service(0, 0), "unknown");
    assert_string_equal(packet_ether_service(0xffff, 0), "unknown");
    assert_string_equal(packet_ether_service(0x9000, 0), "loopback");
    assert_string_equal(packet_ether_service(0x88cd, 0), "sercos");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ethernet),
        cmocka_unit_test(vlan_stacks),
        cmocka_unit_test(other_tags),
        cmocka_unit_test(endless_tags_end),
        cmocka_unit_test(ethernet_without_ip),
        cmocka_unit_test(llc_services),
        cmocka_unit_test(snap_carries_ip),
        cmocka_unit_test(cooked_links),
        cmocka_unit_test(raw_and_loopback),
        cmocka_unit_test(ppp_links),
        cmocka_unit_test(pppoe_sessions),
        cmocka_unit_test(mpls_labels),
        cmocka_unit_test(short_headers),
        cmocka_unit_test(wlan_data_frames),
        cmocka_unit_test(wlan_bundles),
        cmocka_unit_test(wlan_other_frames),
        cmocka_unit_test(radiotap_flags_count),
        cmocka_unit_test(names_are_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
