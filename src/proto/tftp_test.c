// SPDX-License-Identifier: Apache-2.0
// TFTP: requests claim it, blocks only confirm it.
#include "proto/lab.h"

static void requests(void **state)
{
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1boot.bin\0octet\0")), YES);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\2a\0NetASCII\0")), YES);
    assert_int_equal(
        try_datagram(&proto_tftp, BYTES("\0\1a\0octet\0blksize\0001400\0tsize\0000\0")), YES);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\6tsize\000123\0")), YES);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\5\0\1File not found\0")), YES);
}

static void broken(void **state)
{
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1boot.bin\0octet")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1\0octet\0")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1a\0other\0")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1a\0octet\0junk")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1a\0octet\0color\0red\0")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\5\0\x63no such code\0")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\1a\nb\0octet\0")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0")), NO);
}

static void cut(void **state)
{
    struct head h = {.bytes = BYTES("\0\1boot.bin\0octet\0"), .length = 100};

    assert_int_equal(proto_tftp.probe(&h), NO);
}

static void blocks(void **state)
{
    static const uint8_t data[517] = {0, 3, 0, 1};

    assert_int_equal(try_datagram(&proto_tftp, slice_of(data, 516)), MAYBE);
    assert_int_equal(try_datagram(&proto_tftp, slice_of(data, 517)), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\4\0\1")), MAYBE);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\4\0\1x")), NO);
    assert_int_equal(try_datagram(&proto_tftp, BYTES("\0\5\0\0\0")), MAYBE);
    assert_int_equal(try_noise(&proto_tftp, false, 100000), 0);
}

// ---------------------------------------------------------------- files

enum { UDP = 17 };

static void open_tftp(struct lab *l)
{
    lab_open(l, UDP);
    l->talk.who.uid = 7;
    assert_true(feed_begin(l->feeds, &l->x, &proto_tftp));
}

static void says(struct lab *l, enum side side, struct slice bytes)
{
    l->packet.payload = bytes;
    l->packet.payload_len = bytes.n;
    feed_data(l->feeds, &l->x, bytes, side);
}

static void block(struct lab *l, enum side side, uint16_t number, uint32_t size)
{
    static uint8_t bytes[2000] = {0, 3};

    bytes[2] = (uint8_t)(number >> 8);
    bytes[3] = (uint8_t)number;
    says(l, side, slice_of(bytes, size + 4));
}

static void assert_file(const struct lab *l, unsigned n, const char *name, uint64_t size,
                        uint64_t missing, bool complete)
{
    const struct ev_file *e = (const void *)lab_event(l, EV_file, n);

    assert_non_null(e);
    assert_int_equal(e->name.n, strlen(name));
    assert_memory_equal(e->name.p, name, e->name.n);
    assert_int_equal(e->size, size);
    assert_int_equal(e->missing_bytes, missing);
    assert_int_equal(e->complete, complete);
}

static void fetched(void **state)
{
    struct lab l;

    open_tftp(&l);
    says(&l, ORIG, BYTES("\0\1boot.bin\0octet\0"));
    says(&l, ORIG, BYTES("\0\1boot.bin\0octet\0")); // again
    block(&l, RESP, 1, 512);
    block(&l, RESP, 1, 512); // again
    says(&l, ORIG, BYTES("\0\4\0\1"));
    block(&l, ORIG, 2, 9); // not from who sends it
    block(&l, RESP, 2, 100);
    assert_file(&l, 0, "boot.bin", 612, 0, true);
    block(&l, RESP, 2, 100); // it has ended
    assert_null(lab_event(&l, EV_file, 1));
    lab_close(&l);
}

static void stored_in_large_blocks(void **state)
{
    struct lab l;

    open_tftp(&l);
    says(&l, ORIG,
         BYTES("\0\2..\\a\0octet\0blksize\0"
               "1400\0"));
    says(&l, RESP,
         BYTES("\0\6blksize\0"
               "1000\0"));
    block(&l, ORIG, 1, 1000);
    block(&l, ORIG, 4, 999);
    assert_file(&l, 0, "..\\a", 1999, 2000, false);
    lab_close(&l);
}

static void rolls_over(void **state)
{
    for (uint16_t behind = 0; behind < 2; behind++) {
        struct lab l;
        open_tftp(&l);
        says(&l, ORIG,
             BYTES("\0\1a\0octet\0blksize\0"
                   "8\0"));
        says(&l, RESP,
             BYTES("\0\6blksize\0"
                   "8\0"));
        for (uint32_t i = 1; i <= UINT16_MAX; i++)
            block(&l, RESP, (uint16_t)i, 8);
        block(&l, RESP, behind, 3);
        assert_file(&l, 0, "a", 8 * UINT16_MAX + 3, 0, true);
        lab_close(&l);
    }
}

static void broken_off(void **state)
{
    struct lab l;

    open_tftp(&l);
    says(&l, ORIG, BYTES("\0\1a\0octet\0"));
    says(&l, RESP, BYTES("\0\5\0\1not there\0"));
    assert_null(lab_event(&l, EV_file, 0)); // nothing came
    says(&l, ORIG, BYTES("\0\1b\0octet\0"));
    l.packet.payload_len = 516;
    feed_data(l.feeds, &l.x, BYTES("\0\3\0\1cut"), RESP); // by the capture
    feed_end(l.feeds, &l.x);
    assert_file(&l, 0, "b", 3, 509, false);
    lab_close(&l);
}

static void ask_for_window(struct lab *l)
{
    open_tftp(l);
    says(l, ORIG,
         BYTES("\0\1a\0octet\0windowsize\0"
               "8\0"));
    says(l, RESP,
         BYTES("\0\6windowsize\0"
               "4\0"));
}

// RFC 7440: blocks overtake each other, or come again because one before them was lost.
static void in_windows(void **state)
{
    static const uint16_t sent[] = {1, 3, 2, 4, 6, 7, 8, 5, 6, 7, 8, 9};
    struct lab l;

    ask_for_window(&l);
    for (size_t i = 0; i < COUNT_OF(sent); i++)
        block(&l, RESP, sent[i], 512);
    block(&l, RESP, 11, 7);
    block(&l, RESP, 10, 512);
    assert_file(&l, 0, "a", 10 * 512 + 7, 0, true);
    lab_close(&l);
}

// What the receiver has is not waited for, nor for ever what never comes.
static void not_captured(void **state)
{
    struct lab l;

    ask_for_window(&l);
    block(&l, RESP, 1, 512);
    block(&l, RESP, 3, 512);
    says(&l, ORIG, BYTES("\0\4\0\1"));
    says(&l, ORIG, BYTES("\0\4\0\3"));
    block(&l, RESP, 2, 512); // too late
    for (uint16_t i = 5; i < 30; i++)
        block(&l, RESP, i, 512);
    block(&l, RESP, 31, 512);
    feed_end(l.feeds, &l.x);
    assert_file(&l, 0, "a", 28 * 512, 3 * 512, false);
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),   cmocka_unit_test(broken),
        cmocka_unit_test(cut),        cmocka_unit_test(blocks),
        cmocka_unit_test(fetched),    cmocka_unit_test(stored_in_large_blocks),
        cmocka_unit_test(rolls_over), cmocka_unit_test(broken_off),
        cmocka_unit_test(in_windows), cmocka_unit_test(not_captured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
