// SPDX-License-Identifier: Apache-2.0
// Findings about Set and Get requests (specification of DCP, section 7): who sets what on whom,
// whether it may be, and what came of it. All is seen before the change is taken over.
#include "watch/plant_parts.h"

#include "base/hash.h"

#define LOCK (3 * SECOND) // a station serves one client for as long
enum { LOCAL_REASONS = 5, IN_OPERATION = 6 };
enum { ERRORS_MANY = 3, BLINKS_MANY = 5 };

struct change {
    struct plant *p;
    const struct ev_profinet_step *e;
    struct station *client, *target;
    uint32_t name;                 // to be set
    bool name_differs, ip_differs; // from what was known
    bool zero_ip;
};

static bool asks(const struct change *c, unsigned actions)
{
    return c->e->actions & actions;
}

static bool confirmed(const struct change *c, unsigned action)
{
    return asks(c, action) && (c->e->outcome == DCP_DONE || c->e->outcome == DCP_REFUSED) &&
           !(c->e->refused & action);
}

bool station_controls(const struct station *s)
{
    enum { CONTROLLER = 2 };

    if (s->has_role)
        return s->role & CONTROLLER;
    return s->probes > 1 && s->irregular && !s->scanned;
}

static bool was_alive(const struct station *s)
{
    return s->answers || s->identify || s->hellos || s->last_sent_cyclic ||
           s->ip_by == KNOWN_DEDUCED;
}

// ---------------------------------------------------------------- who

static void note_stranger(const struct change *c)
{
    bool harmless =
        !c->name_differs && !c->ip_differs && !asks(c, DCP_SET_RESET | DCP_SET_DHCP);
    struct note_slot *n;

    if (c->client->allowed || !asks(c, DCP_SETS))
        return;
    bool learning = station_learning(c->p);
    n = note_raise(c->p, NOTE_dcp_set_unknown_client,
                   !learning  ? SEVERITY_HIGH
                   : harmless ? SEVERITY_INFO
                              : SEVERITY_MEDIUM,
                   &c->e->client, &c->target->mac, 0);
    note_msg(n, learning ? "first Set seen from %s" : "Set by %s, which never did before",
             mac_words(&c->e->client).s);
    note_evidence(n, "to %s%s%s", mac_words(&c->target->mac).s, c->name ? ": name " : "",
                  plant_name(c->p, c->name));
    c->client->allowed = learning;
}

static void note_masters(const struct change *c)
{
    struct station *t = c->target;
    struct note_slot *n;

    if (!station_controls(c->client) || !asks(c, DCP_SET_NAME | DCP_SET_IP))
        return;
    struct mac before = t->last_configurer;
    t->last_configurer = c->e->client;
    if (!(before.b[0] | before.b[1] | before.b[2]) || same_mac(&before, &c->e->client))
        return;
    n = note_raise(c->p, NOTE_dcp_two_masters, SEVERITY_MEDIUM, &c->e->client, &t->mac, 1);
    note_msg(n, "another controller configures %s", mac_words(&t->mac).s);
    note_evidence(n, "before: %s", mac_words(&before).s);
}

void dcp_served(struct plant *p, const struct ev_profinet_dcp *e)
{
    uint16_t vlan = vlan_of(e);
    struct station *c = station_of(p, &e->src_mac, vlan);
    struct station *t = station_of(p, &e->dst_mac, vlan);
    struct note_slot *n;

    if (e->service_id == DCP_SET)
        c->sets++;
    else
        c->gets++;
    dcp_sweep(p, c, &e->dst_mac);
    if (t->last_served && p->now - t->last_served <= LOCK &&
        !same_mac(&t->last_client, &e->src_mac)) {
        t->busy_at = p->now;
        t->busy_with = t->last_client;
        const struct station *other = station_find(p, &t->last_client, vlan);
        bool known = c->allowed || (other && other->allowed);
        n = note_raise(p, NOTE_dcp_two_masters, known ? SEVERITY_INFO : SEVERITY_MEDIUM,
                       &e->src_mac, &t->mac, 0);
        note_msg(n, "two clients set or read %s at once", mac_words(&t->mac).s);
        note_evidence(n, "%s was served %u ms before", mac_words(&t->last_client).s,
                      (uint32_t)((p->now - t->last_served) / MSEC));
    }
    t->last_served = p->now;
    t->last_client = e->src_mac;
}

// ---------------------------------------------------------------- what came of it

static void note_operation(const struct change *c)
{
    const unsigned grave = DCP_SET_NAME | DCP_SET_IP | DCP_SET_RESET | DCP_SET_DHCP;
    bool refused = c->e->error == LOCAL_REASONS || c->e->error == IN_OPERATION;
    bool same = !c->name_differs && !c->ip_differs && (c->e->actions & grave) == DCP_SET_IP &&
                c->target->ip_by >= KNOWN_SET;
    struct note_slot *n;

    if (!asks(c, grave) || !station_running(c->p, c->target))
        return;
    n = note_raise(c->p, NOTE_dcp_set_during_operation,
                   same      ? SEVERITY_INFO
                   : refused ? SEVERITY_MEDIUM
                             : SEVERITY_HIGH,
                   &c->e->client, &c->target->mac, 0);
    note_msg(n, "Set of %s while it exchanges data%s%s", mac_words(&c->target->mac).s,
             same ? ", with the values it has" : "", refused ? ": refused" : "");
    note_evidence(n, "cyclic data %u ms before",
                  (uint32_t)((c->p->now - c->target->last_cyclic) / MSEC));
}

static void note_error(struct plant *p, const struct ev_profinet_step *e, struct station *t)
{
    enum severity severity = SEVERITY_INFO;
    struct note_slot *n;

    if (e->outcome != DCP_REFUSED && e->outcome != DCP_NOT_KNOWN)
        return;
    if (e->service_id == DCP_SET) {
        if (p->now - t->error_since > PLANT_MINUTE) {
            t->error_since = p->now;
            t->errors = 0;
        }
        severity = ++t->errors >= ERRORS_MANY ? SEVERITY_MEDIUM : SEVERITY_LOW;
    }
    n = note_raise(p, NOTE_dcp_set_error, severity, &e->client, &t->mac, e->service_id);
    note_msg(n, "%s refuses a %s: %s", mac_words(&t->mac).s,
             e->service_id == DCP_SET ? "Set" : "Get",
             e->error ? profinet_error(e->error) : "service not supported");
    note_evidence(n, "%u %s within a minute", max_u32(t->errors, 1),
                  t->errors > 1 ? "errors" : "error");
}

static void note_silence(const struct change *c)
{
    struct station *t = c->target;
    bool busy = t->busy_at && c->e->asked == t->busy_at;
    bool visible = dcp_sees_answers(c->p, c->client, c->p->now);
    struct note_slot *n;

    if (c->e->outcome != DCP_UNANSWERED)
        return;
    n = note_raise(c->p, NOTE_dcp_set_unanswered,
                   !visible ? SEVERITY_INFO
                   : busy   ? SEVERITY_LOW
                            : SEVERITY_MEDIUM,
                   &c->e->client, &t->mac, 0);
    note_msg(n, "%s does not answer a Set%s%s", mac_words(&t->mac).s,
             was_alive(t) ? "" : ": no such station",
             busy ? ": it is busy with another client" : "");
    if (busy)
        note_evidence(n, "busy with %s", mac_words(&t->busy_with).s);
    else
        note_evidence(n, "sent %u %s%s", c->e->sent, c->e->sent == 1 ? "time" : "times",
                      visible ? "" : "; answers are not visible at this point");
}

// ---------------------------------------------------------------- what

static const char *result_words(const struct change *c)
{
    switch (c->e->outcome) {
    case DCP_DONE: return "done";
    case DCP_REFUSED:
    case DCP_NOT_KNOWN: return "refused";
    default: return "no answer was seen";
    }
}

static void note_reset(const struct change *c, bool known)
{
    static const char grave[] = {2, 4, 8, 9}, mild[] = {1, 3, 5};
    uint8_t mode = c->e->reset_mode;
    bool all = asks(c, DCP_SET_ALL_RESET);
    bool high = all || (mode && memchr(grave, mode, sizeof(grave)));
    bool legal = high || (mode && memchr(mild, mode, sizeof(mild)));
    struct station *client = c->client;
    struct note_slot *n;

    if (!asks(c, DCP_SET_RESET))
        return;
    if (known && !station_running(c->p, c->target))
        high = false;
    n = note_raise(c->p, NOTE_dcp_factory_reset, high ? SEVERITY_HIGH : SEVERITY_MEDIUM,
                   &c->e->client, &c->target->mac, 0);
    note_msg(n, "%s of %s", legal ? "factory reset" : "malformed reset",
             mac_words(&c->target->mac).s);
    if (all)
        note_evidence(n, "all of it: %s", result_words(c));
    else
        note_evidence(n, "mode %u (qualifier %u): %s", mode, mode * 2u, result_words(c));
    if (c->p->now - client->reset_since > PLANT_MINUTE) {
        client->reset_since = c->p->now;
        client->resets = 0;
    }
    client->resets += !client->resets || !same_mac(&client->last_reset, &c->target->mac);
    client->last_reset = c->target->mac;
    if (client->resets < 2)
        return;
    n = note_raise(c->p, NOTE_dcp_factory_reset, SEVERITY_HIGH, &c->e->client, NULL, 1);
    note_msg(n, "mass reset by %s", mac_words(&c->e->client).s);
    note_evidence(n, "%u stations within a minute", client->resets);
}

static void note_blink(const struct change *c)
{
    struct station *client = c->client;
    struct note_slot *n;

    if (!asks(c, DCP_SET_BLINK))
        return;
    uint32_t blinks =
        lately_add(&client->blinked, &c->target->mac, sizeof(c->target->mac), c->p->now);
    bool stranger = !client->allowed && !station_learning(c->p);
    bool walk = blinks >= BLINKS_MANY && !client->allowed;
    n = note_raise(c->p, NOTE_dcp_blink, stranger || walk ? SEVERITY_LOW : SEVERITY_INFO,
                   &c->e->client, NULL, 0);
    note_msg(n, "%s lets stations blink", mac_words(&c->e->client).s);
    note_evidence(n, "%s; %u %s within a minute", mac_words(&c->target->mac).s, blinks,
                  blinks == 1 ? "station" : "stations");
}

static void note_name(const struct change *c)
{
    const struct station *t = c->target;
    struct note_slot *n;

    if (!confirmed(c, DCP_SET_NAME) || (t->named && t->name == c->name))
        return;
    n = note_raise(c->p, c->name ? NOTE_dcp_name_changed : NOTE_dcp_name_cleared,
                   t->name ? SEVERITY_MEDIUM : SEVERITY_INFO, &c->e->client, &t->mac, c->name);
    if (!c->name)
        note_msg(n, "the name of %s was cleared", mac_words(&t->mac).s);
    else
        note_msg(n, "%s was %s %.100s", mac_words(&t->mac).s, t->name ? "renamed to" : "named",
                 plant_name(c->p, c->name));
    note_evidence(n, "by %s; before: %.100s", mac_words(&c->e->client).s,
                  t->name    ? plant_name(c->p, t->name)
                  : t->named ? "no name"
                             : "not known");
}

static void note_ip(const struct change *c)
{
    const struct station *t = c->target;
    bool start_up =
        !c->e->permanent && station_controls(c->client) && !station_running(c->p, t);
    struct note_slot *n;

    if (!confirmed(c, DCP_SET_IP) || (t->ip.kind && addr_equal(&t->ip, &c->e->ip)))
        return;
    n = note_raise(c->p, NOTE_dcp_ip_changed,
                   ip_number(&t->ip) && !start_up ? SEVERITY_MEDIUM : SEVERITY_INFO,
                   &c->e->client, &t->mac, ip_number(&c->e->ip));
    note_msg(n, "the address of %s was %s%s", mac_words(&t->mac).s,
             c->zero_ip ? "cleared" : "set to ", c->zero_ip ? "" : ip_words(&c->e->ip).s);
    note_evidence(n, "by %s, %s; before: %s", mac_words(&c->e->client).s,
                  c->e->permanent ? "permanently" : "temporarily",
                  t->ip.kind ? ip_words(&t->ip).s : "not known");
}

// ---------------------------------------------------------------- addresses that make no sense

static const char *ip_fault(uint32_t ip, uint32_t mask, uint32_t gateway)
{
    uint32_t host = ~mask;

    if (!ip)
        return NULL; // the address is taken away
    if (host & (host + 1))
        return "the mask has holes";
    if (ip >> 24 == 127 || ip >> 28 >= 14)
        return "no address for a host";
    if (host > 1 && ((ip & host) == 0 || (ip & host) == host))
        return "the host's part is all zeros or all ones";
    if (gateway && gateway != ip && (gateway & mask) != (ip & mask))
        return "the gateway is outside of the subnet";
    return NULL;
}

static void note_subnet(const struct change *c)
{
    uint32_t ip = ip_number(&c->e->ip), mask = ip_number(&c->e->netmask);
    uint32_t own = ip_number(&c->client->ip);
    const char *fault = ip_fault(ip, mask, ip_number(&c->e->gateway));
    struct note_slot *n;

    if (!asks(c, DCP_SET_IP))
        return;
    if (fault) {
        n = note_raise(c->p, NOTE_dcp_crosses_subnet, SEVERITY_LOW, &c->e->client,
                       &c->target->mac, 2);
        note_msg(n, "invalid IP parameters for %s: %s", mac_words(&c->target->mac).s, fault);
        note_evidence(n, "%s, mask %s, gateway %s", ip_words(&c->e->ip).s,
                      ip_words(&c->e->netmask).s, ip_words(&c->e->gateway).s);
    } else if (ip && own && c->client->arp_ips <= 1 && (own & mask) != (ip & mask)) {
        n = note_raise(c->p, NOTE_dcp_crosses_subnet, SEVERITY_LOW, &c->e->client,
                       &c->target->mac, 3);
        note_msg(n, "%s gets an address outside of the subnet of who sets it",
                 mac_words(&c->target->mac).s);
        note_evidence(n, "%s by %s", ip_words(&c->e->ip).s, ip_words(&c->client->ip).s);
    }
}

// ---------------------------------------------------------------- all of it

void dcp_set(struct plant *p, const struct ev_profinet_step *e)
{
    struct change c = {.p = p, .e = e};

    c.client = station_of(p, &e->client, e->vlan);
    c.target = station_of(p, &e->server, e->vlan);
    c.name = name_find(p, e->name);
    c.name_differs = asks(&c, DCP_SET_NAME) && c.target->name && c.target->name != c.name;
    c.zero_ip = !ip_number(&e->ip);
    c.ip_differs =
        asks(&c, DCP_SET_IP) && ip_number(&c.target->ip) && !addr_equal(&c.target->ip, &e->ip);
    bool known = c.client->allowed;
    note_stranger(&c);
    note_masters(&c);
    note_operation(&c);
    note_error(p, e, c.target);
    note_silence(&c);
    note_reset(&c, known);
    note_blink(&c);
    note_name(&c);
    note_ip(&c);
    note_subnet(&c);
    if (asks(&c, DCP_SET_IP) && !c.zero_ip)
        dcp_addressed(p, c.target, &e->ip);
    if (confirmed(&c, DCP_SET_NAME) && c.name)
        dcp_named(p, c.target, c.name, 0);
}

void dcp_got(struct plant *p, const struct ev_profinet_step *e)
{
    note_error(p, e, station_of(p, &e->server, e->vlan));
}
