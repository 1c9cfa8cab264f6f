// SPDX-License-Identifier: Apache-2.0
// The pcap format: its magic numbers, byte orders, old lengths, link bits; and cut at any byte.
#include "capture/made_test.h"

static struct made m;

static void start(bool big)
{
    m.n = 0;
    m.big = big;
}

static void one_frame(uint32_t magic, bool big, nsec expected)
{
    struct seen s;

    start(big);
    pcap_file_head(&m, magic, 105);
    pcap_frame(&m, 1700000000, 123456, 60);
    s = read_made(&m);
    assert_true(s.opened);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.frame[0].ts, expected);
    assert_int_equal(s.frame[0].n, 60);
    assert_int_equal(s.frame[0].wire_len, 64);
    assert_int_equal(s.frame[0].link, 105);
    assert_int_equal(s.frame[0].flags, 0);
    assert_int_equal(s.first[0], 1700000000 & 0xFF);
    assert_int_equal(s.totals.damages, 0);
    assert_int_equal(s.totals.file_bytes, m.n);
    assert_int_equal(s.totals.file_size, m.n);
}

static void test_magic_numbers(void **state)
{
    nsec base = 1700000000 * SECOND;

    one_frame(0xA1B2C3D4, false, base + 123456000);
    one_frame(0xA1B2C3D4, true, base + 123456000);
    one_frame(0xA1B23C4D, false, base + 123456);
    one_frame(0xA1B23C4D, true, base + 123456);
}

static void test_patched_header(void **state)
{
    struct seen s;

    start(true);
    pcap_file_head(&m, 0xA1B2CD34, 1);
    for (unsigned i = 0; i < 2; i++) {
        put32(&m, 5);
        put32(&m, 6);
        put32(&m, 20);
        put32(&m, 20);
        put(&m, 8, 0x0102030405060708);
        put_data(&m, 0x40 + i, 20);
    }
    s = read_made(&m);
    assert_int_equal(s.n, 2);
    assert_int_equal(s.first[1], 0x41);
    assert_int_equal(s.totals.damages, 0);
}

static void test_link_bits_are_masked(void **state)
{
    struct seen s;

    start(false);
    pcap_file_head(&m, 0xA1B2C3D4, 0x54000001); // FCS of 4 bytes and the bit that says so
    pcap_frame(&m, 1, 2, 30);
    s = read_made(&m);
    assert_int_equal(s.frame[0].link, 1);
}

// Up to version 2.2 the length on the wire stood first.
static void test_turned_lengths(void **state)
{
    struct seen s;

    start(false);
    pcap_file_head(&m, 0xA1B2C3D4, 1);
    m.p[6] = 2;
    put32(&m, 1), put32(&m, 2), put32(&m, 100), put32(&m, 40);
    put_data(&m, 0, 40);
    s = read_made(&m);
    assert_int_equal(s.n, 1);
    assert_int_equal(s.frame[0].n, 40);
    assert_int_equal(s.frame[0].wire_len, 100);
}

static void test_wire_length_is_not_less(void **state)
{
    struct seen s;

    start(false);
    pcap_file_head(&m, 0xA1B2C3D4, 1);
    put32(&m, 1), put32(&m, 2), put32(&m, 40), put32(&m, 7);
    put_data(&m, 0, 40);
    s = read_made(&m);
    assert_int_equal(s.frame[0].wire_len, 40);
}

static void test_impossible_length(void **state)
{
    struct seen s;
    char place[64];

    start(false);
    pcap_file(&m, 100, 3);
    snprintf(place, sizeof(place), "damaged at byte %zu: ", m.n);
    put32(&m, 1), put32(&m, 2), put32(&m, CAPTURE_FRAME_MOST + 1), put32(&m, 7);
    put_data(&m, 0, 1000);
    s = read_made(&m);
    assert_int_equal(s.n, 3);
    assert_int_equal(s.totals.damages, 1);
    assert_says(s.totals.damaged.text, place);
    assert_says(s.totals.damaged.text, "a frame of 262145 bytes");
}

static void test_longest_frame(void **state)
{
    static uint8_t file[24 + 2 * (16 + CAPTURE_FRAME_MOST)];
    struct seen s;

    start(false);
    pcap_file_head(&m, 0xA1B2C3D4, 1);
    put32(&m, 1), put32(&m, 2), put32(&m, CAPTURE_FRAME_MOST), put32(&m, CAPTURE_FRAME_MOST);
    memcpy(file, m.p, m.n);
    memcpy(file + m.n + CAPTURE_FRAME_MOST, m.p + 24, 16);
    s = read_bytes(file, sizeof(file), 512);
    assert_int_equal(s.n, 2);
    assert_int_equal(s.frame[1].n, CAPTURE_FRAME_MOST);
    assert_int_equal(s.totals.damages, 0);
}

static void test_unknown_version(void **state)
{
    struct seen s;

    start(false);
    pcap_file_head(&m, 0xA1B2C3D4, 1);
    m.p[4] = 9;
    s = read_made(&m);
    assert_false(s.opened);
    assert_says(s.fail.text, "version 9.4 is not known");
}

// Whatever is lost at the end, all frames before it come, and only a clean end is no damage.
static void test_cut_at_every_byte(void **state)
{
    enum { FRAMES = 12 };
    size_t end[FRAMES + 1] = {24};

    start(true);
    pcap_file_head(&m, 0xA1B2C3D4, 1);
    for (uint32_t i = 0; i < FRAMES; i++) {
        pcap_frame(&m, 7 + i, 0, i * 5);
        end[i + 1] = m.n;
    }
    for (size_t n = 0; n <= m.n; n++) {
        struct seen s = read_bytes(m.p, n, 5);
        uint32_t whole = 0;

        while (whole < FRAMES && end[whole + 1] <= n)
            whole++;
        assert_int_equal(s.opened, n >= 24);
        assert_int_equal(s.n, whole);
        if (s.opened)
            assert_int_equal(s.totals.damages, n != end[whole]);
        else
            assert_true(s.fail.text[0]);
    }
}

static void test_cut_sentence(void **state)
{
    struct seen s;

    start(false);
    pcap_file(&m, 100, 2); // 24 + 30 + 31
    s = read_bytes(m.p, 80, 512);
    assert_says(s.totals.damaged.text,
                "cut short at byte 80: the frame at byte 54 has 15 bytes, "
                "10 of them are there");
    s = read_bytes(m.p, 60, 512);
    assert_says(s.totals.damaged.text, "cut short at byte 60: the frame header at byte 54");
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_magic_numbers),
        cmocka_unit_test(test_patched_header),
        cmocka_unit_test(test_link_bits_are_masked),
        cmocka_unit_test(test_turned_lengths),
        cmocka_unit_test(test_wire_length_is_not_less),
        cmocka_unit_test(test_impossible_length),
        cmocka_unit_test(test_longest_frame),
        cmocka_unit_test(test_unknown_version),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_cut_sentence),
    };

    return cmocka_run_group_tests(all, NULL, NULL);
}
