// SPDX-License-Identifier: Apache-2.0
// Private to the packet room: the view that moves through a frame, and the steps that move it.
#pragma once

#include "base/cur.h"
#include "packet/packet.h"

// What is left of a frame: n bytes at p. The headers say that `wire` bytes belong here, n <=
// wire; there are less because the capture was cut. macs: which addresses the link has.
struct view {
    const uint8_t *p;
    uint32_t n, wire;
    uint8_t macs;
    bool padded;     // radiotap says that the next header is filled up to 4 bytes
    uint8_t trailer; // bytes at the end that belong to the link: its check sequence
};
enum { MAC_SRC = 1, MAC_DST = 2, MAC_BOTH = 3 };

// What a header says that follows it: an EtherType, or one of these.
enum next {
    NEXT_NONE = 0x10000, // nothing readable and no addresses
    NEXT_END,            // a frame without IP, described by dlt_service
    NEXT_ETHER,
    NEXT_LLC,
    NEXT_PPP,
    NEXT_PPPOE,
    NEXT_WLAN,
    NEXT_IP,
    NEXT_IP4,
    NEXT_IP6
};

enum { LINK_ETHER = 1 }; // the link type most captures have

enum ether_type_number {
    TYPE_IP4 = 0x0800,
    TYPE_ARP = 0x0806,
    TYPE_VLAN = 0x8100,
    TYPE_IP6 = 0x86dd,
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_MULTICAST = 0x8848,
    TYPE_PPPOE_DISCOVERY = 0x8863,
    TYPE_PPPOE = 0x8864,
    TYPE_PROFINET = 0x8892,
    TYPE_QINQ = 0x88a8,
    TYPE_LLDP = 0x88cc,
    TYPE_HSR = 0x892f,
    TYPE_ETAG = 0x893f,
    TYPE_VLAN_9100 = 0x9100,
    TYPE_VLAN_9200 = 0x9200,
    TYPE_LEAST = 0x0600 // smaller values are 802.3 lengths
};

// Why a transport header is believed less: its lengths, or its checksum, cannot be compared.
enum doubt { DOUBT_SUM = 1, DOUBT_LENGTH = 2 };

static inline void mark(struct packet *p, enum odd which)
{
    p->odds |= UINT64_C(1) << which;
}

static inline void view_skip(struct view *v, uint32_t n) // n <= v->n
{
    v->p += n;
    v->n -= n;
    v->wire -= n;
}

static inline void view_limit(struct view *v, uint32_t most)
{
    v->n = min_u32(v->n, most);
    v->wire = min_u32(v->wire, most);
}

// A joined datagram has no frame, so no layers either.
static inline void layer_add(struct packet *p, enum layer_kind kind, const uint8_t *at,
                             uint32_t n)
{
    if (p->n_layers < LAYERS_MOST && p->frame.p)
        p->layer[p->n_layers++] = (struct layer){(uint8_t)kind, (uint32_t)(at - p->frame.p), n};
}

static inline bool type_is_vlan(uint32_t type)
{
    return type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_VLAN_9100 ||
           type == TYPE_VLAN_9200;
}

// Decodes what v shows, beginning with `next`, into p, which was reset before. Views are not
// copied on the way: they are written in pieces, and a copy would wait for these.
void packet_walk(struct packet *p, struct view *v, uint32_t next);
// Any frame: p->frame, with wire_len, into p, which is as packet_reset leaves it otherwise.
void packet_decode_any(struct packet *p, uint16_t link);
// A usual frame, whole in p->frame, into p, which was reset before; false: it is none, and
// nothing was written.
bool usual_decode(struct packet *p);
// Everything but ordinal and ts, which are the caller's, and the layers behind n_layers.
void packet_reset(struct packet *p);
// As packet_lane, from a packet that is decoded already.
uint32_t packet_lane_of(const struct packet *p, uint32_t lanes);

// ---- link headers: each takes its header from v and says what is next
uint32_t link_ether(struct packet *p, struct view *v);
uint32_t link_vlan(struct packet *p, struct view *v);
uint32_t link_hsr(struct packet *p, struct view *v);
uint32_t link_etag(struct packet *p, struct view *v);
uint32_t link_llc(struct packet *p, struct view *v);
uint32_t link_cooked(struct packet *p, struct view *v);
uint32_t link_cooked2(struct packet *p, struct view *v);
uint32_t link_null(struct packet *p, struct view *v);
uint32_t link_short(struct packet *p, const struct view *v, uint32_t need, uint32_t next);
uint32_t link_mpls(struct packet *p, struct view *v);
uint32_t link_ppp(struct packet *p, struct view *v);
uint32_t link_ppp_hdlc(struct packet *p, struct view *v);
uint32_t link_cisco_hdlc(struct packet *p, struct view *v);
uint32_t link_pppoe(struct packet *p, struct view *v);
uint32_t link_radiotap(struct packet *p, struct view *v);
uint32_t link_wlan(struct packet *p, struct view *v);

// ---- network and transport: they end the walk. `version` is what the link said, 0: nothing.
void net_ip(struct packet *p, struct view *v, unsigned version);
// What follows an IPv6 header of kind `proto`: extension headers, then the transport.
void net_ip6_upper(struct packet *p, struct view *v, uint8_t proto, unsigned doubt);
void transport_read(struct packet *p, struct view *v, unsigned doubt);
// The fields and options of a TCP header of `head` bytes, all of them there.
void tcp_fill(struct packet *p, const uint8_t *h, uint32_t head);
