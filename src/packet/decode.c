// SPDX-License-Identifier: Apache-2.0
// The walk through a frame: from link to link header, until IP or a frame without it.
#include "packet/decode.h"
#include "packet/crafted.h"

enum { STEPS_MOST = 32 }; // link headers in each other; only a crafted frame has more than 6

static void ether_layer(struct packet *p, const struct view *v)
{
    enum { ARP_LEN = 28, FRAME_ID_LEN = 2 };

    switch (p->ether_type) {
    case TYPE_ARP: layer_add(p, LAYER_ARP, v->p, min_u32(ARP_LEN, v->n)); break;
    case TYPE_LLDP: layer_add(p, LAYER_LLDP, v->p, v->n); break;
    case TYPE_PROFINET: layer_add(p, LAYER_PROFINET, v->p, min_u32(FRAME_ID_LEN, v->n)); break;
    default: break;
    }
}

// A frame without IP: its addresses are those of the link, its payload all that follows.
static void ether_end(struct packet *p, struct view *v)
{
    view_limit(v, v->wire - min_u32(v->trailer, v->wire));
    p->net = NET_ETHER;
    if (v->macs & MAC_SRC)
        p->src = addr_of(ADDR_MAC, p->src_mac.b);
    if (v->macs & MAC_DST)
        p->dst = addr_of(ADDR_MAC, p->dst_mac.b);
    p->payload = slice_of(v->p, v->n);
    p->payload_len = v->wire;
    p->cut = v->n < v->wire;
    ether_layer(p, v);
}

void packet_walk(struct packet *p, struct view *v, uint32_t next)
{
    for (unsigned step = 0; step < STEPS_MOST; step++) {
        switch (next) {
        case NEXT_ETHER: next = link_ether(p, v); break;
        case TYPE_IP4:
        case NEXT_IP4: net_ip(p, v, 4); return;
        case TYPE_IP6:
        case NEXT_IP6: net_ip(p, v, 6); return;
        case NEXT_IP: net_ip(p, v, 0); return;
        case TYPE_VLAN:
        case TYPE_QINQ:
        case TYPE_VLAN_9100:
        case TYPE_VLAN_9200: next = link_vlan(p, v); break;
        case TYPE_HSR: next = link_hsr(p, v); break;
        case TYPE_ETAG: next = link_etag(p, v); break;
        case TYPE_MPLS:
        case TYPE_MPLS_MULTICAST: next = link_mpls(p, v); break;
        case TYPE_PPPOE:
        case NEXT_PPPOE: next = link_pppoe(p, v); break;
        case NEXT_PPP: next = link_ppp(p, v); break;
        case NEXT_LLC: next = link_llc(p, v); break;
        case NEXT_WLAN: next = link_wlan(p, v); break;
        case NEXT_NONE: return;
        default: ether_end(p, v); return;
        }
    }
    ether_end(p, v);
}

void packet_reset(struct packet *p)
{
    enum { FROM = offsetof(struct packet, frame), TO = offsetof(struct packet, layer) };
    uint8_t *at = (uint8_t *)p + FROM;

    // In pieces that compilers store directly: a string instruction takes as long as the rest.
    _Static_assert(TO - FROM >= 128 && TO - FROM <= 192 + 64, "a piece too few or too many");
    memset(at, 0, 64);
    memset(at + 64, 0, 64);
    memset(at + 128, 0, TO - FROM - 128);
    p->frames = 1;
    p->tcp.window_scale = -1;
}

// The link types of tcpdump.org/linktypes.html that are understood.
static uint32_t first_header(struct packet *p, struct view *v, uint16_t link)
{
    switch (link) {
    case LINK_ETHER: return NEXT_ETHER;
    case 12:
    case 14:
    case 101: return NEXT_IP;
    case 228: return NEXT_IP4;
    case 229: return NEXT_IP6;
    case 0:
    case 108: return link_null(p, v);
    case 113: return link_cooked(p, v);
    case 276: return link_cooked2(p, v);
    case 9: return NEXT_PPP;
    case 50: return link_ppp_hdlc(p, v);
    case 104: return link_cisco_hdlc(p, v);
    case 105: return NEXT_WLAN;
    case 127: return link_radiotap(p, v);
    default: return NEXT_NONE;
    }
}

__attribute__((noinline)) // its frame of variables would be set up for usual frames, too
void packet_decode_any(struct packet *p, uint16_t link)
{
    struct view v = {.p = p->frame.p, .n = p->frame.n, .wire = p->wire_len};
    uint32_t next = first_header(p, &v, link);

    packet_walk(p, &v, next);
    uint32_t padding = p->frame.n - packet_padding(p);
    if (padding && packet_padding_is_zero(p))
        p->padding = padding;
    else if (padding && packet_padding_is_odd(p))
        mark(p, ODD_pad_nonzero);
    if (packet_probe(p))
        mark(p, ODD_known_probe);
}

void packet_decode(struct packet *p, uint16_t link, const uint8_t *data, uint32_t n,
                   uint32_t wire_len)
{
    packet_reset(p);
    p->frame = slice_of(data, n);
    p->wire_len = max_u32(n, wire_len);
    if (n < wire_len)
        mark(p, ODD_frame_cut);
    else if (link == LINK_ETHER && usual_decode(p))
        return;
    packet_decode_any(p, link);
}
