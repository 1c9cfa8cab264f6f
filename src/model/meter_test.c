// SPDX-License-Identifier: Apache-2.0
// Tokens of small flows: what they say, that they are sorted, distinct and bounded.
#include "model/made_test.h"

#include <setjmp.h>

#include <cmocka.h>

// The flow has a token that says exactly this.
static bool says(const struct glimpse *g, const char *words)
{
    struct tokens t;
    struct text text = {0};
    bool found = false;

    meter(&t, g);
    for (uint32_t i = 0; i < t.n && !found; i++) {
        text_clear(&text);
        assert_true(meter_words(&text, g, t.hash[i]));
        found = text.n == strlen(words) && !memcmp(text.p, words, text.n);
    }
    text_free(&text);
    return found;
}

static void assert_distinct(struct tokens *t)
{
    assert_true(t->n > 0 && t->n <= TOKENS_MOST);
    tokens_sort(t);
    for (uint32_t i = 1; i < t->n; i++)
        assert_true(t->hash[i - 1] < t->hash[i]);
}

static void binary_flow(void **state)
{
    struct glimpse g = made_modbus();

    assert_true(says(&g, "it runs over TCP"));
    assert_true(says(&g, "the client speaks first"));
    assert_true(says(&g, "the first 2 messages go client, server"));
    assert_true(says(&g, "the first client message has 12 bytes"));
    assert_true(says(&g, "a message of the client and the next have 12 bytes and 11 bytes"));
    assert_true(says(&g, "after a message of the client the next takes 1 to 10 ms"));
    assert_true(says(&g, "byte 7 of the first server message is 03"));
    assert_true(says(&g, "bytes 6-7 of the first client message are 01 03"));
    assert_true(says(&g, "a message begins with 00 01 00 00"));
    assert_true(says(&g, "the client begins with 00 01, and the answer with 00 01"));
    assert_true(says(&g, "in the first client message, the 16-bit number at 4 is the length "
                         "minus 6 (here 00 06)"));
    assert_true(says(&g, "in all messages, either way, the 16-bit number at 4 is the length "
                         "minus 6, though sizes differ"));
    assert_true(
        says(&g, "the answer repeats bytes 0-1 of the client in their place (here 00 01)"));
    assert_false(says(&g, "it runs over UDP"));
    g.ip_proto = UDP;
    assert_true(says(&g, "it runs over UDP"));
}

static void text_flow(void **state)
{
    struct glimpse g = made_http();

    assert_true(says(&g, "the first client message begins with the word \"GET\""));
    assert_true(says(&g, "a message begins with 47 45 54 20 (\"GET \")"));
    assert_true(says(&g, "a message begins with 3 capitals, 1 blank"));
    assert_true(says(&g, "the first line of one of the client messages has the word "
                         "\"HTTP/1.1\""));
    assert_true(
        says(&g, "a later line of one of the client messages begins with the word \"Host\""));
    assert_true(says(&g, "lines in server messages end with CR LF"));
    assert_true(says(&g, "the first client message has 3 lines"));
    assert_true(says(&g, "all of the first client message is text"));
    assert_true(says(&g, "byte 4 of the first client message, in a text, is 2f"));
    assert_true(says(&g, "a message contains \"pum\""));
}

// Two messages in one: the chain of parts that a length field walks.
static void chain_and_ber(void **state)
{
    struct glimpse g = {.ip_proto = UDP, .whole = true};

    SAY(&g, 0, "\x03\x00\x00\x07\xaa\xbb\xcc\x03\x00\x00\x05\xdd");
    assert_true(says(&g, "the first client message is a chain of parts, of which the 16-bit "
                         "number at 2 counts the bytes"));
    SAY(&g, 1, "\x30\x81\x03\x02\x01\x05");
    assert_true(says(&g, "the first server message is one BER value with a length of 1 bytes "
                         "(here 30 81 03)"));
}

static void counter_and_constant(void **state)
{
    struct glimpse g = {.ip_proto = UDP, .whole = true};

    SAY(&g, 0, "\x80\x60\x12\xff\x55\x01");
    SAY(&g, 0, "\x80\x60\x13\x00\x99\x02");
    SAY(&g, 0, "\x80\x60\x13\x01\x11\x04");
    assert_true(says(&g, "in the client messages, the 16-bit number at 2 rises by one each "
                         "(here 12 ff)"));
    assert_true(says(&g, "byte 1 is 60 in all client messages (here 60)"));
    assert_false(says(&g, "byte 5 is the same in all client messages (here 01)"));
}

static void moved_echo(void **state)
{
    struct glimpse g = {.ip_proto = UDP, .whole = true};

    SAY(&g, 0, "\x1b\x00\x00\x00\xde\xad\xbe\xef");
    SAY(&g, 1, "\xde\xad\xbe\xef\x1c\x00\x00\x00");
    assert_true(says(&g, "the answer repeats bytes 4-7 of the client at 0 (here de ad be ef)"));
}

// Without the opening, messages of a side are one place, and what either view knows is equal.
static void middle_view(void **state)
{
    struct glimpse whole = made_modbus(), part = whole;
    struct tokens a, b;

    part.whole = false;
    assert_true(says(&part, "byte 7 of a message of side A is 03"));
    assert_true(says(&part, "the opening was missed"));
    assert_false(says(&part, "the client speaks first"));
    assert_true(says(&part, "a message begins with 00 01 00 00"));
    meter(&a, &whole);
    meter(&b, &part);
    assert_true(tokens_alike(&a, &a) > 0.999);
    assert_true(tokens_alike(&a, &b) > 0.05 && tokens_alike(&a, &b) < 0.7);
}

static void no_delays(void **state)
{
    struct glimpse g = made_modbus();

    g.no_delays = true;
    assert_false(says(&g, "after a message of the client the next takes 1 to 10 ms"));
}

// Full messages of all kinds: the cap holds, order holds, each token has words.
static void bounds(void **state)
{
    static uint8_t bytes[MESSAGES_MOST][MESSAGE_BYTES];
    struct text text = {0};
    struct tokens t;

    for (uint32_t kind = 0; kind < 6; kind++) {
        struct glimpse g = {.ip_proto = TCP, .whole = kind & 1};
        for (uint8_t i = 0; i < MESSAGES_MOST; i++) {
            made_noise(bytes[i], MESSAGE_BYTES, kind * 100u + i);
            for (uint32_t k = 0; k < MESSAGE_BYTES; k++)
                bytes[i][k] = kind < 2 ? bytes[i][k] : kind < 4 ? 32 + bytes[i][k] % 95 : 0;
            say_message(&g, i & 1, bytes[i], MESSAGE_BYTES);
        }
        meter(&t, &g);
        assert_distinct(&t);
        for (uint32_t i = 0; i < t.n; i++) {
            text_clear(&text);
            assert_true(meter_text(&text, &g, t.hash[i]) && text.n > 10);
            assert_true(meter_family(t.hash[i]) <= RANDOM);
        }
    }
    assert_false(meter_text(&text, &(struct glimpse){0}, 0));
    text_free(&text);
}

static void nothing(void **state)
{
    struct glimpse none = {.ip_proto = UDP}, empty = none;
    struct tokens t;

    meter(&t, &none);
    assert_distinct(&t);
    SAY(&empty, 0, "");
    SAY(&empty, 1, "\x05");
    meter(&t, &empty);
    assert_distinct(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(binary_flow),   cmocka_unit_test(text_flow),
        cmocka_unit_test(chain_and_ber), cmocka_unit_test(counter_and_constant),
        cmocka_unit_test(moved_echo),    cmocka_unit_test(middle_view),
        cmocka_unit_test(no_delays),     cmocka_unit_test(bounds),
        cmocka_unit_test(nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
