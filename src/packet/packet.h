// SPDX-License-Identifier: Apache-2.0
// One frame taken apart: layers, addresses, ports, oddities. No state, no allocation; a packet
// is a view into its frame and dies with the batch. Tunnels give a chain of packets, outermost
// first.
#pragma once

#include "event/event.h"

enum layer_kind {
    LAYER_ETHER,
    LAYER_WLAN,
    LAYER_RADIOTAP,
    LAYER_COOKED,
    LAYER_NULL,
    LAYER_PPP,
    LAYER_PPPOE,
    LAYER_VLAN,
    LAYER_LLC,
    LAYER_SNAP,
    LAYER_MPLS,
    LAYER_IP4,
    LAYER_IP6,
    LAYER_IP6_EXT,
    LAYER_TCP,
    LAYER_UDP,
    LAYER_SCTP,
    LAYER_ICMP,
    LAYER_ICMP6,
    LAYER_IGMP,
    LAYER_ARP,
    LAYER_LLDP,
    LAYER_PROFINET,
    LAYER_GRE,
    LAYER_VXLAN,
    LAYER_GENEVE,
    LAYER_TEREDO,
    LAYER_GTP,
    LAYER_OTHER,
    LAYER_HSR,
    LAYER_ETAG,
    LAYERS
};
extern const char *const layer_name[LAYERS]; // in the field's words: "Ethernet", "IPv4", ...

struct layer {
    uint8_t kind;
    uint32_t at, n; // header bytes, as an offset into the packet's frame
};

enum { LAYERS_MOST = 16, TUNNELS_MOST = 4 };

// Protocol numbers of the IP header (iana.org/assignments/protocol-numbers).
enum ip_proto_number {
    PROTO_HOP_BY_HOP = 0,
    PROTO_ICMP = 1,
    PROTO_IGMP = 2,
    PROTO_IP4 = 4,
    PROTO_TCP = 6,
    PROTO_UDP = 17,
    PROTO_IP6 = 41,
    PROTO_ROUTING = 43,
    PROTO_FRAGMENT = 44,
    PROTO_GRE = 47,
    PROTO_AH = 51,
    PROTO_ICMP6 = 58,
    PROTO_NO_NEXT = 59,
    PROTO_DESTINATION = 60,
    PROTO_SCTP = 132,
    PROTO_MOBILITY = 135,
    PROTO_HIP = 139,
    PROTO_SHIM6 = 140
};

enum tcp_flag {
    TCP_FIN = 1,
    TCP_SYN = 2,
    TCP_RST = 4,
    TCP_PSH = 8,
    TCP_ACK = 16,
    TCP_URG = 32
};

enum packet_net { NET_NONE, NET_IP4, NET_IP6, NET_ETHER }; // ETHER: a frame that carries no IP

struct tcp_header {
    uint32_t seq, ack;
    uint16_t window;
    uint8_t flags;
    int8_t window_scale; // of the option; -1: none (looked for on SYN only)
    uint16_t mss;        // of the option; 0: none (looked for on SYN only)
};
struct icmp_header {
    uint8_t type, code;
    uint16_t id, seq; // of echoes
};

struct packet {
    uint64_t ordinal; // place in the capture, from 0
    nsec ts;
    struct slice frame;   // what `at` of the layers counts in; a joined datagram has none
    struct slice payload; // of the transport header (IP's, where there is none); never padding
    uint32_t wire_len;    // of the frame; more than frame.n: cut by the snap length

    struct addr src,
        dst; // IP addresses, or MACs for NET_ETHER (ADDR_NONE if the link has none)
    struct mac src_mac, dst_mac; // of the innermost link header; all zero if none
    uint16_t sport, dport;       // 0 without ports or when the header is cut
    uint16_t ether_type;         // 0: a length (LLC) or none
    uint16_t vlan[2];            // VLAN ids, outer first
    uint8_t n_vlan;              // tags seen, may be more than 2
    uint8_t net;                 // enum packet_net
    uint8_t ip_proto;            // of the last header; also for fragments
    uint8_t ttl;                 // or hop limit
    uint8_t tunnel;     // enum layer_kind of what wraps this packet, 0 = LAYER_ETHER: nothing
    bool has_ports;     // sport and dport are real
    bool has_transport; // the whole transport header is there (tcp, icmp or udp below is valid)
    bool cut;           // payload is shorter than the headers say because of the snap length
    bool fragment;      // a fragment of IP: no transport, payload is the fragment's bytes
    bool more_fragments;
    bool copy;           // a mirror copy of an earlier frame (the lane finds them)
    bool mirrored;       // it came by a tunnel that only carries mirrored frames
    bool checksum_bad;   // a transport checksum is wrong and does not look offloaded
    uint8_t dlt_service; // NET_ETHER without EtherType: enum ether_service
    uint32_t frag_at,
        frag_id;     // offset in bytes; identification (of IPv4 also without fragment)
    uint32_t ip_len; // IP header and what it carries, as its length field says (as on the wire
                     // where that is 0, or more than the frame had)
    uint32_t payload_len; // the payload's length by the headers, also if cut
    uint64_t parent;      // uid of the conversation that carries it, 0: none (the lane knows)
    uint64_t carrier; // the tunnel it is in, the same for both directions, 0: none (likewise)
    uint32_t network; // VXLAN, GENEVE: the virtual network
    uint32_t padding; // bytes behind what the frame carries, if they are all zero
    uint32_t frames;  // input packets it stands for: 1, more for joined datagrams
    struct tcp_header tcp;
    struct icmp_header icmp;
    uint64_t odds; // a bit for each of the first 64 of odd.def
    uint8_t n_layers;
    struct layer layer[LAYERS_MOST]; // outermost first
};

// What a frame without IP and without EtherType is, for the `service` of its ether record.
enum ether_service {
    ETHER_UNKNOWN,
    ETHER_LLC,
    ETHER_STP,
    ETHER_CDP,
    ETHER_ISIS,
    ETHER_IPX,
    ETHER_NETBEUI,
    ETHER_WLAN,
    ETHER_PPP_CONTROL,
    ETHER_SERVICES
};
// The service of a NET_ETHER packet: by EtherType (arp, lldp, profinet, goose, ...), or by the
// header above; "unknown" if neither says.
const char *packet_ether_service(uint16_t ether_type, uint8_t dlt_service);

// Takes a frame apart. Always fills p, but for ordinal and ts, which are the caller's, and the
// layers behind n_layers; net is NET_NONE when no address pair was found.
void packet_decode(struct packet *p, uint16_t link, const uint8_t *data, uint32_t n,
                   uint32_t wire_len);

// The packet inside a tunnel that `outer` (already decoded, not a fragment) ends with, or
// false. `depth` counts the tunnels so far; beyond TUNNELS_MOST the odd tunnel_deep is set on
// outer.
bool packet_inner(struct packet *inner, struct packet *outer, unsigned depth);

// UDP ports that tunnels are guessed from.
enum tunnel_port { PORT_GTP = 2152, PORT_TEREDO = 3544, PORT_VXLAN = 4789, PORT_GENEVE = 6081 };

// False only where packet_inner would find nothing, as in most packets: asked first, as
// packet_inner needs room for a second packet.
static inline bool packet_may_carry(const struct packet *p)
{
    if (p->ip_proto != PROTO_UDP)
        return p->ip_proto != PROTO_TCP;
    return p->dport == PORT_VXLAN || p->dport == PORT_GENEVE || p->dport == PORT_GTP ||
           p->sport == PORT_GTP || p->dport == PORT_TEREDO || p->sport == PORT_TEREDO;
}

// Transport of an IP payload that was joined from fragments: reads ports, header and payload
// from `bytes`; addresses, TTL and so on are taken from the fragment that p was decoded from.
// p is no fragment afterwards, and has neither frame nor layers.
void packet_transport(struct packet *p, struct slice bytes);

// The lane of a frame: a hash of its outermost host pair, equal for both directions, read
// without decoding the rest (about 20 ns). Frames without IP give their MAC pair; DCP
// (EtherType 8892 with FrameID FEFC..FEFF) and ARP each a fixed one. `lanes` is a power of two.
// UDP over IP without fragment also gives addresses and ports in *udp (has_ports true); else
// only has_ports is written.
struct udp_ends {
    struct addr src, dst;
    uint16_t sport, dport;
    bool has_ports;
};
uint32_t packet_lane(uint16_t link, const uint8_t *data, uint32_t n, uint32_t lanes,
                     struct udp_ends *udp);
