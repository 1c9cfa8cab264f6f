// SPDX-License-Identifier: Apache-2.0
// Deciding: by structure, by announcement, in pieces, after gaps, in vain; and who gets the
// bytes.
#include "ident/ident.h"

#include "ident/opening.h"
#include "proto/lab.h"

enum { TCP = 6, UDP = 17 };

#define READ        "\0\1\0\0\0\6\1\3\0\0\0\x0a"
#define READ_ANSWER "\0\1\0\0\0\5\1\3\2\0\7"
#define QUERY       "\x12\x34\1\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1"

struct table {
    struct lab l;
    struct idents *i;
    struct verdict_words words; // once it has ended
};

static void begin(struct table *t, uint8_t ip_proto, const char *history)
{
    lab_open(&t->l, ip_proto);
    t->i = ident_open(t->l.feeds);
    t->l.talk.history_n = (uint8_t)strlen(history);
    memcpy(t->l.talk.history, history, strlen(history));
    ident_begin(t->i, &t->l.x);
}

static void say_bytes(struct table *t, struct slice s, enum side side)
{
    t->l.packet.payload_len = s.n;
    if (talk_is_heard(&t->l.talk))
        ident_data(t->i, &t->l.x, s, side);
}

static struct verdict end(struct table *t)
{
    t->words = (struct verdict_words){0};
    ident_end(t->i, &t->l.x, &t->words);
    assert_null(t->l.talk.state);
    assert_false(talk_is_heard(&t->l.talk));
    struct verdict v = t->l.talk.verdict;
    ident_close(t->i);
    lab_close(&t->l);
    return v;
}

static unsigned messages(const struct table *t)
{
    unsigned n = 0;

    while (lab_event(&t->l, EV_modbus, n))
        n++;
    return n;
}

static void one_side_then_both(void **state)
{
    struct table t;

    begin(&t, TCP, "ShA");
    say_bytes(&t, BYTES(READ), ORIG);
    assert_string_equal(t.l.talk.verdict.service, "modbus");
    assert_int_equal(t.l.talk.verdict.how, HOW_PROBE);
    assert_int_equal(t.l.talk.verdict.sure, 95);
    say_bytes(&t, BYTES(READ), ORIG);
    say_bytes(&t, BYTES(READ_ANSWER), RESP);
    assert_false(t.l.talk.undecided);
    assert_int_equal(messages(&t), 3);
    struct verdict v = end(&t);
    assert_int_equal(v.sure, 99);
    assert_null(t.words.hint);
}

static void only_identified(void **state)
{
    struct table t;

    begin(&t, TCP, "ShA");
    say_bytes(&t, BYTES("SSH-2.0-a\r\n"), RESP);
    assert_true(t.l.talk.patient);
    assert_null(t.l.talk.analyser);
    say_bytes(&t, BYTES("SSH-2.0-b\r\n"), ORIG);
    assert_false(talk_is_heard(&t.l.talk));
    assert_int_equal(end(&t).sure, 99);
}

// However the opening is cut: the same verdict, and the analyser misses nothing.
static void pieces(void **state)
{
    for (uint32_t piece = 1; piece < 13; piece++) {
        struct table t;
        begin(&t, TCP, "ShA");
        for (uint32_t at = 0; at < 12; at += piece)
            say_bytes(&t, slice_of(&READ[at], min_u32(piece, 12 - at)), ORIG);
        for (uint32_t at = 0; at < 11; at += piece)
            say_bytes(&t, slice_of(&READ_ANSWER[at], min_u32(piece, 11 - at)), RESP);
        assert_int_equal(messages(&t), 2);
        assert_string_equal(end(&t).service, "modbus");
    }
}

// Both sides begin before either can be told: both are handed on, in their order.
static void interleaved(void **state)
{
    struct table t;

    begin(&t, TCP, "ShA");
    say_bytes(&t, slice_of(READ, 4), ORIG);
    say_bytes(&t, slice_of(READ_ANSWER, 5), RESP);
    say_bytes(&t, slice_of(&READ[4], 4), ORIG);
    say_bytes(&t, slice_of(&READ_ANSWER[5], 6), RESP);
    say_bytes(&t, slice_of(&READ[8], 4), ORIG);
    assert_int_equal(messages(&t), 2);
    assert_string_equal(end(&t).service, "modbus");
}

// The first side says nothing known, the second does: the first one's bytes are not lost.
static void the_other_side_knows(void **state)
{
    uint8_t noise[300];
    struct table t;

    begin(&t, TCP, "ShA");
    say_bytes(&t, BYTES("\0\1\0\0\0\6\1\x63\0\0\0\x0a"), ORIG); // an unknown function
    say_bytes(&t, BYTES(READ_ANSWER), RESP);
    assert_int_equal(messages(&t), 2);
    end(&t);

    memset(noise, 'x', sizeof(noise));
    begin(&t, TCP, "ShA");
    say_bytes(&t, slice_of(noise, sizeof(noise)), ORIG); // too much to keep
    say_bytes(&t, BYTES(READ_ANSWER), RESP);
    say_bytes(&t, slice_of(noise, sizeof(noise)), ORIG);
    say_bytes(&t, BYTES(READ), ORIG); // found again, as after a gap
    assert_int_equal(messages(&t), 2);
    assert_int_equal(end(&t).sure, 95);
}

static void unknown(void **state)
{
    struct table t;

    begin(&t, TCP, "ShA");
    t.l.talk.who.dport = 443;
    say_bytes(&t, BYTES("\1\2\3\4\5\6\7\7\7\7\7\7\7\7"), ORIG);
    assert_true(talk_is_heard(&t.l.talk));
    say_bytes(&t, BYTES("\1\2\3\4\5\6\7\7\7\7\7\7\7\7"), RESP);
    assert_true(talk_is_heard(&t.l.talk)); // more messages may tell the model
    struct verdict v = end(&t);
    assert_null(v.service);
    assert_int_equal(v.how, HOW_HINT);
    assert_int_equal(v.sure, 0);
    assert_string_equal(t.words.hint, "ssl");
    assert_string_equal(v.why, "nothing known fits 2 messages");

    begin(&t, UDP, "D");
    t.l.talk.who.dport = 443; // TLS has that port over TCP only
    v = end(&t);
    assert_null(t.words.hint);
    assert_string_equal(v.why, "no payload");
}

static void datagrams_are_tried_one_by_one(void **state)
{
    for (int first = 7; first < 9; first++) {
        struct table t;
        begin(&t, UDP, "D");
        for (int k = 0; k < first; k++)
            say_bytes(&t, BYTES("\1\2\3"), ORIG);
        say_bytes(&t, BYTES(QUERY), ORIG);
        struct verdict v = end(&t);
        if (first == 7)
            assert_string_equal(v.service, "dns");
        else
            assert_null(v.service);
    }
}

// Blocks of TFTP fit many things: they confirm what a request has claimed.
static void maybe_confirms_datagrams(void **state)
{
    struct table t;

    begin(&t, UDP, "D");
    say_bytes(&t, BYTES("\0\4\0\0"), RESP);
    assert_null(t.l.talk.verdict.service);
    say_bytes(&t, BYTES("\0\1a\0octet\0"), ORIG);
    say_bytes(&t, BYTES("\0\3\0\1abc"), RESP);
    struct verdict v = end(&t);
    assert_string_equal(v.service, "tftp");
    assert_int_equal(v.sure, 99);
}

// A capture that begins in the middle: any of the first segments may start a message.
static void in_the_middle(void **state)
{
    struct table t;

    begin(&t, TCP, "^d");
    say_bytes(&t, BYTES("\7\7\7\7\7\7\7\7\7\7"), ORIG);
    say_bytes(&t, BYTES(READ), ORIG);
    assert_int_equal(messages(&t), 1);
    assert_string_equal(end(&t).service, "modbus");

    begin(&t, TCP, "ShA"); // met at its beginning: only that counts
    say_bytes(&t, BYTES("\7\7\7\7\7\7\7\7\7\7\7\7\7\7"), ORIG);
    say_bytes(&t, BYTES(READ), ORIG);
    assert_null(t.l.talk.verdict.service);
    ident_gap(t.i, &t.l.x, 100, ORIG); // but now it is in the middle, too
    say_bytes(&t, BYTES(READ), ORIG);
    assert_int_equal(messages(&t), 1);
    assert_string_equal(end(&t).service, "modbus");
}

static void announced(void **state)
{
    struct table t;

    begin(&t, UDP, "D"); // nothing to see: believed
    t.l.talk.expected = "dns";
    struct verdict v = end(&t);
    assert_string_equal(v.service, "dns");
    assert_int_equal(v.how, HOW_EXPECTED);
    assert_int_equal(v.sure, 90);

    begin(&t, UDP, "D"); // announced and seen
    t.l.talk.expected = "dns";
    say_bytes(&t, BYTES(QUERY), ORIG);
    v = end(&t);
    assert_int_equal(v.how, HOW_EXPECTED);
    assert_int_equal(v.sure, 99);

    begin(&t, TCP, "ShA"); // announced, but the content says otherwise
    t.l.talk.expected = "http";
    say_bytes(&t, BYTES(READ), ORIG);
    v = end(&t);
    assert_string_equal(v.service, "modbus");
    assert_int_equal(v.how, HOW_PROBE);

    begin(&t, TCP, "ShA"); // a protocol nobody here can analyse
    t.l.talk.expected = "ftp_data";
    say_bytes(&t, BYTES("\1\2\3"), ORIG);
    assert_string_equal(end(&t).service, "ftp_data");
}

// One talk more than there is room for their openings: the oldest must do with what it said.
static void room_runs_out(void **state)
{
    enum { ROOM = OPENINGS_MOST };
    static struct talk talks[ROOM + 1];
    struct table t;

    begin(&t, TCP, "ShA");
    for (uint32_t k = 0; k <= ROOM; k++) {
        talks[k] = t.l.talk;
        t.l.x.talk = &talks[k];
        ident_data(t.i, &t.l.x, slice_of(READ, 4), ORIG);
        ident_data(t.i, &t.l.x, slice_of(&READ[4], 8), ORIG);
    }
    assert_int_equal(messages(&t), ROOM + 1); // each gave its room back

    for (uint32_t k = 0; k <= ROOM; k++) {
        ident_end(t.i, (t.l.x.talk = &talks[k], &t.l.x), &t.words);
        talks[k] = t.l.talk;
        ident_data(t.i, &t.l.x, slice_of(READ, 4), ORIG);
    }
    assert_false(talk_is_heard(&talks[0]));
    assert_null(talks[0].verdict.service);
    t.l.x.talk = &talks[ROOM];
    ident_data(t.i, &t.l.x, slice_of(&READ[4], 8), ORIG);
    assert_string_equal(talks[ROOM].verdict.service, "modbus");
    for (uint32_t k = 0; k <= ROOM; k++)
        ident_end(t.i, (t.l.x.talk = &talks[k], &t.l.x), &t.words);
    t.l.x.talk = &t.l.talk;
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_side_then_both),
        cmocka_unit_test(only_identified),
        cmocka_unit_test(pieces),
        cmocka_unit_test(interleaved),
        cmocka_unit_test(the_other_side_knows),
        cmocka_unit_test(unknown),
        cmocka_unit_test(datagrams_are_tried_one_by_one),
        cmocka_unit_test(maybe_confirms_datagrams),
        cmocka_unit_test(in_the_middle),
        cmocka_unit_test(announced),
        cmocka_unit_test(room_runs_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
