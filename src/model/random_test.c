// SPDX-License-Identifier: Apache-2.0
// Random-looking flows, and those that must never be called so.
#include "model/made_test.h"

#include <setjmp.h>

#include <cmocka.h>

static uint8_t noise[MESSAGES_MOST][MESSAGE_BYTES];

static void say_noise(struct glimpse *g, uint8_t side, uint32_t size, uint64_t seed)
{
    made_noise(noise[g->n], MESSAGE_BYTES, seed * 7919 + g->n);
    say_message(g, side, noise[g->n], size);
}

static bool noisy(uint32_t size, uint64_t seed)
{
    struct glimpse g = {.ip_proto = TCP, .whole = true};

    for (uint8_t i = 0; i < 4; i++)
        say_noise(&g, i & 1, size, seed);
    return looks_random(&g);
}

static void noise_is_found(void **state)
{
    uint32_t found = 0;

    for (uint64_t seed = 1; seed <= 500; seed++)
        found += noisy(64 + (uint32_t)seed % 300, seed);
    assert_in_range(found, 480, 500);
    assert_false(noisy(12, 3)); // too short to tell
}

static void others_are_not(void **state)
{
    struct glimpse http = made_http(), modbus = made_modbus();
    struct glimpse g = {.ip_proto = UDP, .whole = true};
    static uint8_t bytes[300];

    assert_false(looks_random(&http));
    assert_false(looks_random(&modbus));
    SAY(&g, 0,
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    assert_false(looks_random(&g));
    static const char *const heads[] = {
        "\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03", // TLS
        "\xc3\x00\x00\x00\x01\x08",                     // QUIC
        "\xca\x0a\x1a\x2a\x3a\x08",                     // a reserved version
        "\xd0\x6b\x33\x43\xcf\x08",                     // version 2
        "SSH-2.0-OpenSSH_9.2\r\n",
    };
    static const uint8_t sizes[] = {11, 6, 6, 6, 21};
    for (uint32_t i = 0; i < COUNT_OF(heads); i++) {
        made_noise(bytes, sizeof(bytes), i);
        memcpy(bytes, heads[i], sizes[i]);
        g.n = 0;
        say_message(&g, 0, bytes, sizeof(bytes));
        assert_false(looks_random(&g));
    }
}

// Voice: the head is constant although the rest is spread evenly.
static void constant_heads_are_not(void **state)
{
    static uint8_t bytes[4][172];
    struct glimpse g = {.ip_proto = UDP, .whole = true};

    for (uint8_t i = 0; i < 4; i++) {
        made_noise(bytes[i], sizeof(bytes[i]), i);
        bytes[i][0] = 0x80;
        say_message(&g, 0, bytes[i], sizeof(bytes[i]));
    }
    assert_false(looks_random(&g));
    assert_true(noisy(172, 1));
}

static void described(void **state)
{
    struct text t = {0};
    struct glimpse modbus = made_modbus(), http = made_http(),
                   g = {.ip_proto = TCP, .whole = true};

    model_describe(&t, &modbus);
    text_char(&t, '\n');
    model_describe(&t, &http);
    text_char(&t, '\n');
    say_noise(&g, 0, 200, 1);
    model_describe(&t, &g);
    text_char(&t, 0);
    assert_non_null(strstr(t.p, "binary, "));
    assert_non_null(strstr(t.p, " at 2 is the length minus 6, though sizes differ"));
    assert_non_null(strstr(t.p, "\ntext, the client speaks first"));
    assert_non_null(strstr(t.p, "\nlooks random from its first byte"));
    assert_non_null(strstr(t.p, "one way, 1 message"));
    text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_is_found),
        cmocka_unit_test(others_are_not),
        cmocka_unit_test(constant_heads_are_not),
        cmocka_unit_test(described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
