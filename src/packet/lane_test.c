// SPDX-License-Identifier: Apache-2.0
// Tests of lanes: symmetric, spread, shared where they must be. That they agree with the
// decoder is checked on every beginning of every frame of the other tests (check_cuts).
#include "packet/check_test.h"

static uint32_t lane(uint16_t link, const struct bytes *f, struct udp_ends *udp)
{
    uint32_t got = packet_lane(link, f->b, f->n, 64, udp);
    struct packet p = decode(link, f);

    assert_int_equal(got, packet_lane_of(&p, 64));
    assert_true(got < 64);
    return got;
}

static void swap(struct bytes *f, uint32_t a, uint32_t b, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint8_t t = f->b[a + i];
        f->b[a + i] = f->b[b + i];
        f->b[b + i] = t;
    }
}

static void both_directions(void **state)
{
    struct udp_ends udp;

    for (unsigned i = 0; i < 200; i++) {
        struct bytes f = {.n = 0}, g = {.n = 0}, h = {.n = 0};
        udp_packet(&f, 4);
        f.b[15] = (uint8_t)i;
        f.b[18] = (uint8_t)(i * 7);
        uint32_t before = lane(101, &f, &udp);
        swap(&f, 12, 16, 4);
        assert_int_equal(lane(101, &f, &udp), before);
        udp_packet(&g, 6);
        g.b[20] = (uint8_t)i;
        before = lane(101, &g, &udp);
        swap(&g, 8, 24, 16);
        assert_int_equal(lane(101, &g, &udp), before);
        ether(&h, 0x88b8);
        h.b[5] = (uint8_t)i;
        before = lane(1, &h, &udp);
        swap(&h, 0, 6, 6);
        assert_int_equal(lane(1, &h, &udp), before);
    }
}

static void hosts_are_spread(void **state)
{
    uint32_t hits[64] = {0}, most = 0, least = UINT32_MAX;
    struct udp_ends udp;

    for (unsigned i = 0; i < 6400; i++) {
        struct bytes f = {.n = 0};
        udp_packet(&f, 4);
        set16(&f, 18, i);
        hits[lane(101, &f, &udp)]++;
    }
    for (unsigned i = 0; i < 64; i++) {
        most = max_u32(most, hits[i]);
        least = min_u32(least, hits[i]);
    }
    assert_true(most < 150 && least > 60); // 100 on average
}

// The tag and the link do not matter: mirrors tag one direction only.
static void tags_do_not_matter(void **state)
{
    struct bytes f = {.n = 0}, g = {.n = 0}, h = {.n = 0};
    struct udp_ends udp;

    udp_packet(&f, 4);
    ether(&g, 0x8100);
    put32(&g, 0x00058100);
    put32(&g, 0x00060800);
    udp_packet(&g, 4);
    ether(&h, 0x8847);
    put32(&h, 0x00001140);
    udp_packet(&h, 4);
    assert_int_equal(lane(1, &g, &udp), lane(101, &f, &udp));
    assert_int_equal(lane(1, &h, &udp), lane(101, &f, &udp));
}

static void shared_lanes(void **state)
{
    struct udp_ends udp;
    struct bytes f = {.n = 0};

    ether(&f, 0x8892);
    put16(&f, 0xfefe);
    uint32_t dcp = lane(1, &f, &udp);
    for (unsigned id = 0xfefc; id <= 0xfeff; id++) {
        set16(&f, 14, id);
        f.b[0]++;
        assert_int_equal(lane(1, &f, &udp), dcp);
    }
    unsigned others = 0;
    for (unsigned i = 0; i < 20; i++) { // cyclic data goes by its pair
        set16(&f, 14, 0x8000);
        f.b[0]++;
        others += lane(1, &f, &udp) != dcp;
    }
    assert_true(others > 15);
    set16(&f, 12, 0x0806);
    uint32_t arp = lane(1, &f, &udp);
    f.b[0]++;
    assert_int_equal(lane(1, &f, &udp), arp);
    assert_false(udp.has_ports);
    f.n = 3;
    assert_int_equal(lane(1, &f, &udp), 0);
}

static void ends_of_udp(void **state)
{
    struct udp_ends udp;

    for (unsigned version = 4; version <= 6; version += 2) {
        struct bytes f = {.n = 0};
        ether(&f, version == 6 ? 0x86dd : 0x0800);
        udp_packet(&f, version);
        memset(&udp, 0xa5, sizeof udp);
        lane(1, &f, &udp);
        assert_true(udp.has_ports);
        struct packet p = decode(1, &f);
        assert_true(addr_equal(&udp.src, &p.src) && addr_equal(&udp.dst, &p.dst));
        assert_int_equal(udp.sport, 5000);
        assert_int_equal(udp.dport, 6000);
    }
    struct bytes f = {.n = 0};
    udp_packet(&f, 4);
    f.b[6] = 0x20; // a fragment
    lane(101, &f, &udp);
    assert_false(udp.has_ports);
    f.b[6] = 0;
    set16(&f, 2, 23); // its length ends inside the ports
    lane(101, &f, &udp);
    assert_false(udp.has_ports);
    set16(&f, 2, 24);
    lane(101, &f, &udp);
    assert_true(udp.has_ports);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions),    cmocka_unit_test(hosts_are_spread),
        cmocka_unit_test(tags_do_not_matter), cmocka_unit_test(shared_lanes),
        cmocka_unit_test(ends_of_udp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
