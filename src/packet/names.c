// SPDX-License-Identifier: Apache-2.0
// Names of layers and of the services of frames without IP.
#include "packet/packet.h"

const char *const layer_name[LAYERS] = {
    [LAYER_ETHER] = "Ethernet",    [LAYER_WLAN] = "802.11",
    [LAYER_RADIOTAP] = "radiotap", [LAYER_COOKED] = "Linux cooked",
    [LAYER_NULL] = "loopback",     [LAYER_PPP] = "PPP",
    [LAYER_PPPOE] = "PPPoE",       [LAYER_VLAN] = "VLAN",
    [LAYER_HSR] = "HSR",           [LAYER_ETAG] = "E-TAG",
    [LAYER_LLC] = "LLC",           [LAYER_SNAP] = "SNAP",
    [LAYER_MPLS] = "MPLS",         [LAYER_IP4] = "IPv4",
    [LAYER_IP6] = "IPv6",          [LAYER_IP6_EXT] = "IPv6 extension",
    [LAYER_TCP] = "TCP",           [LAYER_UDP] = "UDP",
    [LAYER_SCTP] = "SCTP",         [LAYER_ICMP] = "ICMP",
    [LAYER_ICMP6] = "ICMPv6",      [LAYER_IGMP] = "IGMP",
    [LAYER_ARP] = "ARP",           [LAYER_LLDP] = "LLDP",
    [LAYER_PROFINET] = "PROFINET", [LAYER_GRE] = "GRE",
    [LAYER_VXLAN] = "VXLAN",       [LAYER_GENEVE] = "GENEVE",
    [LAYER_TEREDO] = "Teredo",     [LAYER_GTP] = "GTP-U",
    [LAYER_OTHER] = "other",
};

static const struct {
    uint16_t type;
    const char *name;
} ether_types[] = {
    // ascending
    {0x0806, "arp"},        {0x0842, "wake_on_lan"}, {0x22ea, "srp"},
    {0x22f0, "avtp"},       {0x6002, "decnet"},      {0x6003, "decnet"},
    {0x6004, "decnet"},     {0x8035, "rarp"},        {0x809b, "appletalk"},
    {0x80f3, "aarp"},       {0x8137, "ipx"},         {0x814c, "snmp"},
    {0x8204, "qnx"},        {0x8808, "pause"},       {0x8809, "lacp"},
    {0x8819, "cobranet"},   {0x8847, "mpls"},        {0x8848, "mpls"},
    {0x8863, "pppoe"},      {0x8864, "pppoe"},       {0x887b, "homeplug"},
    {0x888e, "eapol"},      {0x8892, "profinet"},    {0x889a, "hyperscsi"},
    {0x88a2, "aoe"},        {0x88a4, "ethercat"},    {0x88ab, "powerlink"},
    {0x88b8, "goose"},      {0x88b9, "gse"},         {0x88ba, "sv"},
    {0x88ca, "tipc"},       {0x88cc, "lldp"},        {0x88cd, "sercos"},
    {0x88dc, "wave"},       {0x88e1, "homeplug"},    {0x88e3, "mrp"},
    {0x88e5, "macsec"},     {0x88e7, "pbb"},         {0x88f5, "mvrp"},
    {0x88f6, "mmrp"},       {0x88f7, "ptp"},         {0x88f8, "nc_si"},
    {0x88fb, "prp"},        {0x8902, "cfm"},         {0x8906, "fcoe"},
    {0x890d, "tdls"},       {0x8914, "fip"},         {0x8915, "roce"},
    {0x891d, "ttethernet"}, {0x892f, "hsr"},         {0x893a, "ieee1905"},
    {0x8940, "ecp"},        {0x9000, "loopback"},
};

const char *packet_ether_service(uint16_t ether_type, uint8_t dlt_service)
{
    static const char *const by_header[ETHER_SERVICES] = {
        [ETHER_LLC] = "llc",   [ETHER_STP] = "stp",
        [ETHER_CDP] = "cdp",   [ETHER_ISIS] = "isis",
        [ETHER_IPX] = "ipx",   [ETHER_NETBEUI] = "netbeui",
        [ETHER_WLAN] = "wlan", [ETHER_PPP_CONTROL] = "ppp_control",
    };
    uint32_t low = 0, high = COUNT_OF(ether_types);

    // The header first: PPP control in PPPoE has an EtherType, too, that says less.
    if (dlt_service && dlt_service < ETHER_SERVICES)
        return by_header[dlt_service];
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (ether_types[middle].type < ether_type)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < COUNT_OF(ether_types) && ether_types[low].type == ether_type)
        return ether_types[low].name;
    return "unknown";
}
