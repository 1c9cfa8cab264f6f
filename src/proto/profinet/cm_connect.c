// SPDX-License-Identifier: Apache-2.0
// Blocks that build, lead and end an application relation (IEC 61158-6-10): ARBlock, IOCRBlock,
// AlarmCRBlock, submodules and their differences, control commands.
#include "proto/profinet/cm.h"

enum {
    AR_REQ = 0x0101,
    IOCR_REQ = 0x0102,
    ALARM_REQ = 0x0103,
    SUBMODULES = 0x0104,
    CONTROL_FIRST = 0x0110,
    CONTROL_LAST = 0x0118,
    ANSWER = 0x8000,
    AR_RES = AR_REQ | ANSWER,
    IOCR_RES = IOCR_REQ | ANSWER,
    ALARM_RES = ALARM_REQ | ANSWER,
    DIFFERENCE = SUBMODULES | ANSWER
};
enum { NAME_MOST = 240 };

// Events of a part are told if the message may change things, and one knows for which relation.
static bool tells(const struct cm *m, const struct cur *c, enum event_id id)
{
    return m->tells && m->has_ar && !c->bad && want(m->x->out, id);
}

static void end_list(struct cm *m)
{
    text_char(m->t, ']');
}

// ---------------------------------------------------------------- the relation

static void tell_connect(struct cm *m, struct ev_profinet_connect *e, struct slice mac,
                         struct slice name)
{
    static const uint8_t pnio[10] = {0xde, 0xa0, 0, 0, 0x6c, 0x97, 0x11, 0xd1, 0x82, 0x71};
    const struct packet *p = m->x->packet;
    size_t at = m->t->n;

    e->ar_uuid = cm_ar(m);
    if (mac.n == sizeof(e->initiator.b))
        memcpy(e->initiator.b, mac.p, mac.n);
    e->src_mac = p->src_mac;
    e->dst_mac = p->dst_mac;
    e->vlan = p->n_vlan ? p->vlan[0] : 0;
    e->names_device =
        !memcmp(m->object.b, pnio, sizeof(pnio)); // its last bytes: instance and ids
    e->device_id = load_be16(m->object.b + 12);
    e->vendor_id = load_be16(m->object.b + 14);
    dcp_escape(m->t, name);
    e->name = cm_cut(m, at);
}

static void ar_request(struct cm *m, struct cur *c)
{
    uint16_t type = cur_be16(c);
    struct uuid ar = cm_uuid(c);
    uint16_t session = cur_be16(c);
    struct slice mac = cur_take(c, 6);
    struct uuid object = cm_uuid(c);
    uint32_t properties = cur_be32(c);
    uint16_t timeout = cur_be16(c), port = cur_be16(c), length = cur_be16(c);
    struct slice name = cur_take(c, length);

    name.n = min_u32(name.n, NAME_MOST);
    cm_word(m, "ar_type", pnio_word(PNIO_relation, type));
    cm_number(m, "ar_type_code", type);
    cm_put_uuid(m, "ar_uuid", &ar);
    cm_number(m, "session_key", session);
    cm_put_mac(m, "initiator_mac", mac);
    cm_put_uuid(m, "initiator_object_uuid", &object);
    cm_hex(m, "properties", properties, 8);
    cm_number(m, "timeout_ms", timeout * 100u);
    cm_hex(m, "udp_rt_port", port, 4);
    cm_bytes(m, "station_name", name);
    cm_set_ar(m, &ar);
    if (!tells(m, c, EV_profinet_connect))
        return;
    struct ev_profinet_connect *e = emit_profinet_connect(m->x->out);
    e->type = type;
    e->session = session;
    e->properties = properties;
    e->timeout = timeout;
    tell_connect(m, e, mac, name);
}

static void ar_answer(struct cm *m, struct cur *c)
{
    uint16_t type = cur_be16(c);
    struct uuid ar = cm_uuid(c);

    cm_word(m, "ar_type", pnio_word(PNIO_relation, type));
    cm_number(m, "ar_type_code", type);
    cm_put_uuid(m, "ar_uuid", &ar);
    cm_number(m, "session_key", cur_be16(c));
    cm_put_mac(m, "responder_mac", cur_take(c, 6));
    cm_hex(m, "udp_rt_port", cur_be16(c), 4);
    cm_set_ar(m, &ar);
}

// ---------------------------------------------------------------- cyclic data

static void put_places(struct cm *m, struct cur *c, const char *key)
{
    uint32_t n = cur_be16(c);

    cm_list(m, key);
    for (uint32_t i = 0; cm_entry(m, c, i, n); i++) {
        cm_number(m, "slot", cur_be16(c));
        cm_number(m, "subslot", cur_be16(c));
        cm_number(m, "offset", cur_be16(c));
        text_char(m->t, '}');
    }
    end_list(m);
}

static void put_apis(struct cm *m, struct cur *c)
{
    uint32_t n = cur_be16(c);

    cm_list(m, "apis");
    for (uint32_t i = 0; cm_entry(m, c, i, n); i++) {
        cm_number(m, "api", cur_be32(c));
        put_places(m, c, "data");
        put_places(m, c, "iocs");
        text_char(m->t, '}');
    }
    end_list(m);
}

static void put_cycle(struct cm *m, uint32_t units)
{
    text_str(m->t, ",\"cycle_ms\":");
    text_real(m->t, units * 0.03125);
}

static void iocr_request(struct cm *m, struct cur *c)
{
    struct ev_profinet_iocr v = {.type = cur_be16(c)};

    v.reference = cur_be16(c);
    cm_word(m, "iocr_type", pnio_word(PNIO_iocr, v.type));
    cm_number(m, "iocr_type_code", v.type);
    cm_number(m, "reference", v.reference);
    cm_hex(m, "lt", cur_be16(c), 4);
    v.rt_class = cur_be32(c) & 15;
    cm_number(m, "rt_class", v.rt_class);
    v.length = cur_be16(c);
    cm_number(m, "data_length", v.length);
    v.frame_id = cur_be16(c);
    cm_hex(m, "frame_id", v.frame_id, 4);
    uint16_t clock = cur_be16(c), reduction = cur_be16(c);
    v.units = (uint32_t)clock * reduction;
    put_cycle(m, v.units);
    cm_number(m, "send_clock_factor", clock);
    cm_number(m, "reduction_ratio", reduction);
    cm_number(m, "phase", cur_be16(c));
    cur_skip(c, 2 + 4); // sequence, frame send offset
    v.watchdog = cur_be16(c);
    cm_number(m, "watchdog_factor", v.watchdog);
    v.data_hold = cur_be16(c);
    cm_number(m, "data_hold_factor", v.data_hold);
    cur_skip(c, 2); // tag header
    cm_put_mac(m, "multicast_mac", cur_take(c, 6));
    put_apis(m, c);
    if (!tells(m, c, EV_profinet_iocr))
        return;
    struct ev_profinet_iocr *e = emit_profinet_iocr(m->x->out);
    v.head = e->head;
    *e = v;
    e->ar_uuid = cm_ar(m);
}

static void iocr_answer(struct cm *m, struct cur *c)
{
    uint16_t type = cur_be16(c), reference = cur_be16(c), frame_id = cur_be16(c);

    cm_word(m, "iocr_type", pnio_word(PNIO_iocr, type));
    cm_number(m, "iocr_type_code", type);
    cm_number(m, "reference", reference);
    cm_hex(m, "frame_id", frame_id, 4);
    if (!tells(m, c, EV_profinet_iocr))
        return;
    struct ev_profinet_iocr *e = emit_profinet_iocr(m->x->out);
    e->ar_uuid = cm_ar(m);
    e->type = type;
    e->reference = reference;
    e->frame_id = frame_id;
    e->answer = true;
}

static void alarm_request(struct cm *m, struct cur *c)
{
    cm_number(m, "alarm_type", cur_be16(c));
    cm_hex(m, "lt", cur_be16(c), 4);
    cm_hex(m, "properties", cur_be32(c), 8);
    cm_number(m, "rta_timeout_ms", cur_be16(c) * 100u);
    cm_number(m, "rta_retries", cur_be16(c));
    cm_number(m, "reference", cur_be16(c));
    cm_number(m, "alarm_length", cur_be16(c));
}

static void alarm_answer(struct cm *m, struct cur *c)
{
    cm_number(m, "alarm_type", cur_be16(c));
    cm_number(m, "reference", cur_be16(c));
    cm_number(m, "alarm_length", cur_be16(c));
}

// ---------------------------------------------------------------- submodules

static void tell_module(struct cm *m, const struct cur *c, struct ev_profinet_module v,
                        bool has_subslot)
{
    if (!tells(m, c, EV_profinet_module))
        return;
    struct ev_profinet_module *e = emit_profinet_module(m->x->out);
    v.head = e->head;
    *e = v;
    e->ar_uuid = cm_ar(m);
    if (has_subslot)
        set(profinet_module, e, subslot, v.subslot);
}

// Low bits of the properties: no data, input, output, both; each with a description.
static void put_data(struct cm *m, struct cur *c, uint16_t properties)
{
    static const char *const kind[] = {"none", "input", "output", "input and output"};

    cm_word(m, "data", kind[properties & 3]);
    for (int i = (properties & 3) == 3 ? 2 : 1; i > 0; i--) {
        uint16_t direction = cur_be16(c);
        cm_number(m, (direction & 3) == 2 ? "output_length" : "input_length", cur_be16(c));
        cur_skip(c, 2); // lengths of IOCS and IOPS
    }
}

static void expected(struct cm *m, struct cur *c)
{
    uint32_t n = cur_be16(c);

    cm_list(m, "modules");
    for (uint32_t i = 0; cm_entry(m, c, i, n); i++) {
        struct ev_profinet_module v = {.api = cur_be32(c)};
        cm_number(m, "api", v.api);
        cm_module(m, c, &v);
        cur_skip(c, 2); // properties
        uint32_t submodules = cur_be16(c);
        cm_list(m, "submodules");
        for (uint32_t k = 0; cm_entry(m, c, k, submodules); k++) {
            cm_submodule(m, c, &v);
            put_data(m, c, cur_be16(c));
            text_char(m->t, '}');
            tell_module(m, c, v, true);
        }
        end_list(m);
        text_char(m->t, '}');
    }
    end_list(m);
}

static const char *submodule_state(uint16_t state)
{
    enum { DETAILED = 0x8000 };

    if (!(state & DETAILED))
        return state == 0   ? "no submodule"
               : state == 1 ? "wrong submodule"
               : state == 2 ? "locked by controller"
               : state == 4 ? "application ready pending"
               : state == 7 ? "substitute"
                            : NULL;
    return pnio_word(PNIO_submodule, state >> 11 & 15);
}

// Modules of one API that are not as expected.
static void differences(struct cm *m, struct cur *c, uint32_t api)
{
    uint32_t n = cur_be16(c);

    cm_list(m, "modules");
    for (uint32_t i = 0; cm_entry(m, c, i, n); i++) {
        struct ev_profinet_module v = {.api = api, .kind = 1, .slot = cur_be16(c)};
        v.module = cur_be32(c);
        v.module_state = cur_be16(c);
        uint32_t submodules = cur_be16(c);
        cm_number(m, "slot", v.slot);
        cm_hex(m, "module", v.module, 8);
        cm_word(m, "state", pnio_word(PNIO_module, v.module_state));
        cm_list(m, "submodules");
        for (uint32_t k = 0; cm_entry(m, c, k, submodules); k++) {
            v.subslot = cur_be16(c);
            v.submodule = cur_be32(c);
            v.state = cur_be16(c);
            cm_number(m, "subslot", v.subslot);
            cm_hex(m, "submodule", v.submodule, 8);
            cm_hex(m, "state_code", v.state, 4);
            cm_word(m, "state", submodule_state(v.state));
            text_char(m->t, '}');
            tell_module(m, c, v, true);
        }
        end_list(m);
        text_char(m->t, '}');
        if (!submodules)
            tell_module(m, c, v, false);
    }
    end_list(m);
}

static void difference(struct cm *m, struct cur *c)
{
    uint32_t n = cur_be16(c);

    cm_list(m, "apis");
    for (uint32_t i = 0; cm_entry(m, c, i, n); i++) {
        uint32_t api = cur_be32(c);
        cm_number(m, "api", api);
        differences(m, c, api);
        text_char(m->t, '}');
    }
    end_list(m);
}

// ---------------------------------------------------------------- control

static void control(struct cm *m, struct cur *c)
{
    const char *words;

    cur_skip(c, 2);
    struct uuid ar = cm_uuid(c);
    cm_put_uuid(m, "ar_uuid", &ar);
    cm_set_ar(m, &ar);
    cm_number(m, "session_key", cur_be16(c));
    cm_number(m, "alarm_sequence", cur_be16(c));
    m->command = cur_be16(c);
    words = pnio_command(m->command);
    cm_word(m, "command", words);
    if (!words)
        cm_hex(m, "command_bits", m->command, 4);
    cm_hex(m, "properties", cur_be16(c), 4);
}

void cm_connect_block(struct cm *m, uint16_t type, struct cur *c)
{
    uint16_t request = type & 0x7fff;

    switch (type) {
    case AR_REQ: ar_request(m, c); break;
    case AR_RES: ar_answer(m, c); break;
    case IOCR_REQ: iocr_request(m, c); break;
    case IOCR_RES: iocr_answer(m, c); break;
    case ALARM_REQ: alarm_request(m, c); break;
    case ALARM_RES: alarm_answer(m, c); break;
    case SUBMODULES: expected(m, c); break;
    case DIFFERENCE: difference(m, c); break;
    default:
        if (cm_relation_block(m, type, c))
            return;
        if (request >= CONTROL_FIRST && request <= CONTROL_LAST && request != 0x0115)
            control(m, c);
        break;
    }
}
