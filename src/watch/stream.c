// SPDX-License-Identifier: Apache-2.0
// Cyclic data as they go: sums for each FrameID and pair, and which relation announced them.
#include "base/hash.h"
#include "watch/relation.h"

#define PAUSE (2 * SECOND)

static struct stream *stream_of(struct plant *p, const struct ev_profinet_cyclic *e)
{
    struct relations *all = p->relations;
    uint32_t hash = (uint32_t)hash_bytes(
        &e->src_mac, sizeof(e->src_mac),
        hash_bytes(&e->dst_mac, sizeof(e->dst_mac), (uint64_t)e->vlan << 16 | e->frame_id));

    map_each (&all->stream_map, hash, at, i) {
        struct stream *s = &all->stream[i];
        if (s->frame_id == e->frame_id && s->vlan == e->vlan &&
            same_mac(&s->src, &e->src_mac) && same_mac(&s->dst, &e->dst_mac))
            return s;
    }
    if (all->n_streams == STREAMS) {
        all->streams_lost++;
        return NULL;
    }
    struct stream *s = &all->stream[all->n_streams];
    *s = (struct stream){.src = e->src_mac,
                         .dst = e->dst_mac,
                         .vlan = e->vlan,
                         .frame_id = e->frame_id,
                         .hash = hash,
                         .packet = e->packet,
                         .first = e->last};
    map_add(&all->stream_map, hash, all->n_streams++);
    return s;
}

static void note_status(struct plant *p, struct stream *s, const struct ev_profinet_cyclic *e)
{
    uint8_t gone = s->status & (uint8_t)~e->status;

    if (e->has_tail && s->has_tail && s->status != e->status) {
        s->changes++;
        s->stops += (gone & PNIO_RUN) != 0;
        s->problems += (gone & PNIO_NO_PROBLEM) != 0;
        if (gone & PNIO_RUN)
            find_stopped(p, s);
    }
    if (e->has_tail)
        s->status = e->status;
    s->has_tail |= e->has_tail;
}

void stream_event(struct plant *p, const struct ev_profinet_cyclic *e)
{
    struct stream *s = stream_of(p, e);

    if (p->flood_note && dcp_in_flood(p, e->last))
        p->flood.lost += e->lost;
    if (!s)
        return;
    if (s->told) // it was silent: a new record begins
        *s = (struct stream){.src = s->src,
                             .dst = s->dst,
                             .vlan = s->vlan,
                             .frame_id = s->frame_id,
                             .hash = s->hash,
                             .packet = e->packet,
                             .first = e->last};
    s->pauses += e->has_tail && s->last && e->last - s->last > PAUSE && e->frames == 1;
    s->frames += e->frames;
    s->bytes += e->bytes;
    s->lost += e->lost;
    s->repeated += e->repeated;
    s->reordered += e->reordered;
    s->timed += e->timed;
    s->jitter += e->jitter_sum;
    if (e->jitter_most > s->jitter_most)
        s->jitter_most = e->jitter_most;
    s->step = e->step ? e->step : s->step;
    s->length = e->length;
    s->last = e->last;
    note_status(p, s, e);
}

const struct iocr *relation_iocr(const struct relation *r, const struct stream *s)
{
    enum { INPUT = 1, OUTPUT = 2 };
    bool from_device = same_mac(&s->src, &r->device_mac);

    for (uint32_t i = 0; i < r->n_iocrs; i++)
        if (r->iocr[i].frame_id == s->frame_id && (r->iocr[i].type != INPUT || from_device) &&
            (r->iocr[i].type != OUTPUT || !from_device))
            return &r->iocr[i];
    return NULL;
}

nsec relation_last_data(const struct plant *p, const struct relation *r)
{
    nsec last = 0;

    for (uint32_t i = 0; i < p->relations->n_streams; i++) {
        const struct stream *s = &p->relations->stream[i];
        if (s->has_tail && s->vlan == r->vlan && same_mac(&s->src, &r->device_mac) &&
            same_mac(&s->dst, &r->controller_mac) && s->last > last)
            last = s->last;
    }
    return last;
}
