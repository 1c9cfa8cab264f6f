// SPDX-License-Identifier: Apache-2.0
// Inside the proto room: interfaces of DCE/RPC by name, and what its endpoint mapper tells.
#pragma once

#include "proto/proto.h"

#include "base/cur.h"

// Integers and UUIDs follow the order that a packet's header tells; here it is undone.
static inline uint32_t epm_u32(struct cur *c, bool little)
{
    return little ? cur_le32(c) : cur_be32(c);
}
static inline uint16_t epm_u16(struct cur *c, bool little)
{
    return little ? cur_le16(c) : cur_be16(c);
}
struct uuid epm_uuid(struct cur *c, bool little);

const char *dce_interface_name(const struct uuid *interface); // NULL: not known
bool dce_is_mapper(const struct uuid *interface);
// "ept_map", or "unknown-3" where operations of the interface are not known.
struct slice dce_operation_name(struct out *o, const struct uuid *interface, uint16_t opnum);

enum { EPM_LOOKUP = 2, EPM_MAP = 3 };
// The body of an answer to one of these; what it tells of is announced. `server`: who answers.
void epm_told(struct ctx *x, struct slice body, bool little, uint16_t opnum,
              const struct addr *server);
