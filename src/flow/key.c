// SPDX-License-Identifier: Apache-2.0
// What makes two packets one flow: the five-tuple in canonical order, and its uid.
#include "flow/table.h"

#include "base/hash.h"

#define UNPREDICTABLE(x) __builtin_expect_with_probability((x), 1, 0.5)

// The type that answers an ICMP type, or -1: it has no answer. RFC 792, 950, 1256.
static int icmp_answer(uint8_t type)
{
    static const uint8_t pair[][2] = {{8, 0}, {13, 14}, {15, 16}, {10, 9}, {17, 18}};

    for (size_t i = 0; i < COUNT_OF(pair); i++)
        for (int side = 0; side < 2; side++)
            if (pair[i][side] == type)
                return pair[i][!side];
    return -1;
}

// RFC 4443, 4861, 2710, 4620, 6275.
static int icmp6_answer(uint8_t type)
{
    static const uint8_t pair[][2] = {{128, 129}, {133, 134}, {135, 136},
                                      {130, 131}, {139, 140}, {144, 145}};

    for (size_t i = 0; i < COUNT_OF(pair); i++)
        for (int side = 0; side < 2; side++)
            if (pair[i][side] == type)
                return pair[i][!side];
    return -1;
}

// ICMP has types where others have ports; what has no answer is one-way.
static bool icmp_ports(const struct packet *p, uint16_t *sport, uint16_t *dport)
{
    int answer =
        p->ip_proto == PROTO_ICMP ? icmp_answer(p->icmp.type) : icmp6_answer(p->icmp.type);

    *sport = p->icmp.type;
    *dport = answer < 0 ? p->icmp.code : (uint16_t)answer;
    return answer < 0;
}

unsigned flow_key_of(struct flow_key *k, const struct packet *p)
{
    uint16_t sport = p->sport, dport = p->dport;
    bool one_way = false;

    if ((p->ip_proto == PROTO_ICMP || p->ip_proto == PROTO_ICMP6) && p->has_transport)
        one_way = icmp_ports(p, &sport, &dport);
    int order = addr_order(&p->src, &p->dst);
    unsigned end = order > 0 || (order == 0 && sport > dport);
    // Nobody can predict who is lower, so nothing branches on it.
    const struct addr *lo = UNPREDICTABLE(end) ? &p->dst : &p->src;
    const struct addr *hi = UNPREDICTABLE(end) ? &p->src : &p->dst;

    k->lo = *lo;
    k->hi = *hi;
    k->lo_port = UNPREDICTABLE(end) ? dport : sport;
    k->hi_port = UNPREDICTABLE(end) ? sport : dport;
    k->ip_proto = p->ip_proto;
    k->one_way = (uint8_t)(one_way ? end + 1 : 0);
    k->tunnel = p->carrier;
    k->activity = 0;
    return end;
}

uint64_t flow_uid(const struct flow_key *k, uint64_t ordinal, nsec ts)
{
    uint64_t h = hash_bytes(k, sizeof(*k), 0x7069706974);

    return hash_mix(hash_mix(h, ordinal + 1), (uint64_t)ts);
}

// Ports that servers listen on by common registration: only a hint who the server is, where the
// beginning of a conversation was not seen.
static const uint16_t tcp_port[] = {
    7,    9,    13,   19,   20,    21,    22,    23,    25,    37,    43,    49,    53,
    70,   79,   80,   81,   88,    102,   110,   111,   113,   119,   135,   139,   143,
    179,  389,  443,  445,  464,   502,   513,   514,   515,   543,   544,   548,   554,
    563,  585,  587,  593,  614,   631,   636,   873,   989,   990,   992,   993,   995,
    1080, 1433, 1434, 1521, 1720,  1723,  1883,  2049,  2222,  2404,  2811,  3128,  3268,
    3269, 3306, 3389, 4840, 4843,  5060,  5061,  5094,  5222,  5223,  5269,  5432,  5671,
    5672, 5900, 5985, 5986, 6000,  6379,  6666,  6667,  6668,  6669,  8000,  8080,  8443,
    8883, 8888, 9100, 9200, 11211, 18245, 20000, 20547, 27017, 34962, 34963, 34964, 44818,
};
static const uint16_t udp_port[] = {
    7,    9,    13,   19,   37,   53,    67,    68,    69,    88,    111,   123,   135,  137,
    138,  161,  162,  389,  443,  500,   514,   520,   546,   547,   1434,  1645,  1646, 1701,
    1812, 1813, 1900, 2049, 2123, 2152,  2222,  3478,  3544,  3702,  4011,  4500,  4789, 5060,
    5072, 5094, 5353, 5355, 6081, 11211, 20000, 34962, 34963, 34964, 44818, 47808,
};

bool port_well_known(uint16_t port, uint8_t ip_proto)
{
    const uint16_t *table = ip_proto == PROTO_UDP ? udp_port : tcp_port;
    size_t low = 0, high = ip_proto == PROTO_UDP ? COUNT_OF(udp_port) : COUNT_OF(tcp_port);

    while (low < high) {
        size_t mid = (low + high) / 2;
        if (table[mid] < port)
            low = mid + 1;
        else
            high = mid;
    }
    return low < (ip_proto == PROTO_UDP ? COUNT_OF(udp_port) : COUNT_OF(tcp_port)) &&
           table[low] == port;
}
