// SPDX-License-Identifier: Apache-2.0
// Blocks that few relations have (IEC 61158-6-10): multicast, isochronous real time,
// redundancy, parameter servers, system events; and the media redundancy (MRP) of interfaces
// and ports.
#include "proto/profinet/cm.h"

enum {
    PRM_SERVER = 0x0105,
    MULTICAST,
    VENDOR = 0x0108,
    ISOCHRONOUS,
    REDUNDANCY,
    SYSTEM_EVENTS = 0x010c,
    SERVER_RES = 0x8106
};
enum {
    MRP_ADJUST = 0x0211,
    MRP_REAL,
    MRP_CHECK,
    PORT_ADJUST,
    PORT_REAL,
    MANAGER,
    CLIENT,
    MANAGER_MODE,
    RING_STATE,
    RT_STATE,
    CLIENT_MODE = 0x021d,
    INSTANCE_ADJUST = 0x0231,
    INSTANCE_REAL,
    INSTANCE_CHECK
};
enum { BEFORE_DATA = 6 }; // type, length and version of a block: it is aligned with them

static void put_text(struct cm *m, const char *key, struct cur *c, uint32_t n)
{
    cm_bytes(m, key, cur_take(c, n));
}

static void put_domain(struct cm *m, const char *key, struct cur *c)
{
    struct uuid u = cm_uuid(c);

    cm_put_uuid(m, key, &u);
}

// ---------------------------------------------------------------- relations

static void prm_server(struct cm *m, struct cur *c)
{
    put_domain(m, "server_object_uuid", c);
    cm_hex(m, "properties", cur_be32(c), 8);
    cm_number(m, "timeout_ms", cur_be16(c) * 100u);
    put_text(m, "station", c, cur_be16(c));
}

static void multicast(struct cm *m, struct cur *c)
{
    cm_number(m, "iocr", cur_be16(c));
    cm_hex(m, "address_resolution", cur_be32(c), 8);
    cm_number(m, "timeout_ms", cur_be16(c) * 100u);
    put_text(m, "provider", c, cur_be16(c));
}

static void isochronous(struct cm *m, struct cur *c)
{
    cur_skip(c, 2);
    put_domain(m, "ir_data_uuid", c);
    cur_skip(c, 2);
    uint32_t n = cur_be16(c);
    cm_list(m, "iocrs");
    for (uint32_t i = 0; cm_entry(m, c, i, n); i++) {
        cm_number(m, "iocr", cur_be16(c));
        cm_number(m, "subframe_offset", cur_be16(c));
        cm_hex(m, "subframe", cur_be32(c), 8);
        text_char(m->t, '}');
    }
    text_char(m->t, ']');
}

static void redundancy(struct cm *m, struct cur *c)
{
    enum { VALID_ON_BACKUP = 1 };

    cm_number(m, "data_hold_factor", cur_be16(c));
    uint32_t properties = cur_be32(c);
    cm_hex(m, "properties", properties, 8);
    cm_word(m, "input_of_backup", properties & VALID_ON_BACKUP ? "valid" : "may be invalid");
}

bool cm_relation_block(struct cm *m, uint16_t type, struct cur *c)
{
    switch (type) {
    case PRM_SERVER: prm_server(m, c); return true;
    case MULTICAST: multicast(m, c); return true;
    case VENDOR:
        cm_number(m, "structure", cur_be16(c));
        cm_number(m, "api", cur_be32(c));
        return true;
    case ISOCHRONOUS: isochronous(m, c); return true;
    case REDUNDANCY: redundancy(m, c); return true;
    case SYSTEM_EVENTS:
        cur_skip(c, 2);
        cm_hex(m, "properties", cur_be32(c), 8);
        return true;
    case SERVER_RES: put_text(m, "station", c, cur_be16(c)); return true;
    default: return false;
    }
}

// ---------------------------------------------------------------- media redundancy

static void put_instance(struct cm *m, struct cur *c, const char *key, bool has_it)
{
    cur_skip(c, has_it ? 1 : 2);
    if (has_it)
        cm_number(m, key, cur_u8(c));
}

// What a ring is: its domain, the role in it, its name; blocks follow, aligned.
static void ring(struct cm *m, struct cur *c, uint32_t all, bool real)
{
    static const char *const role[] = {"disabled", "client", "manager", "manager (auto)"};

    put_domain(m, "domain_uuid", c);
    uint16_t number = cur_be16(c);
    cm_word(m, "role", number < COUNT_OF(role) ? role[number] : "reserved");
    if (!real)
        cur_skip(c, 2);
    put_text(m, "domain", c, cur_u8(c));
    if (real)
        cm_number(m, "mrp_version", cur_be16(c));
    cur_skip(c, min_u32(-(BEFORE_DATA + all - cur_left(c)) & 3, cur_left(c)));
}

static void manager(struct cm *m, struct cur *c)
{
    cm_hex(m, "priority", cur_be16(c), 4);
    cm_number(m, "topology_change_ms", cur_be16(c) * 10u);
    cm_number(m, "topology_change_repeat", cur_be16(c));
    cm_number(m, "test_short_ms", cur_be16(c));
    cm_number(m, "test_ms", cur_be16(c));
    cm_number(m, "test_repeat", cur_be16(c));
}

static void client(struct cm *m, struct cur *c)
{
    cm_number(m, "link_down_ms", cur_be16(c));
    cm_number(m, "link_up_ms", cur_be16(c));
    cm_number(m, "link_repeat", cur_be16(c));
}

static void check(struct cm *m, struct cur *c)
{
    put_domain(m, "domain_uuid", c);
    cm_hex(m, "check", cur_be32(c), 8);
}

static void mode(struct cm *m, struct cur *c)
{
    cur_skip(c, 2);
    cm_hex(m, "rt_mode", cur_be32(c), 8);
}

bool cm_mrp_block(struct cm *m, uint16_t type, uint8_t version, struct cur *c)
{
    uint32_t all = cur_left(c);
    bool instances = version > 0; // then a ring's data are in blocks of their own

    switch (type) {
    case MRP_ADJUST:
    case MRP_REAL:
    case MRP_CHECK:
        put_instance(m, c, "instances", instances);
        if (!instances && type == MRP_CHECK)
            check(m, c);
        else if (!instances)
            ring(m, c, all, type == MRP_REAL);
        return true;
    case INSTANCE_ADJUST:
    case INSTANCE_REAL:
        put_instance(m, c, "instance", true);
        ring(m, c, all, type == INSTANCE_REAL);
        return true;
    case INSTANCE_CHECK:
        put_instance(m, c, "instance", true);
        check(m, c);
        return true;
    case PORT_ADJUST:
    case PORT_REAL:
        put_instance(m, c, "instance", instances);
        put_domain(m, "domain_uuid", c);
        return true;
    case MANAGER: manager(m, c); return true;
    case CLIENT: client(m, c); return true;
    case MANAGER_MODE:
        cm_number(m, "test_repeat", cur_be16(c));
        cm_number(m, "test_ms", cur_be16(c));
        mode(m, c);
        return true;
    case CLIENT_MODE: mode(m, c); return true;
    case RING_STATE: cm_word(m, "ring", cur_be16(c) ? "closed" : "open"); return true;
    case RT_STATE: cm_word(m, "redundancy", cur_be16(c) ? "available" : "lost"); return true;
    default: return false;
    }
}

bool cm_mrp_holds_blocks(uint16_t type)
{
    return (type >= MRP_ADJUST && type <= MRP_CHECK) || type == INSTANCE_ADJUST ||
           type == INSTANCE_REAL;
}
