// SPDX-License-Identifier: Apache-2.0
// Fields of Modbus, EtherNet/IP, S7comm-plus and IEC 104 messages, read when a rule asks.
#include "rule/field.h"

#include <string.h>

#include "base/cur.h"
#include "rule/dce.h"
#include "rule/message.h"
#include "rule/number.h"
#include "rule/service.h"

// Whether the unit is of this protocol, or of none that is known: its bytes then decide.
static bool may_be(const struct unit *u, enum known_service s)
{
    return u->service == s || !u->service;
}

// ---------------------------------------------------------------- Modbus

bool modbus_read(const struct unit *u, struct slice b, struct modbus_view *v)
{
    struct cur c = cur_of(b);

    if (!may_be(u, SERVICE_MODBUS))
        return false;
    cur_skip(&c, 2); // transaction
    uint16_t protocol = cur_be16(&c), length = cur_be16(&c);
    v->unit = cur_u8(&c);
    v->function = cur_u8(&c);
    if (c.bad || (!u->service && (protocol || length != b.n - 6)))
        return false;
    v->data = cur_rest(&c);
    return true;
}

// ---------------------------------------------------------------- EtherNet/IP and CIP

enum {
    ENIP_HEADER = 24,
    LIST_IDENTITY = 0x63,
    SEND_RR_DATA = 0x6f,
    SEND_UNIT_DATA = 0x70,
    ITEM_IDENTITY = 0x0c,
    ITEM_CONNECTED = 0xb1,
    ITEM_UNCONNECTED = 0xb2,
    CIP_RESPONSE = 0x80,
    GET_ATTRIBUTE_LIST = 3,
    MULTIPLE_SERVICES = 10,
    PARTS_MOST = 256
};
enum { SEGMENT_CLASS = 0x00, SEGMENT_INSTANCE = 0x04, SEGMENT_ATTRIBUTE = 0x10 };

static struct slice enip_pdu(struct unit *u)
{
    struct slice b = unit_buffer(u, BUF_pkt_data);

    if (!may_be(u, SERVICE_ENIP) || b.n < ENIP_HEADER ||
        (!u->service && load_le16(b.p + 2) != b.n - ENIP_HEADER))
        return (struct slice){0};
    return b;
}

// The item of this type, its type and length in front; type 0: the last one.
static struct slice enip_item(struct unit *u, uint16_t wanted)
{
    struct slice b = enip_pdu(u), found = {0};
    struct cur c = cur_of(b);

    cur_skip(&c, ENIP_HEADER);
    if (b.n && load_le16(b.p) != LIST_IDENTITY)
        cur_skip(&c, 6); // interface, timeout
    uint16_t items = cur_le16(&c);
    for (uint16_t i = 0; i < items && !c.bad; i++) {
        const uint8_t *at = c.p;
        uint16_t type = cur_le16(&c), n = cur_le16(&c);
        cur_skip(&c, n);
        if (!c.bad && (!wanted || type == wanted))
            found = slice_of(at, n + 4u);
    }
    return found;
}

static struct slice cip_message(struct unit *u)
{
    struct slice b = enip_pdu(u), item;

    if (!b.n || (load_le16(b.p) != SEND_RR_DATA && load_le16(b.p) != SEND_UNIT_DATA))
        return (struct slice){0};
    item = enip_item(u, ITEM_UNCONNECTED);
    if (item.n > 4)
        return slice_of(item.p + 4, item.n - 4);
    item = enip_item(u, ITEM_CONNECTED);
    return item.n > 6 ? slice_of(item.p + 6, item.n - 6) : (struct slice){0}; // sequence: 2
}

bool cip_is_response(struct unit *u)
{
    struct slice b = cip_message(u);

    return b.n && b.p[0] & CIP_RESPONSE;
}

// Behind the path of a request, or the status of an answer.
static struct cur cip_data(struct slice b)
{
    struct cur c = cur_of(b);
    bool answer = cur_u8(&c) & CIP_RESPONSE;

    if (answer)
        cur_skip(&c, 2);
    cur_skip(&c, cur_u8(&c) * 2u);
    return c;
}

// Number i of the messages: the whole one, then those inside, if it is a Multiple Service
// Packet (CIP volume 1, 5-5.6): a count, and where each of them begins, counted from there.
bool cip_part(struct unit *u, uint32_t i, struct slice *part)
{
    struct slice b = cip_message(u);
    struct cur c = cip_data(b);

    *part = b;
    if (!i || !b.n || (b.p[0] & 0x7f) != MULTIPLE_SERVICES)
        return !i && b.n;
    struct slice all = cur_rest(&c);
    uint16_t count = all.n >= 2 ? load_le16(all.p) : 0;
    if (i > count || all.n < 2 + i * 2)
        return false;
    uint32_t from = load_le16(all.p + i * 2), to = all.n;
    if (i < count && all.n >= 4 + i * 2)
        to = load_le16(all.p + 2 + i * 2);
    if (from >= to || to > all.n)
        return false;
    *part = slice_of(all.p + from, to - from);
    return true;
}

// Logical segments of a request's path: class, instance, attribute (CIP volume 1, appendix C).
static bool cip_path(struct slice b, uint8_t kind, uint64_t *v)
{
    struct cur c = cur_of(b);
    uint8_t service = cur_u8(&c);
    struct cur path = cur_sub(&c, cur_u8(&c) * 2u);

    if (service & CIP_RESPONSE)
        return false;
    while (cur_left(&path)) {
        uint8_t segment = cur_u8(&path), size = segment & 3;
        uint32_t value;
        if (segment >> 5 != 1) // no logical segment: its length is not known here
            return false;
        if (size)
            cur_skip(&path, 1);
        value = size == 0   ? cur_u8(&path)
                : size == 1 ? cur_le16(&path)
                            : cur_le16(&path) | (uint32_t)cur_le16(&path) << 16;
        if (path.bad)
            return false;
        if ((segment & 0x1c) == kind)
            return *v = value, true;
    }
    return false;
}

// Number i of the attributes that a request names: in its path, or in a list.
static bool cip_attribute(struct slice b, uint32_t i, uint64_t *v)
{
    struct cur c = cip_data(b);

    if (b.p[0] != GET_ATTRIBUTE_LIST)
        return !i && cip_path(b, SEGMENT_ATTRIBUTE, v);
    uint16_t count = cur_le16(&c);
    if (i >= count)
        return false;
    cur_skip(&c, i * 2);
    *v = cur_le16(&c);
    return !c.bad;
}

static bool cip_number(struct slice b, enum number n, uint32_t i, uint64_t *v)
{
    if (n == NUM_cip_attribute)
        return cip_attribute(b, i, v);
    if (i)
        return false;
    switch ((int)n) {
    case NUM_cip_service: return *v = b.p[0] & 0x7f, true;
    case NUM_cip_class:
    case NUM_cip_conn_class: return cip_path(b, SEGMENT_CLASS, v);
    case NUM_cip_instance: return cip_path(b, SEGMENT_INSTANCE, v);
    default: *v = b.n > 2 ? b.p[2] : 0; return b.n > 2 && b.p[0] & CIP_RESPONSE;
    }
}

bool cip_fits(struct unit *u, enum number n, const struct interval *x)
{
    struct slice part;
    uint64_t v;

    for (uint32_t i = 0; i < PARTS_MOST && cip_part(u, i, &part); i++)
        for (uint32_t k = 0; k < PARTS_MOST && cip_number(part, n, k, &v); k++)
            if (interval_has(x, v))
                return true;
    return false;
}

// The fields of a List Identity answer (CIP volume 2, 2-4.3.3).
static struct slice identity(struct unit *u, enum number n, uint64_t *v)
{
    struct cur c = cur_of(enip_item(u, ITEM_IDENTITY));
    uint64_t of[NUMBERS] = {0};

    cur_skip(&c, 4);
    of[NUM_enip_protocol] = cur_le16(&c);
    cur_skip(&c, 16); // socket address
    of[NUM_enip_vendor] = cur_le16(&c);
    of[NUM_enip_device] = cur_le16(&c);
    of[NUM_enip_product] = cur_le16(&c);
    of[NUM_enip_revision] = cur_be16(&c); // major, minor
    of[NUM_enip_id_status] = cur_le16(&c);
    of[NUM_enip_serial] = cur_le32(&c);
    struct slice name = cur_take(&c, cur_u8(&c));
    of[NUM_enip_state] = cur_u8(&c);
    *v = of[n];
    return c.bad ? (struct slice){0} : name;
}

// ---------------------------------------------------------------- TPKT, IEC 104

// S7comm-plus: behind TPKT and COTP, its own first four octets cut off.
static struct slice s7plus(struct unit *u)
{
    struct slice b = unit_buffer(u, BUF_pkt_data);
    struct cur c = cur_of(b);

    if (cur_u8(&c) != 3)
        return (struct slice){0};
    cur_skip(&c, 3);
    cur_skip(&c, cur_u8(&c)); // COTP
    if (cur_u8(&c) != 0x72)
        return (struct slice){0};
    cur_skip(&c, 3);
    return c.bad ? (struct slice){0} : cur_rest(&c);
}

static bool iec104_number(struct unit *u, enum number n, uint64_t *v)
{
    struct slice b = unit_buffer(u, BUF_pkt_data);

    if (!may_be(u, SERVICE_IEC104) || b.n < 6 || b.p[0] != 0x68 || b.p[1] + 2u != b.n)
        return false;
    uint8_t control = b.p[2];
    bool numbered = !(control & 1); // I format: it carries data
    if (n == NUM_iec104_apci)
        return *v = numbered ? 0 : control & 2 ? 2 : 1, true;
    *v = b.n > 6 ? b.p[6] : 0;
    return numbered && b.n > 6;
}

// ---------------------------------------------------------------- all

static struct slice or_nothing(struct slice s, uint32_t skip)
{
    return s.n > skip ? slice_of(s.p + skip, s.n - skip) : (struct slice){0};
}

struct slice field_buffer(struct unit *u, enum buffer b)
{
    struct modbus_view m;
    uint64_t ignored;

    switch ((int)b) {
    case BUF_modbus_data:
        return modbus_read(u, unit_buffer(u, BUF_pkt_data), &m) ? m.data : (struct slice){0};
    case BUF_s7commplus_data: return s7plus(u);
    case BUF_dce_stub: return dce_stub(u);
    case BUF_enip_pdu: return enip_pdu(u);
    case BUF_enip_header:
        return enip_pdu(u).n ? slice_of(enip_pdu(u).p, ENIP_HEADER) : (struct slice){0};
    case BUF_enip_payload: return or_nothing(enip_pdu(u), ENIP_HEADER);
    case BUF_enip_item: return enip_item(u, 0);
    case BUF_cip: return cip_message(u);
    default: return identity(u, NUM_enip_protocol, &ignored);
    }
}

bool field_number(struct unit *u, enum number n, uint64_t *v)
{
    struct modbus_view m;
    struct slice b;

    if (n >= NUM_dns_opcode)
        return message_number(u, n, v);
    switch ((int)n) {
    case NUM_modbus_func:
    case NUM_modbus_unit:
        if (!modbus_read(u, unit_buffer(u, BUF_pkt_data), &m))
            return false;
        return *v = n == NUM_modbus_func ? m.function : m.unit, true;
    case NUM_enip_command: b = enip_pdu(u); return b.n ? *v = load_le16(b.p), true : false;
    case NUM_enip_status: b = enip_pdu(u); return b.n ? *v = load_le32(b.p + 8), true : false;
    case NUM_s7plus_opcode: b = s7plus(u); return b.n ? *v = b.p[0], true : false;
    case NUM_s7plus_func:
        b = s7plus(u);
        return b.n >= 5 ? *v = load_be16(b.p + 3), true : false;
    case NUM_iec104_apci:
    case NUM_iec104_type: return iec104_number(u, n, v);
    default: return identity(u, n, v).p != NULL;
    }
}
