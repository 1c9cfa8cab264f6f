// SPDX-License-Identifier: Apache-2.0
// Rules that have only the number of an event of Snort's.
#include "rule/lab_test.h"

static void messages_of_iec104(void **state)
{
#define ONE_POINT "00000000 01 01 0300 0100 010000 00"
    static const struct {
        const char *hex, *heard;
    } x[] = {{"68 04 07000000", ""},
             {"68 04 0100 1400", ""},
             {"68 0e " ONE_POINT, ""},
             {"68 05 07000000 00", "151:1"}, // STARTDT has no data
             {"68 0d 00000000 01 01 0300 0100 010000", "151:1 151:9"},
             {"67 04 07000000", "151:2"},
             {"68 0e 00000000 16 01 0300 0100 010000 00", "151:3"},
             {"68 04 07000100", "151:4"},
             {"68 04 03000000", "151:5"},
             {"68 04 17000000", "151:5"},
             {"68 04 0500 1400", "151:6"},
             {"68 04 0101 1400", "151:6"},
             {"68 0e 00000000 01 00 0300 0100 010000 00", "151:7"},
             {"68 0e 00000000 2d 81 0300 0100 010000 00", "151:8"},
             {"68 0e 00000000 01 ff 0300 0100 010000 00", "151:9"},
             {"68 0f 00000000 01 82 0300 0100 010000 00 01", ""},
             {"68 12 00000000 2d 02 0600 0100 010000 00 020000 00", "151:9"}};
    char rules[600] = "";
    struct lab l;

    for (int sid = 1; sid <= 9; sid++)
        snprintf(rules + strlen(rules), sizeof(rules) - strlen(rules),
                 "alert ( gid:151; sid:%d; rev:1; )\n", sid);
    for (size_t i = 0; i < COUNT_OF(x); i++) {
        uint8_t b[64];
        size_t n = lab_hex(x[i].hex, b, sizeof(b));
        lab_open(&l, rules);
        lab_service(&l, "iec104");
        const char *heard = lab_stream(&l, ORIG, b, n);
        if (strcmp(heard, x[i].heard))
            fail_msg("%s: \"%s\", not \"%s\"", x[i].hex, heard, x[i].heard);
        lab_close(&l);
    }
}

static void addresses_told_to_ftp(void **state)
{
    struct lab l;

    lab_open(&l, "alert ( gid:125; sid:8; rev:1; )\n");
    lab_service(&l, "ftp");
    assert_string_equal(lab_stream(&l, ORIG, "PORT 10,0,0,1,4,1\r\n", 19), "");
    assert_string_equal(lab_stream(&l, ORIG, "port 10,0,0,9,4,1\r\n", 19), "125:8");
    assert_string_equal(lab_stream(&l, ORIG, "QUIT\r\n", 6), "");
    assert_string_equal(lab_stream(&l, RESP, "PORT 10,0,0,9,4,1\r\n", 19), "");
    lab_close(&l);
}

static void large_datagrams(void **state)
{
    static const char bytes[4001];
    struct lab l;

    lab_open(&l, "alert ( gid:116; sid:445; rev:1; )\n");
    assert_string_equal(lab_udp(&l, bytes, 4000), "");
    assert_string_equal(lab_udp(&l, bytes, 4001), "116:445");
    lab_close(&l);
}

static void connections(void **state)
{
    struct lab l;

    lab_open(&l, "alert ( gid:135; sid:1; rev:1; msg:\"SYN\"; )\n"
                 "alert ( gid:135; sid:2; rev:1; msg:\"established\"; )\n");
    l.packet.tcp.flags = TCP_SYN;
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "135:1");
    l.packet.tcp.flags = TCP_SYN | TCP_ACK;
    assert_string_equal(lab_packet(&l, RESP, "", 0), "");
    l.packet.tcp.flags = TCP_ACK;
    l.flow.end[l.flow.orig_end].pkts = 2;
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "135:2");
    l.flow.end[l.flow.orig_end].pkts = 3;
    assert_string_equal(lab_packet(&l, ORIG, "", 0), "");
    lab_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_iec104),
        cmocka_unit_test(addresses_told_to_ftp),
        cmocka_unit_test(large_datagrams),
        cmocka_unit_test(connections),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
