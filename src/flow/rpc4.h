// SPDX-License-Identifier: Apache-2.0
// The connectionless DCE/RPC header, version 4 (C706, chapter 12), read strictly: pairing and
// probes believe a datagram to be RPC only by this.
#pragma once

#include "event/event.h"

enum rpc4_type {
    RPC4_REQUEST,
    RPC4_PING,
    RPC4_RESPONSE,
    RPC4_FAULT,
    RPC4_WORKING,
    RPC4_NOCALL,
    RPC4_REJECT,
    RPC4_ACK,
    RPC4_CANCEL,
    RPC4_FACK,
    RPC4_CANCEL_ACK,
    RPC4_TYPES
};
enum rpc4_flag {
    RPC4_LAST = 0x02,
    RPC4_FRAGMENT = 0x04,
    RPC4_NO_FACK = 0x08,
    RPC4_MAYBE = 0x10,
    RPC4_BROADCAST = 0x40
};
enum rpc4_interface {
    RPC4_OTHER,
    RPC4_PNIO_DEVICE,
    RPC4_PNIO_CONTROLLER,
    RPC4_PNIO_SUPERVISOR,
    RPC4_PNIO_PARAMETER,
    RPC4_EPM
};
enum rpc4_belief { RPC4_NO, RPC4_LOW, RPC4_HIGH }; // HIGH: one of the known interfaces

enum { RPC4_HEADER = 80 };

struct rpc4 {
    uint8_t type, flags1, flags2, interface; // interface: enum rpc4_interface
    bool little;                             // integers are little-endian
    struct uuid object, interface_uuid, activity;
    uint32_t boot_time, version, sequence;
    uint16_t opnum, body_n, fragment, serial, interface_hint, activity_hint;
    uint8_t auth, characters,
        floats; // the latter two: of the data representation, 0 ASCII, IEEE
    struct slice body;
};

// `wire_n`: length of the UDP payload by its header, also if the capture cut it.
enum rpc4_belief rpc4_read(struct rpc4 *h, struct slice payload, uint32_t wire_n);

// Does its sender call (+1), answer (-1), or can the type alone not tell (0, fack)?
int rpc4_direction(const struct rpc4 *h);
static inline bool rpc4_is_pnio(const struct rpc4 *h)
{
    return h->interface >= RPC4_PNIO_DEVICE && h->interface <= RPC4_PNIO_PARAMETER;
}
extern const char *const rpc4_type_name[RPC4_TYPES];
