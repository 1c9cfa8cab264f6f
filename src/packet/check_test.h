// SPDX-License-Identifier: Apache-2.0
// For this room's tests: decoding, and what must hold for any frame and all its beginnings.
#pragma once

#include "packet/frame_test.h"

// Both ways through a frame must find the same: the short one for usual frames and the walk.
static inline void check_ways(const struct packet *p, uint16_t link)
{
    enum { FROM = offsetof(struct packet, frame), TO = offsetof(struct packet, n_layers) };
    struct packet q;

    memset(&q, 0xa5, sizeof q);
    packet_reset(&q);
    q.frame = p->frame;
    q.wire_len = p->wire_len;
    q.odds = p->odds & UINT64_C(1) << ODD_frame_cut;
    packet_decode_any(&q, link);
    assert_memory_equal((const char *)p + FROM, (char *)&q + FROM, TO - FROM);
    assert_int_equal(p->n_layers, q.n_layers);
    for (unsigned i = 0; i < q.n_layers; i++) {
        assert_int_equal(p->layer[i].kind, q.layer[i].kind);
        assert_int_equal(p->layer[i].at, q.layer[i].at);
        assert_int_equal(p->layer[i].n, q.layer[i].n);
    }
}

static inline struct packet decode(uint16_t link, const struct bytes *f)
{
    struct packet p;

    memset(&p, 0xa5, sizeof p);
    packet_decode(&p, link, f->b, f->n, f->n);
    check_ways(&p, link);
    return p;
}

static inline bool has(const struct packet *p, enum odd which)
{
    return p->odds >> which & 1;
}

static inline void check_slice(const struct packet *p, struct slice s)
{
    if (s.n)
        assert_true(s.p >= p->frame.p && s.p + s.n <= p->frame.p + p->frame.n);
}

// What must hold for every packet, however broken.
static inline void check_packet(const struct packet *p)
{
    check_slice(p, p->payload);
    assert_true(p->payload.n <= p->payload_len);
    assert_true(p->n_layers <= LAYERS_MOST);
    for (unsigned i = 0; i < p->n_layers; i++) {
        assert_true(p->layer[i].kind < LAYERS);
        assert_true(p->layer[i].at <= p->frame.n);
        assert_true(p->layer[i].n <= p->frame.n - p->layer[i].at);
    }
    assert_true(p->has_ports || (!p->sport && !p->dport));
    assert_true(!p->fragment || !p->has_ports);
    assert_int_equal(p->frames, 1);
}

// Every beginning of the frame, in memory of just that size so that a sanitizer sees overreads:
// once as cut by the capture, once as if it was no longer on the wire.
static inline void check_cuts(uint16_t link, const struct bytes *f)
{
    struct packet whole = decode(link, f);

    for (uint32_t n = 0; n <= f->n; n++) {
        uint8_t *copy = malloc(n ? n : 1);
        struct packet p[TUNNELS_MOST + 2];
        struct udp_ends ends;

        memcpy(copy, f->b, n);
        for (uint32_t wire = n;; wire = f->n) {
            memset(p, 0xa5, sizeof p);
            packet_decode(&p[0], link, copy, n, wire);
            check_packet(&p[0]);
            check_ways(&p[0], link);
            assert_int_equal(has(&p[0], ODD_frame_cut), n < wire);
            if (p[0].has_ports) {
                assert_int_equal(p[0].sport, whole.sport);
                assert_int_equal(p[0].dport, whole.dport);
            }
            if (wire == f->n && p[0].has_transport)
                assert_int_equal(p[0].payload_len, whole.payload_len);
            if (wire == f->n)
                assert_int_equal(p[0].odds & ~(UINT64_C(1) << ODD_frame_cut) & ~whole.odds, 0);
            for (unsigned i = 0; packet_inner(&p[i + 1], &p[i], i); i++)
                check_packet(&p[i + 1]);
            assert_int_equal(packet_lane(link, copy, n, 64, &ends), packet_lane_of(&p[0], 64));
            assert_int_equal(ends.has_ports, p[0].has_ports && p[0].ip_proto == PROTO_UDP);
            if (wire == f->n)
                break;
        }
        free(copy);
    }
}
