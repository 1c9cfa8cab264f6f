// SPDX-License-Identifier: Apache-2.0
// ARP (RFC 826) over Ethernet, for IPv4: who says that an address is its own.
#include "proto/proto.h"

#include "base/cur.h"

enum { ETHERNET = 1, IP4 = 0x0800, REQUEST = 1, REPLY = 2 };

static void frame(struct ctx *x, void *state)
{
    const struct packet *p = x->packet;
    struct cur c = cur_of(p->payload);
    uint16_t hardware = cur_be16(&c), protocol = cur_be16(&c), lengths = cur_be16(&c);
    uint16_t operation = cur_be16(&c);
    struct slice mac = cur_take(&c, 6), ip = cur_take(&c, 4);
    struct slice target = (cur_skip(&c, 6), cur_take(&c, 4));

    if (p->copy || !want(x->out, EV_arp) || c.bad || hardware != ETHERNET || protocol != IP4 ||
        lengths != 0x0604 || (operation != REQUEST && operation != REPLY))
        return;
    struct ev_arp *e = emit_arp(x->out);
    e->src_mac = p->src_mac;
    memcpy(e->mac.b, mac.p, sizeof(e->mac.b));
    e->ip = addr_of(ADDR_IP4, ip.p);
    e->vlan = p->n_vlan ? p->vlan[0] : 0;
    e->reply = operation == REPLY;
    e->target = addr_of(ADDR_IP4, target.p);
    e->unicast = !(p->dst_mac.b[0] & 1);
}

const struct analyser proto_arp = {
    .name = "arp",
    .title = "ARP",
    .spec = "RFC 826",
    .why = "by the EtherType",
    .over = OVER_ETHER,
    .ether_type = 0x0806,
    .frame = frame,
};
