// SPDX-License-Identifier: Apache-2.0
// Packets at a glance: the phrase of each protocol, and whatever the bytes: printable ASCII.
#include "proto/proto.h"

#include <setjmp.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/text.h"

struct sample {
    uint8_t ip_proto;
    const char *bytes;
    uint32_t n;
    const char *said;
};
#define SAMPLE(ip_proto, bytes, said)                                                          \
    {                                                                                          \
        ip_proto, bytes, sizeof(bytes) - 1, said                                               \
    }

static const struct sample samples[] = {
    SAMPLE(PROTO_TCP, "\0\1\0\0\0\6\1\3\0\x6b\0\2",
           "modbus: READ_HOLDING_REGISTERS, unit 1, 2 from 107 on"),
    SAMPLE(PROTO_TCP, "\0\1\0\0\0\3\1\x83\2",
           "modbus: READ_HOLDING_REGISTERS, unit 1, exception 2"),
    SAMPLE(PROTO_UDP, "\0\7\1\0\0\1\0\0\0\0\0\0\3plc\5lo\x1b[2\0\0\1\0\1",
           "dns: question A plc.lo?[2"),
    SAMPLE(PROTO_UDP, "\0\7\x81\x83\0\1\0\0\0\0\0\0\3plc\0\0\x1c\0\1",
           "dns: answer AAAA plc, no such name, 0 records"),
    SAMPLE(PROTO_TCP, "\5\x64\5\xc9\4\0\3\0\xb6\x20", "dnp3: 3 to 4, link function 9"),
    SAMPLE(
        PROTO_UDP,
        "\0\0\0\1\0\0\0\0\0\0\0\2\0\1\x86\xa0\0\0\0\2\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
        "\0\1\x87\x88\0\0\0\12\0\0\0\21\0\0\0\0",
        "onc_rpc: call 1, portmapper version 2, GETPORT for sadmind version 10"),
    SAMPLE(PROTO_TCP, "SSH-2.0-OpenSSH_9.2\r\n", "ssh: SSH-2.0-OpenSSH_9.2"),
    SAMPLE(PROTO_UDP, "what nobody knows", ""),
};

static struct glances *glances;

static struct packet packet_of(uint8_t ip_proto, const void *p, uint32_t n)
{
    return (struct packet){.net = NET_IP4,
                           .src = addr_of(ADDR_IP4, (uint8_t[4]){10, 0, 0, 1}),
                           .dst = addr_of(ADDR_IP4, (uint8_t[4]){10, 0, 0, 2}),
                           .sport = 40000,
                           .dport = 40001,
                           .ip_proto = ip_proto,
                           .has_ports = true,
                           .has_transport = true,
                           .payload = slice_of(p, n),
                           .payload_len = n};
}

static int begin(void **state)
{
    glances = glances_open();
    return 0;
}

static int end(void **state)
{
    glances_close(glances);
    return 0;
}

static void phrases(void **state)
{
    struct text t = {0};

    for (size_t i = 0; i < COUNT_OF(samples); i++) {
        struct packet p = packet_of(samples[i].ip_proto, samples[i].bytes, samples[i].n);
        p.sport = (uint16_t)(40000 + i); // conversations of their own
        text_clear(&t);
        glances_put(glances, &t, &p);
        text_char(&t, 0);
        assert_string_equal(t.p, samples[i].said);
    }
    text_free(&t);
}

// An answer of ONC RPC alone claims nothing; in a conversation that is known, it is one.
static void answers_are_known_by_their_question(void **state)
{
    static const char answer[] = "\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80\5";
    const struct sample *call = &samples[5];
    struct packet p = packet_of(PROTO_UDP, answer, sizeof(answer) - 1);
    struct packet before = packet_of(PROTO_UDP, call->bytes, call->n);
    struct text t = {0};

    p.src = before.dst, p.dst = before.src;
    p.sport = before.dport, p.dport = before.sport;
    glances_put(glances, &t, &p);
    assert_int_equal(t.n, 0);
    glances_put(glances, &t, &before);
    text_clear(&t);
    glances_put(glances, &t, &p);
    text_char(&t, 0);
    assert_string_equal(t.p, "onc_rpc: answer 1, success");
    text_free(&t);
}

static void always_printable(void **state)
{
    enum { ROUNDS = 200000, MOST = 128, FLIPS = 4 };
    uint64_t random = 1;
    struct text t = {0};

    for (int i = 0; i < ROUNDS; i++) {
        const struct sample *s = &samples[(size_t)i % COUNT_OF(samples)];
        uint8_t *bytes = malloc(s->n); // of the exact size: reading beyond it is seen
        memcpy(bytes, s->bytes, s->n);
        for (int k = 0; k < FLIPS; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bytes[(random >> 33) % s->n] = (uint8_t)(random >> 20);
        }
        struct packet p = packet_of(s->ip_proto, bytes, s->n - (uint32_t)(random >> 62));
        text_clear(&t);
        glances_put(glances, &t, &p);
        for (size_t k = 0; k < t.n; k++)
            assert_in_range((uint8_t)t.p[k], ' ', '~');
        free(bytes);
    }
    text_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(phrases, begin, end),
        cmocka_unit_test_setup_teardown(answers_are_known_by_their_question, begin, end),
        cmocka_unit_test_setup_teardown(always_printable, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
