// SPDX-License-Identifier: Apache-2.0
// The stream as a whole: several files, batches of any size, filters, stopping, devices.
#include "capture/made_test.h"

static struct made m;

static void test_batches_do_not_matter(void **state)
{
    static const uint32_t most[] = {1, 2, 7, 64, 512};
    uint64_t sum = 0;

    m.big = false;
    pcap_file(&m, 1000, SEEN_MOST - 1);
    for (size_t i = 0; i < COUNT_OF(most); i++) {
        struct seen s = read_bytes(m.p, m.n, most[i]);

        assert_int_equal(s.n, SEEN_MOST - 1);
        assert_int_equal(s.totals.damages, 0);
        sum = i ? sum : s.sum;
        assert_int_equal(s.sum, sum);
    }
}

// Frames so long that not all that are wanted fit the batch's bytes.
static void test_batch_full_of_bytes(void **state)
{
    static uint8_t file[24 + 40 * (16 + 60000)];
    size_t at = 24;
    struct seen s;

    m.n = 0;
    pcap_file_head(&m, 0xA1B2C3D4, 1);
    memcpy(file, m.p, 24);
    for (uint32_t i = 0; i < 40; i++) {
        m.n = 0;
        put32(&m, i), put32(&m, 0), put32(&m, 60000), put32(&m, 60000);
        put_data(&m, i, 60000);
        memcpy(file + at, m.p, m.n);
        at += m.n;
    }
    s = read_bytes(file, at, 512);
    assert_int_equal(s.n, 40);
    for (uint32_t i = 0; i < 40; i++)
        assert_int_equal(s.first[i], i);
    assert_int_equal(s.sum, read_bytes(file, at, 3).sum);
}

static void test_files_in_a_row(void **state)
{
    struct made_path a;
    struct made_path b;
    const char *file[] = {NULL, NULL, NULL, NULL};
    struct capture_options o = {.file = file};
    struct seen s;
    size_t n;

    pcap_file(&m, 10, 3);
    n = m.n;
    a = made_open(m.p, m.n - 1); // cut: its last frame is lost
    pcap_file(&m, 20, 4);
    b = made_open(m.p, m.n);
    file[0] = b.path, file[1] = a.path, file[2] = b.path;
    s = read_all(&o, 512);
    assert_int_equal(s.n, 10);
    assert_int_equal(s.frame[3].ts / SECOND, 23);
    assert_int_equal(s.frame[4].ts / SECOND, 10);
    assert_int_equal(s.frame[6].ts / SECOND, 20);
    assert_int_equal(s.totals.damages, 1);
    assert_says(s.totals.damaged.text, a.path);
    assert_int_equal(s.totals.file_size, n - 1 + 2 * m.n);
    assert_int_equal(s.totals.file_bytes, n - 1 + 2 * m.n);
    file[2] = "/nowhere/c.pcap";
    assert_false(read_all(&o, 512).opened);
    made_close(&a);
    made_close(&b);
}

static void test_no_file(void **state)
{
    static const char *const none[] = {NULL};
    struct capture_options o = {.file = none};

    assert_says(read_all(&o, 1).fail.text, "no capture is named");
}

// An Ethernet frame with an IPv4 header of that protocol.
static void ip_frame(uint32_t link, uint8_t protocol)
{
    uint32_t ether = link == 1 ? 14 : 0;

    put32(&m, 1), put32(&m, 2), put32(&m, ether + 20), put32(&m, ether + 20);
    put_data(&m, 0, ether);
    if (ether)
        m.p[m.n - 2] = 0x08, m.p[m.n - 1] = 0;
    put_data(&m, 0, 20);
    m.p[m.n - 20] = 0x45;
    m.p[m.n - 20 + 9] = protocol;
}

static struct made_path ip_file(uint32_t link)
{
    m.n = 0;
    pcap_file_head(&m, 0xA1B2C3D4, link);
    ip_frame(link, 6);
    ip_frame(link, 17);
    ip_frame(link, 6);
    return made_open(m.p, m.n);
}

static void test_filter(void **state)
{
    struct made_path ether = ip_file(1);
    struct made_path raw = ip_file(101);
    const char *file[] = {ether.path, raw.path, NULL};
    struct capture_options o = {.file = file, .filter = "ip proto 17"};
    struct seen s = read_all(&o, 512);

    assert_int_equal(s.n, 6);
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(s.frame[i].flags, i % 3 == 1 ? 0 : FRAME_FILTERED);
    o.filter = "udp prot 5";
    s = read_all(&o, 512);
    assert_false(s.opened);
    assert_says(s.fail.text, "filter \"udp prot 5\": ");
    o.filter = "ether host 1:2:3:4:5:6"; // the second file has no such addresses
    assert_false(read_all(&o, 512).opened);
    file[1] = NULL;
    assert_int_equal(read_all(&o, 512).filtered, 3);
    made_close(&ether);
    made_close(&raw);
}

// Interfaces that come late have their filter made when they come.
static void test_filter_per_interface(void **state)
{
    struct made_path f;
    const char *file[] = {NULL, NULL};
    struct capture_options o = {.file = file, .filter = "greater 50"};
    struct seen s;

    m.n = 0;
    section_block(&m, true);
    interface_block(&m, 1, 0, 6, 0);
    interface_block(&m, 113, 0, 6, 0);
    packet_block(&m, 0, 1, 0, 60);
    packet_block(&m, 1, 2, 0, 60);
    packet_block(&m, 1, 3, 0, 40);
    m.big = false;
    f = made_open(m.p, m.n);
    file[0] = f.path;
    s = read_all(&o, 512);
    assert_int_equal(s.n, 3);
    assert_int_equal(s.filtered, 1);
    assert_int_equal(s.frame[2].flags, FRAME_FILTERED);
    made_close(&f);
}

static void test_stop(void **state)
{
    struct frame frame[4];
    struct frames b = {.frame = frame, .most = 4, .size = CAPTURE_BYTES_LEAST};
    struct made_path f;
    const char *file[] = {NULL, NULL};
    struct capture_options o = {.file = file};
    struct fail why;
    struct capture *c;

    pcap_file(&m, 10, 12);
    f = made_open(m.p, m.n);
    file[0] = f.path;
    c = capture_open(&o, &why);
    b.bytes = malloc(b.size);
    assert_true(capture_fill(c, &b));
    assert_int_equal(b.n, 4);
    capture_stop(c);
    assert_false(capture_fill(c, &b));
    assert_int_equal(b.n, 0);
    assert_int_equal(capture_totals(c).damages, 0);
    capture_close(c);
    free(b.bytes);
    made_close(&f);
}

static void test_no_device(void **state)
{
    struct capture_options o = {.device = "nosuch0"};
    struct seen s = read_all(&o, 1);

    assert_false(s.opened);
    assert_says(s.fail.text, "nosuch0: ");
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_batches_do_not_matter),
        cmocka_unit_test(test_batch_full_of_bytes),
        cmocka_unit_test(test_files_in_a_row),
        cmocka_unit_test(test_no_file),
        cmocka_unit_test(test_filter),
        cmocka_unit_test(test_filter_per_interface),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_no_device),
    };

    return cmocka_run_group_tests(all, NULL, NULL);
}
