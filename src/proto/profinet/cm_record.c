// SPDX-License-Identifier: Apache-2.0
// What records hold that tell of a device: I&M, the modules that are plugged, diagnosis.
#include "proto/profinet/cm.h"

enum {
    DIAGNOSIS = 0x0010,
    EXPECTED = 0x0012,
    REAL = 0x0013,
    IM0 = 0x0020,
    IM1 = 0x0021,
    IM2 = 0x0022,
    IM3 = 0x0023
};

// Text in a field of fixed length, filled with blanks or zeros.
static struct slice trimmed(struct slice s)
{
    while (s.n && (s.p[s.n - 1] == ' ' || !s.p[s.n - 1]))
        s.n--;
    return s;
}

static struct slice escaped(struct cm *m, struct slice s)
{
    size_t at = m->t->n;

    dcp_escape(m->t, s);
    return cm_cut(m, at);
}

static void tell_im0(struct cm *m, struct ev_profinet_im0 v, struct slice order,
                     struct slice serial, struct slice software)
{
    struct ev_profinet_im0 *e = emit_profinet_im0(m->x->out);
    const struct packet *p = m->x->packet;

    v.head = e->head;
    *e = v;
    e->mac = p->src_mac;
    e->vlan = p->n_vlan ? p->vlan[0] : 0;
    e->slot = m->slot;
    e->subslot = m->subslot;
    e->order_id = escaped(m, order);
    e->serial = escaped(m, serial);
    e->software = software;
}

static void put_im0(struct cm *m, struct cur *c)
{
    struct ev_profinet_im0 v = {.vendor_id = cur_be16(c)};
    struct slice order = trimmed(cur_take(c, 20)), serial = trimmed(cur_take(c, 16));
    size_t at = m->t->n;

    v.hardware = cur_be16(c);
    struct slice prefix = cur_take(c, 1);
    dcp_escape(m->t, prefix);
    for (int i = 0; i < 3; i++) {
        text_str(m->t, i ? "." : "");
        text_u64(m->t, cur_u8(c));
    }
    struct slice software = cm_cut(m, at);
    cm_hex(m, "vendor_id", v.vendor_id, 4);
    cm_word(m, "vendor", profinet_vendor(v.vendor_id));
    cm_bytes(m, "order_id", order);
    cm_bytes(m, "serial", serial);
    cm_number(m, "hardware_revision", v.hardware);
    cm_bytes(m, "software_revision", software);
    cm_number(m, "revision_counter", cur_be16(c));
    cm_hex(m, "profile_id", cur_be16(c), 4);
    cm_hex(m, "profile_type", cur_be16(c), 4);
    cm_hex(m, "im_version", cur_be16(c), 4);
    cm_hex(m, "im_supported", cur_be16(c), 4);
    if (m->tells && m->answer && !m->status && !c->bad && want(m->x->out, EV_profinet_im0))
        tell_im0(m, v, order, serial, software);
}

// ---------------------------------------------------------------- identification

static void tell_real(struct cm *m, struct ev_profinet_module v)
{
    struct ev_profinet_module *e = emit_profinet_module(m->x->out);

    v.head = e->head;
    *e = v;
    e->ar_uuid = cm_ar(m);
    set(profinet_module, e, subslot, v.subslot);
}

static void put_submodules(struct cm *m, struct cur *c, struct ev_profinet_module v, bool real)
{
    uint32_t n = cur_be16(c);

    cm_list(m, "submodules");
    for (uint32_t i = 0; cm_entry(m, c, i, n); i++) {
        cm_submodule(m, c, &v);
        text_char(m->t, '}');
        if (real && m->tells && m->has_ar && !c->bad && want(m->x->out, EV_profinet_module))
            tell_real(m, v);
    }
    text_char(m->t, ']');
}

static void put_modules(struct cm *m, struct cur *c, struct ev_profinet_module v, bool real)
{
    uint32_t n = cur_be16(c);

    cm_list(m, "modules");
    for (uint32_t i = 0; cm_entry(m, c, i, n); i++) {
        cm_module(m, c, &v);
        put_submodules(m, c, v, real);
        text_char(m->t, '}');
    }
    text_char(m->t, ']');
}

// Since version 1.1 by API.
static void put_identification(struct cm *m, struct cur *c, uint8_t version, bool real)
{
    struct ev_profinet_module v = {.kind = 2};
    uint32_t n = version ? cur_be16(c) : 1;

    cm_list(m, "apis");
    for (uint32_t i = 0; cm_entry(m, c, i, n); i++) {
        v.api = version ? cur_be32(c) : 0;
        cm_number(m, "api", v.api);
        put_modules(m, c, v, real);
        text_char(m->t, '}');
    }
    text_char(m->t, ']');
}

static void put_diagnosis(struct cm *m, struct cur *c, uint8_t version)
{
    if (version)
        cm_number(m, "api", cur_be32(c));
    cm_number(m, "slot", cur_be16(c));
    cm_number(m, "subslot", cur_be16(c));
    cm_number(m, "channel", cur_be16(c));
    cm_hex(m, "properties", cur_be16(c), 4);
    uint16_t structure = cur_be16(c);
    cm_hex(m, "structure", structure, 4);
    text_str(m->t, ",\"diagnosis\":\"");
    pnio_diagnosis(m->t, structure, cur_rest(c));
    text_char(m->t, '"');
}

void cm_record_block(struct cm *m, uint16_t type, uint8_t version, struct cur *c)
{
    switch (type) {
    case DIAGNOSIS: put_diagnosis(m, c, version); break;
    case EXPECTED:
    case REAL: put_identification(m, c, version, type == REAL && m->answer); break;
    case IM0: put_im0(m, c); break;
    case IM1:
        cm_bytes(m, "function", trimmed(cur_take(c, 32)));
        cm_bytes(m, "location", trimmed(cur_take(c, 22)));
        break;
    case IM2: cm_bytes(m, "date", trimmed(cur_take(c, 16))); break;
    case IM3: cm_bytes(m, "descriptor", trimmed(cur_take(c, 54))); break;
    default: (void)cm_mrp_block(m, type, version, c); break;
    }
}
