// SPDX-License-Identifier: Apache-2.0
// LLDP (IEEE 802.1AB), with what PROFINET adds (IEC 61158-6-10): what a station says of itself
// to its neighbours, as far as an inventory wants to know it.
#include "proto/profinet/dcp.h"

#include "base/cur.h"

enum {
    END,
    CHASSIS,
    PORT,
    SYSTEM_NAME = 5,
    SYSTEM_WORDS,
    ADDRESS = 8,
    ORGANISATION = 127,
    TLVS_MOST = 128,
    WORDS_MOST = 255
};
enum { SUBTYPE_MAC_OF_CHASSIS = 4, SUBTYPE_MAC_OF_PORT = 3, NETWORK_OF_CHASSIS = 5, LOCAL = 7 };
enum { FAMILY_IP4 = 1, PROFINET = 0x000ecf, PROFINET_CHASSIS_MAC = 5 };

static struct slice words(struct ctx *x, struct slice s)
{
    struct text *t = feed_text(x);

    s.n = min_u32(s.n, WORDS_MOST);
    while (s.n && !s.p[s.n - 1])
        s.n--;
    dcp_escape(t, s);
    return arena_copy(x->out->arena, text_slice(t));
}

static struct slice mac_words(struct ctx *x, const struct mac *m)
{
    struct text *t = feed_text(x);

    text_mac(t, m);
    return arena_copy(x->out->arena, text_slice(t));
}

// A chassis or a port: a MAC, an address, or a text.
static struct slice id_words(struct ctx *x, struct slice s, uint8_t mac_subtype)
{
    struct slice value = slice_of(s.p + 1, s.n - 1);

    if (s.p[0] == mac_subtype && value.n == sizeof(struct mac)) {
        struct mac m;
        memcpy(m.b, value.p, sizeof(m.b));
        return mac_words(x, &m);
    }
    return words(x, value);
}

static void take_mac(struct ev_lldp *e, const uint8_t *p)
{
    if (!(p[0] & 1))
        memcpy(e->mac.b, p, sizeof(e->mac.b));
}

static void take_chassis(struct ctx *x, struct ev_lldp *e, struct slice s)
{
    if (s.n < 2)
        return;
    e->chassis = id_words(x, s, SUBTYPE_MAC_OF_CHASSIS);
    if (s.p[0] == SUBTYPE_MAC_OF_CHASSIS && s.n == 1 + sizeof(struct mac))
        take_mac(e, s.p + 1);
    if (s.p[0] == NETWORK_OF_CHASSIS && s.n == 6 && s.p[1] == FAMILY_IP4)
        e->ip = addr_of(ADDR_IP4, s.p + 2);
    e->local = s.p[0] == LOCAL;
}

// Length of what follows, family, address.
static void take_address(struct ev_lldp *e, struct slice s)
{
    if (s.n >= 6 && s.p[0] == 5 && s.p[1] == FAMILY_IP4)
        e->ip = addr_of(ADDR_IP4, s.p + 2);
}

static void take_organisation(struct ev_lldp *e, struct slice s)
{
    struct cur c = cur_of(s);
    uint32_t who = cur_be24(&c);

    if (who != PROFINET)
        return;
    e->profinet = true;
    if (cur_u8(&c) == PROFINET_CHASSIS_MAC && cur_left(&c) >= sizeof(struct mac))
        take_mac(e, c.p);
}

static void take(struct ctx *x, struct ev_lldp *e, uint8_t type, struct slice s)
{
    switch (type) {
    case CHASSIS: take_chassis(x, e, s); break;
    case PORT:
        if (s.n > 1)
            e->port = id_words(x, s, SUBTYPE_MAC_OF_PORT);
        break;
    case SYSTEM_NAME: e->system_name = words(x, s); break;
    case SYSTEM_WORDS: e->system_words = words(x, s); break;
    case ADDRESS: take_address(e, s); break;
    case ORGANISATION: take_organisation(e, s); break;
    default: break;
    }
}

// Chassis, port and time to live stand first, in that order; only then is it believed.
static bool is_whole(struct cur c)
{
    for (unsigned type = CHASSIS; type <= PORT + 1; type++) {
        uint16_t head = cur_be16(&c);
        cur_skip(&c, head & 0x1ff);
        if (c.bad || head >> 9 != type)
            return false;
    }
    return true;
}

static void frame(struct ctx *x, void *state)
{
    const struct packet *p = x->packet;
    struct cur c = cur_of(p->payload);

    if (p->copy || !want(x->out, EV_lldp) || p->src_mac.b[0] & 1 || !is_whole(c))
        return;
    struct ev_lldp *e = emit_lldp(x->out);
    e->mac = p->src_mac;
    e->vlan = p->n_vlan ? p->vlan[0] : 0;
    for (int i = 0; i < TLVS_MOST; i++) {
        uint16_t head = cur_be16(&c);
        struct slice value = cur_take(&c, head & 0x1ff);
        if (c.bad || head >> 9 == END)
            break;
        take(x, e, (uint8_t)(head >> 9), value);
    }
}

const struct analyser proto_lldp = {
    .name = "lldp",
    .title = "LLDP",
    .spec = "IEEE 802.1AB",
    .why = "by the EtherType",
    .over = OVER_ETHER,
    .ether_type = 0x88cc,
    .frame = frame,
};
