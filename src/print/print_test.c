// SPDX-License-Identifier: Apache-2.0
// Lines of single frames: what golden cases cannot show well, or at the edges of the bytes.
#include "print/print.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})

enum { RAW = 101, ETHER = 1 };

static struct frame frame_of(uint16_t link, const uint8_t *p, size_t n)
{
    return (struct frame){.ts = 1000000000 * SECOND + 1234,
                          .data = p,
                          .n = (uint32_t)n,
                          .wire_len = (uint32_t)n,
                          .link = link};
}

static void expect(struct print_options o, const struct frame *f, const char *line)
{
    struct printer *p = printer_open(&o);
    struct text t = {0};

    print_frame(p, &t, f, 7);
    text_char(&t, 0);
    assert_string_equal(t.p, line);
    text_free(&t);
    printer_close(p);
}

static const struct print_options bare = {.time = PRINT_NO_TIME};

static const uint8_t syn[] = {0x45, 0, 0,  40, 0,    1, 0x40, 0, 64, 6,  0, 0, 10, 0,
                              0,    1, 10, 0,  0,    2, 0x04, 1, 0,  80, 0, 0, 0,  7,
                              0,    0, 0,  0,  0x50, 2, 2,    0, 0,  0,  0, 0};

static void times(void **state)
{
    struct frame f = frame_of(RAW, syn, sizeof(syn));
    struct print_options o = {.quiet = true};

    expect(o, &f, "01:46:40.000001 IP 10.0.0.1.1025 > 10.0.0.2.80: tcp 0\n");
    o.nano = true;
    expect(o, &f, "01:46:40.000001234 IP 10.0.0.1.1025 > 10.0.0.2.80: tcp 0\n");
    o.time = PRINT_DATE;
    expect(o, &f, "2001-09-09 01:46:40.000001234 IP 10.0.0.1.1025 > 10.0.0.2.80: tcp 0\n");
    o.time = PRINT_SECONDS;
    expect(o, &f, "1000000000.000001234 IP 10.0.0.1.1025 > 10.0.0.2.80: tcp 0\n");
    o.time = PRINT_DELTA;
    o.number = true;
    expect(o, &f, "    7   00:00:00.000000000 IP 10.0.0.1.1025 > 10.0.0.2.80: tcp 0\n");
}

static void cut_everywhere(void **state)
{
    static const char *const lines[] = {
        [0] = "IP  [|ip]\n",
        [20] = "IP 10.0.0.1 > 10.0.0.2:  [|tcp]\n",
        [24] = "IP 10.0.0.1.1025 > 10.0.0.2.80:  [|tcp]\n",
        [39] = "IP 10.0.0.1.1025 > 10.0.0.2.80:  [|tcp]\n",
        [40] = "IP 10.0.0.1.1025 > 10.0.0.2.80: Flags [S], seq 7, win 512, length 0\n",
    };

    for (size_t n = 1; n <= sizeof(syn); n++) {
        uint8_t *copy = malloc(n); // so that a read behind its end is found
        memcpy(copy, syn, n);
        struct frame f = frame_of(RAW, copy, n);
        f.wire_len = sizeof(syn);
        const char *line = lines[n < 20 ? 0 : n < 24 ? 20 : n < 40 ? 24 : 40];
        expect(bare, &f, line);
        free(copy);
    }
}

static void relative_numbers(void **state)
{
    uint8_t a[sizeof(syn)], b[sizeof(syn)];
    struct printer *p = printer_open(&bare);
    struct text t = {0};

    memcpy(a, syn, sizeof(a));
    a[33] = 0x10; // ACK: the first of the connection gives the bases
    memcpy(b, a, sizeof(b));
    b[27] = 9;
    b[31] = 5;
    struct frame f = frame_of(RAW, a, sizeof(a)), g = frame_of(RAW, b, sizeof(b));
    print_frame(p, &t, &f, 1);
    text_clear(&t);
    b[33] = 0x11;
    print_frame(p, &t, &g, 2);
    text_char(&t, 0);
    assert_string_equal(
        t.p, "IP 10.0.0.1.1025 > 10.0.0.2.80: Flags [F.], seq 2, ack 6, win 512, length 0\n");
    text_free(&t);
    printer_close(p);
}

// More connections than are remembered: the oldest are forgotten, and begin anew.
static void connections_bounded(void **state)
{
    uint8_t a[sizeof(syn)];
    struct printer *p = printer_open(&bare);
    struct text t = {0};

    memcpy(a, syn, sizeof(a));
    a[33] = 0x10;
    struct frame f = frame_of(RAW, a, sizeof(a));
    for (uint32_t i = 0; i < 70000; i++) {
        a[12] = (uint8_t)(i >> 16);
        a[13] = (uint8_t)(i >> 8);
        a[14] = (uint8_t)i;
        text_clear(&t);
        print_frame(p, &t, &f, i);
    }
    a[12] = a[13] = a[14] = 0; // forgotten: its numbers are as they are
    a[33] = 0x11;
    text_clear(&t);
    print_frame(p, &t, &f, 1);
    text_char(&t, 0);
    assert_non_null(strstr(t.p, "seq 7, ack 0"));
    text_free(&t);
    printer_close(p);
}

static void classic(void **state)
{
    struct frame f = frame_of(RAW, syn, sizeof(syn));
    struct print_options o = bare;

    o.classic = true;
    expect(o, &f, "10.0.0.1.1025 > 10.0.0.2.80: S 7:7(0) win 512 (DF)\n");
    o.verbose = 1;
    expect(o, &f,
           "10.0.0.1.1025 > 10.0.0.2.80: S [bad tcp cksum 9588!] 7:7(0) win 512 (DF) "
           "(ttl 64, id 1, len 40)\n");
}

static void dumps(void **state)
{
    struct print_options o = bare;
    struct frame f = frame_of(RAW, BYTES(0x10, 'A', 27, '\r', '\n', '\t', 0x7f, 0x80));

    o.dump = PRINT_BOTH;
    expect(o, &f,
           "unknown ip 1\n\t0x0000:  1041 1b0d 0a09 7f80                      .A......\n");
    o.dump = PRINT_ASCII;
    expect(o, &f, "unknown ip 1\n.A.\n\t..\n");
}

static void arp(void **state)
{
    struct frame f = frame_of(ETHER, BYTES(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1,
                                           8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10,
                                           0, 0, 1, 0, 0, 0, 0, 0, 0, 10, 0, 0, 2));

    expect(bare, &f, "ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),
        cmocka_unit_test(cut_everywhere),
        cmocka_unit_test(relative_numbers),
        cmocka_unit_test(connections_bounded),
        cmocka_unit_test(classic),
        cmocka_unit_test(dumps),
        cmocka_unit_test(arp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
