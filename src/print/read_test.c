// SPDX-License-Identifier: Apache-2.0
// Text of tcpdump read back: each form, wrapped lines, bytes behind lines.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "print/print.h"

struct again {
    struct printer *printer;
    struct text text;
};

static bool take(void *user, const struct frame *f)
{
    struct again *a = user;

    print_frame(a->printer, &a->text, f, 1);
    return true;
}

static struct print_reading expect(const char *text, const char *again)
{
    struct print_options o = {.time = PRINT_NO_TIME};
    struct again a = {.printer = printer_open(&o)};
    struct print_reading r = {0};

    assert_true(print_read(slice_str(text), &r, take, &a));
    text_char(&a.text, 0);
    assert_string_equal(a.text.p, again);
    text_free(&a.text);
    printer_close(a.printer);
    return r;
}

static void old_form(void **state)
{
    struct print_reading r = expect(
        "b.net.38060 > a.net.telnet: S 3774957990:\n3774957990(0) win 8760 <mss 1460> (DF)\n"
        "a.net.telnet > b.net.38060: S 7:7(0) ack 3774957991 win 1024\n"
        "b.net.38060 > a.net.telnet:. ack 1 win 8760 (DF)\n"
        "a.net.telnet > b.net.38060: P 1:14(13) ack 1\nwin 1024\n",
        "IP 192.0.2.1.38060 > 192.0.2.2.23: Flags [S], seq 3774957990, win 8760, options [mss "
        "1460], length 0\n"
        "IP 192.0.2.2.23 > 192.0.2.1.38060: Flags [S.], seq 7, ack 3774957991, win 1024, "
        "length 0\n"
        "IP 192.0.2.1.38060 > 192.0.2.2.23: Flags [.], ack 1, win 8760, length 0\n"
        "IP 192.0.2.2.23 > 192.0.2.1.38060: Flags [P.], seq 1:14, ack 1, win 1024, length "
        "13\n");

    assert_int_equal(r.packets, 4);
    assert_int_equal(r.names, 2);
    assert_string_equal(r.name[0], "b.net");
}

static void modern_form(void **state)
{
    static const char text[] =
        "IP 10.0.0.1.5 > 10.0.0.2.6: Flags [S], seq 9, win 10, options [mss 1460,nop,wscale "
        "7], length 0\n"
        "IP6 fe80::1.5 > fe80::2.6: UDP, length 12\n"
        "IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 3, seq 4, length 64\n";

    expect(text, text);
}

static void bytes(void **state)
{
    struct print_reading r =
        expect("12:13:10.570000 1.2.3.4.31790 > 192.168.21.63.31789: udp 1\n"
               "4500 001d a932 0000 7311 10cf 0102 0304\nIP HEADER\n"
               "c0a4 153f 7c2e 7c2d 0009 38b1 413b 0000\nUDP HEADER UDP DATA\n"
               "0001 0000 0000 0000 0356 4752 0341\n",
               "IP 1.2.3.4.31790 > 192.164.21.63.31789: UDP, length 1\n");

    assert_int_equal(r.differ, 1);
    expect("\t0x0000:  4500 001d 0001 0000 4011 0000 0a00 0001  E...........\n"
           "\t0x0010:  0a00 0002 0005 0006 0009 0000 41            ....A\n",
           "IP 10.0.0.1.5 > 10.0.0.2.6: UDP, length 1\n");
}

static void left_out(void **state)
{
    struct print_reading r = expect("12:00:00.1 ARP, Request who-has 10.0.0.1 tell 10.0.0.2\n"
                                    "Real World Examples\n13\n",
                                    "");

    assert_int_equal(r.left_out, 1);
}

static void looks_like_it(void **state)
{
    assert_true(print_is_text(slice_str("12:00 a.1 > b.2: udp 1\n")));
    assert_false(print_is_text(slice_str("nothing\n")));
    assert_false(print_is_text(slice_of("\xd4\xc3\xb2\xa1\2\0 > ", 9)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(old_form), cmocka_unit_test(modern_form),   cmocka_unit_test(bytes),
        cmocka_unit_test(left_out), cmocka_unit_test(looks_like_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
