// SPDX-License-Identifier: Apache-2.0
// EtherNet/IP: what is one and what only looks alike; messages in pieces; what is wrong with
// them.
#include "proto/lab.h"

enum { TCP = 6 };

#define CONTEXT      "\0\0\0\0\0\0\0\0"
#define REST         "\0\0\0\0\0\0\0\0" CONTEXT "\0\0\0\0" // session, status, context, options
#define REGISTER     "\x65\0\4\0" REST "\1\0\0\0"
#define SEND(n)      "\x6f\0" n "\0" REST
#define CIP          "\0\0\0\0\5\0\2\0\0\0\0\0\xb2\0\6\0\1\2\x20\1\x24\1"
#define LIST_REQUEST "\x63\0\0\0" REST

static enum guess try(struct slice s)
{
    return try_stream(&proto_enip, s);
}

static void forms_that_fit(void **state)
{
    assert_int_equal(try(BYTES(REGISTER)), YES);
    assert_int_equal(try(BYTES(LIST_REQUEST)), YES);
    assert_int_equal(try(BYTES(SEND("\x16") CIP)), YES);
    assert_int_equal(try(BYTES("\x65\0\4\0\0\0")), MAYBE);
}

static void forms_that_do_not(void **state)
{
    assert_int_equal(try(BYTES("\0\0\0\0" REST)), NO);              // a NOP is all zeros
    assert_int_equal(try(BYTES("\x65\0\4\0" REST "\2\0\0\0")), NO); // version 2
    assert_int_equal(try(BYTES("\x66\0\1\0" REST "\0")), NO);       // length
    assert_int_equal(try(BYTES("\x67\0\0\0" REST)), NO);            // command
    assert_int_equal(try(BYTES("\x63\0\0\0\0\0\0\0\x0a\0\0\0" CONTEXT "\0\0\0\0")), NO);
    assert_int_equal(try(BYTES("\x63\0\0\0\0\0\0\0\0\0\0\0" CONTEXT "\1\0\0\0")), NO);
    assert_int_equal(try(BYTES(SEND("\x16") "\0\0\0\0\5\0\2\0\1\0\0\0")), NO); // no address
    assert_true(try_noise(&proto_enip, true, 100000) == 0);
}

static void messages(void **state)
{
    const struct slice all = BYTES(REGISTER SEND("\x16") CIP LIST_REQUEST);
    struct lab l;

    lab_open(&l, TCP);
    assert_true(feed_begin(l.feeds, &l.x, &proto_enip));
    for (uint32_t i = 0; i < all.n; i++)
        feed_data(l.feeds, &l.x, slice_of(all.p + i, 1), ORIG);
    assert_int_equal(lab_odds(&l, ODD_enip_malformed), 0);
    feed_data(l.feeds, &l.x, BYTES("\x66\0\1\0" REST "\0"), ORIG);
    assert_int_equal(lab_odds(&l, ODD_enip_malformed), 1);
    feed_gap(l.feeds, &l.x, 7, ORIG);
    feed_data(l.feeds, &l.x, BYTES("middle of a message, which is let go"), ORIG);
    feed_data(l.feeds, &l.x, all, ORIG);
    assert_int_equal(lab_odds(&l, ODD_enip_malformed), 1);
    feed_data(l.feeds, &l.x, BYTES("\x67\0\0\0" REST), ORIG);
    assert_int_equal(lab_odds(&l, ODD_enip_malformed), 2);
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_that_fit),
        cmocka_unit_test(forms_that_do_not),
        cmocka_unit_test(messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
