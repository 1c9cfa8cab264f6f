// SPDX-License-Identifier: Apache-2.0
// The pcapng format: sections, interfaces, resolutions, kinds of blocks; damage and cuts.
#include "capture/made_test.h"

static struct made m;

static void start(bool big)
{
    m.n = 0;
    section_block(&m, big);
}

static nsec time_with(unsigned resolution, int64_t offset, uint64_t units, bool big)
{
    struct seen s;

    start(big);
    interface_block(&m, 1, 0, resolution, offset);
    packet_block(&m, 0, units, 1, 20);
    s = read_made(&m);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.totals.damages, 0);
    return s.frame[0].ts;
}

static void test_resolutions(void **state)
{
    for (int big = 0; big < 2; big++) {
        assert_int_equal(time_with(6, 0, 1700000000123456, big), 1700000000123456000);
        assert_int_equal(time_with(9, 0, 1700000000123456789, big), 1700000000123456789);
        assert_int_equal(time_with(0, 0, 1700000000, big), 1700000000 * SECOND);
        assert_int_equal(time_with(12, 0, 1234567890123456, big), 1234567890123);
        assert_int_equal(time_with(0x80 | 20, 0, (5 << 20) + (1 << 19), big),
                         5 * SECOND + SECOND / 2);
        assert_int_equal(time_with(3, 1000, 2500, big), 1002 * SECOND + SECOND / 2);
        assert_int_equal(time_with(6, -1, 3000000, big), 2 * SECOND);
    }
}

static void test_times_stay_in_range(void **state)
{
    assert_int_equal(time_with(0, 0, UINT64_MAX, false), (nsec)1 << 62);
    assert_int_equal(time_with(0x80, INT64_MAX, UINT64_MAX, false), (nsec)1 << 62);
    assert_int_equal(time_with(6, INT64_MIN, 5, false), 0);
    assert_int_equal(time_with(127, 0, UINT64_MAX, false), 0);
    assert_int_equal(time_with(0xFF, 0, UINT64_MAX, false), 0);
}

static void old_packet_block(uint16_t id, uint64_t units, uint32_t n)
{
    size_t at = block_begin(&m, 2);

    put16(&m, id);
    put16(&m, 99); // drops
    put32(&m, (uint32_t)(units >> 32));
    put32(&m, (uint32_t)units);
    put32(&m, n);
    put32(&m, n);
    put_data(&m, 0x55, n);
    block_end(&m, at);
}

static void simple_block(uint32_t wire, uint32_t n)
{
    size_t at = block_begin(&m, 3);

    put32(&m, wire);
    put_data(&m, 0x77, n);
    block_end(&m, at);
}

static void unknown_block(uint32_t n)
{
    size_t at = block_begin(&m, 0x0BAD);

    put_data(&m, 0, n);
    block_end(&m, at);
}

// Two sections with different byte orders and two interfaces each.
static void everything(void)
{
    start(true);
    interface_block(&m, 1, 0, 6, 0);
    unknown_block(40);
    interface_block(&m, 113, 96, 0x80 | 20, 0);
    packet_block(&m, 0, 1000000, 0x11, 21);
    packet_block(&m, 1, 2 << 20, 0x22, 22);
    unknown_block(0);
    section_block(&m, false);
    interface_block(&m, 101, 48, 9, 0);
    interface_block(&m, 228, 0, 6, 0);
    old_packet_block(1, 3000000, 23);
    simple_block(500, 48);
    simple_block(24, 24);
}

static void test_everything(void **state)
{
    static const struct {
        uint16_t link;
        uint8_t seconds, first, n;
        uint16_t wire;
    } want[] = {
        {1, 1, 0x11, 21, 25},    {113, 2, 0x22, 22, 26}, {228, 3, 0x55, 23, 23},
        {101, 3, 0x77, 48, 500}, {101, 3, 0x77, 24, 24},
    };
    struct seen s;

    everything();
    s = read_made(&m);
    assert_int_equal(s.totals.damages, 0);
    assert_int_equal(s.n, COUNT_OF(want));
    for (uint32_t i = 0; i < s.n; i++) {
        assert_int_equal(s.frame[i].link, want[i].link);
        assert_int_equal(s.frame[i].ts, want[i].seconds * SECOND);
        assert_int_equal(s.first[i], want[i].first);
        assert_int_equal(s.frame[i].n, want[i].n);
        assert_int_equal(s.frame[i].wire_len, want[i].wire);
    }
}

static void test_cut_at_every_byte(void **state)
{
    uint32_t before = 0;

    everything();
    for (size_t n = 0; n <= m.n; n++) {
        struct seen s = read_bytes(m.p, n, 3);

        assert_int_equal(s.opened, n >= 24);
        assert_true(s.opened ? s.n >= before && s.n <= before + 1 : s.n == 0);
        assert_true(s.totals.damages <= 1);
        before = s.n;
    }
    assert_int_equal(before, 5);
    assert_int_equal(read_bytes(m.p, m.n - 1, 3).n, 4);
    assert_int_equal(read_bytes(m.p, m.n - 1, 3).totals.damages, 1);
}

static void test_long_blocks_are_passed(void **state)
{
    static uint8_t file[3 * 1024 * 1024];
    const uint32_t n = 2 * 1024 * 1024;
    struct seen s;
    size_t head;
    size_t tail;

    start(false);
    interface_block(&m, 1, 0, 6, 0);
    head = m.n;
    put32(&m, 0x0BAD);
    put32(&m, n);
    memcpy(file, m.p, m.n);
    m.n = 0;
    put32(&m, n);
    packet_block(&m, 0, 7, 1, 33);
    tail = m.n;
    memcpy(file + head + n - 4, m.p, tail);
    s = read_bytes(file, head + n - 4 + tail, 512);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.totals.damages, 0);
    s = read_bytes(file, head + n - 4, 512);
    assert_int_equal(s.totals.damages, 1);
    assert_says(s.totals.damaged.text, "a block of 2097152 bytes ends behind it");
    file[head + n - 4] ^= 4;
    s = read_bytes(file, head + n - 4 + tail, 512);
    assert_says(s.totals.damaged.text, "2097152 bytes at its start and 2097156 at its end");
}

static void damage(size_t at, uint32_t value, const char *sentence)
{
    struct seen s;
    char place[64];
    size_t second;

    start(false);
    interface_block(&m, 1, 0, 6, 0);
    packet_block(&m, 0, 7, 1, 40);
    second = m.n;
    snprintf(place, sizeof(place), "damaged at byte %zu: ", second);
    packet_block(&m, 0, 7, 1, 40);
    m.n = second + at;
    put32(&m, value);
    m.n = second + 32 + 40;
    s = read_made(&m);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.totals.damages, 1);
    assert_says(s.totals.damaged.text, sentence);
    if (!strstr(sentence, "cut"))
        assert_says(s.totals.damaged.text, place);
}

static void test_damage(void **state)
{
    damage(4, 70, "a block length of 70");
    damage(4, 8, "a block length of 8");
    damage(4, 0xFFFFFFF0, "cut short");
    damage(8, 5, "interface 5; the section has described 1");
    damage(20, 41, "a frame of 41 bytes in a block of 72");
    damage(20, CAPTURE_FRAME_MOST + 1, "a frame of 262145 bytes; 262144 is the most");
    damage(68, 76, "72 bytes at its start and 76 at its end");
}

static void test_bad_section(void **state)
{
    struct seen s;

    start(false);
    m.p[8] = 0;
    s = read_made(&m);
    assert_false(s.opened);
    assert_says(s.fail.text, "byte-order magic");
    start(true);
    m.p[13] = 2;
    s = read_made(&m);
    assert_false(s.opened);
    assert_says(s.fail.text, "version 2.0");
}

static void test_frame_without_interface(void **state)
{
    start(false);
    simple_block(20, 20);
    assert_says(read_made(&m).totals.damaged.text, "before any interface");
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_resolutions),
        cmocka_unit_test(test_times_stay_in_range),
        cmocka_unit_test(test_everything),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_long_blocks_are_passed),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_bad_section),
        cmocka_unit_test(test_frame_without_interface),
    };

    return cmocka_run_group_tests(all, NULL, NULL);
}
