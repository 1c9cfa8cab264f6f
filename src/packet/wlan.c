// SPDX-License-Identifier: Apache-2.0
// Wireless frames: radiotap, and the MAC header of IEEE 802.11 with its four ways of
// addressing.
#include "packet/decode.h"

enum { // frame control, IEEE 802.11 9.2.4.1, as two bytes in the order of the wire
    TO_DS = 1,
    FROM_DS = 2,
    MORE_FRAGMENTS = 4,
    PROTECTED = 0x40,
    ORDER = 0x80,
    TYPE_MANAGEMENT = 0,
    TYPE_CONTROL = 1,
    TYPE_DATA = 2,
    SUBTYPE_NULL = 4,
    SUBTYPE_QOS = 8,
    RADIOTAP_FCS = 0x10,
    RADIOTAP_PADDED = 0x20
};

// The flags field of a radiotap header, 0 if it has none: only a timestamp may stand before it.
static uint8_t radiotap_flags(struct packet *p, struct slice head)
{
    struct cur c = cur_of(head);
    uint32_t first, more;

    cur_skip(&c, 4);
    first = more = cur_le32(&c);
    while (more >> 31 && !c.bad)
        more = cur_le32(&c);
    if (first & 1) {
        uint32_t at = head.n - cur_left(&c);
        cur_skip(&c, (0u - at) & 7); // the timestamp is aligned to its size
        cur_skip(&c, 8);
    }
    uint8_t flags = first & 2 ? cur_u8(&c) : 0;
    if (c.bad)
        mark(p, ODD_radiotap_bad);
    return flags;
}

// radiotap.org: version 0, pad, length (little-endian), bit set of the fields that follow.
uint32_t link_radiotap(struct packet *p, struct view *v)
{
    const uint8_t *h = v->p;

    if (v->n < 8)
        return link_short(p, v, 8, NEXT_NONE);
    uint32_t head = load_le16(h + 2);
    if (h[0] || head < 8 || head > v->wire) {
        mark(p, ODD_radiotap_bad);
        return NEXT_NONE;
    }
    if (head > v->n)
        return NEXT_NONE;
    uint8_t flags = radiotap_flags(p, slice_of(h, head));
    layer_add(p, LAYER_RADIOTAP, h, head);
    view_skip(v, head);
    if (flags & RADIOTAP_FCS)
        v->trailer = 4;
    v->padded = flags & RADIOTAP_PADDED;
    return NEXT_WLAN;
}

static void wlan_macs(struct packet *p, struct view *v, const uint8_t *dst, const uint8_t *src)
{
    memcpy(p->dst_mac.b, dst, 6);
    v->macs = MAC_DST;
    if (src) {
        memcpy(p->src_mac.b, src, 6);
        v->macs = MAC_BOTH;
    }
}

// Control frames name the receiver; clear-to-send and acknowledgement nobody else (9.3.1).
static uint32_t wlan_control(struct packet *p, struct view *v, unsigned subtype)
{
    enum { CLEAR_TO_SEND = 12, ACKNOWLEDGEMENT = 13 };
    bool alone = subtype == CLEAR_TO_SEND || subtype == ACKNOWLEDGEMENT || subtype < 8;
    uint32_t head = alone ? 10 : 16;

    if (v->n < head)
        return link_short(p, v, head, NEXT_NONE);
    wlan_macs(p, v, v->p + 4, alone ? NULL : v->p + 10);
    layer_add(p, LAYER_WLAN, v->p, head);
    view_skip(v, head);
    return NEXT_END;
}

static uint32_t wlan_management(struct packet *p, struct view *v)
{
    if (v->n < 24)
        return link_short(p, v, 24, NEXT_NONE);
    wlan_macs(p, v, v->p + 4, v->p + 10);
    layer_add(p, LAYER_WLAN, v->p, 24);
    view_skip(v, 24);
    return NEXT_END;
}

// An A-MSDU (9.3.2.2.2): the first of its subframes, each with addresses, length and LLC.
static uint32_t wlan_bundle(struct packet *p, struct view *v)
{
    const uint8_t *h = v->p;

    if (v->n < 14)
        return link_short(p, v, 14, NEXT_END);
    wlan_macs(p, v, h, h + 6);
    view_skip(v, 14);
    view_limit(v, load_be16(h + 12));
    v->trailer = 0;
    p->dlt_service = ETHER_UNKNOWN;
    return NEXT_LLC;
}

// Data frames (9.3.2.1). The two bits to and from the distribution system say which of the
// addresses are those of the end stations.
static uint32_t wlan_data(struct packet *p, struct view *v, unsigned subtype)
{
    const uint8_t *h = v->p;
    uint8_t flags = v->n >= 2 ? h[1] : 0;
    bool qos = subtype & SUBTYPE_QOS, four = (flags & (TO_DS | FROM_DS)) == (TO_DS | FROM_DS);
    uint32_t head = four ? 30 : 24, control = head;

    head += qos ? 2 : 0;
    head += qos && flags & ORDER ? 4 : 0;
    if (v->n < head)
        return link_short(p, v, head, NEXT_NONE);
    wlan_macs(p, v, h + (flags & TO_DS ? 16 : 4), h + (four ? 24 : flags & FROM_DS ? 16 : 10));
    layer_add(p, LAYER_WLAN, h, head);
    bool piece = flags & MORE_FRAGMENTS || h[22] & 15; // of a fragmented frame
    bool bundle = qos && h[control] & 0x80;
    view_skip(v, min_u32(v->n, v->padded ? (head + 3) & ~3u : head));
    if (subtype & SUBTYPE_NULL || flags & PROTECTED || piece)
        return NEXT_END;
    if (bundle)
        return wlan_bundle(p, v);
    p->dlt_service = ETHER_UNKNOWN;
    return NEXT_LLC;
}

uint32_t link_wlan(struct packet *p, struct view *v)
{
    p->dlt_service = ETHER_WLAN;
    if (v->n < 2)
        return link_short(p, v, 10, NEXT_NONE);
    unsigned type = v->p[0] >> 2 & 3, subtype = v->p[0] >> 4;
    if (v->p[0] & 3) // of another version nothing is known
        return NEXT_NONE;
    switch (type) {
    case TYPE_MANAGEMENT: return wlan_management(p, v);
    case TYPE_CONTROL: return wlan_control(p, v, subtype);
    case TYPE_DATA: return wlan_data(p, v, subtype);
    default: return NEXT_NONE;
    }
}
