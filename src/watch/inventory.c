// SPDX-License-Identifier: Apache-2.0
// The inventory of a plant as device events, and what is said of a station in a word.
#include "watch/relation.h"

#define SILENT (5 * SECOND)

static bool is_connected(const struct plant *p, const struct station *s)
{
    if (!s->last_connected)
        return false;
    list_each (&p->relations->order, node) {
        const struct relation *r = CONTAINER(node, struct relation, node);
        if ((r->state == RELATION_CONNECTED || r->state == RELATION_RUNNING) &&
            r->vlan == s->vlan && same_mac(&r->device_mac, &s->mac))
            return true;
    }
    return false;
}

const char *station_state(const struct plant *p, const struct station *s)
{
    if (s->last_sent_cyclic && p->now - s->last_sent_cyclic <= SILENT)
        return "exchanging";
    if (s->last_sent_cyclic && s->last - s->last_sent_cyclic <= SECOND)
        return "gone";
    if (is_connected(p, s))
        return "connected";
    if (ip_number(&s->ip) && s->ip_by > KNOWN_DEDUCED)
        return "addressed";
    return s->name ? "named" : "seen";
}

static const char *const bus_role[BUSES] = {
    [BUS_MODBUS_SERVER] = "modbus_server",
    [BUS_MODBUS_CLIENT] = "modbus_client",
    [BUS_DNP3_OUTSTATION] = "dnp3_outstation",
    [BUS_DNP3_MASTER] = "dnp3_master",
};

const char *station_role(const struct station *s)
{
    static const char *const role[16] = {
        [1] = "io_device",
        [2] = "io_controller",
        [3] = "io_device,io_controller",
        [4] = "io_multidevice",
        [5] = "io_device,io_multidevice",
        [6] = "io_controller,io_multidevice",
        [8] = "io_supervisor",
        [9] = "io_device,io_supervisor",
        [10] = "io_controller,io_supervisor",
    };
    if (s->has_role)
        return s->role < COUNT_OF(role) ? role[s->role] : NULL;
    if (station_controls(s) || s->connects)
        return "controller";
    if (s->scanned || s->sets > 1)
        return "tool";
    for (int i = 0; i < BUSES; i++)
        if (s->bus[i].is)
            return bus_role[i];
    return s->self_probe ? "switch" : NULL;
}

struct slice station_called(const struct plant *p, const struct station *s)
{
    if (s->name)
        return slice_str(plant_name(p, s->name));
    return slice_of(s->system_name.s, s->system_name.n);
}

const char *station_vendor(const struct station *s)
{
    const char *name = s->has_id ? profinet_vendor(s->vendor) : NULL;

    return name ? name : oui_vendor(&s->mac);
}

const char *station_ip_how(const struct station *s)
{
    static const char *const how[] = {"not_set", "set", "dhcp", NULL};

    if (!s->has_ip_info)
        return NULL;
    return s->ip_info & 0x80 ? "conflict" : how[s->ip_info & 3];
}

// ---------------------------------------------------------------- lists

// Names hold printable ASCII only; two characters have a meaning in JSON.
static void put_string(struct text *t, const char *s)
{
    text_char(t, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            text_char(t, '\\');
        text_char(t, *s);
    }
    text_char(t, '"');
}

static struct slice kept(struct text *t, struct out *o)
{
    text_char(t, ']');
    struct slice s = arena_copy(o->arena, text_slice(t));

    text_clear(t);
    return s;
}

static void put_setter(struct text *t, const struct plant *p, const struct setter *s)
{
    static const struct {
        uint8_t action;
        const char *words;
    } what[] = {{DCP_SET_NAME, "name"},   {DCP_SET_IP, "ip"},       {DCP_SET_DHCP, "dhcp"},
                {DCP_SET_RESET, "reset"}, {DCP_SET_BLINK, "blink"}, {DCP_SET_OTHER, "other"}};
    bool first = true;

    text_printf(t, "{\"client\":\"%s\",\"ts\":", mac_words(&s->client).s);
    text_seconds(t, s->ts);
    text_str(t, ",\"what\":[");
    for (size_t i = 0; i < COUNT_OF(what); i++) {
        if (!(s->actions & what[i].action))
            continue;
        text_printf(t, "%s\"%s\"", first ? "" : ",", what[i].words);
        first = false;
    }
    text_char(t, ']');
    if (s->actions & DCP_SET_NAME) {
        text_str(t, ",\"name\":");
        put_string(t, plant_name(p, s->name));
    }
    if (s->actions & DCP_SET_IP)
        text_printf(t, ",\"ip\":\"%s\"", ip_words(&s->ip).s);
    if (s->actions & DCP_SET_RESET)
        text_printf(t, ",\"mode\":%u", s->reset_mode);
    text_printf(t, ",\"permanent\":%s,\"result\":", s->permanent ? "true" : "false");
    switch (s->outcome) {
    case DCP_DONE: text_str(t, "\"done\"}"); break;
    case DCP_REFUSED: text_printf(t, "\"%s\"}", profinet_error(s->error)); break;
    case DCP_NOT_KNOWN: text_str(t, "\"not supported\"}"); break;
    default: text_str(t, "\"no answer\"}"); break;
    }
}

static void put_lists(struct ev_device *e, struct text *t, const struct plant *p,
                      const struct station *s, struct out *o)
{
    uint32_t n;

    if ((n = min_u32(s->formers, PLANT_FORMER))) {
        text_char(t, '[');
        for (uint32_t i = s->formers - n; i < s->formers; i++) {
            text_str(t, i > s->formers - n ? "," : "");
            put_string(t, plant_name(p, s->former[i % PLANT_FORMER]));
        }
        e->names = kept(t, o);
    }
    if ((n = min_u32(s->setters, PLANT_SETTERS))) {
        text_char(t, '[');
        for (uint32_t i = s->setters - n; i < s->setters; i++) {
            text_str(t, i > s->setters - n ? "," : "");
            put_setter(t, p, &s->setter[i % PLANT_SETTERS]);
        }
        e->set_by = kept(t, o);
    }
    if (s->searchers) {
        text_char(t, '[');
        for (uint32_t i = 0; i < s->searchers; i++)
            text_printf(t, "%s\"%s\"", i ? "," : "", mac_words(&s->searcher[i]).s);
        e->searched_by = kept(t, o);
    }
}

// "modbus_server" is told as protocol and role.
static void put_buses(struct text *t, const struct station *s)
{
    for (int i = 0; i < BUSES; i++) {
        const struct fieldbus *b = &s->bus[i];
        const char *role = strchr(bus_role[i], '_') + 1;
        if (!b->is)
            continue;
        text_str(t, t->n ? ",{\"protocol\":\"" : "[{\"protocol\":\"");
        text_bytes(t, bus_role[i], (size_t)(role - bus_role[i]) - 1);
        text_printf(t, "\",\"role\":\"%s\"", role);
        for (int k = 0; k < b->units; k++)
            text_printf(t, "%s%u", k ? "," : ",\"units\":[", b->unit[k]);
        text_str(t, b->units ? "]}" : "}");
    }
}

static void put_others(struct ev_device *e, struct text *t, const struct station *s,
                       struct out *o)
{
    put_buses(t, s);
    if (t->n)
        e->fieldbus = kept(t, o);
    if (s->chassis.n)
        e->chassis = arena_copy(o->arena, slice_of(s->chassis.s, s->chassis.n));
    if (s->port.n)
        e->port = arena_copy(o->arena, slice_of(s->port.s, s->port.n));
    if (s->system_name.n)
        e->system_name = arena_copy(o->arena, slice_of(s->system_name.s, s->system_name.n));
    if (s->system_words.n)
        e->system_description =
            arena_copy(o->arena, slice_of(s->system_words.s, s->system_words.n));
}

static void put_relations(struct ev_device *e, struct text *t, struct plant *p,
                          const struct station *s, struct out *o)
{
    relations_put(t, p, s);
    if (t->n)
        e->connected_by = arena_copy(o->arena, text_slice(t));
    text_clear(t);
    submodules_put(t, p, s);
    if (t->n)
        e->modules = arena_copy(o->arena, text_slice(t));
    text_clear(t);
    if (!s->has_im0)
        return;
    e->order_id = arena_copy(o->arena, slice_of(s->order_id, s->order_n));
    e->serial = arena_copy(o->arena, slice_of(s->serial, s->serial_n));
    set(device, e, hardware, s->hardware);
    e->software = arena_copy(o->arena, slice_of(s->software, s->software_n));
}

static void tell(struct plant *p, const struct station *s, struct text *t, struct out *o)
{
    static const char *const by[] = {
        [KNOWN_NOT] = "nothing", [KNOWN_DEDUCED] = "deduced", [KNOWN_ASKED] = "asked_to",
        [KNOWN_SET] = "set",     [KNOWN_SELF] = "itself",
    };
    struct ev_device *e = emit_device(o);

    e->head.ts = s->last;
    e->mac = s->mac;
    if (s->vlan)
        set(device, e, vlan, s->vlan);
    struct slice name = station_called(p, s);
    if (name.n)
        e->name = arena_copy(o->arena, name);
    if (s->ip.kind)
        set(device, e, ip, s->ip);
    if (s->ip.kind && s->netmask.kind) {
        set(device, e, netmask, s->netmask);
        set(device, e, gateway, s->gateway);
    }
    e->ip_how = station_ip_how(s);
    e->vendor = station_vendor(s);
    if (s->has_id) {
        set(device, e, vendor_id, s->vendor);
        set(device, e, device_id, s->device);
    }
    if (s->type_n)
        e->type = arena_copy(o->arena, slice_of(s->type, s->type_n));
    e->role = station_role(s);
    e->state = station_state(p, s);
    e->known_by = by[s->name_by > s->ip_by ? s->name_by : s->ip_by];
    put_lists(e, t, p, s, o);
    put_relations(e, t, p, s, o);
    put_others(e, t, s, o);
    if (s->self_probe)
        set(device, e, self_probe, true);
    e->identify = s->identify;
    e->set = s->sets;
    e->answers = s->answers;
    e->first_seen = s->first;
    e->last_seen = s->last;
}

void plant_tell_devices(struct plant *p, struct out *o)
{
    struct text t = {0};
    uint32_t n;
    const struct station *const *s = plant_stations(p, &n);

    plant_finish(p);
    for (uint32_t i = 0; i < n; i++)
        tell(p, s[i], &t, o);
    text_free(&t);
}
