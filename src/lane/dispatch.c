// SPDX-License-Identifier: Apache-2.0
// Lanes, ticks, and answers to multicast questions: host pairs differ between a question to a
// group and its answers, so that no lane could know what belongs together; the reader does.
#include "lane/dispatch.h"

enum { ASK_NSEC_SECONDS = 2, ANSWERS_MOST = 256, UNPRIVILEGED = 1024 };

static bool is_group(const struct addr *a)
{
    // A directed broadcast cannot be told without the mask; .255 of a private net nearly always
    // is.
    return addr_is_multicast(a) ||
           (a->kind == ADDR_IP4 && a->b[3] == 255 && addr_is_private(a));
}

static struct ask *slot(struct dispatch *d, const struct addr *client, uint16_t port)
{
    return &d->ask[hash_bytes(client, sizeof(*client), port) % ASKS];
}

// True if the datagram answers a recent question to a group by its receiver.
static bool is_answer(struct dispatch *d, const struct udp_ends *u, nsec ts)
{
    struct ask *a;

    if (u->dport < UNPRIVILEGED || u->sport == u->dport)
        return false;
    if (is_group(&u->dst)) {
        a = slot(d, &u->src, u->sport);
        if (!addr_equal(&a->client, &u->src) || a->port != u->sport ||
            ts - a->ts > ASK_NSEC_SECONDS * SECOND)
            *a = (struct ask){.client = u->src, .port = u->sport};
        a->ts = ts;
        return false;
    }
    a = slot(d, &u->dst, u->dport);
    if (a->port != u->dport || !addr_equal(&a->client, &u->dst) || ts < a->ts ||
        ts - a->ts > ASK_NSEC_SECONDS * SECOND || a->answers >= ANSWERS_MOST)
        return false;
    a->answers++;
    return true;
}

static bool tell_time(struct dispatch *d, nsec ts, struct tick *t)
{
    nsec second = ts / SECOND;

    t->jump = d->began && ts < d->latest - SECOND;
    if (!d->began)
        d->first = ts;
    if (ts > d->latest || t->jump || !d->began)
        d->latest = ts;
    bool crossed = t->jump || !d->began || second > d->second;
    d->began = true;
    if (!crossed)
        return false;
    d->second = second;
    t->now = ts;
    return true;
}

uint32_t dispatch_frames(struct dispatch *d, struct frames *fr, struct tick *tick)
{
    uint32_t ticks = 0;

    for (uint32_t i = 0; i < fr->n; i++) {
        struct frame *f = &fr->frame[i];
        struct udp_ends udp;

        d->count[COUNT_packets]++;
        d->count[COUNT_bytes] += f->wire_len;
        if (f->flags & FRAME_FILTERED) {
            d->count[COUNT_filtered]++;
            f->lane = NO_LANE;
            if (!d->began)
                d->first = d->latest = f->ts; // a run may see nothing else
            continue;
        }
        if (tell_time(d, f->ts, &tick[ticks])) {
            if (tick[ticks].jump)
                f->flags |= FRAME_JUMP;
            tick[ticks++].before = i;
        }
        f->lane = (uint8_t)packet_lane(f->link, f->data, f->n, LANES, &udp);
        if (udp.has_ports && is_answer(d, &udp, f->ts))
            f->flags |= FRAME_ASKED;
    }
    return ticks;
}
