// SPDX-License-Identifier: Apache-2.0
// UDP: ports, length, checksum. What it carries is a length.
#include "print/pen.h"

enum { UDP_HEAD = 8 };

static void put_sum(struct pen *pen, const struct net *net, struct view v, uint32_t length)
{
    uint16_t field = load_be16(v.p + 6);

    if (!field && net->version == 4) {
        put(pen, "[no cksum] ");
        return;
    }
    if (v.n < length)
        return;
    v.wire = length;
    uint16_t sum = sum_transport(net, v, PROTO_UDP);
    put_sum_mark(pen, "udp", field, sum);
}

//  0 source | 2 destination | 4 length | 6 checksum
void print_udp(struct pen *pen, const struct net *net, struct view v)
{
    if (v.n < 4) {
        if (net->direct)
            put_hosts(pen, net);
        put_cut(pen, "udp");
        return;
    }
    put_ends(pen, net, load_be16(v.p), load_be16(v.p + 2));
    if (v.wire < UDP_HEAD) {
        put(pen, "truncated-udp ");
        put_number(pen, v.wire);
        return;
    }
    if (v.n < 6) {
        put_cut(pen, "udp");
        return;
    }
    uint32_t told = load_be16(v.p + 4);
    if (told == 0 && v.wire > UINT16_MAX) // a jumbogram (RFC 2675 4)
        told = v.wire;
    if (told < UDP_HEAD) {
        put(pen, "truncated-udplength ");
        put_number(pen, told);
        return;
    }
    if (v.n < UDP_HEAD) {
        put_cut(pen, "udp");
        return;
    }
    uint32_t length = min_u32(told, v.wire);
    if (pen->o->verbose > (net->version == 4) &&
        !net->fragment) // as tcpdump: -vv, -v with IPv6
        put_sum(pen, net, v, length);
    if (told > length && !net->fragment) {
        put(pen, "UDP, bad length ");
        put_number(pen, told - UDP_HEAD);
        put(pen, " > ");
        put_number(pen, length - UDP_HEAD);
    } else {
        put(pen, "UDP, length ");
        put_number(pen, told - UDP_HEAD);
    }
}
