// SPDX-License-Identifier: Apache-2.0
// RTSP: its first lines, and the ports that its Transport headers announce.
#include "proto/announce_lab.h"

enum { TCP = 6, UDP = 17 };

#define SETUP "SETUP rtsp://10.0.0.2/a RTSP/1.0\r\nCSeq: 3\r\n"

static void found(void **state)
{
    assert_int_equal(try_stream(&proto_rtsp, BYTES(SETUP)), YES);
    assert_int_equal(try_stream(&proto_rtsp, BYTES("RTSP/1.0 200 OK\r\n")), YES);
    assert_int_equal(try_stream(&proto_rtsp, BYTES("OPTIONS * RTSP/2.0\r\n")), YES);
    assert_int_equal(try_stream(&proto_rtsp, BYTES("OPTIONS * HTTP/1.1\r\n")), NO);
    assert_int_equal(try_stream(&proto_rtsp, BYTES("OPTIONS * RTSP/1.0")), MAYBE);
    assert_int_equal(try_noise(&proto_rtsp, true, 100000), 0);
}

static const char *expects(struct announce_lab *a, const struct addr *to, uint16_t port)
{
    bool to_server = addr_equal(to, &lab_server);

    return announce_lab_expects(a, UDP, to_server ? &lab_client : &lab_server, to, port, 1);
}

static void ports(void **state)
{
    struct announce_lab a;

    announce_lab_open(&a, TCP, &proto_rtsp);
    announce_lab_say(&a, SETUP "Transport: RTP/AVP;unicast;client_port=8000-8001\r\n\r\n",
                     ORIG);
    announce_lab_say(&a,
                     "RTSP/1.0 200 OK\r\ntransport:RTP/AVP;unicast;client_port=8000-8001;"
                     "source=10.0.0.2;server_port=9000-9001\r\n\r\n",
                     RESP);
    assert_string_equal(expects(&a, &lab_client, 8000), "rtp");
    assert_string_equal(expects(&a, &lab_client, 8001), "rtcp");
    assert_string_equal(expects(&a, &lab_server, 9000), "rtp");
    assert_string_equal(expects(&a, &lab_server, 9001), "rtcp");
    assert_null(expects(&a, &lab_server, 8000));
    announce_lab_close(&a);
}

static void not_announced(void **state)
{
    struct announce_lab a;

    announce_lab_open(&a, TCP, &proto_rtsp);
    announce_lab_say(&a, SETUP "Transport: RTP/AVP/TCP;interleaved=0-1\r\n\r\n", ORIG);
    announce_lab_say(&a, SETUP "Transport: ;;,client_port=,client_port=70000-1\r\n\r\n", ORIG);
    announce_lab_say(&a,
                     "RTSP/1.0 200 OK\r\nTransport: RTP/AVP;destination=10.0.0.3;"
                     "client_port=8000-8001\r\nContent-Length: 36\r\n\r\n"
                     "Transport: RTP/AVP;server_port=9000\n",
                     RESP);
    assert_null(expects(&a, &lab_client, 8000));
    assert_null(announce_lab_expects(&a, UDP, &lab_server, &lab_stranger, 8000, 1));
    assert_null(expects(&a, &lab_server, 9000)); // in a body
    announce_lab_close(&a);
}

// Media between the messages are passed over, whatever they hold and however they are cut.
static void interleaved(void **state)
{
    static const char text[] = "$\0\0\x23Transport: RTP;server_port=9000-1\r\n"
                               "RTSP/1.0 200 OK\r\nTransport: RTP;server_port=9002\r\n\r\n";
    struct announce_lab a;

    announce_lab_open(&a, TCP, &proto_rtsp);
    for (size_t i = 0; i + 1 < sizeof(text); i++)
        feed_data(a.l.feeds, &a.l.x, slice_of(text + i, 1), RESP);
    assert_null(expects(&a, &lab_server, 9000));
    assert_string_equal(expects(&a, &lab_server, 9002), "rtp");
    announce_lab_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found),
        cmocka_unit_test(ports),
        cmocka_unit_test(not_announced),
        cmocka_unit_test(interleaved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
