// SPDX-License-Identifier: Apache-2.0
// Link headers: with -e, or where nothing else tells what a frame is. Ethernet with its VLANs,
// LLC and SNAP, loopback, cooked, raw, PPP, MPLS; of other links, what the packet room finds.
#include "print/classic.h"

enum {
    ETHER_HEAD = 14,
    LENGTH_MOST = 1500, // up to it, the type of Ethernet is a length
    TYPE_IP4 = 0x0800,
    TYPE_ARP = 0x0806,
    TYPE_RARP = 0x8035,
    TYPE_VLAN = 0x8100,
    TYPE_QINQ = 0x88a8,
    TYPE_VLAN_9100 = 0x9100,
    TYPE_VLAN_9200 = 0x9200,
    TYPE_IP6 = 0x86dd,
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_GROUP = 0x8848,
    TYPE_PPPOE_DISCOVERY = 0x8863,
    TYPE_PPPOE = 0x8864,
    TYPE_LLDP = 0x88cc
};

static const struct word type_words[] = {
    {TYPE_IP4, "IPv4"},
    {TYPE_IP6, "IPv6"},
    {TYPE_ARP, "ARP"},
    {TYPE_RARP, "Reverse ARP"},
    {TYPE_VLAN, "802.1Q"},
    {TYPE_VLAN_9100, "802.1Q-9100"},
    {TYPE_VLAN_9200, "802.1Q-9200"},
    {TYPE_QINQ, "802.1Q-QinQ"},
    {TYPE_MPLS, "MPLS unicast"},
    {TYPE_MPLS_GROUP, "MPLS multicast"},
    {TYPE_PPPOE_DISCOVERY, "PPPoE D"},
    {TYPE_PPPOE, "PPPoE S"},
    {TYPE_LLDP, "LLDP"},
    {0x0200, "PUP"},
    {0x1000, "Trail"},
    {0x6001, "MOP DL"},
    {0x6002, "MOP RC"},
    {0x6003, "DN"},
    {0x6004, "LAT"},
    {0x6007, "SCA"},
    {0x6558, "TEB"},
    {0x8038, "Lanbridge"},
    {0x803c, "DEC DNS"},
    {0x803e, "DEC DTS"},
    {0x805b, "VEXP"},
    {0x805c, "VPROD"},
    {0x809b, "Appletalk"},
    {0x80f3, "Appletalk ARP"},
    {0x8137, "IPX"},
    {0x880b, "PPP"},
    {0x8808, "MPCP"},
    {0x8809, "Slow Protocols"},
    {0x888e, "EAPOL"},
    {0x8899, "RRCP"},
    {0x886f, "MS NLB heartbeat"},
    {0x8870, "Jumbo"},
    {0x894f, "NSH"},
    {0x9000, "Loopback"},
    {0x00fe, "OSI"},
    {0x8902, "CFM"},
    {0x8903, "CFM (old)"},
    {0x893a, "IEEE1905.1"},
    {0x88ca, "TIPC"},
    {0x8947, "GeoNet"},
    {0x0707, "GeoNet (old)"},
    {0x04e0, "CALM FAST"},
    {0x88a2, "AoE"},
    {0x88e5, "MACsec"},
    {0x88f7, "PTP"},
    {0xdada, "MEDSA"},
    {0xd28b, "Arista Vendor Specific Protocol"},
    {0, NULL},
};

const char *type_word(uint32_t type)
{
    return word_of(type_words, type);
}

void put_type_word(struct pen *pen, uint32_t type)
{
    put_word(pen, type_words, type, "Unknown");
    put(pen, " (0x");
    put_hex_wide(pen, type, 4);
    put(pen, ")");
}

// "ethertype IPv4 (0x0800)"
static void put_type(struct pen *pen, uint32_t type)
{
    put(pen, "ethertype ");
    put_type_word(pen, type);
}

static bool type_is_vlan(uint32_t type)
{
    return type == TYPE_VLAN || type == TYPE_QINQ || type == TYPE_VLAN_9100 ||
           type == TYPE_VLAN_9200;
}

// ---------------------------------------------------------------- MPLS, PPP

// RFC 3032: label 20, class 3, bottom of the stack 1, time to live 8
static void print_mpls(struct pen *pen, struct view v)
{
    uint32_t entry = 0;

    put(pen, "MPLS (");
    do {
        if (v.n < 4) {
            put_cut(pen, "mpls");
            return;
        }
        if (entry)
            put(pen, ") (");
        entry = load_be32(v.p);
        put(pen, "label ");
        put_number(pen, entry >> 12);
        put(pen, ", tc ");
        put_number(pen, entry >> 9 & 7);
        if (entry & 0x100)
            put(pen, ", [S]");
        put(pen, ", ttl ");
        put_number(pen, entry & 0xff);
        v = view_skip(v, 4);
    } while (!(entry & 0x100));
    put(pen, ")");
    if (!v.n)
        return;
    unsigned version = v.p[0] >> 4;
    if (version == 4 || version == 6) {
        put(pen, " ");
        print_ip(pen, v);
    }
}

static const struct word ppp_words[] = {
    {0x21, "IP"},      {0x57, "IP6"},   {0x281, "MPLS"},  {0xfd, "Compressed"},
    {0xc021, "LCP"},   {0xc023, "PAP"}, {0xc223, "CHAP"}, {0x8021, "IPCP"},
    {0x8057, "IP6CP"}, {0x80fd, "CCP"}, {0, NULL},
};

static void print_ppp_type(struct pen *pen, uint32_t proto, uint32_t length, struct view v)
{
    if (pen->o->link) {
        put_word(pen, ppp_words, proto, "unknown");
        put(pen, " (0x");
        put_hex_wide(pen, proto, 4);
        put(pen, "), length ");
        put_number(pen, length);
        put(pen, ": ");
    }
    switch (proto) {
    case 0x21: print_ip4(pen, v); return;
    case 0x57: print_ip6(pen, v); return;
    case 0x281: print_mpls(pen, v); return;
    case 0xfd: put(pen, "compressed PPP data"); return;
    default:
        put_word(pen, ppp_words, proto, "unknown PPP protocol");
        put(pen, " (0x");
        put_hex_wide(pen, proto, 4);
        put(pen, ")");
        if (!word_of(ppp_words, proto))
            return;
        put(pen, ", length ");
        put_number(pen, length);
    }
}

// RFC 1661, RFC 1662: address and control may be there, the protocol in one byte or two.
void print_ppp(struct pen *pen, struct view v)
{
    struct view from = v;

    if (v.n >= 2 && v.p[0] == 0xff && v.p[1] == 3)
        v = view_skip(v, 2);
    if (v.n < 2) {
        put_cut(pen, "ppp");
        return;
    }
    uint32_t proto = v.p[0] & 1 ? v.p[0] : load_be16(v.p);
    v = view_skip(v, v.p[0] & 1 ? 1 : 2);
    if (!pen->head)
        pen->head = from.n - v.n;
    print_ppp_type(pen, proto, from.wire, v);
}

// RFC 2516: version and type 1, code 1, session 2, length 2
static void print_pppoe(struct pen *pen, struct view v)
{
    static const struct word codes[] = {{9, "PADI"},    {7, "PADO"},    {0x19, "PADR"},
                                        {0x65, "PADS"}, {0xa7, "PADT"}, {0, NULL}};

    if (v.n < 6) {
        put_cut(pen, "pppoe");
        return;
    }
    uint32_t code = v.p[1], session = load_be16(v.p + 2), length = load_be16(v.p + 4);
    put(pen, "PPPoE ");
    if (code)
        put_word(pen, codes, code, "PAD-");
    if (session) {
        put(pen, " [ses 0x");
        put_hex(pen, session);
        put(pen, "]");
    }
    v = view_skip(v, 6);
    v.n = min_u32(v.n, length);
    v.wire = min_u32(v.wire, length);
    if (!code) {
        put(pen, " ");
        print_ppp(pen, v);
    }
}

// ---------------------------------------------------------------- EtherTypes

bool print_type(struct pen *pen, uint32_t type, struct view v)
{
    switch (type) {
    case TYPE_IP4: print_ip4(pen, v); return true;
    case TYPE_IP6: print_ip6(pen, v); return true;
    case TYPE_ARP:
    case TYPE_RARP: print_arp(pen, v); return true;
    case TYPE_MPLS:
    case TYPE_MPLS_GROUP: print_mpls(pen, v); return true;
    case TYPE_PPPOE:
    case TYPE_PPPOE_DISCOVERY: print_pppoe(pen, v); return true;
    case TYPE_LLDP:
        put(pen, "LLDP, length ");
        put_number(pen, v.wire);
        return true;
    default: return false;
    }
}

static const struct word sap_words[] = {
    {0x00, "Null"}, {0x02, "Global"},  {0x06, "IP"},       {0x42, "STP"}, {0xaa, "SNAP"},
    {0xe0, "IPX"},  {0xf0, "NetBeui"}, {0xfe, "ISO CLNS"}, {0, NULL},
};

static void put_sap(struct pen *pen, uint8_t sap)
{
    const char *word = word_of(sap_words, sap & 0xfe);

    if (word) {
        text_str(pen->t, word);
    } else {
        put(pen, "Unknown");
    }
    put(pen, " (0x");
    put_hex_wide(pen, sap & 0xfe, 2);
    put(pen, ")");
}

// RFC 1042, or with an organization of its own; Cisco's carries a spanning tree for each VLAN.
static bool print_snap(struct pen *pen, struct view v)
{
    enum { CISCO = 0x00000c, CISCO_TREE = 0x010b };
    uint32_t organization = load_be32(v.p + 2) & 0xffffff, type = load_be16(v.p + 6);

    v = view_skip(v, 8);
    if (organization == CISCO && type == CISCO_TREE) {
        print_stp(pen, v);
        return true;
    }
    return !organization && print_type(pen, type, v);
}

// IEEE 802.2: two service access points, control; SNAP (RFC 1042) adds an EtherType.
static void print_llc(struct pen *pen, struct view v)
{
    if (v.n < 3) {
        put_cut(pen, "llc");
        return;
    }
    uint8_t to = v.p[0], from = v.p[1], control = v.p[2];
    if (to == 0x42 && from == 0x42 && control == 3) {
        print_stp(pen, view_skip(v, 3));
        return;
    }
    if (to == 0xaa && from == 0xaa && control == 3 && v.n >= 8 && print_snap(pen, v))
        return;
    put(pen, "LLC, dsap ");
    put_sap(pen, to);
    text_str(pen->t, to & 1 ? " Group, ssap " : " Individual, ssap ");
    put_sap(pen, from);
    text_str(pen->t, from & 1 ? " Response, ctrl 0x" : " Command, ctrl 0x");
    put_hex_wide(pen, control, 2);
    put(pen, ", length ");
    put_number(pen, v.wire);
}

static void put_ether_head(struct pen *pen, const uint8_t *p, uint32_t type, uint32_t length)
{
    const char *word = word_of(type_words, type);

    put_mac(pen, p + 6);
    put(pen, " > ");
    put_mac(pen, p);
    if (type <= LENGTH_MOST) {
        put(pen, ", 802.3");
        length = type;
    } else if (pen->o->quiet) {
        put(pen, ", ");
        text_str(pen->t, word ? word : "Unknown Ethertype");
        if (!word) {
            put(pen, " (0x");
            put_hex_wide(pen, type, 4);
            put(pen, ")");
        }
    } else {
        put(pen, ", ");
        put_type(pen, type);
    }
    put(pen, ", length ");
    put_number(pen, length);
    put(pen, ": ");
}

// IEEE 802.1Q: priority 3, eligible for discarding 1, number 12; then the next type
static void put_vlan(struct pen *pen, const uint8_t *p)
{
    uint32_t tag = load_be16(p), type = load_be16(p + 2);

    put(pen, "vlan ");
    put_number(pen, tag & 0xfff);
    put(pen, ", p ");
    put_number(pen, tag >> 13);
    if (tag & 0x1000)
        put(pen, ", DEI");
    put(pen, ", ");
    if (type <= LENGTH_MOST)
        return;
    put_type(pen, type);
    put(pen, ", ");
}

void print_ether(struct pen *pen, struct view v)
{
    const uint8_t *head = v.p;
    uint32_t length = v.wire, type;

    if (v.n < ETHER_HEAD) {
        put_cut(pen, "ether");
        return;
    }
    type = load_be16(v.p + 12);
    if (pen->o->link && pen->o->classic)
        classic_link(pen, head, type, length);
    else if (pen->o->link)
        put_ether_head(pen, head, type, length);
    v = view_skip(v, ETHER_HEAD);
    pen->head += ETHER_HEAD;
    while (type_is_vlan(type)) {
        if (v.n < 4) {
            put_cut(pen, "vlan");
            return;
        }
        if (pen->o->link)
            put_vlan(pen, v.p);
        type = load_be16(v.p + 2);
        v = view_skip(v, 4);
        pen->head += 4;
    }
    if (type <= LENGTH_MOST)
        print_llc(pen, (struct view){v.p, min_u32(v.n, type), min_u32(v.wire, type)});
    else if (!print_type(pen, type, v) && !pen->o->link)
        put_ether_head(pen, head, type, length);
}

// ---------------------------------------------------------------- other links

static void print_null(struct pen *pen, struct view v)
{
    enum { AF_IP4 = 2 };

    if (v.n < 4) {
        put_cut(pen, "null");
        return;
    }
    // In the byte order of the machine that captured: the small reading is the right one.
    uint32_t family = load_be32(v.p);
    if (family > 0xffff)
        family = load_le32(v.p);
    if (pen->o->link) {
        put(pen, "AF ");
        text_str(pen->t, family == AF_IP4 ? "IPv4" : "IPv6");
        put(pen, " (");
        put_number(pen, family);
        put(pen, "), length ");
        put_number(pen, v.wire);
        put(pen, ": ");
    }
    pen->head = 4;
    v = view_skip(v, 4);
    if (family == AF_IP4)
        print_ip4(pen, v);
    else
        print_ip(pen, v);
}

// Address 1 (0f: one station, 8f: all), control 1, EtherType 2
static void print_cisco_hdlc(struct pen *pen, struct view v)
{
    if (v.n < 4) {
        put_cut(pen, "chdlc");
        return;
    }
    uint32_t type = load_be16(v.p + 2);
    if (pen->o->link) {
        text_str(pen->t, v.p[0] == 0x0f   ? "unicast, "
                         : v.p[0] == 0x8f ? "bcast, "
                                          : "unknown, ");
        put_type(pen, type);
        put(pen, ", length ");
        put_number(pen, v.wire);
        put(pen, ": ");
    }
    pen->head = 4;
    if (!print_type(pen, type, view_skip(v, 4))) {
        put(pen, "unknown CHDLC protocol (0x");
        put_hex_wide(pen, type, 4);
        put(pen, ")");
    }
}

static const struct word cooked_words[] = {
    {0, "In"}, {1, "B"}, {2, "M"}, {3, "P"}, {4, "Out"}, {0, NULL},
};

static void put_padded(struct pen *pen, const char *word, int width)
{
    int n = (int)strlen(word);

    for (int i = n; i < width; i++)
        put(pen, " ");
    text_str(pen->t, word);
    for (int i = n; i < -width; i++)
        put(pen, " ");
}

// tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html, and its second version with the interface
static void print_cooked(struct pen *pen, struct view v, bool second)
{
    uint32_t head = second ? 20 : 16;

    if (v.n < head) {
        put_cut(pen, second ? "sll2" : "sll");
        return;
    }
    uint32_t type = load_be16(second ? v.p : v.p + 14);
    uint32_t kind = second ? v.p[10] : load_be16(v.p);
    if (second) {
        put(pen, "if");
        put_number(pen, load_be32(v.p + 4));
        put(pen, "  ");
    }
    const char *way = word_of(cooked_words, kind);
    const uint8_t *address = second ? v.p + 12 : v.p + 6;
    bool has_address = (second ? v.p[11] : load_be16(v.p + 4)) == 6;
    if (second) {
        put_padded(pen, way ? way : "?", -3);
        put(pen, " ");
    }
    if (pen->o->link) {
        if (!second) {
            put_padded(pen, way ? way : "?", 3);
            put(pen, " ");
        }
        if (has_address) {
            put_mac(pen, address);
            put(pen, " ");
        }
        put_type(pen, type);
        put(pen, ", length ");
        put_number(pen, v.wire);
        put(pen, ": ");
    }
    pen->head = head;
    v = view_skip(v, head);
    while (type_is_vlan(type) && v.n >= 4) {
        type = load_be16(v.p + 2);
        v = view_skip(v, 4);
    }
    if (!print_type(pen, type, v) && !pen->o->link) {
        put(pen, "ethertype 0x");
        put_hex_wide(pen, type, 4);
        put(pen, ", length ");
        put_number(pen, v.wire);
    }
}

// Links without a form of their own here: the IP packet that the packet room finds in them.
static void print_found(struct pen *pen, uint16_t link, struct view v)
{
    struct packet p;

    packet_decode(&p, link, v.p, v.n, v.wire);
    for (unsigned i = 0; i < p.n_layers; i++) {
        if (p.layer[i].kind != LAYER_IP4 && p.layer[i].kind != LAYER_IP6)
            continue;
        pen->head = p.layer[i].at;
        print_ip(pen, view_skip(v, p.layer[i].at));
        return;
    }
    put(pen, "link type ");
    put_number(pen, link);
    if (p.net == NET_ETHER && p.src.kind == ADDR_MAC && p.dst.kind == ADDR_MAC) {
        put(pen, ", ");
        put_mac(pen, p.src.b);
        put(pen, " > ");
        put_mac(pen, p.dst.b);
    }
    put(pen, ", length ");
    put_number(pen, v.wire);
}

void print_link(struct pen *pen, uint16_t link, struct view v)
{
    switch (link) { // numbers of tcpdump.org/linktypes.html
    case 1: print_ether(pen, v); return;
    case 0:
    case 108: print_null(pen, v); return;
    case 113: print_cooked(pen, v, false); return;
    case 276: print_cooked(pen, v, true); return;
    case 9:
    case 50: print_ppp(pen, v); return;
    case 104: print_cisco_hdlc(pen, v); return;
    case 12:
    case 14:
    case 101:
    case 228:
    case 229:
        if (pen->o->link && !pen->o->classic)
            put(pen, "ip: ");
        print_ip(pen, v);
        return;
    default: print_found(pen, link, v);
    }
}
