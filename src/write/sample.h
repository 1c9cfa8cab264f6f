// SPDX-License-Identifier: Apache-2.0
// Events that the tests of this room render.
#pragma once

#include "write/write.h"

enum { SAMPLE_UID_LOW = 0x1234 };
#define SAMPLE_UID (UINT64_C(0xfedcba9876540000) | SAMPLE_UID_LOW)

// 2026-11-21T16:00:00.250000Z, 192.168.1.10:49152 -> 192.168.1.20:502, all that is always
// there.
static inline struct ev_conn sample_conn(void)
{
    static const uint8_t orig[] = {192, 168, 1, 10}, resp[] = {192, 168, 1, 20};
    struct ev_conn e = {
        .head = {.id = EV_conn,
                 .uid = SAMPLE_UID,
                 .ts = 1795276800 * SECOND + 250 * MSEC,
                 .src = addr_of(ADDR_IP4, orig),
                 .dst = addr_of(ADDR_IP4, resp),
                 .sport = 49152,
                 .dport = 502,
                 .ip_proto = 6},
        .proto = "tcp",
        .service = "modbus",
        .duration = 3 * SECOND + 500 * MSEC,
        .orig_bytes = 1200,
        .resp_bytes = 98765,
        .conn_state = "SF",
        .local_orig = true,
        .history = slice_str("ShADadFf"),
        .orig_pkts = 12,
        .orig_ip_bytes = 1680,
        .resp_pkts = 11,
        .resp_ip_bytes = 99205,
        .ip_proto = 6,
        .community_id = slice_str("1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
        .service_how = "probe",
        .service_sure = 0.975,
        .service_why = slice_str("40 of 40 messages parse"),
        .legs = 1,
        .reason = "closed",
        .start = 1795276800 * SECOND + 250 * MSEC,
        .end = 1795276803 * SECOND + 750 * MSEC,
        .age = 3,
        .state = "closed",
    };
    return e;
}

// An oddity of a frame without addresses and conversation, at a nanosecond.
static inline struct ev_weird sample_weird(void)
{
    return (struct ev_weird){.head = {.id = EV_weird, .ts = 1795276800 * SECOND + 1},
                             .name = "vlan_deep",
                             .peer = "pipit",
                             .source = "packet",
                             .msg = "more VLAN tags than anybody stacks",
                             .packet = 7};
}

static inline const char *sample_text(struct text *t)
{
    text_char(t, 0);
    return t->p;
}
