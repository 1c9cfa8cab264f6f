// SPDX-License-Identifier: Apache-2.0
// For tests of analysers that announce endpoints: a lab between two hosts, with a lane's
// tables, and what these expect afterwards.
#pragma once

#include "proto/lab.h"

static const struct addr lab_client = {{10, 0, 0, 1}, ADDR_IP4};
static const struct addr lab_server = {{10, 0, 0, 2}, ADDR_IP4};
static const struct addr lab_stranger = {{10, 0, 0, 3}, ADDR_IP4};

struct announce_lab {
    struct lab l;
    struct region region;
};

static inline void announce_lab_open(struct announce_lab *a, uint8_t ip_proto,
                                     const struct analyser *analyser)
{
    struct flow_limits limits = flow_defaults();
    const struct flow_user nobody_listens = {0};

    limits.talks = 64;
    lab_open(&a->l, ip_proto);
    region_init(&a->region, flows_room(&limits));
    a->l.x.flows = flows_open(&limits, &nobody_listens, &a->region);
    a->l.out.ts = 10 * SECOND;
    a->l.talk.who.src = lab_client;
    a->l.talk.who.dst = lab_server;
    assert_true(feed_begin(a->l.feeds, &a->l.x, analyser));
}

static inline void announce_lab_close(struct announce_lab *a)
{
    flows_close(a->l.x.flows);
    region_close(&a->region);
    lab_close(&a->l);
}

static inline void announce_lab_say(struct announce_lab *a, const char *text, enum side side)
{
    struct slice s = slice_str(text);

    a->l.packet.payload_len = s.n;
    feed_data(a->l.feeds, &a->l.x, s, side);
}

// What a conversation to that endpoint would be taken for, so many seconds later; NULL: nothing
// is known. It begins, so each may be asked for once.
static inline const char *announce_lab_expects(struct announce_lab *a, uint8_t ip_proto,
                                               const struct addr *from, const struct addr *to,
                                               uint16_t port, int seconds)
{
    static uint16_t own_port = 40000;
    struct packet p = {.src = *from,
                       .dst = *to,
                       .sport = own_port++,
                       .dport = port,
                       .net = NET_IP4,
                       .ip_proto = ip_proto,
                       .has_ports = true,
                       .has_transport = true,
                       .frames = 1,
                       .ip_len = 60,
                       .ts = (10 + seconds) * SECOND};
    struct flow_ready ready;

    p.tcp.flags = TCP_SYN;
    flows_ready(a->l.x.flows, &p, &ready);
    return flows_packet(a->l.x.flows, &p, &ready, false, &a->l.out)->expected;
}
