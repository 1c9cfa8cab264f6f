// SPDX-License-Identifier: Apache-2.0
// Alarms of PROFINET (RTA): notifications with their acknowledgements, and aborts.
#include "proto/profinet/dcp.h"

#include "base/cur.h"
#include "event/pnio.h"

enum { TYPE_DATA = 1, TYPE_ERROR = 4, VERSION = 0x10 };
enum { NOTIFICATION_HIGH = 1, NOTIFICATION_LOW = 2, ACKNOWLEDGED = 0x8000 };
#define WAIT (10 * SECOND) // for the acknowledgement

// An RTA frame; `data` lies in it.
struct rta {
    uint16_t dst_endpoint, src_endpoint;
    uint8_t type;
    struct slice data;
};

static struct slice kept(struct ctx *x, const struct text *t)
{
    return arena_copy(x->out->arena, text_slice(t));
}

static void put_status(struct ev_profinet_alarm *e, uint32_t status, struct ctx *x)
{
    struct text *t = feed_text(x);

    set(profinet_alarm, e, status, status);
    pnio_status(t, status);
    e->status_text = kept(x, t);
}

static struct ev_profinet_alarm *begin(const struct alarm *a, struct ctx *x)
{
    struct ev_profinet_alarm *e = emit_profinet_alarm(x->out);

    e->head.ts = a->ts;
    e->src_mac = a->src;
    e->dst_mac = a->dst;
    if (a->vlan)
        set(profinet_alarm, e, vlan, a->vlan);
    e->priority = a->frame_id == ALARM_HIGH ? "high" : "low";
    e->src_endpoint = a->src_endpoint;
    e->dst_endpoint = a->dst_endpoint;
    e->sent = a->sent;
    e->packet = a->packet;
    return e;
}

// The notification, with its acknowledgement if one came (packet not 0); its place is free
// then.
static void tell(struct alarm *a, uint64_t packet, uint32_t status, struct ctx *x)
{
    if (want(x->out, EV_profinet_alarm)) {
        struct ev_profinet_alarm *e = begin(a, x);
        const char *type = pnio_word(PNIO_alarm, a->type);
        e->kind = "notification";
        e->alarm_type = type ? type : "reserved";
        set(profinet_alarm, e, alarm_code, a->type);
        set(profinet_alarm, e, api, a->api);
        set(profinet_alarm, e, slot, a->slot);
        set(profinet_alarm, e, subslot, a->subslot);
        set(profinet_alarm, e, module, a->module);
        set(profinet_alarm, e, submodule, a->submodule);
        set(profinet_alarm, e, sequence, a->specifier & 0x07ff);
        if (a->structure) {
            struct text *t = feed_text(x);
            pnio_diagnosis(t, a->structure, slice_of(a->data, a->n));
            e->diagnosis = kept(x, t);
        }
        e->state = !packet ? "unacknowledged" : status ? "refused" : "acknowledged";
        if (packet) {
            set(profinet_alarm, e, ack_ts, x->out->ts);
            set(profinet_alarm, e, ack_packet, packet);
            put_status(e, status, x);
        }
    }
    a->ts = 0;
}

static void tell_error(const struct alarm *a, const char *malformed, struct slice data,
                       struct ctx *x)
{
    struct cur c = cur_of(data);

    if (malformed)
        odd_with(x->out, ODD_pnio_alarm_malformed, "%s", malformed);
    if (!want(x->out, EV_profinet_alarm))
        return;
    struct ev_profinet_alarm *e = begin(a, x);
    e->kind = malformed ? "malformed" : "error";
    e->malformed = malformed;
    if (!malformed)
        put_status(e, cur_be32(&c), x);
}

// ---------------------------------------------------------------- notifications

static bool same_alarm(const struct alarm *a, const struct alarm *b)
{
    return a->ts && !memcmp(&a->src, &b->src, sizeof(a->src)) &&
           !memcmp(&a->dst, &b->dst, sizeof(a->dst)) && a->vlan == b->vlan &&
           a->frame_id == b->frame_id && a->type == b->type && a->api == b->api &&
           a->slot == b->slot && a->subslot == b->subslot && a->specifier == b->specifier;
}

static void add(struct alarms *s, const struct alarm *now, struct ctx *x)
{
    struct alarm *place = &s->alarm[0];

    for (int i = 0; i < ALARMS; i++) {
        if (same_alarm(&s->alarm[i], now)) {
            s->alarm[i].sent++;
            return;
        }
        if (s->alarm[i].ts < place->ts)
            place = &s->alarm[i];
    }
    if (place->ts)
        tell(place, 0, 0, x);
    *place = *now;
}

static const char *notify(struct alarms *s, struct alarm *now, struct cur *c, struct ctx *x)
{
    now->type = cur_be16(c);
    now->api = cur_be32(c);
    now->slot = cur_be16(c);
    now->subslot = cur_be16(c);
    now->module = cur_be32(c);
    now->submodule = cur_be32(c);
    now->specifier = cur_be16(c);
    if (c->bad)
        return "a notification that ends in its head";
    if (cur_left(c) >= 2)
        now->structure = cur_be16(c);
    now->n = (uint16_t)min_u32(cur_left(c), sizeof(now->data));
    if (now->n)
        memcpy(now->data, c->p, now->n);
    add(s, now, x);
    return NULL;
}

// The acknowledgement goes the other way, and names the alarm.
static const char *acknowledge(struct alarms *s, const struct alarm *now, struct cur *c,
                               struct ctx *x)
{
    struct alarm asked = {
        .src = now->dst, .dst = now->src, .vlan = now->vlan, .frame_id = now->frame_id};

    asked.type = cur_be16(c);
    asked.api = cur_be32(c);
    asked.slot = cur_be16(c);
    asked.subslot = cur_be16(c);
    asked.specifier = cur_be16(c);
    uint32_t status = cur_be32(c);
    if (c->bad)
        return "an acknowledgement that ends in its head";
    for (int i = 0; i < ALARMS; i++)
        if (same_alarm(&s->alarm[i], &asked)) {
            tell(&s->alarm[i], now->packet, status, x);
            break;
        }
    return NULL;
}

static const char *read_data(struct alarms *s, struct alarm *now, struct slice data,
                             struct ctx *x)
{
    struct cur c = cur_of(data);
    uint16_t block = cur_be16(&c), length = cur_be16(&c);

    if (c.bad || length < 2 || length > cur_left(&c))
        return "its block runs over the end";
    c = cur_sub(&c, length);
    cur_skip(&c, 2); // version
    switch (block & 0x7fff) {
    case NOTIFICATION_HIGH:
    case NOTIFICATION_LOW: break;
    default: return "its block is no alarm";
    }
    return block & ACKNOWLEDGED ? acknowledge(s, now, &c, x) : notify(s, now, &c, x);
}

// ---------------------------------------------------------------- frames

static const char *read_head(struct rta *r, struct slice payload)
{
    struct cur c = cur_of(payload);

    cur_skip(&c, 2); // FrameID
    r->dst_endpoint = cur_be16(&c);
    r->src_endpoint = cur_be16(&c);
    r->type = cur_u8(&c);
    cur_skip(&c, 1 + 2 + 2); // flags, sequence numbers of the transport
    uint16_t length = cur_be16(&c);
    r->data = cur_take(&c, length);
    if (c.bad)
        return "its length is more than the frame holds";
    return (r->type & 0xf0) != VERSION ? "unknown version" : NULL;
}

void alarm_read(struct alarms *s, uint16_t frame_id, struct ctx *x)
{
    const struct packet *p = x->packet;
    struct rta r;
    const char *wrong = read_head(&r, p->payload);
    struct alarm now = {.src = p->src_mac,
                        .dst = p->dst_mac,
                        .vlan = p->n_vlan ? p->vlan[0] : 0,
                        .frame_id = frame_id,
                        .ts = x->out->ts,
                        .packet = p->ordinal + 1,
                        .src_endpoint = r.src_endpoint,
                        .dst_endpoint = r.dst_endpoint,
                        .sent = 1};

    if (p->copy || (wrong && p->wire_len > p->frame.n))
        return;
    bool error = (r.type & 15) == TYPE_ERROR;
    if (!wrong && error && r.data.n < 4)
        wrong = "an error without a status";
    if (!wrong && (r.type & 15) == TYPE_DATA)
        wrong = read_data(s, &now, r.data, x);
    if (wrong || error)
        tell_error(&now, wrong, r.data, x);
}

void alarms_tick(struct alarms *s, nsec now, bool jump, struct ctx *x)
{
    for (int i = 0; i < ALARMS; i++)
        if (s->alarm[i].ts && (jump || now == INT64_MAX || now - s->alarm[i].ts > WAIT))
            tell(&s->alarm[i], 0, 0, x);
}
