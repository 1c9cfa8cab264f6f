// SPDX-License-Identifier: Apache-2.0
// Padding by who sent it (packet forensics, 5.1). Bytes that are not zero prove nothing: many
// systems do not clear their buffers. Worth a look are those that did so far, and bytes that
// change with each frame to one receiver and that nothing explains.
#include "watch/craft_parts.h"

#include <stdio.h>

#include "base/hash.h"
#include "event/padding.h"

enum { LEAST = 20, HIDDEN_BYTES = 8 };

static struct pad_sender *find(const struct crafts *c, const struct mac *m, uint32_t hash)
{
    map_each (&c->by_mac, hash, at, i) {
        struct pad_sender *s = slab_at(&c->pads, i);
        if (!memcmp(&s->mac, m, sizeof(s->mac)))
            return s;
    }
    return NULL;
}

// ---------------------------------------------------------------- telling

static struct craft_note *note(struct crafts *c, const struct pad_sender *s, const char *name,
                               enum craft_severity severity)
{
    if (fuzz_withholds(c, s->last)) {
        c->fuzz.withheld++;
        return NULL;
    }
    struct craft_note *v = craft_note(c, name, severity);
    if (!v)
        return NULL;
    v->src = addr_of(ADDR_MAC, s->mac.b);
    v->first = s->first;
    v->last = s->last;
    v->count = s->other;
    return v;
}

static void tell_hidden(struct crafts *c, const struct pad_sender *s)
{
    struct craft_note *v = note(c, s, "padding_channel", s->fresh ? CRAFT_MEDIUM : CRAFT_LOW);

    if (!v)
        return;
    v->dst = s->to;
    snprintf(v->msg, sizeof(v->msg),
             "padding that may carry a message: %u frames for one receiver, different in each",
             s->prints);
    snprintf(
        v->evidence, sizeof(v->evidence),
        "%llu frames with padding that is not zero, none with remains of earlier frames; %s",
        (unsigned long long)s->other,
        s->fresh ? "before, it filled with zeros"
                 : "or else its system never clears its buffers");
}

static void tell_leak(struct crafts *c, const struct pad_sender *s)
{
    unsigned long long all = s->other + s->zero;
    struct craft_note *v = note(c, s, "padding_leaks", CRAFT_INFO);

    if (!v)
        return;
    snprintf(v->msg, sizeof(v->msg),
             "leaks what was in its buffer in the padding of its frames");
    snprintf(v->evidence, sizeof(v->evidence),
             "%llu of about %llu padded frames are not filled with zeros; %llu of them with "
             "remains of earlier frames, of text or of DNS",
             (unsigned long long)s->other, all, (unsigned long long)s->leaks);
}

static void tell_fresh(struct crafts *c, const struct pad_sender *s)
{
    unsigned long long all = s->other + s->zero;
    struct craft_note *v = note(c, s, "padding_unusual", CRAFT_LOW);

    if (!v)
        return;
    snprintf(v->msg, sizeof(v->msg),
             "padding that is not zero and unexplained, of a station that fills with zeros");
    snprintf(v->evidence, sizeof(v->evidence), "%llu of about %llu padded frames",
             (unsigned long long)s->other, all);
}

static void judge(struct crafts *c, const struct pad_sender *s)
{
    uint64_t all = s->zero + s->other;

    if (s->told || !s->other)
        return;
    if (s->prints == PAD_PRINTS && !s->leaks)
        tell_hidden(c, s);
    else if (s->leaks || (all >= LEAST && s->other * 20 >= all && s->unexplained))
        tell_leak(c, s);
    else if (s->fresh && s->unexplained)
        tell_fresh(c, s);
}

// ---------------------------------------------------------------- counting

static struct pad_sender *sender_of(struct crafts *c, const struct mac *m)
{
    uint32_t hash = (uint32_t)hash_bytes(m, sizeof(*m), 29);
    struct pad_sender *s = find(c, m, hash);

    if (s) {
        list_move_last(&c->pad_list, &s->node);
        return s;
    }
    s = slab_take(&c->pads);
    if (!s) {
        s = CONTAINER(c->pad_list.next, struct pad_sender, node);
        judge(c, s);
        c->sums.senders_lost++;
        map_remove(&c->by_mac, s->hash, slab_index(&c->pads, s));
        list_remove(&s->node);
    }
    memset(s, 0, sizeof(*s));
    s->mac = *m;
    s->hash = hash;
    map_add(&c->by_mac, hash, slab_index(&c->pads, s));
    list_append(&c->pad_list, &s->node);
    return s;
}

static void add_print(struct pad_sender *s, const struct ev_padding *e)
{
    uint64_t print = hash_bytes(e->bytes.p, e->bytes.n, 3);

    if (e->bytes.n < HIDDEN_BYTES || s->prints == PAD_PRINTS)
        return;
    if (!addr_equal(&s->to, &e->to)) {
        s->to = e->to;
        s->prints = 0;
    }
    for (uint32_t i = 0; i < s->prints; i++)
        if (s->print[i] == print)
            return;
    s->print[s->prints++] = print;
}

void craft_padding(struct crafts *c, const struct ev_padding *e)
{
    static const struct mac none;

    if (!memcmp(&e->sender, &none, sizeof(none)))
        return;
    struct pad_sender *s = sender_of(c, &e->sender);
    s->zero += e->zero;
    if (e->zero)
        return;
    if (!s->other)
        s->first = e->head.ts;
    s->last = e->head.ts;
    s->other++;
    s->leaks += e->kind == PADDING_REPEAT || e->kind == PADDING_DNS || e->kind == PADDING_TEXT;
    if (e->kind != PADDING_UNEXPLAINED)
        return;
    s->fresh |= !s->unexplained && s->zero >= LEAST;
    s->unexplained++;
    add_print(s, e);
    if (c->live && !s->told && s->prints == PAD_PRINTS && !s->leaks) {
        tell_hidden(c, s);
        s->told = true;
    }
}

void craft_pads_end(struct crafts *c)
{
    list_each (&c->pad_list, node)
        judge(c, CONTAINER(node, struct pad_sender, node));
}
