// SPDX-License-Identifier: Apache-2.0
// Numbers in the events of ONC RPC.
#pragma once

// What a port mapper was asked.
enum rpc_asked {
    ASKED_NOTHING,
    ASKED_PORT, // GETPORT, GETADDR, GETVERSADDR
    ASKED_LIST, // DUMP
    ASKED_CALL, // CALLIT, BCAST, INDIRECT: to call it
    ASKED_SET,
    ASKED_UNSET
};

// SAFE; USUAL had holes that gave strangers control over the host, but is in daily use; RISKY
// had them, and there is hardly a good reason to call it from afar.
enum rpc_risk { SAFE, USUAL, RISKY };

enum { RPC_MAPPER = 100000, RPC_DEBUG_AGENT = 0x55555555 };
