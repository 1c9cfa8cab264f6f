// SPDX-License-Identifier: Apache-2.0
// The score of a sender (packet forensics, 5.13): oddities of different checks within a minute
// are packets that somebody made. One kind alone never is: many a device has one fault.
#include "watch/craft_parts.h"

#include <stdio.h>

enum { LOW = 1, MEDIUM = 3, HIGH = 6, SCORE_LEAST = 6, CHECKS_LEAST = 2, TIMES_MOST = 2 };

// The sections of the specification that oddities belong to.
enum check {
    CHECK_NONE,
    CHECK_UDP,
    CHECK_SUM,
    CHECK_FLAGS,
    CHECK_LAND,
    CHECK_HEADER,
    CHECK_TTL,
    CHECK_PORTS,
    CHECK_FRAGMENTS,
    CHECK_LINK,
    CHECK_PROBE
};

static const struct {
    uint8_t check, points;
} worth[ODDS] = {
    [ODD_udp_len_short] = {CHECK_UDP, MEDIUM},
    [ODD_udp_len_long] = {CHECK_UDP, MEDIUM},
    [ODD_ip_checksum] = {CHECK_SUM, LOW},
    [ODD_tcp_checksum] = {CHECK_SUM, LOW},
    [ODD_udp_checksum] = {CHECK_SUM, LOW},
    [ODD_icmp_checksum] = {CHECK_SUM, LOW},
    [ODD_tcp_flags_none] = {CHECK_FLAGS, MEDIUM},
    [ODD_tcp_flags_syn_fin] = {CHECK_FLAGS, MEDIUM},
    [ODD_tcp_flags_syn_rst] = {CHECK_FLAGS, MEDIUM},
    [ODD_tcp_flags_xmas] = {CHECK_FLAGS, MEDIUM},
    [ODD_tcp_flags_fin_rst] = {CHECK_FLAGS, LOW},
    [ODD_tcp_flags_fin] = {CHECK_FLAGS, LOW},
    [ODD_tcp_flags_syn_push] = {CHECK_FLAGS, LOW},
    [ODD_tcp_reserved] = {CHECK_FLAGS, LOW},
    [ODD_syn_with_data] = {CHECK_FLAGS, LOW},
    [ODD_syn_seq_zero] = {CHECK_FLAGS, LOW},
    [ODD_syn_window_zero] = {CHECK_FLAGS, LOW},
    [ODD_tcp_land] = {CHECK_LAND, HIGH},
    [ODD_ip_land] = {CHECK_LAND, MEDIUM},
    [ODD_ip_src_odd] = {CHECK_LAND, LOW},
    [ODD_ip_src_multicast] = {CHECK_LAND, LOW},
    [ODD_ip_source_route] = {CHECK_HEADER, HIGH},
    [ODD_ip_reserved_flag] = {CHECK_HEADER, MEDIUM},
    [ODD_ip_options_trail] = {CHECK_HEADER, MEDIUM},
    [ODD_ip_version] = {CHECK_HEADER, LOW},
    [ODD_ip_hdr_len] = {CHECK_HEADER, LOW},
    [ODD_ip_len_short] = {CHECK_HEADER, LOW},
    [ODD_ip_len_long] = {CHECK_HEADER, LOW},
    [ODD_ip_options_bad] = {CHECK_HEADER, LOW},
    [ODD_ip_option_rare] = {CHECK_HEADER, LOW},
    [ODD_ip_proto_odd] = {CHECK_HEADER, LOW},
    [ODD_ip_ttl_zero] = {CHECK_HEADER, LOW},
    [ODD_ttl_jump] = {CHECK_TTL, LOW},
    [ODD_tcp_port_zero] = {CHECK_PORTS, LOW},
    [ODD_udp_port_zero] = {CHECK_PORTS, LOW},
    [ODD_syn_same_ports] = {CHECK_PORTS, LOW},
    [ODD_frag_tiny] = {CHECK_FRAGMENTS, HIGH},
    [ODD_frag_conflict] = {CHECK_FRAGMENTS, HIGH},
    [ODD_frag_too_long] = {CHECK_FRAGMENTS, HIGH},
    [ODD_frag_unaligned] = {CHECK_FRAGMENTS, MEDIUM},
    [ODD_frag_small_many] = {CHECK_FRAGMENTS, MEDIUM},
    [ODD_frag_id_again] = {CHECK_FRAGMENTS, LOW},
    [ODD_frag_small] = {CHECK_FRAGMENTS, LOW},
    [ODD_icmp_large] = {CHECK_FRAGMENTS, LOW},
    [ODD_eth_src_group] = {CHECK_LINK, LOW},
    [ODD_eth_same_ends] = {CHECK_LAND, LOW}, // the same fact, where there is IP
    [ODD_ip_to_many] = {CHECK_LINK, LOW},
    [ODD_llc_len_long] = {CHECK_LINK, LOW},
    [ODD_arp_sender_differs] = {CHECK_LINK, MEDIUM},
    [ODD_known_probe] = {CHECK_PROBE, MEDIUM},
};

unsigned craft_points(const struct ev_weird *e)
{
    return worth[e->which].points;
}

void craft_count(struct craft_sender *s, const struct ev_weird *e)
{
    nsec now = e->head.ts;

    if (!s->uid && !s->packet) {
        s->since = now;
        s->uid = e->head.uid;
        s->packet = e->packet;
    }
    s->n[e->which] = (uint8_t)(s->n[e->which] + (s->n[e->which] < UINT8_MAX));
}

// What is low counts once, however often it came; the rest at most twice.
static unsigned score(const struct craft_sender *s, unsigned *checks)
{
    unsigned sum = 0, seen = 0;

    for (int i = 0; i < ODDS; i++) {
        if (!s->n[i])
            continue;
        seen |= 1u << worth[i].check;
        sum += worth[i].points * (worth[i].points > LOW ? min_u32(s->n[i], TIMES_MOST) : 1);
    }
    *checks = (unsigned)__builtin_popcount(seen);
    return sum;
}

// The weightiest first; what is of equal weight in the order of the table.
static void put_oddities(struct text *t, const struct craft_sender *s)
{
    static const uint8_t points[] = {HIGH, MEDIUM, LOW};

    for (size_t k = 0; k < COUNT_OF(points); k++)
        for (int i = 0; i < ODDS; i++)
            if (s->n[i] && worth[i].points == points[k])
                text_printf(t, "%s%s %s%u", t->n ? ", " : "", odd_type[i].name,
                            s->n[i] == UINT8_MAX ? "more than " : "", s->n[i]);
}

static void tell(struct crafts *c, const struct craft_sender *s, unsigned sum, unsigned checks)
{
    struct craft_note *v =
        craft_note(c, "crafted_source", sum >= 2 * HIGH ? CRAFT_HIGH : CRAFT_MEDIUM);
    const struct addr mac = addr_of(ADDR_MAC, s->mac.b);
    struct text t = {0};

    if (!v)
        return;
    v->src = s->addr;
    v->first = s->since;
    v->last = s->last;
    v->uid = s->uid;
    for (int i = 0; i < ODDS; i++)
        v->count += s->n[i];
    put_oddities(&t, s);
    snprintf(v->msg, sizeof(v->msg), "packets that no system makes: %.*s", (int)t.n, t.p);
    text_clear(&t);
    text_printf(&t,
                "packet %llu is the first; %u points of %u different checks within a minute",
                (unsigned long long)s->packet, sum, checks);
    if (s->addr.kind != ADDR_MAC) {
        text_str(&t, "; they came from the station ");
        text_addr(&t, &mac);
    }
    snprintf(v->evidence, sizeof(v->evidence), "%.*s", (int)t.n, t.p);
    text_free(&t);
}

void craft_judge(struct crafts *c, struct craft_sender *s)
{
    unsigned checks, sum;

    if (!s->packet)
        return;
    sum = score(s, &checks);
    if (sum >= SCORE_LEAST && checks >= CHECKS_LEAST && !s->told) {
        if (fuzz_withholds(c, s->last))
            c->fuzz.withheld++;
        else
            tell(c, s, sum, checks);
        s->told = true;
    }
    memset(s->n, 0, sizeof(s->n));
    s->uid = s->packet = 0;
}
