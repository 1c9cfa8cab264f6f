// SPDX-License-Identifier: Apache-2.0
// Relations, cyclic data and submodules as events, at the end.
#include "watch/relation.h"

#include <stdlib.h>

#define SILENT  (5 * SECOND)
#define UNIT_MS 0.03125

static struct slice kept(struct text *t, struct out *o)
{
    struct slice s = arena_copy(o->arena, text_slice(t));

    text_clear(t);
    return s;
}

// ---------------------------------------------------------------- outcomes

static const char *outcome(const struct plant *p, const struct relation *r)
{
    nsec data = relation_last_data(p, r);

    switch ((enum relation_state)r->state) {
    case RELATION_PARTIAL: return "partial";
    case RELATION_STARTING: return p->now - r->connect > SILENT ? "unanswered" : "starting";
    case RELATION_REFUSED: return "refused";
    case RELATION_RELEASED: return "released";
    case RELATION_ABORTED: return "aborted";
    case RELATION_TAKEN_OVER: return "taken_over";
    default: break;
    }
    if (data && p->now - data > SILENT)
        return "silent";
    return r->state == RELATION_RUNNING ? "running" : "starting";
}

// ---------------------------------------------------------------- relations

static struct slice put_iocrs(struct text *t, const struct relation *r, struct out *o)
{
    text_char(t, '[');
    for (uint32_t i = 0; i < r->n_iocrs; i++) {
        const struct iocr *c = &r->iocr[i];
        const char *type = pnio_word(PNIO_iocr, c->type);
        text_printf(t, "%s{\"type\":\"%s\",\"frame_id\":\"0x%04x\",\"cycle_ms\":", i ? "," : "",
                    type ? type : "reserved", c->frame_id);
        text_real(t, c->units * UNIT_MS);
        text_printf(t, ",\"length\":%u,\"rt_class\":%u,\"watchdog_ms\":", c->length,
                    c->rt_class);
        text_real(t, c->units * UNIT_MS * c->watchdog);
        text_char(t, '}');
    }
    text_char(t, ']');
    return kept(t, o);
}

// SubmoduleState: what is plugged, who has it, whether it is well.
static const char *state_words(const struct submodule *s)
{
    enum { DETAILED = 0x8000, FAULT = 0x40, DEMANDED = 0x20, REQUIRED = 0x10 };
    static const char *const owner[16] = {[1] = "application ready is pending",
                                          [2] = "locked by a superordinated controller",
                                          [3] = "locked by a controller",
                                          [4] = "locked by a supervisor"};
    uint16_t ident = s->state >> 11 & 15, holder = s->state >> 7 & 15;
    const char *words = pnio_word(PNIO_module, s->module_state);

    if (!(s->state & DETAILED))
        return words ? words : "differs";
    if (ident)
        return pnio_word(PNIO_submodule, ident) ? pnio_word(PNIO_submodule, ident) : "differs";
    if (owner[holder])
        return owner[holder];
    return s->state & FAULT      ? "fault"
           : s->state & DEMANDED ? "maintenance demanded"
           : s->state & REQUIRED ? "maintenance required"
                                 : "ok";
}

static void put_submodule(struct text *t, const struct submodule *s, bool real)
{
    text_printf(t, "{\"api\":%u,\"slot\":%u,\"subslot\":%u", s->api, s->slot, s->subslot);
    if (s->expected)
        text_printf(t, ",\"module\":\"0x%08x\",\"submodule\":\"0x%08x\"", s->module,
                    s->submodule);
    if (real && s->read)
        text_printf(t, ",\"real_module\":\"0x%08x\",\"real_submodule\":\"0x%08x\"",
                    s->real_module, s->real_submodule);
    if (real && s->differs)
        text_printf(t, ",\"state\":\"%s\"", state_words(s));
    text_char(t, '}');
}

enum which { EXPECTED, DIFFERENT, ALL };

static void put_list(struct text *t, const struct plant *p, const struct relation *r,
                     enum which which)
{
    bool first = true;

    text_char(t, '[');
    for (uint32_t i = r->submodules; i; i = p->relations->submodule[i].next) {
        const struct submodule *s = &p->relations->submodule[i];
        if (which == EXPECTED ? !s->expected : which == DIFFERENT && !s->differs)
            continue;
        text_str(t, first ? "" : ",");
        put_submodule(t, s, which != EXPECTED);
        first = false;
    }
    text_char(t, ']');
}

static void put_times(struct ev_profinet_ar *e, const struct relation *r)
{
    if (r->connect)
        set(profinet_ar, e, connect_ts, r->connect);
    if (r->connected)
        set(profinet_ar, e, connected_ts, r->connected);
    if (r->write)
        set(profinet_ar, e, write_ts, r->write);
    if (r->prm_end)
        set(profinet_ar, e, prm_end_ts, r->prm_end);
    if (r->ready)
        set(profinet_ar, e, ready_ts, r->ready);
    if (r->running)
        set(profinet_ar, e, running_ts, r->running);
    if (r->release)
        set(profinet_ar, e, release_ts, r->release);
    if (r->abort)
        set(profinet_ar, e, abort_ts, r->abort);
}

static void put_reason(struct ev_profinet_ar *e, const struct plant *p,
                       const struct relation *r, struct text *t, struct out *o)
{
    if (r->status) {
        set(profinet_ar, e, status, r->status);
        pnio_status(t, r->status);
    }
    if (r->state == RELATION_TAKEN_OVER)
        text_printf(t, "%sanother controller, %s, connected the device", r->status ? "; " : "",
                    mac_words(&r->rival).s);
    else if (r->why)
        text_str(t, r->why);
    if (t->n)
        e->reason = kept(t, o);
    (void)p;
}

static void put_device(struct ev_profinet_ar *e, const struct plant *p,
                       const struct relation *r, struct out *o)
{
    const struct station *s = station_find(p, &r->device_mac, r->vlan);

    e->controller = r->controller;
    e->device = r->device;
    set(profinet_ar, e, controller_mac, r->controller_mac);
    set(profinet_ar, e, device_mac, r->device_mac);
    if (r->name)
        e->controller_name = arena_copy(o->arena, slice_str(plant_name(p, r->name)));
    if (s && s->name)
        e->device_name = arena_copy(o->arena, slice_str(plant_name(p, s->name)));
}

static void tell_relation(const struct plant *p, const struct relation *r, struct text *t,
                          struct out *o)
{
    struct ev_profinet_ar *e = emit_profinet_ar(o);

    e->head.ts = r->connect ? r->connect : r->last;
    e->head.uid = r->uid;
    e->head.src = r->controller;
    e->head.dst = r->device;
    e->head.sport = r->port;
    e->head.dport = r->device_port;
    e->head.ip_proto = 17;
    e->ar_uuid = arena_copy(o->arena, slice_of(r->uuid, UUID_LENGTH));
    if (r->connect) {
        e->ar_type = pnio_word(PNIO_relation, r->type);
        set(profinet_ar, e, session, r->session);
    }
    put_device(e, p, r, o);
    e->outcome = outcome(p, r);
    put_reason(e, p, r, t, o);
    e->iocrs = put_iocrs(t, r, o);
    put_list(t, p, r, EXPECTED);
    e->modules = kept(t, o);
    put_list(t, p, r, DIFFERENT);
    e->differences = kept(t, o);
    e->submodules = r->n_submodules;
    put_times(e, r);
    e->connects = r->connects;
    e->writes = r->writes;
    e->reads = r->reads;
    e->alarms = r->alarms;
    e->last = r->last;
    e->packet = r->packet;
}

static int by_packet(const void *a, const void *b)
{
    const struct relation *const *x = a, *const *y = b;

    return (*x)->packet < (*y)->packet ? -1 : (*x)->packet > (*y)->packet;
}

// A refused one may be asked for again, an ended one have its alarms.
static bool relation_is_due(const struct plant *p, const struct relation *r)
{
    nsec wait = r->state == RELATION_REFUSED ? PLANT_MINUTE : 2 * SILENT;

    return !r->told && !relation_is_open(r) && p->now - r->last > wait;
}

static void tell_relations(struct plant *p, struct out *o, bool all)
{
    struct relation **sorted = mem_reserve(RELATIONS * sizeof(*sorted));
    struct text t = {0};
    uint32_t n = 0;

    list_each (&p->relations->order, node) {
        struct relation *r = CONTAINER(node, struct relation, node);
        if (all ? !r->told : relation_is_due(p, r))
            sorted[n++] = r;
    }
    qsort(sorted, n, sizeof(*sorted), by_packet);
    for (uint32_t i = 0; i < n; i++) {
        sorted[i]->told = true;
        if (want(o, EV_profinet_ar))
            tell_relation(p, sorted[i], &t, o);
    }
    text_free(&t);
    mem_release(sorted, RELATIONS * sizeof(*sorted));
}

void plant_tell_relations(struct plant *p, struct out *o)
{
    plant_finish(p);
    tell_relations(p, o, true);
}

// ---------------------------------------------------------------- cyclic data

static struct slice name_words(const struct plant *p, const struct mac *m, uint16_t vlan,
                               struct out *o)
{
    const struct station *s = station_find(p, m, vlan);

    return s && s->name ? arena_copy(o->arena, slice_str(plant_name(p, s->name)))
                        : (struct slice){0};
}

static void put_cycle(struct ev_profinet_rt *e, const struct stream *s, const struct iocr *c)
{
    if (!c && !s->step)
        return;
    set(profinet_rt, e, cycle_ms, (c ? c->units : s->step) * UNIT_MS);
    e->cycle_how = c ? "announced" : "learnt";
    if (!s->timed)
        return;
    set(profinet_rt, e, jitter_ms, (double)s->jitter / (double)s->timed / MSEC);
    set(profinet_rt, e, jitter_most, (double)s->jitter_most / MSEC);
}

static void tell_stream(struct plant *p, const struct stream *s, struct text *t, struct out *o)
{
    struct ev_profinet_rt *e = emit_profinet_rt(o);
    const struct relation *r = relation_between(p, &s->src, &s->dst, s->vlan);
    const struct iocr *c = r ? relation_iocr(r, s) : NULL;

    e->head.ts = s->first;
    e->src_mac = s->src;
    e->dst_mac = s->dst;
    if (s->vlan)
        set(profinet_rt, e, vlan, s->vlan);
    e->frame_id = s->frame_id;
    e->kind = pnio_frame_kind(s->frame_id);
    e->src_name = name_words(p, &s->src, s->vlan, o);
    e->dst_name = name_words(p, &s->dst, s->vlan, o);
    if (c) {
        e->head.uid = r->uid;
        e->ar_uuid = arena_copy(o->arena, slice_of(r->uuid, UUID_LENGTH));
        e->direction = pnio_word(PNIO_iocr, c->type);
    }
    put_cycle(e, s, c);
    e->frames = s->frames;
    e->bytes = s->bytes;
    e->length = s->length;
    e->lost = s->lost;
    e->repeated = s->repeated;
    e->reordered = s->reordered;
    e->pauses = s->pauses;
    if (s->has_tail) {
        pnio_data_status(t, s->status);
        e->data_status = kept(t, o);
    }
    e->changes = s->changes;
    e->stops = s->stops;
    e->problems = s->problems;
    e->first = s->first;
    e->last = s->last;
    e->packet = s->packet;
}

static bool stream_is_due(const struct plant *p, const struct stream *s)
{
    return !s->told && p->now - s->last > PLANT_MINUTE;
}

static void tell_streams(struct plant *p, struct out *o, bool all)
{
    struct text t = {0};

    for (uint32_t i = 0; i < p->relations->n_streams; i++) {
        struct stream *s = &p->relations->stream[i];
        if (all ? s->told : !stream_is_due(p, s))
            continue;
        s->told = true;
        if (want(o, EV_profinet_rt))
            tell_stream(p, s, &t, o);
    }
    text_free(&t);
}

void plant_tell_streams(struct plant *p, struct out *o)
{
    plant_finish(p);
    tell_streams(p, o, true);
}

bool relations_due(const struct plant *p)
{
    list_each (&p->relations->order, node)
        if (relation_is_due(p, CONTAINER(node, struct relation, node)))
            return true;
    for (uint32_t i = 0; i < p->relations->n_streams; i++)
        if (stream_is_due(p, &p->relations->stream[i]))
            return true;
    return false;
}

void relations_tell_due(struct plant *p, struct out *o)
{
    tell_relations(p, o, false);
    tell_streams(p, o, false);
}

// ---------------------------------------------------------------- of a station

static bool is_of(const struct relation *r, const struct station *s)
{
    return r->vlan == s->vlan && same_mac(&r->device_mac, &s->mac);
}

void relations_put(struct text *t, struct plant *p, const struct station *s)
{
    enum { RELATIONS_TOLD = 8 };
    uint32_t n = 0;

    list_each (&p->relations->order, node) {
        const struct relation *r = CONTAINER(node, struct relation, node);
        if (!is_of(r, s) || n == RELATIONS_TOLD)
            continue;
        text_printf(t, "%s{\"mac\":\"%s\",\"ip\":\"%s\",\"name\":\"", n++ ? "," : "[",
                    mac_words(&r->controller_mac).s, ip_words(&r->controller).s);
        for (const char *c = plant_name(p, r->name); *c; c++) {
            text_str(t, *c == '"' || *c == '\\' ? "\\" : "");
            text_char(t, *c);
        }
        text_printf(t, "\",\"outcome\":\"%s\",\"ts\":", outcome(p, r));
        text_seconds(t, r->connect ? r->connect : r->last);
        text_char(t, '}');
    }
    text_str(t, n ? "]" : "");
}

struct slice station_controller(struct plant *p, const struct station *s, uint32_t *modules)
{
    const struct relation *latest = NULL;

    list_each (&p->relations->order, node) {
        const struct relation *r = CONTAINER(node, struct relation, node);
        if (is_of(r, s) && r->connected && (!latest || r->connected >= latest->connected))
            latest = r;
    }
    *modules = latest ? latest->n_submodules : 0;
    if (!latest)
        return (struct slice){0};
    if (latest->name)
        return slice_str(plant_name(p, latest->name));
    const struct station *c = station_find(p, &latest->controller_mac, latest->vlan);
    return c ? station_called(p, c) : (struct slice){0};
}

// Those of its latest relation that has any.
void submodules_put(struct text *t, struct plant *p, const struct station *s)
{
    const struct relation *latest = NULL;

    list_each (&p->relations->order, node) {
        const struct relation *r = CONTAINER(node, struct relation, node);
        if (is_of(r, s) && r->submodules)
            latest = r;
    }
    if (latest)
        put_list(t, p, latest, ALL);
}
