// SPDX-License-Identifier: Apache-2.0
// Messages as the model sees them: pieces joined, sides kept, sizes beyond what is kept.
#include "ident/prelude.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct addr client = {.b = {10, 0, 0, 1}, .kind = ADDR_IP4};
static const struct addr server = {.b = {10, 0, 0, 2}, .kind = ADDR_IP4};

static bool say_bytes(struct prelude *k, const char *text, enum side side, bool stream)
{
    struct slice s = slice_of(text, strlen(text));

    return prelude_add(k, &(struct piece){.bytes = s,
                                          .size = s.n,
                                          .side = side,
                                          .src = &client,
                                          .sport = 1000,
                                          .stream = stream});
}

static void tiny_pieces_are_one_message(void **state)
{
    struct prelude k = {.whole = true};
    struct glimpse g;

    for (const char *c = "abcdefghij"; *c; c++)
        assert_true(say_bytes(&k, (char[]){*c, 0}, ORIG, true));
    assert_true(say_bytes(&k, "x", RESP, true));
    assert_true(say_bytes(&k, "y", ORIG, true));
    prelude_glimpse(&g, &k, PROTO_TCP);
    assert_int_equal(g.n, 4); // abcdefgh, ij, x, y
    assert_memory_equal(g.message[0].p, "abcdefgh", 8);
    assert_int_equal(g.message[0].size, 8);
    assert_int_equal(g.message[1].kept, 2);
    assert_int_equal(g.message[2].side, 1);
}

static void datagrams_stay_apart(void **state)
{
    struct prelude k = {.whole = true};

    for (int i = 0; i < MESSAGES_MOST; i++)
        assert_true(say_bytes(&k, "a", ORIG, false));
    assert_false(say_bytes(&k, "a", ORIG, false));
    assert_int_equal(k.n, MESSAGES_MOST);
}

// What is beyond the kept bytes is counted, and overwrites nothing.
static void long_messages_are_cut(void **state)
{
    struct prelude k = {.whole = true};
    char text[1001];
    struct glimpse g;

    memset(text, 'z', 1000);
    text[1000] = 0;
    assert_true(say_bytes(&k, "abc", ORIG, true));
    assert_true(say_bytes(&k, text, ORIG, true));
    prelude_glimpse(&g, &k, PROTO_TCP);
    assert_int_equal(g.n, 1);
    assert_int_equal(g.message[0].kept, MESSAGE_BYTES);
    assert_int_equal(g.message[0].size, 1003);
    assert_memory_equal(g.message[0].p, "abczz", 5);
}

// The originator may turn out to be the other one: messages stay with who sent them.
static void a_turn_is_undone(void **state)
{
    struct prelude k = {.whole = true};
    struct slice s = slice_of("b", 1);

    assert_true(say_bytes(&k, "a", ORIG, false));
    assert_true(prelude_add(
        &k, &(struct piece){.bytes = s, .size = 1, .side = ORIG, .src = &server, .sport = 53}));
    assert_int_equal(k.message[0].side, 0);
    assert_int_equal(k.message[1].side, 1);
}

// Ports speak for an originator, so without a SYN the one who was seen first is side 0.
static void the_first_seen_is_side_0(void **state)
{
    struct prelude k = {.whole = true};
    struct glimpse g;

    assert_true(say_bytes(&k, "a", RESP, false));
    assert_true(say_bytes(&k, "b", ORIG, false));
    prelude_glimpse(&g, &k, PROTO_UDP);
    assert_int_equal(g.message[0].side, 0);
    assert_int_equal(g.message[1].side, 1);
    prelude_glimpse(&g, &k, PROTO_TCP);
    assert_int_equal(g.message[0].side, 1);
    k.whole = false;
    prelude_glimpse(&g, &k, PROTO_TCP);
    assert_int_equal(g.message[0].side, 0);
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(tiny_pieces_are_one_message), cmocka_unit_test(datagrams_stay_apart),
        cmocka_unit_test(long_messages_are_cut),       cmocka_unit_test(a_turn_is_undone),
        cmocka_unit_test(the_first_seen_is_side_0),
    };

    return cmocka_run_group_tests(all, NULL, NULL);
}
