// SPDX-License-Identifier: Apache-2.0
// Link headers: Ethernet with its tags, 802.3 LLC and SNAP, Linux cooked, BSD loopback.
#include "packet/checksum.h"
#include "packet/decode.h"

enum { VLANS_USUAL = 3 }; // provider, customer, priority; nobody stacks more

// A header that needs more bytes than there are: odd, unless the capture was cut here.
uint32_t link_short(struct packet *p, const struct view *v, uint32_t need, uint32_t next)
{
    if (v->wire < need)
        mark(p, ODD_frame_short);
    return next;
}

// IEEE 802.3 3.2.6: the two bytes after the addresses are an EtherType or a length.
static uint32_t link_type(struct packet *p, struct view *v, uint16_t type)
{
    if (type >= TYPE_LEAST) {
        p->ether_type = type;
        return type;
    }
    p->ether_type = 0;
    if (type > v->wire)
        mark(p, ODD_llc_len_long);
    view_limit(v, type);
    return NEXT_LLC;
}

uint32_t link_ether(struct packet *p, struct view *v)
{
    enum { LOOP_TEST = 0x9000 };  // switches send it to themselves
    static const uint8_t none[6]; // loopback devices have no address
    const uint8_t *h = v->p;

    if (v->n < 14)
        return link_short(p, v, 14, NEXT_NONE);
    memcpy(p->dst_mac.b, h, 6);
    memcpy(p->src_mac.b, h + 6, 6);
    v->macs = MAC_BOTH;
    if (h[6] & 1)
        mark(p, ODD_eth_src_group);
    if (!memcmp(h, h + 6, 6) && memcmp(h, none, 6) != 0 && load_be16(h + 12) != LOOP_TEST)
        mark(p, ODD_eth_same_ends);
    layer_add(p, LAYER_ETHER, h, 14);
    view_skip(v, 14);
    return link_type(p, v, load_be16(h + 12));
}

// Behind the EtherType of a tag (IEEE 802.1Q 9.6): takes the whole stack of tags.
uint32_t link_vlan(struct packet *p, struct view *v)
{
    uint16_t type;

    do {
        const uint8_t *h = v->p;

        if (v->n < 4)
            return link_short(p, v, 4, NEXT_END);
        if (p->n_vlan < 2)
            p->vlan[p->n_vlan] = load_be16(h) & 0xfff;
        if (p->n_vlan < UINT8_MAX)
            p->n_vlan++;
        layer_add(p, LAYER_VLAN, h, 4);
        view_skip(v, 4);
        type = load_be16(h + 2);
    } while (type_is_vlan(type));
    if (p->n_vlan > VLANS_USUAL)
        mark(p, ODD_vlan_deep);
    return link_type(p, v, type);
}

// A tag of n bytes behind its EtherType, the last two of which are the next EtherType.
static uint32_t link_tag(struct packet *p, struct view *v, enum layer_kind kind, uint32_t n)
{
    const uint8_t *h = v->p;

    if (v->n < n)
        return link_short(p, v, n, NEXT_END);
    layer_add(p, kind, h, n);
    view_skip(v, n);
    return link_type(p, v, load_be16(h + n - 2));
}

// IEC 62439-3, 5.3: path and size, sequence number. What a ring carries both ways.
uint32_t link_hsr(struct packet *p, struct view *v)
{
    return link_tag(p, v, LAYER_HSR, 6);
}

// IEEE 802.1BR, 11: between a bridge and its port extenders.
uint32_t link_etag(struct packet *p, struct view *v)
{
    return link_tag(p, v, LAYER_ETAG, 8);
}

// SNAP (IEEE 802 9.5): organisation and its protocol number.
static uint32_t link_snap(struct packet *p, struct view *v)
{
    uint32_t oui = (uint32_t)load_be16(v->p + 3) << 8 | v->p[5];
    uint16_t type = load_be16(v->p + 6);

    layer_add(p, LAYER_LLC, v->p, 3);
    layer_add(p, LAYER_SNAP, v->p + 3, 5);
    view_skip(v, 8);
    p->dlt_service = ETHER_LLC;
    if ((oui == 0 || oui == 0xf8) && type >= TYPE_LEAST) {
        p->dlt_service = ETHER_UNKNOWN;
        p->ether_type = type;
        return type;
    }
    if (oui == 0x0c && type == 0x2000)
        p->dlt_service = ETHER_CDP;
    else if (oui == 0x0c && type == 0x010b) // spanning tree per VLAN
        p->dlt_service = ETHER_STP;
    return NEXT_END;
}

// A whole header of IPv4 with a right checksum, where LLC belongs.
static bool is_ip(const struct view *v)
{
    enum { HEAD = 20 };

    return v->n >= HEAD && v->p[0] == 0x45 && sum_fold(sum_20(v->p)) == 0xffff;
}

// IEEE 802.2: destination and source service, control of 1 or 2 bytes.
uint32_t link_llc(struct packet *p, struct view *v)
{
    const uint8_t *h = v->p;

    p->dlt_service = ETHER_LLC;
    if (v->n < 3)
        return link_short(p, v, 3, NEXT_END);
    if (h[0] == 0xff && h[1] == 0xff) { // Novell's frames have no LLC: IPX begins with ffff
        p->dlt_service = ETHER_IPX;
        return NEXT_END;
    }
    if (h[0] == 0xaa && h[1] == 0xaa && h[2] == 3 && v->n >= 8)
        return link_snap(p, v);

    if (is_ip(v))
        mark(p, ODD_llc_holds_ip);
    uint32_t head = (h[2] & 3) == 3 ? 3 : min_u32(4, v->n);
    layer_add(p, LAYER_LLC, h, head);
    view_skip(v, head);
    switch (h[0]) {
    case 0x06: return h[1] == 0x06 ? NEXT_IP4 : NEXT_END;
    case 0x42: p->dlt_service = ETHER_STP; break;
    case 0xfe: p->dlt_service = ETHER_ISIS; break;
    case 0xe0: p->dlt_service = ETHER_IPX; break;
    case 0xf0: p->dlt_service = ETHER_NETBEUI; break;
    default: break;
    }
    return NEXT_END;
}

// The common part of both cooked headers: the protocol field, whose small values are not
// lengths.
static uint32_t cooked_type(struct packet *p, struct view *v, uint16_t hardware, uint16_t type)
{
    enum { ARPHRD_NETLINK = 824 };

    if (type >= TYPE_LEAST) {
        p->ether_type = type;
        return type;
    }
    if (hardware == ARPHRD_NETLINK) // messages of the kernel; the field is their family
        return NEXT_NONE;
    if (type == 4)
        return NEXT_LLC;
    if (type == 1)
        p->dlt_service = ETHER_IPX;
    return NEXT_END;
}

static void cooked_address(struct packet *p, struct view *v, uint32_t n, const uint8_t *at)
{
    if (n == 6) {
        memcpy(p->src_mac.b, at, 6);
        v->macs = MAC_SRC;
    }
}

uint32_t link_cooked(struct packet *p, struct view *v)
{
    const uint8_t *h = v->p;

    if (v->n < 16)
        return link_short(p, v, 16, NEXT_NONE);
    cooked_address(p, v, load_be16(h + 4), h + 6);
    layer_add(p, LAYER_COOKED, h, 16);
    view_skip(v, 16);
    return cooked_type(p, v, load_be16(h + 2), load_be16(h + 14));
}

uint32_t link_cooked2(struct packet *p, struct view *v)
{
    const uint8_t *h = v->p;

    if (v->n < 20)
        return link_short(p, v, 20, NEXT_NONE);
    cooked_address(p, v, h[11], h + 12);
    layer_add(p, LAYER_COOKED, h, 20);
    view_skip(v, 20);
    return cooked_type(p, v, load_be16(h + 8), load_be16(h));
}

// An address family in the byte order of the capturing machine; IPv6's differs between systems.
uint32_t link_null(struct packet *p, struct view *v)
{
    const uint8_t *h = v->p;

    if (v->n < 4)
        return link_short(p, v, 4, NEXT_NONE);
    uint32_t family = load_le32(h);
    if (family > 0xffff)
        family = load_be32(h);
    layer_add(p, LAYER_NULL, h, 4);
    view_skip(v, 4);
    switch (family) {
    case 2: return NEXT_IP4;
    case 10:                  // Linux
    case 23:                  // Windows
    case 24:                  // NetBSD, OpenBSD
    case 28:                  // FreeBSD
    case 30: return NEXT_IP6; // macOS
    default: return NEXT_NONE;
    }
}
