// SPDX-License-Identifier: Apache-2.0
// A certain model: its names start analysers, and agree with announcements or overrule them.
#include "ident/ident.h"

#include "model/made_test.h"
#include "proto/lab.h"

#define GREETING "220 ready\r\n"
#define USER     "USER operator\r\n"
#define ANSWER   "331 password\r\n"
#define QUESTION                                                                               \
    "\0\1\0\0\0\10\1\x63\0\0\0\0" // of Modbus, a function that its probe does not know

// A model that is certain of `name` from the second message on.
static struct model *certain_of(const char *name, const struct glimpse *g)
{
    struct glimpse first = *g;
    struct tokens one, two;
    uint32_t own[2], n = 0;

    first.n = 1;
    meter(&one, &first);
    meter(&two, g);
    tokens_sort(&two);
    for (uint32_t i = 0; i < two.n && n < COUNT_OF(own); i++)
        if (!tokens_have(&one, two.hash[i]))
            own[n++] = two.hash[i];
    assert_int_equal(n, 2);
    const struct model_name names[] = {made_name(name, ""), made_name("other", "")};
    const float scale[] = {10, 10};
    const struct rule_part rule = {0, 2, own, 3, 20, 31};
    const struct weight_part weight[] = {{own[0], 0, 127}};
    const struct model_parts parts = {.name = names,
                                      .scale = scale,
                                      .rule = &rule,
                                      .weight = weight,
                                      .n_names = 2,
                                      .n_rules = 1,
                                      .n_weights = 1};
    struct text t = {0};
    struct fail f;

    model_write(&t, &parts);
    struct model *m = model_read(text_slice(&t), &f);
    text_free(&t);
    assert_non_null(m);
    return m;
}

struct table {
    struct lab l;
    struct idents *i;
    struct model *m;
};

static void begin(struct table *t, struct model *m, const char *expected)
{
    lab_open(&t->l, TCP);
    t->i = ident_open(t->l.feeds);
    t->l.talk.history_n = 3;
    memcpy(t->l.talk.history, "ShA", 3);
    t->l.talk.expected = expected;
    t->m = m;
    ident_use(m);
    ident_begin(t->i, &t->l.x);
}

static void say_bytes(struct table *t, struct slice s, enum side side)
{
    t->l.packet.payload_len = s.n;
    t->l.packet.ts += 5 * (nsec)MSEC;
    ident_data(t->i, &t->l.x, s, side);
}

static void end(struct table *t)
{
    struct verdict_words w = {0};

    ident_end(t->i, &t->l.x, &w);
    ident_use(NULL);
    model_free(t->m);
    ident_close(t->i);
    lab_close(&t->l);
}

static struct glimpse ftp(void)
{
    struct glimpse g = {.ip_proto = TCP, .whole = true};

    SAY(&g, 1, GREETING);
    SAY(&g, 0, USER);
    return g;
}

static void starts_the_analyser(void **state)
{
    const struct glimpse g = ftp();
    struct table t;

    begin(&t, certain_of("ftp", &g), NULL);
    say_bytes(&t, BYTES(GREETING), RESP);
    assert_null(t.l.talk.verdict.service);
    say_bytes(&t, BYTES(USER), ORIG);
    assert_string_equal(t.l.talk.verdict.service, "ftp");
    assert_int_equal(t.l.talk.verdict.how, HOW_MODEL);
    assert_ptr_equal(t.l.talk.analyser, &proto_ftp);
    assert_true(t.l.talk.patient);
    say_bytes(&t, BYTES(ANSWER), RESP);
    end(&t);
}

// What was said before the model was certain reaches the analyser once, and in order.
static void nothing_is_lost(void **state)
{
    struct glimpse g = {.ip_proto = TCP, .whole = true};
    struct table t;

    SAY(&g, 0, QUESTION "xx");
    SAY(&g, 1, QUESTION "yy");
    begin(&t, certain_of("modbus", &g), NULL);
    say_bytes(&t, BYTES(QUESTION "xx"), ORIG);
    say_bytes(&t, BYTES(QUESTION "yy"), RESP);
    assert_string_equal(t.l.talk.verdict.service, "modbus");
    assert_non_null(lab_event(&t.l, EV_modbus, 1));
    assert_null(lab_event(&t.l, EV_modbus, 2));
    end(&t);
}

static void announced(void **state)
{
    const struct glimpse g = ftp();
    struct table t;

    begin(&t, certain_of("ftp", &g), "ftp"); // they agree
    say_bytes(&t, BYTES(GREETING), RESP);
    say_bytes(&t, BYTES(USER), ORIG);
    assert_int_equal(t.l.talk.verdict.how, HOW_EXPECTED);
    assert_int_equal(t.l.talk.verdict.sure, 99);
    end(&t);

    begin(&t, certain_of("ftp", &g), "rtp"); // they do not
    say_bytes(&t, BYTES(GREETING), RESP);
    say_bytes(&t, BYTES(USER), ORIG);
    assert_string_equal(t.l.talk.verdict.service, "ftp");
    assert_int_equal(t.l.talk.verdict.how, HOW_MODEL);
    end(&t);
}

static void without_analyser(void **state)
{
    const struct glimpse g = ftp();
    struct table t;

    begin(&t, certain_of("nobody", &g), NULL);
    say_bytes(&t, BYTES(GREETING), RESP);
    say_bytes(&t, BYTES(USER), ORIG);
    assert_string_equal(t.l.talk.verdict.service, "nobody");
    assert_false(talk_is_heard(&t.l.talk));
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_the_analyser),
        cmocka_unit_test(nothing_is_lost),
        cmocka_unit_test(announced),
        cmocka_unit_test(without_analyser),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
