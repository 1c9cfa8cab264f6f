// SPDX-License-Identifier: Apache-2.0
// Stations that other protocols know: LLDP tells who a station is, Modbus and DNP3 what it
// does.
#include "watch/plant_parts.h"

static const struct mac no_mac;

static void keep(struct lldp_text *to, struct slice s)
{
    if (!s.n)
        return;
    to->n = (uint8_t)min_u32(s.n, LLDP_MOST);
    memcpy(to->s, s.p, to->n);
}

static void deduce_ip(struct station *s, const struct addr *ip)
{
    if (!ip->kind || s->ip_by > KNOWN_DEDUCED || s->ip.kind)
        return;
    s->ip = *ip;
    s->ip_by = KNOWN_DEDUCED;
}

void plant_lldp(struct plant *p, const struct ev_lldp *e)
{
    struct station *s = station_of(p, &e->mac, e->vlan);

    s->last = p->now;
    keep(&s->chassis, e->chassis);
    keep(&s->port, e->port);
    keep(&s->system_name, e->system_name);
    keep(&s->system_words, e->system_words);
    deduce_ip(s, &e->ip);
    if (e->profinet && e->local && !s->name && s->name_by <= KNOWN_DEDUCED) {
        s->name = name_of(p, e->chassis, true); // PROFINET: the name of station
        s->name_by = KNOWN_DEDUCED;
    }
    station_firm(p, s);
}

static void serve(struct plant *p, const struct mac *m, uint16_t vlan, const struct addr *ip,
                  enum bus bus, uint16_t unit)
{
    if (same_mac(m, &no_mac) || m->b[0] & 1)
        return;
    struct station *s = station_of(p, m, vlan);
    struct fieldbus *b = &s->bus[bus];
    if (s->ip.kind && !addr_equal(&s->ip, ip))
        return; // a router's MAC: all hosts behind it have it
    s->last = p->now;
    deduce_ip(s, ip);
    station_firm(p, s);
    b->is = true;
    if (bus == BUS_MODBUS_CLIENT)
        return;
    for (uint8_t i = 0; i < b->units && i < FIELDBUS_UNITS; i++)
        if (b->unit[i] == unit)
            return;
    if (b->units < FIELDBUS_UNITS)
        b->unit[b->units++] = unit;
}

void plant_fieldbus(struct plant *p, const struct ev_fieldbus *e)
{
    bool dnp3 = e->protocol[0] == 'd';

    serve(p, &e->server_mac, e->vlan, &e->server,
          dnp3 ? BUS_DNP3_OUTSTATION : BUS_MODBUS_SERVER, e->server_unit);
    serve(p, &e->client_mac, e->vlan, &e->client, dnp3 ? BUS_DNP3_MASTER : BUS_MODBUS_CLIENT,
          e->client_unit);
}
