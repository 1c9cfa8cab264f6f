// SPDX-License-Identifier: Apache-2.0
// Events as Suricata's EVE: its head, then the fields nested by their dotted paths.
#include "write/line.h"

#define ADD_LITERAL(t, s) text_bytes((t), (s), sizeof(s) - 1)

static const char *proto_name(uint8_t ip_proto)
{
    switch (ip_proto) {
    case 1: return "ICMP";
    case 2: return "IGMP";
    case 6: return "TCP";
    case 17: return "UDP";
    case 47: return "GRE";
    case 50: return "ESP";
    case 51: return "AH";
    case 58: return "IPv6-ICMP";
    case 132: return "SCTP";
    default: return NULL;
    }
}

static void quoted_addr(struct text *t, const struct addr *a)
{
    text_char(t, '"');
    text_addr(t, a);
    text_char(t, '"');
}

static void ends(struct text *t, const struct event *e)
{
    ADD_LITERAL(t, ",\"src_ip\":");
    quoted_addr(t, &e->src);
    ADD_LITERAL(t, ",\"src_port\":");
    text_u64(t, e->sport);
    ADD_LITERAL(t, ",\"dest_ip\":");
    quoted_addr(t, &e->dst);
    ADD_LITERAL(t, ",\"dest_port\":");
    text_u64(t, e->dport);
}

// Whoever reads EVE takes src_ip for an IP address, so MACs stand where Suricata has them.
static void mac_ends(struct text *t, const struct event *e)
{
    ADD_LITERAL(t, ",\"ether\":{\"src_mac\":");
    quoted_addr(t, &e->src);
    ADD_LITERAL(t, ",\"dest_mac\":");
    quoted_addr(t, &e->dst);
    text_char(t, '}');
}

static void proto(struct text *t, uint8_t ip_proto)
{
    const char *name = proto_name(ip_proto);

    ADD_LITERAL(t, ",\"proto\":\"");
    if (name)
        text_str(t, name);
    else
        text_u64(t, ip_proto);
    text_char(t, '"');
}

void eve_line(struct text *t, const struct event *e)
{
    const struct event_type *type = &event_type[e->id];
    const uint64_t exact = (UINT64_C(1) << 53) - 1; // what a double still holds

    ADD_LITERAL(t, "{\"timestamp\":\"");
    text_iso(t, e->ts);
    ADD_LITERAL(t, "+0000\"");
    if (type->head != HEAD_TIME && e->uid) {
        ADD_LITERAL(t, ",\"flow_id\":");
        text_u64(t, e->uid & exact);
    }
    ADD_LITERAL(t, ",\"event_type\":\"");
    text_str(t, type->eve);
    text_char(t, '"');
    if (type->head == HEAD_CONN) {
        if (e->src.kind == ADDR_MAC)
            mac_ends(t, e);
        else if (e->src.kind != ADDR_NONE)
            ends(t, e);
        if (e->ip_proto)
            proto(t, e->ip_proto);
    }
    json_fields(t, line_of(WRITE_EVE, e->id), e, true);
    ADD_LITERAL(t, "}\n");
}
