// SPDX-License-Identifier: Apache-2.0
// DNP3 messages: requests with their replies, select and operate, findings.
#include "proto/dnp3/made_test.h"

#include <stdio.h>

#define CROB_5(status) "0C 01 28 01 00 05 00 81 01 64 00 00 00 C8 00 00 00 " status

static const struct ev_dnp3 *pair(const struct lab *l, unsigned n)
{
    return (const void *)lab_event(l, EV_dnp3, n);
}

static const struct ev_dnp3_control *control(const struct lab *l, unsigned n)
{
    return (const void *)lab_event(l, EV_dnp3_control, n);
}

static bool is(struct slice s, const char *text)
{
    return s.n == strlen(text) && !memcmp(s.p, text, s.n);
}

static unsigned notices(const struct lab *l, const char *note)
{
    unsigned found = 0;

    for (unsigned n = 0; lab_event(l, EV_notice, n); n++)
        found += !strcmp(((struct ev_notice *)(void *)lab_event(l, EV_notice, n))->note, note);
    return found;
}

static void paired(void **state)
{
    struct lab l;
    const struct ev_dnp3 *e;

    talk_open(&l, 6);
    talk_fragment(&l, "C1 01 3C 02 06 3C 01 06");
    assert_null(pair(&l, 0));
    l.out.ts += 250 * MSEC;
    talk_fragment(&l, "C1 81 90 04 1E 04 00 00 00 2A 00");
    e = pair(&l, 0);
    assert_non_null(e);
    assert_true(is(e->fc_request, "READ") && is(e->fc_reply, "RESPONSE"));
    assert_int_equal(e->iin, 0x9004);
    assert_true(is(e->iin_flags, "[\"parameter_error\",\"need_time\",\"device_restart\"]"));
    assert_string_equal(e->state, "answered");
    assert_int_equal(e->master, 3);
    assert_int_equal(e->outstation, 4);
    assert_int_equal(e->frames, 2);
    assert_true(e->latency_ms == 250);
    assert_true(e->head.ts == l.out.ts - 250 * MSEC);
    assert_true(is(e->reply_objects,
                   "[{\"group\":30,\"variation\":4,\"name\":\"analog_input_16\","
                   "\"qualifier\":0,\"start\":0,\"stop\":0,\"count\":1}]"));
    lab_close(&l);
}

// Replies find their requests by number; what has no other half stands alone, once.
static void apart(void **state)
{
    static const struct {
        const char *request, *reply, *state;
    } expected[] = {
        {NULL, "UNSOLICITED_RESPONSE", NULL},
        {"CONFIRM", NULL, "no_reply_expected"},
        {"READ", "RESPONSE", "answered"},
        {"WRITE", "RESPONSE", "answered"},
        {NULL, "RESPONSE", NULL},
        {"IMMED_FREEZE_NR", NULL, "no_reply_expected"},
        {"unknown-112", NULL, "unanswered"},
    };
    struct lab l;

    talk_open(&l, 6);
    talk_fragment(&l, "C1 01 3C 02 06");
    talk_fragment(&l, "C2 02 50 01 00 07 07 00");
    talk_fragment(&l, "F1 82 00 00");
    talk_fragment(&l, "D1 00"); // the number of the READ, but it is no reply to it
    talk_fragment(&l, "A1 81 00 00");
    talk_fragment(&l, "C2 81 00 00");
    talk_fragment(&l, "42 81 00 00"); // a further fragment
    talk_fragment(&l, "C3 08 14 00 06");
    talk_fragment(&l, "C4 70");
    feed_end(l.feeds, &l.x);
    for (unsigned i = 0; i < COUNT_OF(expected); i++) {
        const struct ev_dnp3 *e = pair(&l, i);
        assert_non_null(e);
        assert_true(expected[i].request ? is(e->fc_request, expected[i].request)
                                        : !e->fc_request.p);
        assert_true(expected[i].reply ? is(e->fc_reply, expected[i].reply) : !e->fc_reply.p);
        assert_true(expected[i].state ? !strcmp(e->state, expected[i].state) : !e->state);
    }
    assert_null(pair(&l, COUNT_OF(expected)));
    lab_close(&l);
}

static void retried(void **state)
{
    struct lab l;

    talk_open(&l, 6);
    talk_fragment(&l, "C1 01 3C 02 06");
    talk_fragment(&l, "C1 01 3C 02 06");
    talk_fragment(&l, "C1 81 00 00");
    assert_string_equal(pair(&l, 0)->state, "unanswered");
    assert_string_equal(pair(&l, 1)->state, "answered");
    assert_true(pair(&l, 1)->retry);
    assert_null(pair(&l, 2));
    lab_close(&l);
}

// More requests than are kept: the oldest are told as unanswered, all are told once.
static void many_requests(void **state)
{
    struct lab l;
    unsigned n = 0;

    talk_open(&l, 6);
    for (unsigned i = 0; i < 33; i++) {
        char hex[32];
        snprintf(hex, sizeof(hex), "C%X 01 3C 02 06", i % 16);
        talk_fragment(&l, hex);
    }
    feed_end(l.feeds, &l.x);
    while (pair(&l, n))
        n++;
    assert_int_equal(n, 33);
    lab_close(&l);
}

static void selected_and_operated(void **state)
{
    struct lab l;
    const struct ev_dnp3_control *e;

    talk_open(&l, 6);
    talk_fragment(&l, "C1 03 " CROB_5("00"));
    talk_fragment(&l, "C1 81 00 00 " CROB_5("00"));
    l.out.ts += SECOND;
    talk_fragment(&l, "C2 04 " CROB_5("00"));
    assert_null(control(&l, 0));
    talk_fragment(&l, "C2 81 00 00 " CROB_5("04"));
    e = control(&l, 0);
    assert_non_null(e);
    assert_true(is(e->function_code, "OPERATE") && is(e->status_code, "Not Supported"));
    assert_string_equal(e->result, "refused");
    assert_string_equal(e->trip_control_code, "Trip");
    assert_string_equal(e->operation_type, "Pulse On");
    assert_int_equal(e->index_number, 5);
    assert_int_equal(e->on_time, 100);
    assert_int_equal(e->off_time, 200);
    assert_true(e->sbo_ok && e->is_orig);
    assert_true(e->operate_ts - e->select_ts == SECOND);
    assert_null(control(&l, 1));
    lab_close(&l);
}

// What is wrong with pairs that are none, and the findings that come of it.
static void mismatched(void **state)
{
    static const struct {
        const char *say[5];
        nsec wait; // before the last
        const char *function, *result, *note;
    } row[] = {
        {{"C2 04 " CROB_5("00"), "C2 81 00 00 " CROB_5("02")},
         0,
         "OPERATE",
         "operate_without_select",
         "dnp3_operate_without_select"},
        {{"C1 03 " CROB_5("00"), "C1 81 00 00 " CROB_5("00"), "C4 04 " CROB_5("00")},
         0,
         "OPERATE",
         "sequence_wrong",
         "dnp3_control_mismatch"},
        {{"C1 03 " CROB_5("00"), "C1 81 00 00 " CROB_5("00"), "C2 04 " CROB_5("00")},
         11 * SECOND,
         "OPERATE",
         "select_expired",
         "dnp3_control_mismatch"},
        {{"C1 03 " CROB_5("00"), "C2 04 " CROB_5("00")},
         0,
         "OPERATE",
         "not_echoed",
         "dnp3_control_mismatch"},
        {{"C1 03 " CROB_5("00"), "C1 81 00 00 " CROB_5("00"), "C2 04 29 02 17 01 05 01 00 00"},
         0,
         "OPERATE",
         "objects_differ",
         "dnp3_control_mismatch"},
        {{"C1 03 " CROB_5("00")}, 0, "SELECT", "no_answer", NULL},
        {{"C1 03 " CROB_5("00"), "C1 81 00 00 " CROB_5("07")}, 0, "SELECT", "refused", NULL},
        {{"C1 03 " CROB_5("00"), "C1 81 00 00 " CROB_5("00")},
         0,
         "SELECT",
         "not_operated",
         NULL},
        {{"C1 05 " CROB_5("00"), "C1 81 00 00 " CROB_5("00")},
         0,
         "DIRECT_OPERATE",
         "done",
         NULL},
        {{"C1 05 " CROB_5("00"), "C1 81 00 01"}, 0, "DIRECT_OPERATE", "refused", NULL},
        {{"C1 05 " CROB_5("00"), "C1 81 00 00"}, 0, "DIRECT_OPERATE", "not_echoed", NULL},
        {{"C1 05 " CROB_5("00")}, 0, "DIRECT_OPERATE", "no_answer", NULL},
        {{"C1 06 " CROB_5("00")}, 0, "DIRECT_OPERATE_NR", "no_reply_expected", NULL},
        {{"C1 05 29 03 00 07 07 00 00 20 C1 00", "C1 81 00 00 29 03 00 07 07 00 00 20 C1 00"},
         0,
         "DIRECT_OPERATE",
         "done",
         NULL},
    };

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct lab l;
        talk_open(&l, 6);
        for (int k = 0; row[i].say[k]; k++) {
            l.out.ts += row[i].say[k + 1] ? 0 : row[i].wait;
            talk_fragment(&l, row[i].say[k]);
        }
        feed_end(l.feeds, &l.x);
        const struct ev_dnp3_control *e = control(&l, 0);
        assert_non_null(e);
        assert_true(is(e->function_code, row[i].function));
        assert_string_equal(e->result, row[i].result);
        assert_null(control(&l, 1));
        if (row[i].note)
            assert_int_equal(notices(&l, row[i].note), 1);
        else
            assert_null(lab_event(&l, EV_notice, 0));
        lab_close(&l);
    }
}

static void found(void **state)
{
    static const struct {
        const char *say, *note;
    } row[] = {
        {"C1 0D", "dnp3_restart"},
        {"C1 0E", "dnp3_restart"},
        {"C1 12 5A 01 06", "dnp3_stop_application"},
        {"C1 15 3C 02 06", "dnp3_unsolicited_disabled"},
        {"C1 13", "dnp3_config_change"},
        {"C1 02 22 01 17 01 00 05 00", "dnp3_config_change"},
        {"C1 02 32 01 07 01 9F 0D 83 52 4C 01", "dnp3_time_change"},
        {"C1 19 46 03 5B 01 1B 00 1A 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
         "02 00 00 04 01 00 61",
         "dnp3_file_write"},
        {"C1 1B", "dnp3_file_delete"},
        {"C1 83 00 00 78 07 5B 01 0F 00 00 00 00 00 00 00 00 00 05 00 00 00 00 00 00",
         "dnp3_authentication_failed"},
    };

    for (size_t i = 0; i < COUNT_OF(row); i++) {
        struct lab l;
        talk_open(&l, 6);
        for (int k = 0; k < 3; k++) // told once, the others at the end
            talk_fragment(&l, row[i].say);
        assert_int_equal(notices(&l, row[i].note), 1);
        assert_null(lab_event(&l, EV_notice, 1));
        feed_end(l.feeds, &l.x);
        assert_int_equal(((struct ev_notice *)(void *)lab_event(&l, EV_notice, 1))->count, 2);
        lab_close(&l);
    }
}

// The present time is none to be told of; 1600000000000 ms.
static void in_time(void **state)
{
    struct lab l;

    talk_open(&l, 6);
    talk_fragment(&l, "C1 02 32 01 07 01 00 80 6E 87 74 01");
    assert_null(lab_event(&l, EV_notice, 0));
    lab_close(&l);
}

static void found_by_answers(void **state)
{
    struct lab l;

    talk_open(&l, 6);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(notices(&l, "dnp3_probing"), 0);
        talk_fragment(&l, "C1 81 00 02");
        l.out.ts += SECOND;
    }
    assert_int_equal(notices(&l, "dnp3_probing"), 1);
    lab_close(&l);
}

static void to_all_and_by_others(void **state)
{
    const uint8_t restart[] = {0xc0, 0xc0, 0x0d}, read[] = {0xc0, 0xc0, 0x01, 60, 1, 6};
    struct lab l;
    struct made m = {0};

    talk_open(&l, 17);
    made_frame(&m, 0xc4, 0xffff, 3, restart, sizeof(restart));
    made_frame(&m, 0xc4, 4, 3, read, sizeof(read));
    talk_say(&l, ORIG, &m);
    assert_int_equal(notices(&l, "dnp3_broadcast_command"), 1);
    assert_int_equal(notices(&l, "dnp3_new_master"), 0);
    assert_string_equal(pair(&l, 0)->state, "no_reply_expected");
    m.n = 0;
    made_frame(&m, 0xc4, 4, 5, read, sizeof(read));
    talk_say(&l, ORIG, &m);
    assert_int_equal(notices(&l, "dnp3_new_master"), 1);
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paired),
        cmocka_unit_test(apart),
        cmocka_unit_test(retried),
        cmocka_unit_test(many_requests),
        cmocka_unit_test(selected_and_operated),
        cmocka_unit_test(mismatched),
        cmocka_unit_test(found),
        cmocka_unit_test(in_time),
        cmocka_unit_test(found_by_answers),
        cmocka_unit_test(to_all_and_by_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
