// SPDX-License-Identifier: Apache-2.0
// SIP: its first lines, and the media that its descriptions announce.
#include "proto/announce_lab.h"

enum { TCP = 6, UDP = 17 };

#define INVITE "INVITE sip:b@example SIP/2.0\r\nContent-Type: application/sdp\r\n\r\n"

static void found(void **state)
{
    assert_int_equal(try_datagram(&proto_sip, BYTES(INVITE)), YES);
    assert_int_equal(try_datagram(&proto_sip, BYTES("SIP/2.0 180 Ringing\r\n\r\n")), YES);
    assert_int_equal(try_stream(&proto_sip, BYTES("REGISTER sip:example SIP/2.0\r\n")), YES);
    assert_int_equal(try_stream(&proto_sip, BYTES("SIP/2.0 200\r\n")), YES);
}

static void not_found(void **state)
{
    assert_int_equal(try_datagram(&proto_sip, BYTES("INVITE sip:b@example HTTP/1.1\r\n")), NO);
    assert_int_equal(try_datagram(&proto_sip, BYTES("SIP/3.0 200 OK\r\n")), NO);
    assert_int_equal(try_datagram(&proto_sip, BYTES("INVITE sip:b@ex")), NO);
    assert_int_equal(try_stream(&proto_sip, BYTES("INVITE sip:b@ex")), MAYBE);
    assert_int_equal(try_stream(&proto_sip, BYTES("SIP/2.0 2x0 OK\r\n")), NO);
    assert_int_equal(try_noise(&proto_sip, true, 100000), 0);
    assert_int_equal(try_noise(&proto_sip, false, 100000), 0);
}

static const char *expects(struct announce_lab *a, const struct addr *to, uint16_t port)
{
    bool to_server = addr_equal(to, &lab_server);

    return announce_lab_expects(a, UDP, to_server ? &lab_client : &lab_server, to, port, 1);
}

static void media(void **state)
{
    struct announce_lab a;

    announce_lab_open(&a, UDP, &proto_sip);
    announce_lab_say(&a,
                     INVITE "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 8000 RTP/AVP 0\r\n"
                            "m=image 8002 udptl t38\r\nm=video 8004/2 RTP/SAVPF 99\r\n"
                            "a=rtcp:8009\r\n",
                     ORIG);
    announce_lab_say(&a,
                     "SIP/2.0 200 OK\r\n\r\nv=0\r\nm=audio 9000 UDP/TLS/RTP/SAVPF 0\r\n"
                     "c=IN IP4 10.0.0.2/127\r\n",
                     RESP);
    assert_string_equal(expects(&a, &lab_client, 8000), "rtp");
    assert_string_equal(expects(&a, &lab_client, 8001), "rtcp");
    assert_null(expects(&a, &lab_client, 8002));
    assert_string_equal(expects(&a, &lab_client, 8004), "rtp");
    assert_string_equal(expects(&a, &lab_client, 8009), "rtcp");
    assert_string_equal(expects(&a, &lab_server, 9000), "rtp");
    assert_string_equal(expects(&a, &lab_server, 9001), "rtcp");
    assert_null(announce_lab_expects(&a, UDP, &lab_stranger, &lab_server, 9000, 1));
    announce_lab_close(&a);
}

static void not_announced(void **state)
{
    struct announce_lab a;

    announce_lab_open(&a, UDP, &proto_sip);
    announce_lab_say(
        &a,
        "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 0 RTP/AVP 0\r\nm=audio 70000 RTP/AVP\r\n"
        "m=audio RTP/AVP\r\nm=\r\nm=audio 8000\r\nm=audio 8002 RTP/AVP 0",
        ORIG);
    announce_lab_say(&a, "v=0\r\nc=IN IP4 10.0.0.3\r\nm=audio 8006 RTP/AVP 0\r\n", ORIG);
    announce_lab_say(&a, "v=0\r\nc=IN IP4 10.0.0.x\r\nm=audio 8008 RTP/AVP 0\r\n", ORIG);
    announce_lab_say(&a, "m=audio 8010 RTP/AVP 0\r\n", ORIG); // nobody's
    assert_null(expects(&a, &lab_client, 0));
    assert_null(expects(&a, &lab_client, 8000));
    assert_string_equal(expects(&a, &lab_client, 8002), "rtp"); // it ends with the datagram
    assert_null(expects(&a, &lab_client, 8006));
    assert_null(expects(&a, &lab_client, 8008));
    assert_null(expects(&a, &lab_client, 8010));
    announce_lab_close(&a);
}

// The same over TCP, byte by byte; behind a gap nothing old is mixed with new.
static void stream(void **state)
{
    static const char text[] = INVITE "v=0\r\nc=IN IP4 10.0.0.1\r\nm=audio 8000 RTP/AVP 0\r\n";
    struct announce_lab a;

    announce_lab_open(&a, TCP, &proto_sip);
    for (size_t i = 0; i + 1 < sizeof(text); i++)
        feed_data(a.l.feeds, &a.l.x, slice_of(text + i, 1), ORIG);
    feed_gap(a.l.feeds, &a.l.x, 10, ORIG);
    announce_lab_say(&a, "xx\r\nm=audio 8002 RTP/AVP 0\r\n", ORIG);
    assert_string_equal(expects(&a, &lab_client, 8000), "rtp");
    assert_null(expects(&a, &lab_client, 8002));
    announce_lab_close(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found),         cmocka_unit_test(not_found), cmocka_unit_test(media),
        cmocka_unit_test(not_announced), cmocka_unit_test(stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
