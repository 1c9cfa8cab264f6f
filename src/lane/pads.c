// SPDX-License-Identifier: Apache-2.0
// Padding: a sender that does not clear its buffer shows what was in it. That is seen from the
// frames it sent before; these are only kept where somebody leaks.
#include "lane/pads.h"

#include "event/padding.h"
#include "packet/crafted.h"

enum { TELL_FROM = 20, REPEAT_LEAST = 4 };

static struct slice padding_of(const struct packet *p)
{
    uint32_t from = packet_padding(p);

    return slice_of(p->frame.p + from, p->frame.n - from);
}

void pads_add(struct pads *s, const struct packet *p, struct out *o)
{
    struct pad_count *c = &s->sender[(p->src_mac.b[5] ^ p->src_mac.b[4]) % PADS_SENDERS];

    if (memcmp(&c->mac, &p->src_mac, sizeof(c->mac)) != 0)
        *c = (struct pad_count){.mac = p->src_mac};
    if (++c->zero < TELL_FROM || c->zero < 2 * c->told || !want(o, EV_padding))
        return;
    struct ev_padding *e = emit_padding(o);
    e->sender = c->mac;
    e->zero = c->zero - c->told;
    c->told = c->zero;
}

// The same bytes stood at the same place of an earlier frame.
static bool repeats(const struct pads *s, const struct packet *p, struct slice padding)
{
    uint32_t from = (uint32_t)(padding.p - p->frame.p), n = min_u32(s->n, PADS_FRAMES);

    for (uint32_t i = 0; i < n && padding.n >= REPEAT_LEAST; i++) {
        const struct pad_frame *f = &s->frame[i];
        if (f->n >= from + padding.n && !memcmp(&f->mac, &p->src_mac, sizeof(f->mac)) &&
            !memcmp(f->bytes + from, padding.p, padding.n))
            return true;
    }
    return false;
}

void pads_tell(struct pads *s, const struct packet *p, struct out *o, char *words, size_t n)
{
    struct slice padding = padding_of(p);
    uint8_t kind = (uint8_t)packet_padding_kind(p);

    s->leaks = true;
    if (kind > PADDING_CONSTANT && repeats(s, p, padding))
        kind = PADDING_REPEAT;
    packet_padding_say(p, kind, words, n);
    if (!want(o, EV_padding))
        return;
    struct ev_padding *e = emit_padding(o);
    e->sender = p->src_mac;
    e->to = p->dst;
    e->kind = kind;
    e->bytes = arena_copy(o->arena, slice_of(padding.p, min_u32(padding.n, PADS_BYTES)));
}

void pads_keep(struct pads *s, const struct packet *p)
{
    struct pad_frame *f = &s->frame[s->n++ % PADS_FRAMES];
    uint32_t n = min_u32(p->frame.n, PADS_BYTES);

    f->mac = p->src_mac;
    f->n = (uint8_t)n;
    memcpy(f->bytes, p->frame.p, n);
    if (s->n == 2 * PADS_FRAMES)
        s->n = PADS_FRAMES; // all are in use, and the next is the first
}
