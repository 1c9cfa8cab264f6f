// SPDX-License-Identifier: Apache-2.0
// Crafted packets: padding and what it looks like, known probes, impossible values; and what is
// none of these.
#include "packet/crafted.h"

#include <string.h>

#include "packet/check_test.h"

static const char *words_of(const struct packet *p, enum odd which)
{
    static char words[200];

    return packet_odd_words(p, which, words, sizeof(words)) ? words : "";
}

// A datagram of one byte in a frame of 60 bytes; the rest is `padding`.
static struct bytes padded(const void *padding, uint32_t n)
{
    struct bytes f = {.n = 0};

    ether(&f, 0x0800);
    uint32_t at = ip4(&f, 17), up = udp(&f, 31790, 31789);
    PUT(&f, "A");
    ip_end(&f, at, up, 17);
    put(&f, padding, n);
    return f;
}

static void padding(void **state)
{
    static const uint8_t dns[17] = "\x3b\0\0\0\1\0\0\0\0\0\0\3VGR\3A";
    static const struct {
        const char *bytes, *words; // NULL: it is not odd
    } known[] = {
        {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", NULL},
        {"\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7\7", "a constant"},
        {"\1\2password\3\4\5\6\7\10", "remains of text, not part of the datagram"},
        {"\1\2\3\4\5\6\7\10\1\2\3\4\5\6\7\11", "unexplained, not part of the datagram"}};
    struct bytes f = padded(dns, sizeof(dns));
    struct packet p = decode(1, &f);

    assert_true(has(&p, ODD_pad_nonzero));
    assert_int_equal(p.payload.n, 1);
    assert_non_null(strstr(words_of(&p, ODD_pad_nonzero),
                           "17 bytes of padding are not zero: remains of a DNS message, not "
                           "part of the datagram; sent by "));
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        f = padded(known[i].bytes, 16);
        p = decode(1, &f);
        assert_int_equal(has(&p, ODD_pad_nonzero), known[i].words != NULL);
        if (known[i].words)
            assert_non_null(strstr(words_of(&p, ODD_pad_nonzero), known[i].words));
    }
}

static void probes(void **state)
{
    struct bytes f = padded("", 0);
    struct packet p = decode(1, &f);

    assert_true(has(&p, ODD_known_probe));
    assert_non_null(strstr(words_of(&p, ODD_known_probe), "Hack'a'Tack"));
}

static struct packet syn_with(uint32_t at, uint8_t byte, uint32_t n)
{
    static struct bytes f;

    f.n = 0;
    uint32_t ip = ip4(&f, 6), up = tcp(&f, TCP_SYN);
    for (uint32_t i = 0; i < n; i++)
        f.b[at + i] = byte;
    ip_end(&f, ip, up, 6);
    return decode(101, &f);
}

static void impossible_values(void **state)
{
    enum { TTL = 8, SRC = 12, SEQ = 24, ACK_NUMBER = 28, FLAGS = 33, WINDOW = 34, URGENT = 38 };
    struct packet p = syn_with(TTL, 64, 1);

    assert_int_equal(p.odds, 0);
    p = syn_with(TTL, 0, 1);
    assert_true(has(&p, ODD_ip_ttl_zero));
    p = syn_with(SRC, 127, 1);
    assert_true(has(&p, ODD_ip_src_odd));
    p = syn_with(SRC, 0, 4);
    assert_true(has(&p, ODD_ip_src_odd));
    p = syn_with(SEQ, 0, 4);
    assert_true(has(&p, ODD_syn_seq_zero));
    p = syn_with(ACK_NUMBER, 7, 4);
    assert_true(has(&p, ODD_syn_ack_number));
    assert_string_equal(words_of(&p, ODD_syn_ack_number), "number 117901063");
    p = syn_with(WINDOW, 0, 2);
    assert_true(has(&p, ODD_syn_window_zero));
    p = syn_with(FLAGS, TCP_SYN | TCP_PSH, 1);
    assert_true(has(&p, ODD_tcp_flags_syn_push));
    p = syn_with(FLAGS, TCP_FIN, 1);
    assert_true(has(&p, ODD_tcp_flags_fin));
    p = syn_with(URGENT, 1, 1);
    assert_true(has(&p, ODD_tcp_urgent_stray));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(padding),
        cmocka_unit_test(probes),
        cmocka_unit_test(impossible_values),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
