// SPDX-License-Identifier: Apache-2.0
// Inside the flow room, and part of flow.h: how many conversations there may be, and for how
// long.
#pragma once

#include "base/base.h"

struct flow_limits {
    uint32_t talks; // per lane
    nsec attempt, close, udp, icmp, other, tcp, rpc, long_idle, ether;
    uint64_t explain_uid;     // this talk's decisions are told; 0: none
    uint64_t follow_uid;      // this talk's content is told; 0: none
    uint64_t explain_ordinal; // or this packet's, from 0; UINT64_MAX: none
};
struct flow_limits flow_defaults(void);
