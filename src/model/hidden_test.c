// SPDX-License-Identifier: Apache-2.0
// Obfuscated protocols by the sizes of their messages, and what comes close.
#include "model/made_test.h"

#include <setjmp.h>

#include <cmocka.h>

static uint8_t noise[MESSAGES_MOST][MESSAGE_BYTES];

static struct glimpse made(uint32_t n, const uint32_t *sizes, const uint8_t *sides)
{
    struct glimpse g = {.ip_proto = TCP, .whole = true};

    for (uint32_t i = 0; i < n; i++) {
        made_noise(noise[i], MESSAGE_BYTES, sizes[i] * 7919u + i);
        say_message(&g, sides[i], noise[i], sizes[i]);
    }
    return g;
}

static void bittorrent(void **state)
{
    const uint8_t turns[] = {0, 1, 0, 1, 0}, early[] = {0, 1, 0, 0, 1};
    struct glimpse g = made(5, (uint32_t[]){300, 500, 200, 210, 68}, turns);

    assert_string_equal(hidden_name(&g), "bittorrent_mse");
    g.whole = false;
    assert_null(hidden_name(&g));
    g = made(5, (uint32_t[]){96, 608, 56, 400, 68}, early);
    assert_string_equal(hidden_name(&g), "bittorrent_mse");
    g.ip_proto = UDP;
    assert_null(hidden_name(&g));
    g = made(5, (uint32_t[]){229, 116, 124, 82, 133},
             turns); // the handshake behind the secret
    assert_string_equal(hidden_name(&g), "bittorrent_mse");
    g = made(5, (uint32_t[]){229, 116, 124, 83, 133}, turns);
    assert_null(hidden_name(&g));
    g = made(5, (uint32_t[]){300, 500, 200, 210, 69}, turns);
    assert_null(hidden_name(&g));
    g = made(5, (uint32_t[]){95, 500, 200, 210, 68}, turns);
    assert_null(hidden_name(&g));
    g = made(5, (uint32_t[]){300, 609, 200, 210, 68}, turns);
    assert_null(hidden_name(&g));
    g = made(5, (uint32_t[]){300, 500, 200, 210, 68}, turns);
    memset(noise[1], 'a', MESSAGE_BYTES);
    assert_null(hidden_name(&g));
}

// An opening with padding, its answer, two hellos, and who asks whom for the identity when.
static void edonkey(void **state)
{
    const uint8_t turns[] = {0, 1, 0, 1, 1, 1, 0, 0}, one_side[] = {0, 1, 0, 1, 1, 1, 1, 1};
    struct glimpse g = made(8, (uint32_t[]){19, 54, 101, 96, 23, 11, 11, 41}, turns);

    assert_string_equal(hidden_name(&g), "edonkey_obfuscated");
    g.n = 6; // the other side has not asked yet
    assert_null(hidden_name(&g));
    g = made(8, (uint32_t[]){19, 54, 101, 96, 23, 11, 11, 41}, one_side);
    assert_null(hidden_name(&g));
    g = made(8, (uint32_t[]){11, 54, 101, 96, 23, 11, 11, 41}, turns);
    assert_null(hidden_name(&g));
    g = made(8, (uint32_t[]){12, 6, 60, 300, 11, 40, 11, 41}, turns);
    assert_string_equal(hidden_name(&g), "edonkey_obfuscated");
    g = made(8, (uint32_t[]){12, 5, 60, 300, 11, 40, 11, 41}, turns);
    assert_null(hidden_name(&g));
    g = made(8, (uint32_t[]){19, 54, 101, 96, 23, 11, 11, 41}, turns);
    memset(noise[3], 'a', MESSAGE_BYTES);
    assert_null(hidden_name(&g));
}

static void others(void **state)
{
    const uint8_t ivy[] = {0, 1, 1}, cccam[] = {1, 0, 0, 0, 1};
    static uint8_t length[] = {0xd0, 0x15, 0, 0};
    struct glimpse g = made(3, (uint32_t[]){256, 256, 4}, ivy);

    assert_null(hidden_name(&g));
    g.message[2].p = length;
    assert_string_equal(hidden_name(&g), "poison_ivy");
    g.message[1].size = 255;
    assert_null(hidden_name(&g));
    g = made(5, (uint32_t[]){16, 20, 20, 6, 20}, cccam);
    assert_string_equal(hidden_name(&g), "cccam");
    g.n = 4;
    assert_null(hidden_name(&g));
    g = made(5, (uint32_t[]){16, 20, 20, 6, 21}, cccam);
    assert_null(hidden_name(&g));
    g = made(5, (uint32_t[]){16, 20, 20, 6, 20}, (uint8_t[]){1, 0, 0, 0, 0});
    assert_null(hidden_name(&g));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bittorrent),
        cmocka_unit_test(edonkey),
        cmocka_unit_test(others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
