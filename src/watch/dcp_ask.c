// SPDX-License-Identifier: Apache-2.0
// Findings about Identify requests (specification of DCP, section 7): names that nobody has,
// the load of looking for them, scans, and requests that leak between segments.
#include "watch/plant_parts.h"

#include "base/hash.h"

#define PROBE_LEAST (30 * SECOND) // between two looks for the own name
#define OLD         (120 * SECOND)
#define LASTING     (300 * SECOND) // then a missing name is told before the end
enum { SWEEP = 10, MISSING = 3, LOAD_LOW = 10, LOAD_HIGH = 20 };

// ---------------------------------------------------------------- searches

static struct search *search_find(const struct plant *p, const struct mac *client,
                                  uint16_t vlan, uint32_t name, uint32_t hash)
{
    map_each (&p->search_map, hash, at, i) {
        struct search *s = slab_at(&p->searches, i);
        if (s->name == name && s->vlan == vlan && same_mac(&s->client, client))
            return s;
    }
    return NULL;
}

static struct search *search_of(struct plant *p, const struct mac *client, uint16_t vlan,
                                uint32_t name)
{
    uint32_t hash = (uint32_t)hash_bytes(client, sizeof(*client), (uint64_t)name << 16 | vlan);
    struct search *s = search_find(p, client, vlan, name, hash);

    if (s)
        return s;
    s = slab_take(&p->searches);
    if (!s) { // that of the longest ago makes room
        s = CONTAINER(p->searched.next, struct search, node);
        map_remove(&p->search_map, s->hash, slab_index(&p->searches, s));
        list_remove(&s->node);
        p->sums.names_lost++;
    }
    *s = (struct search){.client = *client, .vlan = vlan, .name = name, .hash = hash};
    s->packet = p->packet;
    s->uid = p->uid;
    list_append(&p->searched, &s->node);
    map_add(&p->search_map, hash, slab_index(&p->searches, s));
    return s;
}

// It looked for another station, after all.
static void forget_probe(struct station *s)
{
    s->irregular = true;
    s->self_probe = false;
    if (s->name_by == KNOWN_DEDUCED) {
        s->name = 0;
        s->name_by = KNOWN_NOT;
    }
}

// Switches ask for their own name every minute, to find a double; nobody should answer.
static void note_probe(const struct plant *p, struct station *s, uint32_t name)
{
    nsec gap = p->now - s->probe_last;

    if (s->probes && (name != s->asked_name || gap < PROBE_LEAST))
        s->irregular = true;
    else if (s->probes > 1 &&
             (gap < s->probe_interval * 9 / 10 || gap > s->probe_interval * 11 / 10))
        s->irregular = true;
    else if (s->probes == 1)
        s->probe_interval = gap;
    s->asked_name = name;
    s->probe_last = p->now;
    s->probes++;
    if (s->irregular)
        forget_probe(s);
    else if (s->probes > 1)
        s->self_probe = true;
    if (s->name_by > KNOWN_DEDUCED && s->name == name)
        s->self_probe = true;
    if (s->self_probe && s->name_by <= KNOWN_DEDUCED) {
        s->name = name;
        s->name_by = KNOWN_DEDUCED;
    }
}

// A single question says nothing yet.
static bool may_be_probe(const struct station *s)
{
    return s->self_probe || (!s->irregular && s->probes <= 1);
}

// Whether an answer to this client would be seen at this place of the network.
bool dcp_sees_answers(const struct plant *p, const struct station *client, nsec at)
{
    return p->answers_seen && client->last_unicast && at - client->last_unicast <= PLANT_FRESH;
}

// ---------------------------------------------------------------- scans

static void note_scan(struct plant *p, struct station *s, const struct ev_profinet_dcp *e)
{
    bool unicast = !(e->dst_mac.b[0] & 1);
    bool known = s->allowed || station_learning(p);
    struct note_slot *n;

    if (!(e->asks & (DCP_BY_NAME | DCP_BY_ALIAS))) {
        s->scanned = true;
        n = note_raise(p, NOTE_dcp_scan, known ? SEVERITY_INFO : SEVERITY_MEDIUM, &s->mac, NULL,
                       0);
        note_msg(n, "%s asks %s who they are", mac_words(&s->mac).s,
                 unicast                ? "stations one by one"
                 : e->asks & DCP_BY_ALL ? "all stations"
                                        : "all stations of a kind");
    }
    if (unicast)
        dcp_sweep(p, s, &e->dst_mac);
}

void dcp_sweep(struct plant *p, struct station *s, const struct mac *target)
{
    uint32_t asked = lately_add(&s->swept, target, sizeof(*target), p->now);
    struct note_slot *n;

    if (asked < SWEEP || s->allowed)
        return;
    n = note_raise(p, NOTE_dcp_scan, station_learning(p) ? SEVERITY_INFO : SEVERITY_MEDIUM,
                   &s->mac, NULL, 1);
    note_msg(n, "%s asks one station after the other", mac_words(&s->mac).s);
    note_evidence(n, "at least %u stations in a minute", asked);
}

// DCP cannot be routed: one question in two VLANs has leaked. Untagged may be a copy of tagged.
static void note_leak(struct plant *p, const struct ev_profinet_dcp *e)
{
    uint16_t vlan = vlan_of(e);
    struct seen_xid *x =
        &p->seen_xid[hash_bytes(&e->src_mac, sizeof(e->src_mac), e->xid) % SEEN_XIDS];
    struct note_slot *n;

    if (x->ts && p->now - x->ts <= SECOND && x->xid == e->xid && x->vlan != vlan && x->vlan &&
        vlan && same_mac(&x->client, &e->src_mac)) {
        n = note_raise(p, NOTE_dcp_crosses_subnet, SEVERITY_LOW, &e->src_mac, NULL, 0);
        note_msg(n, "DCP of %s leaks between segments", mac_words(&e->src_mac).s);
        note_evidence(n, "Xid 0x%08x in VLAN %u and %u", e->xid, x->vlan, vlan);
    }
    *x = (struct seen_xid){e->src_mac, vlan, e->xid, p->now};
}

void dcp_asked(struct plant *p, const struct ev_profinet_dcp *e)
{
    uint16_t vlan = vlan_of(e);
    struct station *s = station_of(p, &e->src_mac, vlan);
    bool by_name = e->asks & DCP_BY_NAME && e->name_of_station.n;
    uint32_t name = by_name ? name_of(p, e->name_of_station, false) : 0;
    bool fresh = false;

    s->identify++;
    if (name) {
        struct search *search = search_of(p, &s->mac, vlan, name);
        fresh = !search->last || p->now - search->last > SLOTS * SECOND;
        if (!search->sent++)
            search->first = p->now;
        search->last = p->now;
    }
    if (by_name && e->match == DCP_NEW)
        note_probe(p, s, name);
    s->allowed |= station_learning(p) && station_controls(s);
    dcp_flood_asked(p, s, e->asks & DCP_BY_ALL, fresh);
    note_leak(p, e);
    if (!dcp_in_flood(p, p->now))
        note_scan(p, s, e);
}

// ---------------------------------------------------------------- what became of them

// The commissioning guideline of PROFINET: a controller that looks for more than 20 devices
// after its start loads the network too much.
static void note_load(struct plant *p, struct station *s, struct search *search)
{
    bool old = p->now - s->first > OLD || station_running(p, s);
    struct note_slot *n;

    if (!old || may_be_probe(s) || (!dcp_sees_answers(p, s, p->now) && search->sent < MISSING))
        return;
    if (!s->load_since || p->now - s->load_since > PLANT_MINUTE) {
        s->load_since = p->now;
        s->load = 0;
    }
    if (search->load_since == s->load_since)
        return;
    search->load_since = s->load_since;
    s->load++;
    n = note_raise(p, NOTE_dcp_multicast_load,
                   s->load > LOAD_HIGH  ? SEVERITY_MEDIUM
                   : s->load > LOAD_LOW ? SEVERITY_LOW
                                        : SEVERITY_INFO,
                   &s->mac, NULL, 0);
    note_msg(n, "%s still looks for devices after its start%s", mac_words(&s->mac).s,
             s->load > LOAD_HIGH
                 ? ": multicast load too high, trouble-free operation is not assured"
             : s->load > LOAD_LOW ? ": high multicast load"
                                  : "; planned absence?");
    note_evidence(n, "%u %s without an answer within a minute, %s the last", s->load,
                  s->load == 1 ? "name" : "names", plant_name(p, search->name));
}

void dcp_searched(struct plant *p, const struct ev_profinet_step *e)
{
    struct station *s = station_of(p, &e->client, e->vlan);
    uint32_t name = name_find(p, e->name);
    struct note_slot *n;

    if (dcp_in_flood(p, e->asked))
        return;
    if (e->outcome == DCP_UNANSWERED && e->asks & DCP_BY_ALL) {
        n = note_raise(p, NOTE_dcp_identify_unanswered, SEVERITY_INFO, &e->client, NULL, 0);
        note_msg(n, "nobody answers %s, which asked all", mac_words(&e->client).s);
    }
    if (!name || !(e->asks & DCP_BY_NAME))
        return;
    struct search *search = search_of(p, &e->client, e->vlan, name);
    if (e->answers) {
        search->found++;
        search->found_at = e->answered;
        forget_probe(s);
    } else if (e->outcome == DCP_UNANSWERED) {
        search->unanswered++;
        note_load(p, s, search);
    }
}

static void tell_missing(struct plant *p, const struct search *s, const struct station *client)
{
    bool lasting = s->unanswered >= MISSING || s->last - s->first >= 10 * SECOND;
    bool visible = dcp_sees_answers(p, client, s->last);
    bool late = s->last - client->first > PLANT_START_UP;
    uint32_t seconds = (uint32_t)((s->last - s->first) / SECOND);
    struct note_slot *n;

    if (s->found && !lasting)
        return;
    n = note_raise(p, NOTE_dcp_identify_unanswered,
                   lasting && visible && late && !s->found ? SEVERITY_LOW : SEVERITY_INFO,
                   &s->client, NULL, s->name);
    if (!n)
        return;
    n->first = s->first;
    n->last = s->last;
    n->count = s->sent;
    n->packet = s->packet;
    n->uid = s->uid;
    if (s->found)
        note_msg(n, "%.100s was found after %u requests, %u s", plant_name(p, s->name), s->sent,
                 (uint32_t)((s->found_at - s->first) / SECOND));
    else
        note_msg(n, "no station has the name %.100s", plant_name(p, s->name));
    note_evidence(n, "%s asked %u %s in %u s%s", mac_words(&s->client).s, s->sent,
                  s->sent == 1 ? "time" : "times", seconds,
                  visible ? "" : "; answers are not visible at this point");
}

// Two stations that look for their own name by the same one.
static void tell_double(struct plant *p, struct search *s, const struct station *client)
{
    struct name *name = &p->names[s->name];
    struct note_slot *n;

    if (!name->prober || same_mac(&name->prober->client, &s->client)) {
        name->prober = s;
        return;
    }
    const struct station *other = station_find(p, &name->prober->client, name->prober->vlan);
    bool both = client->self_probe && other && other->self_probe;
    if (!client->self_probe && !(other && other->self_probe))
        return;
    n = note_raise(p, NOTE_dcp_duplicate_name, both ? SEVERITY_MEDIUM : SEVERITY_LOW,
                   &name->prober->client, &s->client, s->name);
    note_msg(n, "two stations look for their own name %.100s%s", name->text,
             !strcmp(name->text, "pn-io") ? ", a default name" : "");
    note_evidence(n, "%u and %u requests", name->prober->sent, s->sent);
}

static void tell_rivals(struct plant *p, struct search *s)
{
    struct name *name = &p->names[s->name];
    const struct search *other = name->searcher;
    struct note_slot *n;

    if (s->sent < MISSING || s->last - s->first > (s->sent - 1) * 30 * SECOND)
        return;
    name->searcher = s;
    if (!other || other->last < s->first || s->last < other->first)
        return;
    n = note_raise(p, NOTE_dcp_two_masters, SEVERITY_MEDIUM, &other->client, &s->client,
                   s->name);
    note_msg(n, "two controllers look for %.100s", name->text);
    note_evidence(n, "%u and %u requests", other->sent, s->sent);
}

void dcp_searches_tick(struct plant *p)
{
    list_each (&p->searched, node) {
        struct search *s = CONTAINER(node, struct search, node);
        const struct station *client = station_find(p, &s->client, s->vlan);
        if (s->told || s->found || s->last - s->first < LASTING || !client ||
            s->last - client->first <= PLANT_START_UP || may_be_probe(client) ||
            dcp_in_flood(p, s->first) || !dcp_sees_answers(p, client, s->last))
            continue;
        s->told = true;
        tell_missing(p, s, client);
    }
}

void dcp_searches_end(struct plant *p)
{
    list_each (&p->searched, node) {
        struct search *s = CONTAINER(node, struct search, node);
        const struct station *client = station_find(p, &s->client, s->vlan);
        if (!client || dcp_in_flood(p, s->first))
            continue;
        if (may_be_probe(client)) {
            tell_double(p, s, client);
        } else if (s->unanswered) {
            if (!s->told)
                tell_missing(p, s, client);
            tell_rivals(p, s);
        }
    }
}
