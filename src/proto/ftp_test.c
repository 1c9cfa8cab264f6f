// SPDX-License-Identifier: Apache-2.0
// FTP: what it takes for its own, and which endpoints it announces.
#include "proto/announce_lab.h"

enum { TCP = 6 };

static enum guess try_text(const char *text)
{
    return try_stream(&proto_ftp, slice_str(text));
}

static void found(void **state)
{
    assert_int_equal(try_text("220 (vsFTPd 3.0.3)\r\n"), YES);
    assert_int_equal(try_text("220-Welcome\r\n to the ftp of\r\n220 this plant\r\n"), YES);
    assert_int_equal(try_text("AUTH TLS\r\n"), YES);
    assert_int_equal(try_text("user anonymous\r\n"), YES);
    assert_int_equal(try_text("FEAT\r\n"), YES);
}

static void not_found(void **state)
{
    assert_int_equal(try_text("220 ready\r\n"), NO);
    assert_int_equal(try_text("220 ftp.example.com ESMTP Postfix\r\n"), NO);
    assert_int_equal(try_text("220 ftp and mail server\r\n"), NO);
    assert_int_equal(try_text("USER operator\r\n"), NO); // may be POP3
    assert_int_equal(try_text("2201 FTP\r\n"), NO);
    assert_int_equal(try_text("220-FTP\r\n"), MAYBE); // goes on
    assert_int_equal(try_text("220 FTP"), MAYBE);
    assert_int_equal(try_noise(&proto_ftp, true, 100000), 0);
}

static const char *expects(struct announce_lab *a, const struct addr *to, uint16_t port)
{
    bool to_server = addr_equal(to, &lab_server);

    return announce_lab_expects(a, TCP, to_server ? &lab_client : &lab_server, to, port, 1);
}

static void active(void **state)
{
    struct announce_lab a;

    announce_lab_open(&a, TCP, &proto_ftp);
    announce_lab_say(&a, "PORT 10,0,0,1,19,136\r\nEPRT |1|10.0.0.1|6001|\r\n", ORIG);
    assert_null(expects(&a, &lab_client, 5001));
    assert_string_equal(expects(&a, &lab_client, 5000), "ftp_data");
    assert_null(expects(&a, &lab_client, 5000)); // once
    assert_string_equal(expects(&a, &lab_client, 6001), "ftp_data");
    announce_lab_close(&a);
}

static void passive(void **state)
{
    struct announce_lab a;

    announce_lab_open(&a, TCP, &proto_ftp);
    announce_lab_say(&a, "227 Entering Passive Mode (10,0,0,2,1", RESP); // in pieces
    announce_lab_say(&a, "9,136).\r", RESP);
    announce_lab_say(&a, "\n229 Extended (|||6001|)\r\n", RESP);
    assert_string_equal(expects(&a, &lab_server, 5000), "ftp_data");
    assert_string_equal(expects(&a, &lab_server, 6001), "ftp_data");
    announce_lab_close(&a);
}

static void extended_ip6(void **state)
{
    static const struct addr ip6[] = {{{0xfd, [15] = 1}, ADDR_IP6},
                                      {{0xfd, [15] = 2}, ADDR_IP6}};
    struct announce_lab a;

    announce_lab_open(&a, TCP, &proto_ftp);
    a.l.talk.who.src = ip6[0];
    a.l.talk.who.dst = ip6[1];
    announce_lab_say(&a, "EPRT |2|fd00::1|6002|\r\n", ORIG);
    assert_string_equal(announce_lab_expects(&a, TCP, &ip6[1], &ip6[0], 6002, 1), "ftp_data");
    announce_lab_close(&a);
}

// Other hosts are other lanes' business; what is not as it should be announces nothing.
static void not_announced(void **state)
{
    static const char *const said[] = {
        "PORT 10,0,0,3,19,136\r\n",   "PORT 10,0,0,1,19\r\n",
        "PORT 10,0,0,1,19,256\r\n",   "EPRT |1|10.0.0.3|5000|\r\n",
        "EPRT |3|10.0.0.1|5000|\r\n", "EPRT \r\n",
        "227 no numbers\r\n",         "229 (|||70000|)\r\n",
        "229 (||5000|)\r\n",          "229 (\r\n",
        "PORT 10,0,0,1,0,0\r\n"};
    struct announce_lab a;

    announce_lab_open(&a, TCP, &proto_ftp);
    for (size_t i = 0; i < COUNT_OF(said); i++)
        announce_lab_say(&a, said[i], ORIG);
    assert_null(expects(&a, &lab_client, 5000));
    assert_null(announce_lab_expects(&a, TCP, &lab_server, &lab_stranger, 5000, 1));
    announce_lab_close(&a);
}

static void too_late(void **state)
{
    struct announce_lab a;

    announce_lab_open(&a, TCP, &proto_ftp);
    announce_lab_say(&a, "PORT 10,0,0,1,19,136\r\n", ORIG);
    assert_null(announce_lab_expects(&a, TCP, &lab_server, &lab_client, 5000, 61));
    announce_lab_close(&a);
}

// Long lines, lost bytes and ciphers: the next line, or silence.
static void rough(void **state)
{
    char longest[2000];
    struct announce_lab a;

    memset(longest, 'x', sizeof(longest));
    memcpy(longest + sizeof(longest) - 2, "\n", 2);
    announce_lab_open(&a, TCP, &proto_ftp);
    announce_lab_say(&a, longest, ORIG);
    announce_lab_say(&a, "PORT 10,0,0,1,19,136\r\nPORT 10,0,", ORIG);
    feed_gap(a.l.feeds, &a.l.x, 7, ORIG);
    announce_lab_say(&a, "PORT 10,0,0,1,19,137\r\nPORT 10,0,0,1,19,138\r\n", ORIG);
    announce_lab_say(&a, "\x16\3\1\r\nPORT 10,0,0,1,19,139\r\n", ORIG);
    assert_string_equal(expects(&a, &lab_client, 5000), "ftp_data");
    assert_null(expects(&a, &lab_client, 5001)); // behind the gap, in the middle of a line
    assert_string_equal(expects(&a, &lab_client, 5002), "ftp_data");
    assert_null(expects(&a, &lab_client, 5003));
    announce_lab_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found),        cmocka_unit_test(not_found),
        cmocka_unit_test(active),       cmocka_unit_test(passive),
        cmocka_unit_test(extended_ip6), cmocka_unit_test(not_announced),
        cmocka_unit_test(too_late),     cmocka_unit_test(rough),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
