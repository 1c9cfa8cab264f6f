// SPDX-License-Identifier: Apache-2.0
// ARP (RFC 826) over Ethernet, for IPv4: who says that an address is its own.
#include "proto/proto.h"

#include "base/cur.h"

enum { ETHERNET = 1, IP4 = 0x0800, REQUEST = 1, REPLY = 2 };

// Routers that stand in for each other and load balancers speak for an address that they share.
static bool is_shared(const uint8_t *mac)
{
    static const uint8_t prefix[][4] = {
        {0x00, 0x00, 0x5e, 0x00}, // VRRP, CARP (RFC 5798)
        {0x00, 0x00, 0x0c, 0x07}, // HSRP
        {0x00, 0x00, 0x0c, 0x9f}, // HSRP 2
        {0x00, 0x07, 0xb4, 0x00}, // GLBP
    };

    for (size_t i = 0; i < COUNT_OF(prefix); i++)
        if (!memcmp(mac, prefix[i], sizeof(prefix[i])))
            return true;
    return (mac[0] == 2 || mac[0] == 3) &&
           (mac[1] == 0xbf || (mac[1] && mac[1] <= 32)); // Windows NLB
}

// Where the link has addresses.
static void check_sender(const struct ctx *x, const uint8_t *mac, const uint8_t *ip)
{
    static const uint8_t none[6];
    const uint8_t *by = x->packet->src_mac.b;

    if (!memcmp(by, none, 6) || !memcmp(by, mac, 6) || is_shared(by) || is_shared(mac))
        return;
    odd_with(x->out, ODD_arp_sender_differs,
             "%02x:%02x:%02x:%02x:%02x:%02x sent an ARP message in the name of "
             "%02x:%02x:%02x:%02x:%02x:%02x, as %u.%u.%u.%u",
             by[0], by[1], by[2], by[3], by[4], by[5], mac[0], mac[1], mac[2], mac[3], mac[4],
             mac[5], ip[0], ip[1], ip[2], ip[3]);
}

static void frame(struct ctx *x, void *state)
{
    const struct packet *p = x->packet;
    struct cur c = cur_of(p->payload);
    uint16_t hardware = cur_be16(&c), protocol = cur_be16(&c), lengths = cur_be16(&c);
    uint16_t operation = cur_be16(&c);
    struct slice mac = cur_take(&c, 6), ip = cur_take(&c, 4);
    struct slice target = (cur_skip(&c, 6), cur_take(&c, 4));

    if (p->copy || c.bad || hardware != ETHERNET || protocol != IP4 || lengths != 0x0604 ||
        (operation != REQUEST && operation != REPLY))
        return;
    check_sender(x, mac.p, ip.p);
    if (!want(x->out, EV_arp))
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
