// SPDX-License-Identifier: Apache-2.0
// The endpoint mapper of DCE/RPC: towers in its answers, and the endpoints they announce. C706,
// appendices I, L and O.
#include "proto/epm.h"

#include "proto/lines.h"

#include <stdio.h>

enum { TOWERS_MOST = 64, FLOORS_MOST = 8, UUID_TEXT = 36, ANNOTATION_MOST = 64 };
#define STAYS (600 * SECOND) // an endpoint that was told of

static const struct {
    const char *uuid, *name;
} interfaces[] = {
#define INTERFACE(uuid, name) {uuid, name},
#include "proto/dce_interfaces.def"
#undef INTERFACE
};

const char *dce_interface_name(const struct uuid *interface)
{
    struct text t = {0};
    const char *name = NULL;

    text_uuid(&t, interface);
    for (size_t i = 0; i < COUNT_OF(interfaces) && !name; i++)
        if (!memcmp(t.p, interfaces[i].uuid, UUID_TEXT))
            name = interfaces[i].name;
    text_free(&t);
    return name;
}

bool dce_is_mapper(const struct uuid *interface)
{
    static const uint8_t mapper[16] = {0xe1, 0xaf, 0x83, 0x08, 0x5d, 0x1f, 0x11, 0xc9,
                                       0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa};

    return !memcmp(interface->b, mapper, sizeof(mapper));
}

static bool is_pnio(const struct uuid *interface)
{
    static const uint8_t begin[] = {0xde, 0xa0, 0x00};
    static const uint8_t end[] = {0x6c, 0x97, 0x11, 0xd1, 0x82, 0x71,
                                  0x00, 0xa0, 0x24, 0x42, 0xdf, 0x7d};

    return !memcmp(interface->b, begin, sizeof(begin)) &&
           !memcmp(interface->b + 4, end, sizeof(end));
}

struct slice dce_operation_name(struct out *o, const struct uuid *interface, uint16_t opnum)
{
    static const char *const mapper[] = {
        "ept_insert",     "ept_delete",     "ept_lookup", "ept_map", "ept_lookup_handle_free",
        "ept_inq_object", "ept_mgmt_delete"};
    char text[16];

    if (dce_is_mapper(interface) && opnum < COUNT_OF(mapper))
        return slice_str(mapper[opnum]);
    snprintf(text, sizeof(text), "unknown-%u", opnum);
    return arena_copy(o->arena, slice_str(text));
}

struct uuid epm_uuid(struct cur *c, bool little)
{
    static const uint8_t place[8] = {3, 2, 1, 0, 5, 4, 7, 6};
    struct slice s = cur_take(c, 16);
    struct uuid u = {{0}};

    if (s.n < 16)
        return u;
    memcpy(u.b, s.p, 16);
    for (int i = 0; little && i < 8; i++)
        u.b[i] = s.p[place[i]];
    return u;
}

// ---------------------------------------------------------------- towers

struct tower {
    struct uuid interface;
    struct addr host;
    uint16_t port;
    uint8_t ip_proto;
};

// A floor's left side says what the right side is. Its counts are little-endian, ports and
// addresses big-endian, whatever the packet says.
static void read_floor(struct tower *t, unsigned number, struct cur left, struct cur right)
{
    enum { UUID = 0x0d, TCP_PORT = 0x07, UDP_PORT = 0x08, IP = 0x09 };

    switch (cur_u8(&left)) {
    case UUID:
        if (!number)
            t->interface = epm_uuid(&left, true);
        break;
    case TCP_PORT:
        t->ip_proto = PROTO_TCP;
        t->port = cur_be16(&right);
        break;
    case UDP_PORT:
        t->ip_proto = PROTO_UDP;
        t->port = cur_be16(&right);
        break;
    case IP:
        if (cur_left(&right) == 4)
            t->host = addr_of(ADDR_IP4, right.p);
        break;
    default: break;
    }
}

static void read_tower(struct ctx *x, struct cur c, const struct addr *server)
{
    static const uint8_t any[4];
    struct tower t = {.port = 0};
    uint16_t floors = cur_le16(&c);

    for (unsigned i = 0; i < floors && i < FLOORS_MOST && !c.bad; i++) {
        struct cur left = cur_sub(&c, cur_le16(&c));
        struct cur right = cur_sub(&c, cur_le16(&c));
        if (!c.bad)
            read_floor(&t, i, left, right);
    }
    if (c.bad || !t.ip_proto)
        return;
    if (!t.host.kind || !memcmp(t.host.b, any, sizeof(any)))
        t.host = *server;
    bool pnio = is_pnio(&t.interface);
    const struct announced a = {.host = t.host,
                                .port = t.port,
                                .service = pnio ? "profinet_io_cm" : "dce_rpc",
                                .sub = pnio ? NULL : dce_interface_name(&t.interface),
                                .ip_proto = t.ip_proto,
                                .lasts = STAYS};
    announce(x, &a);
}

// ---------------------------------------------------------------- answers

static void align(struct cur *c, const uint8_t *begin)
{
    cur_skip(c, (uint32_t)(-(c->p - begin) & 3));
}

// Of ept_lookup: an object, a pointer to its tower, and a text, each.
static void skip_entries(struct cur *c, const uint8_t *begin, bool little, uint32_t n)
{
    for (uint32_t i = 0; i < n && !c->bad; i++) {
        align(c, begin);
        cur_skip(c, 16 + 4 + 4);
        uint32_t text = epm_u32(c, little);
        if (text > ANNOTATION_MOST)
            c->bad = true;
        else
            cur_skip(c, text);
    }
}

void epm_told(struct ctx *x, struct slice body, bool little, uint16_t opnum,
              const struct addr *server)
{
    struct cur c = cur_of(body);

    cur_skip(&c, 20 + 4 + 4 + 4); // handle, number, the most, offset
    uint32_t n = epm_u32(&c, little);
    if (c.bad || n > TOWERS_MOST || (opnum != EPM_MAP && opnum != EPM_LOOKUP))
        return;
    if (opnum == EPM_MAP)
        cur_skip(&c, 4 * n); // pointers
    else
        skip_entries(&c, body.p, little, n);
    for (uint32_t i = 0; i < n && !c.bad; i++) {
        align(&c, body.p);
        uint32_t length = epm_u32(&c, little);
        if (epm_u32(&c, little) != length || length > cur_left(&c))
            return;
        read_tower(x, cur_sub(&c, length), server);
    }
}
