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

static uint32_t slot_of(const struct addr *client, uint16_t port)
{
    uint64_t w[2];

    memcpy(w, client->b, sizeof(w));
    return (uint32_t)hash_mix(hash_mix(w[0], w[1]), port) % ASKS;
}

static void remember(struct dispatch *d, const struct udp_ends *u, nsec ts)
{
    uint32_t slot = slot_of(&u->src, u->sport);
    struct ask *a = &d->ask[slot];

    if (d->port[slot] != u->sport || !addr_equal(&a->client, &u->src) ||
        ts - a->ts > ASK_NSEC_SECONDS * SECOND)
        *a = (struct ask){.client = u->src};
    d->port[slot] = u->sport;
    a->ts = ts;
}

// True if the datagram answers a recent question to a group by its receiver.
static bool is_answer(struct dispatch *d, const struct udp_ends *u, nsec ts)
{
    uint32_t slot = slot_of(&u->dst, u->dport);
    struct ask *a = &d->ask[slot];

    if (d->port[slot] != u->dport || !addr_equal(&a->client, &u->dst) || ts < a->ts ||
        ts - a->ts > ASK_NSEC_SECONDS * SECOND || a->answers >= ANSWERS_MOST)
        return false;
    a->answers++;
    return true;
}

static bool is_asked(struct dispatch *d, const struct udp_ends *u, nsec ts)
{
    if (u->dport < UNPRIVILEGED || u->sport == u->dport)
        return false;
    if (!is_group(&u->dst))
        return is_answer(d, u, ts);
    remember(d, u, ts);
    return false;
}

// A second begins, the capture begins, or time stepped back.
static bool is_tick(struct dispatch *d, nsec ts, struct tick *t)
{
    t->jump = d->began && ts < d->latest - SECOND;
    t->now = ts;
    if (!d->began)
        d->first = ts;
    if (ts > d->latest || t->jump || !d->began)
        d->latest = ts;
    if (d->began && !t->jump && ts < d->next)
        return false;
    d->began = true;
    d->next = (ts / SECOND + 1) * SECOND;
    return true;
}

// Most frames only move time on a little.
static inline bool tell_time(struct dispatch *d, nsec ts, struct tick *t)
{
    if (ts < d->latest || ts >= d->next)
        return is_tick(d, ts, t);
    d->latest = ts;
    return false;
}

static void give_lane(struct dispatch *d, struct frame *f)
{
    struct udp_ends udp;

    f->lane = (uint8_t)packet_lane(f->link, f->data, f->n, LANES, &udp);
    if (udp.has_ports && is_asked(d, &udp, f->ts))
        f->flags |= FRAME_ASKED;
}

uint32_t dispatch_frames(struct dispatch *d, struct frames *fr, struct tick *tick)
{
    uint32_t ticks = 0;
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < fr->n; i++) {
        struct frame *f = &fr->frame[i];

        bytes += f->wire_len;
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
        give_lane(d, f);
    }
    d->count[COUNT_packets] += fr->n;
    d->count[COUNT_bytes] += bytes;
    return ticks;
}

uint32_t dispatch_quiet(struct dispatch *d, nsec now, struct tick *tick)
{
    if (!d->began || now < d->next || !is_tick(d, now, tick))
        return 0;
    tick->before = 0;
    return 1;
}
