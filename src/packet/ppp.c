// SPDX-License-Identifier: Apache-2.0
// Point-to-point links and label stacks: PPP, PPPoE, Cisco HDLC, MPLS with its pseudowires.
#include "packet/decode.h"

enum {
    LABELS_USUAL = 8, // more MPLS labels than that are odd
    PPP_IP4 = 0x0021,
    PPP_IP6 = 0x0057,
    PPP_MPLS = 0x0281,
    PPP_MPLS_MULTICAST = 0x0283,
    PPP_CONTROL = 0x8000 // from here on: network and link control protocols
};

// RFC 1661 2, RFC 1662 3: address and control may be left out, the protocol cut to a byte.
uint32_t link_ppp(struct packet *p, struct view *v)
{
    const uint8_t *h = v->p;
    uint32_t head = v->n >= 2 && h[0] == 0xff && h[1] == 3 ? 2 : 0;

    if (v->n < head + 2)
        return link_short(p, v, head + 2, NEXT_END);
    uint16_t proto = h[head] & 1 ? h[head] : load_be16(h + head);
    head += h[head] & 1 ? 1 : 2;
    layer_add(p, LAYER_PPP, h, head);
    view_skip(v, head);
    switch (proto) {
    case PPP_IP4: return NEXT_IP4;
    case PPP_IP6: return NEXT_IP6;
    case PPP_MPLS:
    case PPP_MPLS_MULTICAST: return TYPE_MPLS;
    default: break;
    }
    if (proto >= PPP_CONTROL)
        p->dlt_service = ETHER_PPP_CONTROL;
    return NEXT_END;
}

uint32_t link_cisco_hdlc(struct packet *p, struct view *v)
{
    const uint8_t *h = v->p;

    if (v->n < 4)
        return link_short(p, v, 4, NEXT_END);
    layer_add(p, LAYER_PPP, h, 4);
    view_skip(v, 4);
    p->ether_type = load_be16(h + 2);
    if (p->ether_type == 0x2000)
        p->dlt_service = ETHER_CDP;
    return p->ether_type;
}

// LINKTYPE_PPP_HDLC: PPP in HDLC framing (RFC 1662), or Cisco's, told apart by the address.
uint32_t link_ppp_hdlc(struct packet *p, struct view *v)
{
    if (v->n && (v->p[0] == 0x0f || v->p[0] == 0x8f))
        return link_cisco_hdlc(p, v);
    return link_ppp(p, v);
}

// RFC 2516 4: version and type, code (0 in sessions), session, length.
uint32_t link_pppoe(struct packet *p, struct view *v)
{
    const uint8_t *h = v->p;

    if (v->n < 6)
        return link_short(p, v, 6, NEXT_END);
    if (h[0] != 0x11 || h[1])
        return NEXT_END;
    layer_add(p, LAYER_PPPOE, h, 6);
    view_skip(v, 6);
    view_limit(v, load_be16(h + 4));
    return NEXT_PPP;
}

// Does an Ethernet frame begin here? By a usual type, as there is nothing else to go by.
static bool plausible_ether(const uint8_t *h, uint32_t n)
{
    if (n < 17)
        return false;
    uint16_t type = load_be16(h + 12);

    switch (type) {
    case TYPE_IP4: return h[14] >> 4 == 4;
    case TYPE_IP6: return h[14] >> 4 == 6;
    case TYPE_ARP:
    case TYPE_VLAN:
    case TYPE_QINQ:
    case TYPE_MPLS:
    case TYPE_PPPOE:
    case TYPE_PPPOE_DISCOVERY:
    case TYPE_LLDP:
    case TYPE_PROFINET:
    case 0x8809:              // link aggregation and other slow protocols
    case 0x888e:              // authentication
    case 0x8902:              // fault management
    case 0x9000: return true; // loopback test
    default:                  // LLC: both services the same, unnumbered information
        return type >= 3 && type < TYPE_LEAST && h[14] && h[14] == h[15] && h[16] == 3;
    }
}

// RFC 3032 2.1: labels until the one with the bottom bit. What follows is not told; RFC 4928
// has the first four bits say it, and RFC 4385 a control word of zeros before a pseudowire's
// frame.
uint32_t link_mpls(struct packet *p, struct view *v)
{
    unsigned labels = 0;
    bool bottom;

    do {
        if (v->n < 4)
            return link_short(p, v, 4, NEXT_END);
        bottom = v->p[2] & 1;
        layer_add(p, LAYER_MPLS, v->p, 4);
        view_skip(v, 4);
        labels++;
    } while (!bottom);
    if (labels > LABELS_USUAL)
        mark(p, ODD_mpls_deep);
    if (!v->n)
        return NEXT_END;

    uint8_t nibble = v->p[0] >> 4;
    if (nibble == 4)
        return NEXT_IP4;
    if (nibble == 6)
        return NEXT_IP6;
    if (nibble == 0 && v->n > 4 && plausible_ether(v->p + 4, v->n - 4))
        view_skip(v, 4);
    else if (!plausible_ether(v->p, v->n))
        return NEXT_END;
    return NEXT_ETHER;
}
