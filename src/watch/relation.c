// SPDX-License-Identifier: Apache-2.0
// Application relations from the calls that build, lead and end them.
#include "watch/relation.h"
#include "base/hash.h"

enum { OP_READ_IMPLICIT = 5, CONTROLLER_INTERFACE = 2 };

struct relations *relations_open(void)
{
    struct relations *r = mem_reserve(sizeof(*r));

    slab_init(&r->slab, NULL, sizeof(struct relation), RELATIONS);
    map_init(&r->by_uuid, NULL, RELATIONS);
    map_init(&r->by_pair, NULL, RELATIONS);
    map_init(&r->stream_map, NULL, STREAMS);
    list_init(&r->order);
    r->submodule = mem_reserve((SUBMODULES + 1) * sizeof(*r->submodule));
    r->stream = mem_reserve(STREAMS * sizeof(*r->stream));
    return r;
}

void relations_close(struct relations *r)
{
    slab_close(&r->slab);
    map_close(&r->by_uuid);
    map_close(&r->by_pair);
    map_close(&r->stream_map);
    mem_release(r->submodule, (SUBMODULES + 1) * sizeof(*r->submodule));
    mem_release(r->stream, STREAMS * sizeof(*r->stream));
    mem_release(r, sizeof(*r));
}

bool relation_is_open(const struct relation *r)
{
    return r->state < RELATION_ENDED;
}

// ---------------------------------------------------------------- submodules

static void drop_submodules(struct relations *all, struct relation *r)
{
    while (r->submodules) {
        struct submodule *s = &all->submodule[r->submodules];
        uint32_t next = s->next;
        s->next = all->free_submodule;
        all->free_submodule = r->submodules;
        r->submodules = next;
    }
    r->n_submodules = r->n_kept = 0;
}

static struct submodule *new_submodule(struct relations *all, const struct relation *r)
{
    uint32_t i = r->n_kept < SUBMODULES_MOST ? all->free_submodule : 0;

    if (i)
        all->free_submodule = all->submodule[i].next;
    else if (r->n_kept < SUBMODULES_MOST && all->n_submodules < SUBMODULES)
        i = ++all->n_submodules;
    else
        all->submodules_lost++;
    if (!i)
        return NULL;
    all->submodule[i] = (struct submodule){0};
    return &all->submodule[i];
}

// Kept by api, slot and subslot; a list is as long as one device is large.
static struct submodule *submodule_of(struct relations *all, struct relation *r,
                                      const struct ev_profinet_module *e)
{
    uint32_t *at = &r->submodules;

    for (; *at; at = &all->submodule[*at].next) {
        struct submodule *s = &all->submodule[*at];
        if (s->api == e->api && s->slot == e->slot && s->subslot == e->subslot)
            return s;
        if (s->slot > e->slot || (s->slot == e->slot && s->subslot > e->subslot))
            break;
    }
    struct submodule *s = new_submodule(all, r);
    if (!s)
        return NULL;
    r->n_kept++;
    s->api = e->api;
    s->slot = e->slot;
    s->subslot = e->subslot;
    s->next = *at;
    *at = (uint32_t)(s - all->submodule);
    return s;
}

static void on_module(struct plant *p, struct relation *r, const struct ev_profinet_module *e)
{
    enum { EXPECTED, DIFFERENCE };
    struct submodule *s = submodule_of(p->relations, r, e);

    if (!s)
        return;
    if (e->kind == EXPECTED) {
        r->n_submodules += !s->expected;
        s->expected = true;
        s->module = e->module;
        s->submodule = e->submodule;
        return;
    }
    s->real_module = e->module;
    s->real_submodule = e->submodule;
    s->read = true;
    if (e->kind != DIFFERENCE)
        return;
    s->differs = true;
    s->module_state = e->module_state;
    s->state = e->state;
}

// ---------------------------------------------------------------- finding relations

static uint32_t pair_hash(const struct mac *a, const struct mac *b, uint16_t vlan)
{
    return (uint32_t)(hash_bytes(a, sizeof(*a), vlan) + hash_bytes(b, sizeof(*b), vlan));
}

static bool is_between(const struct relation *r, const struct addr *a, const struct addr *b)
{
    return (addr_equal(&r->controller, a) && addr_equal(&r->device, b)) ||
           (addr_equal(&r->controller, b) && addr_equal(&r->device, a));
}

// The latest of that UUID: between the two hosts, or else between any.
static struct relation *find(const struct plant *p, struct slice uuid, const struct addr *a,
                             const struct addr *b)
{
    const struct relations *all = p->relations;
    struct relation *found = NULL;

    if (uuid.n != UUID_LENGTH)
        return NULL;
    map_each (&all->by_uuid, (uint32_t)hash_bytes(uuid.p, uuid.n, 0), at, i) {
        struct relation *r = slab_at(&all->slab, i);
        if (memcmp(r->uuid, uuid.p, UUID_LENGTH) != 0)
            continue;
        bool fits = is_between(r, a, b), found_fits = found && is_between(found, a, b);
        if (!found || fits > found_fits || (fits == found_fits && r->packet > found->packet))
            found = r;
    }
    return found;
}

struct relation *relation_between(struct plant *p, const struct mac *a, const struct mac *b,
                                  uint16_t vlan)
{
    const struct relations *all = p->relations;
    struct relation *found = NULL;

    map_each (&all->by_pair, pair_hash(a, b, vlan), at, i) {
        struct relation *r = slab_at(&all->slab, i);
        bool same = same_mac(&r->controller_mac, a)
                        ? same_mac(&r->device_mac, b)
                        : same_mac(&r->controller_mac, b) && same_mac(&r->device_mac, a);
        if (!same || r->vlan != vlan)
            continue;
        if (!found || relation_is_open(r) > relation_is_open(found) ||
            (relation_is_open(r) == relation_is_open(found) && r->packet > found->packet))
            found = r;
    }
    return found;
}

static struct relation *room(struct relations *all)
{
    struct relation *r = slab_take(&all->slab);
    struct node *oldest = all->order.next;

    if (r)
        return r;
    list_each (&all->order, node) {
        if (!relation_is_open(CONTAINER(node, struct relation, node))) {
            oldest = node;
            break;
        }
    }
    r = CONTAINER(oldest, struct relation, node);
    all->lost++;
    drop_submodules(all, r);
    map_remove(&all->by_uuid, r->hash, slab_index(&all->slab, r));
    map_remove(&all->by_pair, r->pair_hash, slab_index(&all->slab, r));
    list_remove(&r->node);
    return r;
}

static struct relation *add(struct plant *p, struct slice uuid, const struct event *e,
                            const struct mac *src, const struct mac *dst, uint16_t vlan)
{
    struct relations *all = p->relations;
    struct relation *r = room(all);

    *r = (struct relation){.controller = e->src,
                           .device = e->dst,
                           .port = e->sport,
                           .device_port = e->dport,
                           .controller_mac = *src,
                           .device_mac = *dst,
                           .vlan = vlan,
                           .uid = e->uid,
                           .packet = e->ordinal + 1,
                           .last = p->now};
    memcpy(r->uuid, uuid.p, UUID_LENGTH);
    r->hash = (uint32_t)hash_bytes(uuid.p, UUID_LENGTH, 0);
    r->pair_hash = pair_hash(src, dst, vlan);
    map_add(&all->by_uuid, r->hash, slab_index(&all->slab, r));
    map_add(&all->by_pair, r->pair_hash, slab_index(&all->slab, r));
    list_append(&all->order, &r->node);
    return r;
}

// ---------------------------------------------------------------- steps

static void add_step(struct plant *p, const struct relation *r, enum step_kind kind, nsec asked,
                     uint64_t packet, nsec answered, uint32_t status)
{
    bool back = kind == STEP_READY;
    struct plant_step s = {.kind = (uint8_t)kind,
                           .first = asked,
                           .last = asked,
                           .took = answered ? answered - asked : -1,
                           .packet = packet,
                           .count = 1,
                           .client = back ? r->device_mac : r->controller_mac,
                           .server = back ? r->controller_mac : r->device_mac,
                           .has_client = true,
                           .has_server = true,
                           .vlan = r->vlan,
                           .status = status,
                           .name = kind == STEP_CONNECT ? r->name : 0};

    s.outcome = !answered ? DCP_UNANSWERED : status ? DCP_REFUSED : DCP_DONE;
    steps_add(p, &s);
}

static void end_pending(struct plant *p, struct relation *r)
{
    if (r->pending)
        add_step(p, r, (enum step_kind)(r->pending - 1), r->pending_at, r->pending_packet, 0,
                 0);
    r->pending = 0;
}

static int step_of(const struct ev_profinet_io_cm *e)
{
    switch (e->opnum) {
    case PNIO_CONNECT: return STEP_CONNECT;
    case PNIO_RELEASE: return STEP_RELEASE;
    case PNIO_READ:
    case OP_READ_IMPLICIT: return STEP_READ;
    case PNIO_WRITE: return STEP_WRITE;
    case PNIO_CONTROL: return e->interface == CONTROLLER_INTERFACE ? STEP_READY : STEP_PRM_END;
    default: return -1;
    }
}

// ---------------------------------------------------------------- calls

static void on_connect(struct plant *p, const struct ev_profinet_connect *e)
{
    struct relation *r = find(p, e->ar_uuid, &e->head.src, &e->head.dst);

    if (r && is_between(r, &e->head.src, &e->head.dst) &&
        (r->state == RELATION_CONNECTED || r->state == RELATION_RUNNING)) {
        r->state = RELATION_ABORTED;
        r->why = "its controller connected anew";
        find_ended(p, r);
        r = NULL;
    }
    bool again = r && !r->told && is_between(r, &e->head.src, &e->head.dst) &&
                 (r->state <= RELATION_STARTING || r->state == RELATION_REFUSED);
    if (!again) {
        r = add(p, e->ar_uuid, &e->head, &e->src_mac, &e->dst_mac, e->vlan);
        r->connect = p->now;
    }
    drop_submodules(p->relations, r);
    r->connect = r->connect ? r->connect : p->now;
    r->n_iocrs = 0;
    r->state = RELATION_STARTING;
    r->type = e->type;
    r->session = e->session;
    r->timeout = e->timeout;
    r->properties = e->properties;
    r->names_device = e->names_device;
    r->device_id = e->device_id;
    r->vendor_id = e->vendor_id;
    r->name = name_of(p, e->name, false);
    struct station *s = station_of(p, &e->src_mac, e->vlan);
    s->last = p->now;
    s->connects++;
    station_firm(p, s);
}

static void on_iocr(struct relation *r, const struct ev_profinet_iocr *e)
{
    for (uint32_t i = 0; e->answer && i < r->n_iocrs; i++)
        if (r->iocr[i].reference == e->reference)
            r->iocr[i].frame_id = e->frame_id;
    if (e->answer || r->n_iocrs == RELATION_IOCRS)
        return;
    r->iocr[r->n_iocrs++] = (struct iocr){.type = e->type,
                                          .reference = e->reference,
                                          .frame_id = e->frame_id,
                                          .length = e->length,
                                          .units = e->units,
                                          .watchdog = e->watchdog,
                                          .rt_class = e->rt_class};
}

static void note_time(nsec *t, nsec now)
{
    if (!*t)
        *t = now;
}

static void on_call(struct plant *p, struct relation *r, const struct ev_profinet_io_cm *e)
{
    int step = step_of(e);

    end_pending(p, r);
    if (step < 0)
        return;
    r->pending = (uint8_t)(step + 1);
    r->pending_at = p->now;
    r->pending_packet = e->packet;
    switch (step) {
    case STEP_CONNECT: r->connects++; break;
    case STEP_WRITE:
        r->writes++;
        note_time(&r->write, p->now);
        break;
    case STEP_READ: r->reads++; break;
    case STEP_PRM_END:
        if (e->command_bits == PNIO_PRM_END)
            note_time(&r->prm_end, p->now);
        break;
    case STEP_READY:
        note_time(&r->ready, p->now);
        find_progress(p, r);
        break;
    case STEP_RELEASE: note_time(&r->release, p->now); break;
    default: break;
    }
}

// Cyclic data need the MACs of both: no router stands between, so the addresses are theirs.
static void deduce(struct plant *p, const struct mac *m, uint16_t vlan, const struct addr *ip,
                   uint32_t name)
{
    struct station *s = station_of(p, m, vlan);

    if (s->ip_by <= KNOWN_DEDUCED) {
        s->ip = *ip;
        s->ip_by = KNOWN_DEDUCED;
    }
    if (!s->name && name && s->name_by <= KNOWN_DEDUCED) {
        s->name = name;
        s->name_by = KNOWN_DEDUCED;
    }
}

static void be_connected(struct plant *p, struct relation *r)
{
    if (r->n_iocrs) {
        deduce(p, &r->controller_mac, r->vlan, &r->controller, r->name);
        deduce(p, &r->device_mac, r->vlan, &r->device, 0);
    }
    struct station *s = station_of(p, &r->device_mac, r->vlan);
    note_time(&r->connected, p->now);
    if (r->state < RELATION_CONNECTED || r->state == RELATION_REFUSED)
        r->state = RELATION_CONNECTED;
    s->last = s->last_connected = p->now;
    station_firm(p, s);
    find_progress(p, r);
    find_connected(p, r);
}

static void on_answer(struct plant *p, struct relation *r, const struct ev_profinet_io_cm *e)
{
    int step = step_of(e);

    r->pending = 0;
    if (step >= 0)
        add_step(p, r, (enum step_kind)step, e->paired_ts, e->paired_packet, p->now, e->status);
    if (step == STEP_CONNECT && !e->status) {
        be_connected(p, r);
    } else if (step == STEP_CONNECT) {
        r->state = RELATION_REFUSED;
        r->status = e->status;
        drop_submodules(p->relations, r);
        find_refused(p, r);
    } else if (e->status) {
        return;
    } else if (step == STEP_WRITE || step == STEP_PRM_END) {
        find_progress(p, r);
    } else if (step == STEP_READY && relation_is_open(r)) {
        note_time(&r->running, p->now);
        r->state = RELATION_RUNNING;
    } else if (step == STEP_RELEASE && relation_is_open(r)) {
        r->state = RELATION_RELEASED;
        find_ended(p, r);
    }
}

static void on_message(struct plant *p, const struct ev_profinet_io_cm *e)
{
    struct relation *r = find(p, e->ar_uuid, &e->source_h, &e->destination_h);

    find_answer(p, e);
    if (e->malformed || e->match > PNIO_ANSWER)
        return;
    p->packet = e->packet;
    if (e->match == PNIO_CALL)
        find_call(p, e);
    if (e->match == PNIO_CALL && e->opnum == OP_READ_IMPLICIT)
        find_read(p, e);
    if (r && !is_between(r, &e->source_h, &e->destination_h)) {
        if (e->match == PNIO_CALL && (e->opnum == PNIO_RELEASE || e->opnum == PNIO_CONTROL))
            find_foreign(p, r, e);
        return;
    }
    if (!r && e->ar_uuid.n == UUID_LENGTH && e->match == PNIO_CALL &&
        e->interface != CONTROLLER_INTERFACE)
        r = add(p, e->ar_uuid, &e->head, &e->src_mac, &e->dst_mac, 0);
    if (!r)
        return;
    r->last = p->now;
    station_of(p, &e->src_mac, r->vlan)->last = p->now;
    list_move_last(&p->relations->order, &r->node);
    if (e->match == PNIO_CALL && e->opnum == PNIO_WRITE)
        find_write(p, e);
    if (e->match == PNIO_CALL)
        on_call(p, r, e);
    else
        on_answer(p, r, e);
}

// ---------------------------------------------------------------- alarms, I&M

static void on_alarm(struct plant *p, const struct ev_profinet_alarm *e)
{
    uint16_t vlan = e->head.present >> FI_profinet_alarm_vlan & 1 ? e->vlan : 0;
    struct relation *r = relation_between(p, &e->src_mac, &e->dst_mac, vlan);

    if (!r || e->malformed)
        return;
    p->packet = e->packet;
    r->last = r->last > e->head.ts ? r->last : e->head.ts;
    if (e->alarm_type) {
        r->alarms++;
        return;
    }
    note_time(&r->abort, e->head.ts);
    if (!relation_is_open(r))
        return;
    if (r->release) { // it says that the Release came
        r->state = RELATION_RELEASED;
        return;
    }
    r->state = RELATION_ABORTED;
    r->status = e->status;
    struct plant_step s = {.kind = STEP_ABORT,
                           .first = e->head.ts,
                           .last = e->head.ts,
                           .took = -1,
                           .packet = e->packet,
                           .count = 1,
                           .client = e->src_mac,
                           .server = e->dst_mac,
                           .has_client = true,
                           .has_server = true,
                           .vlan = vlan,
                           .status = e->status};
    steps_add(p, &s);
    find_ended(p, r);
}

static void keep_text(char *to, uint8_t *n, struct slice s)
{
    *n = (uint8_t)min_u32(s.n, IDENTITY_MOST);
    if (*n)
        memcpy(to, s.p, *n);
}

// What the access point (slot 0) tells of itself; of others only if it told nothing.
static void on_im0(struct plant *p, const struct ev_profinet_im0 *e)
{
    struct station *s = station_of(p, &e->mac, e->vlan);

    if (s->has_im0 && e->slot)
        return;
    s->has_im0 = true;
    s->hardware = e->hardware;
    keep_text(s->order_id, &s->order_n, e->order_id);
    keep_text(s->serial, &s->serial_n, e->serial);
    keep_text(s->software, &s->software_n, e->software);
    s->last = p->now;
    station_firm(p, s);
}

void relation_event(struct plant *p, const struct event *e)
{
    struct relation *r;

    switch (e->id) {
    case EV_profinet_connect: on_connect(p, (const void *)e); break;
    case EV_profinet_io_cm: on_message(p, (const void *)e); break;
    case EV_profinet_alarm: on_alarm(p, (const void *)e); break;
    case EV_profinet_im0: on_im0(p, (const void *)e); break;
    case EV_profinet_iocr:
        if ((r = find(p, ((const struct ev_profinet_iocr *)(const void *)e)->ar_uuid, &e->src,
                      &e->dst)) &&
            is_between(r, &e->src, &e->dst))
            on_iocr(r, (const void *)e);
        break;
    case EV_profinet_module:
        if ((r = find(p, ((const struct ev_profinet_module *)(const void *)e)->ar_uuid, &e->src,
                      &e->dst)) &&
            is_between(r, &e->src, &e->dst))
            on_module(p, r, (const void *)e);
        break;
    default: break;
    }
}

void relations_tick(struct plant *p, bool seam)
{
    if (seam)
        list_each (&p->relations->order, node)
            CONTAINER(node, struct relation, node)->progress = 0;
    find_late(p);
}

void relations_end(struct plant *p)
{
    list_each (&p->relations->order, node) {
        struct relation *r = CONTAINER(node, struct relation, node);
        end_pending(p, r);
        find_ended(p, r);
    }
}
