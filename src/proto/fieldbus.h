// SPDX-License-Identifier: Apache-2.0
// What protocols in which stations have numbers tell the inventory.
#pragma once

#include "proto/proto.h"

#define FIELDBUS_AGAIN (30 * SECOND) // so often it is told that a station is still there

// The sender of the packet at hand answered as the server (outstation) of that number. What has
// no number: 0.
static inline void fieldbus_told(struct ctx *x, const char *protocol, uint16_t server_unit,
                                 uint16_t client_unit)
{
    const struct packet *p = x->packet;

    if (!p || !want(x->out, EV_fieldbus))
        return;
    struct ev_fieldbus *e = emit_fieldbus(x->out);
    e->protocol = protocol;
    e->server = p->src;
    e->client = p->dst;
    e->server_mac = p->src_mac;
    e->client_mac = p->dst_mac;
    e->vlan = p->n_vlan ? p->vlan[0] : 0;
    e->server_unit = server_unit;
    e->client_unit = client_unit;
}
