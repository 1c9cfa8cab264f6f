// SPDX-License-Identifier: Apache-2.0
// PROFINET DCP: blocks in words, pairing, names, and messages that lie.
#include "proto/profinet/wire_test.h"

static const struct mac tool = {{2, 0, 0, 0, 0, 1}}, plc = {{2, 0, 0, 0, 0, 2}},
                        other = {{2, 0, 0, 0, 0, 3}}, group = {{1, 0x0e, 0xcf, 0, 0, 0}};

static struct ev_profinet_dcp *last_of(struct wire *w)
{
    struct ev_profinet_dcp *found = NULL;

    for (struct event *e = w->out.first; e; e = e->next)
        if (e->id == EV_profinet_dcp)
            found = (void *)e;
    return found;
}

static struct ev_profinet_step *step_of(struct wire *w, unsigned n)
{
    for (struct event *e = w->out.first; e; e = e->next)
        if (e->id == EV_profinet_step && n-- == 0)
            return (void *)e;
    return NULL;
}

static struct ev_profinet_dcp *send(struct wire *w, const struct mac *from,
                                    const struct mac *to, struct slice s)
{
    wire_send(w, from, to, s);
    return last_of(w);
}

static bool says(const struct ev_profinet_dcp *e, const char *words)
{
    return e->blocks.p && memmem(e->blocks.p, e->blocks.n, words, strlen(words)) != NULL;
}

static bool equals(struct slice s, const char *text)
{
    return s.n == strlen(text) && !memcmp(s.p, text, s.n);
}

#define SET(xid, length, blocks) BYTES("\xfe\xfd\x04\0\0\0\0" xid "\0\0\0" length blocks)
#define SET_ANSWER(xid, error)                                                                 \
    BYTES("\xfe\xfd\x04\1\0\0\0" xid "\0\0\0\x08"                                              \
          "\5\4\0\3\2\2" error "\0")
#define NAMED(xid, name) BYTES("\xfe\xff\5\1\0\0\0" xid "\0\0\0\x0a\2\2\0\5\0\0" name "\0")

static void a_set_is_answered(void **state)
{
    struct wire *w = *state;
    struct ev_profinet_dcp *e = send(w, &tool, &plc, SET("\7", "\x0a", "\2\2\0\6\0\1axc1"));

    assert_string_equal(e->service, "set");
    assert_true(equals(e->name_of_station, "axc1"));
    assert_true(says(e, "\"qualifier\":1,\"value\":\"axc1\""));
    assert_null(e->malformed);
    w->out.ts += 5 * MSEC;
    e = send(w, &plc, &tool, SET_ANSWER("\7", "\0"));
    assert_string_equal(e->pairing, "answer");
    assert_int_equal(e->paired_packet, 1);
    assert_int_equal(e->paired_ts, 1000 * SECOND);
    struct ev_profinet_step *s = step_of(w, 0);
    assert_non_null(s);
    assert_int_equal(s->outcome, DCP_DONE);
    assert_int_equal(s->actions, DCP_SET_NAME);
    assert_true(s->permanent && equals(s->name, "axc1"));
    assert_int_equal(s->answered - s->asked, 5 * MSEC);
    e = send(w, &plc, &tool, SET_ANSWER("\7", "\0"));
    assert_string_equal(e->pairing, "repeated");
    e = send(w, &plc, &tool, SET_ANSWER("\7", "\6"));
    assert_string_equal(e->pairing, "conflict");
    assert_string_equal(e->error, "in operation, set not possible");
    e = send(w, &other, &tool, SET_ANSWER("\7", "\0"));
    assert_string_equal(e->pairing, "wrong_mac");
    e = send(w, &plc, &tool, SET_ANSWER("\x08", "\0"));
    assert_string_equal(e->pairing, "unsolicited");
    assert_null(step_of(w, 1));
}

static void what_waits_too_long_is_told(void **state)
{
    struct wire *w = *state;

    send(w, &tool, &plc, SET("\1", "\x0a", "\2\2\0\6\0\1axc1"));
    send(w, &tool, &plc, SET("\1", "\x0a", "\2\2\0\6\0\1axc1")); // again
    w->out.ts += 3 * SECOND;
    proto_profinet.tick(&w->x, w->state, w->out.ts, false);
    assert_null(step_of(w, 0)); // an answer may still come
    w->out.ts += 1;
    proto_profinet.tick(&w->x, w->state, w->out.ts, false);
    assert_non_null(step_of(w, 0));
    assert_int_equal(step_of(w, 0)->outcome, DCP_UNANSWERED);
    assert_int_equal(step_of(w, 0)->sent, 2);
    assert_string_equal(send(w, &plc, &tool, SET_ANSWER("\1", "\0"))->pairing, "late");
    send(w, &tool, &plc, SET("\2", "\x0a", "\2\2\0\6\0\1axc2"));
    w->out.ts += 7200 * SECOND; // another day
    proto_profinet.tick(&w->x, w->state, w->out.ts, false);
    assert_int_equal(step_of(w, 1)->outcome, DCP_OPEN);
}

static void many_may_answer_an_identify(void **state)
{
    struct wire *w = *state;
    struct ev_profinet_dcp *e =
        send(w, &tool, &group, BYTES("\xfe\xfe\5\0\0\0\0\1\0\1\0\4\xff\xff\0\0"));

    assert_string_equal(e->service, "identify");
    assert_int_equal(e->response_delay_ms, 10);
    assert_int_equal(e->asks, DCP_BY_ALL);
    assert_string_equal(send(w, &plc, &tool, NAMED("\1", "abc"))->pairing, "answer");
    assert_string_equal(send(w, &other, &tool, NAMED("\1", "abd"))->pairing, "answer");
    assert_string_equal(send(w, &other, &tool, NAMED("\1", "abd"))->pairing, "repeated");
    w->out.ts += 411 * (nsec)MSEC;
    proto_profinet.tick(&w->x, w->state, w->out.ts, false);
    assert_int_equal(step_of(w, 0)->answers, 2);
    assert_true(!memcmp(&step_of(w, 0)->server, &plc, sizeof(plc)));
    // Station 3 of 32 slots answers 30 ms late at the earliest.
    send(w, &tool, &group, BYTES("\xfe\xfe\5\0\0\0\0\2\0\x20\0\4\xff\xff\0\0"));
    assert_string_equal(send(w, &other, &tool, NAMED("\2", "abd"))->pairing, "early");
}

static void blocks_in_words(void **state)
{
    struct wire *w = *state;
    struct ev_profinet_dcp *e =
        send(w, &plc, &tool,
             BYTES("\xfe\xff\5\1\0\0\0\1\0\0\0\x58"
                   "\1\2\0\x0e\0\x81\xc0\xa8\0\6\xff\xff\xff\0\xc0\xa8\0\1"
                   "\2\1\0\5\0\0S7\"\0"
                   "\2\3\0\6\0\0\0\x2a\1\1"
                   "\2\4\0\4\0\0\3\0"
                   "\2\5\0\6\0\0\1\2\xff\xff"
                   "\3\x3d\0\x0b\0\0\x3d\7\1\2\3\4\5\6\7\0"
                   "\6\1\0\4\0\0\0\1"
                   "\x80\1\0\4\0\0\xca\xfe"));

    assert_null(e->malformed);
    assert_true(says(e, "\"info\":129,\"info_text\":\"set, conflict\",\"value\":\"192.168.0.6, "
                        "mask 255.255.255.0, gateway 192.168.0.1\""));
    assert_true(says(e, "\"value\":\"S7\\\"\""));
    assert_true(says(e, "Siemens (0x002a), device 0x0101"));
    assert_true(says(e, "\"value\":\"io_device,io_controller\""));
    assert_true(says(e, "\"value\":\"1/2 255/255\""));
    assert_true(says(e, "\"name\":\"DHCP client identifier\",\"info\":0,"
                        "\"value\":\"02:03:04:05:06:07\""));
    assert_true(says(e, "sends Hello"));
    assert_true(says(e, "\"name\":\"manufacturer specific\",\"info\":0,\"value\":\"cafe\""));
    assert_string_equal(e->vendor, "Siemens");
    assert_true(equals(e->role, "io_device,io_controller"));
    e = send(w, &tool, &plc, SET("\1", "\6", "\5\6\0\2\0\x04"));
    assert_true(says(e, "\"qualifier\":4,\"value\":\"communication parameters (mode 2)\""));
    assert_int_equal(e->actions, DCP_SET_RESET);
    e = send(w, &tool, &plc, BYTES("\xfe\xfd\3\0\0\0\0\1\0\0\0\4\2\2\1\2"));
    assert_true(says(e, "{\"option\":2,\"suboption\":2,\"name\":\"name of station\"},"
                        "{\"option\":1,\"suboption\":2,\"name\":\"IP parameter\"}"));
}

static void lies_are_told(void **state)
{
    static const struct {
        struct slice bytes;
        const char *fault;
    } lie[] = {
        {{(const void *)"\xfe\xfd\x04", 3}, "shorter than its header"},
        {{(const void *)"\xfe\xfd\5\0\0\0\0\1\0\0\0\0", 12}, "service and type do not fit"},
        {{(const void *)"\xfe\xfd\4\2\0\0\0\1\0\0\0\0", 12}, "service and type do not fit"},
        {{(const void *)"\xfe\xfd\4\0\0\0\0\1\0\0\0\1", 12}, "length is more than the frame"},
        {{(const void *)"\xfe\xfd\4\0\0\0\0\1\0\0\0\4\2\2\0\0", 16}, "too short for its"},
        {{(const void *)"\xfe\xfd\4\0\0\0\0\1\0\0\0\6\1\2\0\2\0\0", 18}, "value is wrong"},
        {{(const void *)"\xfe\xfd\4\0\0\0\0\1\0\0\0\6\2\2\0\4\0\0", 18}, "runs over the end"},
        {{(const void *)"\xfe\xfd\4\0\0\0\0\1\0\0\0\7\5\1\0\2\0\0\0", 19},
         "behind the last block"},
        {{(const void *)"\xfe\xfd\3\0\0\0\0\1\0\0\0\3\2\2\1", 15}, "behind the last option"},
        {{(const void *)"\xfe\xfe\5\0\0\0\0\1\0\0\0\4\xff\xff\0\0", 16}, "delay out of range"},
        {{(const void *)"\xfe\xfe\5\0\0\0\0\1\x19\1\0\4\xff\xff\0\0", 16},
         "delay out of range"},
        {{(const void *)"\xfe\xfc\6\0\0\0\0\1\0\0\0\0", 12}, "kind of destination"},
    };
    struct wire *w = *state;

    for (size_t i = 0; i < COUNT_OF(lie); i++) {
        struct ev_profinet_dcp *e = send(w, &tool, &plc, lie[i].bytes);
        assert_non_null(e->malformed);
        assert_non_null(strstr(e->malformed, lie[i].fault));
    }
    assert_non_null(send(w, &plc, &plc, SET("\1", "\x0a", "\2\2\0\6\0\1axc1"))->malformed);
    assert_non_null(send(w, &group, &plc, SET("\1", "\x0a", "\2\2\0\6\0\1axc1"))->malformed);
    assert_null(send(w, &tool, &plc, SET("\1", "\x0a", "\2\2\0\5\0\1axc\0"))->malformed);
    unsigned odds = 0;
    assert_null(send(w, &tool, &plc, SET("\2", "\x0a", "\2\2\0\5\0\1axc!"))->malformed);
    for (struct event *e = w->out.first; e; e = e->next)
        odds += e->id == EV_weird &&
                !strcmp(((struct ev_weird *)(void *)e)->name, "dcp_pad_nonzero");
    assert_int_equal(odds, 1);
}

static void names_and_their_faults(void **state)
{
    static const struct {
        const char *name;
        int weight;
    } known[] = {
        {"", DCP_NAME_FINE},
        {"axl-f-bk-pn", DCP_NAME_FINE},
        {"a.b.c.d", DCP_NAME_FINE},
        {"port-12", DCP_NAME_FINE},
        {"1.2.3", DCP_NAME_FINE},
        {"X208-BORD", DCP_NAME_OLD},
        {"a_b", DCP_NAME_OLD},
        {"-a", DCP_NAME_BAD},
        {"a-", DCP_NAME_BAD},
        {"a..b", DCP_NAME_BAD},
        {"1.2.3.4", DCP_NAME_BAD},
        {"port-123", DCP_NAME_BAD},
        {"port-123-45678", DCP_NAME_BAD},
        {"a b", DCP_NAME_BAD},
        {"a%", DCP_NAME_BAD},
        {"%n", DCP_NAME_HOSTILE},
        {"a\n", DCP_NAME_HOSTILE},
        {"$(x)", DCP_NAME_HOSTILE},
        {"a/b", DCP_NAME_HOSTILE},
        {"\xc3\xa4", DCP_NAME_BAD},
    };
    char longest[242];
    uint8_t weight;

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        const char *fault = dcp_name_fault(slice_str(known[i].name), &weight);
        assert_int_equal(weight, known[i].weight);
        assert_int_equal(fault != NULL, weight != DCP_NAME_FINE);
    }
    for (size_t i = 0; i < sizeof(longest); i++)
        longest[i] = i % 60 == 59 ? '.' : 'a';
    dcp_name_fault(slice_of(longest, 239), &weight);
    assert_int_equal(weight, DCP_NAME_FINE);
    dcp_name_fault(slice_of(longest, 241), &weight);
    assert_int_equal(weight, DCP_NAME_BAD);
    memset(longest, 'a', sizeof(longest));
    dcp_name_fault(slice_of(longest, 64), &weight);
    assert_int_equal(weight, DCP_NAME_BAD);
}

static void many_requests_stay_bounded(void **state)
{
    struct wire *w = *state;
    char bytes[] = "\xfe\xfd\x03\0\0\0\0\0\0\0\0\2\2\2";
    unsigned forgotten = 0;

    for (unsigned i = 0; i < DCP_EXCHANGES + 10; i++) {
        bytes[6] = (char)(i >> 8);
        bytes[7] = (char)i;
        send(w, &tool, &plc, slice_of(bytes, sizeof(bytes) - 1));
    }
    for (unsigned i = 0; step_of(w, i); i++)
        forgotten += step_of(w, i)->outcome == DCP_FORGOTTEN;
    assert_int_equal(forgotten, 10);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_wire, close_wire)
    const struct CMUnitTest tests[] = {
        TEST(a_set_is_answered),
        TEST(what_waits_too_long_is_told),
        TEST(many_may_answer_an_identify),
        TEST(blocks_in_words),
        TEST(lies_are_told),
        TEST(names_and_their_faults),
        TEST(many_requests_stay_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
