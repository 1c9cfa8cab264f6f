// SPDX-License-Identifier: Apache-2.0
// Tests of the fast checksum against a plain loop, at every length and alignment.
#include "packet/check_test.h"
#include "packet/checksum.h"

static void random_bytes(uint8_t *p, uint32_t n, uint64_t *state)
{
    for (uint32_t i = 0; i < n; i++) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        p[i] = (uint8_t)(*state >> 56);
    }
}

static uint16_t swapped(uint16_t v)
{
    uint8_t b[2];

    memcpy(b, &v, 2);
    return load_be16(b);
}

static void equals_plain_loop(void **state)
{
    static uint8_t b[9200];
    uint64_t seed = 7;

    random_bytes(b, sizeof b, &seed);
    for (uint32_t n = 0; n < 300; n++) {
        for (uint32_t at = 0; at < 9; at++)
            assert_int_equal(swapped(sum_fold(sum_bytes(b + at, n))), naive_sum(b + at, n, 0));
    }
    for (uint32_t n = 1400; n < 9100; n += 77)
        assert_int_equal(swapped(sum_fold(sum_bytes(b, n))), naive_sum(b, n, 0));
}

static void carries_are_kept(void **state)
{
    static uint8_t b[65536];

    memset(b, 0xff, sizeof b);
    assert_int_equal(sum_fold(sum_bytes(b, sizeof b)), 0xffff);
    b[77] = 0xfe;
    assert_int_equal(swapped(sum_fold(sum_bytes(b, sizeof b))), naive_sum(b, sizeof b, 0));
    memset(b, 0, sizeof b);
    assert_int_equal(sum_fold(sum_bytes(b, sizeof b)), 0);
}

static void each_bit_matters(void **state)
{
    struct bytes f = {.n = 0};

    udp_packet(&f, 4);
    struct packet p = decode(101, &f);
    assert_int_equal(p.odds, 0);
    for (uint32_t bit = 20 * 8; bit < f.n * 8; bit++) {
        struct bytes g = f;
        g.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        p = decode(101, &g);
        assert_true(p.odds != 0);
    }
}

// A sender that leaves the sum to its card puts there the sum of the pseudo header.
static void offloaded_is_not_wrong(void **state)
{
    struct bytes f = {.n = 0};
    uint32_t at = ip4(&f, 6), up = tcp(&f, TCP_ACK);

    put32(&f, 0x01020304);
    ip_end(&f, at, up, 6);
    uint32_t pseudo = naive_sum(f.b + at + 12, 8, 6);
    set16(&f, up + 16, naive_sum(NULL, 0, pseudo + f.n - up));
    assert_int_equal(decode(101, &f).odds, 0);
    set16(&f, up + 16, naive_sum(NULL, 0, pseudo));
    assert_int_equal(decode(101, &f).odds, 0);
    set16(&f, up + 16, naive_sum(NULL, 0, pseudo + 1));
    struct packet p = decode(101, &f);
    assert_true(p.checksum_bad && has(&p, ODD_tcp_checksum));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_plain_loop),
        cmocka_unit_test(carries_are_kept),
        cmocka_unit_test(each_bit_matters),
        cmocka_unit_test(offloaded_is_not_wrong),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
