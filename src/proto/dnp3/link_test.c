// SPDX-License-Identifier: Apache-2.0
// DNP3 frames and segments: what is taken, what is told, in each way that bytes may come.
#include "proto/dnp3/made_test.h"

#define READ "05 64 0B C4 04 00 03 00 E4 2B C0 C0 01 3C 01 06 FF 50"
#define S1   "05 64 0A C4 04 00 03 00 03 9E 7E C1 02 32 01 47 18"
#define S2   "05 64 0A C4 04 00 03 00 03 9E 3F 07 01 A7 A1 93 E8"
#define S3   "05 64 0A C4 04 00 03 00 03 9E 80 82 52 4C 01 33 F6"
#define X3   "05 64 0A C4 04 00 03 00 03 9E 81 82 52 4C 01 35 D5"
#define D2   "05 64 0A C4 04 00 03 00 03 9E BF 07 01 A7 A1 E7 89"
#define F5   "05 64 0B C4 04 00 03 00 E4 2B C5 C2 01 3C 02 06 D1 5E"

enum { TCP = 1, UDP = 2, BOTH = TCP | UDP };
enum {
    BAD_CRC = 1,
    LENGTH,
    DROPPED,
    CLEARED,
    LARGE,
    ADDRESS,
    FUNCTION,
    BAD_BLOCK, // 145:1, too
    EVENTS_OF_145 = BAD_BLOCK
};
static const enum odd events[EVENTS_OF_145 + 1] = {
    [BAD_CRC] = ODD_dnp3_bad_crc,
    [LENGTH] = ODD_dnp3_bad_length,
    [DROPPED] = ODD_dnp3_segment_dropped,
    [CLEARED] = ODD_dnp3_buffer_cleared,
    [LARGE] = ODD_dnp3_large_frame,
    [ADDRESS] = ODD_dnp3_reserved_address,
    [FUNCTION] = ODD_dnp3_reserved_function,
    [BAD_BLOCK] = ODD_dnp3_bad_block_crc,
};

// Frames, each a packet, from the master but where the first octet of CTRL says otherwise.
static const struct row {
    int over;
    const char *frame[5];
    int event; // the one event of generator 145 that comes of it, 0: none
    int fragments;
} rows[] = {
    // 145:1
    {BOTH, {"05 64 0B C4 04 00 03 00 E4 2B C0 C0 01 3C 01 06 FF 51"}, BAD_BLOCK, 0},
    {BOTH, {"05 64 0B C4 04 00 03 00 F4 2B C0 C0 01 3C 01 06 FF 50"}, BAD_CRC, 0},
    {BOTH, {"05 64 05 C4 00 04 01 00 D0 7B"}, BAD_CRC, 0},
    {BOTH, {READ}, 0, 1},
    // 145:2
    {BOTH, {"05 64 04 C4 04 00 03 00 06 6F"}, LENGTH, 0},
    {BOTH, {"05 64 00 0B 04 00 03 00 00 00"}, LENGTH, 0},
    {UDP, {"05 64 0B C4 04 00 03 00 E4 2B C0 C0 01 3C 01"}, LENGTH, 0},
    {TCP, {"05 64 0B C4 04 00 03 00 E4 2B C0 C0 01 3C 01"}, 0, 0},
    {BOTH, {"05 64 05 C4 04 00 03 00 E1 DA"}, LENGTH, 0},
    {BOTH, {"05 64 05 C9 04 00 03 00 B6 20"}, 0, 0},
    {BOTH, {"05 64 06 C4 04 00 03 00 B1 49 C0 1D 0A"}, 0, 0},
    {UDP, {READ " 00 00 00"}, 0, 1},
    // 145:3
    {BOTH, {S1, S2, S3}, 0, 1},
    {BOTH, {S1, S2, X3}, DROPPED, 0},
    {BOTH, {S1, S2, X3, S3}, DROPPED, 1},
    {BOTH, {S1, S2, S2, S3}, DROPPED, 1},
    {BOTH, {S1, S2, D2}, DROPPED, 1},
    {BOTH, {S2}, 0, 0},
    // 145:4
    {BOTH, {S1, F5}, CLEARED, 1},
    {BOTH, {S1, S1}, CLEARED, 0},
    {BOTH, {F5, F5}, 0, 2},
    {BOTH, {S1, "05 64 0A 44 03 00 04 00 7C AE C0 C0 83 00 00 EC DB"}, 0, 1},
    // 145:6
    {BOTH, {"05 64 0B C4 F0 FF 03 00 3F 37 C0 C0 01 3C 01 06 FF 50"}, ADDRESS, 0},
    {BOTH, {"05 64 0B C4 04 00 FB FF 40 CA C0 C0 01 3C 01 06 FF 50"}, ADDRESS, 0},
    {BOTH, {"05 64 0B C4 EF FF 03 00 5D B3 C0 C0 01 3C 01 06 FF 50"}, 0, 1},
    {BOTH, {"05 64 0B C4 FC FF 03 00 3B 1E C0 C0 01 3C 01 06 FF 50"}, 0, 1},
    {BOTH, {"05 64 08 C4 FF FF 03 00 2A 87 C0 C0 0D 9C 86"}, 0, 1},
    {BOTH, {"05 64 0B C4 FF F0 03 00 92 95 C0 C0 01 3C 01 06 FF 50"}, 0, 1},
    // 145:7
    {BOTH, {"05 64 08 C4 04 00 03 00 B4 B8 C0 C0 22 20 D3"}, FUNCTION, 1},
    {BOTH, {"05 64 0A 44 03 00 04 00 7C AE C0 C0 80 00 00 24 F1"}, FUNCTION, 1},
    {BOTH, {"05 64 0A 44 03 00 04 00 7C AE C0 C0 84 00 00 C4 97"}, FUNCTION, 1},
    {BOTH, {"05 64 08 C4 04 00 03 00 B4 B8 C0 C0 21 C2 89"}, 0, 1},
    {BOTH, {"05 64 0A 44 03 00 04 00 7C AE C0 C0 83 00 00 EC DB"}, 0, 1},
    {BOTH, {"05 64 09 44 03 00 04 00 2C 3D C0 C0 81 00 E4 9C"}, 0, 0},
};

// How the frames come.
enum way { A_PACKET_EACH, ALL_AT_ONCE, AN_OCTET_EACH, DATAGRAMS, WAYS };

static void play(struct lab *l, const struct row *r, enum way way)
{
    struct made all = {0};

    for (int i = 0; i < 5 && r->frame[i]; i++) {
        struct made m = {0};
        made_hex(&m, r->frame[i]);
        enum side side = m.p[3] & 0x80 ? ORIG : RESP;
        if (way == A_PACKET_EACH || way == DATAGRAMS || side == RESP)
            talk_say(l, side, &m);
        else
            made_hex(&all, r->frame[i]);
    }
    for (uint32_t i = 0; i < all.n; i++) {
        uint32_t n = way == ALL_AT_ONCE ? all.n : 1;
        if (way != ALL_AT_ONCE || i == 0)
            feed_data(l->feeds, &l->x, slice_of(all.p + i, n), ORIG);
    }
}

static unsigned events_of(const struct lab *l, enum event_id id)
{
    unsigned n = 0;

    while (lab_event(l, id, n))
        n++;
    return n;
}

static void tables(void **state)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (enum way way = A_PACKET_EACH; way < WAYS; way++) {
            struct lab l;
            if (!(rows[i].over & (way == DATAGRAMS ? UDP : TCP)))
                continue;
            talk_open(&l, way == DATAGRAMS ? 17 : 6);
            play(&l, &rows[i], way);
            for (int e = 1; e <= EVENTS_OF_145; e++)
                if (lab_odds(&l, events[e]) != (e == rows[i].event))
                    fail_msg("row %zu, way %d: event %d %u times", i, way, e,
                             lab_odds(&l, events[e]));
            assert_int_equal(events_of(&l, EV_dnp3_fragment), rows[i].fragments);
            lab_close(&l);
        }
}

// Without check_crc a frame is read in spite of its CRCs.
static void crc_ignored(void **state)
{
    struct lab l;

    talk_open(&l, 6);
    l.x.ignore_crc = true;
    play(&l, &rows[0], A_PACKET_EACH);
    assert_int_equal(lab_odds(&l, ODD_dnp3_bad_crc), 0);
    assert_int_equal(events_of(&l, EV_dnp3_fragment), 1);
    lab_close(&l);
}

static void crcs(void **state)
{
    static const char *const with_crc[] = {
        "31 32 33 34 35 36 37 38 39 82 EA",
        "05 64 05 C0 01 00 0A 00 E0 8C",
        "C0 C0 01 3C 01 06 FF 50",
        "00 FF FF",
        "FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF 53 00",
        "00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F EC 10",
    };

    for (size_t i = 0; i < COUNT_OF(with_crc); i++) {
        struct made m = {0};
        made_hex(&m, with_crc[i]);
        assert_true(dnp3_crc_right(m.p, m.n - 2));
        m.p[m.n - 1] ^= 1;
        assert_false(dnp3_crc_right(m.p, m.n - 2));
    }
}

// LEN and the frame's size, whether it is told as large, and all its octets reach the fragment.
static void sizes(void **state)
{
    static const struct {
        uint32_t user, size;
        bool large;
    } row[] = {{1, 13, false},   {16, 28, false},  {17, 31, false},  {222, 260, false},
               {223, 261, true}, {248, 290, true}, {249, 291, true}, {250, 292, true}};

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct lab l;
        struct made m = {0};
        uint8_t user[250] = {0xc0, 0xc0, 0x81};
        for (uint32_t k = 5; k < row[i].user; k++)
            user[k] = (uint8_t)k;
        made_frame(&m, 0x44, 3, 4, user, row[i].user);
        assert_int_equal(m.n, row[i].size);
        talk_open(&l, 6);
        talk_say(&l, RESP, &m);
        assert_int_equal(lab_odds(&l, ODD_dnp3_large_frame), row[i].large);
        struct ev_dnp3_fragment *e = (void *)lab_event(&l, EV_dnp3_fragment, 0);
        assert_int_equal(e != NULL, row[i].user >= 5);
        if (e) {
            assert_int_equal(e->bytes.n, row[i].user - 1);
            assert_memory_equal(e->bytes.p, user + 1, e->bytes.n);
        }
        lab_close(&l);
    }
}

// Segments to different stations of one conversation do not mix.
static void pairs_apart(void **state)
{
    struct lab l;
    struct made m = {0};
    const uint8_t user[] = {0xc5, 0xc2, 1, 60, 2, 6};

    made_hex(&m, S1);
    made_frame(&m, 0xc4, 7, 3, user, sizeof(user));
    made_hex(&m, S2 S3);
    talk_open(&l, 6);
    talk_say(&l, ORIG, &m);
    assert_int_equal(lab_odds(&l, ODD_dnp3_buffer_cleared), 0);
    assert_int_equal(events_of(&l, EV_dnp3_fragment), 2);
    lab_close(&l);
}

// A frame that is sent again with the same count bit is a repetition; with the other one, not.
static void confirmed(void **state)
{
    struct lab l;
    struct made m = {0};
    const uint8_t user[] = {0xc5, 0xc2, 1, 60, 2, 6};

    made_frame(&m, 0xf3, 4, 3, user, sizeof(user));
    made_frame(&m, 0xf3, 4, 3, user, sizeof(user));
    made_frame(&m, 0xd3, 4, 3, user, sizeof(user));
    talk_open(&l, 17);
    talk_say(&l, ORIG, &m);
    assert_int_equal(lab_odds(&l, ODD_dnp3_duplicate), 1);
    assert_int_equal(events_of(&l, EV_dnp3_fragment), 2);
    lab_close(&l);
}

// Broken starts: one resynchronisation, and the next good frame is taken, wherever bytes are
// cut.
static void resynchronised(void **state)
{
    struct made m = {0};

    made_hex(&m, READ "09 64 0B C4 04 00 03 00 05 FF 05 64 0B C4 01 64 05 AA 05 05 64" READ);
    for (uint32_t cut = 0; cut < m.n; cut++) {
        struct lab l;
        talk_open(&l, 6);
        feed_data(l.feeds, &l.x, slice_of(m.p, cut), ORIG);
        feed_data(l.feeds, &l.x, slice_of(m.p + cut, m.n - cut), ORIG);
        assert_int_equal(lab_odds(&l, ODD_resync), 1);
        assert_int_equal(events_of(&l, EV_dnp3_fragment), 2);
        lab_close(&l);
    }
}

static void gaps(void **state)
{
    struct lab l;
    struct made m = {0};

    talk_open(&l, 6);
    made_hex(&m, S1);
    talk_say(&l, ORIG, &m);
    feed_gap(l.feeds, &l.x, 17, ORIG);
    m.n = 0;
    made_hex(&m, S3 READ);
    talk_say(&l, ORIG, &m);
    assert_int_equal(lab_odds(&l, ODD_dnp3_segment_dropped), 0);
    assert_int_equal(lab_odds(&l, ODD_resync), 0); // nothing had to be skipped
    assert_int_equal(lab_odds(&l, ODD_nonfirst_segment), 1);
    assert_int_equal(events_of(&l, EV_dnp3_fragment), 1);
    m.n -= 3;
    talk_say(&l, ORIG, &m);
    feed_end(l.feeds, &l.x);
    assert_int_equal(lab_odds(&l, ODD_truncated_frame), 1);
    lab_close(&l);
}

// 8200 octets without an end, then the end: what fits is told, once.
static void too_long(void **state)
{
    struct lab l;
    struct ev_dnp3_fragment *e;

    talk_open(&l, 6);
    for (unsigned i = 0; i < 34; i++) {
        uint8_t user[250] = {0};
        struct made m = {0};
        user[0] = (uint8_t)(i | (i == 0 ? 0x40 : 0) | (i == 33 ? 0x80 : 0));
        if (i == 0)
            memcpy(user + 1, "\xc0\x02\x01\x01\x01\0\0\xff\xfe", 9);
        made_frame(&m, 0xc4, 4, 3, user, sizeof(user));
        talk_say(&l, ORIG, &m);
    }
    assert_int_equal(lab_odds(&l, ODD_fragment_too_long), 1);
    e = (void *)lab_event(&l, EV_dnp3_fragment, 0);
    assert_non_null(e);
    assert_int_equal(e->bytes.n, 2048);
    assert_int_equal(lab_odds(&l, ODD_dnp3_objects_cut), 1);
    lab_close(&l);
}

static void recognised(void **state)
{
    struct made m = {0};

    made_hex(&m, READ);
    assert_int_equal(try_stream(&proto_dnp3, slice_of(m.p, m.n)), YES);
    assert_int_equal(try_stream(&proto_dnp3, slice_of(m.p, 9)), MAYBE);
    assert_int_equal(try_datagram(&proto_dnp3, slice_of(m.p, m.n)), YES);
    assert_int_equal(try_datagram(&proto_dnp3, slice_of(m.p, 9)), NO);
    m.p[8] ^= 1;
    assert_int_equal(try_stream(&proto_dnp3, slice_of(m.p, m.n)), NO);
    assert_int_equal(try_noise(&proto_dnp3, true, 100000), 0);
}

// Talks with many pairs of stations, all in the middle of something, give back what they took.
static void many_pairs(void **state)
{
    struct lab l;

    talk_open(&l, 6);
    for (unsigned i = 0; i < 5000; i++) {
        const uint8_t user[] = {0x40, 0xc0, 1, 60, 2, 6}, whole[] = {0xc0, 0xc0, 1, 60, 2, 6};
        struct made m = {0};
        made_frame(&m, 0xc4, i, 3, whole, sizeof(whole));
        made_frame(&m, 0xc4, i, 3, user, sizeof(user));
        talk_say(&l, ORIG, &m);
    }
    assert_int_equal(l.count[COUNT_feeds_full], 0);
    feed_end(l.feeds, &l.x);
    assert_int_equal(events_of(&l, EV_dnp3), 5000);
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables),         cmocka_unit_test(crc_ignored),
        cmocka_unit_test(crcs),           cmocka_unit_test(sizes),
        cmocka_unit_test(pairs_apart),    cmocka_unit_test(confirmed),
        cmocka_unit_test(resynchronised), cmocka_unit_test(gaps),
        cmocka_unit_test(too_long),       cmocka_unit_test(recognised),
        cmocka_unit_test(many_pairs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
