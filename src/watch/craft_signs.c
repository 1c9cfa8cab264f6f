// SPDX-License-Identifier: Apache-2.0
// Findings about one sender beside its score: fragmented packets that never become whole
// (packet forensics, 5.10), a number that each SYN says it acknowledges (5.4), segments that
// only an observer believes (5.3), checksums that are never right (5.3).
#include "watch/craft_parts.h"

#include <stdio.h>

#include "base/hash.h"

enum { LOST_MOST = 100, ACKS_LEAST = 20, SUMS_LEAST = 20 };
#define LOST_WINDOW (10 * SECOND)

static struct craft_note *note(struct crafts *c, const struct craft_sender *s, const char *name,
                               enum craft_severity severity, nsec first, nsec last)
{
    struct craft_note *v = fuzz_withholds(c, last) ? NULL : craft_note(c, name, severity);

    if (!v)
        return NULL;
    v->src = s->addr;
    v->first = first;
    v->last = last;
    return v;
}

// ---------------------------------------------------------------- fragments

static void tell_flood(struct crafts *c, struct craft_sender *s)
{
    uint32_t lost = s->lost;

    s->lost = 0;
    if (lost <= LOST_MOST)
        return;
    struct craft_note *v = note(c, s, "fragment_flood", CRAFT_LOW, s->lost_since, s->last);
    if (!v)
        return;
    v->count = lost;
    v->technique = "T0814";
    snprintf(v->msg, sizeof(v->msg),
             "%u fragmented packets within ten seconds that were never complete", lost);
    snprintf(v->evidence, sizeof(v->evidence),
             "who receives them must keep each for half a minute, and has room for few");
}

static void count_lost(struct crafts *c, struct craft_sender *s, nsec now)
{
    if (s->lost && (now - s->lost_since > LOST_WINDOW || now < s->lost_since))
        tell_flood(c, s);
    if (!s->lost)
        s->lost_since = now;
    s->lost++;
}

// ---------------------------------------------------------------- numbers

static void count_ack(struct crafts *c, struct craft_sender *s, const struct ev_weird *e)
{
    uint64_t hash = hash_bytes(e->addl.p, e->addl.n, 1);

    s->ack_same = s->ack_hash == hash ? s->ack_same + 1 : 1;
    s->ack_hash = hash;
    s->ack_from = s->ack_same == 1 ? e->head.ts : s->ack_from;
    if (s->ack_same != ACKS_LEAST)
        return;
    struct craft_note *v =
        note(c, s, "constant_ack_number", CRAFT_MEDIUM, s->ack_from, e->head.ts);
    if (!v)
        return;
    v->uid = e->head.uid;
    v->count = s->ack_same;
    snprintf(v->msg, sizeof(v->msg),
             "%u SYNs in a row that all say they acknowledge the same: %.*s", s->ack_same,
             (int)min_u32(e->addl.n, 60), (const char *)e->addl.p);
    snprintf(v->evidence, sizeof(v->evidence),
             "a first segment has nothing to acknowledge; systems write 0 there");
}

// ---------------------------------------------------------------- checksums

static bool is_wrong_sum(uint8_t which)
{
    return which == ODD_ip_checksum || which == ODD_tcp_checksum || which == ODD_udp_checksum ||
           which == ODD_icmp_checksum;
}

// The receiver drops a segment with a wrong checksum and reads what comes in its place; who
// looks on and does not drop it, reads other bytes.
static void tell_insertion(struct crafts *c, struct craft_sender *s, const struct ev_weird *e)
{
    if (s->differs_packet != e->packet)
        return; // the same bytes again, as after a fault of the network
    struct craft_note *v = note(c, s, "insertion_attack", CRAFT_HIGH, e->head.ts, e->head.ts);
    if (!v)
        return;
    v->uid = e->head.uid;
    v->count = 1;
    v->dst = addr_equal(&s->addr, &e->head.src) ? e->head.dst : e->head.src;
    snprintf(v->msg, sizeof(v->msg),
             "a segment with a wrong checksum, and its place again with other bytes");
    snprintf(v->evidence, sizeof(v->evidence),
             "packet %llu brings them; the receiver drops what has a wrong checksum, so it "
             "reads other bytes than who only looks on",
             (unsigned long long)e->packet);
}

static void count_sum(struct crafts *c, struct craft_sender *s, const struct ev_weird *e)
{
    bool first = e->packet != s->wrong_packet; // both checksums of a packet may be wrong

    if (!s->wrong_sums)
        s->sums_from = e->head.ts;
    s->wrong_sums += first;
    c->wrong_sums += first;
    s->wrong_packet = e->packet;
}

// Never right, while others' are: it leaves them to somebody who does not compute them.
static void tell_sums(struct crafts *c, const struct craft_sender *s)
{
    uint64_t others = c->packets > s->packets ? c->packets - s->packets : 0;
    uint64_t wrong = c->wrong_sums - s->wrong_sums;

    if (s->wrong_sums < SUMS_LEAST || s->wrong_sums * 10 < s->packets * 9 || !others ||
        wrong * 10 > others)
        return;
    struct craft_note *v =
        note(c, s, "checksums_never_right", CRAFT_INFO, s->sums_from, s->last);
    if (!v)
        return;
    v->count = s->wrong_sums;
    snprintf(v->msg, sizeof(v->msg), "%llu of %llu packets have a wrong checksum",
             (unsigned long long)s->wrong_sums, (unsigned long long)s->packets);
    snprintf(v->evidence, sizeof(v->evidence),
             "those of others are right: it never computes them, as a capturing host or a "
             "virtual switch does");
}

void craft_signs(struct crafts *c, struct craft_sender *s, const struct ev_weird *e)
{
    if (e->which == ODD_frag_lost)
        count_lost(c, s, e->head.ts);
    else if (e->which == ODD_syn_ack_number)
        count_ack(c, s, e);
    else if (e->which == ODD_tcp_rexmit_differs)
        s->differs_packet = e->packet;
    else if (e->which == ODD_tcp_sum_mended)
        tell_insertion(c, s, e);
    else if (is_wrong_sum(e->which))
        count_sum(c, s, e);
}

void craft_signs_end(struct crafts *c, struct craft_sender *s)
{
    tell_flood(c, s);
    tell_sums(c, s);
}
