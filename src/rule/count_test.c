// SPDX-License-Identifier: Apache-2.0
// Options about counts of conversations, VLANs, addresses, and the entropy of bytes.
#include "rule/example_test.h"

#define SURICATA "# dialect: suricata\n"

static void conversations(void **state)
{
    struct lab l;

    lab_open(&l,
             SURICATA "alert udp any any -> any any (flow.age:>2; sid:1;)\n"
                      "alert udp any any -> any any (flow.pkts:toserver,=3; sid:2;)\n"
                      "alert udp any any -> any any (flow.pkts_toclient:>3; sid:3;)\n"
                      "alert udp any any -> any any (flow.pkts:either,5; sid:4;)\n"
                      "alert udp any any -> any any (flow.bytes:toclient,<100; sid:5;)\n"
                      "alert udp any any -> any any (flow.bytes_toserver:100-200; sid:6;)\n");
    l.flow.orig_end = 1;
    l.flow.end[1].pkts = 3;
    l.flow.end[1].ip_bytes = 150;
    l.flow.end[0].pkts = 4;
    l.flow.end[0].ip_bytes = 100;
    l.talk.first = 10 * SECOND + SECOND / 2;
    l.packet.ts = 12 * SECOND + SECOND / 2;
    assert_string_equal(lab_udp(&l, "", 0), "2 3 6");
    l.flow.end[0].pkts = 5;
    l.flow.end[0].ip_bytes = 99;
    l.packet.ts = 13 * SECOND; // seconds that began
    assert_string_equal(lab_udp(&l, "", 0), "1 2 3 4 5 6");
    lab_close(&l);
}

// A frame with so many tags, ids 100, 200, ...
static void tag(struct packet *k, uint8_t frame[64], unsigned tags)
{
    k->n_layers = 0;
    k->n_vlan = (uint8_t)tags;
    k->frame = slice_of(frame, 64);
    for (unsigned i = 0; i < tags; i++) {
        uint16_t id = (uint16_t)(0x2000 + (i + 1) * 100); // with a priority
        frame[14 + i * 4] = (uint8_t)(id >> 8);
        frame[15 + i * 4] = (uint8_t)id;
        k->layer[k->n_layers++] = (struct layer){LAYER_VLAN, 14 + i * 4, 4};
    }
}

static void vlans(void **state)
{
    uint8_t frame[64] = {0};
    struct lab l;

    lab_open(&l, SURICATA "alert udp any any -> any any (vlan.id:200; sid:1;)\n"
                          "alert udp any any -> any any (vlan.id:200,0; sid:2;)\n"
                          "alert udp any any -> any any (vlan.id:>100,-1; sid:3;)\n"
                          "alert udp any any -> any any (vlan.id:<300,all; sid:4;)\n"
                          "alert udp any any -> any any (vlan.id:!200,any; sid:5;)\n"
                          "alert udp any any -> any any (vlan.layers:0; sid:6;)\n"
                          "alert udp any any -> any any (vlan.layers:>2; vlan.id:300,2; "
                          "sid:7;)\n");
    assert_string_equal(lab_udp(&l, "", 0), "6");
    tag(&l.packet, frame, 1);
    assert_string_equal(lab_udp(&l, "", 0), "4 5");
    tag(&l.packet, frame, 2);
    assert_string_equal(lab_udp(&l, "", 0), "1 3 4 5");
    tag(&l.packet, frame, 3);
    assert_string_equal(lab_udp(&l, "", 0), "1 3 5 7");
    l.packet.frame = (struct slice){0}; // it was joined
    l.packet.n_layers = 0;
    l.packet.n_vlan = 1;
    l.packet.vlan[0] = 200;
    assert_string_equal(lab_udp(&l, "", 0), "1 2 3 4");
    lab_close(&l);
}

static void addresses(void **state)
{
    static const uint8_t header[40] = {0x45, [12] = 10, 0, 0, 1, 10, 0, 0, 2, [23] = 7};
    struct lab l;

    lab_open(
        &l, SURICATA
        "alert udp any any -> any any (ip.src; content:\"|0a 00 00 01|\"; bsize:4; sid:1;)\n"
        "alert udp any any -> any any (ip.dst; content:\"|02|\"; endswith; bsize:4; "
        "sid:2;)\n"
        "alert udp any any -> any any (ip.src; content:\"|07|\"; endswith; bsize:16; "
        "sid:3;)\n");
    l.packet.frame = slice_of(header, sizeof(header));
    l.packet.n_layers = 1;
    l.packet.layer[0] = (struct layer){LAYER_IP4, 0, 20};
    assert_string_equal(lab_udp(&l, "", 0), "1 2");
    l.packet.net = NET_IP6;
    l.packet.layer[0] = (struct layer){LAYER_IP6, 0, 40};
    assert_string_equal(lab_udp(&l, "", 0), "3");
    lab_close(&l);
}

static void other_headers(void **state)
{
    static const uint8_t frame[] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x16, 0, 9, 4};
    struct lab l;

    lab_open(&l, SURICATA
             "alert ip any any -> any any (ether.hdr; content:\"|02 00 00 00 00 02|\"; "
             "offset:6; bsize:14; sid:1;)\n"
             "alert ip any any -> any any (igmp.type:0x16; igmp.hdr; content:\"|09 04|\"; "
             "endswith; bsize:4; sid:2;)\n"
             "alert ip any any -> any any (igmp.type:!0x16; sid:3;)\n");
    l.packet.ip_proto = PROTO_IGMP;
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "");
    l.packet.frame = slice_of(frame, sizeof(frame));
    l.packet.n_layers = 2;
    l.packet.layer[0] = (struct layer){LAYER_ETHER, 0, 14};
    l.packet.layer[1] = (struct layer){LAYER_IGMP, 14, 4};
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "1 2");
    lab_close(&l);
}

static void entropy(void **state)
{
    struct lab l;

    lab_open(&l, SURICATA
             "alert udp any any -> any any (pkt_data; entropy:value = 2; sid:1;)\n"
             "alert udp any any -> any any (pkt_data; entropy:value < 0.1; sid:2;)\n"
             "alert udp any any -> any any (pkt_data; entropy:value 1.5-2.5; sid:3;)\n"
             "alert udp any any -> any any (pkt_data; entropy:value !1.5-2.5; sid:4;)\n"
             "alert udp any any -> any any (pkt_data; entropy:offset 2, value >= 1; sid:5;)\n"
             "alert udp any any -> any any (pkt_data; entropy:bytes 2, value <=1; sid:6;)\n"
             "alert udp any any -> any any (pkt_data; to_lowercase; entropy:value != 0; "
             "sid:7;)\n");
    assert_string_equal(lab_udp(&l, "abcd", 4), "1 3 5 6 7");
    assert_string_equal(lab_udp(&l, "aaaA", 4), "4 5 6");
    assert_string_equal(lab_udp(&l, "aa", 2), "2 4 6");
    assert_string_equal(lab_udp(&l, "", 0), "");
    lab_close(&l);
}

static void what_is_refused(void **state)
{
    static const char *const wrong[] = {
        "entropy;",         "entropy:value > x;", "entropy:value 5-4;",    "entropy:value > 9;",
        "entropy:bytes 4;", "vlan.id:4096;",      "vlan.id:1,3;",          "vlan.id:1,-4;",
        "vlan.id;",         "flow.pkts:>3;",      "flow.pkts:sideways,3;", "flow.age;",
        "vlan.layers:x;",
    };

    check_refused(wrong, COUNT_OF(wrong));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversations), cmocka_unit_test(vlans),
        cmocka_unit_test(addresses),     cmocka_unit_test(other_headers),
        cmocka_unit_test(entropy),       cmocka_unit_test(what_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
