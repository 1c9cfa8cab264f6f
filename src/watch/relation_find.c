// SPDX-License-Identifier: Apache-2.0
// Findings about application relations (specification of RPC, A6): who connects, is refused, is
// driven out; starts that stop on their way.
#include "base/hash.h"
#include "watch/relation.h"

enum { MANY_REFUSED = 5, FLAPPING = 3, MANY_LATE = 3, SUPERVISOR = 6, DEVICE_ACCESS = 0x100 };
#define FLAP_TIME  (600 * SECOND)
#define DRIVEN_OUT (10 * SECOND)  // an old relation ends so soon behind the new one
#define READY_MOST (300 * SECOND) // a device may take so long until it is ready
#define PATIENCE   600            // of a controller that tells none, in units of 100 ms

struct words {
    char s[160];
};

static struct words status_words(uint32_t status)
{
    struct text t = {0};
    struct words w = {{0}};

    pnio_status(&t, status);
    memcpy(w.s, t.p, t.n < sizeof(w.s) ? t.n : sizeof(w.s) - 1);
    text_free(&t);
    return w;
}

// ---------------------------------------------------------------- Connect

void find_refused(struct plant *p, const struct relation *r)
{
    struct station *s = station_of(p, &r->device_mac, r->vlan);
    struct note_slot *n;

    if (p->now - s->refused_since > PLANT_MINUTE) {
        s->refused_since = p->now;
        s->refused = 0;
    }
    n = note_raise(p, NOTE_pn_connect_refused,
                   ++s->refused >= MANY_REFUSED ? SEVERITY_MEDIUM : SEVERITY_LOW,
                   &r->controller_mac, &r->device_mac, r->status);
    note_msg(n, "%s refuses to be connected: %s", mac_words(&r->device_mac).s,
             status_words(r->status).s);
    note_evidence(n, "%u within a minute; status 0x%08x", s->refused, r->status);
}

static void find_stranger(struct plant *p, const struct relation *r)
{
    struct station *client = station_of(p, &r->controller_mac, r->vlan);
    struct note_slot *n;

    if (station_learning(p))
        client->allowed = true;
    if (client->allowed)
        return;
    n = note_raise(p, NOTE_pn_connect_unknown_controller, SEVERITY_HIGH, &r->controller_mac,
                   &r->device_mac, 0);
    note_msg(n, "%s connects %s, and never connected or set anything before",
             mac_words(&r->controller_mac).s, mac_words(&r->device_mac).s);
    note_evidence(n, "as %s", r->name ? plant_name(p, r->name) : "a station without a name");
}

static void find_flapping(struct plant *p, const struct relation *r)
{
    struct station *s = station_of(p, &r->device_mac, r->vlan);
    struct note_slot *n;

    if (p->now - s->flap_since > FLAP_TIME || !same_mac(&s->flapper, &r->controller_mac)) {
        s->flap_since = p->now;
        s->flapper = r->controller_mac;
        s->flaps = 0;
    }
    if (++s->flaps < FLAPPING)
        return;
    n = note_raise(p, NOTE_pn_ar_flapping, SEVERITY_MEDIUM, &r->controller_mac, &r->device_mac,
                   0);
    note_msg(n, "%s is connected again and again without a Release",
             mac_words(&r->device_mac).s);
    note_evidence(n, "%u times in %u s", s->flaps,
                  (uint32_t)((p->now - s->flap_since) / SECOND));
}

static void find_supervisor(struct plant *p, const struct relation *r)
{
    bool only_access = r->properties & DEVICE_ACCESS;
    struct note_slot *n;

    if (r->type != SUPERVISOR)
        return;
    n = note_raise(p, NOTE_pn_supervisor_takeover,
                   only_access ? SEVERITY_INFO : SEVERITY_MEDIUM, &r->controller_mac,
                   &r->device_mac, 0);
    note_msg(n, "a supervisor connects %s while a controller runs it",
             mac_words(&r->device_mac).s);
    note_evidence(n, "%s", only_access ? "for access to the device only" : "it may take over");
}

static void find_mismatch(struct plant *p, const struct relation *r)
{
    const struct station *s = station_find(p, &r->device_mac, r->vlan);
    struct note_slot *n;

    if (!r->names_device || !s || !s->has_id ||
        (s->vendor == r->vendor_id && s->device == r->device_id))
        return;
    n = note_raise(p, NOTE_pn_identity_mismatch, SEVERITY_MEDIUM, &r->controller_mac,
                   &r->device_mac, 0);
    note_msg(n, "%s was called as another device than it says it is",
             mac_words(&r->device_mac).s);
    note_evidence(n, "called %04x:%04x, DCP tells %04x:%04x", r->vendor_id, r->device_id,
                  s->vendor, s->device);
}

// Others that have the device now: the new one is their rival until they are seen to go on.
static bool mark_rivals(struct plant *p, const struct relation *r)
{
    bool any = false;

    list_each (&p->relations->order, node) {
        struct relation *old = CONTAINER(node, struct relation, node);
        if (old == r || !addr_equal(&old->device, &r->device) ||
            addr_equal(&old->controller, &r->controller) || old->type == SUPERVISOR ||
            (old->state != RELATION_CONNECTED && old->state != RELATION_RUNNING))
            continue;
        old->rival_at = p->now;
        old->rival = r->controller_mac;
        any = true;
    }
    return any;
}

void find_connected(struct plant *p, struct relation *r)
{
    find_stranger(p, r);
    find_flapping(p, r);
    find_mismatch(p, r);
    if (mark_rivals(p, r))
        find_supervisor(p, r);
}

// ---------------------------------------------------------------- ends

// Aborted, or its data stopped, soon after another controller had connected the device. A
// Release before that is no such end; two controllers that share a device both go on.
void find_ended(struct plant *p, struct relation *r)
{
    nsec data, end;
    struct note_slot *n;

    if (r->state == RELATION_RELEASED) {
        station_of(p, &r->device_mac, r->vlan)->flaps = 0;
        return;
    }
    if (!r->rival_at || r->state == RELATION_TAKEN_OVER)
        return;
    data = relation_last_data(p, r);
    end = r->state == RELATION_ABORTED ? (r->abort ? r->abort : p->now) : data;
    bool over = r->state == RELATION_ABORTED || (data && p->now - data > DRIVEN_OUT / 2);
    if (!over || end - r->rival_at > DRIVEN_OUT)
        return;
    r->state = RELATION_TAKEN_OVER;
    n = note_raise(p, NOTE_pn_ar_taken_over, SEVERITY_HIGH, &r->rival, &r->device_mac, 0);
    note_msg(n, "%s took %s over from %s", mac_words(&r->rival).s, mac_words(&r->device_mac).s,
             mac_words(&r->controller_mac).s);
    note_evidence(n, "the old relation ended %lld ms after the new one was accepted",
                  (long long)((end - r->rival_at) / MSEC));
}

void find_stopped(struct plant *p, const struct stream *s)
{
    struct relation *r = relation_between(p, &s->src, &s->dst, s->vlan);
    bool ended = r && (!relation_is_open(r) || r->release || r->abort);
    struct note_slot *n;

    if (ended)
        return;
    n = note_raise(p, NOTE_pn_provider_stopped, SEVERITY_MEDIUM, &s->src, &s->dst, s->frame_id);
    note_msg(n, "%s went to stop while it exchanges data", mac_words(&s->src).s);
    note_evidence(n, "data status of FrameID 0x%04x: provider stopped", s->frame_id);
}

// ---------------------------------------------------------------- starts that stop

// For a relation that only accesses the device nothing follows.
static bool is_on_its_way(const struct relation *r)
{
    return r->state == RELATION_CONNECTED && r->progress && !r->late && r->type != SUPERVISOR &&
           !(r->properties & DEVICE_ACCESS);
}

static nsec deadline(const struct relation *r)
{
    nsec most = (r->timeout ? r->timeout : PATIENCE) * (100 * (nsec)MSEC);
    bool device = r->prm_end && !r->ready;

    return r->progress + (device && most < READY_MOST ? READY_MOST : most);
}

void find_progress(struct plant *p, struct relation *r)
{
    nsec *due = &p->relations->due;

    r->progress = p->now;
    if (is_on_its_way(r) && (!*due || deadline(r) < *due))
        *due = deadline(r);
}

static void tell_late(struct plant *p, struct relation *r)
{
    struct station *s = station_of(p, &r->device_mac, r->vlan);
    struct note_slot *n;

    r->late = true;
    if (p->now - s->late_since > FLAP_TIME) {
        s->late_since = p->now;
        s->lates = 0;
    }
    p->uid = r->uid;
    p->packet = r->packet;
    n = note_raise(p, NOTE_pn_ar_startup_timeout,
                   ++s->lates >= MANY_LATE ? SEVERITY_MEDIUM : SEVERITY_LOW, &r->controller_mac,
                   &r->device_mac, 0);
    note_msg(n, "%s was connected, and does not get into operation: %s",
             mac_words(&r->device_mac).s,
             r->ready     ? "its ApplicationReady is not answered"
             : r->prm_end ? "no ApplicationReady comes"
                          : "its parameters are not ended");
    note_evidence(n, "nothing for %lld s; %u such %s in ten minutes",
                  (long long)((deadline(r) - r->progress) / SECOND), s->lates,
                  s->lates == 1 ? "start" : "starts");
}

void find_late(struct plant *p)
{
    nsec due = 0;

    if (!p->relations->due || p->now <= p->relations->due)
        return;
    list_each (&p->relations->order, node) {
        struct relation *r = CONTAINER(node, struct relation, node);
        if (!is_on_its_way(r))
            continue;
        if (p->now > deadline(r))
            tell_late(p, r);
        else if (!due || deadline(r) < due)
            due = deadline(r);
    }
    p->relations->due = due;
}
