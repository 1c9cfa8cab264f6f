// SPDX-License-Identifier: Apache-2.0
// Modbus: forms of all functions, the events, and finding the way again after a gap.
#include "proto/lab.h"

enum { TCP = 6 };

static enum guess try(struct slice s)
{
    return try_stream(&proto_modbus, s);
}

static void forms_that_fit(void **state)
{
    assert_int_equal(try(BYTES("\0\1\0\0\0\6\1\3\0\0\0\x0a")), YES);
    assert_int_equal(try(BYTES("\0\1\0\0\0\5\1\3\2\0\7")), YES);
    assert_int_equal(try(BYTES("\0\1\0\0\0\3\1\x83\2")), YES);
    assert_int_equal(try(BYTES("\0\1\0\0\0\6\1\5\0\1\xff\0")), YES);
    assert_int_equal(try(BYTES("\0\1\0\0\0\x08\1\x0f\0\1\0\3\1\7")), YES);
    assert_int_equal(try(BYTES("\0\1\0\0\0\x09\1\x10\0\1\0\1\2\0\7")), YES);
    assert_int_equal(try(BYTES("\0\1\0\0\0\5\1\x2b\x0e\1\0")), YES);
    assert_int_equal(try(BYTES("\0\1\0\0\0\2\1\7")), YES);
    assert_int_equal(try(BYTES("\0\1\0\0\0\6\1\3\0")), MAYBE);
}

static void forms_that_do_not(void **state)
{
    assert_int_equal(try(BYTES("\0\1\0\1\0\6\1\3\0\0\0\x0a")), NO);   // protocol
    assert_int_equal(try(BYTES("\0\1\0\0\0\7\1\3\0\0\0\x0a\0")), NO); // length
    assert_int_equal(try(BYTES("\0\1\0\0\1\6\1\3\0\0\0\x0a")), NO);
    assert_int_equal(try(BYTES("\0\1\0\0\0\1\1\3\0\0\0\x0a")), NO);
    assert_int_equal(try(BYTES("\0\1\0\0\0\6\1\3\0\0\0\0")), NO);   // no registers
    assert_int_equal(try(BYTES("\0\1\0\0\0\6\1\3\0\0\0\x7e")), NO); // 126 of them
    assert_int_equal(try(BYTES("\0\1\0\0\0\6\1\5\0\1\1\0")), NO);   // neither on nor off
    assert_int_equal(try(BYTES("\0\1\0\0\0\x08\1\x0f\0\1\0\x09\1\7")), NO);
    assert_int_equal(try(BYTES("\0\1\0\0\0\3\1\x83\x0c")), NO);     // no such exception
    assert_int_equal(try(BYTES("\0\1\0\0\0\6\1\x63\0\0\0\1")), NO); // no such function
    assert_int_equal(try(BYTES("\0\1\0\0\0\4\1\x09\0\0")), NO);
    assert_true(try_noise(&proto_modbus, true, 100000) < 20);
}

static struct ev_modbus *event(const struct lab *l, unsigned n)
{
    return (struct ev_modbus *)(void *)lab_event(l, EV_modbus, n);
}

static bool is(struct slice s, const char *text)
{
    return s.n == strlen(text) && !memcmp(s.p, text, s.n);
}

static void begin(struct lab *l)
{
    lab_open(l, TCP);
    assert_true(feed_begin(l->feeds, &l->x, &proto_modbus));
}

static void events(void **state)
{
    struct lab l;

    begin(&l);
    feed_data(l.feeds, &l.x, BYTES("\1\2\0\0\0\6\x11\3\0\x6b\0\3\1\3\0\0\0\6\x11\6\0\1\0\7"),
              ORIG);
    feed_data(l.feeds, &l.x, BYTES("\1\2\0\0\0\x09\x11\3\6\0\1\0\2\0\3"), RESP);
    feed_data(l.feeds, &l.x, BYTES("\1\3\0\0\0\3\x11\x86\2"), RESP);
    feed_data(l.feeds, &l.x, BYTES("\1\4\0\0\0\3\x11\x64\2"), RESP);
    struct ev_modbus *e = event(&l, 0);
    assert_int_equal(e->tid, 0x102);
    assert_int_equal(e->unit, 0x11);
    assert_true(is(e->func, "READ_HOLDING_REGISTERS"));
    assert_string_equal(e->pdu_type, "REQ");
    assert_null(e->exception.p);
    assert_int_equal(e->address, 0x6b);
    assert_int_equal(e->quantity, 3);
    e = event(&l, 1);
    assert_int_equal(e->value, 7);
    assert_int_equal(e->head.present, UINT64_C(1) << FI_modbus_address | 1 << FI_modbus_value);
    e = event(&l, 2);
    assert_string_equal(e->pdu_type, "RESP");
    assert_int_equal(e->head.present, 0);
    e = event(&l, 3);
    assert_true(is(e->func, "WRITE_SINGLE_REGISTER_EXCEPTION"));
    assert_true(is(e->exception, "ILLEGAL_DATA_ADDRESS"));
    e = event(&l, 4);
    assert_true(is(e->func, "unknown-100"));
    assert_null(event(&l, 5));
    lab_close(&l);
}

static void too_short(void **state)
{
    struct lab l;

    begin(&l);
    feed_data(l.feeds, &l.x, BYTES("\1\2\0\0\0\1\x11"), ORIG);
    feed_data(l.feeds, &l.x, BYTES("\1\2\0\0\0\6\x11\3\0\x6b\0\3"), ORIG);
    assert_int_equal(lab_odds(&l, ODD_modbus_short), 1);
    assert_non_null(event(&l, 0)); // it goes on behind
    feed_data(l.feeds, &l.x, BYTES("GET / HTTP/1.1"), ORIG);
    feed_data(l.feeds, &l.x, BYTES("\1\2\0\0\0\6\x11\3\0\x6b\0\3"), ORIG);
    assert_null(event(&l, 1));
    lab_close(&l);
}

static void after_a_gap(void **state)
{
    struct lab l;

    begin(&l);
    feed_data(l.feeds, &l.x, BYTES("\1\2\0\0\0\6\x11"), ORIG);
    feed_gap(l.feeds, &l.x, 50, ORIG);
    feed_data(l.feeds, &l.x, BYTES("\0\x6b\0\3\7\7\7\7\7\7"), ORIG); // inside something
    assert_null(event(&l, 0));
    feed_data(l.feeds, &l.x, BYTES("\1\2\0\0\0\6\x11\3\0\x6b\0\3"), ORIG);
    assert_non_null(event(&l, 0));
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_that_fit), cmocka_unit_test(forms_that_do_not),
        cmocka_unit_test(events),         cmocka_unit_test(too_short),
        cmocka_unit_test(after_a_gap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
