// SPDX-License-Identifier: Apache-2.0
// Findings about answers and what they tell (specification of DCP, section 7): doubles, forged
// answers, answers at the wrong time, restarts, messages that break the rules.
#include "watch/plant_parts.h"

#include "base/hash.h"

enum { ROUTER_IPS = 5, NEAR_MACS = 4, EARLY_USUAL = 3, SCORE_FIRES = 4, MALFORMED_MANY = 10 };
enum { HELLOS_MANY = 10, BURSTS_MANY = 3, IP_CONFLICT = 0x80 };
#define IDENTIFY_MOST (65 * SECOND) // no answer comes later
#define GET_SET_MOST  (3 * SECOND)

// ---------------------------------------------------------------- doubles

// Interfaces of one station: neighbouring addresses, and all else alike.
static bool one_station(const struct station *a, const struct station *b)
{
    int apart = a->mac.b[5] - b->mac.b[5];

    return !memcmp(&a->mac, &b->mac, 5) && apart <= NEAR_MACS && apart >= -NEAR_MACS &&
           a->has_id && b->has_id && a->vendor == b->vendor && a->device == b->device &&
           a->type_n == b->type_n && !memcmp(a->type, b->type, a->type_n) &&
           ip_number(&a->ip) && addr_equal(&a->ip, &b->ip);
}

// The other fell silent before this one appeared.
static bool replaced(const struct station *other, const struct station *s)
{
    return other->last < s->first;
}

static enum severity double_weight(const struct station *other, const struct station *s,
                                   bool together, const char **why)
{
    *why = "";
    if (one_station(other, s)) {
        *why = ": several interfaces";
        return SEVERITY_LOW;
    }
    if (!together && replaced(other, s)) {
        *why = ": device replaced";
        return SEVERITY_INFO;
    }
    return SEVERITY_HIGH;
}

// The same for both orders of the two.
static struct note_slot *raise_double(struct plant *p, enum note note, enum severity severity,
                                      const struct mac *a, const struct mac *b,
                                      uint64_t subject)
{
    bool swap = memcmp(a, b, sizeof(*a)) > 0;

    return note_raise(p, note, severity, swap ? b : a, swap ? a : b, subject);
}

void dcp_named(struct plant *p, struct station *s, uint32_t name, uint64_t request)
{
    struct owner o = {s->mac, s->vlan, p->now, request}, other;
    const struct station *rival;
    struct note_slot *n;
    const char *why;

    if (!owner_add(p, p->names[name].owner, &o, &other) ||
        !(rival = station_find(p, &other.mac, other.vlan)) || rival->name != name)
        return;
    bool together = request && request == other.request;
    enum severity severity = double_weight(rival, s, together, &why);
    if (rival->has_id && s->has_id && rival->vendor != s->vendor) {
        n = note_raise(p, NOTE_dcp_identity_change, SEVERITY_MEDIUM, &s->mac, &rival->mac,
                       name);
        note_msg(n, "the name %.100s moved to a station of another vendor",
                 plant_name(p, name));
        note_evidence(n, "0x%04x before, now 0x%04x", rival->vendor, s->vendor);
    }
    n = raise_double(p, NOTE_dcp_duplicate_name, severity, &s->mac, &rival->mac, name);
    note_msg(n, "two stations have the name %.100s%s", plant_name(p, name), why);
    note_evidence(n, "%s and %s%s", mac_words(&other.mac).s, mac_words(&s->mac).s,
                  together ? ", both in answer to one request" : "");
}

// Addresses that routers share, and stations that answer for others, own nothing.
static bool owns_nothing(const struct station *s)
{
    static const uint8_t vrrp[5] = {0, 0, 0x5e, 0, 1}, hsrp[5] = {0, 0, 0x0c, 7, 0xac};

    return !memcmp(&s->mac, vrrp, 5) || !memcmp(&s->mac, hsrp, 5) || s->arp_ips >= ROUTER_IPS;
}

static bool speaks_dcp(const struct station *s)
{
    return s->answers || s->setters || s->hellos || s->sets;
}

void dcp_addressed(struct plant *p, struct station *s, const struct addr *ip)
{
    struct owner o = {s->mac, s->vlan, p->now, 0}, other;
    const struct station *rival;
    struct note_slot *n;
    const char *why;

    if (!ip_number(ip) || owns_nothing(s) ||
        !owner_add(p, claim_of(p, ip, s->vlan)->owner, &o, &other) ||
        !(rival = station_find(p, &other.mac, other.vlan)) || owns_nothing(rival) ||
        !addr_equal(&rival->ip, ip) || !(speaks_dcp(s) || speaks_dcp(rival)))
        return;
    n = raise_double(p, NOTE_dcp_duplicate_ip, double_weight(rival, s, false, &why), &s->mac,
                     &rival->mac, ip_number(ip));
    note_msg(n, "two stations have the address %s%s", ip_words(ip).s, why);
    note_evidence(n, "%s and %s", mac_words(&other.mac).s, mac_words(&s->mac).s);
}

void dcp_arp(struct plant *p, const struct ev_arp *e)
{
    struct station *s;

    if (!ip_number(&e->ip) || e->mac.b[0] & 1 || !same_mac(&e->mac, &e->src_mac))
        return;
    s = station_of(p, &e->mac, e->vlan);
    s->last = p->now;
    if (e->unicast)
        s->last_unicast = p->now;
    if (s->ip_by <= KNOWN_DEDUCED) {
        s->arp_ips += !addr_equal(&s->ip, &e->ip);
        s->ip = e->ip;
        s->ip_by = KNOWN_DEDUCED;
    } else if (!addr_equal(&s->ip, &e->ip)) {
        s->arp_ips++;
    }
    dcp_addressed(p, s, &e->ip);
}

// ---------------------------------------------------------------- forged answers

// What it says is not what the station is known to be, of late and for sure.
static bool contradicts(const struct plant *p, const struct station *s,
                        const struct ev_profinet_dcp *e)
{
    if (!s->answers || p->now - s->last > PLANT_FRESH)
        return false;
    if (e->name_of_station.p && s->name_by >= KNOWN_SET && s->name &&
        name_find(p, e->name_of_station) != s->name)
        return true;
    return ip_number(&e->ip) && s->ip_by >= KNOWN_SET && ip_number(&s->ip) &&
           !addr_equal(&s->ip, &e->ip);
}

static void note_stray(struct plant *p, struct station *s, const struct ev_profinet_dcp *e,
                       bool contrary)
{
    const struct station *client = station_find(p, &e->dst_mac, s->vlan);
    bool one_way = e->service_id != DCP_IDENTIFY && !(client && client->gets + client->sets);
    struct note_slot *n;

    if (p->now - s->stray_since > PLANT_MINUTE) {
        s->stray_since = p->now;
        s->strays = 0;
    }
    s->strays++;
    n = note_raise(p, NOTE_dcp_response_unsolicited,
                   one_way         ? SEVERITY_INFO
                   : contrary      ? SEVERITY_HIGH
                   : s->strays > 1 ? SEVERITY_MEDIUM
                                   : SEVERITY_LOW,
                   &s->mac, &e->dst_mac, 0);
    note_msg(n, "%s answers what nobody asked", mac_words(&s->mac).s);
    note_evidence(n, "%s, Xid 0x%08x%s%s", e->service, e->xid,
                  contrary ? "; it contradicts what is known of the station" : "",
                  one_way ? "; requests are not visible at this point" : "");
}

static void note_wrong_mac(struct plant *p, struct station *s, const struct ev_profinet_dcp *e)
{
    bool named = e->head.present >> FI_profinet_dcp_told_mac & 1;
    const struct station *other = named ? station_find(p, &e->told_mac, s->vlan) : NULL;
    struct note_slot *n;

    n = note_raise(p, NOTE_dcp_response_wrong_mac,
                   other && one_station(other, s) ? SEVERITY_LOW : SEVERITY_HIGH, &s->mac,
                   &e->dst_mac, 0);
    note_msg(n, "%s answers for another station", mac_words(&s->mac).s);
    note_evidence(n, "%s, Xid 0x%08x%s%s", e->service, e->xid,
                  named ? ", says it is " : " was sent to another",
                  named ? mac_words(&e->told_mac).s : "");
}

static void note_time(struct plant *p, struct station *s, const struct ev_profinet_dcp *e)
{
    bool late = e->match == DCP_LATE;
    struct note_slot *n;

    s->early = late ? 0 : s->early + 1;
    if (!late && s->early > EARLY_USUAL)
        return; // a vendor that spreads answers in another way
    n = note_raise(p, NOTE_dcp_response_out_of_window, late ? SEVERITY_LOW : SEVERITY_INFO,
                   &s->mac, &e->dst_mac, late);
    note_msg(n, "%s answers too %s", mac_words(&s->mac).s, late ? "late" : "early");
    note_evidence(n, "%u ms after the request, Xid 0x%08x",
                  (uint32_t)((p->now - e->paired_ts) / MSEC), e->xid);
}

static void note_spoof(struct plant *p, struct station *s, const struct ev_profinet_dcp *e,
                       bool contrary, bool wrong)
{
    bool conflict = e->match == DCP_CONFLICT, stray = e->match == DCP_UNSOLICITED;
    bool time = e->match == DCP_LATE || (e->match == DCP_EARLY && s->early <= EARLY_USUAL);
    bool fresh = p->now - s->first < 10 * SECOND;
    int score = 3 * conflict + 3 * wrong + 2 * stray + time + 2 * contrary + fresh;
    struct note_slot *n;

    if (score < SCORE_FIRES || !(conflict || wrong || stray))
        return;
    n = note_raise(p, NOTE_dcp_xid_spoof, SEVERITY_HIGH, &s->mac, &e->dst_mac, 0);
    note_msg(n, "an answer of %s looks forged", mac_words(&s->mac).s);
    note_evidence(n, "score %d%s%s%s%s%s%s", score, conflict ? ", a second answer" : "",
                  wrong ? ", of the wrong station" : "", stray ? ", not asked for" : "",
                  time ? ", at the wrong time" : "",
                  contrary ? ", contradicts what is known" : "",
                  fresh ? ", sender is new" : "");
}

// False: nothing of what it says is to be believed.
static bool fits(struct plant *p, struct station *s, const struct ev_profinet_dcp *e)
{
    bool other =
        e->head.present >> FI_profinet_dcp_told_mac & 1 && !same_mac(&e->told_mac, &e->src_mac);
    bool wrong = other || e->match == DCP_WRONG_MAC;
    bool contrary = contradicts(p, s, e);
    nsec wait = e->service_id == DCP_IDENTIFY ? IDENTIFY_MOST : GET_SET_MOST;
    bool beginning = p->now - p->began < wait; // the question may be older than the capture
    struct note_slot *n;

    if (e->match == DCP_UNSOLICITED && !wrong && (beginning || dcp_in_flood(p, p->now)))
        return true; // its request may have been forgotten for the many others, too
    if (e->match == DCP_UNSOLICITED)
        note_stray(p, s, e, contrary);
    if (wrong)
        note_wrong_mac(p, s, e);
    if (e->match == DCP_LATE || e->match == DCP_EARLY)
        note_time(p, s, e);
    else if (e->match == DCP_ANSWER)
        s->early = 0;
    if (e->match == DCP_CONFLICT) {
        n = note_raise(p, NOTE_dcp_response_conflict, SEVERITY_HIGH, &s->mac, &e->dst_mac, 0);
        note_msg(n, "two different answers of %s to one request", mac_words(&s->mac).s);
        note_evidence(n, "%s, Xid 0x%08x", e->service, e->xid);
    }
    note_spoof(p, s, e, contrary, wrong);
    return !wrong && e->match != DCP_UNSOLICITED && e->match != DCP_CONFLICT;
}

// ---------------------------------------------------------------- what a station says of
// itself

static void learn_name(struct plant *p, struct station *s, const struct ev_profinet_dcp *e)
{
    uint32_t name = name_of(p, e->name_of_station, true);

    if (s->name && s->name != name)
        s->former[s->formers++ % PLANT_FORMER] = s->name;
    s->name = name;
    s->named = true;
    s->name_by = KNOWN_SELF;
    if (name)
        dcp_named(p, s, name, e->paired_packet);
}

static void learn_ip(struct plant *p, struct station *s, const struct ev_profinet_dcp *e)
{
    struct note_slot *n;

    s->ip = e->ip;
    s->netmask = e->netmask;
    s->gateway = e->gateway;
    s->ip_by = KNOWN_SELF;
    s->has_ip_info = e->head.present >> FI_profinet_dcp_ip_info & 1;
    s->ip_info = e->ip_info;
    if (s->has_ip_info && s->ip_info & IP_CONFLICT) {
        n = note_raise(p, NOTE_dcp_duplicate_ip, SEVERITY_HIGH, &s->mac, NULL,
                       ip_number(&e->ip));
        note_msg(n, "%s says that its address %s is in use twice", mac_words(&s->mac).s,
                 ip_words(&e->ip).s);
    }
    dcp_addressed(p, s, &e->ip);
}

static void learn_identity(struct plant *p, struct station *s, const struct ev_profinet_dcp *e)
{
    bool id = e->head.present >> FI_profinet_dcp_vendor_id & 1;
    bool id_changes =
        id && s->has_id && (s->vendor != e->vendor_id || s->device != e->device_id);
    uint32_t type_n = min_u32(e->type_of_station.n, PLANT_TYPE_MOST);
    bool type_changes = type_n && s->type_n &&
                        (type_n != s->type_n || memcmp(s->type, e->type_of_station.p, type_n));
    struct note_slot *n;

    if (id_changes || type_changes) {
        n = note_raise(p, NOTE_dcp_identity_change,
                       id_changes ? SEVERITY_MEDIUM : SEVERITY_INFO, &s->mac, NULL, 0);
        note_msg(n, "%s is another device now", mac_words(&s->mac).s);
        note_evidence(n, "0x%04x:0x%04x %.*s before", s->vendor, s->device, s->type_n, s->type);
    }
    if (id) {
        s->has_id = true;
        s->vendor = e->vendor_id;
        s->device = e->device_id;
    }
    if (type_n) {
        memcpy(s->type, e->type_of_station.p, type_n);
        s->type_n = (uint8_t)type_n;
    }
    if (e->head.present >> FI_profinet_dcp_role_bits & 1) {
        s->has_role = true;
        s->role = e->role_bits;
        s->allowed |= station_controls(s);
    }
}

// Devices repeat Hello some times after power-on: bursts are counted.
static void note_hello(struct plant *p, struct station *s, bool contrary)
{
    struct note_slot *n;

    if (!s->last_hello || p->now - s->last_hello > PLANT_MINUTE) {
        if (!s->bursts || p->now - s->bursts_since > PLANT_FRESH) {
            s->bursts_since = p->now;
            s->bursts = 0;
        }
        s->bursts++;
    }
    if (p->now - s->burst_since > PLANT_MINUTE) {
        s->burst_since = p->now;
        s->burst = 0;
    }
    s->burst++;
    s->last_hello = p->now;
    s->hellos++;
    n = note_raise(p, NOTE_dcp_hello,
                   s->burst > HELLOS_MANY                ? SEVERITY_MEDIUM
                   : s->bursts > BURSTS_MANY || contrary ? SEVERITY_LOW
                                                         : SEVERITY_INFO,
                   &s->mac, NULL, 0);
    note_msg(n, "%s %s", mac_words(&s->mac).s,
             s->burst > HELLOS_MANY    ? "restarts again and again"
             : s->bursts > BURSTS_MANY ? "restarts often"
             : contrary                ? "says Hello, and is not what it was"
                                       : "says Hello: it was switched on");
    note_evidence(n, "%u in a minute, %u %s in ten", s->burst, s->bursts,
                  s->bursts == 1 ? "restart" : "restarts");
}

void dcp_told(struct plant *p, const struct ev_profinet_dcp *e)
{
    struct station *s = station_of(p, &e->src_mac, vlan_of(e));

    if (e->service_id == DCP_HELLO)
        note_hello(p, s, contradicts(p, s, e));
    else if (!fits(p, s, e))
        return;
    s->answers += e->service_id != DCP_HELLO;
    station_firm(p, s);
    if (e->service_id == DCP_SET || e->service_type == DCP_UNSUPPORTED)
        return;
    learn_identity(p, s, e);
    if (e->ip.kind)
        learn_ip(p, s, e);
    if (e->name_of_station.p)
        learn_name(p, s, e);
}

// ---------------------------------------------------------------- any message

static void note_malformed(struct plant *p, const struct ev_profinet_dcp *e)
{
    struct station *s = e->src_mac.b[0] & 1 ? NULL : station_find(p, &e->src_mac, vlan_of(e));
    bool many = false;
    struct note_slot *n;

    if (s && p->now - s->malformed_since > PLANT_MINUTE) {
        s->malformed_since = p->now;
        s->malformed = 0;
    }
    if (s)
        many = ++s->malformed >= MALFORMED_MANY;
    n = note_raise(p, NOTE_dcp_malformed, many ? SEVERITY_MEDIUM : SEVERITY_LOW, &e->src_mac,
                   NULL, 0);
    note_msg(n, "malformed DCP from %s%s", mac_words(&e->src_mac).s, many ? ": fuzzing?" : "");
    note_evidence(n, "%s", e->malformed);
}

static void note_bad_name(struct plant *p, const struct ev_profinet_dcp *e)
{
    static const enum severity weight[] = {[DCP_NAME_FINE] = SEVERITY_INFO,
                                           [DCP_NAME_OLD] = SEVERITY_INFO,
                                           [DCP_NAME_BAD] = SEVERITY_LOW,
                                           [DCP_NAME_HOSTILE] = SEVERITY_HIGH};
    struct note_slot *n =
        note_raise(p, NOTE_dcp_bad_name, weight[e->name_fault_weight], &e->src_mac, NULL,
                   hash_bytes(e->name_of_station.p, e->name_of_station.n, 0));

    note_msg(n, "%s: name of station %.*s",
             e->name_fault_weight == DCP_NAME_HOSTILE ? "hostile" : "against the rules",
             (int)min_u32(e->name_of_station.n, 120), (const char *)e->name_of_station.p);
    note_evidence(n, "%s", e->name_fault);
}

void dcp_any(struct plant *p, const struct ev_profinet_dcp *e)
{
    bool flood = e->service_id == DCP_IDENTIFY && dcp_in_flood(p, p->now);
    struct note_slot *n;

    if (e->malformed)
        note_malformed(p, e);
    if (e->name_fault && !flood)
        note_bad_name(p, e);
    if (e->tunnel && !e->mirrored) {
        n = note_raise(p, NOTE_dcp_crosses_subnet, SEVERITY_MEDIUM, &e->src_mac, NULL, 1);
        note_msg(n, "DCP of %s is bridged over IP", mac_words(&e->src_mac).s);
        note_evidence(n, "inside %s", e->tunnel);
    }
}
