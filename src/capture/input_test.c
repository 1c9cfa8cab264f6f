// SPDX-License-Identifier: Apache-2.0
// Files and pipes: the packings, recognised by content; and the sentences for what is no
// capture.
#include <fcntl.h>
#include <lz4frame.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "capture/made_test.h"

static struct made m;

enum { FRAMES = 200 };

static size_t pack_gzip(uint8_t *to, size_t most, const uint8_t *p, size_t n)
{
    uint8_t copy[sizeof(m.p)];
    z_stream z = {0};

    memcpy(copy, p, n);
    deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    z.next_in = copy;
    z.avail_in = (uInt)n;
    z.next_out = to;
    z.avail_out = (uInt)most;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return most - z.avail_out;
}

static size_t pack_zstd(uint8_t *to, size_t most, const uint8_t *p, size_t n)
{
    return ZSTD_compress(to, most, p, n, 3);
}

static size_t pack_lz4(uint8_t *to, size_t most, const uint8_t *p, size_t n)
{
    return LZ4F_compressFrame(to, most, p, n, NULL);
}

typedef size_t pack_function(uint8_t *to, size_t most, const uint8_t *p, size_t n);
static pack_function *const packings[] = {pack_gzip, pack_zstd, pack_lz4};

static void test_packed(void **state)
{
    static uint8_t packed[sizeof(m.p)];
    struct seen plain;

    pcap_file(&m, 1000, FRAMES);
    plain = read_made(&m);
    assert_int_equal(plain.n, FRAMES);
    for (size_t i = 0; i < COUNT_OF(packings); i++) {
        size_t n = packings[i](packed, sizeof(packed), m.p, m.n);
        struct seen s = read_bytes(packed, n, 7);

        assert_int_equal(s.n, FRAMES);
        assert_int_equal(s.sum, plain.sum);
        assert_int_equal(s.totals.damages, 0);
        assert_int_equal(s.totals.file_bytes, n);
    }
}

// Two packed pieces in one file are one stream, as zcat, zstdcat and lz4cat have it.
static void test_packed_in_pieces(void **state)
{
    static uint8_t packed[2 * sizeof(m.p)];

    pcap_file(&m, 1000, FRAMES);
    for (size_t i = 0; i < COUNT_OF(packings); i++) {
        size_t n = packings[i](packed, sizeof(packed), m.p, 1001);
        struct seen s;

        n += packings[i](packed + n, sizeof(packed) - n, m.p + 1001, m.n - 1001);
        s = read_bytes(packed, n, 512);
        assert_int_equal(s.n, FRAMES);
        assert_int_equal(s.totals.damages, 0);
    }
}

static void test_packed_and_cut(void **state)
{
    static uint8_t packed[sizeof(m.p)];

    pcap_file(&m, 1000, FRAMES);
    for (size_t i = 0; i < COUNT_OF(packings); i++) {
        size_t n = packings[i](packed, sizeof(packed), m.p, m.n);
        uint32_t before = 0;

        for (size_t cut = 1; cut < n; cut += 1 + n / 100) {
            struct seen s = read_bytes(packed, cut, 64);

            assert_true(s.n >= before);
            before = s.n;
            if (s.opened) {
                assert_int_equal(s.totals.damages, 1);
                assert_says(s.totals.damaged.text, "of the unpacked data: ");
                assert_says(s.totals.damaged.text, "goes on behind the file's end");
            }
        }
        assert_true(read_bytes(packed, n, 64).n > before || before == FRAMES);
    }
}

static void test_packed_and_damaged(void **state)
{
    static uint8_t packed[sizeof(m.p)];
    struct seen s;
    size_t n;

    pcap_file(&m, 1000, FRAMES);
    n = pack_gzip(packed, sizeof(packed), m.p, m.n);
    packed[n - 8] ^= 1; // its checksum
    s = read_bytes(packed, n, 64);
    assert_int_equal(s.n, FRAMES);
    assert_says(s.totals.damaged.text, "its gzip data is broken (incorrect data check)");
    packed[n / 2] ^= 0x55;
    assert_int_equal(read_bytes(packed, n, 64).totals.damages, 1);
    packed[n - 8] ^= 1;
}

static void refuse(const void *p, size_t n, const char *sentence)
{
    struct seen s = read_bytes(p, n, 4);

    assert_false(s.opened);
    assert_says(s.fail.text, sentence);
}

static void test_no_capture(void **state)
{
    static uint8_t packed[1000];

    refuse("", 0, ": empty; ");
    refuse("foo", 3, ": not a capture (pcap or pcapng expected; it begins with \"foo\")");
    refuse("\x7f"
           "ELF\x02\x01",
           6, "begins with 7f 45 4c 46 02 01)");
    refuse("hello, this is no capture at all", 32, "begins with \"hello, this is n\"");
    refuse("\xFD"
           "7zXZ\0....................",
           26, "xz -d");
    refuse("\xD4\xC3\xB2\xA1\x02", 5, "cut short at byte 5: the file header has 24 bytes");
    refuse(packed, pack_gzip(packed, sizeof(packed), (const uint8_t *)"foo", 3),
           "not a capture inside (");
    refuse(packed, pack_gzip(packed, sizeof(packed), (const uint8_t *)"", 0), "empty inside");
    refuse(packed, 5, "gzip data goes on behind the file's end; is the file complete?");
}

static void test_unusable_files(void **state)
{
    assert_says(read_path("/nowhere/a.pcap", 4).fail.text, "there is no such file");
    assert_says(read_path("/", 4).fail.text, "a directory");
    assert_says(read_path("/dev/null", 4).fail.text, "empty");
}

// A child writes in small pieces; frames and batches are those of a file.
static struct seen read_pipe(uint32_t most, size_t piece)
{
    struct seen s;
    char path[32];
    int end[2];
    int child;

    assert_int_equal(pipe(end), 0);
    child = fork();
    if (!child) {
        for (size_t at = 0; at < m.n; at += piece)
            if (write(end[1], m.p + at, at + piece < m.n ? piece : m.n - at) < 0)
                break;
        _exit(0);
    }
    close(end[1]);
    snprintf(path, sizeof(path), "/dev/fd/%d", end[0]);
    s = read_path(path, most);
    close(end[0]);
    return s;
}

static void test_pipe(void **state)
{
    struct seen plain;
    struct seen s;

    pcap_file(&m, 1000, FRAMES);
    plain = read_made(&m);
    for (size_t piece = 1; piece < 5000; piece = piece * 3 + 1) {
        s = read_pipe(9, piece);
        assert_int_equal(s.n, FRAMES);
        assert_int_equal(s.sum, plain.sum);
        assert_int_equal(s.totals.damages, 0);
        assert_int_equal(s.totals.file_size, 0);
    }
}

static void test_standard_input(void **state)
{
    static const char *const twice[] = {"-", "-", NULL};
    struct capture_options o = {.file = twice};
    int kept = dup(STDIN_FILENO);
    struct made_path f;
    struct seen s;

    pcap_file(&m, 1000, FRAMES);
    f = made_open(m.p, m.n);
    lseek(f.fd, 0, SEEK_SET);
    dup2(f.fd, STDIN_FILENO);
    s = read_path("-", 50);
    assert_int_equal(s.n, FRAMES);
    lseek(f.fd, 0, SEEK_SET);
    s = read_all(&o, 50);
    assert_false(s.opened);
    assert_says(s.fail.text, "only once");
    dup2(kept, STDIN_FILENO);
    close(kept);
    made_close(&f);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_packed),         cmocka_unit_test(test_packed_in_pieces),
        cmocka_unit_test(test_packed_and_cut), cmocka_unit_test(test_packed_and_damaged),
        cmocka_unit_test(test_no_capture),     cmocka_unit_test(test_unusable_files),
        cmocka_unit_test(test_pipe),           cmocka_unit_test(test_standard_input),
    };

    return cmocka_run_group_tests(all, NULL, NULL);
}
